"""Cells and rows that cannot be right, and what the loader says of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import FIRST, Cells, about, data, fresh, only, put, rewrite, row_of

from analysis.evidence import tables

__all__ = ["data"]  # a fixture that pytest finds here


@pytest.mark.parametrize(
    ("column", "value", "what", "mend"),
    [
        ("mean_t", "about 40", "is not a number", "plain number"),
        ("mean_t", "48,7", "is not a number", "point as decimal mark"),
        ("mean_t", "NA", "is not a number", "leave the cell empty"),
        ("mean_t", "1e999", "is not a finite number", "plain number"),
        ("mean_t", " 48.7", "has blanks around it", "delete the blanks"),
        ("n_t", "20.5", "is not a whole number", "without decimals"),
        ("n_t", "20.0", "is not a whole number", "without decimals"),
        ("n_t", "twenty", "is not a number", "plain number"),
        ("n_t", "1", "must be 2 or more", "one person has no spread"),
        ("sd_t", "0", "must be above 0", "look up the standard deviation"),
        ("sd_c", "-10.5", "must be above 0", "look up the standard deviation"),
        ("pct_t", "101", "must be 100 or less", "compare with the source"),
        ("p_value", "1.2", "must be 1 or less", "compare with the source"),
        ("ratio", "0", "must be above 0", "compare with the source"),
        ("lower_is_better", "True", "is neither true nor false", "true, false or nothing"),
        ("comparator", "placebo", "is not one of no_treatment, sham", "use one of these words"),
        ("comparator", "", "must not be empty", "fill it in"),
        ("outcome", "Pain!", "does not have the form of 'quality_of_life'", "in that form"),
        ("dose", "heavy", "is not one of low, medium, high", "use one of these words"),
        ("study_id", "nobody1999", "is not a study_id of studies.csv", "add that row"),
        ("source_id", "nowhere", "is not a source_id of sources.csv", "add that row"),
    ],
)
def test_bad_cell(data: Path, column: str, value: str, what: str, mend: str) -> None:
    put(data, 2, column, value)
    # A row that leaves its pool can move the pool's usual SD, so warnings may come along.
    (problem,) = (found for found in fresh(data) if found.severity == "error")
    assert about(problem) == ("contrasts.csv", 2, column, value)
    assert problem.what.startswith(what)
    assert mend in problem.mend
    assert f"contrasts.csv, row 2, column {column}, value {value!r}: {what}" in str(problem)


def test_unknown_word_among_the_comparators(data: Path) -> None:
    put(data, 2, "comparators", "sham;placebo", "studies")
    problem = only(data)
    assert about(problem) == ("studies.csv", 2, "comparators", "sham;placebo")


def test_more_events_than_people(data: Path) -> None:
    row = row_of(data, "neck-A1.2-haller2016")
    put(data, row, "events_c", "28")
    problem = only(data)
    assert about(problem) == ("contrasts.csv", row, "events_c", "28")
    assert problem.what == "more events than people in the comparator arm (n_c)"
    assert "pct_t" in problem.mend


def test_counts_without_people(data: Path) -> None:
    row = row_of(data, "neck-A1.2-haller2016")
    put(data, row, "n_t", "")
    problem = only(data)
    assert about(problem)[1:3] == (row, "report_type")
    assert problem.what == "counts need both events_t and n_t"


@pytest.mark.parametrize(
    ("name", "row", "column", "value"),
    [
        ("review_rows", 2, "effect", "1.5"),
        ("review_rows", 2, "effect", "-13.2"),
        ("reviews", None, "estimate", "99"),
        ("contrasts", 2, "md", "3"),
        ("contrasts", 2, "ratio", "3"),
    ],
)
def test_interval_that_does_not_hold_its_estimate(
    data: Path, name: str, row: int | None, column: str, value: str
) -> None:
    if row is None:
        reviews = tables.load(name, data)
        row = int(reviews[["estimate", "ci_low", "ci_high"]].notna().all(axis=1).idxmax()) + 2
    ends = {"md": ("ci_low", "ci_high"), "ratio": ("ratio_ci_low", "ratio_ci_high")}
    for end, figure in zip(ends.get(column, ()), ("1", "2"), strict=False):
        put(data, row, end, figure, name)
    put(data, row, column, value, name)
    problem = only(data)
    assert about(problem) == (f"{name}.csv", row, column, value)
    assert "lies outside its own interval" in problem.what
    assert "a digit, a sign" in problem.mend


def test_interval_the_wrong_way_round_is_said_once(data: Path) -> None:
    put(data, 2, "ci_low", "0.101472", "review_rows")
    put(data, 2, "ci_high", "-13.1015", "review_rows")
    problem = only(data)
    assert about(problem) == ("review_rows.csv", 2, "ci_low", "0.101472")
    assert "ends before it begins" in problem.what


@pytest.mark.parametrize(
    ("figures", "column", "what"),
    [
        ({"mean_t": "487"}, "mean_t", "lies outside the scale of the row"),
        ({"mean_c": "-1"}, "mean_c", "lies outside the scale of the row"),
        ({"sd_t": "52"}, "sd_t", "is larger than any SD can be on the scale"),
        ({"report_type": "arm_change", "mean_t": "-101"}, "mean_t", "is a larger change"),
        ({"md": "-130"}, "md", "is a larger difference than the scale allows"),
        ({"scale_min": "100", "scale_max": "0"}, "scale_min", "the scale ends before it begins"),
    ],
)
def test_figures_the_scale_does_not_allow(
    data: Path, figures: dict[str, str], column: str, what: str
) -> None:
    for name, value in figures.items():
        put(data, 2, name, value)
    problem = next(p for p in fresh(data) if p.column == column)
    assert about(problem) == ("contrasts.csv", 2, column, figures[column])
    assert problem.what.startswith(what)
    assert "source" in problem.mend or "swap" in problem.mend


def test_the_largest_possible_sd_passes(data: Path) -> None:
    """Half of 20 people at 0 and half at 100: SD = 50 x sqrt(20/19) = 51.2989."""
    put(data, 2, "sd_t", "51.2989")
    assert tables.load("contrasts", data).loc[0, "sd_t"] == 51.2989
    put(data, 2, "sd_t", "51.2990")
    with pytest.raises(tables.DataError, match="larger than any SD can be"):
        tables.load("contrasts", data)


def test_same_id_twice(data: Path) -> None:
    put(data, 3, "contrast_id", FIRST)
    found = [p for p in fresh(data) if p.file == "contrasts.csv"]
    assert [about(p) for p in found] == [
        ("contrasts.csv", row, "contrast_id", FIRST) for row in (2, 3)
    ]
    assert {p.what for p in found} == {"stands more than once"}


def test_same_fact_twice_names_the_first(data: Path) -> None:
    def double(cells: Cells) -> None:
        cells.append(["again", *cells[1][1:]])
        cells[-1][cells[0].index("mean_t")] = "48.8"

    rewrite(data, double)
    problem = only(data)
    assert about(problem) == ("contrasts.csv", row_of(data, "again"), "contrast_id", "again")
    assert problem.what == "states the same fact as row 2"
    assert "delete one of the two" in problem.mend


def test_same_figures_from_another_place_are_doubted(data: Path) -> None:
    """The review prints a trial again in each subgroup view; entered twice, it counts twice."""

    def double(cells: Cells) -> None:
        cells.append(["again", *cells[1][1:]])
        cells[-1][cells[0].index("place")] = "Analysis 1.8"

    rewrite(data, double)
    problem = only(data)
    assert problem.severity == "warning"
    assert about(problem) == ("contrasts.csv", row_of(data, "again"), "contrast_id", "again")
    assert problem in tables.load_all(data).warnings

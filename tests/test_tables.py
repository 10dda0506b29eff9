"""The loader: what it accepts, and what it says about every way a table goes wrong.

Each test takes the committed tables, spoils one thing in a copy, and reads what a person would.
"""

from __future__ import annotations

import csv
import functools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.plausibility import looks_like_standard_error
from analysis.evidence.problems import LINES_PRINTED, ROWS_NAMED, Problem
from analysis.evidence.schemas import SCHEMAS

Cells = list[list[str]]
FIRST = "neck-A1.1-antolinoscampillo2014"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    shutil.copytree(paths.root() / "data" / "published", tmp_path / "published")
    return tmp_path


def file(data: Path, name: str = "contrasts") -> Path:
    return data / "published" / f"{name}.csv"


def rewrite(data: Path, change: Callable[[Cells], None], name: str = "contrasts") -> None:
    with file(data, name).open(encoding="utf-8", newline="") as stream:
        cells = list(csv.reader(stream))
    change(cells)
    with file(data, name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(cells)


def put(data: Path, row: int, column: str, value: str, name: str = "contrasts") -> None:
    """Write a value into the row that a spreadsheet shows under that number."""

    def change(cells: Cells) -> None:
        cells[row - 1][cells[0].index(column)] = value

    rewrite(data, change, name)


def row_of(data: Path, key: str, name: str = "contrasts") -> int:
    with file(data, name).open(encoding="utf-8", newline="") as stream:
        return next(at for at, cells in enumerate(csv.reader(stream), 1) if cells[0] == key)


@functools.cache
def known_doubts() -> tuple[Problem, ...]:
    return tables.load_all(paths.root() / "data").warnings


def fresh(data: Path) -> list[Problem]:
    """The problems that a test made."""
    return [problem for problem in tables.validate(data) if problem not in known_doubts()]


def only(data: Path) -> Problem:
    """The one problem that a test made."""
    found = fresh(data)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def about(problem: Problem) -> tuple[str, int | None, str | None, str | None]:
    return problem.file, problem.row, problem.column, problem.value


def test_committed_tables_have_no_error_and_their_doubts_are_written_down() -> None:
    found = tables.validate()
    assert {problem.severity for problem in found} <= {"warning"}
    contrasts = tables.load("contrasts")
    doubted = [contrasts.iloc[problem.row - 2] for problem in found if problem.row]
    assert [row["contrast_id"] for row in doubted] == ["neck-A3.4-nagrale2010"]
    assert all("may be standard errors" in row["note"] for row in doubted)


def test_load_all_gives_every_table_and_types_that_keep_missing_apart() -> None:
    loaded = tables.load_all()
    for name, schema in SCHEMAS.items():
        assert list(getattr(loaded, name).columns) == list(schema.columns)
    types = loaded.contrasts.dtypes.astype(str)
    assert types["study_id"] == "string"
    assert types["mean_t"] == "float64"
    assert types["n_t"] == "Int64"
    assert types["lower_is_better"] == "boolean"
    counts = loaded.contrasts.set_index("contrast_id").loc["neck-A1.2-haller2016"]
    assert counts["events_t"] == 7
    assert pd.isna(counts["mean_t"])


def test_load_takes_one_table_and_names_the_tables_it_has(data: Path) -> None:
    file(data, "studies").unlink()
    assert len(tables.load("contrasts", data)) > 0
    with pytest.raises(ValueError, match="'trials'; the tables are sources, studies"):
        tables.load("trials", data)


def test_data_folder_can_be_moved(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(data, 2, "sd_t", "0")
    monkeypatch.setenv("EVIDENCE_DATA", str(data))
    with pytest.raises(tables.DataError):
        tables.load("contrasts")


# --- the form of the file -------------------------------------------------------------------------


def test_wrong_encoding_names_byte_and_line(data: Path) -> None:
    where = row_of(data, "bruck2021", "studies")
    raw = file(data, "studies").read_bytes().replace("Brück".encode(), "Brück".encode("latin-1"))
    file(data, "studies").write_bytes(raw)
    problem = next(p for p in fresh(data) if p.file == "studies.csv")
    assert about(problem) == ("studies.csv", where, None, "0xFC")
    assert problem.what == f"byte {raw.index(0xFC) + 1} of the file (on line {where}) is not UTF-8"
    assert "as UTF-8" in problem.mend


def test_utf16_is_named(data: Path) -> None:
    text = file(data).read_text(encoding="utf-8")
    file(data).write_text(text, encoding="utf-16")
    with pytest.raises(tables.DataError, match="UTF-16, not UTF-8"):
        tables.load("contrasts", data)


def test_byte_order_mark(data: Path) -> None:
    file(data).write_bytes(b"\xef\xbb\xbf" + file(data).read_bytes())
    problem = only(data)
    assert about(problem) == ("contrasts.csv", 1, None, "EF BB BF")
    assert problem.what == "the file starts with a byte order mark (BOM)"
    assert problem.mend == "save it as UTF-8 without BOM"


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_foreign_line_ends(data: Path, ending: bytes) -> None:
    file(data).write_bytes(file(data).read_bytes().replace(b"\n", ending))
    problem = only(data)
    assert about(problem) == ("contrasts.csv", 1, None, "\\r")
    assert "CRLF" in problem.what
    assert "sed -i" in problem.mend


def test_bom_and_crlf_do_not_hide_a_bad_figure(data: Path) -> None:
    put(data, 2, "sd_t", "0")
    raw = file(data).read_bytes().replace(b"\n", b"\r\n")
    file(data).write_bytes(b"\xef\xbb\xbf" + raw)
    assert {p.column for p in fresh(data)} == {None, "sd_t"}


def test_nul_byte(data: Path) -> None:
    file(data).write_bytes(file(data).read_bytes().replace(b"48.7", b"48\x007"))
    assert "NUL byte" in str(next(p for p in fresh(data) if p.file == "contrasts.csv"))


def test_missing_file_empty_file_and_header_only(data: Path) -> None:
    header = file(data, "thresholds").read_bytes().split(b"\n")[0] + b"\n"
    for content, words in ((None, "no such file"), (b"", "is empty"), (header, "but no row")):
        if content is None:
            file(data, "thresholds").unlink()
        else:
            file(data, "thresholds").write_bytes(content)
        problem = only(data)
        assert problem.file == "thresholds.csv"
        assert words in problem.what
        assert "restore" in problem.mend


def test_missing_column_guesses_the_misspelling(data: Path) -> None:
    rewrite(data, lambda cells: cells[0].__setitem__(cells[0].index("sd_t"), "sdt"))
    missing, unknown = (p for p in fresh(data) if p.file == "contrasts.csv")
    assert about(missing) == ("contrasts.csv", 1, "sd_t", None)
    assert (missing.what, missing.mend) == ("the column is missing", "rename 'sdt'")
    assert about(unknown) == ("contrasts.csv", 1, "sdt", "sdt")
    assert unknown.what == "the column is not known"


def test_missing_column_does_not_hide_a_bad_figure(data: Path) -> None:
    put(data, 3, "n_t", "1")

    def drop_note(cells: Cells) -> None:
        at = cells[0].index("note")
        for row in cells:
            del row[at]

    rewrite(data, drop_note)
    found = [p for p in fresh(data) if p.file == "contrasts.csv"]
    assert [(p.row, p.column) for p in found] == [(1, "note"), (3, "n_t")]
    assert "add it" in found[0].mend


def test_column_twice(data: Path) -> None:
    rewrite(data, lambda cells: cells[0].__setitem__(cells[0].index("sd_t"), "sd_c"))
    with pytest.raises(tables.DataError, match="column sd_c: the column stands twice"):
        tables.load("contrasts", data)


@pytest.mark.parametrize(("change", "cells"), [(lambda r: r.append("x"), 45), (list.pop, 43)])
def test_ragged_row(data: Path, change: Callable[[list[str]], object], cells: int) -> None:
    rewrite(data, lambda rows: change(rows[4]) and None)
    problem = next(p for p in fresh(data) if p.file == "contrasts.csv")
    assert about(problem) == ("contrasts.csv", 5, "(all)", f"{cells} cells")
    assert problem.what == "the row does not have 44 cells as the header has"
    assert "quotes" in problem.mend


def test_empty_line_and_unclosed_quote(data: Path) -> None:
    lines = file(data).read_bytes().split(b"\n")
    file(data).write_bytes(b"\n".join([*lines[:3], b"", *lines[3:]]))
    with pytest.raises(tables.DataError, match=r"row 4.*'0 cells'"):
        tables.load("contrasts", data)
    file(data).write_bytes(b"\n".join([*lines[:3], b'"' + lines[3], *lines[4:]]))
    with pytest.raises(tables.DataError, match=r"row 4: cannot be read as CSV from here on"):
        tables.load("contrasts", data)


def test_rows_are_counted_as_a_spreadsheet_does(data: Path) -> None:
    """A line break inside a quoted cell does not start a new row."""
    put(data, 2, "note", "one\ntwo\nthree")
    put(data, 4, "n_t", "1")
    assert only(data).row == 4


# --- one cell -------------------------------------------------------------------------------------


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
    problem = only(data)
    assert about(problem) == ("contrasts.csv", 2, column, value)
    assert problem.severity == "error"
    assert problem.what.startswith(what)
    assert mend in problem.mend
    assert f"contrasts.csv, row 2, column {column}, value {value!r}: {what}" in str(problem)


def test_unknown_word_among_the_comparators(data: Path) -> None:
    put(data, 2, "comparators", "sham;placebo", "studies")
    problem = only(data)
    assert about(problem) == ("studies.csv", 2, "comparators", "sham;placebo")


# --- several cells --------------------------------------------------------------------------------


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


# --- several rows ---------------------------------------------------------------------------------


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
    assert about(problem) == ("contrasts.csv", 63, "contrast_id", "again")
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
    assert about(problem) == ("contrasts.csv", 63, "contrast_id", "again")
    assert problem in tables.load_all(data).warnings


# --- a standard error in place of a standard deviation --------------------------------------------


def as_standard_error(data: Path, key: str) -> int:
    row = row_of(data, key)
    figures = tables.load("contrasts", data).set_index("contrast_id").loc[key]
    for end in ("_t", "_c"):
        put(data, row, f"sd{end}", f"{figures[f'sd{end}'] / figures[f'n{end}'] ** 0.5:.2f}")
    return row


@pytest.mark.parametrize("trial", ["A1.1-haller2016", "A2.1-sherman2014", "A3.1-skillgate2020"])
def test_standard_error_taken_for_sd_is_doubted_and_loading_goes_on(data: Path, trial: str) -> None:
    row = as_standard_error(data, f"neck-{trial}")
    problem = only(data)
    assert about(problem)[:3] == ("contrasts.csv", row, "sd_t")
    assert problem.severity == "warning"
    assert "may be a standard error" in problem.what
    assert "look in the paper" in problem.mend
    assert problem in tables.load_all(data).warnings


def test_standard_error_is_seen_in_most_trials_of_a_pool() -> None:
    """On the review's own pain pools; small arms and narrow samples can escape."""
    contrasts = tables.load("contrasts")
    pain = contrasts.query("outcome == 'pain' and report_type != 'counts'")
    seen = 0
    for at, row in pain.iterrows():
        spoilt = contrasts.copy()
        for end in ("_t", "_c"):
            spoilt.loc[at, f"sd{end}"] = row[f"sd{end}"] / row[f"n{end}"] ** 0.5
        found = looks_like_standard_error("contrasts.csv", spoilt)
        seen += any(p.row == at + 2 for p in found)
    assert seen / len(pain) > 0.7


def test_without_a_pool_the_share_of_the_mean_is_the_yardstick(data: Path) -> None:
    """Function rows name neither instrument nor scale."""
    row = as_standard_error(data, "neck-A2.3-sherman2014")
    assert about(only(data)) == ("contrasts.csv", row, "sd_t", "1.88")


def test_a_lone_scale_is_a_yardstick(data: Path) -> None:
    row = as_standard_error(
        data, "neck-A1.4-haller2016"
    )  # the only trial with this outcome's means
    assert fresh(data) == []
    put(data, row, "scale_min", "1")
    put(data, row, "scale_max", "7")
    assert about(only(data))[:3] == ("contrasts.csv", row, "sd_t")


# --- many problems, many rows ---------------------------------------------------------------------


def test_every_problem_is_collected_and_the_message_is_short(data: Path) -> None:
    def spoil(cells: Cells) -> None:
        at = cells[0].index("sd_t")
        for row in cells[1:]:
            row[at] = "0"

    rewrite(data, spoil)
    put(data, 2, "title", "", "review_rows")
    with pytest.raises(tables.DataError) as caught:
        tables.load_all(data)
    assert len(caught.value.problems) == 62
    lines = str(caught.value).splitlines()
    assert lines[0] == "62 problems in the data tables:"
    assert len(lines) == LINES_PRINTED + 2
    assert lines[-1] == f"  ... and {62 - LINES_PRINTED} more"


def repeat(data: Path, rows: int) -> None:
    def grow(cells: Cells) -> None:
        seed = cells[1:]
        at = cells[0].index("place")
        for number in range(rows - len(seed)):
            row = list(seed[number % len(seed)])
            row[0] = f"copy-{number}"
            row[at] = f"page {number}"
            cells.append(row)

    rewrite(data, grow)


def test_a_whole_column_wrong_is_counted_not_listed(data: Path) -> None:
    repeat(data, ROWS_NAMED + 500)

    def spoil(cells: Cells) -> None:
        at = cells[0].index("n_t")
        for row in cells[1:]:
            row[at] = "x"

    rewrite(data, spoil)
    found = [p for p in tables.validate(data) if p.column == "n_t"]
    assert len(found) == ROWS_NAMED + 1
    assert found[-1].what == "is not a number: 500 more rows"
    assert found[-1].row is None


@pytest.mark.slow
def test_large_tables_are_checked_in_seconds(data: Path) -> None:
    """A twentieth of a million rows; a million takes 18 s and 1.2 GB on one core."""
    repeat(data, 50_000)
    put(data, 49_999, "sd_t", "0")
    start = time.perf_counter()
    found = [p for p in tables.validate(data) if p.severity == "error"]
    took = time.perf_counter() - start
    assert [about(p) for p in found] == [("contrasts.csv", 49_999, "sd_t", "0")]
    assert took < 15


@settings(max_examples=40, deadline=None)
@given(
    value=st.floats(allow_nan=False, allow_infinity=False, width=64),
    people=st.integers(min_value=2, max_value=10**9),
)
def test_figures_survive_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, value: float, people: int
) -> None:
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(paths.root() / "data" / "published", folder / "published")
    row = row_of(folder, "neck-A2.4-pach2018")  # no scale, so any mean is possible
    put(folder, row, "mean_t", repr(value))
    put(folder, row, "n_t", str(people))
    loaded = tables.load("contrasts", folder).iloc[row - 2]
    assert loaded["mean_t"] == value
    assert loaded["n_t"] == people

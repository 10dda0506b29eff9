"""What the loader gives, and how it speaks of many problems at once."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from table_files import Cells, about, data, file, put, rewrite, row_of

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.problems import LINES_PRINTED, ROWS_NAMED
from analysis.evidence.schemas import SCHEMAS

__all__ = ["data"]  # a fixture that pytest finds here


def test_committed_tables_have_no_error_and_their_doubts_are_written_down() -> None:
    found = tables.validate()
    assert {problem.severity for problem in found} <= {"warning"}
    contrasts = tables.load("contrasts")
    doubted = [contrasts.iloc[problem.row - 2] for problem in found if problem.row]
    # The only one whose source labels the spread: a percentage near its ceiling spreads little.
    labelled = "jjns2020_hand_massage_bath-sleep-3"
    assert {row["contrast_id"] for row in doubted if "se_as_sd" not in row["caution"]} == {labelled}


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


def test_every_problem_is_collected_and_the_message_is_short(data: Path) -> None:
    def spoil(cells: Cells) -> None:
        at = cells[0].index("sd_t")
        for row in cells[1:]:
            row[at] = "0"

    rewrite(data, spoil)
    put(data, 2, "title", "", "review_rows")
    with pytest.raises(tables.DataError) as caught:
        tables.load_all(data)
    count = len(tables.load("contrasts")) + 1
    assert len(caught.value.problems) == min(count, ROWS_NAMED + 2)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{len(caught.value.problems)} problems in the data tables:"
    assert len(lines) == LINES_PRINTED + 2
    assert lines[-1] == f"  ... and {len(caught.value.problems) - LINES_PRINTED} more"


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

"""The client log: what loads, what is refused and in which words, and the files with it."""

from __future__ import annotations

import csv
import importlib.util
import io
import time
from pathlib import Path
from types import ModuleType

import pytest
from openpyxl import Workbook

from analysis.clients.records import RecordError, load_log
from analysis.clients.schema import COLUMNS, DIRECTION, LOG

HEADER = "client_code,visit,days_since_first,pain_now,sleep_hours,medication_days,kind,adverse"
ROWS = ["C1,1,0,6,6.5,3,swedish,", "C1,2,7,5,7,2,Deep tissue,soreness; fatigue"]


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def complaint(path: Path) -> tuple[int | None, str | None, str, str]:
    """The one problem of a log."""
    with pytest.raises(RecordError) as caught:
        load_log(path)
    (problem,) = caught.value.problems
    assert problem.file == path.name
    assert problem.value is None
    return problem.row, problem.column, problem.what, problem.mend


def test_all_columns_come_typed_and_in_order(tmp_path: Path) -> None:
    log = load_log(written(tmp_path, *ROWS[::-1]))
    assert tuple(log.columns) == COLUMNS
    assert log["visit"].tolist() == [1, 2]
    assert log["kind"].tolist() == ["swedish", "deep_tissue"]
    assert log["adverse"].tolist()[1] == "soreness;fatigue"
    assert log["adverse"].isna().tolist() == [True, False]
    assert log["anxiety"].isna().all()
    assert log["anxiety"].dtype == "float64"
    assert str(log["medication_days"].dtype) == "Int64"
    assert set(log["simulated"]) == {"no"}


def test_a_direction_is_given_for_every_outcome_and_only_for_outcomes() -> None:
    about_the_visit = {"client_code", "visit", "days_since_first", "age_band", "sex", "minutes"}
    assert set(COLUMNS) - set(DIRECTION) == about_the_visit | {"kind", "adverse", "simulated"}
    for name, way in DIRECTION.items():
        words = {1: ("Higher is better", "More is better"), -1: ("Lower is better",)}[way]
        assert any(word in str(LOG.columns[name].description) for word in words)


@pytest.mark.parametrize(
    ("row", "column", "what", "mend"),
    [
        ("C1,2,7,72,7,2,swedish,", "pain_now", "10 or less", "divided by 10"),
        ('C1,2,7,"5,5",7,2,swedish,', "pain_now", "decimal comma", "3.5 and not 3,5"),
        ("C1,2,7,2024-03-01,7,2,swedish,", "pain_now", "a date stands", "no dates belong"),
        ("C1,2,45352,5,7,2,swedish,", "days_since_first", "7305 or less", "Excel"),
        ("C1,2,-7,5,7,2,swedish,", "days_since_first", "0 or more", "days since the first"),
        ("C1,2,7.5,5,7,2,swedish,", "days_since_first", "not a whole number", "without decimals"),
        ("C1,2,7,5,25,2,swedish,", "sleep_hours", "24 or less", "6.5"),
        ("C1,2,7,5,7,9,swedish,", "medication_days", "7 or less", "not tablets"),
        ("C1,2,7,five,7,2,swedish,", "pain_now", "not a number", "plain number"),
        ("C1,2,7,1e999,7,2,swedish,", "pain_now", "too large", "correct it"),
        ("C1,2,7,5,7,2,hugging,", "kind", "is not one of swedish", "use one of these"),
        ("C1,2,7,5,7,2,swedish,ouch", "adverse", "'soreness;fatigue'", "in that form"),
        ("C1,1,7,5,7,2,swedish,", "visit", "same visit number", "entered twice"),
        ("C1,2,0,5,7,2,swedish,", "days_since_first", "two visits on one day", "entered twice"),
        (",2,7,5,7,2,swedish,", "client_code", "is empty", "fill it in"),
        ("C2,1,4,5,7,2,swedish,", "days_since_first", "not on day 0", "which is day 0"),
    ],
)
def test_a_wrong_cell_is_named_with_its_mend(
    tmp_path: Path, row: str, column: str, what: str, mend: str
) -> None:
    found = complaint(written(tmp_path, ROWS[0], row))
    assert found[:2] == (3, column)
    assert what in found[2]
    assert mend in found[3]


def test_swapped_visits_are_found_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = ["C1,3,7,5,7,2,swedish,", ROWS[0], "C1,2,14,5,7,2,swedish,"]
    row, column, what, mend = complaint(written(tmp_path, *rows))
    assert (row, column) == (2, "days_since_first")
    assert "later number but an earlier day" in what
    assert "swap" in mend


def test_no_message_repeats_what_stands_in_a_cell_or_heading(tmp_path: Path) -> None:
    rows = ["Zubaida,1,0,Zubaida,Zubaida,Zubaida,Zubaida,Zubaida", "C1,1,0,5,5,5,,"]
    path = written(tmp_path, *rows, header=f"{HEADER[:-7]}Zubaida")
    with pytest.raises(RecordError) as caught:
        load_log(path)
    assert len(caught.value.problems) == 5
    assert "Zubaida" not in f"{caught.value}{caught.value.problems}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_as_any_program_writes_it(
    tmp_path: Path, codec: str, ending: str, delimiter: str
) -> None:
    text = ending.join([HEADER, "C1,1,0,6,6.5,3,swedish,none", ",,,,,,,", ""])
    path = tmp_path / "log.csv"
    path.write_bytes(text.replace(",", delimiter).encode(codec))
    assert load_log(path).loc[0, "sleep_hours"] == 6.5


def test_excel_is_read_with_its_numbers_and_empty_rows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER.split(","), ["C1", 1, 0, 6, 6.5, 3, "swedish", None], [], ["C1", 2, 7, 5.5]):
        sheet.append(row)
    book.save(tmp_path / "log.xlsx")
    log = load_log(tmp_path / "log.xlsx")
    assert log["pain_now"].tolist() == [6, 5.5]
    sheet["D4"] = 72
    book.save(tmp_path / "log.xlsx")
    assert complaint(tmp_path / "log.xlsx")[:2] == (4, "pain_now")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (f"{HEADER}\n".encode(), "no row"),
        (b"\xd0\xcf\x11\xe0rest", "old or a password-protected Excel"),
        (b"PK\x03\x04rest", "damaged"),
        (f"{HEADER}\nJos\u00e9,1,0,5,5,5,,\n".encode("latin-1"), "not UTF-8"),
        (f"{HEADER}\nC1,1,0,5,5,5,,\n".encode("utf-16-le"), "UTF-16 without its mark"),
        (f'{HEADER}\n"C1,1,0\n'.encode(), "cannot be read as CSV"),
        (f"{HEADER}\nC1,1,0,5,5,5\n".encode(), "more or fewer cells"),
        (f"{HEADER}\nC1,1,0,5,5,6,5,3,swedish,none\n".encode(), "more or fewer cells"),
    ],
)
def test_files_that_are_no_table_are_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    assert what in complaint(path)[2]


def test_missing_file_and_missing_column(tmp_path: Path) -> None:
    assert "no such file" in complaint(tmp_path / "none.csv")[2]
    rows = [row.split(",", 1)[1] for row in ROWS]
    path = written(tmp_path, *rows, header=HEADER.split(",", 1)[1])
    assert complaint(path)[:2] == (1, "client_code")


def test_a_whole_column_wrong_is_counted_and_not_listed(tmp_path: Path) -> None:
    rows = [f"C{i},1,0,50,5,5,," for i in range(2000)]
    with pytest.raises(RecordError) as caught:
        load_log(written(tmp_path, *rows))
    assert len(caught.value.problems) == 101
    assert any("1900 more rows" in problem.what for problem in caught.value.problems)


def test_a_hundred_thousand_rows_are_no_trouble(tmp_path: Path) -> None:
    rows = [f"C{i // 10},{i % 10 + 1},{i % 10 * 7},{i % 11},6.5,3,swedish," for i in range(100_000)]
    path = written(tmp_path, *rows)
    start = time.perf_counter()
    assert len(load_log(path)) == 100_000
    assert time.perf_counter() - start < 20


def _maker(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("maker", root / "scripts/make_clients_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_template_example_and_description_follow_from_the_schema(
    root: Path, tmp_path: Path
) -> None:
    made = _maker(root).write(tmp_path)
    assert len(made) == 4
    for path in made:
        assert path.read_bytes() == (root / "data" / "clients" / path.name).read_bytes(), path.name


def test_every_row_of_the_example_says_that_it_is_simulated(root: Path) -> None:
    path = root / "data" / "clients" / "example.csv"
    log = load_log(path)
    assert log["client_code"].nunique() == 40
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert {row["simulated"] for row in rows} == {"yes"}
    visits = log.groupby("client_code")["visit"].max()
    assert visits.nunique() > 4  # people stop coming at different times


@pytest.mark.parametrize("name", ["template.csv", "template.xlsx"])
def test_the_template_is_blank_and_has_every_column(root: Path, name: str) -> None:
    assert complaint(root / "data" / "clients" / name)[2] == "there is a header but no row"


def test_a_template_filled_in_with_excel_loads(root: Path, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(root / "data" / "clients" / "template.xlsx")
    assert book.worksheets[0].data_validations.count == sum(
        bool(column.checks) and name not in ("client_code", "adverse")
        for name, column in LOG.columns.items()
    )
    book.worksheets[0].append(["C1", 1, 0, "40-49", "female", 6, 7])
    book.save(tmp_path / "mine.xlsx")
    assert load_log(tmp_path / "mine.xlsx").loc[0, "pain_worst"] == 7

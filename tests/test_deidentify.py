"""What the de-identification keeps, changes, refuses and leaves behind."""

from __future__ import annotations

import datetime
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from analysis.clients.deidentify import Outcome, deidentify
from analysis.clients.pseudonyms import FORM, pseudonyms
from analysis.clients.records import RecordError, load_log

HEADER = "client_code,visit_date,age,gender,Pain now,minutes,kind,adverse,notes"
ROWS = [
    "C02,2024-03-02,91,m,7,60,swedish,,slept through",
    "C01,2024-03-08,44,F,5,60,Deep tissue,soreness,",
    "C01,2024-03-01,43,F,6.123456,30,swedish,none,better",
]
TODAY = datetime.date(2024, 6, 1)


class Desk:
    """A folder with a raw file, and the run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.secret = folder, folder / "out.csv", folder / "secret"

    def write(self, *rows: str, header: str = HEADER, name: str = "raw.csv") -> Path:
        path = self.folder / name
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    def run(self, raw: Path, **options: Any) -> Outcome:
        out = options.pop("out", self.out)
        return deidentify(raw, out, **{"secret": self.secret, "today": TODAY} | options)

    def problem(self, raw: Path, **options: Any) -> tuple[int | None, str | None, str, str]:
        with pytest.raises(RecordError) as caught:
            self.run(raw, **options)
        (problem,) = caught.value.problems
        assert problem.value is None
        return problem.row, problem.column, problem.what, problem.mend


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_log_is_built_anew(desk: Desk) -> None:
    raw = desk.write(*ROWS)
    before = raw.read_bytes()
    outcome = desk.run(raw)
    assert outcome.written == desk.out
    assert raw.read_bytes() == before
    log = load_log(desk.out)
    assert sorted(log["days_since_first"]) == [0, 0, 7]
    assert sorted(log["visit"]) == [1, 1, 2]
    assert all(FORM.fullmatch(code) for code in log["client_code"])
    by_age = log.set_index("age_band")
    assert set(by_age.index) == {"40-49", "90+"}
    assert by_age.loc["90+", "sex"] == "male"
    assert log["pain_now"].max() == 7
    assert 6.12 in set(log["pain_now"])
    text = FORM.sub("", desk.out.read_text())  # a new code may hold any two digits
    for gone in ("C01", "2024", "43", "44", "91", "slept", "better", "6.123", "notes"):
        assert gone not in text
    (refused,) = outcome.refused_columns
    assert (refused.position, refused.letter, refused.masked) == (9, "I", "n***")


def test_rows_stand_in_the_order_of_the_new_codes(desk: Desk) -> None:
    desk.run(desk.write(*(f"C{i:02d},2024-03-01,,,5,60,,," for i in range(1, 30))))
    codes = load_log(desk.out)["client_code"].tolist()
    assert codes == sorted(codes)
    lines = desk.out.read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == codes


def test_the_age_band_is_that_of_the_first_visit(desk: Desk) -> None:
    desk.run(desk.write("C1,2024-03-08,40,,5,60,,,", "C1,2024-03-01,39,,5,60,,,"))
    assert set(load_log(desk.out)["age_band"]) == {"30-39"}


def test_codes_stay_the_same_with_the_secret_and_change_with_another(desk: Desk) -> None:
    raw = desk.write(*ROWS)
    desk.run(raw)
    first = set(load_log(desk.out)["client_code"])
    desk.run(raw, out=desk.folder / "again.csv")
    assert set(load_log(desk.folder / "again.csv")["client_code"]) == first
    desk.run(raw, out=desk.folder / "other.csv", secret=desk.folder / "other")
    assert not set(load_log(desk.folder / "other.csv")["client_code"]) & first


def test_codes_that_differ_in_case_or_blanks_are_one_client(desk: Desk) -> None:
    desk.run(desk.write("C1,2024-03-01,,,5,60,,,", "c 1,2024-03-08,,,5,60,,,"))
    assert load_log(desk.out)["client_code"].nunique() == 1


def test_no_two_clients_share_a_code() -> None:
    codes = [f"C{i}" for i in range(200_000)]
    new = pseudonyms(codes, b"0" * 32)
    assert len(set(new.values())) == len(codes)


def test_a_collision_of_codes_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    import analysis.clients.pseudonyms as module

    def always(code: str, attempt: int, secret: bytes) -> str:
        return f"c-{attempt}"

    monkeypatch.setattr(module, "_code", always)
    assert module.pseudonyms(["a", "b", "c"], b"") == {"a": "c-0", "b": "c-1", "c": "c-2"}


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_secret_and_log_are_for_their_owner_only(desk: Desk) -> None:
    desk.run(desk.write(*ROWS))
    for path in (desk.secret, desk.out):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(desk.secret.read_text().strip()) == 64
    desk.secret.chmod(0o644)
    desk.run(desk.folder / "raw.csv", out=desk.folder / "again.csv")
    assert stat.S_IMODE(desk.secret.stat().st_mode) == 0o600


def test_a_damaged_secret_stops_the_run_and_is_not_replaced(desk: Desk) -> None:
    desk.secret.write_text("abc")
    _, _, what, mend = desk.problem(desk.write(*ROWS))
    assert "64 hexadecimal" in what
    assert "backup" in mend
    assert desk.secret.read_text() == "abc"
    assert not desk.out.exists()


def test_out_is_never_overwritten(desk: Desk) -> None:
    raw = desk.write(*ROWS)
    desk.out.write_text("mine")
    assert "already" in desk.problem(raw)[2]
    assert desk.out.read_text() == "mine"
    assert "raw file" in desk.problem(raw, out=raw)[2]
    assert "ends in .csv" in desk.problem(raw, out=desk.folder / "out.xlsx")[3]
    assert "no such folder" in desk.problem(raw, out=desk.folder / "deep" / "out.csv")[2]


def test_nothing_is_left_behind_whatever_happens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    raw = desk.write(*ROWS)

    def breaks(*_: object, **__: object) -> None:
        raise OSError("disk full near Zubaida")

    monkeypatch.setattr(pd.DataFrame, "to_csv", breaks)
    _, _, what, _ = desk.problem(raw)
    assert "Zubaida" not in what
    assert "OSError" in what
    assert sorted(path.name for path in desk.folder.iterdir()) == ["raw.csv", "secret"]


def test_a_stopped_run_writes_nothing_not_even_a_secret(desk: Desk) -> None:
    outcome = desk.run(desk.write("C1,2024-03-01,,,5,60,,,call Zubaida"))
    assert outcome.written is None
    assert [f.row for f in outcome.findings] == [2]
    assert [path.name for path in desk.folder.iterdir()] == ["raw.csv"]


@pytest.mark.parametrize(
    ("cell", "what", "mend"),
    [
        ("2024-07-01", "in the future", "correct the date"),
        ("45352", "bare number, as Excel stores dates", "format the column as a date"),
        ("03/01/2024", "not a date of the form 2024-01-31", "--dates dmy or mdy"),
        ("2024-02-30", "no such day", "correct the date"),
        ("1924-03-01", "before 1990", "correct the year"),
        ("", "is empty", "fill in"),
    ],
)
def test_dates_that_cannot_be_used(desk: Desk, cell: str, what: str, mend: str) -> None:
    row, column, said, cure = desk.problem(desk.write(ROWS[0], f"C1,{cell},,,5,60,,,"))
    assert (row, column) == (3, "visit_date")
    assert what in said
    assert mend in cure
    assert not cell or cell not in said + cure


@pytest.mark.parametrize(("order", "first"), [("dmy", "01/03/2024"), ("mdy", "03/01/2024")])
def test_other_orders_of_dates_are_read_when_said(desk: Desk, order: str, first: str) -> None:
    second = "08/03/2024" if order == "dmy" else "03/08/2024"
    desk.run(desk.write(f"C1,{first},,,5,60,,,", f"C1,{second},,,5,60,,,"), dates=order)
    assert load_log(desk.out)["days_since_first"].tolist() == [0, 7]


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ("C1,2024-03-01,,,50,60,,,", "pain_now", "10 or less"),
        ('C1,2024-03-01,,,"5,5",60,,,', "pain_now", "decimal comma"),
        ("C1,2024-03-01,142,,5,60,,,", "age", "not an age"),
        ("C1,2024-03-01,,,5,60,hugs,,", "kind", "is not one of"),
        (",2024-03-01,,,5,60,,,", "client_code", "is empty"),
        ("C02,2024-03-02,,,5,60,,,", "days_since_first", "two visits on one day"),
        ("C02,2024-03-05,,f,5,60,,,", "sex", "another value"),
    ],
)
def test_cells_that_cannot_be_used(desk: Desk, row: str, column: str, what: str) -> None:
    found = desk.problem(desk.write(ROWS[0], row))
    assert found[:2] == (3, column)
    assert what in found[2]
    assert not desk.out.exists()


def test_swapped_and_doubled_visits_with_numbers_are_named(desk: Desk) -> None:
    header = "client_code,visit,visit_date,pain_now"
    rows = ["C1,1,2024-03-01,5", "C1,2,2024-03-15,5", "C1,3,2024-03-08,5"]
    assert "earlier day" in desk.problem(desk.write(*rows, header=header))[2]
    rows[2] = "C1,2,2024-03-22,5"
    assert "same visit number" in desk.problem(desk.write(*rows, header=header))[2]


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("visit_date,pain_now", "2024-03-01,5", "client_code"),
        ("client_code,pain_now", "C1,5", "visit_date"),
        ("client_code,visit_date,date,pain_now", "C1,2024-03-01,2024-03-01,5", "visit_date"),
        ("client_code,visit_date,age,age_band", "C1,2024-03-01,41,40-49", "age"),
    ],
)
def test_columns_that_are_missing_or_at_odds(
    desk: Desk, header: str, row: str, column: str
) -> None:
    assert desk.problem(desk.write(row, header=header))[:2] == (1, column)


def test_an_excel_file_with_real_dates(desk: Desk) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["client_code", "visit_date", "pain_now", "notes"])
    sheet.append(["C1", datetime.date(2024, 3, 1), 6, "fine"])
    sheet.append(["C1", datetime.datetime(2024, 3, 8, 14, 30), 5.5, None])
    book.save(desk.folder / "raw.xlsx")
    desk.run(desk.folder / "raw.xlsx")
    assert load_log(desk.out)["days_since_first"].tolist() == [0, 7]


def test_the_example_and_a_filled_template_pass(desk: Desk, root: Path) -> None:
    from openpyxl import load_workbook

    outcome = desk.run(root / "data" / "clients" / "example.csv")
    assert outcome.written is not None
    assert set(load_log(desk.out)["simulated"]) == {"yes"}
    book = load_workbook(root / "data" / "clients" / "template.xlsx")
    book.worksheets[0].append(["C1", 1, 0, "40-49", "female", 6, 7])
    book.save(desk.folder / "mine.xlsx")
    second = desk.run(desk.folder / "mine.xlsx", out=desk.folder / "second.csv")
    assert second.findings == ()


def test_k_anonymity_counts_those_at_risk_and_says_what_helps(desk: Desk) -> None:
    rows = [f"C{i:02d},2024-03-01,4{i % 10},f,5,60,swedish,," for i in range(9)]
    outcome = desk.run(desk.write(*rows, "C99,2024-03-01,85,f,5,60,swedish,,"))
    report = outcome.k_anonymity
    assert report is not None
    assert (report.k, report.clients, report.smallest, report.at_risk) == (5, 10, 1, 1)
    assert not report.holds
    assert report.suggestions[0] == "leave out the column age_band: 0 clients still at risk"
    again = desk.run(desk.folder / "raw.csv", out=desk.folder / "k1.csv", k=1).k_anonymity
    assert again is not None
    assert again.holds
    assert again.suggestions == ()


def test_a_hundred_thousand_visits(desk: Desk) -> None:
    rows = (
        f"C{i // 10:05d},2024-01-{i % 10 + 1:02d},4{i // 10 % 10},f,{i % 11},60,swedish,none,better"
        for i in range(100_000)
    )
    start = time.perf_counter()
    outcome = desk.run(desk.write(*rows))
    assert outcome.rows == 100_000
    assert time.perf_counter() - start < 60

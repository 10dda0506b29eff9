"""Raw columns into the log's own: dates to days, ages to bands, codes to new codes.

Every function returns problems that name the cell and the mend, never the content.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clients import grid as grids
from analysis.clients.pseudonyms import pseudonyms
from analysis.clients.rawcolumns import AGE, DATE, Column
from analysis.clients.records import order_problems, places, typed
from analysis.clients.schema import AGE_BANDS, COLUMNS
from analysis.evidence.problems import Problem

Order = Literal["iso", "dmy", "mdy"]
Texts = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]

_EARLIEST = datetime.date(1990, 1, 1)
_OLDEST = 120
_FORMS = {
    "iso": re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[ T][\d:.]+)?", re.ASCII),
    "dmy": re.compile(r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>\d{4})", re.ASCII),
    "mdy": re.compile(r"(?P<m>\d{1,2})[./-](?P<d>\d{1,2})[./-](?P<y>\d{4})", re.ASCII),
}
_SEXES = {"f": "female", "w": "female", "woman": "female", "m": "male", "man": "male", "x": "other"}


def converted(
    grid: grids.Grid, columns: list[Column], secret: bytes, order: Order, today: datetime.date
) -> tuple[pd.DataFrame, list[Problem]]:
    """The de-identified log, sorted by the new codes so that the old order says nothing."""
    cells, problems = _chosen(columns)
    if problems:
        return pd.DataFrame(columns=list(COLUMNS)), problems
    rows = grid.rows
    clients = np.array([re.sub(r"\s+", "", text.casefold()) for text in cells["client_code"]])
    missing = clients == ""
    problems += places(rows[missing], "client_code", "the cell is empty", "give the client's code")
    if DATE in cells:
        days, found = _days(cells.pop(DATE), clients, rows, order, today)
        problems += found
        cells["days_since_first"] = _texts(days)
        if "visit" not in cells:
            cells["visit"] = _texts(_numbered(clients, days))
    if "sex" in cells:
        cells["sex"] = _each(cells["sex"], lambda text: _SEXES.get(text.lower(), text))
    if AGE in cells:
        cells["age_band"], found = _bands(cells.pop(AGE), rows)
        problems += found
    new = pseudonyms((c for c in clients if c), secret)
    cells["client_code"] = _each(clients, lambda text: new.get(str(text), "missing"))
    frame, found = typed(cells, rows)
    problems += found
    frame.loc[missing, "client_code"] = pd.NA
    if not problems:
        problems += order_problems(frame, rows)
        problems += _constant(frame, "sex", rows)
        problems += _constant(frame, "age_band", rows) if "age_band" in _given(columns) else []
    return _tidied(frame), problems


def _given(columns: list[Column]) -> set[str | None]:
    return {column.log for column in columns}


def _chosen(columns: list[Column]) -> tuple[dict[str, Texts], list[Problem]]:
    """The kept columns by name; one that is missing, there twice or at odds with another stops."""
    cells: dict[str, Texts] = {}
    problems: list[Problem] = []

    def stop(name: str, what: str, mend: str) -> None:
        problems.append(Problem("the file", 1, name, None, what, mend))

    for column in columns:
        if column.log is None:
            continue
        if column.log in cells:
            stop(column.log, "two columns say the same thing", "delete one of the two")
        cells[column.log] = column.cells
    for one, other in ((DATE, "days_since_first"), (AGE, "age_band")):
        if one in cells and other in cells:
            stop(one, f"the file has {one} and {other}", "delete one of the two")
    if "client_code" not in cells:
        stop("client_code", "the column is missing", "give every client a code, C01, C02 ...")
    if DATE not in cells and "days_since_first" not in cells:
        stop(DATE, "the column is missing", "add visit_date or days_since_first")
    elif DATE not in cells and "visit" not in cells:
        stop("visit", "the column is missing", "number each client's visits from 1")
    return cells, problems


def _days(
    texts: Texts, clients: npt.NDArray[np.str_], rows: Rows, order: Order, today: datetime.date
) -> tuple[npt.NDArray[np.float64], list[Problem]]:
    """Days since each client's first date; NaN where the date cannot be used."""
    codes, distinct = pd.factorize(texts)
    numbers = np.full(len(distinct), np.nan)
    wrong: dict[tuple[str, str], list[int]] = {}
    for at, text in enumerate(distinct):
        day = _day(text, order, today)
        if isinstance(day, tuple):
            wrong.setdefault(day, []).append(at)
        else:
            numbers[at] = day
    problems: list[Problem] = []
    for (what, mend), which in wrong.items():
        bad = np.isin(codes, which)
        problems += places(rows[bad], DATE, what, mend)
    days = pd.Series(numbers[codes])
    first = days.groupby(clients).transform("min")
    return (days - first).to_numpy(), problems


def _day(text: str, order: Order, today: datetime.date) -> int | tuple[str, str]:
    """The day's number, or what is wrong and the mend."""
    if not text:
        return "the cell is empty", "fill in the date of the visit"
    if re.fullmatch(r"\d{4,6}(?:[.,]\d+)?", text, re.ASCII):
        return (
            "this is a bare number, as Excel stores dates",
            "format the column as a date, 2024-01-31, and save again",
        )
    match = _FORMS[order].fullmatch(text)
    if match is None:
        form = {"iso": "2024-01-31", "dmy": "31.01.2024", "mdy": "01/31/2024"}[order]
        mend = f"write it so, or say how dates are written: --dates {_others(order)}"
        return f"this is not a date of the form {form}", mend
    try:
        date = datetime.date(*(int(match[part]) for part in "ymd"))
    except ValueError:
        return "there is no such day in the calendar", "correct the date, or its order (--dates)"
    if date > today:
        return (
            "the date is in the future",
            "correct the date, or delete the visit until it has been",
        )
    if date < _EARLIEST:
        return "the date is before 1990", "correct the year of the visit"
    return date.toordinal()


def _others(order: str) -> str:
    return " or ".join(name for name in _FORMS if name != order)


def _numbered(
    clients: npt.NDArray[np.str_], days: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Visits counted by their days, for files without numbers."""
    ranks = pd.Series(days).groupby(clients).rank(method="first")
    return np.asarray(ranks, dtype=np.float64)


def _bands(texts: Texts, rows: Rows) -> tuple[Texts, list[Problem]]:
    """Ages in years to bands of ten; 90 and over is one."""
    codes, distinct = pd.factorize(texts)
    bands = np.full(len(distinct), "", dtype=object)
    bad = np.zeros(len(distinct), dtype=np.bool_)
    for at, text in enumerate(distinct):
        if re.fullmatch(r"\d{1,3}(?:\.\d+)?", text, re.ASCII) and float(text) <= _OLDEST:
            bands[at] = AGE_BANDS[min(int(float(text)) // 10, 9)]
        else:
            bad[at] = bool(text)
    what, mend = "this is not an age in years", "write whole years, or leave the cell empty"
    return bands[codes], places(rows[bad[codes]], AGE, what, mend)


def _constant(frame: pd.DataFrame, column: str, rows: Rows) -> list[Problem]:
    first = frame.groupby("client_code")[column].transform("first")
    differs = (frame[column].notna() & (frame[column] != first)).fillna(False).to_numpy(dtype=bool)
    what = "this client has another value on an earlier row"
    return places(rows[differs], column, what, "write the value of the first visit on every row")


def _tidied(frame: pd.DataFrame) -> pd.DataFrame:
    """Sorted, and one age band per client: that of the first visit."""
    frame = frame.sort_values(["client_code", "visit"], kind="stable", ignore_index=True)
    for column in ("age_band", "sex"):
        frame[column] = frame.groupby("client_code")[column].transform("first")
    frame["simulated"] = frame["simulated"].fillna("no")
    # Decimals beyond the second say nothing about a client, but could tell clients apart.
    figures = frame.select_dtypes("float64").columns
    frame[figures] = frame[figures].round(2)
    return frame


def _each(texts: npt.NDArray[Any], change: Callable[[Any], str]) -> Texts:
    codes, distinct = pd.factorize(np.asarray(texts, dtype=object))
    changed = np.empty(len(distinct), dtype=object)
    changed[:] = [change(text) for text in distinct]
    result: Texts = changed[codes]
    return result


def _texts(numbers: npt.NDArray[np.float64]) -> Texts:
    known = np.nan_to_num(numbers, nan=-1).astype(np.int64)
    return _each(known.astype(object), lambda number: "" if number < 0 else str(number))

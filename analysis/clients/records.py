"""A client log, read and checked: `load_log` is the only door to it.

Messages name the cell and the mend, never what stands in the cell: somebody may well try to load
a file before it was made anonymous.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from analysis.clients import grid as grids
from analysis.clients.schema import COLUMNS, LOG, REQUIRED
from analysis.evidence.columns import ARROW, kind
from analysis.evidence.problems import DataError, Problem, in_order
from analysis.evidence.reading import NUMBER

#: Problems of one kind in one column that are named before they are only counted.
NAMED = 100
_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*", re.ASCII)

Flags = npt.NDArray[np.bool_]


class RecordError(DataError):
    """A client log that cannot be used; `problems` holds every place, and no content of any."""


def load_log(path: Path | str) -> pd.DataFrame:
    """Read a de-identified client log, CSV or .xlsx, and check every cell.

    Returns
    -------
    DataFrame
        All columns of `analysis.clients.schema.COLUMNS` in that order, sorted by client and visit,
        with a fresh index: texts as ``string``, scales as ``float64`` (missing: NaN), counts as
        ``Int64`` (missing: ``<NA>``). Optional columns that the file lacks are there and empty;
        `simulated` is never empty. `schema.DIRECTION` says which outcomes are better when higher.

    Raises
    ------
    RecordError
        With every problem: file, row (as a spreadsheet shows it), column, what, mend. Checked are
        names of columns, types, decimal commas, ranges, codes, visits that stand twice, two visits
        of one client on one day, and visits whose order is not that of their days.

    Example
    -------
    >>> from analysis.clients.records import load_log
    >>> log = load_log("data/clients/example.csv")
    >>> set(log["simulated"])
    {'yes'}
    """
    path = Path(path)
    try:
        grid = grids.read(path)
    except grids.GridError as error:
        raise RecordError([_named(error.problem, path.name)]) from None
    frame, rows, problems = _from_grid(grid)
    sound = ~np.isin(rows, [p.row for p in problems if p.row is not None])
    problems += order_problems(frame[sound], rows[sound])
    if problems:
        raise RecordError([_named(p, path.name) for p in in_order(problems)])
    frame["simulated"] = frame["simulated"].fillna("no")
    return frame.sort_values(["client_code", "visit"], kind="stable", ignore_index=True)


def normal(heading: str) -> str:
    """A heading as we compare it: lower case, words joined by underscores."""
    return re.sub(r"[\s\-_]+", "_", heading.strip().lower())


def typed(
    cells: dict[str, npt.NDArray[np.object_]], rows: npt.NDArray[np.intp]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Columns of texts as a checked log; columns that are missing come out empty.

    `rows` are the row numbers to name in problems. Order of visits is `order_problems`' business.
    """
    size = len(rows)
    problems: list[Problem] = []
    frame: dict[str, Any] = {}
    for name, column in LOG.columns.items():
        texts = cells.get(name, np.full(size, "", dtype=object))
        frame[name], found = _column(texts, name, kind(column), rows)
        problems += found
    table = pd.DataFrame(frame)
    return table, problems + _against_schema(table, rows, problems)


def order_problems(log: pd.DataFrame, rows: npt.NDArray[np.intp]) -> list[Problem]:
    """Visits that stand twice, two visits on one day, visits whose order is not their days'."""
    known = log[list(REQUIRED)].notna().all(axis=1).to_numpy()
    ordered = log.loc[known, list(REQUIRED)].assign(row=rows[known])
    ordered = ordered.sort_values(["client_code", "visit", "row"], kind="stable")
    client, visit, day = (ordered[c].to_numpy() for c in REQUIRED)
    row = ordered["row"].to_numpy()
    if len(row) == 0:
        return []
    same = np.append(False, client[1:] == client[:-1]).astype(bool)
    visit, day = visit.astype(np.int64), day.astype(np.int64)
    stepped = np.append(0, np.diff(visit))
    moved = np.append(0, np.diff(day))
    twice = same & (stepped == 0)
    findings = [
        (twice, "visit", "this client has another row with the same visit number", _TWICE),
        (
            same & ~twice & (moved == 0),
            "days_since_first",
            "this client has two visits on one day",
            "delete the row that is entered twice, or correct the day",
        ),
        (
            same & ~twice & (moved < 0),
            "days_since_first",
            "this visit has a later number but an earlier day than the one before it",
            "swap the two visits back, or correct the days",
        ),
        (
            (visit == 1) & (day != 0) & ~twice,
            "days_since_first",
            "the first visit is not on day 0",
            "count days from this client's first visit, which is day 0",
        ),
    ]
    return [
        problem
        for bad, column, what, mend in findings
        for problem in places(np.sort(row[bad]), column, what, mend)
    ]


_TWICE = "delete the row that is entered twice, or number the visits anew"


def places(
    rows: Sequence[int] | npt.NDArray[np.intp], column: str, what: str, mend: str
) -> list[Problem]:
    """One problem per row, the first hundred named and the rest counted; never a value."""
    found = [Problem("the file", int(row), column, None, what, mend) for row in rows[:NAMED]]
    if len(rows) > NAMED:
        rest = f"{what}: {len(rows) - NAMED} more rows"
        found.append(Problem("the file", None, column, None, rest, mend))
    return found


def _from_grid(grid: grids.Grid) -> tuple[pd.DataFrame, npt.NDArray[np.intp], list[Problem]]:
    headings = [normal(heading) for heading in grid.header]
    problems: list[Problem] = []
    for position, heading in enumerate(headings, 1):
        at = f"number {position}"
        if heading not in COLUMNS:
            mend = "delete it; the log has a fixed list of columns (data/clients/format.md)"
            problems.append(Problem("the file", 1, at, None, "the column is not known", mend))
        elif headings.index(heading) != position - 1:
            what, mend = "the column stands twice", "delete one of the two"
            problems.append(Problem("the file", 1, at, None, what, mend))
    for name in REQUIRED:
        if name not in headings:
            mend = "add it, or start from data/clients/template.csv"
            problems.append(Problem("the file", 1, name, None, "the column is missing", mend))
    cells = {h: c for h, c in zip(headings, grid.cells, strict=True) if h in COLUMNS}
    frame, found = typed(cells, grid.rows)
    if problems:  # a missing column need not be complained about in every row as well
        found = [p for p in found if p.column in cells]
    return frame, grid.rows, problems + found


def _column(
    texts: npt.NDArray[np.object_], name: str, into: str, rows: npt.NDArray[np.intp]
) -> tuple[Any, list[Problem]]:
    """Texts into their type; each distinct text is looked at once, however long the log is."""
    codes, distinct = pd.factorize(texts)
    problems: list[Problem] = []

    def refuse(test: Callable[[str], bool], what: str, mend: str) -> Flags:
        bad = np.fromiter(map(test, distinct), dtype=np.bool_, count=len(distinct))
        problems.extend(places(rows[bad[codes]], name, what, mend))
        return bad

    if into == "string":
        words = np.array([t or pd.NA for t in map(_word(name), distinct)] + [pd.NA], dtype=object)
        return pd.array(words[codes], dtype="string"), problems
    comma = refuse(
        lambda t: _COMMA.fullmatch(t) is not None,
        "the number has a decimal comma",
        "write it with a point: 3.5 and not 3,5",
    )
    dated = refuse(
        lambda t: _DATE.fullmatch(t) is not None,
        "a date stands where a number belongs",
        "write the number; no dates belong in the log",
    )
    other = refuse(
        lambda t: bool(t) and not any(p.fullmatch(t) for p in (NUMBER, _COMMA, _DATE)),
        "this is not a number",
        "write a plain number, or leave the cell empty where it is not known",
    )
    fine = ~(comma | dated | other) & (distinct != "")
    figures = np.full(len(distinct), np.nan)
    figures[fine] = distinct[fine].astype(float)
    endless = np.isinf(figures)
    problems += places(
        rows[endless[codes]], name, "this number is too large", "correct it, or leave it empty"
    )
    figures[endless] = np.nan
    if into == "number":
        return figures[codes], problems
    broken = fine & (figures != np.round(figures))
    problems += places(
        rows[broken[codes]], name, "this is not a whole number", "write it without decimals"
    )
    figures[broken] = np.nan
    figures[np.abs(figures) > 1e15] = 1e15
    return pd.array(figures[codes], dtype="Int64"), problems


def _word(name: str) -> Callable[[str], str]:
    """How a text is tidied before it is compared: codes of a list ignore case and blanks."""
    if name == "client_code":
        return str
    return lambda text: re.sub(r"\s*;\s*", ";", text.lower()).replace(" ", "_")


def _against_schema(
    table: pd.DataFrame, rows: npt.NDArray[np.intp], known: list[Problem]
) -> list[Problem]:
    try:
        LOG.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    reported = {(p.row, p.column) for p in known}
    problems = []
    for (column, check), failed in cases.groupby(["column", "check"], sort=False):
        what, _, mend = str(check).partition(ARROW)
        if str(check) == "not_nullable":
            what, mend = "the cell is empty", "fill it in: without it the row cannot be used"
        where = np.sort(rows[failed["index"].to_numpy(dtype=np.intp)])
        # An unreadable cell is empty by now; one complaint about it is enough.
        fresh = [row for row in where if (int(row), str(column)) not in reported]
        problems += places(fresh, str(column), what, mend)
    return problems


def _named(problem: Problem, name: str) -> Problem:
    """The problem with the file's own name, which the person who typed it knows."""
    return Problem(name, problem.row, problem.column, None, problem.what, problem.mend)

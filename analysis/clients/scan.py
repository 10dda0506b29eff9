"""Every cell, heading and name of a raw file looked at for identifiers; out come places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clients import grid as grids
from analysis.clients import identifiers, workbook
from analysis.clients.rawcolumns import AGE, DATE, Column, announced
from analysis.clients.schema import ADVERSE, AGE_BANDS, KINDS, LOG, SEXES
from analysis.clients.workbook import Finding
from analysis.evidence.columns import kind

#: Rows of one kind in one column that are named before they are only counted.
NAMED = 100
_NUMBER = re.compile(r"[+-]?\d{0,5}(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?%?", re.ASCII)
_CODES = {
    "age_band": {*AGE_BANDS},
    "sex": {*SEXES, "f", "m", "w", "x", "woman", "man"},
    "kind": {*KINDS},
    "adverse": {*ADVERSE},
    "simulated": {"yes", "no"},
}
#: A plain code: at most one letter or a word for "client", and a short number. Initials, names,
#: years of birth and record numbers do not fit.
_PLAIN_CODE = re.compile(
    r"(?:[a-z]|cl|cli|client|id|code|person|participant|case|no|nr|sim)?[ _#-]?(?:\d{1,4}|0\d{4}|"
    r"(?<=\w)\d{5})[a-z]?|c-[0-9a-z]{4}-[0-9a-z]{4}",
    re.IGNORECASE | re.ASCII,
)


def findings(raw: Path, out: Path, grid: grids.Grid, columns: list[Column]) -> list[Finding]:
    """All identifiers in the file and its name, in the order in which one would mend them.

    Raises `grids.GridError` where a workbook cannot be looked through.
    """
    found = [Finding("name of the raw file", None, None, what) for what in _file(raw.stem)]
    found += [Finding("name of OUT", None, None, what) for what in _file(out.stem)]
    for column in columns:
        found += _column(column, grid.rows)
    if grids.is_workbook(raw):
        texts = {text for cells in grid.cells for text in cells} | set(grid.header)
        try:
            found += workbook.findings(raw, texts.__contains__)
        except (ValueError, KeyError):
            raise grids.GridError("the workbook is damaged", "save the sheet as CSV") from None
    return found


def _file(stem: str) -> list[str]:
    """As any label; but the day of an export, `log-2024-03-01`, is nobody's."""
    kinds = identifiers.in_label(stem)
    years = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d", stem)]
    recent = bool(years) and min(years) >= 2015
    return [what for what in kinds if what != "date" or not recent]


def _column(column: Column, rows: npt.NDArray[np.intp]) -> Iterator[Finding]:
    if column.log is None and column.heading:
        what = announced(column.heading)
        if what is not None and not column.empty:
            yield Finding("heading", 1, column.label, f"column of kind: {what}")
            return
        for found in [] if what else identifiers.in_label(column.heading):
            yield Finding("heading", 1, column.label, found)
    judge = _judge(column.log)
    codes, distinct = pd.factorize(column.cells)
    by_kind: dict[str, list[int]] = {}
    for number, text in enumerate(distinct):
        for what in judge(text) if text else ():
            by_kind.setdefault(what, []).append(number)
    for what, numbers in by_kind.items():
        bad = np.zeros(len(distinct), dtype=np.bool_)
        bad[numbers] = True
        where = rows[bad[codes]]
        for row in where[:NAMED]:
            yield Finding("cell", int(row), column.label, what)
        if len(where) > NAMED:
            yield Finding("cell", None, column.label, f"{what}: {len(where) - NAMED} more rows")


def _judge(log: str | None) -> Callable[[str], list[str]]:
    """What is looked for in the cells of a column, by what the column becomes."""
    if log is None:
        return identifiers.in_text
    if log == "client_code":
        return _code
    if log == DATE:
        return _date
    if log in _CODES:
        return lambda text: [] if _coded(text, _CODES[log]) else identifiers.in_text(text)
    if log == AGE or kind(LOG.columns[log]) != "string":
        return _figure
    raise ValueError(f"nothing is known of the column {log}")


def _figure(text: str) -> list[str]:
    if _NUMBER.fullmatch(text):
        return []
    # A day and a month are what Excel makes of a fraction; with the year they identify.
    return identifiers.in_text(text)


def _code(text: str) -> list[str]:
    if _PLAIN_CODE.fullmatch(text):
        return []
    return identifiers.in_text(text) or ["name, initials or number of a person in place of a code"]


def _date(text: str) -> list[str]:
    kinds = identifiers.kinds_in(text, dates=False)
    return kinds if any(map(str.isdigit, text)) else kinds + identifiers.names_in(text)


def _coded(text: str, words: set[str]) -> bool:
    parts = re.split(r"\s*;\s*", text.lower())
    return all(re.sub(r"\s+", "_", part) in words for part in parts)

"""From the bytes of one CSV file to a typed DataFrame, saying everything that is wrong on the way.

Our tables are strict on purpose: UTF-8 without a byte order mark, LF line ends, comma, point as
decimal mark, an empty cell for "missing". One form means that a diff shows changed facts only.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from analysis.evidence.columns import ARROW, kind
from analysis.evidence.problems import Problem, at_rows

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
#: A number as every table may hold it, clients' logs included.
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SAVE_UTF8 = "save the file as UTF-8 (LibreOffice: 'Keep current filter', Unicode UTF-8)"


def read(path: Path, schema: pa.DataFrameSchema) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read one table and check it against its schema.

    Returns the typed table, or ``None`` where the file's form leaves nothing to check, and all
    problems found. Text is pandas ``string``, figures are ``float64`` (missing: NaN), counts
    ``Int64`` and flags ``boolean`` (missing: ``pd.NA``). The index counts rows from 0, so row
    ``i`` stands in row ``i + 2`` of a spreadsheet.
    """
    raw, problems = _bytes(path)
    if raw is None:
        return None, problems
    header, shape_problems = _shape(raw, path.name)
    problems += shape_problems
    if header is None:
        return None, problems
    wanted = [name for name in schema.columns if name in header]
    heading = _heading(header, list(schema.columns), path.name)
    problems += heading
    if len(set(header)) < len(header) or not wanted:
        return None, problems
    cells = pd.read_csv(
        io.BytesIO(raw),
        dtype=object,
        usecols=wanted,
        index_col=False,
        keep_default_na=False,
        na_values=[""],
        skip_blank_lines=False,
    )
    del raw
    data: dict[str, object] = {}
    for name in wanted:
        data[name], found = _typed(cells.pop(name), kind(schema.columns[name]), path.name)
        problems += found
    table = pd.DataFrame(data)
    missing = [name for name in schema.columns if name not in header]
    problems += _against(table, schema.remove_columns(missing) if missing else schema, path.name)
    return (None if missing else table), problems


def _bytes(path: Path) -> tuple[bytes | None, list[Problem]]:
    """The file's content as clean UTF-8, or why there is none."""
    name = path.name

    def stop(what: str, mend: str, row: int | None = None, value: str | None = None) -> Problem:
        return Problem(name, row, None, value, what, mend)

    if not path.is_file():
        return None, [stop(f"there is no such file in {path.parent}", "restore it from git")]
    raw = path.read_bytes()
    if not raw.strip():
        return None, [stop("the file is empty", "restore it from git, or write its header row")]
    if raw.startswith(_UTF16):
        return None, [stop("the file is UTF-16, not UTF-8", _SAVE_UTF8, 1)]
    problems = []
    if raw.startswith(_BOM):
        what = "the file starts with a byte order mark (BOM)"
        problems.append(stop(what, "save it as UTF-8 without BOM", 1, "EF BB BF"))
        raw = raw[len(_BOM) :]
    if b"\r" in raw:
        row = raw[: raw.index(b"\r")].count(b"\n") + 1
        mend = "save it with Unix line ends (LF), for example with: sed -i 's/\\r$//' FILE"
        problems.append(stop("lines end in CR or CRLF, as Windows writes them", mend, row, "\\r"))
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        what = f"byte {error.start + 1} of the file (on line {row}) is not UTF-8"
        problems.append(stop(what, _SAVE_UTF8, row, f"0x{raw[error.start]:02X}"))
        return None, problems
    if b"\0" in raw:
        row = raw[: raw.index(b"\0")].count(b"\n") + 1
        problems.append(stop("there is a NUL byte: this is no text file", _SAVE_UTF8, row, "0x00"))
        return None, problems
    return raw, problems


def _shape(raw: bytes, name: str) -> tuple[list[str] | None, list[Problem]]:
    """The header, if every row has as many cells as it."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8", newline=""), strict=True)
    ragged: list[int] = []
    lengths: dict[int, int] = {}
    at = -1
    try:
        header = next(reader)
        width = len(header)
        for at, cells in enumerate(reader):
            if len(cells) != width:
                ragged.append(at)
                lengths[at] = len(cells)
    except csv.Error as error:
        what = f"cannot be read as CSV from here on: {error}"
        mend = 'close every quoted cell, and write a quote inside one as ""'
        return None, [Problem(name, at + 3, None, None, what, mend)]
    if at < 0:
        mend = "restore the rows from git"
        return None, [Problem(name, None, None, None, "there is a header but no row", mend)]
    if not ragged:
        return header, []
    what = f"the row does not have {width} cells as the header has"
    mend = 'put a cell that holds a comma in "quotes", and delete empty lines'
    where = np.asarray(ragged, dtype=np.intp)
    found = at_rows(name, where, "(all)", lambda i: f"{lengths[i]} cells", what, mend)
    return None, found


def _heading(header: list[str], columns: list[str], name: str) -> list[Problem]:
    problems = []
    for column in columns:
        if column not in header:
            near = get_close_matches(column, [h for h in header if h not in columns], 1)
            hint = f"rename {near[0]!r}" if near else "add it, with empty cells where unknown"
            problems.append(Problem(name, 1, column, None, "the column is missing", hint))
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            mend = "keep one of them"
            problems.append(Problem(name, 1, column, None, "the column stands twice", mend))
        elif column not in columns:
            mend = "delete it, or describe it in analysis/evidence/schemas.py"
            problems.append(Problem(name, 1, column, column, "the column is not known", mend))
    return problems


def _typed(column: pd.Series, into: str, file: str) -> tuple[object, list[Problem]]:
    """Turn the cells of a column into its type.

    Each distinct text is looked at once, however long the table is.
    """
    name = str(column.name)
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    problems: list[Problem] = []

    def refuse(bad: npt.NDArray[np.bool_], what: str, mend: str) -> None:
        problems.extend(_refused(file, name, codes, texts, bad, what, mend))

    refuse(_each(texts, lambda t: t != t.strip()), "has blanks around it", "delete the blanks")
    cells = np.fromiter((t.strip() for t in texts), dtype=object, count=len(texts))
    if into == "string":
        return pd.array(_spread(cells, codes, pd.NA), dtype="string"), problems
    if into == "boolean":
        known = _each(cells, lambda t: t in {"true", "false"})
        refuse(~known, "is neither true nor false", "write true, false or nothing")
        truth = np.empty(len(cells), dtype=object)  # where not known: None
        truth[known] = cells[known] == "true"
        return pd.Series(_spread(truth, codes, None)).astype("boolean"), problems
    good = _each(cells, lambda t: NUMBER.fullmatch(t) is not None)
    mend = "write a plain number with a point as decimal mark, or leave the cell empty"
    refuse(~good, "is not a number", mend)
    figures = np.full(len(cells), np.nan)
    figures[good] = cells[good].astype(float)
    if into == "number":
        endless = np.isinf(figures)
        refuse(endless, "is not a finite number", mend)
        figures[endless] = np.nan
        return _spread(figures, codes, np.nan), problems
    whole = _each(cells, lambda t: _INTEGER.fullmatch(t) is not None)
    refuse(good & ~whole, "is not a whole number", "write it without decimals, for example 20")
    figures[~whole] = np.nan
    return pd.array(_spread(figures, codes, np.nan), dtype="Int64"), problems


def _each(texts: npt.NDArray[np.object_], test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
    return np.fromiter((test(text) for text in texts), dtype=np.bool_, count=len(texts))


def _spread(
    distinct: npt.NDArray[Any], codes: npt.NDArray[np.integer], missing: object
) -> npt.NDArray[Any]:
    """The distinct values back in their rows; pandas codes an empty cell as -1, the last one."""
    padded = np.empty(len(distinct) + 1, dtype=distinct.dtype)
    padded[:-1] = distinct
    padded[-1] = missing
    spread: npt.NDArray[Any] = padded[codes]
    return spread


def _refused(
    file: str,
    column: str,
    codes: npt.NDArray[np.integer],
    texts: npt.NDArray[np.object_],
    bad: npt.NDArray[np.bool_],
    what: str,
    mend: str,
) -> list[Problem]:
    """Problems for every row whose cell is one of the bad texts."""
    if not bad.any():
        return []
    where = np.flatnonzero(np.append(bad, False)[codes])
    return at_rows(file, where, column, lambda at: texts[codes[at]], what, mend)


def _against(table: pd.DataFrame, schema: pa.DataFrameSchema, file: str) -> list[Problem]:
    """What pandera finds: empty cells, ranges, words, forms, keys that stand twice."""
    try:
        schema.validate(table, lazy=True, inplace=True)  # inplace: a copy costs memory, no more
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    own = {
        "not_nullable": ("must not be empty", "fill it in from the source"),
        "field_uniqueness": ("stands more than once", "give every row a name of its own"),
    }
    problems = []
    for (column, check), rows in cases.groupby(["column", "check"], sort=False):
        what, mend = own.get(str(check)) or tuple(str(check).split(ARROW, 1))
        where = np.sort(rows["index"].to_numpy(dtype=np.intp))
        cells = table[str(column)].astype(object).fillna("")
        problems += at_rows(file, where, str(column), cells.__getitem__, what, mend)
    return problems

"""From a file, comma-separated or Excel, to a grid of texts, without ever repeating a cell.

Raw client files pass through here, so no message of this module contains anything read from one:
it names the place and the mend, never the content. Nothing is written anywhere.
"""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.evidence.problems import Problem

#: Larger files are not read: a log of 100,000 visits is about 10 MB.
MOST_BYTES = 200_000_000
_OLE = b"\xd0\xcf\x11\xe0"
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAVE = "save it again as 'CSV UTF-8 (comma delimited)' or as .xlsx"


@dataclass(frozen=True)
class Grid:
    """A table as it stands in a file: every cell a text, stripped of blanks around it.

    ``cells[j][i]`` is row ``i`` of column ``j``; an empty cell is ``""``. ``rows[i]`` is the row
    number that a spreadsheet shows (the header is row 1); rows with nothing in them are left out.
    Dates of an Excel file read ``2024-01-31``.
    """

    header: tuple[str, ...]
    cells: tuple[npt.NDArray[np.object_], ...]
    rows: npt.NDArray[np.intp]

    def __len__(self) -> int:
        """The number of rows that hold anything."""
        return len(self.rows)


class GridError(Exception):
    """The file cannot be read as a table; `problem` says why, without its content."""

    def __init__(self, what: str, mend: str, row: int | None = None) -> None:
        self.problem = Problem("the file", row, None, None, what, mend)
        super().__init__(str(self.problem))


def is_workbook(path: Path) -> bool:
    """Whether the file is an Excel workbook, by its first bytes and not by its name."""
    with path.open("rb") as handle:
        return handle.read(4) == b"PK\x03\x04"


def read(path: Path) -> Grid:
    """The table in a file: UTF-8 or UTF-16 text with commas, semicolons or tabs, or .xlsx.

    Of a workbook the first sheet is read. Raises `GridError` where there is no table.
    """
    if not path.is_file():
        raise GridError("there is no such file", "check the folder and the name")
    size = path.stat().st_size
    if size == 0:
        raise GridError("the file is empty", "write the header row of the template into it")
    if size > MOST_BYTES:
        raise GridError("the file is larger than 200 MB", "split it by client")
    grid = _workbook(path) if is_workbook(path) else _text(path.read_bytes())
    if not len(grid):
        raise GridError("there is a header but no row", "fill in at least one visit")
    return grid


def _text(raw: bytes) -> Grid:
    if raw.startswith(_OLE):
        what = "this is an old or a password-protected Excel file"
        raise GridError(what, "remove the password and save it as .xlsx or CSV")
    encoding = next((name for mark, name in _BOMS.items() if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise GridError("the text is not UTF-8", _SAVE, row) from None
    if "\0" in text:
        raise GridError("this is no text file, or UTF-16 without its mark", _SAVE)
    if not text.strip():
        raise GridError("the file is empty", "write the header row of the template into it")
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _grid(reader, delimiter)
    except csv.Error:
        mend = 'close every quoted cell, and write a quote inside one as ""'
        raise GridError("it cannot be read as CSV from here on", mend, reader.line_num) from None


def _grid(lines: Any, delimiter: str = "") -> Grid:
    """Collect rows into columns; equal texts are stored once, which keeps long files small."""
    known: dict[str, str] = {}
    rows: list[int] = []
    header: tuple[str, ...] = ()
    columns: list[list[str]] = []
    for number, line in enumerate(lines, 1):
        texts = [known.setdefault(cell, cell) for cell in map(str.strip, line)]
        if not any(texts):
            continue
        if not header:
            header = tuple(texts)
            columns = [[] for _ in header]
            continue
        if len(texts) != len(header):
            if any(texts[len(header) :]) or len(texts) < len(header):
                raise GridError(*_ragged(delimiter), row=number)
            texts = texts[: len(header)]
        rows.append(number)
        for column, text in zip(columns, texts, strict=True):
            column.append(text)
    cells = tuple(_objects(column) for column in columns)
    return Grid(header, cells, np.asarray(rows, dtype=np.intp))


def _ragged(delimiter: str) -> tuple[str, str]:
    what = "the row has more or fewer cells than the header"
    if delimiter == ",":
        return what, "write 3.5 and not 3,5, and put a text that holds a comma in quotes"
    return what, "give every row as many cells as the header"


def _objects(column: list[str]) -> npt.NDArray[np.object_]:
    array = np.empty(len(column), dtype=object)
    array[:] = column
    return array


def _workbook(path: Path) -> Grid:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as container:
            if sum(part.file_size for part in container.infolist()) > 10 * MOST_BYTES:
                raise GridError("the workbook unpacks to more than 2 GB", "save the sheet as CSV")
            if "xl/workbook.xml" not in container.namelist():
                raise GridError("this is not an Excel workbook", _SAVE)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except GridError:
        raise
    except Exception:  # openpyxl raises many kinds, and their texts may hold the content
        raise GridError("the workbook is damaged", _SAVE) from None
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the size that a file claims to have is often wrong
        return _grid(_even(sheet.iter_rows(values_only=True)))
    except GridError:
        raise
    except Exception:
        raise GridError("the first sheet cannot be read", _SAVE) from None
    finally:
        book.close()


def _even(rows: Any) -> Any:
    """Rows of texts, all as wide as the header: a sheet leaves out empty cells at the end."""
    width = 0
    for row in rows:
        texts = [_shown(cell) for cell in row]
        width = width or len(texts)
        yield texts + [""] * (width - len(texts))


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)

"""The last gate: no table of single clients is published unless it is invented or suppressed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.clients import grid as grids
from analysis.clients.anonymity import DEFAULT_K, k_anonymity
from analysis.clients.pseudonyms import FORM
from analysis.clients.rawcolumns import ALIASES
from analysis.clients.records import RecordError, load_log, normal
from analysis.clients.schema import COLUMNS
from analysis.evidence.problems import Problem

#: Headings that are a log's own; this many of them in one table make it a table of clients.
_OWN = frozenset(COLUMNS) - {"kind", "sex", "visit", "function", "simulated", "anxiety", "minutes"}
_MANY = 4
_TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}
_UNREADABLE = {".xls", ".ods", ".parquet", ".feather", ".pkl", ".pickle", ".sqlite", ".db", ".sav"}
_TEXTS = {".json", ".html", ".htm", ".md", ".js", ".ipynb", ".xml", ".svg", ".yaml", ".yml"}
_MEND = (
    "leave it out, or suppress it until `evidence clients deidentify` reports that every client is "
    "hidden among k"
)


class ReleaseError(RecordError):
    """Something may not be published; `problems` says what and why."""


def check_publishable(folder: Path, k: int = DEFAULT_K) -> None:
    """Refuse a folder that would publish single clients.

    A table of clients passes where every row says `simulated` = yes, or where it is a valid
    de-identified log in which every client is hidden among `k`. Text files may not contain a
    client's new code. Names of files are given, no content.

    Raises
    ------
    ReleaseError
        With every file that must not go out.

    Example
    -------
    >>> import tempfile
    >>> check_publishable(Path(tempfile.mkdtemp()))
    """
    problems = unpublishable(folder, k)
    if problems:
        raise ReleaseError(problems)


def unpublishable(folder: Path, k: int = DEFAULT_K) -> list[Problem]:
    """Every file of a folder, and of folders in it, that must not go out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Problem(path.relative_to(folder).as_posix(), None, None, None, why, _MEND)
        for path in files
        for why in _why(path, k)
    ]


def _why(path: Path, k: int) -> Iterable[str]:
    suffix = path.suffix.lower()
    if path.name == ".secret":
        yield "this is the secret of the clients' codes"
    elif suffix in _UNREADABLE:
        yield "a table in a format that cannot be checked"
    elif suffix in _TABLES:
        yield from _table(path, k)
    elif suffix in _TEXTS and _has_code(path.read_text(encoding="utf-8", errors="replace")):
        yield "it contains a client's code"


def _table(path: Path, k: int) -> Iterable[str]:
    try:
        grid = grids.read(path)
    except grids.GridError:
        # No table, or an empty one; loose text must still not hold a code.
        with contextlib.suppress(OSError):
            if _has_code(path.read_text(encoding="utf-8", errors="replace")):
                yield "it contains a client's code"
        return
    names = [ALIASES.get(normal(heading), normal(heading)) for heading in grid.header]
    coded = any(FORM.search(str(t)) for cells in grid.cells for t in pd.unique(cells))
    if "client_code" not in names and len(_OWN & set(names)) < _MANY and not coded:
        return
    if "simulated" in names:
        marks = {text.lower() for text in grid.cells[names.index("simulated")]}
        if marks == {"yes"}:
            return
    try:
        log = load_log(path)
    except RecordError:
        yield "a table of clients that is not a valid de-identified log"
        return
    report = k_anonymity(log[log["simulated"] != "yes"], k)
    if not report.holds:
        yield f"{report.at_risk} of {report.clients} clients are not hidden among {k} look-alikes"


def _has_code(text: str) -> bool:
    return FORM.search(text) is not None or re.search(r"client_code\W+C?\d", text) is not None

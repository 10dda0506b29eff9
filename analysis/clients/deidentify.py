"""From a raw file to a log that names nobody: an allow-list of columns, and all else refused.

What is written is built anew from checked numbers and coded words; no text of the raw file is
copied. The raw file is only read. Nothing of it goes into a message, a cache or a temporary file:
the finished log alone is written, beside its place, and renamed.

The rules follow the Safe Harbor method of the HIPAA Privacy Rule (45 CFR 164.514(b)(2)), and go
further where a log needs it (docs/privacy.md).
"""

from __future__ import annotations

import contextlib
import datetime
import os
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.clients import grid as grids
from analysis.clients import scan
from analysis.clients.anonymity import DEFAULT_K, Anonymity, k_anonymity
from analysis.clients.convert import Order, converted
from analysis.clients.pseudonyms import SecretError, default_secret, secret_of
from analysis.clients.rawcolumns import Refused, columns_of, refused
from analysis.clients.records import RecordError
from analysis.clients.workbook import Finding
from analysis.evidence.problems import Problem, in_order
from analysis.spreadsheet import csv_table


@dataclass(frozen=True)
class Outcome:
    """What came of it: either a log was `written`, or `findings` say what must go first."""

    written: Path | None
    refused_columns: tuple[Refused, ...]
    findings: tuple[Finding, ...]
    k_anonymity: Anonymity | None
    rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON: `written, refused_columns, findings, k_anonymity`."""
        return {
            "written": None if self.written is None else str(self.written),
            "refused_columns": [vars(column) for column in self.refused_columns],
            "findings": [vars(finding) for finding in self.findings],
            "k_anonymity": None if self.k_anonymity is None else self.k_anonymity.as_dict(),
        }


def deidentify(
    raw: Path,
    out: Path,
    *,
    k: int = DEFAULT_K,
    secret: Path | None = None,
    dates: Order = "iso",
    today: datetime.date | None = None,
) -> Outcome:
    """Write the de-identified log of `raw` to `out`, or say where the identifiers stand.

    Parameters
    ----------
    raw
        CSV or .xlsx; the first sheet counts, all others are looked through for identifiers.
    out
        A new .csv file; one that exists is never touched.
    k
        Size of group in which every client should be hidden; the report says who is not.
    secret
        File of the secret for the new codes; made on first use. Default: data/clients/.secret.
    dates
        How visit dates are written: `iso` (2024-01-31), `dmy` (31.01.2024) or `mdy` (01/31/2024).
    today
        Dates after this day are refused.

    Raises
    ------
    RecordError
        The raw file cannot be used as it is: every place, what is wrong and the mend; never the
        content of a cell.
    """
    try:
        return _deidentify(raw, out, k, secret or default_secret(), dates, today)
    except RecordError:
        raise
    except Exception as error:  # its text, or a file's name in it, may be what must stay private
        step = traceback.extract_tb(error.__traceback__)[-1]
        at = f"{Path(step.filename).name}, line {step.lineno}"
        what = f"it could not be worked on ({type(error).__name__} at {at})"
        mend = "check that the file can be opened; if it can, tell us the words in brackets"
        raise _error([Problem("the file", None, None, None, what, mend)]) from None


def _deidentify(
    raw: Path, out: Path, k: int, secret: Path, dates: Order, today: datetime.date | None
) -> Outcome:
    _ready(raw, out)
    try:
        grid = grids.read(raw)
        columns = columns_of(grid)
        found = scan.findings(raw, out, grid, columns)
    except grids.GridError as error:
        raise _error([error.problem]) from None
    hidden = {c.position for c in columns if any(c.label == f.column for f in found)}
    left_out = refused(columns, hidden)
    if found:
        return Outcome(None, left_out, tuple(found), None)
    try:
        key = secret_of(secret)
    except SecretError as error:
        what, _, mend = str(error).partition(". To mend: ")
        raise _error([Problem("the secret", None, None, None, what, mend)]) from None
    frame, problems = converted(grid, columns, key, dates, today or datetime.date.today())
    if problems:
        raise _error(in_order(problems))
    with _appearing(out) as path:
        csv_table(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return Outcome(out, left_out, (), k_anonymity(frame, k), len(frame))


def _ready(raw: Path, out: Path) -> None:
    def stop(what: str, mend: str) -> RecordError:
        return _error([Problem("OUT", None, None, None, what, mend)])

    if out.suffix.lower() != ".csv":
        raise stop("the log is written as CSV", "give a name that ends in .csv")
    if out.exists() or out.is_symlink():
        same = raw.exists() and out.exists() and out.samefile(raw)
        what = "this is the raw file" if same else "there is a file of that name already"
        raise stop(what, "give another name, or move that file away: it is never overwritten")
    if not out.parent.is_dir():
        raise stop("there is no such folder", "make the folder first")


def _error(problems: list[Problem]) -> RecordError:
    """Without the name of the raw file: it may be a person's."""
    named = [
        Problem("RAW" if p.file == "the file" else p.file, p.row, p.column, None, p.what, p.mend)
        for p in problems
    ]
    return RecordError(named)


@contextlib.contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A private file beside `out` to write into; it takes the place of `out` whole or vanishes.

    Only the de-identified log is ever written to it.
    """
    handle, name = tempfile.mkstemp(prefix=".log-", suffix=".part", dir=out.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
        try:
            os.link(path, out)  # fails where the name is taken, unlike a rename
        except FileExistsError:
            what = "there is a file of that name already"
            raise _error([Problem("OUT", None, None, None, what, "give another name")]) from None
        except OSError:  # a file system without links
            path.rename(out)
    finally:
        path.unlink(missing_ok=True)

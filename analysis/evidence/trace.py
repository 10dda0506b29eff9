"""From any committed number back to the rows, papers and code that made it.

>>> from analysis import paths
>>> from analysis.evidence import tables
>>> found = trace("pain.sham.short.estimate", paths.results_dir(), tables.load_all())
>>> found.agrees
True

A number's id is ``CLAIM.COMPARATOR.HORIZON.QUANTITY``; without its last part it is the whole
answer, and ``CLAIM`` alone is the claim. ``rules.NAME`` and ``CLAIM.important_difference`` are
thresholds; ``figure.ID.ROW.COLUMN`` and ``table.NAME.ROW.COLUMN`` are cells (rows from 1).
"""

from __future__ import annotations

import difflib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.evidence.claims import load_claims
from analysis.evidence.marks import Segment
from analysis.evidence.rows import RowFinder
from analysis.evidence.segments import segments
from analysis.evidence.tables import Tables
from analysis.evidence.trace_answers import AnswerTracer
from analysis.evidence.trace_cells import CellTracer
from analysis.evidence.trace_claims import ClaimTracer
from analysis.evidence.trace_parts import Contrast, LeftOut, NoSuchNumberError, Trace

__all__ = [
    "Contrast",
    "LeftOut",
    "NoSuchNumberError",
    "Segment",
    "Trace",
    "Tracer",
    "segments",
    "trace",
]

_CELLS = ("figure", "table")


class Tracer:
    """Traces many numbers of one folder of results; what they share is computed once."""

    def __init__(self, results: Path, tables: Tables, data: Path | None = None) -> None:
        """``results`` holds ``claims.json``, ``figures/`` and ``tables/``; ``data`` the tables."""
        text = (results / "claims.json").read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
        claims = load_claims(data)
        rows = RowFinder(tables, data)
        answers = AnswerTracer(document, claims, tables, rows)
        self._claims = ClaimTracer(document, claims, tables, rows, answers)
        self._cells = CellTracer(results, document, claims, tables, rows, answers)

    def trace(self, number_id: str) -> Trace:
        """Trace one number.

        Raises
        ------
        NoSuchNumberError
            For an id that nothing committed has; the text names the nearest.
        """
        part = self._cells if number_id.split(".")[0] in _CELLS else self._claims
        try:
            return part.trace(number_id)
        except NoSuchNumberError:
            near = difflib.get_close_matches(number_id, self.ids(), n=3, cutoff=0.6)
            hint = f" Nearest: {', '.join(near)}." if near else ""
            raise NoSuchNumberError(
                f"no number has the id {number_id!r}.{hint} `evidence trace --list` prints all"
            ) from None

    def ids(self, claim: str | None = None) -> list[str]:
        """Every id, or those that belong to one claim (or to "rules")."""
        return [number_id for owner, number_id in self._owned if claim in (None, owner)]

    @cached_property
    def _owned(self) -> list[tuple[str, str]]:
        """Every id with the claim that it belongs to."""
        return [*self._claims.ids(), *self._cells.ids()]


def trace(number_id: str, results: Path, tables: Tables) -> Trace:
    """Trace one number of the results in a folder; see :class:`Tracer` for many."""
    return Tracer(results, tables).trace(number_id)

"""A log's report as data: what the page shows and what ``--json`` prints.

The shape is described in ``docs/client-report.md``; a change of it raises :data:`VERSION`.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from analysis.clients.attendance import Attendance, Reactions, attendance, reactions
from analysis.clients.outcomes import OUTCOMES, thresholds
from analysis.clients.results import OutcomeResult, analyse
from analysis.clients.single import Line, lines
from analysis.clients.wording import LIMITS, SINGLE_LIMITS, sentence, stopped_sentence, time_note

VERSION: Final = 1
#: Counts of people below this never leave the house: somebody may know who they are.
SMALLEST_CELL: Final = 5
SUPPRESSED: Final = "suppressed"


@dataclass(frozen=True)
class Report:
    """Everything found in one log. ``simulated`` is yes, no or mixed; ``lines`` are private."""

    simulated: str
    attendance: Attendance
    reactions: Reactions
    outcomes: tuple[OutcomeResult, ...]
    lines: tuple[Line, ...]

    @property
    def single_case(self) -> bool:
        """Whether some outcome has too few clients for a group and gets single-case measures."""
        return any(line.single is not None for line in self.lines)


def build(log: pd.DataFrame) -> Report:
    """Analyse a log as :func:`analysis.clients.records.load_log` returns it.

    Raises
    ------
    ValueError
        When the log has no row. Nothing of the log is in the message.
    """
    if log.empty:
        raise ValueError("the log has no visit: there is nothing to report")
    limits = thresholds()
    told = [o for o in OUTCOMES if log[o.column].notna().any()]
    marks = set(log["simulated"].dropna())
    results = tuple(analyse(log, outcome, limits) for outcome in told)
    few = [result.id for result in results if result.change is None]
    return Report(
        simulated=marks.pop() if len(marks) == 1 else "mixed",
        attendance=attendance(log),
        reactions=reactions(log),
        outcomes=results,
        lines=lines(log, single_for=few),
    )


def as_dict(report: Report, *, for_publication: bool = False) -> dict[str, Any]:
    """The report as plain data, ready for JSON: NaN is None, improvement is positive.

    ``for_publication`` leaves out every client's line and every count of 1 to 4 people with all
    that could give it away; those entries hold the word "suppressed". Texts that would repeat such
    a number go too.
    """
    document: dict[str, Any] = {
        "version": VERSION,
        "simulated": report.simulated,
        "for_publication": for_publication,
        "log": dataclasses.asdict(report.attendance),
        "reactions": dataclasses.asdict(report.reactions),
        "single_case": report.single_case,
        "outcomes": [_outcome(result) for result in report.outcomes],
        "clients": [dataclasses.asdict(line) for line in report.lines],
        "limits": [*LIMITS, *(SINGLE_LIMITS if report.single_case else ())],
    }
    plain: dict[str, Any] = _plain(document)
    return _suppress(plain) if for_publication else plain


def _outcome(result: OutcomeResult) -> dict[str, Any]:
    told = dataclasses.asdict(result)
    n, rho, low, high = result.dose
    told["dose"] = {"people": n, "rho": rho, "rho_low": low, "rho_high": high}
    told["sentence"] = sentence(result)
    told["stopped_sentence"] = stopped_sentence(result.stopped, result.unit)
    told["time_note"] = time_note(result)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _few(number: int | None, of: int | None = None) -> bool:
    """Whether a count, or what remains of the whole, is of 1 to 4."""
    counts = [number or 0, (of - (number or 0)) if of is not None else 0]
    return any(0 < c < SMALLEST_CELL for c in counts)


def _suppress(document: dict[str, Any]) -> dict[str, Any]:
    document["clients"] = SUPPRESSED
    log, adverse = document["log"], document["reactions"]
    if _few(log["clients"]):
        return {
            key: SUPPRESSED if key in ("log", "reactions", "outcomes") else value
            for key, value in document.items()
        }
    for name in ("one_visit_only", "missing_visits"):
        if _few(log[name], log["clients"] if name == "one_visit_only" else None):
            log[name] = SUPPRESSED
    log["kinds"] = _counts(log["kinds"])
    if _few(adverse["clients_with_reaction"], log["clients"]) or _few(adverse["with_reaction"]):
        document["reactions"] = dict.fromkeys(adverse, SUPPRESSED)
    else:
        adverse["codes"] = _counts(adverse["codes"])
    document["outcomes"] = [_suppress_outcome(outcome) for outcome in document["outcomes"]]
    return document


def _counts(counts: dict[str, int]) -> dict[str, int | str]:
    """Small counts hidden, and with a single one the next: it would follow from the total."""
    hidden = {name for name, number in counts.items() if _few(number)}
    if len(hidden) == 1 and len(counts) > 1:
        hidden.add(min((n for n in counts if n not in hidden), key=lambda n: counts[n]))
    return {name: SUPPRESSED if name in hidden else n for name, n in counts.items()}


def _suppress_outcome(told: dict[str, Any]) -> dict[str, Any]:
    if _few(told["clients"]) or (told["change"] or {"people": 0})["people"] < SMALLEST_CELL:
        kept = ("id", "noun", "unit", "better")
        return {key: value if key in kept else SUPPRESSED for key, value in told.items()}
    told["important"] = [
        row | dict.fromkeys(("reached", "share", "share_low", "share_high"), SUPPRESSED)
        if _few(row["reached"], row["people"])
        else row
        for row in told["important"]
    ]
    moved = told["reliable"]
    if moved and (
        _few(moved["better"])
        or _few(moved["worse"])
        or _few(moved["people"] - moved["better"] - moved["worse"])
    ):
        told["reliable"] = moved | {"better": SUPPRESSED, "worse": SUPPRESSED}
    stopped = told["stopped"]
    if _few(stopped["clients"], stopped["of"]):
        told["stopped"] = dict.fromkeys(stopped, SUPPRESSED)
        told["stopped_sentence"] = SUPPRESSED
    if _few(told["missing_values"]):
        told["missing_values"] = told["values"] = SUPPRESSED
    return told

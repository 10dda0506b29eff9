"""What a trace is made of, and how one is compared with what is committed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis import __version__
from analysis.evidence.code_steps import Step
from analysis.evidence.rows import Paper, Row

Value = float | int | str | None

#: The numbers and words of one answer that have an id, in the order in which they are listed.
QUANTITIES = (
    "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "k", "n", "verdict",
    "certainty", "tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "q", "q_p", "p",
    "important_difference", "equivalence_p",
)  # fmt: skip

#: Recomputing repeats the same arithmetic; another processor may differ in the last digits.
RELATIVE, ABSOLUTE = 1e-9, 1e-12


class NoSuchNumberError(LookupError):
    """No committed number has this id; the text names the nearest that there are."""


@dataclass(frozen=True)
class Contrast:
    """One trial in a pool, on the scale that was pooled (ratios logged): negative favours massage.

    ``weight`` is in percent of the pooled estimate; ``derived_from`` says from which printed
    figures effect and variance follow.
    """

    row_id: str
    trial: str
    effect: float
    variance: float
    weight: float | None
    n: int | None
    derived_from: str


@dataclass(frozen=True)
class LeftOut:
    """A row that met the question's outcome and comparator and was still not used."""

    row_id: str
    step: str
    why: str


@dataclass(frozen=True)
class Trace:
    """Where one number is from.

    ``value`` is what is committed, ``recomputed`` what its rows give now, ``agrees`` whether these
    are the same (None for what is set and not computed, and for cells that only a notebook can
    make again). ``result`` describes the pooled result; ``cell`` the file, row and column of a
    figure's or table's cell; ``notebooks`` who writes it. ``related`` are ids worth following.
    """

    id: str
    what: str
    value: Value
    recomputed: Value = None
    agrees: bool | None = None
    differences: tuple[str, ...] = ()
    sentence: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    contrasts: tuple[Contrast, ...] = ()
    rows: tuple[Row, ...] = ()
    papers: tuple[Paper, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    flow: tuple[dict[str, Any], ...] = ()
    cell: dict[str, Any] = field(default_factory=dict)
    notebooks: tuple[str, ...] = ()
    code: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    data_version: str = ""
    version: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """Plain dicts and lists, for JSON; numbers at full precision, None where there is none."""
        found: dict[str, Any] = asdict(self)
        return found


def quantity(record: dict[str, Any], name: str) -> Value:
    """One number or word of an answer's record in ``claims.json``."""
    value: Value = record[name] if name in record else record["detail"].get(name)
    return value


def same(one: Value, other: Value) -> bool:
    """Whether two values agree: words exactly, numbers but for rounding."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return one == other


def shown(value: Value) -> str:
    """A value for a message: full precision, "none" where there is none."""
    return "none" if value is None else repr(value) if isinstance(value, float) else str(value)

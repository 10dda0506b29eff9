"""What each outcome of a client log is, which way is better, and what it may be held against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.clients.schema import DIRECTION
from analysis.evidence import tables
from analysis.stats._checks import FloatArray


@dataclass(frozen=True)
class Outcome:
    """One column of the log.

    ``trial`` is the outcome of the real trial that serves as yardstick, None where the trial
    measured nothing like it. ``same_scale``: both run from 0 to 10 and ask about the same thing, so
    that points can be compared with points; otherwise standard deviations are compared.
    ``thresholds`` names the rows of ``thresholds.csv`` (change *within* a person) that hold for
    this very scale; where there is none, none is borrowed.
    """

    column: str
    noun: str
    unit: str
    trial: str | None = None
    same_scale: bool = False
    thresholds: tuple[str, ...] = ()

    @property
    def direction(self) -> int:
        """+1 where a higher value is better for the client, -1 where a lower one is."""
        return DIRECTION[self.column]

    def burden(self, values: pd.Series[float]) -> FloatArray:
        """The values turned so that lower is better, in their own units."""
        return np.asarray(-self.direction * values.to_numpy(dtype=float, na_value=np.nan))


_PAIN: Final = ("pain-nrs-0-10-farrar2001-1", "pain-nrs-0-10-farrar2001-2-1")
OUTCOMES: Final = (
    Outcome("pain_now", "pain", "points of 10", "pain", True, _PAIN),
    Outcome("pain_worst", "worst pain", "points of 10", "pain", False, _PAIN),
    Outcome("sleep_quality", "sleep quality", "points of 10", "sleep"),
    Outcome("sleep_hours", "hours of sleep", "hours"),
    Outcome("function", "function", "points of 10", "disability"),
    Outcome("anxiety", "anxiety", "points of 10", "anxiety"),
    Outcome("stiffness", "stiffness", "points of 10"),
    Outcome("rom_degrees", "range of motion", "degrees"),
    Outcome("medication_days", "days with pain medication", "days a week"),
)


@dataclass(frozen=True)
class Threshold:
    """The smallest improvement that people call important, in points or in percent of the start."""

    id: str
    value: float
    percent: bool

    def reached(self, first: FloatArray, last: FloatArray) -> FloatArray:
        """1 where the improvement reaches the threshold, 0 where not, NaN where it cannot be told.

        Scores as burden (lower is better). A percentage of a first score of 0 cannot be told.
        """
        improved = first - last
        needed = (
            np.where(first > 0, self.value / 100 * first, np.nan) if self.percent else self.value
        )
        told = ~np.isnan(improved) & ~np.isnan(needed)
        # 30 % of 6 is 1.7999... in binary: a hair short is not short
        return np.where(told, (improved >= needed - 1e-9).astype(float), np.nan)


def thresholds(data: Path | None = None) -> dict[str, Threshold]:
    """The thresholds that outcomes name, from the published table.

    Raises
    ------
    ValueError
        A row is named that is not there, or that is about differences between groups: those say
        nothing about single people.
    """
    table = tables.load("thresholds", data).set_index("threshold_id")
    found = {}
    for name in dict.fromkeys(name for outcome in OUTCOMES for name in outcome.thresholds):
        if name not in table.index:
            raise ValueError(f"thresholds.csv has no row {name!r}; clients/outcomes.py names it")
        row = table.loc[str(name)].to_dict()
        if row["change_kind"] != "within_person":
            raise ValueError(f"thresholds.csv, {name!r}: not a change within a person")
        found[name] = Threshold(name, float(row["value"]), bool(row["value_type"] == "percent"))
    return found

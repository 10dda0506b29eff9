"""Regression to the mean: how much people change who were picked on a bad day, and nothing else.

Sign: scores so that lower is better, change is later minus earlier, so regression of people who
were picked because they felt bad is negative, like an improvement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import FloatArray, is_positive


@dataclass(frozen=True)
class TwoTimes:
    """What a group without treatment looks like at two times: all that is needed for a yardstick.

    ``n`` people measured both times, their means and SDs, and the correlation of the two.
    """

    n: int
    mean_start: float
    sd_start: float
    mean_end: float
    sd_end: float
    correlation: float

    @property
    def mean_change(self) -> float:
        """End minus start."""
        return self.mean_end - self.mean_start

    @property
    def sd_change(self) -> float:
        """Spread of single people's changes."""
        both = 2 * self.correlation * self.sd_start * self.sd_end
        return math.sqrt(self.sd_start**2 + self.sd_end**2 - both)

    @property
    def slope(self) -> float:
        """How much of a difference at the start is still there at the end (least squares)."""
        return self.correlation * self.sd_end / self.sd_start

    def expected_end(self, start: ArrayLike) -> FloatArray:
        """Where people end who start at ``start``.

        >>> group = TwoTimes(50, 4.0, 1.5, 3.6, 1.5, 0.6)
        >>> group.expected_end([4.0, 7.0]).round(2)
        array([3.6, 5.4])
        """
        away = np.asarray(start, dtype=float) - self.mean_start
        return np.asarray(self.mean_end + self.slope * away, dtype=float)

    def expected_variance(self, start: float) -> float:
        """Sampling variance of :meth:`expected_end` for a group whose mean start is ``start``."""
        residual = self.sd_end**2 * (1 - self.correlation**2) * (self.n - 1) / (self.n - 2)
        away = (start - self.mean_start) ** 2 / ((self.n - 1) * self.sd_start**2)
        return residual * (1 / self.n + away)


def selected_mean(cut: float) -> float:
    """How far above average those lie who are above ``cut``, in SDs (standard normal).

    ``phi(cut) / (1 - Phi(cut))``. At ``cut = 0``, coming on days worse than one's usual, it is
    0.80; at 1, only on clearly bad days, 1.53.

    >>> round(selected_mean(0), 3), round(selected_mean(1), 3)
    (0.798, 1.525)
    """
    return float(stats.norm.pdf(cut) / stats.norm.sf(cut))


def expected_regression(cut: float, mean: float, sd: float, reliability: float) -> float:
    """Change expected of people picked for a first score above ``cut``, if nothing happens at all.

    ``-(1 - reliability) * (mean of those picked - mean of all)``: Galton's regression, in the form
    of Davis (1976, *Am. J. Epidemiol.* 104, 493) for a normal score of stable mean and spread.
    ``reliability`` is the correlation of two measurements of the same people.

    >>> round(expected_regression(5.0, 4.0, 1.5, 0.6), 2)
    -0.76
    """
    if not (is_positive(sd) and 0 <= reliability <= 1):
        raise ValueError(
            f"sd = {sd:g} must be above 0, reliability = {reliability:g} within 0 to 1"
        )
    return -(1 - reliability) * sd * selected_mean((cut - mean) / sd)


def within_person_sd(person: ArrayLike, time: ArrayLike, score: ArrayLike) -> tuple[float, int]:
    """Spread of a person's scores around his or her own straight line, pooled; and its df.

    The day-to-day scatter: what is left of each person's values after an own level and an own
    slope. People with fewer than three values have none. NaN and 0 where nobody has.

    >>> sd, df = within_person_sd([1] * 4, [0, 1, 2, 3], [5, 4, 5, 4])
    >>> round(sd, 3), df
    (0.632, 2)
    """
    rows = pd.DataFrame(
        {
            "person": pd.factorize(np.asarray(person))[0],
            "time": np.asarray(time, dtype=float),
            "score": np.asarray(score, dtype=float),
        }
    ).dropna()
    groups = rows.groupby("person")
    rows = rows[(groups["time"].transform("size") > 2) & (groups["time"].transform("nunique") > 1)]
    if rows.empty:
        return math.nan, 0
    groups = rows.groupby("person")
    t = rows["time"] - groups["time"].transform("mean")
    y = rows["score"] - groups["score"].transform("mean")
    sums = pd.DataFrame({"ty": t * y, "tt": t * t}).groupby(rows["person"]).transform("sum")
    left = y - t * sums["ty"] / sums["tt"]
    df = len(rows) - 2 * int(rows["person"].nunique())
    return math.sqrt(float((left**2).sum()) / df), df


def visits_when_it_hurts(
    usual: TwoTimes,
    *,
    people: int,
    visits: int,
    cut: float,
    noise_sd: float,
    generator: np.random.Generator,
    drift: float = 0.0,
) -> FloatArray:
    """Simulated scores of people who start coming on a day that is worse than their usual.

    Each person has a usual level (mean ``usual.mean_start``; between people the variance of
    ``usual.sd_start`` less that of the scatter, at least a tenth of it), scatters around it by
    ``noise_sd`` from day to day, and comes first on a day at least ``cut`` SDs of that scatter
    above it. Later visits are ordinary days. ``drift`` is a true change by the last visit, spread
    evenly. Nobody is treated. Returns an array of shape (people, visits).
    """
    spread = math.sqrt(max(usual.sd_start**2 - noise_sd**2, 0.1 * usual.sd_start**2))
    level = generator.normal(usual.mean_start, spread, (people, 1))
    scatter = generator.normal(0.0, 1.0, (people, visits))
    chance = generator.uniform(stats.norm.cdf(cut), 1.0, people)
    scatter[:, 0] = stats.norm.ppf(np.clip(chance, 1e-12, 1 - 1e-12))
    return np.asarray(level + noise_sd * scatter + drift * np.linspace(0, 1, visits), dtype=float)

"""One person's line: what can be said when there is no group.

Phase A are measurements before treatment, phase B those under it. All measures here are about
*ranks*: they ask whether B is better than A, never by how much. Sign of a Tau: positive is
improvement, whichever way the scale runs (``lower_is_better``).

Limits, which whoever shows these numbers must say: measurements of one person a few days apart
resemble each other (autocorrelation), so intervals are too narrow; an improvement that had begun
already goes on by itself (trend in A); and a person who starts on a bad day gets better anyway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from analysis.stats._checks import FloatArray, as_floats, check_level


@dataclass(frozen=True)
class NonOverlap:
    """Share of all pairs (one of A, one of B) in which B is better; ties count half.

    0.5 is no difference, 1 means that every measurement of B beats every one of A.
    """

    nap: float
    ci_low: float
    ci_high: float
    n_a: int
    n_b: int

    @property
    def tau(self) -> float:
        """The same on a scale from -1 to 1."""
        return 2 * self.nap - 1


@dataclass(frozen=True)
class LineTrend:
    """Whether one person's values rise or fall over time: Kendall's tau, turned to improvement."""

    tau: float
    p: float
    slope: float
    n: int


def nap(
    a: ArrayLike, b: ArrayLike, *, lower_is_better: bool = True, level: float = 0.95
) -> NonOverlap:
    """Non-overlap of all pairs (Parker and Vannest 2009, *Behavior Therapy* 40, 357).

    The interval is the score interval for the area under a ROC curve of Newcombe (2006, *Statistics
    in Medicine* 25, 559, method 5), which stays inside 0 to 1 and has a width even at 1.

    Raises
    ------
    ValueError
        When a phase has no value.

    Examples
    --------
    >>> result = nap([7, 8, 7, 6], [4, 5, 3, 6, 4])
    >>> round(result.nap, 3), round(result.ci_low, 2), round(result.ci_high, 2)
    (0.975, 0.58, 1.0)
    """
    check_level(level)
    x, y = _phase("a", a), _phase("b", b)
    wins = _wins(x, y, lower_is_better)
    estimate = float((wins.mean() + 1) / 2)
    n, m = len(x), len(y)
    z, half = float(stats.norm.ppf(0.5 + level / 2)), (n + m) / 2 - 1

    def excess(t: float) -> float:
        """Newcombe's equation: zero where the estimate is z standard errors from ``t``."""
        spread = t * (1 - t) * (2 + half + (1 + 2 * half) * t * (1 - t))
        return n * m * (estimate - t) ** 2 * (2 - t) * (1 + t) - z**2 * spread

    low = optimize.brentq(excess, 0.0, estimate - 1e-12) if estimate > 1e-9 else 0.0
    high = optimize.brentq(excess, estimate + 1e-12, 1.0) if estimate < 1 - 1e-9 else 1.0
    return NonOverlap(estimate, float(low), float(high), n, m)


def tau_u(a: ArrayLike, b: ArrayLike, *, lower_is_better: bool = True) -> float:
    """Tau-U: non-overlap with the trend of A taken off (Parker, Vannest, Davis, Sauber 2011).

    ``(S_AB - S_A) / (n_a * n_b)``, S being pairs that improve less pairs that get worse, between
    the phases and inside A (*Behavior Therapy* 42, 284). It can leave -1 to 1, and how much a
    trend counts depends on the lengths of the phases (Tarlow 2017): read it beside
    :func:`baseline_corrected_tau`.

    Examples
    --------
    >>> tau_u([8, 7, 6], [5, 4, 3])  # everything improves, but it did so already
    0.6666666666666666
    """
    x, y = _phase("a", a), _phase("b", b)
    inside = np.triu(_wins(x, x, lower_is_better), 1).sum()
    return float((_wins(x, y, lower_is_better).sum() - inside) / (len(x) * len(y)))


def baseline_corrected_tau(
    a: ArrayLike, b: ArrayLike, *, lower_is_better: bool = True
) -> tuple[float, bool]:
    """Tau-b of phase and value, after A's own trend is taken out if it has a clear one.

    Tarlow (2017, *Behavior Modification* 41, 427): when Kendall's tau of A against time has p below
    0.05, the Theil-Sen line of A is carried on through B and subtracted. Returns the tau and
    whether it was corrected. A needs at least five values before a trend in it can be clear.

    Examples
    --------
    >>> baseline_corrected_tau([8, 7, 6, 5, 4], [3, 2, 1, 0])
    (0.0, True)
    """
    x, y = _phase("a", a), _phase("b", b)
    times = np.arange(len(x) + len(y), dtype=float)
    values = np.concatenate([x, y])
    start = stats.kendalltau(times[: len(x)], x) if len(x) > 2 else None
    clear = start is not None and bool(start.pvalue < 0.05)
    if clear:
        values = np.round(values - stats.theilslopes(x, times[: len(x)]).slope * times, 10)
    if np.ptp(values) == 0:
        return 0.0, clear
    phase = np.repeat([0.0, 1.0], [len(x), len(y)])
    tau = float(stats.kendalltau(phase, values).statistic)
    return (-tau if lower_is_better else tau) + 0.0, clear


def line_trend(time: ArrayLike, score: ArrayLike, *, lower_is_better: bool = True) -> LineTrend:
    """Kendall's tau and the Theil-Sen slope of one person's values, for a line without a phase A.

    ``tau`` is turned so that positive is improvement, ``slope`` is as measured (units of the score
    per unit of time). ``p`` is Kendall's, exact for short lines without ties; it takes the values
    as independent. NaN below three values or where nothing varies.

    Examples
    --------
    >>> trend = line_trend([0, 7, 14, 21], [7, 6, 5, 3])
    >>> trend.tau, round(trend.slope, 2)
    (1.0, -0.17)
    """
    t, y = as_floats("time", time), as_floats("score", score)
    kept = ~np.isnan(t) & ~np.isnan(y)
    t, y = t[kept], y[kept]
    if len(y) < 3 or np.ptp(y) == 0 or np.ptp(t) == 0:
        return LineTrend(math.nan, math.nan, math.nan, len(y))
    found = stats.kendalltau(t, y)
    tau = -float(found.statistic) if lower_is_better else float(found.statistic)
    return LineTrend(tau + 0.0, float(found.pvalue), float(stats.theilslopes(y, t).slope), len(y))


def _phase(name: str, values: ArrayLike) -> FloatArray:
    array = np.atleast_1d(as_floats(name, values))
    array = array[~np.isnan(array)]
    if not len(array):
        raise ValueError(f"phase {name} has no value")
    return array


def _wins(x: FloatArray, y: FloatArray, lower_is_better: bool) -> FloatArray:
    """+1 where the value of ``y`` is better than that of ``x``, -1 where worse, 0 for ties."""
    difference = np.sign(x[:, None] - y[None, :])
    return np.asarray(difference if lower_is_better else -difference, dtype=float)

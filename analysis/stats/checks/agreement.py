"""Estimate, interval, p value and arms tell one story: statcheck's idea (Nuijten et al. 2016).

*Behavior Research Methods* 48, 1205. Every printed figure stands for a range of unrounded ones;
a check complains only where no figures in those ranges agree.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import BoolArray, FloatArray, together
from analysis.stats.checks.granularity import SLACK, printed_range


def centred(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    decimals: ArrayLike,
    *,
    ratio: bool = False,
) -> BoolArray:
    """Whether an estimate is the middle of its interval, or of a ratio's interval on the log scale.

    ``decimals`` is the number of decimals of the least precise of the three. Exact and bootstrap
    intervals are not symmetrical, so off-centre means "look", not "wrong". Missing figures agree.

    >>> centred([5.0, 5.3], [3.0, 3.0], [7.0, 7.0], 1)
    array([ True, False])
    >>> centred(0.37, 0.22, 0.61, 2, ratio=True)
    array(True)
    """
    least, most = _middle(low, high, decimals, ratio)
    e, d, least, most = together(estimate=estimate, decimals=decimals, least=least, most=most)
    below, above = printed_range(e, d, "nearest")
    slack = SLACK * (1 + np.abs(e))
    return np.asarray(~((above < least - slack) | (below > most + slack)))


def _middle(
    low: ArrayLike, high: ArrayLike, decimals: ArrayLike, ratio: bool
) -> tuple[FloatArray, FloatArray]:
    a, b, d = together(low=low, high=high, decimals=decimals)
    (a_low, a_high), (b_low, b_high) = (
        printed_range(a, d, "nearest"),
        printed_range(b, d, "nearest"),
    )
    if not ratio:
        return (a_low + b_low) / 2, (a_high + b_high) / 2
    return np.sqrt(np.maximum(a_low, 0) * np.maximum(b_low, 0)), np.sqrt(a_high * b_high)


def p_from_interval(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    decimals: ArrayLike,
    *,
    df: ArrayLike = np.nan,
    level: float = 0.95,
    ratio: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest two-sided p that estimate and interval allow.

    By the normal distribution and, where ``df`` is known, also by *t* (papers use either). Ratios
    are taken on the log scale. NaN where a figure is missing.

    >>> low, high = p_from_interval(-6.0, -9.8, -2.1, 1)
    >>> low.round(4), high.round(4)
    (np.float64(0.0018), np.float64(0.0028))
    """
    e, a, b, d, f = together(estimate=estimate, low=low, high=high, decimals=decimals, df=df)
    e_low, e_high = printed_range(e, d, "nearest")
    a_low, a_high = printed_range(a, d, "nearest")
    b_low, b_high = printed_range(b, d, "nearest")
    if ratio:
        with np.errstate(divide="ignore", invalid="ignore"):
            e_low, e_high, a_low, a_high, b_low, b_high = (
                np.log(np.maximum(x, 0)) for x in (e_low, e_high, a_low, a_high, b_low, b_high)
            )
    nearest = np.where((e_low <= 0) & (e_high >= 0), 0.0, np.fmin(np.abs(e_low), np.abs(e_high)))
    farthest = np.fmax(np.abs(e_low), np.abs(e_high))
    narrow, wide = np.maximum(b_low - a_high, 0), b_high - a_low
    tail = (1 + level) / 2
    found = []
    for critical, survival in (
        (np.full(e.shape, stats.norm.ppf(tail)), stats.norm.sf),
        (stats.t.ppf(tail, f), lambda z: stats.t.sf(z, f)),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(2 * survival(farthest * 2 * critical / narrow))
            found.append(2 * survival(nearest * 2 * critical / wide))
    return _extremes(found, e + a + b)


def p_from_arms(
    mean_t: ArrayLike,
    sd_t: ArrayLike,
    n_t: ArrayLike,
    mean_c: ArrayLike,
    sd_c: ArrayLike,
    n_c: ArrayLike,
    decimals: ArrayLike,
) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest two-sided p of a *t* test of two separate arms, Student's or Welch's.

    Papers often test something else (change, an adjusted difference, ranks, the same people twice),
    so disagreement is a note, not an error. ``decimals`` is that of the least precise figure.
    """
    mt, st, nt, mc, sc, nc, d = together(
        mean_t=mean_t, sd_t=sd_t, n_t=n_t, mean_c=mean_c, sd_c=sd_c, n_c=n_c, decimals=decimals
    )
    unit = 10.0**-d / 2
    gap = np.abs(mt - mc)
    gaps = np.maximum(gap - 2 * unit, 0), gap + 2 * unit
    found = []
    for difference, more in ((gaps[0], unit), (gaps[1], -unit)):
        vt, vc = np.maximum(st + more, 0) ** 2, np.maximum(sc + more, 0) ** 2
        pooled = ((nt - 1) * vt + (nc - 1) * vc) / (nt + nc - 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            student = difference / np.sqrt(pooled * (1 / nt + 1 / nc))
            welch = difference / np.sqrt(vt / nt + vc / nc)
            df = (vt / nt + vc / nc) ** 2 / ((vt / nt) ** 2 / (nt - 1) + (vc / nc) ** 2 / (nc - 1))
        found += [2 * stats.t.sf(student, nt + nc - 2), 2 * stats.t.sf(welch, df)]
    return _extremes(found, mt + st + nt + mc + sc + nc)


def _extremes(found: list[Any], known: FloatArray) -> tuple[FloatArray, FloatArray]:
    least, most = np.fmin.reduce(found), np.fmax.reduce(found)
    unknown = np.isnan(known)
    return np.where(unknown, np.nan, least), np.where(unknown, np.nan, most)


def p_agrees(
    p: ArrayLike, decimals: ArrayLike, least: ArrayLike, most: ArrayLike, *, slack: float = 0.0
) -> BoolArray:
    """Whether a printed p lies in the range that other figures allow; missing figures agree.

    A printed 0 stands for "0.000". ``slack`` widens the range on both sides by this share of p.

    >>> p_agrees([0.04, 0.30, 0.0], [2, 2, 0], 0.03, 0.04)
    array([ True, False, False])
    """
    given, d, a, b = together(p=p, decimals=decimals, least=least, most=most)
    low, high = printed_range(given, np.where(given == 0, np.maximum(d, 3), d), "any")
    return np.asarray(~((high < a * (1 - slack)) | (low > b * (1 + slack))))


def p_possible(p: ArrayLike) -> BoolArray:
    """Whether a p value lies between 0 and 1; missing is possible."""
    given = np.asarray(p, dtype=float)
    return np.asarray(np.isnan(given) | ((given >= 0) & (given <= 1)))


def difference_agrees(
    mean_t: ArrayLike, mean_c: ArrayLike, difference: ArrayLike, decimals: ArrayLike
) -> BoolArray:
    """Whether ``mean_t - mean_c`` is the printed difference; missing figures agree.

    Adjusted differences need not agree. ``decimals`` is that of the least precise figure.

    >>> difference_agrees(5.0, 7.0, [-2.0, 2.0, -2.2], 1)
    array([ True, False, False])
    """
    a, b, given, d = together(
        mean_t=mean_t, mean_c=mean_c, difference=difference, decimals=decimals
    )
    room = 1.5 * 10.0**-d + SLACK * (1 + np.abs(a) + np.abs(b))
    return np.asarray(~(np.abs(a - b - given) > room))


def spread_agrees(
    sd_t: ArrayLike,
    n_t: ArrayLike,
    sd_c: ArrayLike,
    n_c: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    factor: float = 1.5,
) -> BoolArray:
    """Whether an interval is about as wide as the arms' SDs and sizes make it; missing agrees.

    Adjustment for the first score narrows an interval, clusters widen it; a ``factor`` apart in
    either direction is more than these commonly do.
    """
    st, nt, sc, nc, a, b = together(sd_t=sd_t, n_t=n_t, sd_c=sd_c, n_c=n_c, low=low, high=high)
    width = 2 * stats.norm.ppf(0.975) * np.sqrt(st**2 / nt + sc**2 / nc)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (b - a) / width
    return np.asarray(np.isnan(share) | ((share >= 1 / factor) & (share <= factor)))


def direction_agrees(difference: ArrayLike, favours: ArrayLike) -> BoolArray:
    """Whether a difference (negative favours treatment) points where the words say.

    ``favours`` is -1 (treatment), 1 (comparison), or 0/NaN (no direction claimed: agrees).
    """
    d, f = together(difference=difference, favours=favours)
    return np.asarray(~(d * f < 0))

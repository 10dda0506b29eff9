"""Effects as papers print them: an estimate with its interval, or with an exact p value.

The standard error follows from the interval's width or the test statistic, as in the Cochrane
Handbook, chapter 6 ("Extracting estimates of effect directly"). Import these from
:mod:`analysis.stats.effects`, which also states the rules on sign and missing numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import (
    FloatArray,
    Floats,
    as_floats,
    check_level,
    finish,
    refuse,
    together,
)


def from_difference_interval(
    difference: ArrayLike,
    ci_low: ArrayLike,
    ci_high: ArrayLike,
    *,
    level: float = 0.95,
    df: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """A reported difference and its variance, from its confidence interval.

    ``se = (ci_high - ci_low) / (2 * crit)``. ``crit`` is the normal quantile, or Student's t with
    ``df`` degrees of freedom (n_t + n_c - 2 for two arms) where the paper used t: below about 60
    people that matters.

    Raises
    ------
    ValueError
        If a limit lies on the wrong side of the estimate, the interval has no width, ``level`` is
        not in (0, 1), or ``df`` is not positive.

    Examples
    --------
    >>> effect, variance = from_difference_interval(-10.0, -21.087, 1.087)
    >>> round(effect, 2), round(variance, 2)
    (-10.0, 32.0)
    """
    check_level(level)
    d, low, high = together(difference=difference, ci_low=ci_low, ci_high=ci_high)
    _check_interval("difference", d, low, high)
    return finish(*np.broadcast_arrays(d, _variance(high - low, level, df)))


def from_ratio_interval(
    ratio: ArrayLike, ci_low: ArrayLike, ci_high: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """A reported ratio (risk, odds, hazard) as log ratio and variance, from its interval.

    Ratios have symmetric intervals on the log scale only: ``effect = log(ratio)``,
    ``se = (log(ci_high) - log(ci_low)) / (2 * z)``.

    Raises
    ------
    ValueError
        As :func:`from_difference_interval`, and for a ratio or limit of 0 or below.

    Examples
    --------
    >>> effect, variance = from_ratio_interval(0.5, 0.25, 1.0)
    >>> round(effect, 4), round(variance, 4)
    (-0.6931, 0.1251)
    """
    check_level(level)
    r, low, high = together(ratio=ratio, ci_low=ci_low, ci_high=ci_high)
    for name, values in (("ratio", r), ("ci_low", low), ("ci_high", high)):
        refuse(name, values, values <= 0, "must be greater than 0: it is a ratio, not its log")
    _check_interval("ratio", r, low, high)
    return finish(np.log(r), _variance(np.log(high) - np.log(low), level, None))


def from_difference_p(
    difference: ArrayLike, p: ArrayLike, *, df: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """A reported difference and its variance, from the exact two-sided p value of its test.

    ``se = |difference| / crit`` with the quantile at ``1 - p/2``: normal, or Student's t with
    ``df`` where a t test was used. Only for exact p values; "p < 0.05" gives a bound, no more.
    Where the standard error cannot be recovered (p = 1, or a difference printed as 0) both are
    NaN, for 0 divided by 0 is not a small variance.

    Raises
    ------
    ValueError
        For p outside (0, 1] or a ``df`` that is not positive.

    Examples
    --------
    >>> effect, variance = from_difference_p(-10.0, 0.0770999)
    >>> round(effect, 2), round(variance, 2)
    (-10.0, 32.0)
    """
    d, prob = together(difference=difference, p=p)
    return finish(*_from_p(d, prob, df))


def from_ratio_p(ratio: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    """A reported ratio as log ratio and variance, from the exact two-sided p value of its z test.

    ``se = |log(ratio)| / z``, otherwise as :func:`from_difference_p`.

    Raises
    ------
    ValueError
        For a ratio of 0 or below, or p outside (0, 1].

    Examples
    --------
    >>> effect, variance = from_ratio_p(0.5, 0.05)
    >>> round(effect, 4), round(variance, 4)
    (-0.6931, 0.1251)
    """
    r, prob = together(ratio=ratio, p=p)
    refuse("ratio", r, r <= 0, "must be greater than 0: it is a ratio, not its log")
    return finish(*_from_p(np.log(r), prob, None))


def _from_p(effect: FloatArray, p: FloatArray, df: ArrayLike | None) -> tuple[FloatArray, ...]:
    refuse("p", p, (p <= 0) | (p > 1), "must lie above 0 and not above 1")
    crit = _critical(p / 2, df)
    known = (crit > 0) & (effect != 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(known, (effect / crit) ** 2, np.nan)
    return tuple(np.broadcast_arrays(effect, variance))


def _variance(width: FloatArray, level: float, df: ArrayLike | None) -> FloatArray:
    return np.asarray((width / (2 * _critical((1 - level) / 2, df))) ** 2)


def _critical(tail: float | FloatArray, df: ArrayLike | None) -> FloatArray:
    if df is None:
        return np.asarray(stats.norm.isf(tail))
    freedom = as_floats("df", df)
    refuse("df", freedom, freedom <= 0, "must be greater than 0")
    return np.asarray(stats.t.isf(tail, freedom))


def _check_interval(name: str, value: FloatArray, low: FloatArray, high: FloatArray) -> None:
    refuse("ci_low", low, low > value, f"lies above its {name}: swapped limits or a misprint?")
    refuse("ci_high", high, high < value, f"lies below its {name}: swapped limits or a misprint?")
    refuse("ci_high", high, low == high, "equals ci_low: an interval needs a width")

"""Means and SDs of whole-number scores can take some values only: GRIM and GRIMMER.

The sum of n whole numbers is a whole number, so their mean is a multiple of 1/n, and the sum of
their squares is a whole number that is odd or even as the sum is. Printed figures are rounded, so
each check asks whether *any* such sample would print as given.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats._checks import BoolArray, FloatArray, check_choice, refuse, together

Rounding = Literal["nearest", "truncated", "any"]
ROUNDINGS: tuple[Rounding, ...] = ("nearest", "truncated", "any")

#: Slack for binary fractions, relative to the size of the number; no printed digit is that small.
SLACK = 1e-9


def printed_range(
    value: FloatArray, decimals: FloatArray, rounding: Rounding = "any"
) -> tuple[FloatArray, FloatArray]:
    """Between which numbers the unrounded one lies, both ends included.

    ``"nearest"`` covers rounding half up, half down and half to even; ``"truncated"`` cuts digits
    off towards zero; ``"any"`` allows both.
    """
    check_choice("rounding", rounding, ROUNDINGS)
    unit = 10.0**-decimals
    below = above = np.zeros_like(value)
    if rounding in ("nearest", "any"):
        below = above = unit / 2
    if rounding in ("truncated", "any"):
        above = np.where(value >= 0, np.maximum(above, unit), above)
        below = np.where(value <= 0, np.maximum(below, unit), below)
    return value - below, value + above


def grim(
    mean: ArrayLike,
    n: ArrayLike,
    decimals: ArrayLike,
    *,
    step: ArrayLike = 1.0,
    rounding: Rounding = "any",
) -> BoolArray:
    """Whether some ``n`` scores could have this printed mean (Brown and Heathers 2017).

    *Social Psychological and Personality Science* 8, 363. Works for changes of whole-number scores
    too, which are whole numbers.

    Parameters
    ----------
    mean, n, decimals : array_like
        The printed mean, how many people it is of, and how many decimals were printed. Too few
        decimals (a lost "0" at the end) make the check lenient, never wrong.
    step : array_like
        The scale's grain: 1 for whole numbers; 1/items for the mean of several whole-number items.
    rounding : {"nearest", "truncated", "any"}
        How the mean may have been shortened.

    Returns
    -------
    array of bool
        True where the mean is possible; missing figures are possible.

    Raises
    ------
    ValueError
        For n below 1, negative decimals or a step of 0 or below.

    Examples
    --------
    >>> grim([5.19, 5.18], 28, 2)
    array([False,  True])
    """
    m, people, d, s = _inputs(mean, n, decimals, step)
    first, last = _totals(m, people, d, s, rounding)
    return np.asarray((last >= first) | np.isnan(m) | np.isnan(people))


def grim_power(n: ArrayLike, decimals: ArrayLike, *, step: ArrayLike = 1.0) -> FloatArray:
    """The share of printed means, drawn at random, that GRIM would call impossible.

    ``1 - n / (step * 10**decimals)``, at least 0 (Brown and Heathers 2017), for rounding to the
    nearest; about half of that misses more when cut-off figures are allowed too. 0 means that GRIM
    says nothing about this n.

    >>> grim_power([28, 100], 2).round(2)
    array([0.72, 0.  ])
    """
    people, d, s = together(n=n, decimals=decimals, step=step)
    return np.asarray(np.clip(1 - people / (s * 10.0**d), 0, 1))


def grimmer(
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    decimals_mean: ArrayLike,
    decimals_sd: ArrayLike,
    *,
    step: ArrayLike = 1.0,
    rounding: Rounding = "any",
) -> BoolArray:
    """Whether some ``n`` scores could have this printed mean *and* this printed SD.

    Anaya (2016), *PeerJ Preprints* 4, e2400v1, in Allard's (2018) analytic form: for a sum of
    scores S that fits the mean, the sum of squares must be a whole number, odd or even as S is, no
    smaller than n scores with that sum can have, and in the range that the SD allows. The SD is
    that of a sample (n - 1 below). A mean that fails GRIM fails here too.

    Raises
    ------
    ValueError
        For n below 2, negative decimals, a negative SD, or a step of 0 or below.

    Examples
    --------
    >>> grimmer([1.03, 1.03], [0.41, 0.42], 40, 2, 2, rounding="nearest")
    array([False,  True])
    """
    m, people, d, s = _inputs(mean, n, decimals_mean, step)
    spread, people, d_sd, m, d, s = together(
        sd=sd, n=people, decimals=decimals_sd, mean=m, decimals_mean=d, step=s
    )
    refuse("n", people, people < 2, "must be at least 2 (one score has no spread)")
    refuse("sd", spread, spread < 0, "must not be negative")
    known = ~(np.isnan(m) | np.isnan(spread) | np.isnan(people))
    low, high = printed_range(spread, d_sd, rounding)
    low, high = np.maximum(low, 0) / s, high / s
    first, last = _totals(m, people, d, s, rounding)
    found = np.zeros(m.shape, dtype=bool)
    tries = int(np.max(np.where(known, last - first, -1), initial=-1)) + 1
    for more in range(tries):
        total = first + more
        found |= (total <= last) & _squares_exist(total, people, low, high)
        if np.all(found | ~known | (total > last)):
            break
    return np.asarray(found | ~known)


def _inputs(
    mean: ArrayLike, n: ArrayLike, decimals: ArrayLike, step: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    m, people, d, s = together(mean=mean, n=n, decimals=decimals, step=step)
    refuse("n", people, people < 1, "must be at least 1")
    refuse("decimals", d, d < 0, "must not be negative")
    refuse("step", s, s <= 0, "must be greater than 0")
    return m, people, d, s


def _totals(
    mean: FloatArray, n: FloatArray, decimals: FloatArray, step: FloatArray, rounding: Rounding
) -> tuple[FloatArray, FloatArray]:
    """The smallest and largest whole sum of scores (in steps) that prints as this mean."""
    low, high = printed_range(mean, decimals, rounding)
    slack = SLACK * (1 + np.abs(mean) * n / step)
    return np.ceil(low * n / step - slack), np.floor(high * n / step + slack)


def _squares_exist(
    total: FloatArray, n: FloatArray, sd_low: FloatArray, sd_high: FloatArray
) -> BoolArray:
    """Whether a whole sum of squares of the right parity fits total, n and the range of SDs."""
    from_mean = total**2 / n
    slack = SLACK * (1 + from_mean + sd_high**2 * (n - 1))
    part = total - n * np.floor(total / n)  # so many scores are one above the whole part
    smallest = (n - part) * np.floor(total / n) ** 2 + part * (np.floor(total / n) + 1) ** 2
    least = np.maximum(np.ceil(sd_low**2 * (n - 1) + from_mean - slack), smallest)
    most = np.floor(sd_high**2 * (n - 1) + from_mean + slack)
    least += (least - total) % 2  # x**2 is odd exactly where x is
    return np.asarray(least <= most)

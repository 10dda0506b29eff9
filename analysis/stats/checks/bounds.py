"""What a scale's ends allow: means, SDs, shares and sizes of effects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats._checks import BoolArray, FloatArray, refuse, together
from analysis.stats.checks.granularity import SLACK, printed_range


def mean_possible(
    mean: ArrayLike, low: ArrayLike, high: ArrayLike, decimals: ArrayLike
) -> BoolArray:
    """Whether a printed mean lies on its scale, rounding allowed; missing figures are possible.

    >>> mean_possible([10.04, 10.06], 0, 10, 1)
    array([ True, False])
    """
    m, a, b, d = together(mean=mean, low=low, high=high, decimals=decimals)
    least, most = printed_range(m, d, "nearest")
    slack = SLACK * (1 + np.abs(m))
    return np.asarray(~((most < a - slack) | (least > b + slack)))


def largest_sd(mean: ArrayLike, n: ArrayLike, low: ArrayLike, high: ArrayLike) -> FloatArray:
    """The largest SD that ``n`` scores between ``low`` and ``high`` with this mean can have.

    ``sqrt((high - mean) (mean - low) n / (n - 1))``: all scores at the two ends (Bhatia and Davis
    2000, *American Mathematical Monthly* 107, 353; used as a check in SPRITE, Heathers et al.
    2018). NaN where the mean lies off the scale or a figure is missing.

    Raises
    ------
    ValueError
        For n below 2.

    Examples
    --------
    >>> largest_sd([5.0, 1.0], 26, 0, 10).round(3)
    array([5.099, 3.059])
    """
    m, people, a, b = together(mean=mean, n=n, low=low, high=high)
    refuse("n", people, people < 2, "must be at least 2 (one score has no spread)")
    room = (b - m) * (m - a)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(room >= 0, np.sqrt(room * people / (people - 1)), np.nan))


def sd_possible(
    sd: ArrayLike,
    mean: ArrayLike,
    n: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    decimals_sd: ArrayLike,
    decimals_mean: ArrayLike,
) -> BoolArray:
    """Whether a printed SD is small enough for mean, n and scale; missing figures are possible.

    The mean's rounding is used in favour of the paper. A mean that lies off the scale is not this
    check's business and passes.

    >>> sd_possible([3.0, 3.2], 1.0, 26, 0, 10, decimals_sd=1, decimals_mean=1)
    array([ True, False])
    """
    s, m, people, a, b, ds, dm = together(
        sd=sd, mean=mean, n=n, low=low, high=high, ds=decimals_sd, dm=decimals_mean
    )
    least, most = printed_range(m, dm, "nearest")
    middle = (a + b) / 2
    kindest = np.clip(middle, least, most)  # the largest SD is had nearest the scale's middle
    limit = largest_sd(np.clip(kindest, a, b), people, a, b)
    smallest = printed_range(s, ds, "nearest")[0]
    return np.asarray(~(smallest > limit * (1 + SLACK)) | ~mean_possible(m, a, b, dm))


def share_possible(
    percent: ArrayLike, n: ArrayLike, decimals: ArrayLike, events: ArrayLike = np.nan
) -> BoolArray:
    """Whether a printed percentage is that of a whole number of ``n`` people (GRIM for shares).

    With ``events`` it must be the share of that number. Missing figures are possible.

    >>> share_possible([33, 34, 40], [3, 3, 10], 0, [np.nan, np.nan, 5])
    array([ True, False, False])
    """
    p, people, d, found = together(percent=percent, n=n, decimals=decimals, events=events)
    refuse("n", people, people < 1, "must be at least 1")
    least, most = printed_range(p, d, "any")
    slack = SLACK * (1 + people)
    first, last = (np.ceil(least * people / 100 - slack), np.floor(most * people / 100 + slack))
    fits = np.isnan(found) | ((found >= first) & (found <= last))
    return np.asarray(((last >= first) & fits) | np.isnan(p) | np.isnan(people))


def size_possible(
    n_t: ArrayLike, n_c: ArrayLike, n_randomised: ArrayLike, *, same_people: ArrayLike = False
) -> BoolArray:
    """Whether two arms have no more people than were randomised; missing figures are possible.

    ``same_people``: both columns are the same people (crossover, before and after), so that each
    of the two, not their sum, is held against the number randomised.
    """
    t, c, total = together(n_t=n_t, n_c=n_c, n_randomised=n_randomised)
    same = np.broadcast_to(np.asarray(same_people, dtype=bool), t.shape)
    used = np.where(same, np.fmax(t, c), t + np.where(np.isnan(c), 0, c))
    return np.asarray(~(used > total))

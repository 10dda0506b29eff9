"""Figures that are odd beside others: spreads like standard errors, twins, balance, size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import BoolArray, FloatArray, refuse, together

#: Suspicious: below this share of the usual SD ...
SMALL = 0.5
#: ... and within these shares of it once multiplied by the root of the arm's size.
LIKE_SD = (0.5, 2.0)
#: Standardised effects beyond this are rarer than mistakes in reading a table.
HUGE = 3.0


def like_standard_error(sd: ArrayLike, n: ArrayLike, usual_sd: ArrayLike) -> BoolArray:
    """Whether a printed SD looks like a standard error: far too small, and right times sqrt(n).

    ``usual_sd`` is the SD that such scores commonly have. Taking a standard error for an SD is the
    commonest slip in meta-analyses (Gøtzsche et al. 2007, *JAMA* 298, 430). False where a figure
    is missing.

    >>> like_standard_error([2.0, 11.0], 100, 20.0)
    array([ True, False])
    """
    s, people, usual = together(sd=sd, n=n, usual_sd=usual_sd)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = s * np.sqrt(people) / usual
        return np.asarray((s < SMALL * usual) & (ratio >= LIKE_SD[0]) & (ratio <= LIKE_SD[1]))


def huge(g: ArrayLike, limit: float = HUGE) -> BoolArray:
    """Whether a standardised effect is implausibly large; False where missing."""
    return np.asarray(np.abs(np.asarray(g, dtype=float)) > limit)


def twins(*columns: ArrayLike) -> BoolArray:
    """Rows that agree with another row in every column; a row with a missing figure never does.

    Compare figures of *different* trials: the same mean, SD and n of both arms in two papers is
    the mark of one data set published twice (Tramèr et al. 1997, *BMJ* 315, 635).

    >>> twins([1.2, 1.2, 3.0], [0.5, 0.5, 0.5])
    array([ True,  True, False])
    """
    rows = np.column_stack(together(**{f"column {i}": c for i, c in enumerate(columns)}))
    known = ~np.isnan(rows).any(axis=1)
    _, code, times = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(known & (times[code.ravel()] > 1))


def twins_by_chance(digits: ArrayLike, rows: int, *, per_digit: float = 10.0) -> float:
    """How many pairs of rows one expects to agree by chance, if figures were spread evenly.

    ``digits`` is the number of free digits of a row's figures together (a mean 23.4 beside others
    from 0 to 100 has three). ``rows`` of one shape make ``rows (rows - 1) / 2`` pairs. Real figures
    crowd together, so chance does it more often than this says.

    >>> round(twins_by_chance(6, 200), 4)
    0.0199
    """
    agree = float(np.mean(per_digit ** -np.asarray(digits, dtype=float)))
    return rows * (rows - 1) / 2 * agree


@dataclass(frozen=True)
class Balance:
    """Baseline p values of one or several randomised trials, held against chance.

    ``p``: one per variable. ``too_different`` and ``too_alike``: Stouffer's combined one-sided p
    for arms that differ more, or less, than chance allows. ``uniform_p``: Kolmogorov-Smirnov
    against the uniform distribution.
    """

    p: tuple[float, ...]
    too_different: float
    too_alike: float
    uniform_p: float


def baseline_p(mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> float:
    """The p value of a one-way analysis of variance from the arms' means, SDs and sizes.

    >>> round(baseline_p([5.0, 5.4], [1.0, 1.2], [20, 20]), 3)
    0.259
    """
    m, s, people = together(mean=mean, sd=sd, n=n)
    refuse("n", people, people < 2, "must be at least 2 (one person has no spread)")
    refuse("sd", s, s <= 0, "must be greater than 0")
    total, arms = people.sum(), len(m)
    between = float((people * (m - (people * m).sum() / total) ** 2).sum() / (arms - 1))
    within = float(((people - 1) * s**2).sum() / (total - arms))
    return float(stats.f.sf(between / within, arms - 1, total - arms))


def balance(p: ArrayLike) -> Balance:
    """Are baseline differences as large as chance makes them?

    Carlisle (2017), *Anaesthesia* 72, 944. Under randomisation each p is uniform; combined by
    Stouffer's method. Variables of one trial are correlated and printed figures rounded, so a small
    combined p asks for a look at the trial; alone it shows nothing.

    Raises
    ------
    ValueError
        For no p value, or one outside 0 to 1.
    """
    values: FloatArray = np.atleast_1d(np.asarray(p, dtype=float))
    if not len(values):
        raise ValueError("there is no p value to combine: p is empty")
    refuse("p", values, ~((values >= 0) & (values <= 1)), "must lie between 0 and 1")
    inside = np.clip(values, 1e-12, 1 - 1e-12)
    z = stats.norm.isf(inside).sum() / np.sqrt(len(inside))
    return Balance(
        p=tuple(float(x) for x in values),
        too_different=float(stats.norm.sf(z)),
        too_alike=float(stats.norm.cdf(z)),
        uniform_p=float(stats.kstest(values, "uniform").pvalue),
    )


def too_alike(effect: ArrayLike, variance: ArrayLike) -> float:
    """Chance of effects that agree this well or better, if sampling error is all there is.

    The lower tail of Cochran's Q: 0.01 says that such close trials come once in a hundred pools of
    honest, identical trials (figures too alike to be a sample: Simonsohn 2013, *Psychological
    Science* 24, 1875). NaN for fewer than three.

    >>> too_alike([1.0, 1.001, 0.999], [0.1, 0.1, 0.1]) < 1e-4
    True
    """
    y, v = together(effect=effect, variance=variance)
    if y.size < 3:
        return float("nan")
    w = 1 / v
    q = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    return float(stats.chi2.cdf(q, y.size - 1))

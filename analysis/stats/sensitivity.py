"""Does the pooled answer hang on one study, on a kind of study, on small ones? Is it trivial?

Leave-one-out and influence look at single studies and are here. Subgroups, small-study effects
(Egger, trim and fill) and equivalence live in modules of their own and are imported, so that every
check can be had from this one place.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import check_studies
from analysis.stats.equivalence import Equivalence, equivalence
from analysis.stats.groups import SubgroupTest, subgroups
from analysis.stats.heterogeneity import Tau2
from analysis.stats.pooling import Interval, check_options, pool
from analysis.stats.small_studies import EggerTest, TrimAndFill, egger, trim_and_fill

__all__ = [
    "EggerTest",
    "Equivalence",
    "SubgroupTest",
    "TrimAndFill",
    "egger",
    "equivalence",
    "influence",
    "leave_one_out",
    "subgroups",
    "trim_and_fill",
]


def leave_one_out(
    effect: ArrayLike,
    variance: ArrayLike,
    labels: Sequence[Hashable] | None = None,
    *,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
) -> pd.DataFrame:
    """The pooled result without each study in turn.

    A conclusion that one omission overturns rests on that study. Needs two studies or more.

    Parameters
    ----------
    effect, variance : array_like
        One number per study.
    labels : sequence, optional
        Names of the studies, the index of the table; 0, 1, 2 ... where omitted.
    tau2, interval, level
        As in :func:`analysis.stats.pooling.pool`.

    Returns
    -------
    DataFrame
        A row per *omitted* study with the columns of ``PooledEffect.summary_frame()``.

    Raises
    ------
    ValueError
        As ``pool``; with fewer than two studies, or labels that do not match them in number.

    Examples
    --------
    >>> leave_one_out([-8.0, -2.0, -15.0], [9.0, 16.0, 25.0], ["A", "B", "C"])["estimate"].round(2)
    A    -8.15
    B   -10.36
    C    -5.58
    Name: estimate, dtype: float64
    """
    y, v = check_studies(effect, variance)
    _at_least(2, len(y), "leaving one study out")
    rows = [
        pool(np.delete(y, i), np.delete(v, i), tau2=tau2, interval=interval, level=level).row()
        for i in range(len(y))
    ]
    return pd.DataFrame(rows, index=_index(labels, len(y)))


def influence(
    effect: ArrayLike,
    variance: ArrayLike,
    labels: Sequence[Hashable] | None = None,
    *,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
) -> pd.DataFrame:
    """How much each study moves the answer: the case diagnostics of regression, for meta-analysis.

    Viechtbauer and Cheung (2010), *Research Synthesis Methods* 1, 112; the numbers are those of
    metafor's ``influence()``. Below, "(-i)" is the analysis without study i, and ``s`` its
    Hartung-Knapp factor Q(tau2) / (k - 1), which is 1 for ``interval="normal"``.

    Returns
    -------
    DataFrame
        One row per study, with the columns

        ``rstudent``: ``(y - mu(-i)) / sqrt(s(-i) (v + tau2(-i)) + se(-i)**2)``, beyond about 2 the
        study does not fit the others. ``dffits``: shift of the estimate in its own standard errors,
        ``(mu - mu(-i)) / sqrt(s(-i) hat (v + tau2(-i)))``. ``cook_d``: the squared shift over the
        squared standard error, ``(mu - mu(-i))**2 / se**2``. ``cov_r``: ``se(-i)**2 / se**2``;
        below 1 the answer is more precise without the study.
        ``tau2_del``, ``q_del``: tau2 and Q without it. ``hat``: its share of the weight, 0 to 1;
        ``weight``: the same in percent. ``dfbs``: the shift as a multiple of the standard error
        under tau2(-i). ``influential``: True where |dffits| > 3 sqrt(1 / (k - 1)), or the
        chi-squared probability of cook_d is above 0.5, or hat > 3 / k, or |dfbs| > 1.

    Raises
    ------
    ValueError
        As ``pool``; with fewer than three studies.

    Examples
    --------
    >>> influence([-8.0, -2.0, -15.0, -5.0], [9.0, 16.0, 25.0, 4.0])["hat"].round(3).tolist()
    [0.276, 0.204, 0.153, 0.367]
    """
    y, v = check_studies(effect, variance)
    k = len(y)
    _at_least(3, k, "influence")
    check_options(tau2, interval, 0.95)
    full = pool(y, v, tau2=tau2, interval=interval)
    hat = np.array(full.weights) / 100
    without = [
        pool(np.delete(y, i), np.delete(v, i), tau2=tau2, interval=interval) for i in range(k)
    ]
    mu, se, t = (
        np.array([getattr(w, name) for w in without]) for name in ("estimate", "se", "tau2")
    )
    if interval == "HKSJ":
        kept = [np.delete(v, i) for i in range(k)]
        normal = np.array([(1 / (x + tau)).sum() for x, tau in zip(kept, t, strict=True)])
        s = se**2 * normal
    else:
        s = np.ones(k)
    shift = full.estimate - mu
    with np.errstate(divide="ignore", invalid="ignore"):  # studies that agree exactly: 0 / 0
        dffits = shift / np.sqrt(s * hat * (v + t))
        cook_d = (shift / full.se) ** 2 if full.se > 0 else np.full(k, math.nan)
        dfbs = shift * np.sqrt((1 / (v + t[:, None])).sum(axis=1) / s)
        table = {
            "rstudent": (y - mu) / np.sqrt(s * (v + t) + se**2),
            "dffits": dffits,
            "cook_d": cook_d,
            "cov_r": (se / full.se) ** 2 if full.se > 0 else np.full(k, math.nan),
            "tau2_del": t,
            "q_del": [w.q for w in without],
            "hat": hat,
            "weight": 100 * hat,
            "dfbs": dfbs,
        }
    influential = (np.abs(dffits) > 3 * math.sqrt(1 / (k - 1))) | (hat > 3 / k)
    influential |= (stats.chi2.cdf(cook_d, 1) > 0.5) | (np.abs(dfbs) > 1)
    return pd.DataFrame(table | {"influential": influential}, index=_index(labels, k))


def _at_least(needed: int, k: int, what: str) -> None:
    if k < needed:
        raise ValueError(f"{what} needs at least {needed} studies, got {k}")


def _index(labels: Sequence[Hashable] | None, k: int) -> list[Hashable]:
    names = list(range(k)) if labels is None else list(labels)
    if len(names) != k:
        raise ValueError(f"there are {len(names)} labels for {k} studies")
    return list(names)

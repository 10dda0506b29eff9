"""Do kinds of studies differ? Each group pooled, and the test between them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis.stats._checks import FloatArray, check_studies
from analysis.stats.batch import Interval, check_options, describe, tau2_interval
from analysis.stats.heterogeneity import Tau2, scatter
from analysis.stats.pooling import PooledEffect, pool, pooled_effects
from analysis.stats.tau2 import estimate

Codes: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class SubgroupTest:
    """Pooled effects of subgroups, and the test whether they differ.

    ``groups`` maps each group's name to its :class:`PooledEffect`, in order of first appearance;
    ``q``, ``df``, ``p`` are of the between-groups test. No difference shown is not "no difference".
    """

    groups: Mapping[Hashable, PooledEffect]
    q: float
    df: int
    p: float
    common_tau2: bool

    def summary_frame(self) -> pd.DataFrame:
        """One row per group with the columns of ``PooledEffect.summary_frame()``."""
        return pd.DataFrame([g.row() for g in self.groups.values()], index=list(self.groups))


def subgroups(
    effect: ArrayLike,
    variance: ArrayLike,
    group: Sequence[Hashable],
    *,
    common_tau2: bool = False,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
) -> SubgroupTest:
    """Pool each group of studies and test whether the groups' effects differ.

    ``q = sum(w (estimate_g - mean)**2)`` over groups, chi-squared with (groups - 1) degrees of
    freedom; ``w = 1 / se**2`` with the normal-theory standard error of each group whatever
    ``interval`` is, since the Hartung-Knapp one of two or three studies can be close to 0 by
    chance. Borenstein and Higgins (2013), *Prevention Science* 14, 134; RevMan's "test for subgroup
    differences".

    Parameters
    ----------
    effect, variance : array_like
        One number per study.
    group : sequence
        The group of each study. A group of one study takes part with its own standard error.
    common_tau2 : bool
        False: each group has a tau2 of its own (RevMan). True: one for all, estimated within groups
        (metafor's ``rma(effect, variance, mods=~group)``); steadier when groups are small. Groups
        then also share tau2's interval and, under HKSJ, the scale factor Q(tau2) / (k - groups)
        and its degrees of freedom, while ``q`` and ``q_df`` stay each group's own.
    tau2, interval, level
        As in :func:`analysis.stats.pooling.pool`.

    Raises
    ------
    ValueError
        As ``pool``; with one group only, a group that is missing, or unequal lengths.

    Examples
    --------
    >>> test = subgroups([-20.0, -25.0, -2.0, 1.0], [9.0, 16.0, 9.0, 4.0], ["a", "a", "b", "b"])
    >>> round(test.q, 1), test.df, bool(test.p < 0.001)
    (56.1, 1, True)
    """
    y, v = check_studies(effect, variance)
    check_options(tau2, interval, level)
    codes, names = _group_codes(group, len(y))
    if common_tau2:
        each = _with_common_tau2(y, v, codes, tau2, interval, level)
    else:
        each = [
            pool(y[codes == g], v[codes == g], tau2=tau2, interval=interval, level=level)
            for g in range(len(names))
        ]
    variances = [
        1 / float((1 / (v[codes == g] + (0.0 if math.isnan(e.tau2) else e.tau2))).sum())
        for g, e in enumerate(each)
    ]
    means = np.array([e.estimate for e in each])
    q = pool(means, variances, tau2="CE").q
    df = len(names) - 1
    groups = MappingProxyType(dict(zip(names, each, strict=True)))
    return SubgroupTest(groups, q, df, float(stats.chi2.sf(q, df)), common_tau2)


def _with_common_tau2(
    y: FloatArray, v: FloatArray, codes: Codes, tau2: Tau2, interval: Interval, level: float
) -> list[PooledEffect]:
    """Each group's effect in the model of one tau2 for all groups."""
    order = np.argsort(codes, kind="stable")
    y, v, sizes = y[order], v[order], np.bincount(codes)
    whole = scatter(y, v, sizes, np.array([len(sizes)]))
    if whole.df[0] == 0:
        raise ValueError("a common tau2 needs a group of two studies or more; every group has one")
    t = estimate(whole, tau2)
    hksj = interval == "HKSJ"
    factor = whole.q(t) / whole.df if hksj else np.ones(1)
    bounds = None if tau2 == "CE" else tau2_interval(whole, level)
    found = describe(
        scatter(y, v, sizes),
        np.repeat(t * whole.unit**2, len(sizes)),
        method=tau2,
        level=level,
        factor=np.repeat(factor, len(sizes)),
        df=np.repeat(whole.df if hksj else np.inf, len(sizes)),
        bounds=bounds and (np.repeat(bounds[0], len(sizes)), np.repeat(bounds[1], len(sizes))),
    )
    return pooled_effects(found, np.split(v, np.cumsum(sizes)[:-1]), tau2, interval, level)


def _group_codes(group: Sequence[Hashable], k: int) -> tuple[Codes, list[Hashable]]:
    values = pd.Series(list(group), dtype=object)
    if len(values) != k:
        raise ValueError(f"group names {len(values)} studies, but there are {k} effects")
    if values.isna().any():
        first = int(np.argmax(values.isna().to_numpy()))
        raise ValueError(f"group[{first}] is missing: every study needs a group")
    codes, names = pd.factorize(values)
    if len(names) < 2:
        raise ValueError(f"all studies are in the one group {names[0]!r}: nothing to compare")
    return codes, list(names)

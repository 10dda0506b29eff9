"""Comparing two pooled effects that share no trial."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from analysis.stats.pooling import PooledEffect


@dataclass(frozen=True)
class IndirectDifference:
    """Difference ``first - second`` of two pooled effects; negative = ``first`` favours more."""

    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p: float


def indirect_difference(
    first: PooledEffect, second: PooledEffect, *, level: float = 0.95
) -> IndirectDifference:
    """Difference between two independent pooled effects (Bucher et al. 1997, J Clin Epidemiol 50).

    Standard errors add in quadrature; degrees of freedom by Satterthwaite's formula (1946), so that
    Knapp-Hartung pools keep their t distribution. The two pools must share no trial. It is an
    observational comparison: the trials of the two pools differ in more than the comparator.

    Raises
    ------
    ValueError
        When both standard errors are 0.
    """
    estimate = first.estimate - second.estimate
    parts = (first.se**2, second.se**2)
    se = math.sqrt(sum(parts))
    if se == 0:
        raise ValueError("both pooled effects have a standard error of 0: nothing to compare")
    spent = sum(part**2 / pooled.df for part, pooled in zip(parts, (first, second), strict=True))
    df = sum(parts) ** 2 / spent if spent else math.inf
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    p = 2 * float(stats.t.sf(abs(estimate) / se, df))
    return IndirectDifference(estimate, se, df, estimate - reach, estimate + reach, p)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two pooled effects with its interval; infinite ends where it has none."""

    estimate: float
    ci_low: float
    ci_high: float


def ratio_of(first: PooledEffect, second: PooledEffect, *, level: float = 0.95) -> Ratio:
    """``first / second`` of two independent pooled effects, with Fieller's interval (1954).

    With t quantiles of the smaller of the two degrees of freedom, so that the interval errs on the
    wide side. When ``second`` is not clearly different from 0 the interval is unbounded.

    Examples
    --------
    >>> from analysis.stats.pooling import pool
    >>> small = pool([-3.0, -4.0], [4.0, 4.0], tau2="CE", interval="normal")
    >>> large = pool([-20.0, -21.0], [4.0, 4.0], tau2="CE", interval="normal")
    >>> round(ratio_of(small, large).estimate, 3)
    0.171
    """
    estimate = first.estimate / second.estimate
    reach = float(stats.t.ppf(0.5 + level / 2, min(first.df, second.df)))
    unsure = (reach * second.se / second.estimate) ** 2
    if unsure >= 1:
        return Ratio(estimate, -math.inf, math.inf)
    spread = first.se**2 * (1 - unsure) + estimate**2 * second.se**2
    half = reach * math.sqrt(spread) / abs(second.estimate)
    return Ratio(estimate, (estimate - half) / (1 - unsure), (estimate + half) / (1 - unsure))

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
    """
    estimate = first.estimate - second.estimate
    parts = (first.se**2, second.se**2)
    se = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / sum(
        part**2 / pooled.df for part, pooled in zip(parts, (first, second), strict=True)
    )
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    p = 2 * float(stats.t.sf(abs(estimate) / se, df))
    return IndirectDifference(estimate, se, df, estimate - reach, estimate + reach, p)

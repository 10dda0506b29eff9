"""Is an effect too small to matter? A non-significant result does not say so; this test can."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from analysis.stats._checks import is_positive


@dataclass(frozen=True)
class Equivalence:
    """Result of two one-sided tests against ``-margin`` and ``+margin``.

    ``p`` is the larger of ``p_above_low`` (is the effect above -margin?) and ``p_below_high`` (is
    it below +margin?); ``equivalent`` means p < 0.05, which is the same as a 90 % interval
    (``ci_low``, ``ci_high``) inside the margins.
    """

    margin: float
    p_above_low: float
    p_below_high: float
    p: float
    equivalent: bool
    ci_low: float
    ci_high: float


def equivalence(estimate: float, se: float, df: float, margin: float) -> Equivalence:
    """Two one-sided tests that the true effect lies within ``-margin`` to ``+margin``.

    Schuirmann (1987), *Journal of Pharmacokinetics and Biopharmaceutics* 15, 657. With t
    distribution, to go with HKSJ: ``equivalence(r.estimate, r.se, r.df, margin)`` for a
    ``PooledEffect`` r.

    Parameters
    ----------
    estimate, se : float
        The effect and its standard error, in any units.
    df : float
        Degrees of freedom; ``math.inf`` for the normal distribution.
    margin : float
        The smallest effect that would matter, above 0, in the units of ``estimate`` (on the log
        scale for ratios). Fix it before looking at the data.

    Raises
    ------
    ValueError
        For an estimate that is not finite, or an se, df or margin not above 0.

    Examples
    --------
    >>> result = equivalence(-2.0, 2.0, 20, 10.0)
    >>> result.equivalent, round(result.p, 5), round(result.ci_low, 2), round(result.ci_high, 2)
    (True, 0.00035, -5.45, 1.45)
    """
    if not math.isfinite(estimate):
        raise ValueError(f"estimate = {estimate:g} must be a finite number")
    for name, value in (("se", se), ("df", df), ("margin", margin)):
        if not is_positive(value) or (math.isinf(value) and name != "df"):
            raise ValueError(f"{name} = {value:g} must be a number greater than 0")
    p_above_low = float(stats.t.sf((estimate + margin) / se, df))
    p_below_high = float(stats.t.cdf((estimate - margin) / se, df))
    reach = float(stats.t.isf(0.05, df)) * se
    p = max(p_above_low, p_below_high)
    return Equivalence(
        margin=margin,
        p_above_low=p_above_low,
        p_below_high=p_below_high,
        p=p,
        equivalent=p < 0.05,
        ci_low=estimate - reach,
        ci_high=estimate + reach,
    )

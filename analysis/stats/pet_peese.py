"""What would a study without sampling error find? PET-PEESE, a correction by regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats._checks import FloatArray, check_level, check_studies
from analysis.stats.small_studies import FEWEST, alike, weighted_line

#: PET's test of "no effect at all" switches to PEESE below this two-sided p (one-sided 5 %).
SWITCH = 0.10


@dataclass(frozen=True)
class Line:
    """A weighted regression line: ``estimate`` is its value where the predictor is 0."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    slope: float
    slope_p: float


@dataclass(frozen=True)
class PetPeese:
    """Both lines and the conditional estimate.

    ``chosen`` is ``"PET"`` or ``"PEESE"``; ``warning`` says why not to lean on it (empty if there
    is no such reason).
    """

    k: int
    pet: Line
    peese: Line
    chosen: str
    warning: str

    @property
    def estimate(self) -> Line:
        """The line that the rule chose."""
        return self.pet if self.chosen == "PET" else self.peese


def pet_peese(effect: ArrayLike, variance: ArrayLike, *, level: float = 0.95) -> PetPeese:
    """Precision-effect test and precision-effect estimate with standard errors.

    Stanley and Doucouliagos (2014), *Research Synthesis Methods* 5, 60. PET regresses effects on
    standard errors, PEESE on variances, both weighted by ``1 / variance`` with estimated residual
    variance. PET's intercept is biased towards 0 where there is an effect, so PEESE is used where
    PET's two-sided p is below 0.10. With few studies or much heterogeneity the result can be far
    off (Carter et al. 2019, *Adv. Methods Pract. Psychol. Sci.* 2, 115): a sensitivity analysis.

    Raises
    ------
    ValueError
        With fewer than three studies, standard errors that are all alike, or bad studies as in
        :func:`analysis.stats.pooling.pool`.

    Examples
    --------
    >>> sizes = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, 64.0, 81.0, 100.0]
    >>> found = pet_peese([-1, -3, -2, -5, -6, -5, -8, -7, -10, -9], sizes)
    >>> found.chosen, round(found.estimate.estimate, 2)
    ('PET', -0.12)
    """
    y, v = check_studies(effect, variance)
    check_level(level)
    if len(y) < 3:
        raise ValueError(f"a line needs at least 3 studies, got {len(y)}")
    se = np.sqrt(v)
    if alike(se):
        raise ValueError("PET-PEESE needs standard errors that differ; here they are all alike")
    pet, peese = _line(y, v, se, level), _line(y, v, v, level)
    chosen = "PEESE" if pet.p < SWITCH else "PET"
    few = f"{len(y)} studies: too few to trust a correction" if len(y) < FEWEST else ""
    return PetPeese(len(y), pet, peese, chosen, few)


def _line(y: FloatArray, v: FloatArray, x: FloatArray, level: float) -> Line:
    fit, unit, reach = weighted_line(y, v, x)
    low, high = (float(end) * unit for end in fit.conf_int(alpha=1 - level)[0])
    return Line(
        estimate=float(fit.params[0]) * unit,
        se=float(fit.bse[0]) * unit,
        ci_low=low,
        ci_high=high,
        p=float(fit.pvalues[0]),
        slope=float(fit.params[1]) * unit / reach,
        slope_p=float(fit.pvalues[1]),
    )

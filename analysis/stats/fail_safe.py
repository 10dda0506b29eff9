"""How many studies of no effect would it take? The two classical answers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import check_studies


def rosenthal(effect: ArrayLike, variance: ArrayLike, *, alpha: float = 0.05) -> int:
    """How many unseen studies that average no effect would make the combined z not significant.

    Rosenthal (1979), *Psychological Bulletin* 86, 638: ``ceil((sum(z) / z_alpha)**2 - k)``, one
    sided, at least 0. Ignores size, spread and direction of what is unseen; reported because
    readers know it, not because it decides anything.

    >>> rosenthal([-0.5, -0.6, -0.4], [0.04, 0.05, 0.03])
    18
    """
    y, v = check_studies(effect, variance)
    z = float((y / np.sqrt(v)).sum())
    return max(0, math.ceil((z / float(stats.norm.isf(alpha))) ** 2 - len(y)))


def orwin(effect: ArrayLike, target: float) -> int:
    """How many unseen studies of exactly no effect would shrink the plain mean to ``target``.

    Orwin (1983), *Journal of Educational Statistics* 8, 157: ``ceil(k (|mean| - |target|) /
    |target|)``, at least 0.

    Raises
    ------
    ValueError
        For no studies or a target of 0.

    Examples
    --------
    >>> orwin([-0.5, -0.6, -0.4], -0.2)
    5
    """
    y = np.asarray(effect, dtype=float)
    if not y.size or target == 0:
        raise ValueError("there must be a study, and target must not be 0")
    mean = abs(float(y.mean()))
    return max(0, math.ceil(round(len(y) * (mean - abs(target)) / abs(target), 9)))

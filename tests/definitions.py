"""Q and the restricted likelihood written out as in the books, to hold the solvers against."""

from __future__ import annotations

import numpy as np


def q(effect, variance, tau2=0.0):
    w = 1 / (variance + tau2)
    return float((w * (effect - (w * effect).sum() / w.sum()) ** 2).sum())


def restricted_likelihood(effect, variance, tau2):
    """Its logarithm, up to a constant of the data."""
    total = variance + tau2
    return float(-(np.log(total).sum() + np.log((1 / total).sum()) + q(effect, variance, tau2)) / 2)

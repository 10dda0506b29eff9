"""What if results that favour treatment get published more easily? A model of selection by p.

Studies whose one-sided p (towards treatment, negative effects) falls in the j-th step are seen with
relative chance ``weights[j]``; the first step's is 1. The weights are estimated (Vevea and Hedges
1995, *Psychometrika* 60, 419) or, with few studies, taken as given (Vevea and Woods 2005,
*Psychological Methods* 10, 428).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from analysis.stats._checks import FloatArray, check_level, check_studies
from analysis.stats.small_studies import FEWEST

#: One-sided p at which chances of being published may change: "significant", "right direction".
STEPS = (0.025, 0.5, 1.0)
#: Vevea and Woods' idea on three steps: one in two, or nine in ten, of the unwelcome are unseen.
MODERATE = (1.0, 0.75, 0.5)
SEVERE = (1.0, 0.4, 0.1)
#: Estimated weights are held within this factor of the first step's; beyond it data say nothing.
MOST = 100.0
TINY = np.finfo(float).tiny


@dataclass(frozen=True)
class Selected:
    """The effect that is left under a selection model, by maximum likelihood.

    ``weights`` belong to the steps that end at ``steps``; ``unadjusted`` is the maximum-likelihood
    estimate without selection; ``lrt_p`` tests selection (NaN for given weights); ``warning`` says
    why not to lean on it.
    """

    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    tau2: float
    steps: tuple[float, ...]
    weights: tuple[float, ...]
    log_likelihood: float
    unadjusted: float
    lrt_p: float
    warning: str


def selection_model(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    steps: tuple[float, ...] = STEPS,
    weights: tuple[float, ...] | None = None,
    level: float = 0.95,
) -> Selected:
    """The pooled effect under selection by one-sided p values; negative effects are favoured.

    Parameters
    ----------
    effect, variance : array_like
        One number per study.
    steps : tuple of float
        Upper ends of the steps of p, rising, the last one 1.
    weights : tuple of float, optional
        Relative chances of being seen, one per step, the first 1. Estimated if not given; then
        every step must hold a study.
    level : float
        Of the interval, which is normal, from the curvature of the likelihood.

    Raises
    ------
    ValueError
        For bad studies, steps or weights, or an empty step whose weight was to be estimated.

    Examples
    --------
    >>> y, v = [-0.1, -0.2, -0.5, -0.9, -0.6, -1.2], [0.01, 0.02, 0.06, 0.15, 0.1, 0.3]
    >>> found = selection_model(y, v, weights=SEVERE)
    >>> found.unadjusted < found.estimate
    True
    """
    y, v = check_studies(effect, variance)
    check_level(level)
    ends = _checked_steps(steps, weights)
    unit = 2.0 ** float(np.round(np.log2(np.median(v)) / 2))
    model = _Model(y / unit, v / unit**2, ends)
    inside = np.bincount(model.step, minlength=len(ends))
    if weights is None and (inside == 0).any():
        empty = int(np.argmin(inside))
        raise ValueError(
            f"no study has its p in step {empty + 1} (up to {ends[empty]:g}), so its weight cannot "
            "be estimated: give weights, or fewer steps"
        )
    plain = model.best(np.ones(len(ends)))
    best = model.best(None if weights is None else np.asarray(weights, dtype=float))
    se = model.standard_error(best, free=weights is None) * unit
    reach = float(stats.norm.isf((1 - level) / 2)) * se
    estimate = best.mean * unit
    lrt = max(0.0, 2 * (best.log_likelihood - plain.log_likelihood))
    shift = len(y) * math.log(unit)
    return Selected(
        k=len(y),
        estimate=estimate,
        se=se,
        ci_low=estimate - reach,
        ci_high=estimate + reach,
        tau2=best.tau2 * unit**2,
        steps=tuple(float(x) for x in ends),
        weights=tuple(float(x) for x in best.weights),
        log_likelihood=best.log_likelihood - shift,
        unadjusted=plain.mean * unit,
        lrt_p=float(stats.chi2.sf(lrt, len(ends) - 1)) if weights is None else math.nan,
        warning=_warning(len(y), int(inside.min()), weights is None),
    )


def _warning(k: int, fewest: int, estimated: bool) -> str:
    if estimated and (k < FEWEST or fewest < 3):
        return f"{k} studies, {fewest} in the emptiest step: these weights are guesses"
    return f"{k} studies: read it as a what-if" if k < FEWEST else ""


def _checked_steps(steps: tuple[float, ...], weights: tuple[float, ...] | None) -> FloatArray:
    ends = np.asarray(steps, dtype=float)
    if len(ends) < 2 or ends[-1] != 1 or (np.diff(ends) <= 0).any() or ends[0] <= 0:
        raise ValueError(f"steps = {steps} must rise from above 0 to 1")
    if weights is not None:
        w = np.asarray(weights, dtype=float)
        if len(w) != len(ends) or w[0] != 1 or not (np.isfinite(w) & (w > 0)).all():
            raise ValueError(f"weights = {weights}: one per step, above 0, the first one 1")
    return ends


@dataclass(frozen=True)
class _Fit:
    mean: float
    tau2: float
    weights: FloatArray
    log_likelihood: float


class _Model:
    """The likelihood of studies that were seen by selection on p, in scaled units."""

    def __init__(self, y: FloatArray, v: FloatArray, ends: FloatArray) -> None:
        self.y, self.v, self.ends = y, v, ends
        self.se = np.sqrt(v)
        p = stats.norm.cdf(y / self.se)
        self.step = np.minimum(np.searchsorted(ends, p, side="left"), len(ends) - 1)
        # the effects at which p passes from one step to the next, per study
        self.cuts = self.se[:, None] * stats.norm.ppf(ends[:-1])[None, :]

    def log_likelihood(self, mean: float, tau2: float, weights: FloatArray) -> float:
        total = np.sqrt(self.v + tau2)
        below = special.ndtr((self.cuts - mean) / total[:, None])
        edges = np.column_stack([np.zeros(len(self.y)), below, np.ones(len(self.y))])
        seen = np.diff(edges, axis=1) @ weights
        density = -0.5 * (((self.y - mean) / total) ** 2 + math.log(2 * math.pi)) - np.log(total)
        return float((density + np.log(weights[self.step]) - np.log(np.maximum(seen, TINY))).sum())

    def best(self, weights: FloatArray | None) -> _Fit:
        """The highest likelihood, from several starts; tau2 at its boundary 0 included."""
        free = weights is None
        more = len(self.ends) - 1 if free else 0

        def split(x: FloatArray) -> tuple[float, float, FloatArray]:
            w = np.concatenate([[1.0], np.exp(x[2:])]) if weights is None else weights
            return float(x[0]), float(x[1]) ** 2, w

        def loss(x: FloatArray) -> float:
            return -self.log_likelihood(*split(x))

        spread = float(self.y.std())
        middle, wide = float(np.average(self.y, weights=1 / self.v)), float(np.ptp(self.y)) + 1
        walls = [(middle - 10 * wide, middle + 10 * wide), (0.0, 10 * wide)]
        walls += [(-math.log(MOST), math.log(MOST))] * more
        found = []
        for tau in (0.0, 0.5 * spread, spread):
            start = np.concatenate([[middle, tau], np.zeros(more)])
            found.append(_polished(loss, start, walls))
        mean, tau2, w = split(min(found, key=loss))
        return _Fit(mean, tau2, np.asarray(w), self.log_likelihood(mean, tau2, np.asarray(w)))

    def standard_error(self, fit: _Fit, *, free: bool) -> float:
        """From the curvature at the top; a tau2 of 0 is held there."""
        parts = [fit.mean] + ([fit.tau2] if fit.tau2 > 1e-6 else [])
        parts += [float(w) for w in fit.weights[1:]] if free else []
        at = np.array(parts)

        def height(x: FloatArray) -> float:
            tau2 = float(x[1]) if fit.tau2 > 1e-6 else fit.tau2
            w = np.concatenate([[1.0], x[-(len(fit.weights) - 1) :]]) if free else fit.weights
            return self.log_likelihood(float(x[0]), tau2, w)

        covariance = np.linalg.pinv(-_hessian(height, at))
        return float(np.sqrt(covariance[0, 0])) if covariance[0, 0] > 0 else math.nan


def _polished(
    loss: Callable[[FloatArray], float], start: FloatArray, walls: list[tuple[float, float]]
) -> FloatArray:
    first = optimize.minimize(loss, start, method="L-BFGS-B", bounds=walls)
    last = optimize.minimize(
        loss, np.asarray(first.x), method="Nelder-Mead", bounds=walls,
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000},
    )  # fmt: skip
    return np.asarray(last.x)


def _hessian(f: Callable[[FloatArray], float], at: FloatArray) -> FloatArray:
    """Second derivatives by central differences."""
    h = 1e-4 * np.maximum(np.abs(at), 1e-2)
    size = len(at)
    out = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            a, b = np.zeros(size), np.zeros(size)
            a[i], b[j] = h[i], h[j]
            out[i, j] = out[j, i] = (
                f(at + a + b) - f(at + a - b) - f(at - a + b) + f(at - a - b)
            ) / (4 * h[i] * h[j])
    return out

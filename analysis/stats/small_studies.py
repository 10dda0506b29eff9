"""Do small studies tell another story than large ones? Two checks, from ten studies on.

Both look at a funnel plot by arithmetic. An asymmetric funnel may come from unpublished small
studies, but also from their weaker methods, other patients, or chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.stats._checks import FloatArray, check_choice, check_level, check_studies
from analysis.stats.heterogeneity import Tau2
from analysis.stats.pooling import Interval, PooledEffect, pool

FEWEST = 10  # Sterne et al. (2011), BMJ 343, d4002: below ten studies such tests have no power
Side = Literal["left", "right"]


@dataclass(frozen=True)
class EggerTest:
    """Egger's regression test for funnel asymmetry.

    ``slope`` is the change of effect per unit of standard error: negative means that the smaller a
    study, the more negative its effect. ``t``, ``df``, ``p`` test it. ``limit`` (with its interval)
    is the effect foreseen for a study of unlimited size.
    """

    k: int
    slope: float
    slope_se: float
    t: float
    df: int
    p: float
    limit: float
    limit_low: float
    limit_high: float


def egger(effect: ArrayLike, variance: ArrayLike, *, level: float = 0.95) -> EggerTest:
    """Test whether effects depend on their standard errors.

    Weighted least squares of effect on standard error with weights ``1 / variance`` and an
    estimated residual variance; the slope is the intercept of the regression of ``effect / se`` on
    ``1 / se`` in Egger et al. (1997), *BMJ* 315, 629. metafor: ``regtest(model="lm")``. For Hedges'
    g and log ratios, whose variance contains the effect, it finds asymmetry somewhat too often.

    Raises
    ------
    ValueError
        With fewer than ten studies, standard errors that are all alike, or bad studies as in
        :func:`analysis.stats.pooling.pool`.

    Examples
    --------
    >>> sizes = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, 64.0, 81.0, 100.0]
    >>> test = egger([-1, -3, -2, -5, -6, -5, -8, -7, -10, -9], sizes)
    >>> round(test.slope, 2), round(test.p, 4), round(test.limit, 2)
    (-1.01, 0.0, -0.12)
    """
    y, v = check_studies(effect, variance)
    check_level(level)
    _enough(len(y), "Egger's test")
    se = np.sqrt(v)
    if alike(se):
        raise ValueError("Egger's test needs standard errors that differ; here they are all alike")
    fit, unit, _ = weighted_line(y, v, se)
    limit_low, limit_high = (float(x) * unit for x in fit.conf_int(alpha=1 - level)[0])
    return EggerTest(
        k=len(y),
        slope=float(fit.params[1]),
        slope_se=float(fit.bse[1]),
        t=float(fit.tvalues[1]),
        df=int(fit.df_resid),
        p=float(fit.pvalues[1]),
        limit=float(fit.params[0]) * unit,
        limit_low=limit_low,
        limit_high=limit_high,
    )


def weighted_line(y: FloatArray, v: FloatArray, x: FloatArray) -> tuple[Any, float, float]:
    """The fit of effects on ``x`` with weights ``1 / v``, and the units of effects and of ``x``.

    Both are scaled by a power of two, which keeps tiny units away from underflow: the fit's
    intercept is in the first unit, its slope in the first per the second. The first parameter is
    the intercept.
    """
    from statsmodels.regression.linear_model import WLS  # slow to load, and judging seldom needs it

    unit, reach = (2.0 ** float(np.round(np.log2(np.median(a)))) for a in (np.sqrt(v), x))
    line = np.column_stack([np.ones(len(x)), x / reach])
    return WLS(y / unit, line, weights=unit**2 / v).fit(), unit, reach


@dataclass(frozen=True)
class TrimAndFill:
    """What the pooled effect would be if the funnel were symmetric.

    ``filled`` mirror images of studies were added on ``side`` (of the effect axis); ``effect`` and
    ``variance`` are theirs. ``original`` and ``adjusted`` are the pooled results without and with
    them. The added studies are not data: the shift is a sensitivity analysis, not a correction.
    """

    filled: int
    side: Side
    effect: tuple[float, ...]
    variance: tuple[float, ...]
    original: PooledEffect
    adjusted: PooledEffect


def trim_and_fill(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    side: Literal["auto", "left", "right"] = "auto",
    trim_tau2: Literal["DL", "CE"] = "DL",
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
) -> TrimAndFill:
    """Trim and fill by Duval and Tweedie (2000), *Biometrics* 56, 455, with their estimator L0.

    Studies are ranked by their distance from the centre; more and larger ranks on one side mean
    that mirror images are missing on the other. ``L0 = (4 S - k (k + 1)) / (2 k - 1)``, with S the
    sum of ranks on the full side, is rounded, the outermost L0 studies are trimmed, the centre is
    pooled anew, until L0 stays. Then all studies and the trimmed ones' mirror images are pooled.

    Parameters
    ----------
    effect, variance : array_like
        One number per study.
    side : {"auto", "left", "right"}
        Where studies are missing; "auto" goes by the sign of the slope of effect on standard error:
        "right" (towards positive effects) if small studies have the more negative ones.
    trim_tau2 : {"DL", "CE"}
        Model of the trimming steps and of that slope: DerSimonian-Laird or common effect. Together
        with the same ``tau2`` this equals ``trimfill()`` of that metafor model.
    tau2, interval, level
        As in :func:`analysis.stats.pooling.pool`, for the results before and after.

    Raises
    ------
    ValueError
        With fewer than ten studies, bad studies as in ``pool``, or "auto" where all standard errors
        are alike.

    Examples
    --------
    >>> sizes = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0, 64.0, 81.0, 100.0]
    >>> result = trim_and_fill([-1, -3, -2, -5, -6, -5, -8, -7, -10, -9], sizes)
    >>> result.filled, result.side, round(result.original.estimate, 2)
    (5, 'right', -2.03)
    """
    y, v = check_studies(effect, variance)
    k = len(y)
    _enough(k, "trim and fill")
    check_choice("side", side, ("auto", "left", "right"))
    check_choice("trim_tau2", trim_tau2, ("DL", "CE"))
    original = pool(y, v, tau2=tau2, interval=interval, level=level)
    missing: Side = _missing_side(y, v, trim_tau2) if side == "auto" else side
    # Turned so that the full side is the right one, and sorted: the studies to trim come last.
    turned = y if missing == "left" else -y
    order = np.argsort(turned, kind="stable")
    turned, spread = turned[order], v[order]
    centre, filled = _trim(turned, spread, trim_tau2)
    mirrored = 2 * centre - turned[k - filled :]
    mirrored = mirrored if missing == "left" else -mirrored
    added = spread[k - filled :]
    adjusted = pool(
        np.concatenate([y, mirrored]),
        np.concatenate([v, added]),
        tau2=tau2,
        interval=interval,
        level=level,
    )
    return TrimAndFill(
        filled=filled,
        side=missing,
        effect=tuple(float(x) for x in mirrored),
        variance=tuple(float(x) for x in added),
        original=original,
        adjusted=adjusted,
    )


def _trim(sorted_effect: FloatArray, variance: FloatArray, method: Tau2) -> tuple[float, int]:
    k, trimmed = len(sorted_effect), 0
    seen: set[int] = set()
    while trimmed not in seen:
        seen.add(trimmed)
        y, v = sorted_effect[: k - trimmed], variance[: k - trimmed]
        centre = pool(y, v, tau2=method).estimate
        distance = sorted_effect - centre
        rank = np.empty(k)
        rank[np.argsort(np.abs(distance), kind="stable")] = np.arange(1, k + 1)
        surplus = (4 * rank[distance > 0].sum() - k * (k + 1)) / (2 * k - 1)
        last, trimmed = trimmed, max(0, round(float(surplus)))
        if trimmed == last:
            return centre, trimmed
    raise ValueError("trim and fill found no stable number of missing studies: give a side")


def _missing_side(y: FloatArray, v: FloatArray, method: Tau2) -> Side:
    x = np.sqrt(v / np.median(v))
    if alike(x):
        raise ValueError("the standard errors are all alike: say which side, left or right")
    t = 0.0
    if method == "DL":  # its generalisation to regression: (Q - df) / trace of the projection
        w = 1 / v
        design = np.column_stack([np.ones_like(x), x])
        inner = np.linalg.inv(design.T * w @ design)
        residual = y - design @ (inner @ (design.T @ (w * y)))
        trace = w.sum() - float(np.trace(inner @ (design.T * w**2 @ design)))
        t = max(0.0, float((w * residual**2).sum() - (len(y) - 2)) / trace)
    w = 1 / (v + t)
    centred = x - (w * x).sum() / w.sum()
    return "right" if float((w * centred * y).sum()) < 0 else "left"


def alike(se: FloatArray) -> bool:
    """Whether standard errors are the same but for rounding."""
    return bool(np.ptp(se) <= 1e-12 * se.max())


def _enough(k: int, what: str) -> None:
    if k < FEWEST:
        raise ValueError(f"{what} needs at least {FEWEST} studies to mean anything, got {k}")

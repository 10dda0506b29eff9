"""Many meta-analyses in one call, as arrays: the engine behind every pooled number."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from analysis.stats._checks import FloatArray, check_choice, check_level, check_studies
from analysis.stats.heterogeneity import TAU2_METHODS, Positions, Scatter, Tau2, parts, scatter
from analysis.stats.tau2 import estimate
from analysis.stats.tau2 import interval as profile

Interval = Literal["HKSJ", "normal"]
INTERVALS: tuple[Interval, ...] = ("HKSJ", "normal")
CHUNK = 1 << 15  # rows worked on at once: what stays in the processor's cache


@dataclass(frozen=True)
class PooledEffects:
    """The pooled effects of many questions; arrays with one entry per question.

    The meaning of each number is that of :class:`analysis.stats.pooling.PooledEffect`. ``tau2_low``
    to ``i2_high`` are NaN unless asked for.
    """

    k: Positions
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    p: FloatArray
    df: FloatArray
    prediction_low: FloatArray
    prediction_high: FloatArray
    tau2: FloatArray
    tau2_low: FloatArray
    tau2_high: FloatArray
    q: FloatArray
    q_df: Positions
    q_p: FloatArray
    i2: FloatArray
    i2_low: FloatArray
    i2_high: FloatArray

    @property
    def frame(self) -> pd.DataFrame:
        """One row per question with a column per number."""
        return pd.DataFrame({f.name: getattr(self, f.name) for f in fields(self)})


def pool_segments(
    effect: ArrayLike,
    variance: ArrayLike,
    starts: ArrayLike,
    *,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
    limits: bool = False,
    q_centre: float | None = None,
) -> PooledEffects:
    """Pool many questions whose studies lie one question after the other in a flat table.

    For callers that have arrays at hand and no labels; otherwise
    :func:`analysis.stats.pooling.pool_many`. Each question's numbers depend on its own studies
    alone, to the last digit. Time and memory grow with the number of rows.

    Parameters
    ----------
    effect, variance : array_like
        One number per study, question after question.
    starts : array_like of int
        The position of each question's first study: begins with 0 and rises.
    tau2, interval, level, q_centre
        As in :func:`analysis.stats.pooling.pool`.
    limits : bool
        Also the intervals of tau2 and I2, which cost twice as much as all the rest.

    Raises
    ------
    ValueError
        As ``pool``; for starts that do not begin with 0, do not rise, or end beyond the studies.
    """
    y, v = check_studies(effect, variance)
    check_options(tau2, interval, level)
    first = _check_starts(starts, len(y))
    sizes = np.diff(first, append=len(y))
    done = []
    for part in parts(sizes, CHUNK):
        rows = slice(int(first[part.start]), int(first[part.start] + sizes[part].sum()))
        data = scatter(y[rows], v[rows], sizes[part])
        done.append(_pool(data, tau2, interval, level, limits, q_centre))
    if len(done) == 1:
        return done[0]
    return PooledEffects(
        *(np.concatenate([getattr(d, f.name) for d in done]) for f in fields(PooledEffects))
    )


def _pool(
    data: Scatter,
    method: Tau2,
    interval: Interval,
    level: float,
    limits: bool,
    q_centre: float | None,
) -> PooledEffects:
    t = estimate(data, method, q_centre)
    square = data.unit**2
    hksj = interval == "HKSJ"
    several = data.df > 0
    with np.errstate(invalid="ignore"):
        factor = np.where(several, data.q(t) / data.df, 1.0) if hksj else np.ones(len(t))
    result = describe(
        data,
        t * square,
        method=method,
        level=level,
        factor=factor,
        df=np.where(several & hksj, data.df, np.inf),
        bounds=tau2_interval(data, level) if limits and method != "CE" else None,
        q_centre=q_centre,
    )
    gone = {
        name: np.where(several, getattr(result, name), np.nan)
        for name in ("tau2", "prediction_low", "prediction_high")
    }
    return replace(result, **gone)


def tau2_interval(data: Scatter, level: float) -> tuple[FloatArray, FloatArray]:
    """The Q-profile interval of tau2 in the units of the variances."""
    low, high = profile(data, level)
    return low * data.unit**2, high * data.unit**2


def describe(
    data: Scatter,
    tau2: FloatArray,
    *,
    method: Tau2,
    level: float,
    factor: FloatArray,
    df: FloatArray,
    bounds: tuple[FloatArray, FloatArray] | None,
    q_centre: float | None = None,
) -> PooledEffects:
    """Everything that follows once tau2 is known; for :func:`pool_segments` and for subgroups.

    ``tau2`` and ``bounds``, its interval, are in the units of the variances. ``factor`` scales the
    variance of the estimate (1 unless HKSJ), ``df`` is that of its t distribution (infinite for
    the normal one).
    """
    mean, weight = data.means(tau2 / data.unit**2)
    se = np.sqrt(factor / weight)
    crit = _t_quantile((1 - level) / 2, df)
    predicted = np.nan if method == "CE" else crit * np.hypot(se, np.sqrt(tau2))
    several = data.df > 0
    zero = np.zeros(len(tau2))
    q = np.where(several, data.q(zero) if q_centre is None else data.q_about(q_centre), np.nan)
    none = np.full(len(tau2), np.nan)
    tau2_low, tau2_high = bounds or (none, none)
    typical = data.typical_variance() * data.unit**2
    i2, i2_low, i2_high = (100 * t / (t + typical) for t in (tau2, tau2_low, tau2_high))
    if method == "CE":
        with np.errstate(invalid="ignore"):
            i2 = np.where(q > 0, 100 * np.maximum(0.0, q - data.df) / q, q)
    return PooledEffects(
        k=data.rows,
        estimate=mean,
        se=se,
        ci_low=mean - crit * se,
        ci_high=mean + crit * se,
        p=_p_value(mean, se, df),
        df=df,
        prediction_low=mean - predicted,
        prediction_high=mean + predicted,
        tau2=tau2,
        tau2_low=tau2_low,
        tau2_high=tau2_high,
        q=q,
        q_df=data.rows - data.groups,
        q_p=special.chdtrc(data.df, q),
        i2=i2,
        i2_low=i2_low,
        i2_high=i2_high,
    )


def check_options(tau2: Tau2, interval: Interval, level: float) -> None:
    """Refuse unknown method names and impossible confidence levels."""
    check_choice("tau2", tau2, TAU2_METHODS)
    check_choice("interval", interval, INTERVALS)
    check_level(level)


def _t_quantile(tail: float, df: FloatArray) -> FloatArray:
    """Student's t beyond which ``tail`` lies; each df is looked up once."""
    values, which = np.unique(df, return_inverse=True)
    found: FloatArray = np.asarray(-special.stdtrit(values, tail), dtype=float)
    return found[which]


def _p_value(mean: FloatArray, se: FloatArray, df: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = -np.abs(mean) / se
    # Studies that agree to the last digit leave HKSJ no scatter to test against: se is 0, and p
    # 0 as well, but for an estimate of 0, where z is NaN.
    p: FloatArray = np.asarray(2 * special.stdtr(df, z), dtype=float)
    return p


def _check_starts(starts: ArrayLike, rows: int) -> Positions:
    first = np.atleast_1d(np.asarray(starts))
    if first.ndim != 1 or not np.issubdtype(first.dtype, np.integer):
        raise ValueError(
            f"starts must be one row of whole numbers, got {first.dtype} {first.shape}"
        )
    sizes = np.diff(first, append=rows)
    if not len(first) or first[0] != 0 or (sizes < 1).any():
        raise ValueError(
            f"starts must begin with 0, rise, and stay below the number of studies, {rows}"
        )
    return first.astype(np.intp)

"""One pooled answer from several studies: random effects, honest intervals, prediction."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from analysis.stats._checks import FloatArray, check_choice, check_level, check_studies
from analysis.stats.heterogeneity import TAU2_METHODS, Scatter, Tau2

Interval = Literal["HKSJ", "normal"]
INTERVALS: tuple[Interval, ...] = ("HKSJ", "normal")
NAN = math.nan


@dataclass(frozen=True)
class PooledEffect:
    """The pooled effect of ``k`` studies, how sure it is and how much the studies differ.

    Effects keep the units and the sign they came in with. Numbers that do not exist (heterogeneity
    of one study, a prediction under a common effect) are NaN, never 0.

    Attributes
    ----------
    k : int
        Number of studies.
    estimate, se, ci_low, ci_high, p : float
        Mean effect, its standard error, its interval at ``level`` and the p value for "it is 0".
    df : float
        Degrees of freedom of the t distribution behind interval and p; infinite for "normal".
    prediction_low, prediction_high : float
        Where the true effect of one more such study is expected, at ``level``.
    tau2, tau2_low, tau2_high : float
        Variance of the true effects with its Q-profile interval (Viechtbauer 2007).
    q, q_df, q_p : float
        Cochran's Q (about ``q_centre`` if one was given), degrees of freedom, p for "all alike".
    i2, i2_low, i2_high : float
        Share of the scatter that is not sampling error, in percent (Higgins and Thompson 2002).
    weights : tuple of float
        Each study's share of the estimate in percent, in the order given.
    tau2_method, interval_method, level
        What was asked for; one study always has a "normal" interval.
    """

    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    df: float
    prediction_low: float
    prediction_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    q: float
    q_df: int
    q_p: float
    i2: float
    i2_low: float
    i2_high: float
    weights: tuple[float, ...]
    tau2_method: Tau2
    interval_method: Interval
    level: float

    @property
    def pooled(self) -> bool:
        """False where there was one study only, and nothing to pool."""
        return self.k > 1

    @property
    def flag(self) -> str:
        """A warning to print beside the numbers; empty from three studies on."""
        if self.k == 1:
            return "one study: not pooled"
        if self.k == 2:
            return "two studies: heterogeneity can hardly be estimated"
        return ""

    def row(self) -> dict[str, float | str]:
        """All of it but the weights, as the row of a table."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "weights"}
        return values | {"flag": self.flag}

    def summary_frame(self) -> pd.DataFrame:
        """The result as a table of one row, "pooled", with a column per number."""
        return pd.DataFrame([self.row()], index=["pooled"])

    def study_frame(
        self, effect: ArrayLike, variance: ArrayLike, labels: Sequence[Hashable] | None = None
    ) -> pd.DataFrame:
        """The studies as a forest plot shows them: effect, se, normal interval, weight in percent.

        ``effect`` and ``variance`` as they were given to :func:`pool`; one row per study.
        """
        y, v = check_studies(effect, variance)
        if len(y) != self.k:
            raise ValueError(
                f"this result pooled {self.k} studies, but {len(y)} effects were given"
            )
        se = np.sqrt(v)
        reach = stats.norm.isf((1 - self.level) / 2) * se
        columns = {"effect": y, "se": se, "ci_low": y - reach, "ci_high": y + reach}
        return pd.DataFrame(
            columns | {"weight": self.weights}, index=None if labels is None else list(labels)
        )


def pool(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
    q_centre: float | None = None,
) -> PooledEffect:
    """Pool the effects of several studies of one question.

    ``estimate = sum(w * effect) / sum(w)`` with ``w = 1 / (variance + tau2)``.

    Parameters
    ----------
    effect, variance : array_like
        One number per study, as from :mod:`analysis.stats.effects`; log ratios for ratios.
    tau2 : {"PM", "DL", "REML", "CE"}
        How to estimate the variance of true effects: Paule and Mandel (1982), DerSimonian and Laird
        (1986), restricted maximum likelihood, or the common-effect model that takes it to be 0.
    interval : {"HKSJ", "normal"}
        ``"HKSJ"``: Hartung and Knapp (2001), Sidik and Jonkman (2002). The variance of the estimate
        is scaled by ``Q(tau2) / (k - 1)`` and the interval uses t with k - 1 degrees of freedom, as
        metafor's ``test="knha"``. The factor may be below 1: few studies that happen to agree then
        get a narrower interval than "normal" would give. The *ad hoc* variant, which never lets it
        fall below 1 (metafor's ``test="adhoc"``), is not used: compare with "normal" where it
        matters. ``"normal"``: standard error ``1 / sqrt(sum(w))`` and the normal quantile.
    level : float
        Confidence level of all intervals.
    q_centre : float, optional
        Only with ``tau2="DL"``: measure Q, and tau2 from it, about this value and not about the
        inverse-variance mean. RevMan's "Mantel-Haenszel, random-effects" does so; see
        :func:`analysis.stats.effects.mantel_haenszel_log_rr`.

    Returns
    -------
    PooledEffect
        The prediction interval is ``estimate +- crit * sqrt(se**2 + tau2)``, with the same quantile
        as the interval (metafor's convention); I2 is ``100 * tau2 / (tau2 + s2)`` with Higgins and
        Thompson's typical sampling variance s2, hence with DL the familiar ``100 * (Q - df) / Q``.
        Under "CE" I2 is that of Q, and there is no prediction nor an interval of tau2.
        One study is returned as it is, with a normal interval and ``.pooled`` False.

    Raises
    ------
    ValueError
        For no study, a missing number, a variance of 0 or below, columns of unequal length, an
        unknown method, a level outside (0, 1), or ``q_centre`` with a method other than DL.

    Examples
    --------
    >>> result = pool([-8.0, -2.0, -15.0, -5.0], [9.0, 16.0, 25.0, 4.0])
    >>> round(result.estimate, 2), round(result.ci_low, 2), round(result.ci_high, 2)
    (-6.75, -14.23, 0.74)
    >>> result.summary_frame()[["k", "tau2", "i2"]].round(1)
            k  tau2    i2
    pooled  4  11.1  51.8
    """
    y, v = check_studies(effect, variance)
    check_options(tau2, interval, level)
    if q_centre is not None and tau2 != "DL":
        raise ValueError(f'q_centre belongs to tau2="DL", not to tau2={tau2!r}')
    if len(y) == 1:
        return _one_study(float(y[0]), float(v[0]), tau2, level)
    scatter = Scatter(y, v)
    t = scatter.tau2(tau2, q_centre=q_centre)
    bounds = (NAN, NAN) if tau2 == "CE" else scatter.tau2_interval(level)
    hksj = interval == "HKSJ"
    return describe(
        v,
        estimate=float(scatter.means(t)[0]),
        factor=scatter.q(t) / scatter.df if hksj else 1.0,
        df=float(scatter.df) if hksj else math.inf,
        heterogeneity=heterogeneity(scatter, tau2, t, bounds, q_centre),
        method=tau2,
        interval=interval,
        level=level,
    )


@dataclass(frozen=True)
class Heterogeneity:
    """The heterogeneity part of a :class:`PooledEffect`."""

    tau2: float
    tau2_low: float
    tau2_high: float
    q: float
    q_df: int
    i2: float
    i2_low: float
    i2_high: float


def heterogeneity(
    scatter: Scatter,
    method: Tau2,
    tau2: float,
    bounds: tuple[float, float],
    q_centre: float | None = None,
) -> Heterogeneity:
    """Q and I2 of one group of studies at a given tau2 with its interval."""
    if scatter.df == 0:
        return Heterogeneity(tau2, *bounds, q=NAN, q_df=0, i2=NAN, i2_low=NAN, i2_high=NAN)
    q, typical = scatter.q(0.0, q_centre), scatter.typical_variance()
    i2, i2_low, i2_high = (100 * t / (t + typical) for t in (tau2, *bounds))
    if method == "CE":
        i2 = 100 * max(0.0, q - scatter.df) / q if q > 0 else 0.0
    return Heterogeneity(tau2, *bounds, q, scatter.df, i2, i2_low, i2_high)


def describe(
    variance: FloatArray,
    *,
    estimate: float,
    factor: float,
    df: float,
    heterogeneity: Heterogeneity,
    method: Tau2,
    interval: Interval,
    level: float,
) -> PooledEffect:
    """Everything that follows once the mean and tau2 are known; for :func:`pool` and subgroups.

    ``factor`` scales the variance of the estimate (1 unless HKSJ), ``df`` is that of its t
    distribution (infinite for the normal one).
    """
    h = heterogeneity
    w = 1 / (variance + h.tau2)
    se = math.sqrt(factor / w.sum())
    crit = float(stats.t.isf((1 - level) / 2, df))
    predicted = NAN if method == "CE" else crit * math.hypot(se, math.sqrt(h.tau2))
    # Studies that agree to the last digit leave HKSJ no scatter to test against: se is 0.
    certain = NAN if estimate == 0 else 0.0
    p = 2 * float(stats.t.sf(abs(estimate) / se, df)) if se > 0 else certain
    return PooledEffect(
        k=len(variance),
        estimate=estimate,
        se=se,
        ci_low=estimate - crit * se,
        ci_high=estimate + crit * se,
        p=p,
        df=df,
        prediction_low=estimate - predicted,
        prediction_high=estimate + predicted,
        tau2=h.tau2,
        tau2_low=h.tau2_low,
        tau2_high=h.tau2_high,
        q=h.q,
        q_df=h.q_df,
        q_p=float(stats.chi2.sf(h.q, h.q_df)) if h.q_df else NAN,
        i2=h.i2,
        i2_low=h.i2_low,
        i2_high=h.i2_high,
        weights=tuple(float(x) for x in 100 * w / w.sum()),
        tau2_method=method,
        interval_method=interval,
        level=level,
    )


def check_options(tau2: Tau2, interval: Interval, level: float) -> None:
    """Refuse unknown method names and impossible confidence levels."""
    check_choice("tau2", tau2, TAU2_METHODS)
    check_choice("interval", interval, INTERVALS)
    check_level(level)


def _one_study(effect: float, variance: float, method: Tau2, level: float) -> PooledEffect:
    alone = describe(
        np.array([variance]),
        estimate=effect,
        factor=1.0,
        df=math.inf,
        heterogeneity=Heterogeneity(0.0, NAN, NAN, NAN, 0, NAN, NAN, NAN),
        method=method,
        interval="normal",
        level=level,
    )
    return replace(alone, tau2=NAN, prediction_low=NAN, prediction_high=NAN)

"""One pooled answer from several studies: random effects, honest intervals, prediction."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from analysis.stats._checks import FloatArray, check_studies
from analysis.stats.batch import Interval as Interval
from analysis.stats.batch import PooledEffects, pool_segments
from analysis.stats.batch import check_options as check_options
from analysis.stats.heterogeneity import Positions, Tau2, starts_of

__all__ = ["PooledEffect", "pool", "pool_many"]

Labels: TypeAlias = "Sequence[Hashable] | pd.Series | pd.Index | NDArray[Any]"
LIMITS = ("tau2_low", "tau2_high", "i2_low", "i2_high")


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
        reach = -special.ndtri((1 - self.level) / 2) * se
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
    found = pool_segments(
        y, v, [0], tau2=tau2, interval=interval, level=level, limits=True, q_centre=q_centre
    )
    return pooled_effects(found, [v], tau2, interval if len(y) > 1 else "normal", level)[0]


def pooled_effects(
    found: PooledEffects,
    variances: Sequence[FloatArray],
    tau2: Tau2,
    interval: Interval,
    level: float,
) -> list[PooledEffect]:
    """Each question's result on its own, with the weights of its studies."""
    names = [f.name for f in fields(found)]
    table = zip(*(getattr(found, name).tolist() for name in names), strict=True)
    return [
        PooledEffect(
            **(given := dict(zip(names, numbers, strict=True))),
            weights=_weights(v, given["tau2"]),
            tau2_method=tau2,
            interval_method=interval,
            level=level,
        )
        for numbers, v in zip(table, variances, strict=True)
    ]


def _weights(variance: FloatArray, tau2: float) -> tuple[float, ...]:
    w = 1 / (variance + (0.0 if math.isnan(tau2) else tau2))
    return tuple((100 * w / w.sum()).tolist())


def pool_many(
    effect: ArrayLike,
    variance: ArrayLike,
    group: Labels,
    *,
    tau2: Tau2 = "PM",
    interval: Interval = "HKSJ",
    level: float = 0.95,
    limits: bool = False,
) -> pd.DataFrame:
    """Pool many questions of unequal size in one call; the batch form of :func:`pool`.

    Same numbers as ``pool`` on each group of rows, hundreds of times faster than a loop: the cost
    grows with the number of rows.

    Parameters
    ----------
    effect, variance : array_like
        One number per study, as in :func:`pool`; in any order.
    group : sequence
        The question that each study belongs to.
    tau2, interval, level
        As in :func:`pool`.
    limits : bool
        Also the intervals of tau2 and I2 (columns ``tau2_low``, ``tau2_high``, ``i2_low``,
        ``i2_high``), which cost more than all the rest.

    Returns
    -------
    DataFrame
        One row per group, in order of first appearance, indexed by group, with the numbers of
        :class:`PooledEffect` as columns: ``k, estimate, se, ci_low, ci_high, p, df,
        prediction_low, prediction_high, tau2, q, q_df, q_p, i2``. A group of one study is returned
        as it is, with a normal interval, and NaN for what it does not have.

    Raises
    ------
    ValueError
        As ``pool``, naming row and group; for a study without a group.

    Examples
    --------
    >>> effect, variance = [-8.0, -2.0, -15.0, -5.0, 1.0], [9.0, 16.0, 25.0, 4.0, 1.0]
    >>> pool_many(effect, variance, ["a", "b", "a", "a", "b"])[["k", "estimate", "tau2"]].round(2)
       k  estimate  tau2
    a  3     -7.93  10.5
    b  2      0.82   0.0
    """
    codes, names = _groups(group)
    studies = max(np.size(effect), np.size(variance))
    if len(codes) != studies:
        raise ValueError(f"group names {len(codes)} studies, but there are {studies} effects")
    y, v = check_studies(effect, variance, lambda row: f"group {names[codes[row]]!r}")
    if (np.diff(codes) < 0).any():
        order = _by_code(codes)
        y, v = y[order], v[order]
    sizes = np.bincount(codes, minlength=len(names))
    found = pool_segments(
        y, v, starts_of(sizes), tau2=tau2, interval=interval, level=level, limits=limits
    )
    columns = [f.name for f in fields(found) if limits or not f.name.endswith(LIMITS)]
    return pd.DataFrame({name: getattr(found, name) for name in columns}, index=names)


def _groups(group: Labels) -> tuple[Positions, pd.Index]:
    """Number the groups from 0 in order of first appearance."""
    if not isinstance(group, pd.Series | pd.Index | np.ndarray):
        group = pd.Series(list(group), dtype=object)
    codes, names = pd.factorize(group)
    if (codes < 0).any():
        first = int(np.argmax(codes < 0))
        raise ValueError(f"group[{first}] is missing: every study needs a group")
    return codes, pd.Index(names)


def _by_code(codes: Positions) -> Positions:
    """Positions in order of their codes, and in their own order within one, in linear time.

    Scipy's change of a sparse matrix from rows to columns is a counting sort: here each study is a
    row that holds one entry, in the column of its group.
    """
    from scipy.sparse import csr_array  # seldom needed: most tables come in order

    rows = len(codes)
    entries = (np.empty(rows, dtype=np.int8), codes, np.arange(rows + 1))
    table = csr_array(entries, shape=(rows, int(codes.max()) + 1))
    return np.asarray(table.tocsc().indices, dtype=np.intp)

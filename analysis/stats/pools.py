"""Many pools of the same studies: laid end to end, averaged within a trial, fitted in parts.

A *pool* is a set of studies under one way of deriving their effects; a *fit* is a pool under one
model. Pools that several specifications share are fitted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.stats._checks import BoolArray, FloatArray
from analysis.stats.pooling import pool_many
from analysis.stats.schedulers import Progress, run

IntArray: TypeAlias = NDArray[np.int64]

#: Pools in one piece of work. Fixed, so that the pieces do not depend on where they are done.
PIECE = 2000

COLUMNS = [
    "k", "estimate", "se", "ci_low", "ci_high", "p", "df", "prediction_low", "prediction_high",
    "tau2", "i2",
]  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """Studies of many pools, one pool after another.

    ``pool`` numbers each entry's pool, ascending; ``row`` is the entry's row in the table that the
    pools were drawn from (of several averaged rows the first).
    """

    pool: IntArray
    row: IntArray
    effect: FloatArray
    variance: FloatArray


def lay_out(
    member: BoolArray, study: IntArray, effect: FloatArray, variance: FloatArray, mean_r: FloatArray
) -> Batch:
    """The studies of each pool with their effects, end to end.

    Parameters
    ----------
    member : (pools, rows) bool
        Which rows are in which pool.
    study : (rows,) int
        The trial of each row. Where a pool holds several rows of a trial they are averaged.
    effect, variance : (pools, rows) float
        As that pool derives them, or one line of them for all pools.
    mean_r : (pools,) float
        Correlation between effects of one trial. The mean of m of them has the variance
        ``((1 - r) sum(v) + r sum(sqrt(v))**2) / m**2`` (Borenstein et al. 2009, *Introduction to
        Meta-Analysis*, chapter 24); r = 1 never makes a trial look surer than its rows.
    """
    pool_of, row = (np.asarray(x, dtype=np.int64) for x in np.nonzero(member))
    y = np.broadcast_to(effect, member.shape)[pool_of, row]
    v = np.broadcast_to(variance, member.shape)[pool_of, row]
    key = pool_of * (int(study.max(initial=0)) + 1) + study[row]
    _, first, code, size = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    if (size == 1).all():
        return Batch(pool_of, row, y, v)
    r = mean_r[pool_of[first]]
    total, roots = np.bincount(code, v), np.bincount(code, np.sqrt(v))
    mean = np.bincount(code, y) / size
    spread = ((1 - r) * total + r * roots**2) / size**2
    alone = size == 1  # as they are: no rounding for trials with nothing to average
    mean[alone], spread[alone] = y[first[alone]], v[first[alone]]
    order = np.argsort(first)  # the table's order within each pool
    first = first[order]
    return Batch(pool_of[first], row[first], mean[order], spread[order])


def fit(
    batch: Batch,
    fits: pd.DataFrame,
    *,
    level: float,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Pool every set of studies that ``fits`` asks for.

    ``fits`` has the columns ``pool`` (of ``batch``), ``tau2`` and ``interval`` (as in
    :func:`analysis.stats.pooling.pool`). Returns one row per row of ``fits``, in its order, with
    the columns ``k`` to ``i2`` of a pooled effect. A fit that is asked for twice is made once.
    """
    by = ["tau2", "interval", "pool"]
    wanted = fits.drop_duplicates().sort_values(by, ignore_index=True)
    place = fits.groupby(by, sort=True).ngroup().to_numpy()
    starts = np.searchsorted(batch.pool, np.arange(int(batch.pool.max(initial=-1)) + 2))
    pieces = [
        _piece(batch, starts, part["pool"].to_numpy(), str(tau2), str(interval), level)
        for (tau2, interval), group in wanted.groupby(["tau2", "interval"], sort=False)
        for part in (group.iloc[at : at + PIECE] for at in range(0, len(group), PIECE))
    ]
    found = pd.concat(run(_fit_piece, pieces, scheduler, progress), ignore_index=True)
    return found.iloc[place].reset_index(drop=True)


def _piece(
    batch: Batch, starts: IntArray, pools: IntArray, tau2: str, interval: str, level: float
) -> tuple[FloatArray, FloatArray, IntArray, str, str, float]:
    size = starts[pools + 1] - starts[pools]
    group = np.repeat(np.arange(len(pools)), size)
    offset = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
    at = starts[pools][group] + offset
    return batch.effect[at], batch.variance[at], group, tau2, interval, level


def _fit_piece(
    effect: FloatArray,
    variance: FloatArray,
    group: IntArray,
    tau2: str,
    interval: str,
    level: float,
) -> pd.DataFrame:
    found = pool_many(effect, variance, group, tau2=tau2, interval=interval, level=level)  # type: ignore[arg-type]
    return found[COLUMNS]

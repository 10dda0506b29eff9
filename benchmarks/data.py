"""What is pooled in the benchmarks: published reviews where they are at hand, or their likeness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.stats.effects import mean_difference

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench" / "study_rows.csv.gz"
ARMS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")


@dataclass(frozen=True)
class Studies:
    """A flat table of studies, and in words where it is from."""

    effect: NDArray[np.float64]
    variance: NDArray[np.float64]
    group: NDArray[Any]
    what: str

    def pairs(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Effects and variances of each meta-analysis, for programs that take one at a time."""
        at = pd.Series(self.group).groupby(self.group).indices.values()
        return [(self.effect[i], self.variance[i]) for i in at]


def published() -> Studies:
    """Mean differences of 979 published meta-analyses of two studies and more, or simulated ones.

    The published ones lie beside the repository and are not part of it.
    """
    if not BENCH.is_file():
        return simulated(979, 6843)
    rows = pd.read_csv(BENCH)
    rows = rows[rows.groupby("analysis")["study"].transform("size") > 1]
    effect, variance = mean_difference(*(rows[name] for name in ARMS))
    group = rows["analysis"].to_numpy(dtype=object)
    what = f"{rows['analysis'].nunique()} published meta-analyses, {len(rows)} studies"
    return Studies(np.asarray(effect), np.asarray(variance), group, what)


def simulated(groups: int, studies: int) -> Studies:
    """Simulated meta-analyses of two studies and more, most of them small, in shuffled order."""
    rng = np.random.default_rng(7)
    share = rng.exponential(size=groups)
    sizes = 2 + np.floor(share / share.sum() * (studies - 2 * groups)).astype(int)
    sizes[: studies - sizes.sum()] += 1
    group = rng.permutation(np.repeat(np.arange(groups), sizes))
    variance = np.exp(rng.normal(-1, 1, studies))
    tau, true = rng.exponential(0.5, groups), rng.normal(0, 1, groups)
    effect = true[group] + rng.normal(size=studies) * np.sqrt(variance + tau[group] ** 2)
    what = f"{groups:,} simulated meta-analyses, {studies:,} studies"
    return Studies(effect, variance, group, what)

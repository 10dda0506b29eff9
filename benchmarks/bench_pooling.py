"""The pooling engine beside the programs that a reviewer would use instead."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pymare.estimators import VarianceBasedLikelihoodEstimator
from statsmodels.stats.meta_analysis import combine_effects

from analysis.stats.batch import pool_segments
from analysis.stats.pooling import pool, pool_many
from benchmarks.data import Studies, published, simulated

R_LOOP = Path(__file__).with_name("metafor_loop.R")
STUDIES = published()
PAIRS = STUDIES.pairs()


def batch(studies: Studies, method: str) -> Callable[[], pd.DataFrame]:
    return functools.partial(
        pool_many, studies.effect, studies.variance, studies.group, tau2=method
    )


@pytest.mark.parametrize("method", ["PM", "REML", "DL"])
def bench_batch(timed, method):
    timed(f"pool_many, {method}", batch(STUDIES, method), rounds=50, on=STUDIES.what)


def bench_statsmodels(timed):
    def loop() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for effect, variance in PAIRS:
                combine_effects(effect, variance, method_re="iterated", use_t=True)

    timed(
        "statsmodels combine_effects, Paule-Mandel, a loop",
        loop,
        rounds=3,
        ours="pool_many, PM",
        at_least=50,
    )


def bench_pymare(timed):
    def loop() -> None:
        for effect, variance in PAIRS:
            design = np.ones((len(effect), 1))
            estimator = VarianceBasedLikelihoodEstimator("REML")
            estimator.fit(effect[:, None], variance[:, None], design)

    timed("PyMARE, REML, a loop", loop, rounds=3, ours="pool_many, REML", at_least=200)


@pytest.mark.parametrize(("method", "least"), [("PM", 500), ("REML", None)])
def bench_metafor(measured, tmp_path, method, least):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    file = tmp_path / "studies.csv"
    columns = {name: getattr(STUDIES, name) for name in ("effect", "variance", "group")}
    pd.DataFrame(columns).to_csv(file, index=False)
    command = ["Rscript", "--vanilla", str(R_LOOP), str(file), method, "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "there is no package called" in done.stderr:
        pytest.skip("R is there, but not its package metafor")
    assert done.returncode == 0, done.stderr
    analyses, gave_up, seconds, version = done.stdout.split()
    assert int(analyses) == len(PAIRS)
    measured(
        f"metafor {version} rma, {method}, knha, a loop timed inside R",
        [float(seconds)],
        ours=f"pool_many, {method}",
        at_least=least,
        note=f"gives up on {gave_up}",
    )


def bench_one_question(timed):
    effect, variance = PAIRS[0]
    timed("pool, PM, one question", lambda: pool(effect, variance), rounds=200)


@pytest.mark.parametrize("method", ["PM", "REML"])
@pytest.mark.parametrize("rows", [100_000, 1_000_000])
def bench_linearity(timed, method, rows):
    studies = simulated(rows // 10, rows)
    extra = {}
    if rows == 1_000_000:
        extra = {"base": f"pool_many, {method}, 100,000 studies", "at_most": 12}
    what = f"pool_many, {method}, {rows:,} studies"
    timed(what, batch(studies, method), rounds=7, on=studies.what, **extra)


@pytest.mark.parametrize("method", ["PM", "REML"])
def bench_a_million_studies(measured, method):
    command = [sys.executable, "-m", "benchmarks.large", method]
    runs: list[dict[str, Any]] = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    peak = max(run["peak_mb"] for run in runs)
    measured(
        f"{runs[0]['studies']:,} studies in {runs[0]['analyses']:,} meta-analyses, {method}",
        [run["seconds"] for run in runs],
        at_most=2.0 if method == "PM" else None,
        note=f"peak memory of the process {peak:.0f} MB (target: at most 1024)",
        holds=peak <= 1024,
    )


def bench_bootstrap(timed):
    effect, variance = max(PAIRS, key=lambda pair: len(pair[0]) == 12)
    k, resamples = len(effect), 10_000
    drawn = np.random.default_rng(1).integers(0, k, (resamples, k)).ravel()
    starts = np.arange(0, k * resamples, k)

    def bootstrap() -> np.ndarray:
        result = pool_segments(effect[drawn], variance[drawn], starts)
        return np.percentile(result.estimate, [2.5, 97.5])

    timed(f"bootstrap of one pool of {k} studies, {resamples:,} resamples", bootstrap, rounds=5)

"""From claims to verdicts, figures, checks and the full rerun."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.evidence.verdicts import claims_document, judge_all
from analysis.publish.draft.check import check_text
from analysis.stats.multiverse import specification_curve

ROOT = Path(__file__).resolve().parents[1]
PROSE = (
    "Massage can ease chronic neck pain for some weeks. My own clients often sleep better. "
    "No trial has shown that it cures fibromyalgia, and I do not say that it does. "
)


def seconds(command: list[str], rounds: int, **environ: str) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False
        )
        taken.append(time.perf_counter() - started)
        assert done.returncode in (0, 1), done.stderr
    return taken


def bench_all_verdicts(timed):
    timed("all claims from the tables to their verdicts", judge_all, rounds=5)


def bench_forest(timed, tmp_path):
    from analysis.publish.claim_figures import answer_forest
    from analysis.publish.figures import save

    tested = [a for v in judge_all().values() for a in v.tested if a.basis == "trials"]
    answer = max(tested, key=lambda a: a.k or 0)
    timed(
        f"one forest plot of {answer.k} trials, drawn and saved in every format",
        lambda: save(answer_forest(answer, "0", ("a source",)), tmp_path),
        rounds=5,
    )


@pytest.mark.parametrize("limit", [10_000, None])
def bench_specification_curve(timed, limit):
    table = specification_curve("pain", limit=limit)
    most = 5.0 if limit else None
    timed(
        f"specification curve, claim pain, {len(table):,} specifications",
        lambda: specification_curve("pain", limit=limit),
        rounds=3 if limit else 1,
        warmup=0,
        at_most=most,
    )


def bench_draft_check(timed):
    document = claims_document(judge_all(), "0")
    words = len(PROSE.split())
    draft = "\n\n".join([PROSE * 5] * (10_000 // (5 * words) + 1))
    what = f"draft check, {len(draft.split()):,} words"
    timed(what, lambda: check_text(draft, document), rounds=3)


@pytest.mark.parametrize("module", ["analysis.stats.pooling", "analysis.cli"])
def bench_import(measured, module):
    measured(
        f"import {module}, a new process", seconds([sys.executable, "-c", f"import {module}"], 7)
    )


def bench_claims_command(measured):
    command = [sys.executable, "-m", "analysis", "claims"]
    measured("evidence claims, a new process", seconds(command, 7), at_most=1.0)


def bench_specification_curve_alone(measured):
    code = "from analysis.stats.multiverse import specification_curve as c; c('pain', limit=10_000)"
    command = [sys.executable, "-c", code]
    what = "specification curve, claim pain, 10,000 specifications, a new process"
    measured(what, seconds(command, 3), at_most=5.0)


def reproduce(build: Path, *options: str) -> list[float]:
    command = [sys.executable, "-m", "analysis", "reproduce", *options]
    return seconds(command, 1, EVIDENCE_BUILD=str(build))


def bench_rerun(measured, tmp_path):
    what = "evidence reproduce --fresh, all notebooks with figures and results"
    taken = reproduce(tmp_path / "build", "--fresh", "--notebooks", "notebooks")
    measured(what, taken, at_most=30.0)


def bench_rerun_with_pages(measured, tmp_path):
    what = "evidence reproduce --fresh, with cards and the website as well"
    measured(what, reproduce(tmp_path / "build", "--fresh"))


def bench_rerun_of_nothing_new(measured, tmp_path):
    reproduce(tmp_path / "build")
    measured("evidence reproduce, nothing changed", reproduce(tmp_path / "build"), at_most=3.0)

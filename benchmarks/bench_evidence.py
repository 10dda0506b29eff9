"""From claims to verdicts, figures, checks and the full rerun."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analysis.evidence.verdicts import claims_document, judge_all

ROOT = Path(__file__).resolve().parents[1]
PROSE = (
    "Massage can ease chronic neck pain for some weeks. My own clients often sleep better. "
    "No trial has shown that it cures fibromyalgia, and I do not say that it does. "
)


def part(name: str):
    """A module that may not be in this version."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{name} is not in this version ({error.name})")


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
    curve = part("analysis.stats.multiverse").specification_curve
    table = curve("pain", limit=limit)
    most = 5.0 if limit else None
    timed(
        f"specification curve, claim pain, {len(table):,} specifications",
        lambda: curve("pain", limit=limit),
        rounds=3 if limit else 1,
        warmup=0,
        at_most=most,
    )


def bench_draft_check(timed):
    check = part("analysis.publish.draft.check").check_text
    document = claims_document(judge_all(), "0")
    words = len(PROSE.split())
    draft = "\n\n".join([PROSE * 5] * (10_000 // (5 * words) + 1))
    timed(f"draft check, {len(draft.split()):,} words", lambda: check(draft, document), rounds=3)


@pytest.mark.parametrize("module", ["analysis.stats.pooling", "analysis.cli"])
def bench_import(measured, module):
    measured(
        f"import {module}, a new process", seconds([sys.executable, "-c", f"import {module}"], 7)
    )


def bench_claims_command(measured):
    command = [sys.executable, "-m", "analysis", "claims"]
    measured("evidence claims, a new process", seconds(command, 7), at_most=1.0)


def reproduce(build: Path, *options: str) -> list[float]:
    command = [sys.executable, "-m", "analysis", "reproduce", *options]
    return seconds(command, 1, EVIDENCE_BUILD=str(build))


def fresh_option() -> tuple[str, ...]:
    command = [sys.executable, "-m", "analysis", "reproduce", "--help"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return ("--fresh",) if "--fresh" in text else ()


def bench_rerun(measured, tmp_path):
    what = "evidence reproduce, fresh: all notebooks, figures and results"
    measured(what, reproduce(tmp_path / "build", *fresh_option()), at_most=30.0)


def bench_rerun_of_nothing_new(measured, tmp_path):
    if not fresh_option():
        pytest.skip("this version runs everything every time")
    reproduce(tmp_path / "build")
    measured("evidence reproduce, nothing changed", reproduce(tmp_path / "build"), at_most=3.0)

"""Names, targets and notes of what is timed; the report reads them from pytest-benchmark's file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture


@pytest.fixture
def timed(benchmark: BenchmarkFixture) -> Callable[..., Any]:
    """Time ``work``; ``timed(what, work, rounds=..., **extra)`` returns what the work returned.

    ``extra``: ``against`` names the entry this one is compared with, ``at_least`` or ``at_most`` is
    what the ratio (their time over ours; or a time in seconds, without ``against``) must be.
    """

    def run(
        what: str, work: Callable[[], Any], *, rounds: int = 5, warmup: int = 1, **extra: Any
    ) -> Any:
        benchmark.extra_info.update({"what": what, **extra})
        return benchmark.pedantic(work, rounds=rounds, warmup_rounds=warmup)

    return run


@pytest.fixture
def measured(benchmark: BenchmarkFixture) -> Callable[..., None]:
    """Record times that were taken elsewhere (in R, in a child process): a list of seconds."""

    def run(what: str, seconds: Sequence[float], **extra: Any) -> None:
        benchmark.extra_info.update({"what": what, "seconds": list(seconds), **extra})
        benchmark.pedantic(lambda: None)

    return run


SKIPPED: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was not timed, and why."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        SKIPPED[report.nodeid.split("::")[-1].removeprefix("bench_")] = reason


def pytest_sessionfinish() -> None:
    """Tell the report."""
    if "BENCHMARKS_SKIPPED" in os.environ:
        Path(os.environ["BENCHMARKS_SKIPPED"]).write_text(json.dumps(SKIPPED), encoding="utf-8")

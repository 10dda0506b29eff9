"""One outcome of a log: change with interval, who reached what, and the yardstick beside it.

Here and in everything a reader sees, *improvement* is positive when things got better, whichever
way the scale runs, in the outcome's own units.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.clients import natural_history, yardstick
from analysis.clients.attendance import Stopped, dose_correlation, stopped
from analysis.clients.outcomes import Outcome, Threshold
from analysis.stats.change import mean_change, reliable, share, trend
from analysis.stats.regression_to_mean import within_person_sd

#: Fewer clients than this with a first and a last value get single-case measures instead.
FEWEST = 6


@dataclass(frozen=True)
class Improvement:
    """A mean improvement with its interval, and how it was estimated."""

    people: int
    mean: float
    sd: float | None
    ci_low: float
    ci_high: float
    model: str
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """How many of ``people`` reached a threshold, as a share with Wilson's interval."""

    threshold: str
    value: float
    percent: bool
    people: int
    reached: int
    share: float
    share_low: float
    share_high: float


@dataclass(frozen=True)
class Reliable:
    """Changes beyond what 95 of 100 people show without treatment, by chance and by nature."""

    needed: float
    based_on: str
    people: int
    better: int
    worse: int


@dataclass(frozen=True)
class Expected:
    """A benchmark turned to improvement: expected without massage, and what is left after it."""

    name: str
    how: str
    people: int
    improvement: float
    improvement_se: float
    left: float
    left_low: float
    left_high: float
    extrapolated: bool


@dataclass(frozen=True)
class OutcomeResult:
    """Everything about one outcome; what could not be computed is None."""

    id: str
    noun: str
    unit: str
    better: str
    clients: int
    values: int
    missing_values: int
    first_mean: float | None
    last_mean: float | None
    change: Improvement | None
    trend: Improvement | None
    first_step: Improvement | None
    important: tuple[Reached, ...]
    reliable: Reliable | None
    dose: tuple[int, float | None, float | None, float | None]
    stopped: Stopped
    scatter_sd: float | None
    yardstick: tuple[Expected, ...]
    at_most: float | None
    beyond_all_benchmarks: bool
    median_days: float | None


def ends_of(log: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Per client: burden at the first and the last visit that has a value, and the days between.

    ``last`` is NaN for a client with a single value. Clients without any value have only NaN.
    """
    rows = log.assign(burden=outcome.burden(log[outcome.column])).dropna(subset=["burden"])
    groups = rows.groupby("client_code")
    ends = pd.DataFrame(
        {
            "first": groups["burden"].first(),
            "last": groups["burden"].last().where(groups.size() > 1),
            "days": (groups["days_since_first"].last() - groups["days_since_first"].first()),
        }
    ).astype(float)
    return ends.reindex(sorted(log["client_code"].unique()))


def analyse(
    log: pd.DataFrame, outcome: Outcome, thresholds: Mapping[str, Threshold]
) -> OutcomeResult:
    """All that the report says about one outcome."""
    burden = outcome.burden(log[outcome.column])
    ends = ends_of(log, outcome)
    both = ends.dropna(subset=["first", "last"])
    enough = len(both) >= FEWEST
    days = log["days_since_first"].to_numpy(dtype=float)
    people = log["client_code"].to_numpy()
    scatter = within_person_sd(people, days, burden)
    first, last = both["first"].to_numpy(), both["last"].to_numpy()
    varies = enough and float(first.std()) > 0 and float((last - first).std()) > 0
    found = yardstick.benchmarks(outcome, first, last, scatter) if varies else ()
    expected = tuple(_turned(benchmark) for benchmark in found)
    usual = next((e for e in expected if e.name == "usual_care"), None)
    span = float(both["days"].median()) if len(both) else math.nan
    minutes = log.groupby("client_code")["minutes"].sum(min_count=1).astype(float)
    turned = -outcome.direction
    return OutcomeResult(
        id=outcome.column,
        noun=outcome.noun,
        unit=outcome.unit,
        better="higher" if outcome.direction > 0 else "lower",
        clients=int(ends["first"].notna().sum()),
        values=int(np.isfinite(burden).sum()),
        missing_values=int(np.isnan(burden).sum()),
        first_mean=turned * float(first.mean()) + 0.0 if enough else None,
        last_mean=turned * float(last.mean()) + 0.0 if enough else None,
        change=_paired(first, last) if enough else None,
        trend=_trend(people, days, burden, span) if enough else None,
        first_step=_first_step(log, burden) if enough else None,
        important=_important(outcome, both, thresholds) if enough else (),
        reliable=_reliable(outcome, both, scatter) if enough else None,
        dose=dose_correlation(minutes, both["first"] - both["last"]),
        stopped=stopped(log, ends, outcome),
        scatter_sd=scatter[0] if scatter[1] else None,
        yardstick=expected,
        at_most=max(0.0, usual.left) if usual else None,
        beyond_all_benchmarks=yardstick.beyond_all(found),
        median_days=span if enough else None,
    )


def _paired(
    first: np.typing.NDArray[np.float64], last: np.typing.NDArray[np.float64]
) -> Improvement:
    change = mean_change(first, last)
    return Improvement(
        change.n,
        -change.mean + 0.0,
        change.sd,
        -change.ci_high,
        -change.ci_low,
        "paired, first to last",
    )


def _trend(
    people: np.typing.NDArray[np.object_],
    days: np.typing.NDArray[np.float64],
    burden: np.typing.NDArray[np.float64],
    span: float,
) -> Improvement | None:
    """The average straight line over all visits, as improvement over the median span of days."""
    if not span > 0:
        return None
    try:
        line = trend(people, days / span, burden)
    except ValueError:  # fewer than three people with two different days
        return None
    return Improvement(
        line.people, -line.change + 0.0, None, -line.ci_high, -line.ci_low, line.model, line.checks
    )


def _first_step(log: pd.DataFrame, burden: np.typing.NDArray[np.float64]) -> Improvement | None:
    """From the first value to the next: what a bad first day does is over by then."""
    rows = log.assign(burden=burden).dropna(subset=["burden"]).groupby("client_code")["burden"]
    two = rows.size() > 1
    first, second = rows.nth(0), rows.nth(1)
    first.index, second.index = log["client_code"][first.index], log["client_code"][second.index]
    if int(two.sum()) < FEWEST:
        return None
    kept = second.index
    return _paired(first.loc[kept].to_numpy(), second.to_numpy())


def _important(
    outcome: Outcome, both: pd.DataFrame, thresholds: Mapping[str, Threshold]
) -> tuple[Reached, ...]:
    made = []
    for threshold in (thresholds[name] for name in outcome.thresholds):
        met = threshold.reached(both["first"].to_numpy(), both["last"].to_numpy())
        people, reached = int(np.isfinite(met).sum()), int(np.nansum(met))
        if people:
            told = share(reached, people)
            made.append(
                Reached(threshold.id, threshold.value, threshold.percent, people, reached, *told)
            )
    return tuple(made)


def _reliable(outcome: Outcome, both: pd.DataFrame, scatter: tuple[float, int]) -> Reliable | None:
    """By the spread of untreated people's changes on the same scale, else by the log's scatter."""
    if outcome.same_scale and outcome.trial:
        sd = natural_history.course(outcome.trial, "usual_care").sd_change
        source = "spread of changes in the trial's usual-care arm"
    else:
        sd = scatter[0] * math.sqrt(2)
        source = "day-to-day scatter in this log, times the root of two"
    if not sd > 0:
        return None
    moved = reliable(both["last"] - both["first"], sd)
    return Reliable(
        1.959964 * sd, source, len(moved), int((moved < 0).sum()), int((moved > 0).sum())
    )


def _turned(benchmark: yardstick.Benchmark) -> Expected:
    return Expected(
        benchmark.name,
        benchmark.how,
        benchmark.people,
        -benchmark.expected,
        benchmark.expected_se,
        -benchmark.left,
        -benchmark.left_high,
        -benchmark.left_low,
        benchmark.extrapolated,
    )

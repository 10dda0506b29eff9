"""The yardstick: what clients would have been expected to do anyway, and what is left after it.

Three benchmarks, none of them a comparison group:

``usual_care``   the month of the trial's usual-care arm;
``placebo``      that of its arm with a placebo that people knew to be one;
``bad_day``      usual care, plus what people lose by themselves who first come on a bad day.

Scores are burdens (lower is better), changes are later minus earlier, so improvement is negative
here. :mod:`analysis.clients.results` turns it for readers.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from analysis.clients import natural_history
from analysis.clients.outcomes import Outcome
from analysis.stats._checks import FloatArray
from analysis.stats.regression_to_mean import TwoTimes, selected_mean

#: How bad a bad day is, in day-to-day SDs above a person's usual.
BAD_DAY: Final = 1.0
ARMS: Final = {"usual_care": "usual_care", "placebo": "open_label_placebo"}


@dataclass(frozen=True)
class Benchmark:
    """Expected change without massage, and the clients' change less it (``left``, with interval).

    ``extrapolated``: the clients started outside the range in which the trial's people did.
    """

    name: str
    expected: float
    expected_se: float
    left: float
    left_se: float
    left_low: float
    left_high: float
    people: int
    how: str
    extrapolated: bool


def benchmarks(
    outcome: Outcome,
    first: FloatArray,
    last: FloatArray,
    scatter: tuple[float, int],
    *,
    level: float = 0.95,
) -> tuple[Benchmark, ...]:
    """All benchmarks that exist for one outcome, for clients with a first and a last score.

    Parameters
    ----------
    outcome
        What was measured. Without a counterpart in the trial there is no benchmark.
    first, last
        Burden of each client at the first and the last visit, complete, three people or more.
    scatter
        Day-to-day SD inside a client and its degrees of freedom, from the log itself
        (:func:`analysis.stats.regression_to_mean.within_person_sd`). Where the log has none, the
        trial's is taken on the same scale: SD of change divided by the root of two.
    level
        Confidence level of the intervals of what is left.
    """
    if outcome.trial is None:
        return ()
    courses = {name: natural_history.course(outcome.trial, arm) for name, arm in ARMS.items()}
    compare = by_points if outcome.same_scale else by_spread
    found = [compare(name, course, first, last, level, outcome) for name, course in courses.items()]
    usual = courses["usual_care"]
    sd, df = scatter
    if math.isnan(sd) and outcome.same_scale:
        sd, df = usual.sd_change / math.sqrt(2), usual.n - 1
    if not math.isnan(sd):
        found.append(by_bad_day(usual, first, last, sd, df, level, outcome))
    return tuple(found)


def by_points(
    name: str, course: TwoTimes, first: FloatArray, last: FloatArray, level: float, outcome: Outcome
) -> Benchmark:
    """Where the trial's people ended who started where these clients did, client by client.

    What is left is the mean of ``last - expected_end(first)``; its variance is that of these
    residuals plus that of the trial's line at the clients' mean, with Welch's degrees of freedom.
    """
    expected = course.expected_end(first)
    residual = last - expected
    own = float(residual.var(ddof=1)) / len(residual)
    theirs = course.expected_variance(float(first.mean()))
    lowest, highest = _range_of_starts(outcome, name)
    return _benchmark(
        name,
        expected=float((expected - first).mean()),
        expected_variance=theirs,
        left=float(residual.mean()),
        parts=((own, len(residual) - 1), (theirs, course.n - 2)),
        course=course,
        level=level,
        how="people of the trial who started where your clients started",
        extrapolated=not lowest <= float(first.mean()) <= highest,
    )


def by_spread(
    name: str, course: TwoTimes, first: FloatArray, last: FloatArray, level: float, _: Outcome
) -> Benchmark:
    """The trial's mean change in SDs of its start, times the SD of the clients' start.

    For instruments that ask about the same thing on another scale. Where the clients start cannot
    be compared, so nothing is adjusted for it.
    """
    change = last - first
    spread = float(first.std(ddof=1))
    shift = course.mean_change / course.sd_start
    of_shift = (course.sd_change / course.sd_start) ** 2 / course.n + shift**2 / (
        2 * (course.n - 1)
    )
    theirs = spread**2 * (of_shift + shift**2 / (2 * (len(first) - 1)))
    return _benchmark(
        name,
        expected=shift * spread,
        expected_variance=theirs,
        left=float(change.mean()) - shift * spread,
        parts=((float(change.var(ddof=1)) / len(change), len(change) - 1), (theirs, course.n - 1)),
        course=course,
        level=level,
        how="the trial's change on another scale, in standard deviations",
        extrapolated=False,
    )


def by_bad_day(
    course: TwoTimes,
    first: FloatArray,
    last: FloatArray,
    sd: float,
    df: int,
    level: float,
    outcome: Outcome,
) -> Benchmark:
    """Usual care's mean change, plus the fall from a bad day to an ordinary one.

    A bad day is one of the worst sixth: at least one day-to-day SD worse than usual, 1.53 on
    average (:func:`analysis.stats.regression_to_mean.selected_mean`). Who first comes on such a day
    falls by as much by the next visit, treated or not. That is the severe case on purpose: how
    clients picked their day is not in a log.
    """
    change = last - first
    scale = 1.0 if outcome.same_scale else float(first.std(ddof=1)) / course.sd_start
    fall = selected_mean(BAD_DAY) * sd
    expected = course.mean_change * scale - fall
    theirs = (course.sd_change * scale) ** 2 / course.n + fall**2 / (2 * df)
    return _benchmark(
        "bad_day",
        expected=expected,
        expected_variance=theirs,
        left=float(change.mean()) - expected,
        parts=((float(change.var(ddof=1)) / len(change), len(change) - 1), (theirs, course.n - 1)),
        course=course,
        level=level,
        how="usual care, and a first visit on one of the worst sixth of days",
        extrapolated=False,
    )


def _benchmark(
    name: str,
    *,
    expected: float,
    expected_variance: float,
    left: float,
    parts: tuple[tuple[float, int], tuple[float, int]],
    course: TwoTimes,
    level: float,
    how: str,
    extrapolated: bool,
) -> Benchmark:
    variance = sum(part for part, _ in parts)
    df = variance**2 / sum(part**2 / free for part, free in parts)
    se = math.sqrt(variance)
    half = float(stats.t.ppf(0.5 + level / 2, df)) * se
    return Benchmark(
        name,
        expected,
        math.sqrt(expected_variance),
        left,
        se,
        left - half,
        left + half,
        course.n,
        how,
        extrapolated,
    )


@functools.cache
def _range_of_starts(outcome: Outcome, name: str) -> tuple[float, float]:
    table = natural_history.load("month_change")
    row = table[table["outcome"].eq(str(outcome.trial)) & table["arm"].eq(ARMS[name])]
    return float(row["lowest_start"].item()), float(row["highest_start"].item())


def beyond_all(found: tuple[Benchmark, ...]) -> bool:
    """Whether the clients did better than every benchmark, with the whole of each interval.

    False where there is no benchmark. True is still not evidence for massage: time, attention and
    who stays on have no comparison group in a log.
    """
    return bool(found) and bool(np.all([b.left_high < 0 for b in found]))

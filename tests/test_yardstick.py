"""The yardstick: intervals of what is left that hold, and no credit where nobody was treated."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from natural_log import natural_log

from analysis.clients import natural_history, outcomes, yardstick
from analysis.clients.results import analyse
from analysis.clients.simulate import two_times
from analysis.stats.regression_to_mean import TwoTimes, visits_when_it_hurts

USUAL = natural_history.course("pain", "usual_care")
PAIN = outcomes.OUTCOMES[0]
SLEEP = next(o for o in outcomes.OUTCOMES if o.column == "sleep_quality")


def another_trial(generator: np.random.Generator) -> TwoTimes:
    s, e = two_times(USUAL, USUAL.n, generator)
    return TwoTimes(
        USUAL.n, s.mean(), s.std(ddof=1), e.mean(), e.std(ddof=1), np.corrcoef(s, e)[0, 1]
    )


@pytest.mark.parametrize(("clients", "at_least"), [(8, -np.inf), (30, 4.0), (100, 5.0)])
def test_what_is_left_covers_nothing_on_natural_course(clients: int, at_least: float) -> None:
    """Also when clients are picked for pain: that fall is in the yardstick, not in what is left."""
    generator = np.random.default_rng(21)
    held, runs = 0, 1200
    for _ in range(runs):
        first, last = two_times(USUAL, clients, generator, at_least=at_least)
        trial = another_trial(generator)
        left = yardstick.by_points("usual_care", trial, first, last, 0.95, PAIN)
        held += left.left_low <= 0 <= left.left_high
    assert 0.93 <= held / runs <= 0.97


def test_another_scale_is_compared_in_standard_deviations() -> None:
    generator = np.random.default_rng(22)
    sleep = natural_history.course("sleep", "usual_care")
    start, end = two_times(sleep, 4000, generator)
    tenth = 10 / 32  # the trial's scale of 8 to 40 as 0 to 10
    found = yardstick.by_spread("usual_care", sleep, start * tenth, end * tenth, 0.95, SLEEP)
    assert found.expected == pytest.approx(sleep.mean_change * tenth, abs=0.03)
    assert found.left_low <= 0 <= found.left_high


@pytest.mark.parametrize(("clients", "cut"), [(20, 0.0), (60, 0.0), (60, 1.0)])
def test_people_who_come_when_it_hurts_earn_massage_no_credit(clients: int, cut: float) -> None:
    generator = np.random.default_rng(23)
    alone, credited, runs = 0, 0, 400
    for _ in range(runs):
        scores = visits_when_it_hurts(
            USUAL, people=clients, visits=6, cut=cut, noise_sd=1.0, generator=generator,
            drift=USUAL.mean_change,
        )  # fmt: skip
        found = yardstick.benchmarks(PAIN, scores[:, 0], scores[:, -1], (1.0, 4 * clients))
        alone += found[0].left_high < 0
        credited += yardstick.beyond_all(found)
    assert alone / runs > 0.3  # natural course alone would be fooled: the test can fail
    assert credited / runs <= 0.025


def test_a_large_true_change_is_seen() -> None:
    generator = np.random.default_rng(24)
    first, last = two_times(USUAL, 60, generator)
    found = yardstick.benchmarks(PAIN, first, last - 4.0, (0.8, 240))
    assert [b.name for b in found] == ["usual_care", "placebo", "bad_day"]
    assert yardstick.beyond_all(found)
    assert found[0].left == pytest.approx(-4.0, abs=0.4)


def test_who_starts_higher_is_expected_to_fall_further() -> None:
    low, high = (
        yardstick.benchmarks(PAIN, np.full(10, x) + np.linspace(-0.5, 0.5, 10), np.full(10, x),
                             (1.0, 40))[0]
        for x in (3.5, 6.0)
    )  # fmt: skip
    assert high.expected < low.expected < 0
    assert not high.extrapolated
    far = yardstick.benchmarks(PAIN, np.linspace(8, 9, 10), np.full(10, 8.0), (1.0, 40))[0]
    assert far.extrapolated


def test_an_outcome_without_a_counterpart_has_no_yardstick_and_no_credit() -> None:
    rom = next(o for o in outcomes.OUTCOMES if o.column == "rom_degrees")
    assert yardstick.benchmarks(rom, np.ones(9), np.zeros(9), (1.0, 9)) == ()
    assert yardstick.beyond_all(()) is False


def test_without_scatter_in_the_log_the_trial_s_is_taken_for_pain_only() -> None:
    first, last = two_times(USUAL, 20, np.random.default_rng(25))
    bare = (math.nan, 0)
    assert [b.name for b in yardstick.benchmarks(PAIN, first, last, bare)][-1] == "bad_day"
    assert [b.name for b in yardstick.benchmarks(SLEEP, first, last, bare)] == [
        "usual_care",
        "placebo",
    ]


def test_whole_natural_logs_are_never_credited() -> None:
    generator = np.random.default_rng(26)
    limits = outcomes.thresholds()
    credited = [
        analyse(natural_log(USUAL, clients=20, visits=2, generator=generator, at_least=least),
                PAIN, limits).beyond_all_benchmarks
        for least in (0.0, 5.0) for _ in range(40)
    ]  # fmt: skip
    assert not any(credited)


def test_thresholds_are_within_person_and_percent_is_of_the_start() -> None:
    limits = outcomes.thresholds()
    points, percent = (limits[name] for name in PAIN.thresholds)
    assert (points.value, points.percent) == (2.0, False)
    assert (percent.value, percent.percent) == (30.0, True)
    first, last = np.array([6.0, 6.0, 3.0, 0.0, 5.0]), np.array([4.0, 4.3, 2.1, 0.0, np.nan])
    assert points.reached(first, last)[:4].tolist() == [1, 0, 0, 0]
    reached = percent.reached(first, last)
    assert reached[:3].tolist() == [1, 0, 1]
    assert np.isnan(reached[3:]).all()


def test_a_scale_that_runs_the_other_way_is_turned() -> None:
    values = pd.Series([3.0, 8.0])
    assert SLEEP.burden(values).tolist() == [-3.0, -8.0]
    assert PAIN.burden(values).tolist() == [3.0, 8.0]

"""Change within people: intervals that hold, fallbacks that say so, words that count right."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import mixedlm

from analysis.stats.change import AT_BOUNDARY, mean_change, reliable, share, trend


def group(
    generator: np.random.Generator, people: int, times: int, slope_sd: float, mean_slope: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People with an own level and an own slope, some of whom stop coming."""
    at = np.linspace(0, 1, times)
    level = generator.normal(5, 1.3, (people, 1))
    slope = generator.normal(mean_slope, slope_sd, (people, 1))
    score = level + slope * at + generator.normal(0, 1, (people, times))
    stays = generator.integers(3, times + 1, people)
    score[np.arange(times) >= stays[:, None]] = np.nan
    return np.repeat(np.arange(people), times), np.tile(at, people), score.ravel()


def test_mean_change_is_the_paired_t_interval() -> None:
    generator = np.random.default_rng(1)
    first = generator.normal(6, 1.5, 14)
    last = first + generator.normal(-1, 1, 14)
    found = mean_change([*first, 5.0, np.nan], [*last, np.nan, 4.0])
    reference = stats.ttest_rel(last, first).confidence_interval(0.95)
    assert found.n == 14
    assert (found.ci_low, found.ci_high) == pytest.approx((reference.low, reference.high))


def test_one_person_has_a_change_and_no_interval() -> None:
    found = mean_change([7.0], [4.0])
    assert (found.n, found.mean) == (1, -3.0)
    assert math.isnan(found.ci_low)
    assert math.isnan(found.sd)
    with pytest.raises(ValueError, match="nobody"):
        mean_change([np.nan], [3.0])


def test_paired_intervals_cover_also_skewed_whole_numbers() -> None:
    """Answers on a 0-10 scale are whole and pile up at the ends; the t interval must cope."""
    generator = np.random.default_rng(2)
    for people in (10, 30):
        first = np.clip(np.round(generator.normal(6, 2, (8000, people))), 0, 10)
        last = np.clip(np.round(first - 1 + generator.normal(0, 1.5, first.shape)), 0, 10)
        change = last - first
        truth = change.mean()
        half = stats.t.ppf(0.975, people - 1) * change.std(axis=1, ddof=1) / np.sqrt(people)
        held = np.abs(change.mean(axis=1) - truth) <= half
        assert 0.93 <= held.mean() <= 0.97
        one = mean_change(first[0], last[0])
        assert one.ci_high - one.mean == pytest.approx(half[0])


@pytest.mark.slow
@pytest.mark.parametrize(("people", "slope_sd", "runs"), [(8, 0.6, 120), (16, 0.8, 80)])
def test_the_trend_s_intervals_cover(people: int, slope_sd: float, runs: int) -> None:
    """A short run of scripts/simulate_coverage.py, whose figures stand in docs/client-report.md."""
    generator = np.random.default_rng(3)
    held, models = 0, set()
    for _ in range(runs):
        found = trend(*group(generator, people, 5, slope_sd, -1.0))
        held += found.ci_low <= -1.0 <= found.ci_high
        models.add(found.model)
    assert held / runs >= 0.9
    assert "mixed, random slope" in models


def test_the_mixed_model_is_statsmodels_own() -> None:
    people, at, score = group(np.random.default_rng(5), 30, 6, 1.5, -1.0)
    rows = pd.DataFrame({"p": people, "t": at, "y": score}).dropna()
    reference = mixedlm("y ~ t", rows, groups="p", re_formula="~t").fit(method=["bfgs", "lbfgs"])
    found = trend(people, at, score)
    assert found.model == "mixed, random slope"
    assert found.change == pytest.approx(reference.fe_params["t"], abs=1e-4)
    assert found.se == pytest.approx(reference.bse_fe["t"], rel=1e-3)
    assert found.df == found.people - 1


def test_equal_slopes_fall_back_and_say_so() -> None:
    fallbacks = [trend(*group(np.random.default_rng(seed), 15, 5, 0.0, -1.0)) for seed in range(12)]
    alike = [f for f in fallbacks if f.model == "mixed, random intercept"]
    assert alike
    assert all(AT_BOUNDARY in f.checks for f in alike)


def test_lines_without_scatter_still_give_an_answer() -> None:
    people = np.repeat(np.arange(5), 4)
    at = np.tile([0.0, 1.0, 2.0, 3.0], 5)
    found = trend(people, at, 8 - at)
    assert found.change == pytest.approx(-1.0)


def test_two_values_each_are_not_enough_for_a_mixed_model_and_it_is_said() -> None:
    found = trend(np.repeat(np.arange(8), 2), np.tile([0, 1], 8), np.tile([5, 4], 8))
    assert found.model == "two-stage"
    assert "fewer than three values" in found.checks[0]
    with pytest.raises(ValueError, match="3 people"):
        trend([1, 1, 2, 2], [0, 1, 0, 1], [5, 4, 5, 4])


def test_people_seen_once_say_nothing_about_a_slope() -> None:
    people, at, score = group(np.random.default_rng(7), 10, 5, 0.5, -1.0)
    with_one = trend([*people, 99], [*at, 0.0], [*score, 10.0])
    assert with_one == trend(people, at, score)


def test_reliable_change_flags_five_in_a_hundred_of_the_untreated() -> None:
    change = np.random.default_rng(8).normal(0, 1.4, 20_000)
    flags = reliable(change, 1.4)
    assert (flags != 0).mean() == pytest.approx(0.05, abs=0.006)
    assert set(flags[change < -3]) == {-1.0}
    assert np.isnan(reliable([np.nan], 1.0)).all()
    with pytest.raises(ValueError, match="above 0"):
        reliable([1.0], 0.0)


def test_shares_have_an_interval_at_both_ends() -> None:
    for events in (0, 7):
        told, low, high = share(events, 7)
        assert 0 <= low <= told <= high <= 1
        assert high - low > 0.3
    with pytest.raises(ValueError, match="between 0"):
        share(8, 7)

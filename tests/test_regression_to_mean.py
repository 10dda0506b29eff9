"""Regression to the mean: formulas against simulated people, and the yardstick's variance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.clients.simulate import two_times
from analysis.stats.regression_to_mean import (
    TwoTimes,
    expected_regression,
    selected_mean,
    visits_when_it_hurts,
    within_person_sd,
)

GROUP = TwoTimes(47, 3.5, 1.43, 3.1, 1.45, 0.72)


def test_people_above_a_cut_lie_where_the_formula_says() -> None:
    drawn = np.random.default_rng(1).normal(0, 1, 400_000)
    for cut in (-1.0, 0.0, 1.5):
        assert drawn[drawn > cut].mean() == pytest.approx(selected_mean(cut), abs=0.01)


def test_picked_people_fall_by_davis_s_formula() -> None:
    """Same mean and SD both times, nothing happens: the fall is regression alone."""
    still = TwoTimes(50, 4.0, 1.5, 4.0, 1.5, 0.6)
    generator = np.random.default_rng(2)
    start, end = two_times(still, 300_000, generator, at_least=5.0)
    expected = expected_regression(5.0, 4.0, 1.5, 0.6)
    assert (end - start).mean() == pytest.approx(expected, abs=0.01)
    assert expected_regression(5.0, 4.0, 1.5, 1.0) == 0
    with pytest.raises(ValueError, match="reliability"):
        expected_regression(5.0, 4.0, 1.5, 1.2)


def test_a_group_s_moments_come_back_from_its_simulated_people() -> None:
    start, end = two_times(GROUP, 300_000, np.random.default_rng(3))
    assert (end - start).mean() == pytest.approx(GROUP.mean_change, abs=0.01)
    assert (end - start).std() == pytest.approx(GROUP.sd_change, abs=0.01)
    chosen = (start > 4.9) & (start < 5.1)
    assert end[chosen].mean() == pytest.approx(float(GROUP.expected_end(5.0)), abs=0.03)


def test_the_expected_end_is_as_uncertain_as_it_says() -> None:
    generator = np.random.default_rng(4)
    guesses = []
    for _ in range(4000):
        s, e = two_times(GROUP, GROUP.n, generator)
        sample = TwoTimes(
            GROUP.n, s.mean(), s.std(ddof=1), e.mean(), e.std(ddof=1), np.corrcoef(s, e)[0, 1]
        )
        guesses.append(float(sample.expected_end(5.0)))
    assert np.mean(guesses) == pytest.approx(float(GROUP.expected_end(5.0)), abs=0.02)
    assert np.std(guesses) == pytest.approx(math.sqrt(GROUP.expected_variance(5.0)), rel=0.06)


def test_day_to_day_scatter_is_found_under_levels_and_slopes() -> None:
    generator = np.random.default_rng(5)
    at = np.tile(np.arange(6.0), 400)
    people = np.repeat(np.arange(400), 6)
    score = generator.normal(5, 2, 400)[people] + generator.normal(0, 0.5, 400)[people] * at
    sd, df = within_person_sd(people, at, score + generator.normal(0, 0.9, 2400))
    assert sd == pytest.approx(0.9, rel=0.04)
    assert df == 400 * 4
    nothing = within_person_sd([1, 1, 2], [0, 1, 0], [5, 4, 6])
    assert math.isnan(nothing[0])
    assert nothing[1] == 0


def test_coming_when_it_hurts_looks_like_a_cure() -> None:
    made = visits_when_it_hurts(
        GROUP, people=50_000, visits=4, cut=0.0, noise_sd=1.0, generator=np.random.default_rng(6)
    )
    falls = made[:, 1:].mean(axis=0) - made[:, 0].mean()
    assert falls == pytest.approx(-selected_mean(0.0), abs=0.03)  # at once, and no further

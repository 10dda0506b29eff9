"""One person's line: counted by hand, turned round, and under nothing happening."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.stats.single_case import baseline_corrected_tau, line_trend, nap, tau_u


def test_nap_counts_pairs_and_half_for_ties() -> None:
    # pairs of 3 x 2; better (lower): (7,4) (7,6) (6,4) (5,4); ties: (6,6); worse: (5,6)
    assert nap([7, 6, 5], [4, 6]).nap == pytest.approx(4.5 / 6)


def test_nap_is_the_area_under_the_roc_curve() -> None:
    from scipy.stats import mannwhitneyu

    generator = np.random.default_rng(1)
    a, b = generator.integers(0, 11, 9), generator.integers(0, 8, 12)
    found = nap(a, b)
    assert found.nap == pytest.approx(mannwhitneyu(a, b).statistic / (len(a) * len(b)))
    assert found.tau == pytest.approx(2 * found.nap - 1)


def test_turning_scale_or_phases_turns_the_answer() -> None:
    a, b = [7, 8, 7, 6], [4, 5, 3, 6, 4]
    up = nap([-x for x in a], [-x for x in b], lower_is_better=False)
    assert up == nap(a, b)
    back = nap(b, a)
    assert back.nap == pytest.approx(1 - nap(a, b).nap)
    assert back.ci_low == pytest.approx(1 - nap(a, b).ci_high)


def test_perfect_and_absent_separation_keep_an_interval() -> None:
    best, none = nap([9, 8, 9], [1, 2, 1]), nap([1, 2, 1], [9, 8, 9])
    assert best.nap == best.ci_high == 1
    assert 0 < best.ci_low < 0.75
    assert none.nap == none.ci_low == 0
    same = nap([5, 5, 5], [5, 5, 5])
    assert same.nap == 0.5
    assert same.ci_low < 0.2 < 0.8 < same.ci_high


def test_the_interval_covers_no_difference() -> None:
    generator = np.random.default_rng(2)
    found = [nap(*generator.normal(0, 1, (2, 8))) for _ in range(1500)]
    held = np.mean([f.ci_low <= 0.5 <= f.ci_high for f in found])
    assert 0.93 <= held <= 0.98


def test_an_improvement_that_had_begun_before_is_taken_off() -> None:
    a, b = [9, 8, 7, 6, 5], [4, 3, 2, 1]
    assert nap(a, b).nap == 1
    assert tau_u(a, b) == pytest.approx((20 - 10) / 20)
    assert baseline_corrected_tau(a, b) == (0.0, True)


def test_a_level_baseline_is_left_alone() -> None:
    a, b = [7, 8, 7, 8, 7], [4, 3, 4, 3]
    tau, corrected = baseline_corrected_tau(a, b)
    assert not corrected
    assert 0.7 < tau <= 1
    assert tau_u(a, b) == pytest.approx(1.0)


def test_a_line_s_trend_knows_which_way_is_better() -> None:
    down = line_trend([0, 7, 14, 21], [7, 6, 5, 3])
    assert down.tau == 1
    assert down.slope < 0
    assert line_trend([0, 7, 14, 21], [7, 6, 5, 3], lower_is_better=False).tau == -1
    for short in (line_trend([0, 7], [5, 4]), line_trend([0, 7, 14], [5, 5, 5])):
        assert math.isnan(short.tau)


def test_a_phase_without_values_is_named() -> None:
    with pytest.raises(ValueError, match="phase a has no value"):
        nap([np.nan], [3])

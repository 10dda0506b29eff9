"""Pooling: against metafor, against its own definitions, and on data that break weak solvers."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from definitions import q, restricted_likelihood
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from analysis.stats.effects import log_risk_ratio, mantel_haenszel_log_rr
from analysis.stats.pooling import pool

REFERENCE = json.loads((Path(__file__).parent / "reference" / "metafor.json").read_text("utf-8"))
STUDIES = {
    name: (np.array(s["effect"]), np.array(s["variance"]))
    for name, s in REFERENCE["studies"].items()
}
METHODS = ("PM", "DL", "REML", "CE")
CLOSE = 1e-9  # see reference/README.md for what it is relative to

study = st.tuples(st.floats(-20, 20), st.floats(0.01, 25))
several = st.lists(study, min_size=2, max_size=12).map(lambda rows: tuple(np.array(rows).T))


def yardstick(name: str, variance: np.ndarray, tau2: float) -> float:
    """Below this a number of this kind is as good as 0."""
    w = 1 / variance
    if name.startswith("tau2"):
        return (len(w) - 1) / (w.sum() - (w**2).sum() / w.sum())
    if name in ("estimate", "se", "ci_low", "ci_high", "prediction_low", "prediction_high"):
        return 1 / math.sqrt((1 / (variance + tau2)).sum())
    return 1.0


@pytest.mark.parametrize("interval", ["HKSJ", "normal"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_pool_equals_metafor_in_any_unit(name, method, interval, unit):
    effect, variance = STUDIES[name]
    result = pool(effect * unit, variance * unit**2, tau2=method, interval=interval)
    expected = REFERENCE["pool"][name][method][interval]
    for field, value in expected.items():
        got = np.array(getattr(result, field))
        if field.startswith("tau2"):
            got = got / unit**2
        elif yardstick(field, variance, 0) != 1.0:
            got = got / unit
        floor = yardstick(field, variance, expected["tau2"])
        difference = np.abs(got - value) / np.maximum(np.abs(value), floor)
        assert difference.max() < CLOSE, field
    assert sum(result.weights) == pytest.approx(100)


def test_dersimonian_laird_and_q_equal_statsmodels():
    for effect, variance in STUDIES.values():
        with np.errstate(invalid="ignore"):  # statsmodels lets a DL tau2 be negative
            theirs = combine_effects(effect, variance, method_re="dl")
        ours = pool(effect, variance, tau2="DL", interval="normal")
        assert ours.tau2 == pytest.approx(max(0.0, theirs.tau2), rel=1e-9)
        assert ours.q == pytest.approx(theirs.q, rel=1e-9)
        if theirs.tau2 > 0:
            assert ours.estimate == pytest.approx(theirs.mean_effect_re, rel=1e-9)
            hksj = pool(effect, variance, tau2="DL").se
            assert hksj == pytest.approx(theirs.sd_eff_w_re_hksj, rel=1e-9)


def test_mantel_haenszel_centre_reproduces_the_weights_that_cochrane_printed():
    # Analysis 1.2 of the Cochrane neck massage review; counts and printed weights.
    counts = ([43, 13, 7], [57, 15, 27], [39, 13, 16], [57, 15, 27])
    options = {"tau2": "DL", "interval": "normal"}
    centre, _ = mantel_haenszel_log_rr(*counts)
    result = pool(*log_risk_ratio(*counts), **options, q_centre=centre)
    assert result.weights == pytest.approx((42.7679, 39.5615, 17.6707), abs=5e-5)
    assert result.i2 == pytest.approx(100 * (result.q - 2) / result.q)
    plain = pool(*log_risk_ratio(*counts), **options)
    assert plain.weights[2] != pytest.approx(17.6707, abs=1e-3)


@given(several)
def test_paule_mandel_puts_q_at_its_degrees_of_freedom(studies):
    result = pool(*studies)
    at_estimate = q(*studies, result.tau2)
    if result.tau2 > 0:
        assert at_estimate == pytest.approx(result.q_df, rel=1e-9)
    else:
        assert at_estimate <= result.q_df


@given(several)
def test_no_tau2_has_a_higher_restricted_likelihood(studies):
    best = restricted_likelihood(*studies, pool(*studies, tau2="REML").tau2)
    rivals = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 400)])
    highest = max(restricted_likelihood(*studies, t) for t in rivals)
    assert best >= highest - 1e-9 * max(1, abs(best))


def test_reml_takes_the_higher_of_two_peaks():
    # Precise studies that agree beside vague ones far away: a peak near 0, another far out.
    for effect, higher in (([0.0, 0.3, 9.0, -9.0], "near"), ([0.0, 2.2, 9.0, -9.0], "far")):
        studies = np.array(effect), np.array([0.01, 0.01, 40.0, 40.0])
        grid = np.concatenate([[0.0], np.geomspace(1e-4, 1e4, 20001)])
        likelihood = np.array([restricted_likelihood(*studies, t) for t in grid])
        found = pool(*studies, tau2="REML").tau2
        assert found == pytest.approx(grid[likelihood.argmax()], rel=1e-2)
        assert (found < 0.5) == (higher == "near")


@pytest.mark.parametrize("method", METHODS)
@given(studies=several, shift=st.floats(-1e3, 1e3), unit=st.floats(1e-3, 1e3))
def test_shift_and_unit_carry_through(method, studies, shift, unit):
    effect, variance = studies
    plain = pool(effect, variance, tau2=method)
    moved = pool((effect + shift) * unit, variance * unit**2, tau2=method)
    slack = 1e-6 * math.sqrt(variance.max() + plain.tau2)
    for field in ("estimate", "ci_low", "ci_high"):
        expected = (getattr(plain, field) + shift) * unit
        assert getattr(moved, field) == pytest.approx(expected, rel=1e-9, abs=slack * unit)
    assert moved.tau2 == pytest.approx(plain.tau2 * unit**2, rel=1e-6, abs=1e-7 * unit**2)
    assert moved.i2 == pytest.approx(plain.i2, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
@given(studies=several, data=st.data())
def test_the_order_of_studies_does_not_matter(method, studies, data):
    order = data.draw(st.permutations(range(len(studies[0]))))
    plain = pool(*studies, tau2=method)
    mixed = pool(studies[0][order], studies[1][order], tau2=method)
    assert mixed.estimate == pytest.approx(plain.estimate, rel=1e-9, abs=1e-9)
    assert mixed.se == pytest.approx(plain.se, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(mixed.weights, np.array(plain.weights)[order], rtol=1e-7)


@pytest.mark.parametrize("method", METHODS)
@given(studies=several)
def test_turning_the_scale_turns_the_answer(method, studies):
    plain, turned = pool(*studies, tau2=method), pool(-studies[0], studies[1], tau2=method)
    assert turned.estimate == pytest.approx(-plain.estimate, rel=1e-9, abs=1e-9)
    assert turned.ci_low == pytest.approx(-plain.ci_high, rel=1e-9, abs=1e-9)
    assert turned.p == pytest.approx(plain.p, rel=1e-6, nan_ok=True)


@given(several, st.sampled_from(METHODS), st.sampled_from(["HKSJ", "normal"]))
def test_intervals_hold_each_other(studies, method, interval):
    wide = pool(*studies, tau2=method, interval=interval, level=0.99)
    narrow = pool(*studies, tau2=method, interval=interval, level=0.80)
    assert wide.ci_low <= narrow.ci_low <= narrow.estimate <= narrow.ci_high <= wide.ci_high
    assert studies[0].min() - 1e-9 <= wide.estimate <= studies[0].max() + 1e-9
    if method != "CE":
        assert wide.prediction_low <= wide.ci_low
        assert wide.prediction_high >= wide.ci_high
        assert wide.tau2_low <= narrow.tau2_low <= narrow.tau2_high <= wide.tau2_high
        assert 0 <= wide.i2_low <= wide.i2_high <= 100


@given(several)
def test_the_p_value_and_the_interval_tell_the_same(studies):
    result = pool(*studies)
    at_p = pool(*studies, level=1 - result.p) if 1e-9 < result.p < 1 - 1e-9 else None
    if at_p is not None:
        assert min(abs(at_p.ci_low), abs(at_p.ci_high)) < 1e-6 * max(1, abs(result.estimate))


@given(st.integers(2, 30), st.floats(0.01, 100))
def test_identical_studies_shrink_the_standard_error_and_nothing_else(k, variance):
    for method in METHODS:
        result = pool(np.full(k, -3.0), np.full(k, variance), tau2=method, interval="normal")
        assert result.estimate == -3.0
        assert result.se == pytest.approx(math.sqrt(variance / k))
        assert (result.tau2, result.q, result.i2) == (0, 0, 0)
        assert result.weights == pytest.approx([100 / k] * k)


def test_hartung_knapp_of_identical_studies_is_a_point_and_says_so():
    result = pool([-3.0, -3.0, -3.0], [1.0, 2.0, 3.0])
    assert (result.se, result.ci_low, result.ci_high, result.p) == (0, -3, -3, 0)
    assert math.isnan(pool([0.0, 0.0], [1.0, 1.0]).p)


def test_one_study_is_handed_back_and_not_called_pooled():
    result = pool([-5.0], [4.0])
    assert not result.pooled
    assert (result.k, result.estimate, result.se) == (1, -5.0, 2.0)
    assert (result.ci_low, result.ci_high) == pytest.approx((-8.919928, -1.080072), rel=1e-6)
    assert (result.interval_method, result.weights) == ("normal", (100.0,))
    for field in ("tau2", "tau2_low", "q", "q_p", "i2", "prediction_low", "prediction_high"):
        assert math.isnan(getattr(result, field)), field


def test_few_studies_are_flagged():
    flags = [pool([1.0] * k, [1.0] * k).flag for k in (1, 2, 3)]
    assert "not pooled" in flags[0]
    assert "two studies" in flags[1]
    assert flags[2] == ""


def test_a_common_effect_predicts_nothing_and_has_no_interval_of_tau2():
    result = pool([1.0, 5.0], [1.0, 1.0], tau2="CE")
    gaps = (result.prediction_low, result.prediction_high, result.tau2_low, result.i2_high)
    assert all(math.isnan(x) for x in gaps)
    assert (result.tau2, result.i2) == (0, pytest.approx(100 * (8 - 1) / 8))


def test_effects_far_from_zero_lose_no_digits():
    effect, variance = STUDIES["uneven_variances"]
    near, far = pool(effect, variance), pool(effect + 2.0**30, variance)
    assert far.tau2 == pytest.approx(near.tau2, rel=1e-6)
    assert far.estimate - 2.0**30 == pytest.approx(near.estimate, abs=1e-6)


def test_variances_that_differ_by_many_orders_are_pooled():
    for method in METHODS:
        result = pool([0.0, 1.0, 5.0], [1e-14, 1.0, 1e14], tau2=method)
        assert math.isfinite(result.estimate)
        assert math.isfinite(result.se)


def test_the_result_is_frozen_and_turns_into_tables():
    effect, variance = STUDIES["neck_1_1"]
    result = pool(effect, variance)
    with pytest.raises(FrozenInstanceError):
        result.estimate = 0.0
    frame = result.summary_frame()
    assert frame.shape[0] == 1
    assert frame.loc["pooled", "estimate"] == result.estimate
    assert "weights" not in frame.columns
    studies = result.study_frame(effect, variance, [f"s{i}" for i in range(8)])
    assert studies["weight"].sum() == pytest.approx(100)
    assert studies.loc["s0", "ci_low"] == pytest.approx(effect[0] - 1.959964 * variance[0] ** 0.5)
    with pytest.raises(ValueError, match="pooled 8 studies, but 2"):
        result.study_frame(effect[:2], variance[:2])


@pytest.mark.parametrize(
    ("effect", "variance", "options", "message"),
    [
        ([], [], {}, "no study"),
        ([1.0, float("nan")], [1.0, 1.0], {}, r"effect\[1\] = nan is missing"),
        ([1.0, 2.0], [1.0, 0.0], {}, r"variance\[1\] = 0 must be greater than 0"),
        ([1.0, 2.0], [-1.0, 1.0], {}, r"variance\[0\] = -1"),
        ([1.0, 2.0, 3.0], [1.0, 1.0], {}, "common length"),
        ([[1.0, 2.0]], [[1.0, 1.0]], {}, "one-dimensional"),
        ([1.0, "x"], [1.0, 1.0], {}, "effect must hold numbers"),
        ([1.0, 2.0], [1.0, math.inf], {}, r"variance\[1\] = inf must be finite"),
        ([1.0, 2.0], [1.0, 1.0], {"tau2": "ML"}, "'PM', 'DL', 'REML', 'CE'"),
        ([1.0, 2.0], [1.0, 1.0], {"interval": "knha"}, "'HKSJ', 'normal'"),
        ([1.0, 2.0], [1.0, 1.0], {"level": 95}, "did you mean 0.95"),
        ([1.0, 2.0], [1.0, 1.0], {"q_centre": 0.0}, "q_centre belongs to"),
    ],
)
def test_unfit_studies_and_options_are_refused_with_a_reason(effect, variance, options, message):
    with pytest.raises(ValueError, match=message):
        pool(effect, variance, **options)

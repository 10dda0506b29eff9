"""Effect sizes: against metafor, against what Cochrane printed, and against nonsense."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from analysis.stats.effects import (
    from_difference_interval,
    from_difference_p,
    from_ratio_interval,
    from_ratio_p,
    hedges_correction,
    hedges_g,
    log_risk_ratio,
    mantel_haenszel_log_rr,
    mean_difference,
    standardise_difference,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "metafor.json").read_text("utf-8"))
EXACT = {"rtol": 1e-12, "atol": 1e-13}

means = st.floats(-100, 100)
spreads = st.floats(0.1, 50)
sizes = st.integers(2, 500)


@pytest.mark.parametrize("analysis", REFERENCE["arms"])
@pytest.mark.parametrize(("measure", "function"), [("MD", mean_difference), ("SMD", hedges_g)])
def test_arms_give_what_metafor_gives(analysis, measure, function):
    expected = REFERENCE["arm_effects"][measure][analysis]
    effect, variance = function(**REFERENCE["arms"][analysis])
    np.testing.assert_allclose(effect, expected["effect"], **EXACT)
    np.testing.assert_allclose(variance, expected["variance"], **EXACT)


@pytest.mark.parametrize("rows", REFERENCE["events"])
def test_risk_ratios_and_empty_cells_are_as_in_metafor(rows):
    given_rows = dict(REFERENCE["events"][rows])
    expected = [np.array(given_rows.pop(name), dtype=float) for name in ("effect", "variance")]
    effect, variance = log_risk_ratio(**given_rows)
    np.testing.assert_allclose(effect, expected[0], **EXACT)
    np.testing.assert_allclose(variance, expected[1], **EXACT)


def test_an_empty_cell_does_not_touch_the_other_rows():
    alone, _ = log_risk_ratio(7, 27, 16, 27)
    together, _ = log_risk_ratio([7, 0], [27, 10], [16, 3], [27, 12])
    assert together[0] == alone == pytest.approx(math.log(7 / 16))


def test_revman_variance_gives_the_interval_that_cochrane_printed():
    # Arms and printed result of one trial in analysis 3.4 of the Cochrane neck massage review.
    arms = {"mean_t": 27.19, "sd_t": 3.7, "n_t": 30, "mean_c": 31.88, "sd_c": 4.4, "n_c": 30}
    effect, variance = hedges_g(**arms, variance="revman")
    low, high = effect + np.array([-1, 1]) * stats.norm.ppf(0.975) * math.sqrt(variance)
    assert (effect, low, high) == pytest.approx((-1.13874, -1.68694, -0.590539), rel=1e-5)
    large_sample = hedges_g(**arms)
    assert large_sample[1] != pytest.approx(variance, rel=1e-3)


def test_hedges_correction_is_exact_where_the_approximation_is_not():
    # J(2) = Gamma(1) / Gamma(1/2) = 1 / sqrt(pi); the usual approximation gives 0.571.
    assert hedges_correction(2) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-14)
    many = hedges_correction(np.array([80.0, 1e4, 1e8]))
    np.testing.assert_allclose(many, 1 - 3 / (4 * np.array([80.0, 1e4, 1e8]) - 1), rtol=1e-5)
    assert (many < 1).all()


def test_mantel_haenszel_equals_metafor_and_statsmodels():
    rows = {name: REFERENCE["events"]["neck_1_2"][name] for name in
            ("events_t", "n_t", "events_c", "n_c")}  # fmt: skip
    estimate, variance = mantel_haenszel_log_rr(**rows)
    assert estimate == pytest.approx(REFERENCE["mantel_haenszel"]["effect"], rel=1e-12)
    assert variance == pytest.approx(REFERENCE["mantel_haenszel"]["variance"], rel=1e-12)
    tables = [np.array([[a, n - a], [c, m - c]]) for a, n, c, m in zip(*rows.values(), strict=True)]
    assert math.exp(estimate) == pytest.approx(StratifiedTable(tables).riskratio_pooled, rel=1e-12)


@given(means, spreads, sizes, means, spreads, sizes)
def test_swapping_the_arms_turns_the_sign_and_keeps_the_variance(m1, s1, n1, m2, s2, n2):
    for function in (mean_difference, hedges_g):
        effect, variance = function(m1, s1, n1, m2, s2, n2)
        swapped = function(m2, s2, n2, m1, s1, n1)
        assert swapped == pytest.approx((-effect, variance), rel=1e-12)


@given(means, spreads, sizes, means, spreads, sizes, st.floats(0.01, 100))
def test_units_change_a_difference_but_not_hedges_g(m1, s1, n1, m2, s2, n2, unit):
    scaled = (m1 * unit, s1 * unit, n1, m2 * unit, s2 * unit, n2)
    effect, variance = mean_difference(m1, s1, n1, m2, s2, n2)
    expected = (effect * unit, variance * unit**2)
    assert mean_difference(*scaled) == pytest.approx(expected, rel=1e-9, abs=1e-9 * unit)
    assert hedges_g(*scaled) == pytest.approx(hedges_g(m1, s1, n1, m2, s2, n2), rel=1e-9, abs=1e-12)


@given(means, spreads, sizes, means, spreads, sizes, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_arms_to_interval_and_back(m1, s1, n1, m2, s2, n2, level):
    effect, variance = mean_difference(m1, s1, n1, m2, s2, n2)
    df = n1 + n2 - 2
    for crit, freedom in (
        (stats.norm.isf((1 - level) / 2), None),
        (stats.t.isf((1 - level) / 2, df), df),
    ):
        reach = crit * math.sqrt(variance)
        back = from_difference_interval(
            effect, effect - reach, effect + reach, level=level, df=freedom
        )
        assert back == pytest.approx((effect, variance), rel=1e-7)


@given(st.floats(0.5, 80), spreads, sizes, sizes)
def test_exact_p_gives_the_variance_back(difference, sd, n1, n2):
    _, variance = mean_difference(difference, sd, n1, 0.0, sd, n2)
    z = difference / math.sqrt(variance)
    for p, df in ((2 * stats.norm.sf(z), None), (2 * stats.t.sf(z, n1 + n2 - 2), n1 + n2 - 2)):
        if p > 1e-300:  # below that a double has no digits left to give back
            assert from_difference_p(-difference, p, df=df) == pytest.approx(
                (-difference, variance), rel=1e-6
            )


@given(st.floats(0.05, 20), st.floats(0.01, 2))
def test_a_ratio_goes_to_its_interval_and_back(ratio, se):
    reach = stats.norm.ppf(0.975) * se
    low, high = ratio * math.exp(-reach), ratio * math.exp(reach)
    expected = pytest.approx((math.log(ratio), se**2), rel=1e-9, abs=1e-12)
    assert from_ratio_interval(ratio, low, high) == expected
    inverse = from_ratio_interval(1 / ratio, 1 / high, 1 / low)
    assert inverse == pytest.approx((-math.log(ratio), se**2), rel=1e-9, abs=1e-12)


def test_ratio_p_agrees_with_ratio_interval():
    z = math.log(0.5) / 0.3
    assert from_ratio_p(0.5, 2 * stats.norm.sf(-z)) == pytest.approx((math.log(0.5), 0.09))


@given(means, means, spreads, sizes, sizes)
def test_a_difference_with_its_variance_standardises_to_the_same_g(m1, m2, sd, n1, n2):
    difference, _ = mean_difference(m1, sd, n1, m2, sd, n2)
    pooled_variance = sd**2 * (1 / n1 + 1 / n2)
    got = standardise_difference(difference, pooled_variance, n1, n2)
    assert got == pytest.approx(hedges_g(m1, sd, n1, m2, sd, n2), rel=1e-9, abs=1e-12)


def test_a_missing_number_makes_its_row_missing_and_no_other():
    effect, variance = mean_difference(
        [1.0, None, 3.0], 2.0, [10, 10, np.nan], pd.Series([0.0, 0.0, 0.0]), 2.0, 10
    )
    assert np.isnan(effect).tolist() == np.isnan(variance).tolist() == [False, True, True]
    nullable = pd.array([5, pd.NA], dtype="Int64")
    assert np.isnan(log_risk_ratio(pd.Series(nullable), 10, 4, 10)[0]).tolist() == [False, True]
    assert np.isnan(from_difference_interval(float("nan"), -1, 1)).all()


def test_scalars_give_floats_and_columns_give_arrays():
    assert all(type(x) is float for x in hedges_g(1, 2, 10, 0, 2, 10))
    assert hedges_g([1, 2], 2, 10, 0, 2, 10)[1].shape == (2,)


@pytest.mark.parametrize(("difference", "p"), [(0.0, 0.5), (-3.0, 1.0), (0.0, 1.0)])
def test_a_standard_error_that_cannot_be_recovered_is_missing_and_not_zero(difference, p):
    assert np.isnan(from_difference_p(difference, p)).all()


GOOD = {"mean_t": [1, 2], "sd_t": [1, 1], "n_t": [9, 9], "mean_c": [0, 0], "sd_c": [1, 1],
        "n_c": [9, 9]}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_difference(**GOOD | {"sd_t": [1, 0]}), r"sd_t\[1\] = 0 must be greater"),
        (lambda: hedges_g(**GOOD | {"sd_c": [-2, 1]}), r"sd_c\[0\] = -2"),
        (lambda: hedges_g(**GOOD | {"n_c": [9, 1]}), r"n_c\[1\] = 1 must be at least 2"),
        (lambda: mean_difference(**GOOD | {"mean_t": [1, math.inf]}), r"mean_t\[1\] = inf"),
        (lambda: mean_difference(**GOOD | {"mean_t": [1, "ten"]}), "mean_t must hold numbers"),
        (lambda: mean_difference(**GOOD | {"n_t": [9, 9, 9]}), r"common length.*n_t \(3,\)"),
        (lambda: hedges_g(**GOOD, variance="hedges"), "variance = 'hedges' must be one of"),
        (lambda: log_risk_ratio([1, 11], 10, 2, 10), r"events_t\[1\] = 11 is more than"),
        (lambda: log_risk_ratio(1, 10, -2, 10), "events_c = -2 must not be negative"),
        (lambda: log_risk_ratio(1, 1, 1, 10), "n_t = 1 must be at least 2"),
        (lambda: mantel_haenszel_log_rr([0, 0], 10, [1, 2], 10), "events_t: no trial has an event"),
        (lambda: mantel_haenszel_log_rr([1, None], 10, [1, 2], 10), r"events_t\[1\].*missing"),
        (lambda: from_difference_interval([1, 5], [0, 6], [2, 7]), r"ci_low\[1\] = 6 lies above"),
        (lambda: from_difference_interval(5, 1, 4), "ci_high = 4 lies below its difference"),
        (lambda: from_difference_interval(1, 1, 1), "needs a width"),
        (lambda: from_difference_interval(1, 0, 2, level=95), r"did you mean 0\.95"),
        (lambda: from_difference_interval(1, 0, 2, df=0), "df = 0 must be greater"),
        (lambda: from_ratio_interval(0.5, 0, 1), "ci_low = 0 must be greater.*not its log"),
        (lambda: from_ratio_interval(0.5, 0.6, 1), "ci_low = 0.6 lies above its ratio"),
        (lambda: from_ratio_p(-0.2, 0.5), "ratio = -0.2 must be greater"),
        (lambda: from_difference_p([1, 1], [0.5, 0]), r"p\[1\] = 0 must lie above 0"),
        (lambda: from_difference_p(1, 1.2), "p = 1.2"),
        (lambda: standardise_difference(1, 0, 10, 10), "variance = 0 must be greater"),
    ],
)
def test_impossible_input_is_refused_by_name_position_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()

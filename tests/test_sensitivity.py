"""Checks on a pooled answer: against metafor, on hand-made cases, and where they must refuse."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats.pooling import pool
from analysis.stats.sensitivity import (
    egger,
    equivalence,
    influence,
    leave_one_out,
    subgroups,
    trim_and_fill,
)

REFERENCE = json.loads((Path(__file__).parent / "reference" / "metafor.json").read_text("utf-8"))
STUDIES = {
    name: (np.array(s["effect"]), np.array(s["variance"]))
    for name, s in REFERENCE["studies"].items()
}
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
METHODS = ("PM", "DL", "REML", "CE")
INFLUENCE = {"cook.d": "cook_d", "cov.r": "cov_r", "tau2.del": "tau2_del", "QE.del": "q_del"}
KINDS = {
    "neck_1_1": ["low"] * 5 + ["high"] + ["medium"] * 2,
    "neck_3_1": ["passive"] * 7 + ["active"] * 5,
}
LARGE_EFFECT_IN_SMALL = STUDIES["asymmetric_left"]


@pytest.mark.parametrize("name", REFERENCE["leave_one_out"])
def test_leave_one_out_equals_metafor(name):
    effect, variance = STUDIES[name]
    labels = [f"trial {i}" for i in range(len(effect))]
    table = leave_one_out(effect, variance, labels)
    assert table.index.tolist() == labels
    for column, expected in REFERENCE["leave_one_out"][name].items():
        np.testing.assert_allclose(table[column], expected, **CLOSE, err_msg=column)


def test_leaving_out_one_of_two_leaves_one_that_is_not_called_pooled():
    table = leave_one_out([1.0, 2.0], [1.0, 4.0])
    assert table["estimate"].tolist() == [2.0, 1.0]
    assert table["flag"].str.contains("not pooled").all()


@pytest.mark.parametrize("interval", ["HKSJ", "normal"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", REFERENCE["influence"])
def test_influence_equals_metafor(name, method, interval):
    table = influence(*STUDIES[name], tau2=method, interval=interval)
    scale = 1 + float(np.abs(STUDIES[name][1]).max())
    for column, expected in REFERENCE["influence"][name][method][interval].items():
        got = table[INFLUENCE.get(column, column)]
        if column == "influential":
            assert got.tolist() == expected
        else:
            np.testing.assert_allclose(got, expected, 1e-9, 1e-9 * scale, err_msg=column)


def test_influence_points_at_the_odd_one_out():
    table = influence([-1.0, -1.1, -0.9, -1.05, 3.0], [0.1] * 5, list("abcde"))
    assert table["rstudent"].abs().idxmax() == "e"
    assert table["influential"].tolist() == [False, False, False, False, True]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", KINDS)
def test_the_test_between_subgroups_equals_metafor(name, method):
    expected = REFERENCE["subgroups"][name][method]
    separate = subgroups(*STUDIES[name], KINDS[name], tau2=method)
    assert separate.q == pytest.approx(expected["separate"]["q"], rel=1e-9)
    assert separate.p == pytest.approx(expected["separate"]["p"], rel=1e-9)
    assert separate.df == len(set(KINDS[name])) - 1
    common = subgroups(*STUDIES[name], KINDS[name], tau2=method, common_tau2=True)
    want = expected["common"]
    assert common.q == pytest.approx(want["q"], rel=1e-9)
    assert common.p == pytest.approx(want["p"], rel=1e-9)
    table = common.summary_frame()
    np.testing.assert_allclose(table["tau2"], want["tau2"], **CLOSE)
    np.testing.assert_allclose(table["estimate"], want["estimate"], **CLOSE)
    np.testing.assert_allclose(table["se"], want["se_hksj"], **CLOSE)
    np.testing.assert_allclose(table["ci_low"], want["ci_low_hksj"], **CLOSE)
    np.testing.assert_allclose(table["ci_high"], want["ci_high_hksj"], **CLOSE)
    normal = subgroups(
        *STUDIES[name], KINDS[name], tau2=method, interval="normal", common_tau2=True
    )
    np.testing.assert_allclose(normal.summary_frame()["se"], want["se_normal"], **CLOSE)


def test_each_subgroup_is_the_pool_of_its_studies_in_order_of_appearance():
    effect, variance = STUDIES["neck_1_1"]
    test = subgroups(effect, variance, KINDS["neck_1_1"], tau2="REML")
    assert list(test.groups) == ["low", "high", "medium"]
    assert test.groups["low"] == pool(effect[:5], variance[:5], tau2="REML")
    assert not test.groups["high"].pooled


def test_a_lucky_narrow_hartung_knapp_interval_does_not_decide_the_subgroup_test():
    # Two studies that agree by chance have a Hartung-Knapp standard error of nearly 0.
    rows = ([1.0, 1.0001, 0.0, 2.5], [1.0] * 4, ["a", "a", "b", "b"])
    assert subgroups(*rows).q == pytest.approx(subgroups(*rows, interval="normal").q)
    assert subgroups(*rows).p > 0.5


def test_a_group_of_one_shares_the_common_tau2():
    rows = ([0.0, 4.0, 9.0], [1.0, 1.0, 1.0], ["a", "a", "b"])
    lone = subgroups(*rows, common_tau2=True, interval="normal").groups["b"]
    assert lone.tau2 == pytest.approx(8 - 1)  # Q of group a is 8 = its variance about the mean
    assert lone.se == pytest.approx(math.sqrt(8))
    assert math.isnan(lone.q_p)


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("name", REFERENCE["small_studies"])
def test_egger_equals_metafor_in_any_unit(name, unit):
    effect, variance = STUDIES[name]
    result = egger(effect * unit, variance * unit**2)
    for field, expected in REFERENCE["small_studies"][name]["egger"].items():
        got = getattr(result, field) / (unit if field.startswith("limit") else 1.0)
        assert got == pytest.approx(expected, rel=1e-9), field


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("method", ["DL", "CE"])
@pytest.mark.parametrize("name", REFERENCE["small_studies"])
def test_trim_and_fill_equals_metafor_in_any_unit(name, method, unit):
    effect, variance = STUDIES[name]
    expected = REFERENCE["small_studies"][name]["trim_and_fill"][method]
    options = {"tau2": method, "interval": "normal"}
    result = trim_and_fill(effect * unit, variance * unit**2, trim_tau2=method, **options)
    assert (result.filled, result.side) == (expected["filled"], expected["side"])
    np.testing.assert_allclose(np.array(result.effect) / unit, expected["effect"], **CLOSE)
    np.testing.assert_allclose(np.array(result.variance) / unit**2, expected["variance"], **CLOSE)
    assert result.adjusted.estimate / unit == pytest.approx(expected["estimate"], rel=1e-9)
    assert result.adjusted.se / unit == pytest.approx(expected["se"], rel=1e-9)
    assert result.original.row() == pytest.approx(
        pool(effect * unit, variance * unit**2, **options).row(), nan_ok=True
    )


def test_turning_the_scale_mirrors_egger_and_trim_and_fill():
    effect, variance = LARGE_EFFECT_IN_SMALL
    plain, turned = egger(effect, variance), egger(-effect, variance)
    assert plain.slope < 0
    assert turned.slope == pytest.approx(-plain.slope)
    assert turned.p == pytest.approx(plain.p)
    filled, mirrored = trim_and_fill(effect, variance), trim_and_fill(-effect, variance)
    assert (filled.side, mirrored.side) == ("right", "left")
    assert mirrored.adjusted.estimate == pytest.approx(-filled.adjusted.estimate)
    assert filled.original.estimate < filled.adjusted.estimate < 0


def test_a_symmetric_funnel_is_left_alone():
    effect = np.arange(1, 13) * np.tile([1, -1, -1, 1], 3)
    for side in ("left", "right"):
        result = trim_and_fill(effect, np.full(12, 20.0), side=side)
        assert result.filled == 0
        assert result.adjusted == result.original
    size = np.repeat([1.0, 4.0, 9.0, 16.0, 25.0, 36.0], 2)
    assert egger(np.sqrt(size) * np.tile([1.0, -1.0], 6) / 2, size).p > 0.9


def test_the_wrong_side_can_be_forced_and_is_reported():
    result = trim_and_fill(*LARGE_EFFECT_IN_SMALL, side="left")
    assert (result.side, result.filled) == ("left", 0)


@given(
    st.floats(-50, 50),
    st.floats(0.01, 20),
    st.sampled_from([1, 3, 30, math.inf]),
    st.floats(0.1, 60),
)
def test_equivalence_means_that_the_90_percent_interval_lies_inside(estimate, se, df, margin):
    result = equivalence(estimate, se, df, margin)
    inside = -margin < result.ci_low and result.ci_high < margin
    if abs(result.p - 0.05) > 1e-9:
        assert result.equivalent == inside
    assert equivalence(-estimate, se, df, margin).p == pytest.approx(result.p, rel=1e-9)
    if abs(estimate) > margin:
        assert result.p >= 0.5


def test_the_interval_of_equivalence_is_the_pool_s_own_at_90_percent():
    effect, variance = STUDIES["neck_1_1"]
    result = pool(effect, variance, level=0.90)
    test = equivalence(result.estimate, result.se, result.df, 10.0)
    assert (test.ci_low, test.ci_high) == pytest.approx((result.ci_low, result.ci_high), rel=1e-12)


NINE = ([1.0] * 8 + [2.0], [1.0] * 9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: egger(*NINE), "at least 10 studies to mean anything, got 9"),
        (lambda: trim_and_fill(*NINE), "trim and fill needs at least 10"),
        (lambda: egger(range(10), [2.0] * 10), "standard errors that differ"),
        (lambda: trim_and_fill(range(10), [2.0] * 10), "all alike: say which side"),
        (lambda: egger(*LARGE_EFFECT_IN_SMALL, level=95), "did you mean 0.95"),
        (lambda: trim_and_fill(*LARGE_EFFECT_IN_SMALL, side="up"), "side = 'up' must be one of"),
        (lambda: trim_and_fill(*LARGE_EFFECT_IN_SMALL, trim_tau2="PM"), "trim_tau2 = 'PM'"),
        (lambda: leave_one_out([1.0], [1.0]), "at least 2 studies, got 1"),
        (lambda: leave_one_out([1.0, 2.0], [1.0, 1.0], ["a"]), "1 labels for 2 studies"),
        (lambda: influence([1.0, 2.0], [1.0, 1.0]), "at least 3 studies, got 2"),
        (lambda: influence([1.0, 2.0, 3.0], [1.0, 0.0, 1.0]), r"variance\[1\] = 0"),
        (lambda: subgroups([1.0, 2.0], [1.0, 1.0], ["a", "a"]), "one group 'a'"),
        (lambda: subgroups([1.0, 2.0], [1.0, 1.0], ["a"]), "names 1 studies, but there are 2"),
        (lambda: subgroups([1.0, 2.0], [1.0, 1.0], ["a", None]), r"group\[1\] is missing"),
        (
            lambda: subgroups([1.0, 2.0], [1.0, 1.0], ["a", "b"], common_tau2=True),
            "every group has one",
        ),
        (lambda: equivalence(1.0, 0.0, 5, 1.0), "se = 0 must be"),
        (lambda: equivalence(1.0, 1.0, 0, 1.0), "df = 0 must be"),
        (lambda: equivalence(1.0, 1.0, 5, -2.0), "margin = -2 must be"),
        (lambda: equivalence(math.nan, 1.0, 5, 2.0), "estimate = nan"),
    ],
)
def test_a_check_that_cannot_say_anything_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()

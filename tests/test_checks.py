"""Checks of figures: known examples, what must always pass, and the measured rates."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import effects
from analysis.stats.checks import agreement, bounds, granularity, patterns

ROUNDINGS = {
    "nearest": lambda x, d: np.round(x, d),
    "truncated": lambda x, d: np.trunc(np.round(x * 10**d, 9)) / 10**d,
}
whole = st.lists(st.integers(0, 30), min_size=2, max_size=40)


@pytest.mark.parametrize(
    ("mean", "n", "possible"),
    [
        (5.19, 28, False),  # Brown and Heathers (2017), their worked example: 5.18 or 5.21
        (5.18, 28, True),
        (5.21, 28, True),
        (3.48, 20, False),  # twenty throws of a die: no multiple of 0.05
        (3.45, 20, True),
    ],
)
def test_grim_on_known_examples(mean, n, possible):
    assert granularity.grim(mean, n, 2, rounding="nearest") == possible


def test_grim_equals_trying_every_total():
    n = 17
    printed = np.arange(0, 500) / 100
    totals = np.round(np.arange(0, 5 * n + 1) / n, 2)
    expected = np.isin(np.round(printed * 100), np.round(totals * 100))
    assert (granularity.grim(printed, n, 2, rounding="nearest") == expected).all()


def test_items_make_the_grid_finer_and_large_groups_make_grim_blind():
    assert not granularity.grim(2.57, 10, 2)
    assert granularity.grim(2.57, 10, 2, step=1 / 10)
    assert granularity.grim_power([10, 50, 200], 2).tolist() == [0.9, 0.5, 0.0]
    assert granularity.grim(np.arange(100) / 100, 100, 2).all()


@pytest.mark.parametrize(
    ("mean", "sd", "n", "d", "possible"),
    [
        (1.03, 0.41, 40, 2, False),  # Allard (2018): the sum of squares has the wrong parity
        (7.3, 2.51, 12, 1, False),  # the worked example of the R package scrutiny
        (5.19, 1.0, 28, 2, False),  # fails GRIM already
    ],
)
def test_grimmer_on_known_examples(mean, sd, n, d, possible):
    assert granularity.grimmer(mean, sd, n, d, 2, rounding="nearest") == possible


def test_grimmer_equals_trying_every_sample_of_five():
    scores = np.stack(np.meshgrid(*[np.arange(5)] * 5), axis=-1).reshape(-1, 5)
    total, sds = scores.sum(axis=1), np.round(scores.std(axis=1, ddof=1), 2)
    for mean in (1.4, 2.0, 2.6):
        real = set(np.round(sds[total == round(mean * 5)] * 100).astype(int))
        tried = np.arange(0, 120)
        found = granularity.grimmer(mean, tried / 100, 5, 1, 2, rounding="nearest")
        assert set(tried[found]) == {sd for sd in real if sd < 120}


@settings(deadline=None)
@given(whole, st.integers(0, 3), st.sampled_from(["nearest", "truncated"]), st.integers(-20, 0))
def test_any_real_sample_passes(scores, d, how, shift):
    x = np.array(scores) + shift  # changes of scores lie below zero too
    mean, sd = (float(ROUNDINGS[how](v, d)) for v in (x.mean(), x.std(ddof=1)))
    assert granularity.grim(mean, len(x), d)
    assert granularity.grim(mean, len(x), d, rounding=how)
    assert granularity.grimmer(mean, sd, len(x), d, d)
    assert granularity.grimmer(mean, sd, len(x), d, d, rounding=how)
    assert bounds.mean_possible(mean, x.min(), x.max(), d) or how == "truncated"
    assert bounds.sd_possible(
        sd, float(np.round(x.mean(), d)), len(x), shift, shift + 30, decimals_sd=d, decimals_mean=d
    )


@given(st.lists(st.floats(0, 10), min_size=2, max_size=30))
def test_no_sample_spreads_further_than_the_largest_sd(scores):
    x = np.array(scores)
    assert x.std(ddof=1) <= bounds.largest_sd(x.mean(), len(x), 0, 10) * (1 + 1e-9) + 1e-7


def test_the_largest_sd_is_reached_and_not_more():
    ends = np.array([0, 0, 0, 10])
    assert bounds.largest_sd(2.5, 4, 0, 10) == pytest.approx(ends.std(ddof=1))
    assert not bounds.sd_possible(5.1, 2.5, 4, 0, 10, decimals_sd=1, decimals_mean=1)
    assert bounds.sd_possible(5.0, 2.5, 4, 0, 10, decimals_sd=1, decimals_mean=1)


@given(st.integers(1, 200), st.data(), st.integers(0, 2))
def test_any_count_makes_a_possible_percentage(n, data, d):
    events = data.draw(st.integers(0, n))
    percent = round(100 * events / n, d)
    assert bounds.share_possible(percent, n, d)
    assert bounds.share_possible(percent, n, d, events)


@pytest.mark.parametrize(
    ("sizes", "same", "possible"),
    [((20, 21, 40), False, False), ((20, 20, 40), False, True), ((40, 40, 40), True, True),
     ((40, 40, np.nan), False, True), ((30, np.nan, 20), False, False)],
)  # fmt: skip
def test_no_more_people_than_were_randomised(sizes, same, possible):
    assert bounds.size_possible(*sizes, same_people=same) == possible


@given(st.floats(-20, 20), st.floats(0.3, 9), st.integers(4, 200), st.booleans())
def test_estimate_interval_and_p_of_one_test_agree(estimate, se, df, normal):
    from scipy import stats

    reference = stats.norm() if normal else stats.t(df)
    half = reference.ppf(0.975) * se
    e, low, high = (round(x, 2) for x in (estimate, estimate - half, estimate + half))
    assert agreement.centred(e, low, high, 2)
    p = round(2 * reference.sf(abs(estimate) / se), 3)
    assert agreement.p_agrees(p, 3, *agreement.p_from_interval(e, low, high, 2, df=df))


def test_p_that_statcheck_would_call_wrong():
    # t(28) = 2.20 gives p = 0.036; "p = 0.04" is rounding, "p = 0.03" cut off, "p = 0.01" is wrong
    se, t = 1.0, 2.048407
    low, high = agreement.p_from_interval(2.20, 2.20 - t * se, 2.20 + t * se, 2, df=28)
    assert low < 0.036 < high
    assert agreement.p_agrees([0.04, 0.03, 0.01], 2, low, high).tolist() == [True, True, False]


def test_ratios_sit_in_the_geometric_middle():
    assert agreement.centred(0.37, 0.22, 0.61, 2, ratio=True)  # 0.415 is the plain middle
    assert not agreement.centred(0.42, 0.22, 0.61, 2, ratio=True)
    _, high = agreement.p_from_interval(0.37, 0.22, 0.61, 2, ratio=True)
    assert high < 0.001


def test_arms_difference_direction_and_spread():
    a = (40.0, 20.0, 30, 55.0, 20.0, 30)
    low, high = agreement.p_from_arms(*a, 1)
    assert low < 0.0052 < high  # Student's t = 2.905 on 58 degrees of freedom
    assert agreement.difference_agrees(40.0, 55.0, [-15.0, 15.0], 1).tolist() == [True, False]
    half = 1.96 * float(effects.mean_difference(*a)[1]) ** 0.5
    widths = [agreement.spread_agrees(20, 30, 20, 30, -half * x, half * x) for x in (1, 0.87, 0.5)]
    assert widths == [True, True, False]
    assert agreement.direction_agrees([-1, 1, 1, np.nan], [-1, -1, 0, 1]).tolist() == [
        True, False, True, True,
    ]  # fmt: skip
    assert agreement.p_possible([0.0, 1.0, np.nan, 1.2, -0.1]).tolist() == [1, 1, 1, 0, 0]


def test_patterns_point_at_what_they_are_for():
    assert patterns.like_standard_error([3.65, 20.0], 30, 20.0).tolist() == [True, False]
    assert patterns.huge([-3.2, 2.9, np.nan]).tolist() == [True, False, False]
    assert patterns.twins([1, 1, np.nan, np.nan], [2, 2, 2, 2]).tolist() == [1, 1, 0, 0]
    assert patterns.too_alike([1, 1.001, 0.999], [1, 1, 1]) < 0.01
    assert np.isnan(patterns.too_alike([1, 2], [1, 1]))


def test_chance_twins_are_as_many_as_foretold():
    rng = np.random.default_rng(3)
    figures = rng.integers(0, 100, (2, 3, 400))  # two figures of two digits: four digits
    pairs = [patterns.twins(*figures[:, i]).sum() / 2 for i in range(3)]
    foretold = patterns.twins_by_chance(4, 400)
    assert np.mean(pairs) == pytest.approx(foretold, rel=0.5)


def test_baseline_p_values_of_arms_and_their_balance():
    from scipy import stats

    rng = np.random.default_rng(5)
    arms = [rng.normal(5, 1, 25) for _ in range(3)]
    ours = patterns.baseline_p([a.mean() for a in arms], [a.std(ddof=1) for a in arms], 25)
    assert ours == pytest.approx(stats.f_oneway(*arms).pvalue)
    assert patterns.balance([0.001, 0.01, 0.02]).too_different < 0.001
    assert patterns.balance([0.99, 0.98, 0.999]).too_alike < 0.001
    assert patterns.balance(rng.random(200)).uniform_p > 0.01
    for wrong in ([], [1.5]):
        with pytest.raises(ValueError, match="p"):
            patterns.balance(wrong)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (lambda: granularity.grim(1.0, 0, 2), "at least 1"),
        (lambda: granularity.grim(1.0, 5, -1), "negative"),
        (lambda: granularity.grim(1.0, 5, 2, step=0), "greater than 0"),
        (lambda: granularity.grim(1.0, 5, 2, rounding="up"), "rounding"),
        (lambda: granularity.grimmer(1.0, 1.0, 1, 2, 2), "at least 2"),
        (lambda: granularity.grimmer(1.0, -1.0, 5, 2, 2), "negative"),
        (lambda: bounds.largest_sd(1.0, 1, 0, 10), "at least 2"),
        (lambda: patterns.baseline_p([1, 2], [0, 1], 5), "greater than 0"),
    ],
)
def test_wrong_use_is_refused(check, says):
    with pytest.raises(ValueError, match=says):
        check()


def test_missing_figures_are_never_called_impossible():
    nan = np.nan
    assert granularity.grim(nan, 5, 2)
    assert granularity.grimmer([nan, 1.0], [1.0, nan], 5, 2, 2).all()
    assert bounds.sd_possible(nan, 5, 10, 0, 10, decimals_sd=1, decimals_mean=1)
    assert agreement.centred(nan, 1, 2, 1)
    assert agreement.p_agrees(0.5, 2, nan, nan)
    assert agreement.spread_agrees(nan, 5, 1, 5, 1, 2)


def _script(root: Path):
    spec = importlib.util.spec_from_file_location("m", root / "scripts" / "measure_checks.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["m"] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_of_rates_is_current_and_the_rates_are_what_checks_promise(root):
    module = _script(root)
    rates = module.rates()
    arithmetic = {"GRIM", "GRIMMER", "mean off scale", "SD too large", "percent v people",
                  "off centre", "off centre (ratios)", "p v interval"}  # fmt: skip
    for rate in rates:
        if rate.check in arithmetic:
            assert rate.alarms == 0, rate
        assert rate.caught >= rate.alarms, rate
    module.rates = lambda: rates
    assert module.PAGE.read_text("utf-8") == module.page()

"""Many questions in one call: the same numbers as one by one, whatever lies beside them."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from definitions import restricted_likelihood
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.batch import PooledEffects, pool_segments
from analysis.stats.effects import hedges_g, mean_difference
from analysis.stats.pooling import pool, pool_many

BENCH = Path(__file__).resolve().parents[2] / "shared" / "bench"
METHODS = ("PM", "DL", "REML", "CE")
NUMBERS = [
    *("k", "estimate", "se", "ci_low", "ci_high", "p", "df", "prediction_low", "prediction_high"),
    *("tau2", "q", "q_df", "q_p", "i2"),
]
LIMITS = ["tau2_low", "tau2_high", "i2_low", "i2_high"]
SAME = {"rtol": 1e-10, "atol": 1e-12}

study = st.tuples(st.floats(-20, 20), st.floats(0.01, 25))
questions = st.lists(st.lists(study, min_size=1, max_size=7), min_size=1, max_size=6)


def flat(lists):
    """Effects, variances and group of each row of a list of questions."""
    rows = [(y, v, f"q{i}") for i, one in enumerate(lists) for y, v in one]
    y, v, group = zip(*rows, strict=True)
    return np.array(y), np.array(v), np.array(group)


def one_by_one(y, v, group, **options) -> pd.DataFrame:
    names = pd.unique(np.asarray(group))
    results = [pool(y[group == name], v[group == name], **options) for name in names]
    return pd.DataFrame([r.row() for r in results], index=names)


def simulated(groups: int, seed: int, spread: float = 1.0):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 30, groups)
    v = 10 ** rng.uniform(-spread, spread, sizes.sum())
    group = np.repeat(np.arange(groups), sizes)
    y = rng.normal(0, 2, groups)[group] + rng.standard_t(3, len(v)) * np.sqrt(v + 0.2)
    return y, v, group


@pytest.mark.parametrize("interval", ["HKSJ", "normal"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_every_number_is_that_of_the_single_question(method, interval, unit):
    y, v, group = simulated(120, seed=1)
    y, v = y * unit, v * unit**2
    options = {"tau2": method, "interval": interval, "level": 0.9}
    many = pool_many(y, v, group, **options, limits=True)
    expected = one_by_one(y, v, group, **options)
    assert many.index.tolist() == list(range(120))
    for name in NUMBERS + LIMITS:
        np.testing.assert_allclose(many[name], expected[name].astype(float), **SAME, err_msg=name)


def test_the_table_has_the_columns_promised_and_limits_on_demand():
    y, v, group = simulated(5, seed=2)
    assert pool_many(y, v, group).columns.tolist() == NUMBERS
    assert set(pool_many(y, v, group, limits=True)) == {*NUMBERS, *LIMITS}


@pytest.mark.skipif(not BENCH.is_dir(), reason="shared/bench is not beside this copy")
@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_a_hundred_published_reviews_give_metafors_numbers_in_one_call(measure, method):
    rows = pd.read_csv(BENCH / "study_rows.csv.gz")
    arms = (rows[c] for c in ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"))
    effect, variance = {"MD": mean_difference, "SMD": hedges_g}[measure](*arms)
    many = pool_many(effect, variance, rows["analysis"], tau2=method, limits=True)
    expected = one_by_one(effect, variance, rows["analysis"].to_numpy(), tau2=method)
    for name in NUMBERS + LIMITS:
        np.testing.assert_allclose(many[name], expected[name].astype(float), rtol=1e-10)
    # test_pooling_bench.py compares each number with a yardstick, and lists where metafor gave up
    theirs = pd.read_csv(BENCH / "metafor_reference.csv.gz").query(
        "measure == @measure and method == @method"
    )
    theirs = theirs.set_index("analysis")
    ours = many.loc[theirs.index]
    assert ours["estimate"].notna().all()
    known = theirs["est"].notna() & (theirs.index != "CD013834_pub2/6.4")
    for name, column in {"estimate": "est", "ci_low": "lb", "ci_high": "ub"}.items():
        scale = np.maximum(theirs["se"], theirs[column].abs())
        difference = (ours[name] - theirs[column]).abs() / scale
        assert difference[known].max() < 1e-6, name


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None)  # a busy machine is no failure
@given(questions)
def test_neighbours_do_not_change_a_digit(method, lists):
    y, v, group = flat(lists)
    together = pool_many(y, v, group, tau2=method, limits=True)
    alone = [pool_many(*flat([one]), tau2=method, limits=True) for one in lists]
    pd.testing.assert_frame_equal(
        together, pd.concat(alone).set_axis(together.index), check_exact=True
    )


def test_a_table_of_many_chunks_gives_the_digits_of_its_parts():
    y, v, group = simulated(6000, seed=3)
    whole = pool_many(y, v, group, tau2="REML")
    first = group < 2711
    parts = [pool_many(y[at], v[at], group[at], tau2="REML") for at in (first, ~first)]
    pd.testing.assert_frame_equal(whole, pd.concat(parts), check_exact=True)


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None)
@given(lists=questions, data=st.data())
def test_the_order_of_rows_changes_the_order_of_groups_only(method, lists, data):
    y, v, group = flat(lists)
    order = np.array(data.draw(st.permutations(range(len(y)))))
    plain = pool_many(y, v, group, tau2=method)
    mixed = pool_many(y[order], v[order], group[order], tau2=method)
    assert mixed.index.tolist() == list(dict.fromkeys(group[order]))
    for name in ("k", "estimate", "se", "ci_low", "tau2"):
        np.testing.assert_allclose(
            mixed.loc[plain.index, name], plain[name], rtol=1e-7, atol=1e-7, err_msg=name
        )


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None)
@given(lists=questions, shift=st.floats(-1e3, 1e3), unit=st.floats(1e-3, 1e3))
def test_shift_and_unit_carry_through(method, lists, shift, unit):
    y, v, group = flat(lists)
    plain = pool_many(y, v, group, tau2=method)
    moved = pool_many((y + shift) * unit, v * unit**2, group, tau2=method)
    slack = 1e-6 * unit * math.sqrt(v.max() + plain["tau2"].fillna(0).max())
    for name in ("estimate", "ci_low", "ci_high"):
        expected = (plain[name] + shift) * unit
        np.testing.assert_allclose(moved[name], expected, rtol=1e-9, atol=slack)
    np.testing.assert_allclose(
        moved["tau2"], plain["tau2"] * unit**2, rtol=1e-6, atol=1e-6 * unit**2
    )


def test_one_study_two_studies_and_studies_that_agree():
    y = [5.0, 1.0, 3.0, 0.1, 0.1, 0.1]
    table = pool_many(y, [4.0, 1.0, 1.0, 1.0, 2.0, 3.0], list("abbccc"))
    one, two, agree = (table.loc[name] for name in "abc")
    assert (one["k"], one["estimate"], one["se"], one["df"]) == (1, 5, 2, math.inf)
    assert one[["tau2", "q", "q_p", "i2", "prediction_low"]].isna().all()
    assert two["tau2"] == pytest.approx(2 - 1)  # (y1 - y2)**2 / 2 - (v1 + v2) / 2
    assert (two["df"], two["q"]) == (1, pytest.approx(2))
    assert (agree["estimate"], agree["se"], agree["tau2"], agree["q"]) == (0.1, 0, 0, 0)
    assert (agree["ci_low"], agree["ci_high"], agree["p"]) == (0.1, 0.1, 0)


@pytest.mark.parametrize("method", ["PM", "REML"])
def test_of_two_studies_tau2_has_a_closed_form(method):
    rng = np.random.default_rng(5)
    y, v = rng.normal(0, 3, (500, 2)), rng.uniform(0.01, 4, (500, 2))
    found = pool_many(y.ravel(), v.ravel(), np.repeat(np.arange(500), 2), tau2=method)
    expected = np.maximum(0, (y[:, 0] - y[:, 1]) ** 2 / 2 - v.mean(axis=1))
    np.testing.assert_allclose(found["tau2"], expected, rtol=1e-12, atol=1e-13)


def test_huge_heterogeneity_puts_tau2_at_the_variance_of_the_effects():
    y = np.array([-1e9, 0.0, 3e9, 1e9])
    for method in ("PM", "DL", "REML"):
        table = pool_many([*y, 1.0, 2.0], [1e-3, 1.0, 2.0, 1e-2, 1.0, 1.0], [0] * 4 + [1] * 2)
        assert table.loc[0, "tau2"] == pytest.approx(y.var(ddof=1), rel=1e-6), method
        assert table.loc[0, "i2"] == pytest.approx(100)


def many_peaks(groups: int):
    """Precise studies that agree, vaguer ones far apart: likelihoods of two and more peaks."""
    rng = np.random.default_rng(11)
    sizes = rng.integers(3, 9, groups)
    v = 10 ** rng.uniform(-6, 6, sizes.sum())
    y = rng.standard_t(1.5, len(v)) * np.sqrt(v) * 10 ** rng.uniform(-1, 1.5, len(v))
    return y, v, np.repeat(np.arange(groups), sizes)


def test_reml_finds_the_highest_of_many_peaks_in_every_question():
    y, v, group = many_peaks(400)
    found = pool_many(y, v, group, tau2="REML")["tau2"]
    several = 0
    for name, t in found.items():
        at = group == name
        grid = np.concatenate([[0.0], np.geomspace(1e-9, 1e9, 1500)])
        likelihood = np.array([restricted_likelihood(y[at], v[at], x) for x in grid])
        best = restricted_likelihood(y[at], v[at], t)
        assert best >= likelihood.max() - 1e-9 * max(1, abs(best))
        rising = np.diff(likelihood) > 1e-9
        several += (rising[:-1] & ~rising[1:]).sum() + (not rising[0]) > 1
    assert several > 40  # or the test would not test


def test_paule_mandel_solves_its_equation_where_weights_differ_by_many_orders():
    rng = np.random.default_rng(5)
    sizes = rng.integers(2, 9, 150)
    v = 10 ** rng.uniform(-14, 14, sizes.sum())
    y = rng.standard_t(1.5, len(v)) * np.sqrt(v) * 10 ** rng.uniform(-1, 1.5, len(v))
    group = np.repeat(np.arange(150), sizes)
    for name, t in pool_many(y, v, group)["tau2"].items():
        effects = [Fraction(x) for x in y[group == name]]
        w = [1 / (Fraction(x) + Fraction(t)) for x in v[group == name]]
        mean = sum(a * b for a, b in zip(w, effects, strict=True)) / sum(w)
        q = float(sum(a * (b - mean) ** 2 for a, b in zip(w, effects, strict=True)))
        df = len(w) - 1
        assert q == pytest.approx(df, rel=1e-9) if t > 0 else q <= df * (1 + 1e-9)


def test_labels_of_any_kind_are_kept():
    y, v = [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]
    assert pool_many(y, v, [("a", 1), ("b", 2), ("a", 1)]).index.tolist() == [("a", 1), ("b", 2)]
    categories = pd.Series(["x", "y", "x"], dtype="category", index=[7, 8, 9])
    assert pool_many(pd.Series(y), v, categories)["k"].to_dict() == {"x": 2, "y": 1}
    assert pool_many(y, v, pd.Series(["x", "y", "x"], dtype="string")).loc["x", "estimate"] == 2


def test_segments_are_the_table_without_labels():
    y, v, group = simulated(50, seed=7)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    result = pool_segments(y, v, starts, tau2="REML", interval="normal")
    assert isinstance(result, PooledEffects)
    table = pool_many(y, v, group, tau2="REML", interval="normal")
    pd.testing.assert_frame_equal(result.frame[NUMBERS], table, check_exact=True)
    assert result.frame[LIMITS].isna().all(axis=None)


@pytest.mark.parametrize(
    ("effect", "variance", "group", "message"),
    [
        ([1.0, math.nan], [1.0, 1.0], ["a", "b"], r"effect\[1\] = nan is missing.*group 'b'"),
        ([1.0, 2.0], [1.0, 0.0], ["a", "b"], r"variance\[1\] = 0 must be greater.*group 'b'"),
        ([1.0, 2.0], [math.inf, 1.0], ["a", "b"], r"variance\[0\] = inf must be finite"),
        ([1.0, 2.0], [1.0, 1.0], ["a", None], r"group\[1\] is missing"),
        ([1.0, 2.0], [1.0, 1.0], ["a"], "group names 1 studies, but there are 2 effects"),
        ([1.0, math.nan], [1.0, 1.0], ["a"], "group names 1 studies, but there are 2 effects"),
        ([], [], [], "no study"),
    ],
)
def test_unfit_rows_are_refused_by_row_and_group(effect, variance, group, message):
    with pytest.raises(ValueError, match=message):
        pool_many(effect, variance, group)


@pytest.mark.parametrize(
    "options", [{"tau2": "ML"}, {"interval": "knha"}, {"level": 95}, {"level": 0.0}]
)
def test_unknown_options_are_refused(options):
    with pytest.raises(ValueError, match="must"):
        pool_many([1.0, 2.0], [1.0, 1.0], ["a", "a"], **options)


@pytest.mark.parametrize("starts", [[], [1], [0, 0], [0, 2], [0, -1], [0.0, 1.0], [[0, 1]]])
def test_segments_that_do_not_partition_the_rows_are_refused(starts):
    with pytest.raises(ValueError, match="starts must"):
        pool_segments([1.0, 2.0], [1.0, 1.0], starts)

"""Two pools against each other, and averages turned into chances."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.stats.indirect import indirect_difference
from analysis.stats.pooling import pool
from analysis.stats.responders import from_control_rate, shares_beyond


def test_normal_pools_add_in_quadrature() -> None:
    one = pool([-20.0, -24.0, -28.0], [4.0, 4.0, 4.0], tau2="CE", interval="normal")
    two = pool([-2.0, -4.0], [9.0, 9.0], tau2="CE", interval="normal")
    gap = indirect_difference(one, two)
    assert gap.estimate == pytest.approx(-21.0)
    assert gap.se == pytest.approx(math.sqrt(4 / 3 + 9 / 2))
    assert math.isinf(gap.df)
    assert gap.ci_high - gap.ci_low == pytest.approx(2 * 1.959964 * gap.se, rel=1e-6)


def test_t_pools_keep_fewer_degrees_of_freedom_than_both_together() -> None:
    one, two = (pool([a, a - 3, a + 5], [4.0, 6.0, 5.0]) for a in (-20.0, -3.0))
    gap = indirect_difference(one, two)
    assert 2 <= gap.df <= 4
    swapped = indirect_difference(two, one)
    assert swapped.estimate == pytest.approx(-gap.estimate)
    assert swapped.p == pytest.approx(gap.p)


def test_shares_match_a_simulation_of_normal_arms() -> None:
    shares = shares_beyond(-12.0, -18.0, -6.0, sd=20.0, margin=10.0)
    assert shares.control == pytest.approx(stats.norm.cdf(-0.5))
    assert shares.treated == pytest.approx(stats.norm.cdf(0.1))
    assert shares.treated_low < shares.treated < shares.treated_high
    assert shares.number_needed == pytest.approx(1 / shares.difference)


@given(st.floats(0.01, 0.99), st.floats(-3, 3))
def test_better_treatment_means_more_responders(rate: float, effect: float) -> None:
    shares = from_control_rate(effect, effect - 0.5, effect + 0.5, rate=rate)
    assert 0 <= shares.treated_low <= shares.treated <= shares.treated_high <= 1
    assert (shares.difference > 0) == (effect < 0) or abs(effect) < 1e-9


@pytest.mark.parametrize(("sd", "margin"), [(0.0, 10.0), (20.0, 0.0), (float("nan"), 10.0)])
def test_no_spread_or_no_margin_is_refused(sd: float, margin: float) -> None:
    with pytest.raises(ValueError, match="must be above zero"):
        shares_beyond(-5.0, -9.0, -1.0, sd=sd, margin=margin)

"""Power by simulation against statsmodels' formulas, and alarms where nothing happens."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.stats import planning


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.parametrize(("pairs", "effect"), [(4, -2.0), (8, -1.0), (12, -1.0)])
def test_one_person_s_power_is_the_formula_s(
    generator: np.random.Generator, pairs: int, effect: float
) -> None:
    made = planning.one_person_power(pairs, effect, 0.8, generator=generator, runs=20_000)
    assert made == pytest.approx(planning.one_person_formula(pairs, effect, 0.8), abs=0.012)


def test_a_coin_keeps_false_alarms_at_five_in_a_hundred(generator: np.random.Generator) -> None:
    for alike in (0.0, 0.6):
        alarms = planning.one_person_power(
            6, 0.0, 0.8, correlation=alike, generator=generator, runs=20_000
        )
        assert alarms == pytest.approx(0.05, abs=0.01)
    with pytest.raises(ValueError, match="correlation"):
        planning.one_person_power(6, 0.0, 0.8, correlation=1.0, generator=generator)


@pytest.mark.parametrize("people", [10, 40])
def test_a_comparison_s_power_is_the_formula_s(generator: np.random.Generator, people: int) -> None:
    made = planning.comparison_power(people, -0.8, -0.4, 1.1, generator=generator, runs=10_000)
    assert made == pytest.approx(planning.comparison_formula(people, -0.8, 1.1), abs=0.015)
    none = planning.comparison_power(people, 0.0, -0.4, 1.1, generator=generator, runs=10_000)
    assert none == pytest.approx(0.05, abs=0.01)


def test_a_log_alone_grows_surer_of_nothing(generator: np.random.Generator) -> None:
    alarms = [
        planning.before_after_alarms(n, -0.4, 1.1, generator=generator) for n in (5, 20, 80, 320)
    ]
    assert alarms == sorted(alarms)
    assert alarms[-1] > 0.99
    still = planning.before_after_alarms(40, 0.0, 1.1, generator=generator, runs=20_000)
    assert still == pytest.approx(0.025, abs=0.005)


def test_the_number_needed_reaches_the_power_and_one_fewer_does_not() -> None:
    needed = planning.clients_needed(-1.0, 1.1)
    assert planning.comparison_formula(needed, -1.0, 1.1) >= 0.8
    assert planning.comparison_formula(needed - 1, -1.0, 1.1) < 0.8

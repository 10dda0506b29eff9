"""How much it takes to tell a treatment from what happens anyway: power by simulation.

Everything is in the outcome's own units, lower is better; an ``effect`` is negative when the
treatment helps. Where a closed formula exists, it stands beside the simulation.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from analysis.stats._checks import FloatArray


def one_person_power(
    pairs: int,
    effect: float,
    scatter_sd: float,
    *,
    correlation: float = 0.0,
    generator: np.random.Generator,
    runs: int = 4000,
) -> float:
    """Power of a randomised n-of-1 plan: weeks in pairs, in each a coin decides which is treated.

    Weekly scores scatter around the person's level by ``scatter_sd``; neighbouring weeks share
    ``correlation`` of it (AR(1)). The analysis is a paired t test of treated against untreated
    weeks at 5 %, two-sided (Kravitz and Duan 2014, AHRQ, chapter 4). It takes for granted that the
    effect is over by the next week; an effect that lasts makes the plan see too little, never too
    much.

    Returns the share of simulated persons whose test finds it. ``effect = 0`` gives the share of
    false alarms.
    """
    steps = generator.standard_normal((runs, 2 * pairs))
    weeks = _autoregressive(steps, correlation) * scatter_sd
    treated_first = generator.random((runs, pairs)) < 0.5
    one, two = weeks[:, 0::2], weeks[:, 1::2]
    difference = np.where(treated_first, one - two, two - one) + effect
    return float(np.mean(stats.ttest_1samp(difference, 0.0, axis=1).pvalue < 0.05))


def one_person_formula(pairs: int, effect: float, scatter_sd: float) -> float:
    """The same power from statsmodels' paired t test, for weeks that do not resemble each other."""
    size = abs(effect) / (scatter_sd * math.sqrt(2))
    return float(TTestPower().power(effect_size=size, nobs=pairs, alpha=0.05))


def before_after_alarms(
    clients: int,
    natural_change: float,
    sd_change: float,
    *,
    generator: np.random.Generator,
    runs: int = 4000,
) -> float:
    """How often a log of people who were *not* treated shows a "significant" improvement.

    A paired t test at 5 % of ``clients`` people who change by ``natural_change`` on average by
    themselves. Counted are improvements only. It is no power but a false alarm, and it grows to
    certainty with the number of clients.
    """
    change = generator.normal(natural_change, sd_change, (runs, clients))
    test = stats.ttest_1samp(change, 0.0, axis=1)
    return float(np.mean((test.pvalue < 0.05) & (test.statistic < 0)))


def comparison_power(
    per_group: int,
    effect: float,
    natural_change: float,
    sd_change: float,
    *,
    generator: np.random.Generator,
    runs: int = 4000,
) -> float:
    """Power of comparing treated people with as many on a waiting list, by change, t test at 5 %.

    Both groups change by ``natural_change`` by themselves, so it cancels.
    """
    shape = (runs, per_group)
    waiting = generator.normal(natural_change, sd_change, shape)
    treated = generator.normal(natural_change + effect, sd_change, shape)
    return float(np.mean(stats.ttest_ind(treated, waiting, axis=1).pvalue < 0.05))


def comparison_formula(per_group: int, effect: float, sd_change: float) -> float:
    """The same power from statsmodels' formula for two independent groups."""
    size = abs(effect) / sd_change
    return float(TTestIndPower().power(effect_size=size, nobs1=per_group, alpha=0.05))


def clients_needed(effect: float, sd_change: float, *, power: float = 0.8) -> int:
    """People per group for that power, from statsmodels' formula, rounded up.

    >>> clients_needed(-1.0, 1.07)
    19
    """
    size = abs(effect) / sd_change
    solved = TTestIndPower().solve_power(effect_size=size, power=power, alpha=0.05)
    return math.ceil(float(np.squeeze(solved)))


def at_least_one(chance: float, clients: int) -> float:
    """Chance that at least one of so many clients has a run that each has with ``chance``.

    >>> round(at_least_one(0.1, 20), 2)
    0.88
    """
    return 1 - (1 - chance) ** clients


def _autoregressive(steps: FloatArray, correlation: float) -> FloatArray:
    """Stationary AR(1) of unit variance along the last axis."""
    if not -1 < correlation < 1:
        raise ValueError(f"correlation = {correlation:g} must lie between -1 and 1")
    made = np.empty_like(steps)
    made[:, 0] = steps[:, 0]
    for week in range(1, steps.shape[1]):
        made[:, week] = (
            correlation * made[:, week - 1] + math.sqrt(1 - correlation**2) * steps[:, week]
        )
    return made

"""GRADE by written rules: each domain moves for its own reason and for no other."""

from __future__ import annotations

import pytest
from constructed import ask, pain, trials

from analysis.evidence.certainty import Certainty

GOOD = [-24.0, -22.0, -26.0, -23.0, -25.0]


def rated(differences: list[float], **options: object) -> Certainty:
    comparator = str(options.get("comparator", "sham"))
    studies, contrasts = trials(differences, **options)  # type: ignore[arg-type]
    certainty = ask(pain(), comparator, "short", studies, contrasts).certainty
    assert certainty is not None
    return certainty


def steps(certainty: Certainty) -> dict[str, int]:
    return {domain.name: domain.steps for domain in certainty.domains}


def test_nothing_wrong_is_high() -> None:
    assert rated(GOOD).level == "high"


@pytest.mark.parametrize(
    ("differences", "options", "domain", "off"),
    [
        (GOOD, {"comparator": "no_treatment"}, "risk of bias", 1),
        (GOOD, {"risk_of_bias": "unclear"}, "risk of bias", 1),
        (GOOD, {"risk_of_bias": "high"}, "risk of bias", 2),
        (GOOD, {"duration": "mixed"}, "indirectness", 1),
        (GOOD, {"duration": "acute"}, "indirectness", 2),
        (GOOD, {"n": 30}, "imprecision", 1),
        ([-24.0], {"n": 300}, "inconsistency", 1),
        ([-60.0, 20.0, -55.0, 15.0, -50.0], {"n": 4000}, "inconsistency", 1),
    ],
)
def test_each_domain_has_its_own_reason(
    differences: list[float], options: dict[str, object], domain: str, off: int
) -> None:
    found = steps(rated(differences, **options))
    assert found[domain] == off


def test_an_interval_across_both_edges_is_very_imprecise() -> None:
    certainty = rated([-40.0, 40.0, -20.0, 20.0], n=20)
    assert steps(certainty)["imprecision"] == 2


def test_the_level_never_falls_below_very_low() -> None:
    certainty = rated([-40.0, 40.0, -20.0, 20.0], n=10, risk_of_bias="high", duration="acute")
    assert certainty.level == "very_low"


def test_small_study_effects_are_looked_for_from_ten_trials_on() -> None:
    sizes = [100 + 10 * i for i in range(10)]
    even = rated([-24.0 + 0.3 * i for i in range(10)], n=sizes)
    nine = rated([-24.0 + 0.3 * i for i in range(9)], n=sizes[:9])
    assert even.domains[-1].inputs["egger_p"] is not None
    assert nine.domains[-1].inputs["egger_p"] is None


def test_small_trials_with_larger_effects_cost_a_step() -> None:
    sizes = [12, 14, 16, 20, 25, 30, 100, 400, 900, 2000]
    shifts = [-38.0, -36.0, -33.0, -31.0, -28.0, -25.0, -16.0, -12.0, -11.0, -10.5]
    found = steps(rated(shifts, n=sizes))  # type: ignore[arg-type]
    assert found["publication bias"] == 1


def test_the_table_prints_reasons() -> None:
    table = rated(GOOD, n=30).table()
    assert table.loc[table["domain"].eq("imprecision"), "steps"].item() == -1
    assert table["reason"].str.len().gt(0).all()

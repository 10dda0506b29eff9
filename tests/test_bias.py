"""Corrections for missing studies: against metafor, on made-up selection, where they must warn."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.stats.fail_safe import orwin, rosenthal
from analysis.stats.pet_peese import pet_peese
from analysis.stats.selection_model import MODERATE, SEVERE, STEPS, selection_model

HERE = Path(__file__).parent / "reference"
REFERENCE = json.loads((HERE / "bias.json").read_text("utf-8"))
STUDIES = {
    name: (np.array(s["effect"]), np.array(s["variance"]))
    for name, s in json.loads((HERE / "metafor.json").read_text("utf-8"))["studies"].items()
}
GIVEN = {"moderate": MODERATE, "severe": SEVERE}


def close(got: float, expected: float, yardstick: float) -> None:
    """See reference/README.md: metafor's optimiser stops at some six digits."""
    assert abs(got - expected) <= 2e-5 * max(abs(expected), yardstick)


@pytest.mark.parametrize("name", REFERENCE["selection"])
def test_estimated_selection_equals_metafor(name):
    y, v = STUDIES[name]
    expected = REFERENCE["selection"][name]
    found = selection_model(y, v, steps=tuple(expected["steps"]))
    spread = float(np.sqrt(np.median(v)))
    close(found.estimate, expected["estimate"], spread)
    close(found.unadjusted, expected["unadjusted_estimate"], spread)
    close(found.tau2, expected["tau2"], spread**2)
    close(found.weights[1], expected["weights"][1], 1)
    close(found.lrt_p, expected["lrt_p"], 1)
    assert found.log_likelihood >= expected["log_likelihood"] - 1e-7


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("name", REFERENCE["fixed"])
def test_given_selection_equals_metafor(name, kind):
    y, v = STUDIES[name]
    expected = REFERENCE["fixed"][name][kind]
    assert tuple(expected["weights"]) == GIVEN[kind]
    assert tuple(expected["steps"]) == STEPS
    found = selection_model(y, v, weights=GIVEN[kind])
    spread = float(np.sqrt(np.median(v)))
    close(found.estimate, expected["estimate"], spread)
    close(found.tau2, expected["tau2"], spread**2)
    assert found.log_likelihood >= expected["log_likelihood"] - 1e-7


@pytest.mark.parametrize("unit", [1e-3, 1e3])
def test_selection_does_not_depend_on_the_unit(unit):
    y, v = STUDIES["neck_3_1"]
    here, there = (selection_model(y * u, v * u**2, weights=SEVERE) for u in (1, unit))
    assert there.estimate == pytest.approx(here.estimate * unit, rel=1e-5)
    assert there.se == pytest.approx(here.se * unit, rel=1e-3)


def test_no_selection_is_plain_maximum_likelihood():
    y, v = STUDIES["neck_3_1"]
    found = selection_model(y, v, weights=(1, 1, 1))
    assert found.estimate == pytest.approx(found.unadjusted)
    w = 1 / (v + found.tau2)
    assert found.estimate == pytest.approx((w * y).sum() / w.sum(), rel=1e-6)


def test_the_model_undoes_selection_that_was_made_so():
    rng = np.random.default_rng(7)
    v = rng.uniform(0.01, 0.2, 4000)
    y = rng.normal(-0.1, np.sqrt(v + 0.02))
    kept = (
        rng.random(4000) < np.array(SEVERE)[np.digitize(stats.norm.cdf(y / np.sqrt(v)), STEPS[:2])]
    )
    found = selection_model(y[kept], v[kept])
    assert found.ci_low < -0.1 < found.ci_high
    assert found.unadjusted < found.ci_low
    assert found.weights == pytest.approx(SEVERE, abs=0.1)
    assert found.lrt_p < 1e-6
    assert found.warning == ""


def test_few_studies_are_warned_about_and_empty_steps_refused():
    y, v = STUDIES["neck_1_1"]
    assert "what-if" in selection_model(y, v, weights=MODERATE).warning
    assert "guesses" in selection_model(y, v).warning
    with pytest.raises(ValueError, match="step 1"):
        selection_model([0.1, 0.2, 0.3], [0.1, 0.1, 0.2])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"steps": (0.5,)}, "rise"),
        ({"steps": (0.5, 0.2, 1)}, "rise"),
        ({"weights": (1, 0.5)}, "one per step"),
        ({"weights": (1, 0.5, 0)}, "above 0"),
        ({"level": 95}, "0.95"),
    ],
)
def test_wrong_use_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        selection_model(*STUDIES["neck_1_1"], **wrong)


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("name", REFERENCE["regression"])
def test_pet_peese_equals_r(name, unit):
    y, v = STUDIES[name]
    found = pet_peese(y * unit, v * unit**2)
    for kind in ("pet", "peese"):
        line, expected = getattr(found, kind), REFERENCE["regression"][name][kind]
        for field in ("estimate", "se", "ci_low", "ci_high"):
            assert getattr(line, field) / unit == pytest.approx(expected[field], rel=1e-8)
        for field in ("p", "slope_p"):
            assert getattr(line, field) == pytest.approx(expected[field], rel=1e-7, abs=1e-12)
    power = {"pet": 0, "peese": -1}
    for kind, exponent in power.items():
        slope = getattr(found, kind).slope / unit**exponent
        assert slope == pytest.approx(REFERENCE["regression"][name][kind]["slope"], rel=1e-8)
    assert found.chosen == ("PEESE" if found.pet.p < 0.1 else "PET")
    assert bool(found.warning) == (len(y) < 10)


def test_pet_peese_needs_a_line():
    with pytest.raises(ValueError, match="alike"):
        pet_peese([1, 2, 3], [1, 1, 1])
    with pytest.raises(ValueError, match="3 studies"):
        pet_peese([1, 2], [1, 2])


@pytest.mark.parametrize("name", REFERENCE["failsafe"])
def test_fail_safe_numbers_equal_metafor(name):
    y, v = STUDIES[name]
    expected = REFERENCE["failsafe"][name]
    assert rosenthal(y, v) == expected["rosenthal"]
    assert orwin(y, y.mean() / 4) == expected["orwin"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-3, -0.5), min_size=3, max_size=8))
def test_fail_safe_numbers_do_what_they_promise(effects):
    y, v = np.array(effects), np.full(len(effects), 0.04)
    k = len(y)
    target = float(y.mean()) / 3
    more = orwin(y, target)
    assert abs(y.sum() / (k + more)) <= abs(target) + 1e-9
    assert more == 0 or abs(y.sum() / (k + more - 1)) > abs(target) - 1e-9
    unseen = rosenthal(y, v)
    z = abs((y / np.sqrt(v)).sum())
    assert z / math.sqrt(k + unseen) <= 1.6449

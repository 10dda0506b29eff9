"""From rows to verdict words: one constructed world for every word."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from constructed import ask, both, pain, trials

from analysis.evidence import tables, verdicts
from analysis.evidence.answers import Answer
from analysis.evidence.claims import COMPARATORS, HORIZONS

LARGE = [-24.0, -22.0, -26.0, -23.0, -25.0]
SMALL = [-2.0, -1.0, -3.0, 1.0, -2.0]
OPEN = [-20.0, 9.0, -14.0, 6.0, -6.0]
WORSE = [14.0, 12.0, 16.0, 13.0, 15.0]


def one(differences: list[float], **options: object) -> Answer:
    studies, contrasts = trials(differences, **options)  # type: ignore[arg-type]
    return ask(pain(), "sham", "short", studies, contrasts)


@pytest.mark.parametrize(
    ("differences", "options", "expected"),
    [
        (LARGE, {}, "supported"),
        (LARGE, {"risk_of_bias": "high", "duration": "mixed"}, "supported_uncertain"),
        ([-7.0, -14.0, -6.0, -15.0, -5.0], {}, "supported_uncertain"),
        (OPEN, {}, "no_clear_effect"),
        (SMALL, {}, "not_supported"),
        ([-4.0, -4.5, -3.5, -4.2, -3.8], {"n": 2000}, "not_supported"),
        (SMALL, {"risk_of_bias": "unclear", "duration": "mixed"}, "not_supported"),
        (SMALL, {"risk_of_bias": "high", "duration": "mixed", "n": 35}, "no_clear_effect"),
        (WORSE, {}, "contradicted"),
        ([2.0, 3.0, 2.5, 2.2, 2.8], {"n": 2000}, "not_supported"),
    ],
)
def test_every_word_has_its_world(
    differences: list[float], options: dict[str, object], expected: str
) -> None:
    assert one(differences, **options).verdict == expected


def test_without_a_trial_nothing_is_testable() -> None:
    answer = one(LARGE, comparator="no_treatment")
    assert answer.verdict == "not_testable"
    assert answer.pooled is None
    assert answer.n == 0
    assert "no trial" in answer.sentence


def test_change_within_one_arm_never_supports_a_claim() -> None:
    studies, contrasts = trials([-40.0] * 6, comparator="own_baseline", n=1000)
    judged = verdicts.judge(pain(published=()), studies, contrasts)
    assert judged.verdict == "not_testable"
    assert {a.verdict for a in judged.answers} == {"not_testable"}


@pytest.mark.parametrize("differences", [[-30.0], [-30.0, -28.0], [30.0], [0.5, -0.5]])
def test_one_or_two_small_trials_settle_nothing(differences: list[float]) -> None:
    answer = one(differences, n=60)
    assert answer.pooled is not None
    assert answer.verdict == "no_clear_effect"
    assert "settle" in answer.sentence


def test_trials_that_agree_to_the_digit_are_judged_too() -> None:
    assert one([-24.0] * 4).verdict == "supported"
    assert one([-2.0] * 4).verdict == "not_supported"


def test_one_large_trial_may_support() -> None:
    answer = one([-30.0], n=500)
    assert answer.verdict == "supported"
    assert answer.pooled is not None
    assert not answer.pooled.pooled


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["supported", "supported"], "supported"),
        (["supported", "supported_uncertain"], "supported_uncertain"),
        (["supported", "not_testable"], "supported_uncertain"),
        (["supported", "not_supported"], "supported_uncertain"),
        (["supported_uncertain", "no_clear_effect"], "supported_uncertain"),
        (["supported", "contradicted"], "no_clear_effect"),
        (["no_clear_effect", "not_supported"], "no_clear_effect"),
        (["no_clear_effect", "contradicted"], "contradicted"),
        (["not_supported", "not_supported"], "not_supported"),
        (["not_supported", "not_testable"], "not_supported"),
        (["not_testable", "not_testable"], "not_testable"),
    ],
)
def test_overall_verdict_follows_the_written_table(words: list[str], expected: str) -> None:
    assert verdicts.overall(words) == expected
    assert verdicts.overall(words[::-1]) == expected


def test_better_than_nothing_but_not_than_sham_says_both_halves() -> None:
    studies, contrasts = both(trials(LARGE, comparator="no_treatment"), trials(SMALL))
    judged = verdicts.judge(pain(published=()), studies, contrasts)
    assert judged.verdict == "supported_uncertain"
    assert "less pain" in judged.sentence
    assert "no treatment" in judged.sentence
    assert "sham" in judged.sentence
    assert "not less pain to a degree that matters" in judged.sentence


def test_comparators_and_windows_never_mix() -> None:
    studies, contrasts = both(
        trials(LARGE, comparator="no_treatment"),
        trials(SMALL),
        trials(WORSE, horizon="long-term", prefix="late"),
    )
    judged = verdicts.judge(pain(published=()), studies, contrasts)
    assert judged.answer("sham", "short").verdict == "not_supported"
    assert judged.answer("sham", "long").verdict == "contradicted"
    assert judged.answer("no_treatment", "long").verdict == "not_testable"
    used = [set(a.selection.rows["contrast_id"]) for a in judged.answers]
    assert sum(map(len, used)) == len(set().union(*used)) == len(contrasts)


def test_a_scale_where_more_is_better_is_turned() -> None:
    studies, contrasts = trials([24.0, 22.0, 26.0, 23.0, 25.0], lower_is_better=False)
    answer = ask(pain(), "sham", "short", studies, contrasts)
    assert answer.pooled is not None
    assert answer.pooled.estimate == pytest.approx(-24.0)
    assert answer.verdict == "supported"


def test_an_unknown_direction_is_left_out_and_said() -> None:
    studies, contrasts = trials(LARGE, lower_is_better=pd.NA)
    answer = ask(pain(), "sham", "short", studies, contrasts)
    assert answer.verdict == "not_testable"
    assert set(answer.selection.excluded["why"]) == {
        "the source does not say whether a lower score is better"
    }


def test_one_extreme_trial_moves_its_own_answer_only() -> None:
    real = tables.load_all()
    before = verdicts.judge(pain(published=()), real.studies, real.contrasts)
    added = trials([-90.0], n=20000, prefix="extreme")
    after = verdicts.judge(pain(published=()), *both((real.studies, real.contrasts), added))
    moved = [
        (b.comparator, b.horizon)
        for b, a in zip(before.answers, after.answers, strict=True)
        if (b.rows, b.verdict) != (a.rows, a.verdict)
    ]
    assert moved == [("sham", "short")]


def test_flow_adds_up_and_every_row_left_out_has_a_reason() -> None:
    real = tables.load_all()
    for answer in verdicts.judge(pain(published=()), real.studies, real.contrasts).answers:
        flow, chosen = answer.selection.flow, answer.selection.rows
        assert flow["rows_out"].sum() + len(chosen) == len(real.contrasts)
        assert flow["rows_left"].iloc[-1] == len(chosen)
        assert len(answer.selection.excluded) == flow["rows_out"].sum()
        assert answer.selection.excluded["why"].notna().all()
        assert chosen["study_id"].is_unique


def test_claims_file_has_the_agreed_shape(tmp_path: Path) -> None:
    document = json.loads(verdicts.write_claims(tmp_path).read_text(encoding="utf-8"))
    assert set(document) == {"data_version", "claims"}
    evidence = tables.load_all()
    known = set(evidence.contrasts["contrast_id"]) | set(evidence.reviews["row_id"])
    for claim in document["claims"]:
        assert {"id", "claim", "verdict", "sentence", "answers"} <= set(claim)
        asked = [(a["comparator"], a["horizon"]) for a in claim["answers"]]
        assert len(asked) == len(set(asked))
        for answer in claim["answers"]:
            assert answer["comparator"] in COMPARATORS
            assert answer["horizon"] in HORIZONS
            assert answer["verdict"] in verdicts.VERDICTS
            assert set(answer["rows"]) <= known
            if answer["detail"]["basis"] == "trials":
                assert len(answer["rows"]) == answer["k"]
            assert (answer["estimate"] is None) == (answer["verdict"] == "not_testable")
            numbers = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "n")
            assert set(numbers) <= set(answer)
            assert answer["sentence"].endswith((".", "!"))


def test_the_smallest_important_difference_is_a_published_between_group_one() -> None:
    claim = pain()
    row = tables.load_all().thresholds.set_index("threshold_id").loc[claim.threshold_id]
    assert row["change_kind"] == "between_group"
    scale = 100.0 / (row["scale_max"] - row["scale_min"])
    assert row["value"] * scale == claim.important

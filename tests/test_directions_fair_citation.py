"""Directions, fair sentences and the search for the cited study."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from constructed import both, pain, trials

from analysis.evidence import citation, directions, selection, tables, verdicts
from analysis.evidence.claims import load_claims
from analysis.evidence.fair import may_write


def test_one_word_per_trial_and_comparison() -> None:
    studies, contrasts = trials([-24.0, -1.0, -24.0], direction=pd.NA)
    contrasts.loc[2, "comparator"] = "no_treatment"
    twice = pd.concat([contrasts, contrasts.iloc[:1].assign(contrast_id="x", mean_t=74.0)])
    rows = selection.prepare(pain(), studies, twice)
    table = directions.by_trial(pain(), rows)
    words = table.set_index(["study_id", "comparator"])["direction"]
    assert words.tolist() == ["mixed", "no_difference", "favours_massage"]
    counted = directions.counts(table).set_index("comparator")
    assert counted.loc["sham", "total"] == 2
    assert counted.loc["no_treatment", "favours_massage"] == 1


def test_what_is_no_comparison_is_not_counted() -> None:
    studies, contrasts = trials([-24.0] * 4, direction="favours_massage")
    contrasts["caution"] = ["within_arm", "both_arms_massage", "duplicate", pd.NA]
    rows = selection.prepare(pain(), studies, contrasts)
    assert len(directions.by_trial(pain(), rows)) == 1


@pytest.fixture(scope="module")
def judged() -> dict[str, verdicts.Verdict]:
    return verdicts.judge_all()


def test_sentences_to_write_hold_no_number_and_no_promise(
    judged: dict[str, verdicts.Verdict],
) -> None:
    for verdict in judged.values():
        box = may_write(verdict)
        assert not re.search(r"\d", box.fair), box.fair
        assert len({box.too_strong, box.fair, box.too_weak}) == 3
        assert not re.search(r"\b(proven|cures?|guarantee)", box.fair)
        assert box.fair.endswith(".")


def test_a_fair_sentence_names_the_comparison_it_failed() -> None:
    studies, contrasts = both(
        trials([-24.0, -22.0, -26.0, -23.0], comparator="no_treatment"),
        trials([-2.0, -1.0, -3.0, 1.0]),
    )
    verdict = verdicts.judge(pain(published=()), studies, contrasts)
    fair = may_write(verdict).fair
    assert "less pain than people who got no treatment" in fair
    assert "not been shown to do more than a sham treatment" in fair


def test_without_figures_the_fair_sentence_says_not_known() -> None:
    studies, contrasts = trials([-24.0], comparator="own_baseline")
    fair = may_write(verdicts.judge(pain(published=()), studies, contrasts)).fair
    assert "is not known" in fair


def test_no_candidate_meets_every_point_of_the_post() -> None:
    found = citation.judge(tables.load_all().citations)
    assert found.verdict == "not_supported"
    assert found.points["met"].max() < len(citation.POINTS)
    assert "not proof that it does not exist" in found.sentence
    assert len(found.rows) == len(tables.load("citations"))


def test_a_paper_that_meets_every_point_would_be_found() -> None:
    candidates = tables.load_all().citations.iloc[:3].copy()
    candidates["journal"] = citation.JOURNAL
    columns = ["chronic_pain_population", "measured_pain", "measured_function", "measured_qol"]
    candidates[columns] = False
    assert citation.judge(candidates).verdict == "not_supported"
    candidates.loc[candidates.index[0], columns] = True
    assert citation.judge(candidates).verdict == "supported"


def test_an_unknown_point_is_not_a_met_point() -> None:
    candidates = tables.load_all().citations.iloc[:1].copy()
    candidates["journal"] = citation.JOURNAL
    columns = ["chronic_pain_population", "measured_pain", "measured_function", "measured_qol"]
    candidates[columns] = True
    candidates["measured_qol"] = pd.NA
    assert citation.judge(candidates).verdict == "not_supported"


def test_without_candidates_nothing_can_be_said() -> None:
    assert citation.judge(tables.load_all().citations.iloc[:0]).verdict == "not_testable"


def test_safety_asks_whether_harm_rises() -> None:
    claim = load_claims()["safety"]
    assert claim.kind == "harm"
    from analysis.evidence.answers import harm_word
    from analysis.stats.pooling import pool

    def of(effects: list[float], variance: float) -> str:
        return harm_word(pool(effects, [variance] * len(effects)), "moderate", 0.22)

    assert of([-0.6, -0.5, -0.7], 0.01) == "supported"
    assert of([0.6, 0.5, 0.7], 0.01) == "contradicted"
    assert of([0.1, -0.1, 0.2], 0.5) == "no_clear_effect"
    assert harm_word(None, None, 0.22) == "not_testable"

"""From every number in every sentence back to rows, and from every row forward to its use."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import paths
from analysis.evidence import coverage, selection, sources, tables, verdicts
from analysis.evidence.claims import load_claims
from analysis.evidence.published import estimates
from analysis.evidence.sentences import number
from analysis.stats.pooling import pool

COMMITTED = paths.root() / "results" / "claims.json"


@pytest.fixture(scope="module")
def evidence() -> tables.Tables:
    return tables.load_all()


@pytest.fixture(scope="module")
def judged(evidence: tables.Tables) -> dict[str, verdicts.Verdict]:
    return {n: verdicts.judge_claim(c, evidence) for n, c in load_claims().items()}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    if not COMMITTED.exists():
        pytest.skip("results/claims.json is not made yet: run `make accept`")
    loaded: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return loaded


def test_fourteen_claims_have_a_verdict(document: dict[str, Any]) -> None:
    assert [c["id"] for c in document["claims"]] == [
        "pain", "function", "quality-of-life", "range-of-motion", "stress-anxiety", "cortisol",
        "endorphins", "serotonin", "parasympathetic", "blood-flow", "sleep", "medication",
        "safety", "cited-study",
    ]  # fmt: skip
    assert {c["verdict"] for c in document["claims"]} <= set(verdicts.VERDICTS)


def _tested(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for claim in document["claims"]:
        for answer in claim["answers"]:
            if answer["estimate"] is not None:
                yield claim, answer


def _recomputed(
    claim_id: str, answer: dict[str, Any], evidence: tables.Tables
) -> tuple[dict[str, float], float]:
    """The answer's figures from its row ids alone, and the smallest difference that matters."""
    claim = load_claims()[claim_id]
    if answer["detail"]["basis"] == "review":
        table = estimates(claim, evidence.reviews, evidence.sources).set_index("row_id")
        row = table.loc[answer["rows"][0]]
        names = ("estimate", "ci_low", "ci_high")
        ends = [float(x) for x in row[["effect", "low", "high"]]]
        if not row["oriented"]:  # claims.toml says how the sign is read
            ends = [-ends[0], -ends[2], -ends[1]]
        figures = dict(zip(names, ends, strict=True))
    else:
        rows = selection.prepare(claim, evidence.studies, evidence.contrasts)
        rows = rows.set_index("contrast_id").loc[answer["rows"]]
        kind = claim.interval_of_two if len(rows) == 2 else claim.interval
        fit = pool(rows["effect"], rows["variance"], tau2=claim.tau2, interval=kind)
        names = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
        figures = {name: getattr(fit, name) for name in names}
        assert answer["n"] in (None, int(rows["n"].fillna(0).sum()))
        assert answer["k"] == rows["study_id"].nunique() == len(rows)
    if answer["measure"] == "RR":
        figures = {name: math.exp(value) for name, value in figures.items()}
    return figures, answer["detail"]["important_difference"]


def test_every_number_in_a_sentence_comes_from_its_rows(
    document: dict[str, Any], evidence: tables.Tables
) -> None:
    for claim, answer in _tested(document):
        figures, margin = _recomputed(claim["id"], answer, evidence)
        for name, value in figures.items():
            stored = answer[name]
            if name.startswith("prediction") and (answer["k"] or 0) < 3:
                assert stored is None  # two trials cannot tell where a third may fall
                continue
            assert stored == pytest.approx(value, rel=1e-9) or (
                stored is None and not math.isfinite(value)
            ), (claim["id"], answer["comparator"], name)
        digits = 1 if answer["measure"] == "MD" else 2
        allowed = {number(figures[n], digits) for n in ("estimate", "ci_low", "ci_high")}
        allowed |= {number(abs(figures["estimate"]), digits), number(margin, 0), number(margin, 2)}
        allowed |= {str(answer["k"]), f"{answer['n']:,}" if answer["n"] else "", "95", "0", "100"}
        said = re.findall(r"\u2212?\d+(?:[.,]\d+)*", answer["sentence"].replace("0-100", "0 100"))
        assert set(said) <= allowed, (answer["sentence"], set(said) - allowed)


def test_every_row_leads_to_a_paper_and_a_place(
    document: dict[str, Any], evidence: tables.Tables
) -> None:
    for claim in document["claims"]:
        for rows in [claim["rows"], *[a["rows"] for a in claim["answers"]]]:
            if rows:
                found = sources.places(evidence, rows)
                assert found["row_id"].tolist() == rows
                assert found["citation"].notna().all()


def test_an_unknown_row_is_named(evidence: tables.Tables) -> None:
    with pytest.raises(KeyError, match="no table holds made-up-row"):
        sources.places(evidence, ["made-up-row"])


def test_every_contrast_is_used_or_left_out_for_a_reason(
    judged: dict[str, verdicts.Verdict], evidence: tables.Tables
) -> None:
    table = coverage.of_contrasts(judged, evidence.contrasts)
    assert table["contrast_id"].tolist() == evidence.contrasts["contrast_id"].tolist()
    pooled = table[table["status"].eq("pooled")]
    left_out = table[table["status"].eq("left_out")]
    assert len(pooled) + len(left_out) == len(evidence.contrasts)
    assert left_out["why"].notna().all()
    assert left_out["step"].notna().all()
    answers = [a for v in judged.values() for a in v.answers if a.basis == "trials"]
    trial_rows = {row for a in answers for row in a.rows}
    assert set(pooled["contrast_id"]) == trial_rows
    within = left_out["comparator"].eq("own_baseline")
    assert not pooled["comparator"].eq("own_baseline").any()
    assert within.sum() == evidence.contrasts["comparator"].eq("own_baseline").sum()


def test_favours_massage_means_the_same_everywhere(evidence: tables.Tables) -> None:
    """Where a source says in words whom a result favours, the aligned effect agrees."""
    checked = 0
    for claim in load_claims().values():
        if claim.kind == "citation":
            continue
        rows = selection.prepare(claim, evidence.studies, evidence.contrasts)
        rows = rows[rows["outcome"].isin(list(claim.outcomes)) & rows["effect"].notna()]
        rows = rows[~selection.cautioned(rows, claim.cautions_out)]
        side = rows["direction"].map({"favours_massage": -1.0, "favours_comparator": 1.0})
        said = rows[side.notna()]
        wrong = said[(said["effect"].astype(float) * side[side.notna()].astype(float)) < 0]
        assert wrong["contrast_id"].tolist() == [], claim.id
        checked += len(said)
    assert checked > 20


def test_instruments_that_count_upwards_are_turned(evidence: tables.Tables) -> None:
    claim = load_claims()["quality-of-life"]
    rows = selection.prepare(claim, evidence.studies, evidence.contrasts)
    arms = rows[rows["outcome"].eq("quality_of_life") & rows["derived_from"].eq("arms")]
    raw = arms["mean_t"] - arms["mean_c"]
    turned = arms["lower_is_better"].eq(False)
    assert turned.any()
    assert ((raw > 0) == (arms["effect"] < 0))[turned].all()
    assert ((raw > 0) == (arms["effect"] > 0))[~turned].all()


def test_an_extreme_trial_moves_its_claim_and_no_other(
    judged: dict[str, verdicts.Verdict], evidence: tables.Tables
) -> None:
    from dataclasses import replace

    from constructed import both, trials

    added = trials([-90.0], n=20000, prefix="extreme")
    studies, contrasts = both((evidence.studies, evidence.contrasts), added)
    changed = replace(evidence, studies=studies, contrasts=contrasts)
    moved = []
    for name, claim in load_claims().items():
        again = verdicts.judge_claim(claim, changed)
        pairs = zip(again.answers, judged[name].answers, strict=True)
        if any(a.rows != b.rows for a, b in pairs):
            moved.append(name)
    assert moved == ["pain"]


def test_published_estimates_are_turned_by_the_reviews_own_word(evidence: tables.Tables) -> None:
    for claim in load_claims().values():
        if claim.kind == "citation":
            continue
        table = estimates(claim, evidence.reviews, evidence.sources)
        favours = evidence.reviews.set_index("row_id")["favours"].reindex(table["row_id"])
        named = favours.fillna("").str.contains("massage").to_numpy()
        assert (table.loc[named, "effect"] < 0).all(), claim.id
        assert table.loc[named, "oriented"].all(), claim.id
        assert (table["low"] <= table["high"]).all()


def test_named_published_estimates_exist_and_match_their_comparator(
    evidence: tables.Tables,
) -> None:
    known = evidence.reviews.set_index("row_id")
    for claim in load_claims().values():
        for one in claim.published:
            row = known.loc[one.row]
            assert row["outcome"] in claim.outcomes
            assert one.mixed == ("mixed" in row["comparator"])
            assert row["comparator"] == one.comparator or one.mixed


def test_data_of_another_folder_are_used(tmp_path: Path, evidence: tables.Tables) -> None:
    import shutil

    shutil.copytree(paths.data_dir(), tmp_path / "data", ignore=shutil.ignore_patterns("clients"))
    file = tmp_path / "data" / "published" / "contrasts.csv"
    text = file.read_text(encoding="utf-8")
    line = next(part for part in text.splitlines() if part.startswith("neck-A1.1-haller2016"))
    assert ",31.6," in line
    file.write_text(text.replace(line, line.replace(",31.6,", ",41.6,")), encoding="utf-8")
    before = verdicts.judge_claim(load_claims()["pain"], evidence).answer("sham", "short")
    after = verdicts.judge_claim(load_claims()["pain"], tables.load_all(tmp_path / "data"))
    assert before.pooled is not None
    moved = after.answer("sham", "short").pooled
    assert moved is not None
    assert moved.estimate > before.pooled.estimate
    assert verdicts.data_version(tmp_path / "data") != verdicts.data_version()
    assert isinstance(evidence.contrasts, pd.DataFrame)

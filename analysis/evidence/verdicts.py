"""A claim's overall verdict from its answers, and ``claims.json``.

An answer is about one comparator and one time window; a claim's verdict follows from the answers
that ``claims.toml`` names under ``decided_by``. The rules stand in docs/methods.md.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import __version__, paths
from analysis.evidence import citation, claim_sentences, directions, tables
from analysis.evidence.answers import Answer, find
from analysis.evidence.certainty import Domain
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.selection import prepare

VERDICTS = (
    "supported",
    "supported_uncertain",
    "no_clear_effect",
    "not_supported",
    "contradicted",
    "not_testable",
)


@dataclass(frozen=True)
class Verdict:
    """A claim's overall verdict with every answer behind it.

    ``rows`` holds row ids for claims that no trial can answer (the cited study).
    """

    claim: Claim
    verdict: str
    answers: tuple[Answer, ...]
    sentence: str
    rows: tuple[str, ...] = ()

    def answer(self, comparator: str, horizon: str) -> Answer:
        """The answer for one comparator and time window; KeyError if it was not asked."""
        for answer in self.answers:
            if (answer.comparator, answer.horizon) == (comparator, horizon):
                return answer
        raise KeyError(f"{self.claim.id} has no answer for {comparator}/{horizon}")

    @property
    def decisive(self) -> tuple[Answer, ...]:
        """The answers that decide the verdict, in the order of ``claims.toml``."""
        return tuple(self.answer(c, h) for c, h in self.claim.decided_by)

    @property
    def tested(self) -> tuple[Answer, ...]:
        """The answers that rest on any figures."""
        return tuple(a for a in self.answers if a.pooled is not None)


def overall(words: list[str]) -> str:
    """The claim's verdict from the answers that decide it (see docs/methods.md for the table)."""
    found = set(words)
    if found == {"supported"}:
        return "supported"
    if found & {"supported", "supported_uncertain"}:
        return "no_clear_effect" if "contradicted" in found else "supported_uncertain"
    for verdict in ("contradicted", "no_clear_effect", "not_supported"):
        if verdict in found:
            return verdict
    return "not_testable"


def judge(
    claim: Claim,
    studies: pd.DataFrame,
    contrasts: pd.DataFrame,
    reviews: pd.DataFrame | None = None,
) -> Verdict:
    """Answer ``claim`` for every comparator and time window, and give the overall verdict."""
    prepared = prepare(claim, studies, contrasts)
    published = reviews if reviews is not None else tables.load("reviews")
    answers = tuple(
        find(claim, comparator, horizon, prepared, published)
        for comparator in claim.comparators
        for horizon in claim.horizons
    )
    return conclude(claim, answers, prepared)


def conclude(claim: Claim, answers: tuple[Answer, ...], prepared: pd.DataFrame) -> Verdict:
    """The overall verdict that follows from the answers to every question, on these rows."""
    by_question = {(a.comparator, a.horizon): a.verdict for a in answers}
    verdict = overall([by_question[key] for key in claim.decided_by])
    partial = Verdict(claim, verdict, answers, "")
    told = claim_sentences.overall(partial)
    if verdict == "not_testable":
        told += " " + claim_sentences.reported(directions.by_trial(claim, prepared))
    return Verdict(claim, verdict, answers, told)


def _harms(claim: Claim, evidence: tables.Tables) -> tuple[str, ...]:
    return tuple(evidence.safety["row_id"]) if claim.kind == "harm" else ()


def judge_claim(claim: Claim, evidence: tables.Tables) -> Verdict:
    """Judge any kind of claim on the loaded tables."""
    if claim.kind == "citation":
        found = citation.judge(evidence.citations)
        return Verdict(claim, found.verdict, (), found.sentence, found.rows)
    verdict = judge(claim, evidence.studies, evidence.contrasts, evidence.reviews)
    return replace(verdict, rows=_harms(claim, evidence))


def judge_all(data: Path | None = None) -> dict[str, Verdict]:
    """Every claim of ``claims.toml`` judged on the tables in ``data``."""
    evidence = tables.load_all(data)
    return {claim_id: judge_claim(claim, evidence) for claim_id, claim in load_claims(data).items()}


def data_version(data: Path | None = None) -> str:
    """Package version and a short hash of every table and of ``claims.toml``."""
    folder = data or paths.data_dir()
    digest = hashlib.sha256()
    for file in [folder / "claims.toml", *sorted((folder / "published").glob("*.csv"))]:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:8]}"


def claims_document(verdicts: dict[str, Verdict], version: str) -> dict[str, Any]:
    """The content of ``claims.json``: full precision, None where there is no number."""
    return {
        "data_version": version,
        "claims": [
            {
                "id": verdict.claim.id,
                "claim": verdict.claim.claim,
                "verdict": verdict.verdict,
                "sentence": verdict.sentence,
                "rows": list(verdict.rows),
                "answers": [answer_record(a) for a in verdict.answers],
            }
            for verdict in verdicts.values()
        ],
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def answer_record(a: Answer) -> dict[str, Any]:
    """One answer as ``claims.json`` holds it."""
    pooled = a.pooled
    figures = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    raw = {name: _number(getattr(pooled, name, None)) for name in figures}
    if a.k is None or a.k < 3:  # two trials cannot tell where a third may fall
        raw["prediction_low"] = raw["prediction_high"] = None
    record: dict[str, Any] = {
        "comparator": a.comparator,
        "horizon": a.horizon,
        "verdict": a.verdict,
        "measure": a.measure,
        **{name: None if value is None else a.shown(value) for name, value in raw.items()},
        "k": a.k,
        "n": a.n,
        "certainty": a.certainty.level if a.certainty else None,
        "sentence": a.sentence,
        "rows": list(a.rows),
    }
    heterogeneity = ("tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "q", "q_p", "p")
    record["detail"] = {
        "basis": a.basis,
        "population": a.population,
        "people": a.who,
        "mixed_controls": a.mixed,
        "unit": a.unit,
        "better": a.claim.better,
        "worse": a.claim.worse,
        **{name: _number(getattr(pooled, name, None)) for name in heterogeneity},
        "important_difference": a.shown(a.margin),
        "equivalence_p": _number(a.equivalence.p) if a.equivalence else None,
        "domains": [_domain_record(d, a) for d in a.certainty.domains] if a.certainty else [],
    }
    return record


_ON_SCALE = ("ci_low", "ci_high", "prediction_low", "prediction_high", "important")


def _domain_record(domain: Domain, a: Answer) -> dict[str, Any]:
    record = asdict(domain)
    for name, value in domain.inputs.items():
        if isinstance(value, float):
            number = _number(value)
            on_scale = name in _ON_SCALE and number is not None
            record["inputs"][name] = a.shown(value) if on_scale else number
    return record


def write_claims(directory: Path, data: Path | None = None) -> Path:
    """Judge everything and write ``claims.json`` into ``directory``; returns the file's path."""
    document = claims_document(judge_all(data), data_version(data))
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "claims.json"
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    partial = file.with_suffix(".partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(file)
    return file

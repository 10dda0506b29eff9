"""From selected rows to one of six verdict words, and to ``claims.json``.

The rules are few and written before the results (docs/methods.md). An answer is about one
comparator and one time window; a claim's overall verdict follows from the answers that
``claims.toml`` names under ``decided_by``.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import __version__, paths
from analysis.evidence import sentences, tables
from analysis.evidence.certainty import Certainty, Domain, assess
from analysis.evidence.claims import Claim, Selection, load_claims, select
from analysis.stats.equivalence import Equivalence, equivalence
from analysis.stats.pooling import PooledEffect, pool

VERDICTS = (
    "supported",
    "supported_uncertain",
    "no_clear_effect",
    "not_supported",
    "contradicted",
    "not_testable",
)


@dataclass(frozen=True)
class Answer:
    """What the trials say about one claim against one comparator in one time window.

    ``pooled`` and ``certainty`` are None where nothing could be tested. Effects are in the claim's
    measure; below zero favours massage.
    """

    claim: Claim
    comparator: str
    horizon: str
    verdict: str
    selection: Selection
    pooled: PooledEffect | None
    certainty: Certainty | None
    equivalence: Equivalence | None

    @property
    def n(self) -> int:
        """People in the pooled trials' arms."""
        return int(self.selection.rows["n"].sum())

    @property
    def sentence(self) -> str:
        """The answer in one plain sentence, made from the numbers."""
        return sentences.answer(self)


@dataclass(frozen=True)
class Verdict:
    """A claim's overall verdict with every answer behind it."""

    claim: Claim
    verdict: str
    answers: tuple[Answer, ...]

    @property
    def sentence(self) -> str:
        """The overall answer in plain words."""
        return sentences.overall(self)

    def answer(self, comparator: str, horizon: str) -> Answer:
        """The answer for one comparator and time window; KeyError if it was not asked."""
        for answer in self.answers:
            if (answer.comparator, answer.horizon) == (comparator, horizon):
                return answer
        raise KeyError(f"{self.claim.id} has no answer for {comparator}/{horizon}")


def word(
    pooled: PooledEffect | None, certainty: str | None, margin: float, equivalent: bool
) -> str:
    """The verdict word of one answer.

    Parameters
    ----------
    pooled
        Pooled effect (negative favours massage), or None without a usable trial.
    certainty
        GRADE level of that effect.
    margin
        Smallest important difference between groups, above zero.
    equivalent
        Whether two one-sided tests show the effect to lie within ``-margin`` to ``margin``.
    """
    if pooled is None:
        return "not_testable"
    if pooled.ci_low > 0 and not equivalent:
        return "contradicted"
    if equivalent:
        return "no_clear_effect" if certainty == "very_low" else "not_supported"
    if pooled.ci_high >= 0:
        return "no_clear_effect"
    enough = pooled.k > 1 and certainty in ("moderate", "high")
    if pooled.estimate <= -margin and enough:
        return "supported"
    return "supported_uncertain"


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


def answer(
    claim: Claim, comparator: str, horizon: str, studies: pd.DataFrame, contrasts: pd.DataFrame
) -> Answer:
    """Select, pool, rate and judge: one claim against one comparator in one time window."""
    selection = select(claim, comparator, horizon, studies, contrasts)
    rows = selection.rows
    if rows.empty:
        return Answer(claim, comparator, horizon, "not_testable", selection, None, None, None)
    pooled = pool(
        rows["effect"],
        rows["variance"],
        tau2=claim.tau2,
        interval=claim.interval,
        level=claim.rules.level,
    )
    certainty = assess(claim, comparator, rows, pooled)
    same = equivalence(pooled.estimate, pooled.se, pooled.df, claim.important)
    verdict = word(pooled, certainty.level, claim.important, same.equivalent)
    return Answer(claim, comparator, horizon, verdict, selection, pooled, certainty, same)


def judge(claim: Claim, studies: pd.DataFrame, contrasts: pd.DataFrame) -> Verdict:
    """Answer ``claim`` for every comparator and time window, and give the overall verdict."""
    answers = tuple(
        answer(claim, comparator, horizon, studies, contrasts)
        for comparator in claim.comparators
        for horizon in claim.horizons
    )
    by_question = {(a.comparator, a.horizon): a.verdict for a in answers}
    return Verdict(claim, overall([by_question[key] for key in claim.decided_by]), answers)


def judge_all(data: Path | None = None) -> dict[str, Verdict]:
    """Every claim of ``claims.toml`` judged on the tables in ``data``."""
    loaded = tables.load_all(data)
    return {
        claim_id: judge(claim, loaded.studies, loaded.contrasts)
        for claim_id, claim in load_claims(data).items()
    }


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
                "answers": [_answer_record(a) for a in verdict.answers],
            }
            for verdict in verdicts.values()
        ],
    }


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _answer_record(a: Answer) -> dict[str, Any]:
    pooled = a.pooled
    figures = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    record: dict[str, Any] = {
        "comparator": a.comparator,
        "horizon": a.horizon,
        "verdict": a.verdict,
        "measure": a.claim.effect,
        **{name: _number(getattr(pooled, name, None)) for name in figures},
        "k": len(a.selection.rows),
        "n": a.n,
        "certainty": a.certainty.level if a.certainty else None,
        "sentence": a.sentence,
        "rows": a.selection.rows["contrast_id"].tolist(),
    }
    heterogeneity = ("tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "q", "q_p", "p")
    record["detail"] = {
        **{name: _number(getattr(pooled, name, None)) for name in heterogeneity},
        "important_difference": a.claim.important,
        "equivalence_p": _number(a.equivalence.p) if a.equivalence else None,
        "domains": [_domain_record(d) for d in a.certainty.domains] if a.certainty else [],
    }
    return record


def _domain_record(domain: Domain) -> dict[str, Any]:
    record = asdict(domain)
    record["inputs"] = {
        name: _number(value) if isinstance(value, float) else value
        for name, value in domain.inputs.items()
    }
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

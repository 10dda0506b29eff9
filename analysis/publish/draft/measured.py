"""How well the checker does on labelled sentences: precision and recall, per claim and overall."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.publish.draft.check import check_text

SPLITS = {
    "tune": "seen while the rules were made",
    "held_out": "set aside",
    "audit": "fresh style, written last",
}
FLAGGED = ("overclaim", "trap")


@dataclass(frozen=True)
class Labelled:
    """A sentence with the claims that it makes and the judgement that a person gave it."""

    id: str
    text: str
    claims: frozenset[str]
    judgement: str
    split: str


@dataclass(frozen=True)
class Score:
    """Hits, false alarms and misses."""

    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right; None where nothing was found."""
        found = self.hits + self.false_alarms
        return self.hits / found if found else None

    @property
    def recall(self) -> float | None:
        """Share of what is there that was found; None where nothing is there."""
        there = self.hits + self.misses
        return self.hits / there if there else None


def labelled(file: Path | None = None) -> list[Labelled]:
    """The labelled sentences, in the order of the table."""
    file = file or paths.data_dir() / "draft_check" / "sentences.csv"
    with file.open(encoding="utf-8", newline="") as table:
        return [
            Labelled(
                row["id"],
                row["text"],
                frozenset(filter(None, row["claim"].split(";"))),
                row["judgement"],
                row["split"],
            )
            for row in csv.DictReader(table)
        ]


def scores(
    sentences: Iterable[Labelled], claims_document: Mapping[str, Any]
) -> tuple[dict[str, Score], Score]:
    """One score per claim for finding it, and one for flagging what goes too far."""
    hits: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    flags: Counter[tuple[bool, bool]] = Counter()
    for sentence in sentences:
        findings = check_text(sentence.text, claims_document)
        found = {f.claim for f in findings if f.claim}
        hits.update(found & sentence.claims)
        alarms.update(found - sentence.claims)
        misses.update(sentence.claims - found)
        flagged = any(f.judgement in FLAGGED for f in findings)
        flags[flagged, sentence.judgement in FLAGGED] += 1
    known = [entry["id"] for entry in claims_document["claims"]]
    per_claim = {claim: Score(hits[claim], alarms[claim], misses[claim]) for claim in known}
    return per_claim, Score(flags[True, True], flags[True, False], flags[False, True])


def together(parts: Iterable[Score]) -> Score:
    """The sum of scores."""
    listed = list(parts)
    return Score(
        sum(s.hits for s in listed),
        sum(s.false_alarms for s in listed),
        sum(s.misses for s in listed),
    )


def tables(claims_document: Mapping[str, Any], file: Path | None = None) -> str:
    """The tables of docs/draft-check.md, as Markdown."""
    all_of_them = labelled(file)
    overall = []
    detail: dict[str, dict[str, Score]] = {}
    for split, told in SPLITS.items():
        here = [s for s in all_of_them if s.split == split]
        per_claim, flags = scores(here, claims_document)
        detail[split] = per_claim
        whole = together(per_claim.values())
        overall.append((f"`{split}`: {told}", str(len(here)), *_shares(whole), *_shares(flags)))
    heads = (
        "part", "sentences", "claims: precision", "claims: recall", "flags: precision",
        "flags: recall",
    )  # fmt: skip
    claims = [
        (
            f"`{claim}`",
            str(score.hits + score.misses),
            *_shares(score),
            *_shares(detail["audit"][claim]),
        )
        for claim, score in detail["held_out"].items()
    ]
    claim_heads = (
        "claim", "times set aside", "precision", "recall", "audit: precision", "audit: recall"
    )  # fmt: skip
    return f"{_table(heads, overall)}\n\n{_table(claim_heads, claims)}\n\n{_audits(file)}\n"


def _audits(file: Path | None) -> str:
    """What earlier audits measured before their sentences were looked at, as written down then."""
    folder = file.parent if file else paths.data_dir() / "draft_check"
    with (folder / "audits.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    heads = (
        "audit, at first sight", "sentences", "claims: precision", "claims: recall",
        "flags: precision", "flags: recall",
    )  # fmt: skip
    shares = ("claims_precision", "claims_recall", "flags_precision", "flags_recall")
    return _table(
        heads,
        [(r["audit"], r["sentences"], *(f"{float(r[name]):.2f}" for name in shares)) for r in rows],
    )


def _shares(score: Score) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        "–" if share is None else f"{share:.2f}" for share in (score.precision, score.recall)
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

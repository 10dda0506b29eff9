"""Verdicts as `claims.json` holds them, in the shape that judging needs.

What goes too far depends on the verdicts: this is where the checker learns them, and nothing about
the evidence is written anywhere else in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.differences import ResultsError
from analysis.evidence import papers
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.fair import FAVOURABLE, may_write_of
from analysis.evidence.sentences import CERTAINTY_WORDS, COMPARATOR_WORDS, VERDICT_WORDS

HORIZONS = {
    "immediate": "on the same day",
    "short": "to twelve weeks",
    "medium": "to half a year",
    "long": "beyond half a year",
}
MOST_PAPERS = 3  # named in one citation; the rest are counted


@dataclass(frozen=True)
class Level:
    """How sure an answer is."""

    level: str


@dataclass(frozen=True)
class RecordedAnswer:
    """One answer of ``claims.json``; ``pooled`` is its estimate."""

    comparator: str
    horizon: str
    verdict: str
    pooled: float | None
    certainty: Level | None
    mixed: bool
    population: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """One claim of ``claims.json`` with its question from ``claims.toml``."""

    claim: Claim
    verdict: str
    answers: tuple[RecordedAnswer, ...]
    sentence: str
    version: str
    fair: str  # a sentence that may be pasted as it stands

    @property
    def decisive(self) -> tuple[RecordedAnswer, ...]:
        """The answers that decide the verdict."""
        order = self.claim.decided_by
        return tuple(a for pair in order for a in self.answers if (a.comparator, a.horizon) == pair)

    def favours(self, comparator: str, horizon: str | None = None) -> bool:
        """Whether any answer against a comparator (in a time window) favours massage."""
        return any(
            a.verdict in FAVOURABLE
            for a in self.answers
            if a.comparator == comparator and horizon in (None, a.horizon)
        )

    @cached_property
    def in_words(self) -> str:
        """What is supported, by comparator and time window; one sentence."""
        if self.claim.kind == "citation":
            return self.sentence
        windows: dict[tuple[str, str], list[str]] = {}
        for a in self.answers:
            if a.pooled is not None:
                against = "mixed controls" if a.mixed else COMPARATOR_WORDS[a.comparator]
                sure = f", {CERTAINTY_WORDS[a.certainty.level]}" if a.certainty else ""
                favourable = a.verdict in FAVOURABLE
                told = f"{VERDICT_WORDS[a.verdict]}{sure if favourable else ''}"
                windows.setdefault((against, told), []).append(HORIZONS[a.horizon])
        if not windows:
            return f"Evidence on {self.claim.noun}: {VERDICT_WORDS[self.verdict]}."
        parts: dict[str, list[str]] = {}
        for (against, told), when in windows.items():
            parts.setdefault(against, []).append(f"{told} ({' and '.join(when)})")
        listed = "; ".join(f"v {against}: {', '.join(told)}" for against, told in parts.items())
        return f"Evidence on {self.claim.noun}: {listed}."

    @cached_property
    def cite(self) -> str:
        """The papers behind the answers that decide, with DOI, and where the rest is listed."""
        rows = [row for a in self.decisive for row in a.rows]
        whole = f"Massage evidence notebooks, claim “{self.claim.id}”, data version {self.version}"
        if not rows:
            return whole + "."
        try:
            named = papers.of_rows(rows)
        except KeyError as error:
            raise ResultsError(
                f"claims.json, {self.claim.id}: {error.args[0]}. The committed results are older "
                "than the tables: `evidence reproduce` says what moved"
            ) from error
        more = len(named) - MOST_PAPERS
        rest = f"; and {more} more" if more > 0 else ""
        return "; ".join(named[:MOST_PAPERS]) + f"{rest}. Pooled in: {whole}."


def recorded(document: Mapping[str, Any]) -> dict[str, Recorded]:
    """Every claim of a ``claims.json`` document that ``claims.toml`` still asks, by id.

    Raises
    ------
    ResultsError
        The document is not what ``claims.json`` should be.
    """
    file = paths.data_dir() / "claims.toml"
    questions = _questions(file.parent, file.stat().st_mtime_ns)
    try:
        version = str(document["data_version"])
        return {
            entry["id"]: Recorded(
                questions[entry["id"]],
                entry["verdict"],
                tuple(_answer(a) for a in entry["answers"]),
                str(entry["sentence"]),
                version,
                may_write_of(questions[entry["id"]], entry).fair,
            )
            for entry in document["claims"]
            if entry["id"] in questions
        }
    except (KeyError, TypeError) as error:
        raise ResultsError(
            f"claims.json lacks or misspells {error}; `evidence reproduce --accept` makes it anew"
        ) from error


@lru_cache(maxsize=2)
def _questions(folder: Path, changed: int) -> dict[str, Claim]:  # noqa: ARG001
    """The questions, read again only when their file has changed."""
    return load_claims(folder)


def _answer(entry: Mapping[str, Any]) -> RecordedAnswer:
    detail = entry.get("detail") or {}
    return RecordedAnswer(
        comparator=entry["comparator"],
        horizon=entry["horizon"],
        verdict=entry["verdict"],
        pooled=entry["estimate"],
        certainty=Level(entry["certainty"]) if entry["certainty"] else None,
        mixed=bool(detail.get("mixed_controls")),
        population=str(detail.get("population", "direct")),
        rows=tuple(entry.get("rows", ())),
    )

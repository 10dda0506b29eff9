"""Traces of what ``claims.json`` and ``claims.toml`` hold: verdicts, counts, thresholds, rules.

What belongs to one answer of a claim is traced by :mod:`analysis.evidence.trace_answers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.evidence import citation, code_steps, directions, segments, verdicts
from analysis.evidence.claims import Claim
from analysis.evidence.code_steps import steps
from analysis.evidence.rows import Row, RowFinder
from analysis.evidence.tables import Tables
from analysis.evidence.trace_answers import AnswerTracer
from analysis.evidence.trace_parts import NoSuchNumberError, Trace, Value, quantity, same

_COUNTS = {
    "directions": ("total", "favours_massage", "chronic_pain"),
    "candidates": ("papers", "in_journal", "chronic_pain", "points"),
}
_WHAT_COUNTS = {
    "directions": "trial results by the direction that they report",
    "candidates": "papers that could be the cited study",
}


class ClaimTracer:
    """Traces claims and rules, and through ``answers`` all that the claims' answers hold."""

    def __init__(
        self,
        document: dict[str, Any],
        claims: dict[str, Claim],
        tables: Tables,
        rows: RowFinder,
        answers: AnswerTracer,
    ) -> None:
        """``document`` is the content of ``claims.json``, ``claims`` that of ``claims.toml``."""
        self._records = {record["id"]: record for record in document["claims"]}
        self._version = document["data_version"]
        self._claims, self._tables, self._rows = claims, tables, rows
        self._answers = answers
        self._judged = lru_cache(maxsize=None)(self._judged_now)
        self._trials = lru_cache(maxsize=None)(self._trials_now)

    def ids(self) -> Iterator[tuple[str, str]]:
        """Every id with the claim that it belongs to ("rules" for what holds for all)."""
        for name, record in self._records.items():
            yield name, name
            yield name, f"{name}.verdict"
            claim = self._claims.get(name)
            if claim is not None and claim.kind != "citation":
                yield name, f"{name}.important_difference"
                if claim.effect == "MD":
                    yield name, f"{name}.scale"
            for group, count in self._spoken(record):
                yield name, f"{name}.{group}.{count}"
            yield from ((name, number_id) for number_id in self._answers.ids(name))
        for claim in list(self._claims.values())[:1]:
            yield from (("rules", f"rules.{rule}") for rule in asdict(claim.rules))

    def trace(self, number_id: str) -> Trace:
        """Trace one id of :meth:`ids`; NoSuchNumberError for any other."""
        head, *rest = number_id.split(".")
        if head == "rules" and len(rest) == 1:
            return self._rule(number_id, rest[0])
        record = self._records.get(head)
        if record is None or head not in self._claims:
            raise NoSuchNumberError(number_id)
        claim = self._claims[head]
        if not rest or rest == ["verdict"]:
            return self._claim(number_id, claim, record)
        if len(rest) == 1:
            return self._threshold(number_id, claim, record, rest[0])
        if len(rest) == 2 and rest[0] in _COUNTS:
            return self._count(number_id, claim, record, rest[0], rest[1])
        return self._answers.trace(number_id)

    def _judged_now(self, claim_id: str) -> verdicts.Verdict:
        """What the tables say of a claim now."""
        claim = self._claims[claim_id]
        if claim.kind == "citation":
            return verdicts.judge_claim(claim, self._tables)
        asked = ((c, h) for c in claim.comparators for h in claim.horizons)
        found = tuple(self._answers.answer_now(claim_id, *question) for question in asked)
        return verdicts.conclude(claim, found, self._answers.prepared(claim_id))

    def _trials_now(self, claim_id: str) -> pd.DataFrame:
        """Trials by what they report."""
        return directions.by_trial(self._claims[claim_id], self._answers.prepared(claim_id))

    def _claim(self, number_id: str, claim: Claim, record: dict[str, Any]) -> Trace:
        made = self._judged(claim.id)
        wrong = [
            f"{name}: committed {old!r}, recomputed {new!r}"
            for name, old, new in (
                ("verdict", record["verdict"], made.verdict),
                ("sentence", record["sentence"], made.sentence),
            )
            if old != new
        ]
        named = [row for a in made.decisive for row in a.rows] if claim.kind != "citation" else []
        known = [row for row in dict.fromkeys([*named, *record["rows"]]) if row in self._rows]
        rows = [self._rows.row(row) for row in known]
        decided = [f"{claim.id}.{c}.{h}" for c, h in claim.decided_by if made.answers]
        wording = code_steps.CANDIDATES if claim.kind == "citation" else code_steps.OVERALL
        return Trace(
            id=number_id,
            what=f"the verdict on: {claim.claim}",
            value=record["verdict"],
            recomputed=made.verdict,
            agrees=not wrong,
            differences=tuple(wrong),
            sentence=record["sentence"],
            result={"decided_by": decided, "data_version": self._version},
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            code=steps(code_steps.READ, code_steps.ASK, code_steps.FIND, wording,
                       code_steps.SAY_OVERALL),
            related=(*decided, *(f"{claim.id}.{g}.{c}" for g, c in self._spoken(record))),
            data_version=self._version,
        )  # fmt: skip

    def _threshold(self, number_id: str, claim: Claim, record: dict[str, Any], name: str) -> Trace:
        rows: list[Row] = []
        if claim.kind == "citation" or name not in ("important_difference", "scale"):
            raise NoSuchNumberError(number_id)
        if name == "scale" and claim.effect != "MD":
            raise NoSuchNumberError(number_id)
        own = [a for a in record["answers"] if a["measure"] == claim.effect]
        value: Value = "0-100"
        made: Value = None
        what = "the scale on which pain is compared: other scales are stretched to it"
        if name == "important_difference":
            value = quantity(own[0], name) if own else None
            made, what = claim.important, f"the smallest difference in {claim.noun} that matters"
            rows = [self._rows.row(claim.threshold_id)] if claim.threshold_id else []
        effects = (("rescale", "analysis.evidence.contrasts:with_effects"),)
        return Trace(
            id=number_id,
            what=f"{what} ({claim.unit})",
            value=value,
            recomputed=made,
            agrees=same(value, made) if made is not None else None,
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            code=steps(code_steps.ASK, *(effects if name == "scale" else ())),
            notes=("Set in data/claims.toml, not computed.",),
            data_version=self._version,
        )

    def _rule(self, number_id: str, rule: str) -> Trace:
        rules: dict[str, Any] = asdict(next(iter(self._claims.values())).rules)
        if rule not in rules:
            raise NoSuchNumberError(number_id)
        named = rules["standardised_threshold"] if rule.startswith("standardised") else ""
        rows = [self._rows.row(named)] if named else []
        return Trace(
            id=number_id,
            what=f"a rule that holds for every claim: {rule.replace('_', ' ')}",
            value=rules[rule],
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            code=steps(code_steps.ASK),
            notes=("Set in data/claims.toml under [rules], not computed.",),
            data_version=self._version,
        )

    def _spoken(self, record: dict[str, Any]) -> list[tuple[str, str]]:
        """The counts that a claim's sentence tells, as (group, name)."""
        pieces = segments.segments(record["sentence"], record, self._claims)
        ids = [piece.number_id.split(".") for piece in pieces if piece.number_id]
        return [(i[1], i[2]) for i in ids if len(i) == 3 and i[1] in _COUNTS]

    def _count(
        self, number_id: str, claim: Claim, record: dict[str, Any], group: str, name: str
    ) -> Trace:
        pieces = segments.segments(record["sentence"], record, self._claims)
        said = [piece.text for piece in pieces if piece.number_id == number_id]
        if not said:
            raise NoSuchNumberError(number_id)
        if group == "directions":
            trials = self._trials(claim.id)
            picked = {
                "total": trials,
                "favours_massage": trials[trials["direction"].eq("favours_massage")],
                "chronic_pain": trials[trials["direct"].astype(bool)],
            }[name]
            made = len(picked)
            named = [row for ids in picked["rows"] for row in ids.split(";")]
        else:
            table = citation.points(self._tables.citations)
            here = table[table["right_journal"].astype(bool)]
            chronic = here[here["chronic_pain"].fillna(False).astype(bool)]
            picked = {"papers": table, "in_journal": here, "chronic_pain": chronic}.get(name, table)
            made = len(citation.POINTS) if name == "points" else len(picked)
            named = picked["row_id"].astype(str).tolist()
        value = int(said[0].replace(",", ""))
        rows = [self._rows.row(row) for row in named]
        code = (
            (code_steps.PREPARE, code_steps.DIRECTIONS, code_steps.SAY_DIRECTIONS)
            if group == "directions"
            else (code_steps.CANDIDATES,)
        )
        return Trace(
            id=number_id,
            what=f"{_WHAT_COUNTS[group]}, {claim.noun}: {name.replace('_', ' ')}",
            value=value,
            recomputed=made,
            agrees=value == made,
            sentence=record["sentence"],
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            code=steps(code_steps.READ, *code),
            notes=("A count describes what is published; it tests nothing.",),
            data_version=self._version,
        )

"""Traces of what ``claims.json`` holds: claims, answers, their numbers, and the thresholds used.

A number is computed again from the rows that the committed answer names, and the rows are chosen
again from the tables: a trace agrees only if both give what is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.evidence import (
    answers,
    citation,
    code_steps,
    directions,
    segments,
    trace_behind,
    verdicts,
)
from analysis.evidence.answers import REVIEW, TRIALS, Answer
from analysis.evidence.claims import Claim
from analysis.evidence.code_steps import steps
from analysis.evidence.rows import Row, RowFinder
from analysis.evidence.selection import Selection, prepare
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.evidence.tables import Tables
from analysis.evidence.trace_parts import (
    QUANTITIES,
    NoSuchNumberError,
    Trace,
    Value,
    quantity,
    same,
    shown,
)

_COUNTS = {
    "directions": ("total", "favours_massage", "chronic_pain"),
    "candidates": ("papers", "in_journal", "chronic_pain", "points"),
}
_WHAT_COUNTS = {
    "directions": "trial results by the direction that they report",
    "candidates": "papers that could be the cited study",
}


class AnswerTracer:
    """Traces claims, answers and rules on one set of tables."""

    def __init__(
        self, document: dict[str, Any], claims: dict[str, Claim], tables: Tables, rows: RowFinder
    ) -> None:
        """``document`` is the content of ``claims.json``, ``claims`` that of ``claims.toml``."""
        self._records = {record["id"]: record for record in document["claims"]}
        self._version = document["data_version"]
        self._claims, self._tables, self._rows = claims, tables, rows
        self.prepared = lru_cache(maxsize=None)(self._prepared)
        self.answer_now = lru_cache(maxsize=None)(self._answer_now)
        self._whole = lru_cache(maxsize=None)(self._whole_answer)
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
            for one in record["answers"]:
                place = f"{name}.{one['comparator']}.{one['horizon']}"
                yield name, place
                for what in QUANTITIES:
                    if quantity(one, what) is not None:
                        yield name, f"{place}.{what}"
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
        for one in record["answers"]:
            if [one["comparator"], one["horizon"]] == rest[:2] and len(rest) <= 3:
                return self._answer(number_id, claim, one, rest[2] if len(rest) == 3 else None)
        raise NoSuchNumberError(number_id)

    def _prepared(self, claim_id: str) -> pd.DataFrame:
        return prepare(self._claims[claim_id], self._tables.studies, self._tables.contrasts)

    def _answer_now(self, claim_id: str, comparator: str, horizon: str) -> Answer:
        """What the tables answer now, rows chosen anew."""
        claim, prepared = self._claims[claim_id], self.prepared(claim_id)
        return answers.find(claim, comparator, horizon, prepared, self._tables.reviews)

    def _judged_now(self, claim_id: str) -> verdicts.Verdict:
        """What the tables say of a claim now."""
        claim = self._claims[claim_id]
        if claim.kind == "citation":
            return verdicts.judge_claim(claim, self._tables)
        asked = ((c, h) for c in claim.comparators for h in claim.horizons)
        found = tuple(self.answer_now(claim_id, *question) for question in asked)
        return verdicts.conclude(claim, found, self.prepared(claim_id))

    def _trials_now(self, claim_id: str) -> pd.DataFrame:
        """Trials by what they report."""
        return directions.by_trial(self._claims[claim_id], self.prepared(claim_id))

    def _answer(
        self, number_id: str, claim: Claim, record: dict[str, Any], what: str | None
    ) -> Trace:
        if what is not None and (what not in QUANTITIES or quantity(record, what) is None):
            raise NoSuchNumberError(number_id)
        whole, made = self._whole(claim.id, record["comparator"], record["horizon"])
        wanted = [what] if what else [*QUANTITIES, "sentence"]
        wrong = [
            f"{name}: committed {shown(quantity(record, name))}, "
            f"recomputed {shown(quantity(made, name))}"
            for name in wanted
            if not same(quantity(record, name), quantity(made, name))
        ]
        wrong += whole.differences
        shown_as = what or ("estimate" if record["estimate"] is not None else "verdict")
        unit = f", {record['detail']['unit']}" if shown_as in _IN_UNIT else ""
        return replace(
            whole,
            id=number_id,
            what=f"{whole.what}: {shown_as.replace('_', ' ')}{unit}",
            value=quantity(record, shown_as),
            recomputed=quantity(made, shown_as),
            agrees=not wrong,
            differences=tuple(wrong),
        )

    def _whole_answer(
        self, claim_id: str, comparator: str, horizon: str
    ) -> tuple[Trace, dict[str, Any]]:
        """What the traces of all numbers of one answer share, and its record made again.

        ``differences`` holds what is wrong with the rows: gone from the tables, or not chosen now.
        """
        claim, place = self._claims[claim_id], f"{claim_id}.{comparator}.{horizon}"
        record = next(
            one
            for one in self._records[claim_id]["answers"]
            if (one["comparator"], one["horizon"]) == (comparator, horizon)
        )
        now = self.answer_now(claim_id, comparator, horizon)
        gone = [row for row in record["rows"] if row not in self._rows]
        again = now if gone else self._from_named_rows(claim, record, now)
        wrong = [f"{row} is not in the tables any more" for row in gone]
        if list(now.rows) != record["rows"]:
            wrong.append(
                f"the tables now answer from other rows: {', '.join(now.rows) or 'none'}, "
                f"not {', '.join(record['rows']) or 'none'}"
            )
        rows = [self._rows.row(row) for row in record["rows"] if row not in gone]
        whole = Trace(
            id=place,
            what=f"{claim.noun}, massage {COMPARATOR_SHORT[comparator]}, {horizon}",
            value=None,
            differences=tuple(wrong),
            sentence=record["sentence"],
            result=trace_behind.result(record, again),
            contrasts=trace_behind.contrasts(again),
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            left_out=trace_behind.left_out(now.selection),
            flow=tuple(trace_behind.flow(now.selection)),
            code=trace_behind.code(again),
            notes=tuple(trace_behind.notes(claim, record, again)),
            related=tuple(
                f"{place}.{name}" for name in QUANTITIES if quantity(record, name) is not None
            ),
            data_version=self._version,
        )
        return whole, verdicts.answer_record(again)

    def _from_named_rows(self, claim: Claim, record: dict[str, Any], now: Answer) -> Answer:
        """The answer that the rows named in a record give."""
        basis, named = record["detail"]["basis"], record["rows"]
        if basis == TRIALS:
            rows = self.prepared(claim.id).set_index("contrast_id", drop=False).loc[named]
            selection = Selection(
                rows.reset_index(drop=True),
                record["detail"]["population"],
                now.selection.left_out,
            )
            return answers.from_trials(claim, record["comparator"], record["horizon"], selection)
        if basis == REVIEW:
            found = self._tables.reviews[self._tables.reviews["row_id"].eq(named[0])]
            row = {str(k): v for k, v in found.iloc[0].to_dict().items()}
            one = next((p for p in claim.published if p.row == named[0]), None)
            if one is None:  # claims.toml does not name it any more
                return now
            return answers.from_review(claim, one, now.selection, row)
        return now

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


_IN_UNIT = (
    "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "important_difference",
)  # fmt: skip

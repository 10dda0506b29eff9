"""Traces of what ``claims.json`` holds: claims, answers, their numbers, and the thresholds used.

A number is computed again from the rows that the committed answer names, and the rows are chosen
again from the tables: a trace agrees only if both give what is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.evidence import answers, citation, code_steps, directions, segments, verdicts
from analysis.evidence.answers import NOTHING, REVIEW, TRIALS, Answer
from analysis.evidence.claims import Claim
from analysis.evidence.code_steps import Step, steps
from analysis.evidence.rows import Row, RowFinder
from analysis.evidence.selection import Selection, prepare
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.evidence.tables import Tables
from analysis.evidence.trace_parts import (
    QUANTITIES,
    Contrast,
    LeftOut,
    NoSuchNumberError,
    Trace,
    Value,
    quantity,
    same,
    shown,
)

_EARLY = ("outcome", "design", "comparator")
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
        self._again = lru_cache(maxsize=None)(self._made_again)

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

    def _answer(
        self, number_id: str, claim: Claim, record: dict[str, Any], what: str | None
    ) -> Trace:
        if what is not None and (what not in QUANTITIES or quantity(record, what) is None):
            raise NoSuchNumberError(number_id)
        place = f"{claim.id}.{record['comparator']}.{record['horizon']}"
        now = self.answer_now(claim.id, record["comparator"], record["horizon"])
        again, made = self._again(claim.id, record["comparator"], record["horizon"])
        wanted = [what] if what else [*QUANTITIES, "sentence"]
        wrong = [
            f"{name}: committed {shown(quantity(record, name))}, "
            f"recomputed {shown(quantity(made, name))}"
            for name in wanted
            if not same(quantity(record, name), quantity(made, name))
        ]
        if list(now.rows) != record["rows"]:
            wrong.append(
                f"the tables now answer from other rows: {', '.join(now.rows) or 'none'}, "
                f"not {', '.join(record['rows']) or 'none'}"
            )
        shown_as = what or ("estimate" if record["estimate"] is not None else "verdict")
        rows = [self._rows.row(row) for row in record["rows"]]
        unit = f", {record['detail']['unit']}" if shown_as in _IN_UNIT else ""
        return Trace(
            id=number_id,
            what=f"{claim.noun}, massage {COMPARATOR_SHORT[record['comparator']]}, "
            f"{record['horizon']}: {shown_as.replace('_', ' ')}{unit}",
            value=quantity(record, shown_as),
            recomputed=quantity(made, shown_as),
            agrees=not wrong,
            differences=tuple(wrong),
            sentence=record["sentence"],
            result=_result(record, again),
            contrasts=_contrasts(again),
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            left_out=_left_out(now.selection),
            flow=tuple(_flow(now.selection)),
            code=_code(again),
            notes=tuple(_notes(claim, record, again)),
            related=tuple(
                f"{place}.{name}" for name in QUANTITIES if quantity(record, name) is not None
            ),
            data_version=self._version,
        )

    def _made_again(
        self, claim_id: str, comparator: str, horizon: str
    ) -> tuple[Answer, dict[str, Any]]:
        record = next(
            one
            for one in self._records[claim_id]["answers"]
            if (one["comparator"], one["horizon"]) == (comparator, horizon)
        )
        now = self.answer_now(claim_id, comparator, horizon)
        again = self._from_named_rows(self._claims[claim_id], record, now)
        return again, verdicts.answer_record(again)

    def _from_named_rows(self, claim: Claim, record: dict[str, Any], now: Answer) -> Answer:
        """The answer that the rows named in a record give."""
        basis, named = record["detail"]["basis"], record["rows"]
        if basis == TRIALS:
            rows = self.prepared(claim.id).set_index("contrast_id", drop=False).loc[named]
            selection = Selection(
                rows.reset_index(drop=True), now.selection.flow, now.selection.excluded,
                record["detail"]["population"],
            )  # fmt: skip
            return answers.from_trials(claim, record["comparator"], record["horizon"], selection)
        if basis == REVIEW:
            found = self._tables.reviews[self._tables.reviews["row_id"].eq(named[0])]
            row = {str(k): v for k, v in found.iloc[0].to_dict().items()}
            one = next(p for p in claim.published if p.row == named[0])
            return answers.from_review(claim, one, now.selection, row)
        return now

    def _claim(self, number_id: str, claim: Claim, record: dict[str, Any]) -> Trace:
        made = verdicts.judge_claim(claim, self._tables)
        wrong = [
            f"{name}: committed {old!r}, recomputed {new!r}"
            for name, old, new in (
                ("verdict", record["verdict"], made.verdict),
                ("sentence", record["sentence"], made.sentence),
            )
            if old != new
        ]
        named = [row for a in made.decisive for row in a.rows] if claim.kind != "citation" else []
        rows = [self._rows.row(row) for row in dict.fromkeys([*named, *record["rows"]])]
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
            notes=("Set in data/claims.toml before the first result, not computed.",),
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
            trials = directions.by_trial(claim, self.prepared(claim.id))
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


def _result(record: dict[str, Any], again: Answer) -> dict[str, Any]:
    pooled = again.pooled
    known = ("population", "people", "unit", "better", "worse", "mixed_controls")
    found: dict[str, Any] = {"basis": record["detail"]["basis"], "measure": record["measure"]}
    found |= {name: quantity(record, name) for name in QUANTITIES}
    found |= {name: record["detail"][name] for name in known}
    if pooled is not None and again.basis == TRIALS:
        found |= {
            "tau2_method": pooled.tau2_method if pooled.k > 1 else None,
            "interval_method": pooled.interval_method,
            "level": pooled.level,
        }
    return found


def _contrasts(again: Answer) -> tuple[Contrast, ...]:
    if again.pooled is None or again.basis != TRIALS:
        return ()
    rows = again.selection.rows
    return tuple(
        Contrast(
            row_id=str(row["contrast_id"]),
            trial=str(row["name"]),
            effect=float(row["effect"]),
            variance=float(row["variance"]),
            weight=weight,
            n=None if pd.isna(row["n"]) else int(row["n"]),
            derived_from=str(row["derived_from"]),
        )
        for row, weight in zip(rows.to_dict("records"), again.pooled.weights, strict=True)
    )


def _left_out(selection: Selection) -> tuple[LeftOut, ...]:
    late = selection.excluded[~selection.excluded["step"].isin(_EARLY)]
    return tuple(LeftOut(*map(str, row)) for row in late.itertuples(index=False))


def _flow(selection: Selection) -> Iterable[dict[str, Any]]:
    for row in selection.flow.to_dict("records"):
        yield {str(k): v for k, v in row.items()}


def _code(again: Answer) -> tuple[Step, ...]:
    start = (code_steps.READ, code_steps.ASK, code_steps.PREPARE, code_steps.EFFECTS)
    end = (
        code_steps.EQUIVALENCE,
        code_steps.HARM_WORD if again.claim.kind == "harm" else code_steps.WORD,
        code_steps.SAY,
    )
    if again.basis == NOTHING:
        return steps(*start, code_steps.SELECT, code_steps.FIND, code_steps.SAY)
    if again.basis == REVIEW:
        return steps(
            code_steps.READ, code_steps.ASK, code_steps.FIND, code_steps.ALIGNED,
            code_steps.FROM_REVIEW, code_steps.ASSESS_PUBLISHED, *end,
        )  # fmt: skip
    kinds = [str(kind) for kind in again.selection.rows["derived_from"]]
    derived = code_steps.derivations(again.claim.effect, kinds)
    return steps(
        *start, *derived, code_steps.SELECT, code_steps.FIND, code_steps.FROM_TRIALS,
        code_steps.POOL, code_steps.TAU2, code_steps.ASSESS, *end,
    )  # fmt: skip


def _notes(claim: Claim, record: dict[str, Any], again: Answer) -> Iterable[str]:
    detail = record["detail"]
    if again.basis == REVIEW:
        yield (
            "A published review's own pooled estimate, taken over and not computed here: its "
            "trials are not rows of these tables. Only its sign is turned (negative favours "
            "massage), and verdict and certainty are ours."
        )
        if record["k"] is None:
            yield "The review does not print on how many trials this rests."
        if detail["mixed_controls"]:
            yield "Its controls were mixed; it stands in for no treatment."
    if again.basis == NOTHING:
        yield (
            "There is no number: no row gives an effect for this question. One trial in people "
            "without chronic pain would not answer it either."
        )
    if detail["population"] == "indirect":
        yield "Indirect: these people are not known to be in chronic pain."
    if again.basis == TRIALS and record["k"] == 1:
        yield "One trial: nothing is pooled, its own normal interval stands."
    if again.basis == TRIALS and record["k"] == 2:
        yield (
            f"Two trials: the {claim.interval_of_two} interval, because two cannot tell how far "
            "trials differ; no prediction interval is given."
        )
    if record["measure"] == "RR":
        yield "Effects and variances of trials are on the log scale; results are ratios."

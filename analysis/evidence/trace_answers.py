"""Traces of the answers in ``claims.json`` and of their numbers.

A number is computed again from the rows that the committed answer names, and the rows are chosen
again from the tables: a trace agrees only if both give what is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd

from analysis.evidence import answers, trace_behind, verdicts
from analysis.evidence.answers import REVIEW, TRIALS, Answer
from analysis.evidence.claims import Claim
from analysis.evidence.rows import RowFinder
from analysis.evidence.selection import Selection, prepare
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.evidence.tables import Tables
from analysis.evidence.trace_parts import (
    QUANTITIES,
    NoSuchNumberError,
    Trace,
    quantity,
    same,
    shown,
)

_IN_UNIT = (
    "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "important_difference",
)  # fmt: skip


class AnswerTracer:
    """Traces answers, each to one comparator and time window, on one set of tables."""

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

    def ids(self, claim_id: str) -> Iterator[str]:
        """The ids of one claim's answers, each followed by those of its numbers."""
        for one in self._records[claim_id]["answers"]:
            place = f"{claim_id}.{one['comparator']}.{one['horizon']}"
            yield place
            for what in QUANTITIES:
                if quantity(one, what) is not None:
                    yield f"{place}.{what}"

    def trace(self, number_id: str) -> Trace:
        """Trace one id of :meth:`ids`; NoSuchNumberError for any other."""
        head, *rest = number_id.split(".")
        if head in self._records and head in self._claims and len(rest) <= 3:
            for one in self._records[head]["answers"]:
                if [one["comparator"], one["horizon"]] == rest[:2]:
                    what = rest[2] if len(rest) == 3 else None
                    return self._answer(number_id, self._claims[head], one, what)
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

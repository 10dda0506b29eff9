"""What the cross-check asks: every result in ``results/`` that was pooled from trials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.crosscheck import Numbers, Question, read_csv
from analysis.crosscheck_sensitivity import of_sensitivity
from analysis.evidence import answers, replication
from analysis.evidence.answers import TRIALS
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.selection import prepare
from analysis.evidence.tables import Tables
from analysis.evidence.trace_made import COMPARATOR_OF
from analysis.evidence.variants import variants

REPLICATED = "gross2024"
_ANSWER = (
    "k", "n", "estimate", "ci_low", "ci_high", "prediction_low", "prediction_high", "p",
)  # fmt: skip
_DETAIL = ("tau2", "tau2_low", "tau2_high", "i2", "i2_low", "i2_high", "q", "q_p", "p")
_ENDS = {"estimate": "estimate", "ci_low": "low", "ci_high": "high"}

Cells = Mapping[str, str]


def questions(results: Path, tables: Tables) -> list[Question]:
    """Everything pooled in a folder of results, with the numbers that stand there."""
    document = json.loads((results / "claims.json").read_text(encoding="utf-8"))
    claims = load_claims()
    asked: list[Question] = []
    for record in document["claims"]:
        claim = claims.get(record["id"])
        if claim is None or claim.kind == "citation":
            continue
        about = _Claim(claim, record, results, tables)
        asked += [*about.answers(), *about.models(), *about.rules(), *about.without_one()]
        asked += [*about.subgroups()]
    return [*asked, *_replication(results, tables), *of_sensitivity(results, tables)]


class _Claim:
    """The questions about one claim."""

    def __init__(
        self, claim: Claim, record: Mapping[str, Any], results: Path, tables: Tables
    ) -> None:
        self.claim, self.results, self.tables = claim, results, tables
        self.records = {
            (one["comparator"], one["horizon"]): one
            for one in record["answers"]
            if one["detail"]["basis"] == TRIALS
        }
        rows = prepare(claim, tables.studies, tables.contrasts)
        self.rows = rows.set_index("contrast_id")

    def table(self, kind: str) -> list[tuple[str, dict[str, str]]]:
        """Rows of one of the claim's tables with their ids."""
        name = f"{self.claim.id}-{kind}"
        found = read_csv(self.results / "tables" / f"{name}.csv")
        return [(f"table.{name}.{place}", cells) for place, cells in enumerate(found, 1)]

    def record_of(self, words: str) -> dict[str, Any] | None:
        """The answer that a table calls "v sham, short"."""
        against, _, horizon = words.rpartition(", ")
        return self.records.get((COMPARATOR_OF.get(against, ""), horizon))

    def ask(self, number_id: str, rows: list[str], committed: Numbers, **model: Any) -> Question:
        """A question by the claim's own model, or by the one named."""
        claim = self.claim
        of_two = claim.interval_of_two if len(rows) == 2 else claim.interval
        named = {"measure": claim.effect, "tau2": claim.tau2, "interval": of_two} | model
        level = claim.rules.level
        return Question(number_id, tuple(rows), level=level, committed=committed, **named)

    def answers(self) -> Iterator[Question]:
        """The answers, with the effect, variance and weight of each of their trials."""
        for (comparator, horizon), one in self.records.items():
            values = {name: one[name] for name in _ANSWER if name in one}
            values |= {name: one["detail"][name] for name in _DETAIL}
            numbers: Numbers = {name: v for name, v in values.items() if v is not None}
            for row in one["rows"]:
                numbers[f"effect@{row}"] = float(self.rows.loc[row, "effect"])
                numbers[f"variance@{row}"] = float(self.rows.loc[row, "variance"])
            marks = f"{self.claim.id}-{comparator.replace('_', '-')}-{horizon}"
            drawn = {c["label"]: c for c in read_csv(self.results / "figures" / f"{marks}.csv")}
            for row in one["rows"]:
                if str(self.rows.loc[row, "name"]) in drawn:
                    cells = drawn[str(self.rows.loc[row, "name"])]
                    numbers[f"weight@{row}"] = float(cells["weight"])
            yield self.ask(f"{self.claim.id}.{comparator}.{horizon}", one["rows"], numbers)

    def models(self) -> Iterator[Question]:
        """The same pools under the other models that were named in advance."""
        for number_id, cells in self.table("models"):
            record = self.record_of(cells["answer"])
            if record is None:
                continue
            numbers = _ends(cells) | {
                "k": float(cells["k"]),
                "tau2": float(cells["tau2"]),
                "i2": float(cells["I2"]),
            }
            model = {"tau2": cells["tau2 method"], "interval": cells["interval"]}
            yield self.ask(number_id, record["rows"], numbers, **model)

    def rules(self) -> Iterator[Question]:
        """The deciding answers under other rules of selection, where trials were pooled."""
        known = variants(self.claim, self.tables.studies, self.tables.contrasts)
        prepared = {
            name: prepare(claim, self.tables.studies, self.tables.contrasts)
            for name, claim in known.items()
        }
        for number_id, cells in self.table("rules"):
            claim = known[cells["rule"]]
            against, _, horizon = cells["answer"].rpartition(", ")
            a = answers.find(
                claim, COMPARATOR_OF[against], horizon, prepared[cells["rule"]],
                self.tables.reviews,
            )  # fmt: skip
            if a.basis != TRIALS:
                continue
            numbers = _ends(cells) | {"k": float(cells["k"])}
            yield self.ask(
                number_id, list(a.rows), numbers, measure=claim.effect, signed_p=claim.signed_p
            )

    def without_one(self) -> Iterator[Question]:
        """Leave-one-out: a comparator's n-th row leaves out its n-th trial."""
        seen: dict[str, int] = {}
        for number_id, cells in self.table("leave-one-out"):
            comparator = cells["comparator"]
            gone = seen[comparator] = seen.get(comparator, -1) + 1
            record = self.records[comparator, "short"]
            rows = [row for place, row in enumerate(record["rows"]) if place != gone]
            words = ("comparator", "flag", "tau2_method", "interval_method", "level", "df")
            numbers = {k: float(v) for k, v in cells.items() if k not in words and v}
            model = {"tau2": cells["tau2_method"], "interval": cells["interval_method"]}
            yield self.ask(number_id, rows, numbers, **model)

    def subgroups(self) -> Iterator[Question]:
        """Subgroup tests and each subgroup's pooled effect."""
        for number_id, cells in self.table("subgroups"):
            split, comparator = cells["split"], cells["comparator"]
            rows = self.rows.loc[self.records[comparator, "short"]["rows"], split].dropna()
            numbers = {name: float(cells[name]) for name in ("q_between", "df", "p")}
            name = f"{self.claim.id}-{comparator.replace('_', '-')}-by-{split}"
            for mark in read_csv(self.results / "figures" / f"{name}.csv"):
                group = mark["label"].split(" (")[0].lower()
                for quantity in ("effect", "low", "high"):
                    numbers[f"{quantity}@{group}"] = float(mark[quantity])
            groups = tuple(str(group) for group in rows)
            named = [str(row) for row in rows.index]
            yield self.ask(number_id, named, numbers, groups=groups, task="between")


def _ends(cells: Cells) -> Numbers:
    return {name: float(cells[column]) for name, column in _ENDS.items()}


def _replication(results: Path, tables: Tables) -> Iterator[Question]:
    """The neck review's analyses: by its own software's model, and by this project's."""
    rows = replication.study_rows(tables, REPLICATED)
    of_row = rows.set_index("row_id")
    pooled = list(read_csv(results / "tables" / "neck-replication-pooled.csv"))
    weights = list(read_csv(results / "tables" / "neck-replication-weights.csv"))
    for place, cells in enumerate(pooled, 1):
        part = rows[rows["analysis"].astype(str).eq(cells["analysis"])]
        named = tuple(part["contrast_id"].astype(str))
        by_study = dict(zip(part["study_id"].astype(str), named, strict=True))
        numbers: Numbers = _ends(cells) | {name: float(cells[name]) for name in ("k", "tau2", "i2")}
        for one in weights:
            if one["analysis"] == cells["analysis"]:
                numbers[f"weight@{by_study[one['study_id']]}"] = float(one["our_weight"])
        number_id = f"table.neck-replication-pooled.{place}"
        measure = cells["measure"]
        yield Question(number_id, named, measure, "DL", "normal", 0.95, numbers, style="review")
        modern = {name: float(cells[f"modern_{column}"]) for name, column in _ENDS.items()}
        modern |= {name: float(cells[name]) for name in ("prediction_low", "prediction_high")}
        modern["tau2"] = float(cells["modern_tau2"])
        yield Question(
            f"{number_id}.modern", named, measure, "PM", "HKSJ", 0.95, modern, style="review"
        )
    for place, cells in enumerate(read_csv(results / "tables" / "neck-replication-effects.csv"), 1):
        row = of_row.loc[cells["row_id"]]
        if not cells["our_effect"]:
            continue
        ends = {"estimate": "our_effect", "ci_low": "our_low", "ci_high": "our_high"}
        numbers = {name: float(cells[column]) for name, column in ends.items()}
        yield Question(
            f"table.neck-replication-effects.{place}", (str(row["contrast_id"]),),
            str(row["measure"]), "CE", "normal", 0.95, numbers, style="review",
        )  # fmt: skip

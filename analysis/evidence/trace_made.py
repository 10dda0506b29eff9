"""Cells of figures and tables computed again, where no notebook is needed for that.

Each function takes one row of a committed file and gives that row as the evidence makes it now,
with the rows of data behind it. What a notebook works out for itself (simulations, client logs,
subgroups) is not here: only rerunning that notebook shows whether it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import pandas as pd

from analysis.evidence import answers, citation, code_steps, directions, published, replication
from analysis.evidence.answers import TRIALS, Answer
from analysis.evidence.claims import HORIZONS, Claim
from analysis.evidence.rows import KEYS, Row
from analysis.evidence.selection import prepare
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.evidence.tables import Tables
from analysis.evidence.variants import variants
from analysis.stats.pooling import pool

Cells = Mapping[str, str]
Steps = tuple[tuple[str, str], ...]
_PUBLISH = "analysis.publish"
COMPARATOR_OF = {words: name for name, words in COMPARATOR_SHORT.items()}


@dataclass(frozen=True)
class Made:
    """One row of a figure or table, made again: cells by column, data rows, answer, code."""

    cells: dict[str, Any]
    rows: tuple[str, ...] = ()
    answer: str | None = None
    code: Steps = ()


@dataclass(frozen=True)
class Source:
    """What rows are made again from: a claim's answers as the tables give them now.

    ``name`` is the file's, ``before`` are its rows above this one.
    """

    claim: Claim
    tables: Tables
    prepared: pd.DataFrame
    answer: Callable[[str, str], Answer]
    name: str
    before: tuple[Cells, ...]

    def id_of(self, a: Answer) -> str:
        """The id of an answer."""
        return f"{self.claim.id}.{a.comparator}.{a.horizon}"


def mark(source: Source, cells: Cells) -> Made | None:
    """A mark of a forest plot: a trial, a pooled effect or a prediction interval."""
    comparator = cells["group"]
    horizon = cells.get("horizon") or source.name.rpartition("-")[2]
    if comparator not in COMPARATOR_SHORT or horizon not in HORIZONS:
        return None
    a = source.answer(comparator, horizon)
    drawn = ("lay the marks out", f"{_PUBLISH}.claim_figures:marks_of")
    code = (
        code_steps.EFFECTS, code_steps.FROM_TRIALS, code_steps.POOL, drawn, code_steps.SHOW,
    )  # fmt: skip
    if a.pooled is None:
        return None
    kind = cells["kind"]
    if kind != "study":
        low, high = (
            (a.pooled.ci_low, a.pooled.ci_high)
            if kind == "pooled"
            else (a.pooled.prediction_low, a.pooled.prediction_high)
        )
        made = {
            "effect": a.pooled.estimate,
            "low": low,
            "high": high,
            "n": a.n,
            "group": comparator,
        }
        return Made(made, a.rows, source.id_of(a), code)
    if a.basis != TRIALS:
        return None
    rows = a.selection.rows.assign(weight=list(a.pooled.weights))
    found = rows[rows["name"].eq(cells["label"])]
    if len(found) != 1:
        return None
    trial = {str(k): v for k, v in found.iloc[0].to_dict().items()}
    half = NormalDist().inv_cdf(0.975) * float(trial["variance"]) ** 0.5
    effect = float(trial["effect"])
    made = {"effect": effect, "low": effect - half, "high": effect + half, "n": trial["n"],
            "weight": trial["weight"], "group": comparator}  # fmt: skip
    return Made(made, (str(trial["contrast_id"]),), source.id_of(a), code)


def model(source: Source, cells: Cells) -> Made | None:
    """A row of ``CLAIM-models``: one answer's trials under one model."""
    a = _named(source, cells["answer"])
    if a is None:
        return None
    fit = pool(
        a.selection.rows["effect"],
        a.selection.rows["variance"],
        tau2=cells["tau2 method"],  # type: ignore[arg-type]
        interval=cells["interval"],  # type: ignore[arg-type]
    )
    made = {"k": fit.k, "tau2": fit.tau2, "I2": fit.i2} | _ends(a, fit)
    code = (code_steps.POOL, ("try the models", f"{_PUBLISH}.claim_notebook:choices"))
    return Made(made, a.rows, source.id_of(a), (*code, code_steps.KEEP))


def rule(source: Source, cells: Cells) -> Made | None:
    """A row of ``CLAIM-rules``: one deciding answer under another rule of selection."""
    known = variants(source.claim, source.tables.studies, source.tables.contrasts)
    if cells["rule"] not in known or ", " not in cells["answer"]:
        return None
    claim = known[cells["rule"]]
    words, _, horizon = cells["answer"].rpartition(", ")
    prepared = prepare(claim, source.tables.studies, source.tables.contrasts)
    a = answers.find(claim, COMPARATOR_OF[words], horizon, prepared, source.tables.reviews)
    if a.pooled is None:
        return None
    made = {"verdict": a.verdict, "population": a.population, "k": a.k} | _ends(a, a.pooled)
    code = (
        ("change one rule", "analysis.evidence.variants:variants"),
        code_steps.FIND,
        code_steps.POOL,
        ("try the rules", f"{_PUBLISH}.claim_notebook:other_rules"),
    )
    return Made(made, a.rows, source.id_of(a), (*code, code_steps.KEEP))


def flow(source: Source, cells: Cells) -> Made | None:
    """A row of ``CLAIM-flow``: rows in, rows out at each step, rows used."""
    a = _named(source, cells["question"])
    if a is None:
        return None
    out = a.selection.flow.set_index("step")["rows_out"]
    made = {str(step): int(n) for step, n in out.items()}
    made |= {"rows in": int(out.sum()) + len(a.selection.rows), "used": len(a.rows)}
    code = (code_steps.SELECT, ("count rows", f"{_PUBLISH}.claim_notebook:flow"), code_steps.KEEP)
    return Made(made, a.rows, source.id_of(a), code)


def review(source: Source, cells: Cells) -> Made | None:
    """A published estimate, turned so that negative favours massage."""
    table = published.estimates(source.claim, source.tables.reviews, source.tables.sources)
    found = table[table["row_id"].eq(cells["row_id"])]
    if len(found) != 1:
        return None
    made = {str(k): None if pd.isna(v) else v for k, v in found.iloc[0].to_dict().items()}
    code = (
        ("turn the estimate", "analysis.evidence.published:estimates"),
        ("list published estimates", f"{_PUBLISH}.claim_notebook:published_estimates"),
    )
    return Made(made, (cells["row_id"],), None, code)


def direction(source: Source, cells: Cells) -> Made | None:
    """A row of an effect direction plot: how many trials report what against one comparator."""
    trials = directions.by_trial(source.claim, source.prepared)
    here = trials[trials["comparator"].eq(cells["comparator"])]
    counted = directions.counts(here)
    if counted.empty:
        return None
    made = {str(k): v for k, v in counted.iloc[0].to_dict().items()}
    rows = tuple(row for ids in here["rows"] for row in ids.split(";"))
    code = (code_steps.DIRECTIONS, ("count", "analysis.evidence.directions:counts"))
    return Made(made, rows, None, (*code, code_steps.SHOW))


def left_out(source: Source, cells: Cells) -> Made | None:
    """A row of ``CLAIM-leave-one-out``: the n-th row of a comparator leaves out its n-th trial."""
    a = source.answer(cells["comparator"], "short")
    gone = sum(row["comparator"] == cells["comparator"] for row in source.before)
    if a.basis != TRIALS or gone >= len(a.rows):
        return None
    rows = a.selection.rows.drop(index=gone)
    claim = source.claim
    fit = pool(rows["effect"], rows["variance"], tau2=claim.tau2, interval=claim.interval)
    kept = tuple(str(row) for row in rows["contrast_id"])
    code = (code_steps.POOL, ("leave one out", "analysis.stats.sensitivity:leave_one_out"))
    return Made(fit.row() | {"comparator": a.comparator}, kept, source.id_of(a), code)


def replicated(tables: Tables, name: str, cells: Cells) -> Made | None:
    """A row of the replication of the neck review, study by study or pooled."""
    source = "gross2024"
    rows = replication.study_rows(tables, source)
    if name == "neck-replication-effects":
        found = rows[rows["row_id"].eq(cells["row_id"])]
        function = "study_rows"
    else:
        rows = rows[rows["analysis"].astype(str).eq(cells["analysis"])]
        table = replication.weights if "weights" in name else replication.pooled_results
        function = table.__name__
        found = table(rows)
        if "study_id" in cells:
            found = found[found["study_id"].eq(cells["study_id"])]
            rows = rows[rows["study_id"].eq(cells["study_id"])]
    if len(found) != 1:
        return None
    named = rows if name != "neck-replication-effects" else found
    made = {str(k): None if pd.isna(v) else v for k, v in found.iloc[0].to_dict().items()}
    code = (("repeat the review", f"analysis.evidence.replication:{function}"),)
    return Made(made, tuple(str(row) for row in named["row_id"]), None, code)


def copied(tables: Tables, row: Row, cells: Cells) -> Made | None:
    """Cells that were taken over from a row of data as they stand, by the name of their column.

    For the cited study's candidates: also which points of the description they meet.
    """
    table: pd.DataFrame = getattr(tables, row.table)
    found = table[table[KEYS[row.table]].eq(row.row_id)].iloc[0]
    made = {str(name): _cell(value) for name, value in found.items() if name in cells}
    code: Steps = (code_steps.READ, code_steps.KEEP)
    if row.table == "citations" and "met" in cells:
        points = citation.points(tables.citations).set_index("row_id").loc[row.row_id]
        made |= {str(name): _cell(value) for name, value in points.items()}
        code = (code_steps.READ, code_steps.CANDIDATES, code_steps.KEEP)
    return Made(made, (row.row_id,), None, code)


def _cell(value: Any) -> Any:
    return None if pd.isna(value) else value


def _named(source: Source, words: str) -> Answer | None:
    against, _, horizon = words.rpartition(", ")
    if against not in COMPARATOR_OF or horizon not in HORIZONS:
        return None
    return source.answer(COMPARATOR_OF[against], horizon)


def _ends(a: Answer, fit: Any) -> dict[str, float]:
    return {
        "estimate": a.shown(fit.estimate),
        "low": a.shown(fit.ci_low),
        "high": a.shown(fit.ci_high),
    }


_BY_COLUMNS: tuple[tuple[set[str], Callable[[Source, Cells], Made | None]], ...] = (
    ({"label", "kind", "effect", "group"}, mark),
    ({"answer", "tau2 method", "interval"}, model),
    ({"rule", "answer", "verdict"}, rule),
    ({"question", "rows in", "used"}, flow),
    ({"row_id", "effect", "low", "high", "comparator", "condition"}, review),
    ({"comparator", "favours_massage", "total"}, direction),
    ({"comparator", "k", "tau2_method", "q_df"}, left_out),
)


def again(source: Source, cells: Cells) -> Made | None:
    """One row of a file about a claim, made again; None where only its notebook can."""
    for columns, make in _BY_COLUMNS:
        if columns <= set(cells):
            return make(source, cells)
    return None

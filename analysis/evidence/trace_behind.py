"""What stands behind one answer, as a trace tells it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.evidence import code_steps
from analysis.evidence.answers import NOTHING, REVIEW, TRIALS, Answer
from analysis.evidence.claims import Claim
from analysis.evidence.code_steps import Step, steps
from analysis.evidence.selection import Selection
from analysis.evidence.trace_parts import QUANTITIES, Contrast, LeftOut, quantity

_EARLY = ("outcome", "design", "comparator")


def result(record: dict[str, Any], again: Answer) -> dict[str, Any]:
    """The pooled result: basis, every number and word of it, and how it was pooled."""
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


def contrasts(again: Answer) -> tuple[Contrast, ...]:
    """The trials pooled, with effect, variance and weight; none behind a review's estimate."""
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


def left_out(selection: Selection) -> tuple[LeftOut, ...]:
    """Rows on this outcome and comparator that were not used, with the reason."""
    late = selection.excluded[~selection.excluded["step"].isin(_EARLY)]
    return tuple(LeftOut(*map(str, row)) for row in late.itertuples(index=False))


def flow(selection: Selection) -> Iterable[dict[str, Any]]:
    """How many rows left at each step of the choice."""
    for row in selection.flow.to_dict("records"):
        yield {str(k): v for k, v in row.items()}


def code(again: Answer) -> tuple[Step, ...]:
    """The functions that made the answer, in the order in which they are called."""
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


def notes(claim: Claim, record: dict[str, Any], again: Answer) -> Iterable[str]:
    """What a reader must know of where this number is from."""
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

"""The figures of a claim: trials against one comparator, and the comparators side by side.

Titles, captions and alt texts are made from the numbers, so that they cannot outlive them.
"""

from __future__ import annotations

import pandas as pd
from scipy import stats

from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_SHORT,
    count,
    interval,
    level,
    number,
)
from analysis.evidence.verdicts import Answer
from analysis.publish import figures, forest, style
from analysis.publish.figures import Figure
from analysis.stats.groups import SubgroupTest
from analysis.stats.pooling import PooledEffect


def _axis(answer: Answer) -> str:
    return f"difference, {answer.claim.unit}"


def trial_marks(rows: pd.DataFrame, pooled: PooledEffect, group: str) -> pd.DataFrame:
    """One mark per trial, largest effect first, then the pooled effect and prediction interval."""
    half = stats.norm.ppf(0.975)  # trials are drawn with the normal interval that papers print
    spread = half * rows["variance"].astype(float) ** 0.5
    marks = pd.DataFrame(
        {
            "label": rows["name"],
            "kind": "study",
            "effect": rows["effect"].astype(float),
            "low": rows["effect"] - spread,
            "high": rows["effect"] + spread,
            "weight": list(pooled.weights),
            "n": rows["n"].astype(int),
        }
    ).sort_values(["effect", "label"], ignore_index=True)
    marks["text"] = [
        f"{number(e)} ({interval(lo, hi)})"
        for e, lo, hi in zip(marks["effect"], marks["low"], marks["high"], strict=True)
    ]
    return pd.concat(
        [marks, summary_marks(pooled, int(marks["n"].sum()))], ignore_index=True
    ).assign(group=group)


def summary_marks(pooled: PooledEffect, n: int, label: str = "All trials") -> pd.DataFrame:
    """The pooled effect as a diamond and, where it exists, the prediction interval."""
    marks = [
        {
            "label": f"{label} (k = {pooled.k}, n = {n})",
            "kind": "pooled",
            "effect": pooled.estimate,
            "low": pooled.ci_low,
            "high": pooled.ci_high,
            "n": n,
            "text": f"{number(pooled.estimate)} ({interval(pooled.ci_low, pooled.ci_high)})",
        }
    ]
    if pooled.k > 2:
        low, high = pooled.prediction_low, pooled.prediction_high
        marks.append(
            {
                "label": "where a new trial may fall",
                "kind": "prediction",
                "effect": pooled.estimate,
                "low": low,
                "high": high,
                "n": n,
                "text": f"{interval(low, high)}",
            }
        )
    return pd.DataFrame(marks)


def answer_forest(answer: Answer, version: str, sources: tuple[str, ...]) -> Figure:
    """Forest plot of one answer: claim, comparator, time window.

    Raises
    ------
    ValueError
        When the answer rests on no trial.
    """
    if answer.pooled is None or answer.certainty is None:
        raise ValueError(f"{answer.claim.id} {answer.comparator}/{answer.horizon}: nothing to draw")
    claim, pooled = answer.claim, answer.pooled
    marks = trial_marks(answer.selection.rows, pooled, answer.comparator)
    against = COMPARATOR_SHORT[answer.comparator]
    finding = {
        "supported": f"{claim.better} by {number(-pooled.estimate)} {claim.unit_short}",
        "supported_uncertain": f"{claim.better} by {number(-pooled.estimate)} {claim.unit_short}",
        "no_clear_effect": "no clear difference",
        "not_supported": f"a difference of {number(pooled.estimate)} {claim.unit_short}, "
        "too small to matter",
        "contradicted": f"{claim.worse} by {number(pooled.estimate)} {claim.unit_short}",
    }[answer.verdict]
    sure = CERTAINTY_WORDS[answer.certainty.level]
    title = f"Massage {against}, {answer.horizon} term: {finding} ({sure})"
    confidence = level(claim.rules.level)
    margin = f"{number(claim.important, 0)} {claim.unit_short}"
    figure_id = f"{claim.id}-{answer.comparator.replace('_', '-')}-{answer.horizon}"
    with style.house():
        canvas = forest.draw(
            marks,
            title=title,
            unit=_axis(answer),
            margin=claim.important,
            version=version,
            source="; ".join(sources),
            colours=style.COMPARATOR_COLOURS,
        )
    return Figure(
        id=figure_id,
        claim=claim.id,
        title=title,
        caption=(
            f"Each square is one trial of massage {against} in {claim.evidence_population}, larger "
            f"with more weight; lines are {confidence} confidence intervals. The diamond is the "
            "average of all trials, the dashed line where a new trial may fall. Grey: differences "
            f"below {margin}, too small to matter. {answer.sentence}"
        ),
        alt=(
            f"Forest plot of {count(pooled.k, 'trial')} with {count(answer.n, 'person')}, massage "
            f"{against}. Pooled difference {number(pooled.estimate)} {claim.unit}, {confidence} "
            f"interval {interval(pooled.ci_low, pooled.ci_high)}; below zero favours massage."
        ),
        sources=sources,
        data=marks.drop(columns="text"),
        canvas=canvas,
    )


def subgroup_forest(
    answer: Answer, test: SubgroupTest, what: str, version: str, sources: tuple[str, ...]
) -> Figure:
    """Pooled effect of each subgroup of one answer's trials, with the test between them.

    ``what`` names the split ("dose", "duration"). The test, not the look of two intervals, says
    whether subgroups differ.
    """
    claim = answer.claim
    shown = [
        summary_marks(pooled, pooled_n, label=str(name).capitalize()).iloc[:1]
        for name, (pooled, pooled_n) in _sizes(answer, test, what).items()
    ]
    marks = pd.concat(shown, ignore_index=True).assign(kind="study", group=answer.comparator)
    differ = "differ" if test.p < 0.05 else "do not clearly differ"
    against = COMPARATOR_SHORT[answer.comparator]
    title = f"Massage {against}, by {what}: subgroups {differ} (p = {number(test.p, 2)})"
    with style.house():
        canvas = forest.draw(
            marks,
            title=title,
            unit=_axis(answer),
            margin=claim.important,
            version=version,
            source="; ".join(sources),
            colours=style.COMPARATOR_COLOURS,
        )
    told = "; ".join(f"{m['label']}: {m['text']}" for m in figures.records(marks))
    return Figure(
        id=f"{claim.id}-{answer.comparator.replace('_', '-')}-by-{what}",
        claim=claim.id,
        title=title,
        caption=(
            f"Averages with {level(claim.rules.level)} intervals of trials grouped by {what}, as "
            f"the review classed them. Test between subgroups: Q = {number(test.q)}, "
            f"p = {number(test.p, 2)}. Trials were not randomised to {what}: other differences "
            "between them may explain the pattern."
        ),
        alt=f"{claim.unit.capitalize()} by {what}, below zero favours massage. {told}.",
        sources=sources,
        data=marks.drop(columns="text"),
        canvas=canvas,
    )


def _sizes(answer: Answer, test: SubgroupTest, what: str) -> dict[str, tuple[PooledEffect, int]]:
    people = {
        str(name): int(n) for name, n in answer.selection.rows.groupby(what)["n"].sum().items()
    }
    order = {name: rank for rank, name in enumerate(reversed(answer.claim.doses))}
    groups = {str(name): pooled for name, pooled in test.groups.items()}
    names = sorted(groups, key=lambda name: (order.get(name, len(order)), name))
    return {name: (groups[name], people[name]) for name in names}

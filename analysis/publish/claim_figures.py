"""Forest plots of a claim: the trials behind one answer, and its subgroups.

Titles, captions and alt texts are made from the numbers, so that they cannot outlive them.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure as Canvas
from scipy import stats

from analysis.evidence.answers import TRIALS, Answer
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_SHORT,
    count,
    interval,
    level,
    number,
)
from analysis.evidence.sentences import figures as in_words
from analysis.publish import figures, forest, style
from analysis.publish.figures import Figure
from analysis.stats.groups import SubgroupTest
from analysis.stats.pooling import PooledEffect


def _written(answer: Answer, effect: float, low: float, high: float) -> str:
    digits = 1 if answer.measure == "MD" else 2
    shown = [answer.shown(value) for value in (effect, low, high)]
    return f"{number(shown[0], digits)} ({interval(shown[1], shown[2], digits)})"


def marks_of(answer: Answer) -> pd.DataFrame:
    """One mark per trial, largest benefit first, then the pooled effect and prediction interval.

    An answer that rests on a published review has no trial marks. Ratios stay logged.
    """
    assert answer.pooled is not None
    pooled = answer.pooled
    summary = summary_marks(answer, pooled, answer.n)
    if answer.basis != TRIALS:
        return summary.assign(group=answer.comparator)
    rows = answer.selection.rows
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
            "n": rows["n"],
        }
    ).sort_values(["effect", "label"], ignore_index=True)
    marks["text"] = [
        _written(answer, e, lo, hi)
        for e, lo, hi in zip(marks["effect"], marks["low"], marks["high"], strict=True)
    ]
    return pd.concat([marks, summary], ignore_index=True).assign(group=answer.comparator)


def summary_marks(
    answer: Answer, pooled: PooledEffect, n: int | None, label: str = "All trials"
) -> pd.DataFrame:
    """The pooled effect as a diamond and, where it exists, the prediction interval."""
    size = f"k = {pooled.k}, n = {n}" if n else f"k = {pooled.k}"
    marks = [
        {
            "label": f"{label} ({size})",
            "kind": "pooled",
            "effect": pooled.estimate,
            "low": pooled.ci_low,
            "high": pooled.ci_high,
            "n": n,
            "text": _written(answer, pooled.estimate, pooled.ci_low, pooled.ci_high),
        }
    ]
    if pooled.k > 2 and pooled.prediction_low == pooled.prediction_low:
        low, high = pooled.prediction_low, pooled.prediction_high
        digits = 1 if answer.measure == "MD" else 2
        marks.append(
            {
                "label": "where a new trial may fall",
                "kind": "prediction",
                "effect": pooled.estimate,
                "low": low,
                "high": high,
                "n": n,
                "text": interval(answer.shown(low), answer.shown(high), digits),
            }
        )
    return pd.DataFrame(marks)


def _finding(answer: Answer) -> str:
    claim = answer.claim
    if answer.too_little:
        return f"not enough to tell ({in_words(answer)})"
    better, worse = f"{claim.better} ({in_words(answer)})", f"{claim.worse} ({in_words(answer)})"
    return {
        "supported": better,
        "supported_uncertain": better,
        "no_clear_effect": f"no clear difference ({in_words(answer)})",
        "not_supported": f"a difference too small to matter ({in_words(answer)})",
        "contradicted": worse,
    }[answer.verdict]


def _draw(
    answer: Answer, marks: pd.DataFrame, title: str, version: str, sources: tuple[str, ...]
) -> Canvas:
    with style.house():
        return forest.draw(
            marks,
            title=title,
            unit=f"difference, {answer.unit}",
            margin=answer.margin,
            version=version,
            sources=sources,
            colours=style.COMPARATOR_COLOURS,
            ratio=answer.measure == "RR",
        )


def answer_forest(answer: Answer, version: str, sources: tuple[str, ...]) -> Figure:
    """Forest plot of one answer that rests on trials: claim, comparator, time window.

    Raises
    ------
    ValueError
        When the answer rests on no trial.
    """
    if answer.pooled is None or answer.certainty is None or answer.basis != TRIALS:
        raise ValueError(f"{answer.claim.id} {answer.comparator}/{answer.horizon}: nothing to draw")
    claim, pooled = answer.claim, answer.pooled
    marks = marks_of(answer)
    against = COMPARATOR_SHORT[answer.comparator]
    sure = CERTAINTY_WORDS[answer.certainty.level]
    title = f"Massage {against}, {answer.horizon} term: {_finding(answer)}, {sure}"
    canvas = _draw(answer, marks, title, version, sources)
    confidence = level(claim.rules.level)
    people = f" with {count(answer.n, 'person')}" if answer.n else ""
    return Figure(
        id=f"{claim.id}-{answer.comparator.replace('_', '-')}-{answer.horizon}",
        claim=claim.id,
        title=title,
        caption=(
            f"Each square is one trial of massage {against} in {answer.who}, larger with more "
            f"weight; lines are {confidence} confidence intervals. The diamond is the average of "
            "all trials, the dashed line where a new trial may fall. Grey: too small to matter. "
            f"{answer.sentence}"
        ),
        alt=(
            f"Forest plot of {count(pooled.k, 'trial')}{people}, massage {against}. Pooled: "
            f"{in_words(answer)} ({confidence} interval); left favours massage."
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
        summary_marks(answer, pooled, n, label=name.capitalize()).iloc[:1]
        for name, (pooled, n) in _sizes(answer, test, what).items()
    ]
    marks = pd.concat(shown, ignore_index=True).assign(kind="study", group=answer.comparator)
    differ = "differ" if test.p < 0.05 else "do not clearly differ"
    against = COMPARATOR_SHORT[answer.comparator]
    title = f"Massage {against}, by {what}: subgroups {differ} (p = {number(test.p, 2)})"
    canvas = _draw(answer, marks, title, version, sources)
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
        alt=f"{answer.unit.capitalize()} by {what}, left favours massage. {told}.",
        sources=sources,
        data=marks.drop(columns="text"),
        canvas=canvas,
    )


def _sizes(answer: Answer, test: SubgroupTest, what: str) -> dict[str, tuple[PooledEffect, int]]:
    by_group = answer.selection.rows.groupby(what)["n"].sum()
    people = {str(name): int(n) for name, n in by_group.items()}
    order = {name: rank for rank, name in enumerate(reversed(answer.claim.doses))}
    groups = {str(name): pooled for name, pooled in test.groups.items()}
    names = sorted(groups, key=lambda name: (order.get(name, len(order)), name))
    return {name: (groups[name], people[name]) for name in names}

"""The most honest figure of the collection: one claim against each comparison, on one axis."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from analysis.evidence.answers import TRIALS, Answer
from analysis.evidence.claim_sentences import verdict_finding
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_SHORT,
    count,
    level,
    number,
)
from analysis.evidence.sentences import (
    figures as in_words,
)
from analysis.evidence.verdicts import Verdict
from analysis.publish import figures, style
from analysis.publish.claim_figures import marks_of
from analysis.publish.figures import Figure

_ORDER = ("no_treatment", "add_on", "active", "sham")
_ROW_INCHES = 1.15
_COLUMNS = ["label", "kind", "effect", "low", "high", "weight", "n", "group", "horizon"]


def comparator_gap(
    verdict: Verdict, horizon: str, version: str, sources: tuple[str, ...]
) -> Figure:
    """How one claim's answer depends on what massage is compared with, in one time window.

    Below zero favours massage, in the unit of the claim.

    Raises
    ------
    ValueError
        One of the answers against no treatment and against a sham has no figures.
    """
    answers = [a for a in verdict.tested if a.horizon == horizon]
    claim = verdict.claim
    if {"no_treatment", "sham"} - {a.comparator for a in answers}:
        raise ValueError(f"{claim.id} has no gap to draw in the {horizon} window")
    title = f"Massage v no treatment: {_side(verdict.answer('no_treatment', horizon))}; "
    title += f"v a sham: {_side(verdict.answer('sham', horizon))}"
    return _figure(f"{claim.id}-gap", title, answers, version, sources)


def _side(a: Answer) -> str:
    assert a.pooled is not None
    if a.verdict in ("supported", "supported_uncertain"):
        return f"{a.claim.better} by {number(-a.pooled.estimate, 0)} {a.unit_short}"
    return {
        "contradicted": a.claim.worse,
        "not_supported": "no difference that matters",
    }.get(a.verdict, "no clear difference")


def all_answers(verdict: Verdict, version: str, sources: tuple[str, ...]) -> Figure:
    """Every answer of a claim that rests on figures, on one axis.

    Raises
    ------
    ValueError
        When no answer in the claim's own measure rests on figures.
    """
    answers = [a for a in verdict.tested if a.measure == verdict.claim.effect]
    if not answers:
        raise ValueError(f"{verdict.claim.id}: no answer rests on figures, nothing to draw")
    return _figure(
        f"{verdict.claim.id}-answers", verdict_finding(verdict), answers, version, sources
    )


def _figure(
    figure_id: str, title: str, answers: list[Answer], version: str, sources: tuple[str, ...]
) -> Figure:
    answers = sorted(answers, key=lambda a: _ORDER.index(a.comparator))
    claim = answers[0].claim
    marks = pd.concat([_marks(a) for a in answers], ignore_index=True)
    marks = marks.reindex(columns=_COLUMNS)
    with style.house():
        canvas = _draw(answers, marks, title, version, sources)
    told = "; ".join(_told(a) for a in answers)
    return Figure(
        id=figure_id,
        claim=claim.id,
        title=title,
        caption=(
            f"Dots are single trials, larger with more weight; bars are averages with "
            f"{level(claim.rules.level)} intervals, thin lines show where a new trial may fall. In "
            f"{answers[0].unit}: {told}. Different trials stand behind each row, so a gap between "
            "rows is a rough measure of what attention, expectation and time do."
        ),
        alt=f"Rows on one axis, {answers[0].unit}, left favours massage. {told}.",
        sources=sources,
        data=marks,
        canvas=canvas,
    )


def _marks(a: Answer) -> pd.DataFrame:
    return marks_of(a).drop(columns="text").assign(horizon=a.horizon)


def _told(a: Answer) -> str:
    assert a.certainty is not None
    people = f", {count(a.n, 'person')}" if a.n else ""
    return (
        f"{COMPARATOR_SHORT[a.comparator]}, {a.horizon}: {in_words(a)} ({_trials(a)}{people}, "
        f"{a.who}, {CERTAINTY_WORDS[a.certainty.level]})"
    )


def _trials(a: Answer) -> str:
    if a.basis != TRIALS:
        kind = "a published review"
        return f"{kind}: {count(a.k, 'trial')}" if a.k else kind
    return count(a.k or 0, "trial")


def _draw(
    answers: list[Answer], marks: pd.DataFrame, title: str, version: str, sources: tuple[str, ...]
) -> Canvas:
    first = answers[0]
    canvas = figures.blank(0.4 + _ROW_INCHES * len(answers), title, version, sources)
    axes = canvas.add_subplot()
    style.shade_trivial(axes, first.margin, -0.62)
    axes.axvline(0, color=style.INK, linewidth=1)
    for y, a in enumerate(answers):
        of_answer = marks["group"].eq(a.comparator) & marks["horizon"].eq(a.horizon)
        _row(axes, y, a, marks[of_answer & marks["kind"].eq("study")])
    axes.set_yticks(range(len(answers)), [_label(a) for a in answers])
    axes.set_ylim(len(answers) - 0.4, -0.8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    style.name_ends(axes, f"difference, {first.unit}")
    if first.measure == "RR":
        style.show_ratios(axes)
    canvas.subplots_adjust(left=0.28, right=0.8)
    return canvas


def _label(a: Answer) -> str:
    assert a.certainty is not None
    people = f", {count(a.n, 'person')}" if a.n else ""
    return (
        f"{'v mixed controls' if a.mixed else COMPARATOR_SHORT[a.comparator]}, {a.horizon}\n"
        f"{_trials(a)}{people}\n"
        f"{CERTAINTY_WORDS[a.certainty.level]}"
    )


def _row(axes: Axes, y: int, a: Answer, trials: pd.DataFrame) -> None:
    assert a.pooled is not None
    p, colour = a.pooled, style.COMPARATOR_COLOURS[a.comparator]
    # trials are spread downwards by rank so that none hides another; the order carries nothing
    offset = 0.12 + 0.3 * np.linspace(0, 1, max(len(trials), 2))[: len(trials)]
    axes.scatter(
        trials["effect"].astype(float),
        y + offset,
        s=18 + 7 * trials["weight"].astype(float),
        color=colour,
        alpha=0.55,
        marker=style.COMPARATOR_MARKERS[a.comparator],
        linewidth=0,
    )
    bar = y - 0.1
    if (a.k or 0) > 2 and math.isfinite(p.prediction_low):
        axes.plot([p.prediction_low, p.prediction_high], [bar, bar], color=colour, linewidth=1.2)
    axes.plot([p.ci_low, p.ci_high], [bar, bar], color=colour, linewidth=7, solid_capstyle="butt")
    axes.plot([p.estimate], [bar], marker="|", markersize=16, color="white", markeredgewidth=2)
    axes.text(
        1.02,
        y,
        in_words(a).replace(f" {a.unit_short}, ", "\n(") + ")",
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=10,
        fontweight="bold",
    )

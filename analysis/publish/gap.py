"""The most honest figure of the collection: one claim against each comparator, on one axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_SHORT,
    count,
    interval,
    level,
    number,
)
from analysis.evidence.verdicts import Answer, Verdict
from analysis.publish import figures, style
from analysis.publish.claim_figures import trial_marks
from analysis.publish.figures import Figure

_ORDER = ("no_treatment", "add_on", "active", "sham")
_ROW_INCHES = 1.15


def comparator_gap(
    verdict: Verdict, horizon: str, version: str, sources: tuple[str, ...]
) -> Figure:
    """How one claim's answer depends on what massage is compared with, in one time window."""
    claim = verdict.claim
    answers = [a for a in verdict.answers if a.horizon == horizon and a.pooled is not None]
    answers.sort(key=lambda a: _ORDER.index(a.comparator))
    marks = pd.concat([_marks(a) for a in answers], ignore_index=True)
    title = _title(verdict, horizon)
    with style.house():
        canvas = _draw(answers, marks, title, version, "; ".join(sources))
    told = "; ".join(_told(a) for a in answers)
    return Figure(
        id=f"{claim.id}-gap",
        claim=claim.id,
        title=title,
        caption=(
            f"Dots are single trials in {claim.evidence_population}, larger with more weight; bars "
            f"are averages with {level(claim.rules.level)} intervals, thin lines show where a new "
            f"trial may fall. In {claim.unit}: {told}. Different trials stand behind each row, so "
            "the gap between them is a rough measure of what attention, expectation and time do."
        ),
        alt=f"Rows of dots on one axis, {claim.unit}, below zero favours massage. {told}.",
        sources=sources,
        data=marks,
        canvas=canvas,
    )


def _marks(a: Answer) -> pd.DataFrame:
    assert a.pooled is not None
    return trial_marks(a.selection.rows, a.pooled, a.comparator).drop(columns="text")


def _told(a: Answer) -> str:
    assert a.pooled is not None
    assert a.certainty is not None
    p = a.pooled
    return (
        f"{COMPARATOR_SHORT[a.comparator]} {number(p.estimate)} ({interval(p.ci_low, p.ci_high)}; "
        f"{count(p.k, 'trial')}, {count(a.n, 'person')}, {CERTAINTY_WORDS[a.certainty.level]})"
    )


def _title(verdict: Verdict, horizon: str) -> str:
    claim = verdict.claim
    none = verdict.answer("no_treatment", horizon).pooled
    sham = verdict.answer("sham", horizon).pooled
    if none is None or sham is None:
        return f"{claim.claim} Each comparison gives its own answer"
    return (
        f"Massage beats no treatment by {number(-none.estimate, 0)} {claim.unit_short}, "
        f"a sham by {number(-sham.estimate, 0)}"
    )


def _draw(
    answers: list[Answer], marks: pd.DataFrame, title: str, version: str, source: str
) -> Canvas:
    claim = answers[0].claim
    canvas = figures.blank(2.3 + _ROW_INCHES * len(answers), title, version, source)
    axes = canvas.add_subplot()
    style.shade_trivial(axes, claim.important, -0.62)
    axes.axvline(0, color=style.INK, linewidth=1)
    for y, a in enumerate(answers):
        assert a.pooled is not None
        p, colour = a.pooled, style.COMPARATOR_COLOURS[a.comparator]
        trials = marks[marks["group"].eq(a.comparator) & marks["kind"].eq("study")]
        # trials are spread downwards by rank so that none hides another; the order carries nothing
        offset = 0.12 + 0.3 * np.linspace(0, 1, max(len(trials), 2))[: len(trials)]
        axes.scatter(
            trials["effect"],
            y + offset,
            s=18 + 7 * trials["weight"].astype(float),
            color=colour,
            alpha=0.55,
            marker=style.COMPARATOR_MARKERS[a.comparator],
            linewidth=0,
        )
        if p.k > 2:
            axes.plot(
                [p.prediction_low, p.prediction_high], [y - 0.1] * 2, color=colour, linewidth=1.2
            )
        axes.plot(
            [p.ci_low, p.ci_high], [y - 0.1] * 2, color=colour, linewidth=7, solid_capstyle="butt"
        )
        axes.plot(
            [p.estimate], [y - 0.1], marker="|", markersize=16, color="white", markeredgewidth=2
        )
        axes.text(
            1.02,
            y,
            f"{number(p.estimate)}\n({interval(p.ci_low, p.ci_high)})",
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=10,
            fontweight="bold",
        )
    axes.set_yticks(
        range(len(answers)),
        [
            f"{COMPARATOR_SHORT[a.comparator]}\n{len(a.selection.rows)} trials, {a.n} people\n"
            f"{CERTAINTY_WORDS[a.certainty.level] if a.certainty else ''}"
            for a in answers
        ],
    )
    axes.set_ylim(len(answers) - 0.4, -0.8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    style.name_ends(axes, f"difference, {claim.unit}")
    canvas.subplots_adjust(left=0.25, right=0.8)
    return canvas

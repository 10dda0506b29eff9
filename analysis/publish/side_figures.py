"""Figures beside the pools: what other reviews found, and what trials report without figures."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from analysis.evidence.claims import Claim
from analysis.evidence.directions import WORDS
from analysis.evidence.sentences import COMPARATOR_SHORT, count, interval, number
from analysis.publish import figures, forest, style
from analysis.publish.figures import Figure

DIRECTION_COLOURS = {
    "favours_massage": "#0072b2",
    "mixed": "#9fc5dd",
    "no_difference": "#d9d9d9",
    "favours_comparator": "#d55e00",
}
_TRIALS = "trials in data/published/contrasts.csv"
DIRECTION_WORDS = {
    "favours_massage": "favours massage",
    "mixed": "mixed",
    "no_difference": "no difference",
    "favours_comparator": "favours comparison",
}


def review_forest(claim: Claim, estimates: pd.DataFrame, version: str) -> Figure:
    """Published standardised estimates for one claim, people with chronic pain first.

    ``estimates`` comes from :func:`analysis.evidence.published.estimates`. Estimates on single
    scales are left to the table, because their units differ.

    Estimates whose sign cannot be settled are not drawn; the caption counts them.

    Raises
    ------
    ValueError
        When there is none to draw.
    """
    rows = estimates[estimates["standardised"] & estimates["proper"] & estimates["oriented"]]
    if rows.empty:
        raise ValueError(f"{claim.id}: no published standardised estimate to draw")
    compared = rows["comparator"].fillna("not stated").map(_short_control)
    marks = pd.DataFrame(
        {
            "label": rows["label"].map(_two_lines),
            "kind": "study",
            "effect": rows["effect"],
            "low": rows["low"],
            "high": rows["high"],
            "weight": np.nan,
            "text": [
                f"{number(e, 2)} ({interval(lo, hi, 2)})\nv {c}"
                for e, lo, hi, c in zip(
                    rows["effect"], rows["low"], rows["high"], compared, strict=True
                )
            ],
        }
    )
    silent = int((~estimates["oriented"] & estimates["proper"]).sum())
    title = f"{claim.noun.capitalize()}: what {count(len(rows), 'published estimate')} found"
    cited = tuple(dict.fromkeys(rows["citation"].dropna().astype(str)))
    with style.house():
        canvas = forest.draw(
            marks,
            title=title,
            unit="standardised difference, standard deviations",
            margin=claim.rules.standardised_important,
            version=version,
            sources=cited,
            limits=(float(max(rows["low"].min(), -3)), float(max(min(rows["high"].max(), 2), 0.5))),
            row_inches=0.4,
        )
    return Figure(
        id=f"{claim.id}-reviews",
        claim=claim.id,
        title=title,
        caption=(
            "What published reviews pooled, each with its interval, turned so that left favours "
            "massage. Reviews share trials, so these are not independent votes and are not pooled "
            f"again. People with chronic pain come first. {len(estimates) - len(rows)} more are in "
            f"the table only: on single scales, not of massage proper, or ({silent}) finding no "
            "difference without stating a sign."
        ),
        alt=f"{count(len(rows), 'published estimate')} with intervals; left favours massage.",
        sources=cited,
        data=rows[["row_id", "effect", "low", "high", "comparator", "condition"]],
        canvas=canvas,
    )


def _short_control(text: str) -> str:
    plain = text.replace("_", " ").split("(")[0].strip()
    return textwrap.shorten(plain, 26, placeholder=" ...")


def _two_lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 27)[:2])


def direction_bars(claim: Claim, counted: pd.DataFrame, version: str) -> Figure:
    """Trials per comparator by what they report: the effect direction plot.

    ``counted`` comes from :func:`analysis.evidence.directions.counts`.

    Raises
    ------
    ValueError
        When no trial reports a direction.
    """
    if counted.empty:
        raise ValueError(f"{claim.id}: no trial reports a direction")
    total = int(counted["total"].sum())
    title = f"{claim.noun.capitalize()}: what {count(total, 'trial result')} report"
    with style.house():
        canvas = figures.blank(0.4 + 0.55 * len(counted), title, version, (_TRIALS,))
        axes = canvas.add_subplot()
        for y, row in enumerate(figures.records(counted)):
            left = 0
            for word in WORDS:
                width = int(row[word])
                axes.barh(y, width, left=left, color=DIRECTION_COLOURS[word], edgecolor="white")
                if width:
                    axes.text(
                        left + width / 2, y, str(width), ha="center", va="center", fontsize=10,
                        color="white" if word.startswith("favours") else style.INK,
                    )  # fmt: skip
                left += width
        names = [COMPARATOR_SHORT[c] for c in counted["comparator"]]
        axes.set_yticks(range(len(counted)), names)
        axes.set_ylim(len(counted) - 0.4, -0.6)
        axes.set_xlabel("trials")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        for word in WORDS:
            axes.barh([0], [0], color=DIRECTION_COLOURS[word], label=DIRECTION_WORDS[word])
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=4, frameon=False, fontsize=10
        )
        canvas.subplots_adjust(left=0.2, right=0.96)
    told = "; ".join(
        f"{COMPARATOR_SHORT[r['comparator']]}: "
        + ", ".join(f"{r[w]} {DIRECTION_WORDS[w]}" for w in WORDS if r[w])
        for r in figures.records(counted)
    )
    return Figure(
        id=f"{claim.id}-directions",
        claim=claim.id,
        title=title,
        caption=(
            "Randomised trials of massage proper by what they report, one word per trial and "
            "comparison. Counting says nothing about size, and a trial too small to find anything "
            "also reports no difference. Results that pleased their authors are likelier to be "
            f"printed. {told}."
        ),
        alt=f"Stacked bars. {told}.",
        sources=(_TRIALS,),
        data=counted,
        canvas=canvas,
    )

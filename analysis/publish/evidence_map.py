"""The collection's front door: what has been studied, in whom, against what, and what was found."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.evidence.claims import COMPARATORS
from analysis.evidence.sentences import COMPARATOR_SHORT, count
from analysis.publish import figures, style
from analysis.publish.figures import Figure
from analysis.publish.side_figures import DIRECTION_COLOURS, DIRECTION_WORDS

#: Columns of the map, in order; every other condition falls into the last.
PEOPLE = {
    "neck": ("neck_pain", "other:neck_arthritis"),
    "back": ("low_back_pain",),
    "fibro-\nmyalgia": ("fibromyalgia",),
    "joints": ("knee_oa", "hand_oa", "rheumatoid_arthritis", "other:ankylosing_spondylitis"),
    "head-\nache": ("headache",),
    "other\npain": (
        "shoulder_pain",
        "mixed_chronic_pain",
        "other:temporomandibular_disorder",
        "other:hand_pain",
        "other:scapulocostal_syndrome",
        "other:chronic_pelvic_pain",
        "other:plantar_heel_pain",
        "other:carpal_tunnel_syndrome",
        "other:rheumatic_pain_elderly",
    ),
    "cancer": ("cancer", "other:palliative_care"),
    "healthy": ("healthy",),
    "other\npeople": (),
}


def people(conditions: pd.Series[str]) -> pd.Series[str]:
    """The map's column for each condition."""
    place = {condition: name for name, listed in PEOPLE.items() for condition in listed}
    return conditions.map(place).fillna(list(PEOPLE)[-1])


def evidence_map(trials: pd.DataFrame, version: str) -> Figure:
    """Dots for trials: outcome by people, one panel per comparison, coloured by what they report.

    ``trials`` has columns ``study_id, outcome, condition, comparator, n, direction``: one row per
    trial, outcome and comparator (see :mod:`analysis.evidence.directions`).
    """
    table = trials.assign(people=people(trials["condition"])).reset_index(drop=True)
    outcomes = list(dict.fromkeys(table["outcome"]))
    panels = [c for c in COMPARATORS if table["comparator"].eq(c).any()]
    body = 0.7 + len(panels) * (0.5 + 0.3 * len(outcomes))
    studies = int(table["study_id"].nunique())
    title = (
        f"What has been studied: {count(studies, 'trial')}, "
        f"{len(outcomes)} outcomes, {len(panels)} kinds of comparison"
    )
    with style.house():
        canvas = figures.blank(body, title, version, ("trials in data/published",))
        grid = canvas.subplots(len(panels), 1, sharex=True, squeeze=False)
        for axes, comparator in zip(grid[:, 0], panels, strict=True):
            _panel(axes, table[table["comparator"].eq(comparator)], outcomes, comparator)
        grid[-1, 0].set_xticks(range(len(PEOPLE)), list(PEOPLE), fontsize=10)
        for word, colour in DIRECTION_COLOURS.items():
            grid[0, 0].scatter(
                [], [], s=60, color=colour, edgecolor=style.QUIET, label=DIRECTION_WORDS[word]
            )
        grid[0, 0].legend(
            loc="lower left", bbox_to_anchor=(-0.25, 1.1), ncols=4, frameon=False, fontsize=10
        )
        top = canvas.subplotpars.top - 0.5 / float(canvas.get_figheight())
        canvas.subplots_adjust(left=0.24, right=0.97, hspace=0.16, top=top)
    empty = len(PEOPLE) * len(outcomes) * len(panels) - len(
        table.drop_duplicates(["people", "outcome", "comparator"])
    )
    return Figure(
        id="evidence-map",
        claim=None,
        title=title,
        caption=(
            "Each dot is one randomised trial of massage proper for one outcome, larger with more "
            "people, coloured by what its authors report. An empty place was studied by no trial "
            f"in these tables; {empty} places are empty. Colour is not strength of evidence: most "
            "trials are small, and pleasing results are likelier to be printed."
        ),
        alt=(
            f"Grid of {len(outcomes)} outcomes by {len(PEOPLE)} groups of people, one panel per "
            f"comparison, with dots for {count(studies, 'trial')}; {empty} places are empty."
        ),
        sources=("trials in data/published/contrasts.csv",),
        data=table[["study_id", "outcome", "people", "comparator", "n", "direction"]],
        canvas=canvas,
    )


def _panel(axes: Axes, table: pd.DataFrame, outcomes: list[str], comparator: str) -> None:
    columns = list(PEOPLE)
    table = table.sort_values(["direction", "study_id"], kind="stable")
    cell = table.groupby(["people", "outcome"], sort=False)["study_id"]
    place, size = cell.cumcount(), cell.transform("size")
    shift = np.where(size > 1, -0.36 + 0.72 * place / (size - 1).clip(lower=1), 0.0)
    axes.scatter(
        table["people"].map(columns.index) + shift, table["outcome"].map(outcomes.index),
        s=10 + 3.2 * np.sqrt(table["n"].astype(float).fillna(20.0)),
        color=[DIRECTION_COLOURS[d] for d in table["direction"]],
        edgecolor=style.QUIET, linewidth=0.4,
    )  # fmt: skip
    axes.set_yticks(range(len(outcomes)), [o.replace("_", " ") for o in outcomes], fontsize=10)
    axes.set_ylim(len(outcomes) - 0.5, -0.5)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.grid(axis="both", color="#efefef")
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.set_title(COMPARATOR_SHORT[comparator], fontsize=11, fontweight="bold", loc="left", pad=2)

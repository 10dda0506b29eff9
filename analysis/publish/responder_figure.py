"""Chances instead of averages: of a hundred people, how many more reach the threshold."""

from __future__ import annotations

import pandas as pd

from analysis.evidence.answers import Answer
from analysis.evidence.sentences import COMPARATOR_SHORT, level, number
from analysis.publish import figures, style
from analysis.publish.figures import Figure
from analysis.stats.responders import ResponderShares


def responder_bars(
    answers: list[Answer],
    shares: list[ResponderShares],
    sd: float,
    version: str,
    sources: tuple[str, ...],
) -> Figure:
    """Share of people who end at least the margin below the comparison arm's average."""
    claim = answers[0].claim
    table = pd.DataFrame(
        {
            "comparator": [a.comparator for a in answers],
            "control": [s.control for s in shares],
            "treated": [s.treated for s in shares],
            "treated_low": [s.treated_low for s in shares],
            "treated_high": [s.treated_high for s in shares],
            "sd": sd,
        }
    )
    told = "; ".join(
        f"{COMPARATOR_SHORT[a.comparator]}: {number(100 * s.treated, 0)} "
        f"({number(100 * s.treated_low, 0)} to {number(100 * s.treated_high, 0)}) against "
        f"{number(100 * s.control, 0)}"
        for a, s in zip(answers, shares, strict=True)
    )
    margin = f"{number(claim.important, 0)} {claim.unit_short}"
    title = f"Of a hundred people, {margin} below the comparison's average end: {told}"
    with style.house():
        canvas = figures.blank(0.4 + 0.8 * len(answers), title, version, sources)
        axes = canvas.add_subplot()
        for y, row in enumerate(figures.records(table)):
            colour = style.COMPARATOR_COLOURS[str(row["comparator"])]
            axes.plot(
                [row["treated_low"] * 100, row["treated_high"] * 100],
                [y, y],
                color=colour,
                linewidth=7,
                alpha=0.35,
                solid_capstyle="butt",
            )
            axes.plot(
                [row["control"] * 100],
                [y],
                "o",
                color="white",
                markeredgecolor=colour,
                markersize=11,
                markeredgewidth=2,
            )
            axes.plot([row["treated"] * 100], [y], "o", color=colour, markersize=11)
            axes.text(
                row["control"] * 100, y + 0.3, "without", ha="center", va="center", fontsize=9
            )
            axes.text(
                row["treated"] * 100, y - 0.3, "with massage", ha="center", va="center", fontsize=9
            )
        axes.set_yticks(range(len(answers)), [COMPARATOR_SHORT[a.comparator] for a in answers])
        axes.set_ylim(len(answers) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("people in a hundred (more is better)")
        canvas.subplots_adjust(left=0.2, right=0.96)
    return Figure(
        id=f"{claim.id}-responders",
        claim=claim.id,
        title=title,
        caption=(
            f"People in a hundred who end at least {number(claim.important, 0)} {claim.unit_short} "
            f"below the average of the comparison arm, with massage against without. {told}. "
            f"Bands: {level(claim.rules.level)} intervals of the average difference. A "
            "translation of averages that assumes normal "
            f"scores with a spread of {number(sd)} {claim.unit_short} in both arms and the same "
            "shift for everyone."
        ),
        alt=f"Open dots without massage, filled dots with massage, people in a hundred. {told}.",
        sources=sources,
        data=table,
        canvas=canvas,
    )

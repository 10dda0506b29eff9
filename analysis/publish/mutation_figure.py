"""Which net caught how many planted errors."""

from __future__ import annotations

import pandas as pd

from analysis.evidence.sentences import number
from analysis.publish import figures, style
from analysis.publish.figures import Figure

#: Columns of the table and what they are called, from the first net to the last.
NETS = (
    ("validation", "stopped by validation", style.INK),
    ("from_the_start", "or flagged by a check", "#0072b2"),
    ("later", "or seen by a rerun", "#9ecae1"),
    ("planted", "not caught", "#eeeeee"),
)


def nets(families: pd.DataFrame, version: str) -> Figure:
    """Bars of planted errors per family, split by the first net that caught them.

    ``families`` comes from :func:`analysis.mutations.run.by_family`.
    """
    whole = families[families["family"].eq("all errors in the data")].iloc[0]
    start, later = (whole[name] / whole["planted"] for name in ("from_the_start", "later"))
    title = (
        f"{number(100 * start, 0)} % of planted errors are caught even if there from the start, "
        f"{number(100 * later, 0)} % as a later change"
    )
    rows = figures.records(families)
    with style.house():
        canvas = figures.blank(0.9 + 0.5 * len(rows), title, version, ["planted errors, simulated"])
        axes = canvas.add_subplot()
        for y, row in enumerate(rows):
            before = 0.0
            for name, label, colour in NETS:
                share = 100 * row[name] / row["planted"]
                axes.barh(y, share - before, left=before, color=colour, height=0.62,
                          label=label if y == 0 else None)  # fmt: skip
                before = share
        words = [f"{row['family']} ({row['planted']})" for row in rows]
        axes.set_yticks(range(len(rows)), words)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("percent of planted errors")
        axes.legend(frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.35, -0.16),
                    fontsize=9.5)  # fmt: skip
        canvas.subplots_adjust(left=0.36, bottom=canvas.subplotpars.bottom + 0.08)
    return Figure(
        id="planted-errors",
        claim=None,
        title=title,
        caption=(
            "Errors planted one at a time in a copy of the data or the results (how many in "
            "brackets), by the first net that caught them. A rerun sees only what comes after "
            "results were committed. Simulated: none of these errors is in the data."
        ),
        alt=f"Stacked bars per family of errors. {title}.",
        sources=("planted errors, simulated",),
        data=families,
        canvas=canvas,
    )

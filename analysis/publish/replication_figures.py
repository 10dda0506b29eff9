"""Two figures about method: did we get the review's numbers, and what does a newer model change."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.evidence.sentences import count, number
from analysis.publish import figures, style
from analysis.publish.figures import Figure

TOLERANCE = 0.001  # percentage points of weight


def weight_differences(weights: pd.DataFrame, version: str, source: str) -> Figure:
    """Recomputed minus printed weight of every study in every pooled analysis."""
    largest = float(weights["weight_difference"].abs().max())
    analyses = list(dict.fromkeys(weights["analysis"]))
    reached = int(weights["weight_difference"].abs().le(TOLERANCE).sum())
    title = (
        f"{reached} of {len(weights)} printed weights come out the same "
        f"(largest difference {number(largest, 5)} percentage points)"
    )
    with style.house():
        canvas = figures.blank(0.3 + 0.22 * len(analyses), title, version, (source,))
        axes = canvas.add_subplot()
        axes.axvspan(-TOLERANCE, TOLERANCE, color="#f0f0f0", zorder=0)
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.scatter(
            weights["weight_difference"],
            [analyses.index(a) for a in weights["analysis"]],
            s=26,
            color=style.COMPARATOR_COLOURS["no_treatment"],
            alpha=0.6,
            linewidth=0,
        )
        axes.set_yticks(range(len(analyses)), analyses)
        axes.set_ylim(len(analyses) - 0.4, -0.6)
        axes.set_xlim(-1.15 * TOLERANCE, 1.15 * TOLERANCE)
        axes.set_xlabel("our weight minus the printed weight, percentage points")
        axes.set_ylabel("analysis of the review")
        canvas.subplots_adjust(left=0.14, right=0.96)
    columns = ["analysis", "study_id", "weight_percent", "our_weight", "weight_difference"]
    return Figure(
        id="neck-replication-weights",
        claim=None,
        title=title,
        caption=(
            f"Each dot is one study in one of {len(analyses)} analyses of the review: the "
            "random-effects weight that we compute from its arms, minus the weight that the review "
            "printed. Grey: the tolerance. The printed weights are rounded to six digits, which "
            "explains what is left."
        ),
        alt=(
            f"Dot plot of {len(weights)} differences in weight, the largest "
            f"{number(largest, 5)} percentage points."
        ),
        sources=(source,),
        data=weights[columns].reset_index(drop=True),
        canvas=canvas,
    )


def old_and_new(pooled: pd.DataFrame, version: str, source: str) -> Figure:
    """Interval as published, interval by the newer model, and prediction interval, per analysis."""
    # the review's subgroup views show the same trials again
    once = pooled["measure"].eq("MD") & ~pooled["title"].str.contains("subgroup")
    table = pooled.loc[once].reset_index(drop=True)
    lost = int(
        (
            (np.sign(table["low"]) == np.sign(table["high"]))
            & (np.sign(table["modern_low"]) != np.sign(table["modern_high"]))
        ).sum()
    )
    title = (
        f"A newer model widens intervals: {lost} of {count(len(table), 'mean difference')} "
        f"no longer {'excludes' if lost == 1 else 'exclude'} zero"
    )
    labels = [
        f"{str(r['title']).split(' (')[0]}\nanalysis {r['analysis']} (k = {r['k']})"
        for r in figures.records(table)
    ]
    with style.house():
        canvas = figures.blank(0.5 + 0.5 * len(table), title, version, (source,))
        axes = canvas.add_subplot()
        axes.axvline(0, color=style.INK, linewidth=1)
        for y, row in enumerate(figures.records(table)):
            reach = [row["prediction_low"], row["prediction_high"]]
            axes.plot(reach, [y + 0.22] * 2, color=style.QUIET, linewidth=1.2, linestyle=":")
            axes.plot([row["low"], row["high"]], [y - 0.2] * 2, color="#0072b2", linewidth=3)
            axes.plot([row["estimate"]], [y - 0.2], "o", color="#0072b2", markersize=6)
            axes.plot(
                [row["modern_low"], row["modern_high"]], [y] * 2, color="#d55e00", linewidth=3
            )
            axes.plot([row["modern_estimate"]], [y], "D", color="#d55e00", markersize=6)
        axes.plot([], [], "o-", color="#0072b2", linewidth=3, label="as published")
        axes.plot([], [], "D-", color="#d55e00", linewidth=3, label="newer model")
        axes.plot([], [], ":", color=style.QUIET, label="where a new trial may fall")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=10, frameon=False)
        axes.set_yticks(range(len(table)), labels)
        axes.set_ylim(len(table) - 0.3, -0.6)
        style.name_ends(axes, "mean difference, in the review's points")
        # Prediction intervals of two-trial analyses run off the sheet: the data file has the ends
        ends = table.loc[table["k"] > 2, ["prediction_low", "prediction_high"]].to_numpy()
        axes.set_xlim(1.1 * float(ends.min()), max(1.1 * float(ends.max()), 15))
        canvas.subplots_adjust(left=0.24, right=0.96)
    return Figure(
        id="neck-replication-models",
        claim=None,
        title=title,
        caption=(
            "For each analysis of mean differences: the interval as published (DerSimonian-Laird, "
            "normal), the interval by the newer model (Paule-Mandel, Knapp-Hartung) and the range "
            "in which a new trial may fall. Below zero favours massage."
        ),
        alt=(
            "Pairs of intervals per analysis; the newer interval is usually wider. "
            + "; ".join(
                f"{r['analysis']}: {number(r['low'])} to {number(r['high'])} becomes "
                f"{number(r['modern_low'])} to {number(r['modern_high'])}"
                for r in figures.records(table)
            )
            + "."
        ),
        sources=(source,),
        data=table,
        canvas=canvas,
    )

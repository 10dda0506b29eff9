"""How much of an improvement is specific to the treatment: published shares and our own gap."""

from __future__ import annotations

import pandas as pd

from analysis.evidence.sentences import number
from analysis.publish import figures, style
from analysis.publish.figures import Figure


def context_shares(shares: pd.DataFrame, version: str, sources: tuple[str, ...]) -> Figure:
    """Share of the gain over no treatment that a sham gives too, in percent, with intervals.

    ``shares`` has columns ``label, share, low, high``; the first row is this collection's own.
    """
    own = figures.records(shares)[0]
    title = (
        f"About {number(own['share'], 0)} % of the gain over no treatment comes with a sham too "
        f"(could be {number(own['low'], 0)} to {number(own['high'], 0)} %)"
    )
    with style.house():
        canvas = figures.blank(0.3 + 0.6 * len(shares), title, version, sources)
        axes = canvas.add_subplot()
        for y, row in enumerate(figures.records(shares)):
            colour = style.COMPARATOR_COLOURS["sham" if y == 0 else "no_treatment"]
            axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=3)
            axes.plot([row["share"]], [y], "o", color=colour, markersize=9)
            axes.text(
                1.02,
                y,
                f"{number(row['share'], 0)} ({number(row['low'], 0)} to {number(row['high'], 0)})",
                transform=axes.get_yaxis_transform(),
                va="center",
                fontsize=10,
            )
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.axvline(100, color=style.INK, linewidth=1)
        axes.set_yticks(range(len(shares)), list(shares["label"]))
        axes.set_ylim(len(shares) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("percent that attention, expectation and time give without massage")
        canvas.subplots_adjust(left=0.33, right=0.83)
    told = "; ".join(
        f"{' '.join(str(r['label']).split())}: {number(r['share'], 0)} % "
        f"({number(r['low'], 0)} to {number(r['high'], 0)})"
        for r in figures.records(shares)
    )
    return Figure(
        id="what-is-left",
        claim="pain",
        title=title,
        caption=(
            "Share of the difference from no treatment that people who get a sham have as well. "
            f"{told}. A share near one hundred leaves little for the massage itself. Shams that do "
            "something raise the share; different trials stand on both sides of each ratio."
        ),
        alt=f"Dots with intervals, in percent. {told}.",
        sources=sources,
        data=shares,
        canvas=canvas,
    )


def course(history: pd.DataFrame, version: str, source: str) -> Figure:
    """Mean pain over time in people who got usual care or an open placebo, not massage.

    ``history`` has columns ``arm, months, mean`` with pain on 0-100.
    """
    arms = {"usual_care": "usual care", "open_label_placebo": "open-label placebo"}
    shown = history[history["arm"].isin(list(arms))].sort_values(["arm", "months"])
    first, last = (
        shown[shown["arm"].eq("usual_care")]["mean"].iloc[0],
        shown[shown["arm"].eq("usual_care")]["mean"].iloc[-1],
    )
    fell = first - last
    title = (
        f"A year without a new treatment: pain {'fell' if fell >= 0 else 'rose'} by "
        f"{number(abs(fell), 0)} points on its own"
    )
    with style.house():
        canvas = figures.blank(3.4, title, version, (source,))
        axes = canvas.add_subplot()
        for (arm, name), marker in zip(arms.items(), ("s", "o"), strict=True):
            rows = shown[shown["arm"].eq(arm)]
            colour = style.COMPARATOR_COLOURS["no_treatment" if marker == "s" else "sham"]
            axes.plot(rows["months"], rows["mean"], marker=marker, color=colour, label=name)
        axes.set_ylim(0, 60)
        axes.set_xlabel("months after treatment would have ended (first point: before)")
        axes.set_ylabel("mean pain, 0-100 (lower is better)")
        axes.legend(frameon=False, loc="upper right")
        canvas.subplots_adjust(left=0.11, right=0.96)
    return Figure(
        id="natural-course",
        claim="pain",
        title=title,
        caption=(
            "Mean pain of people with chronic back pain in two arms of a trial that had no massage "
            "arm: what a before-and-after story is up against."
        ),
        alt="Two lines of mean pain over a year: usual care and open-label placebo.",
        sources=(source,),
        data=shown,
        canvas=canvas,
    )

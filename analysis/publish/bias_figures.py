"""Funnels with contours of significance, and what it would take to overturn an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from analysis.evidence.answers import Answer
from analysis.evidence.sentences import COMPARATOR_SHORT, count, number
from analysis.publish import figures, style
from analysis.publish.figures import Figure

#: Two-sided p at the contours (Peters et al. 2008, *J. Clin. Epidemiol.* 61, 991), darkest last.
CONTOURS = ((0.10, "#f2f2f2"), (0.05, "#e0e0e0"), (0.01, "#cacaca"))


def funnels(answers: Sequence[Answer], version: str, sources: tuple[str, ...]) -> Figure:
    """One contour-enhanced funnel per pool of a claim, side by side.

    Trials that are missing from the pale middle (not significant) suggest selection by p; trials
    missing elsewhere suggest another reason.
    """
    claim = answers[0].claim
    table = pd.concat([_marks(a) for a in answers], ignore_index=True)
    inside = table["p"].ge(0.05).sum()
    title = (
        f"{claim.noun.capitalize()}: {inside} of {count(len(table), 'trial result')} lie in the "
        "pale zone where nothing is significant"
    )
    with style.house():
        canvas = figures.blank(3.6, title, version, sources)
        axes = canvas.subplots(1, len(answers), sharey=True, sharex=True, squeeze=False)[0]
        reach = 1.1 * float(table["effect"].abs().max())
        deep = 1.08 * float(table["se"].max())
        for at, (panel, answer) in enumerate(zip(axes, answers, strict=True)):
            _funnel(panel, answer, table[table["comparator"].eq(answer.comparator)], reach, deep)
            if at == 0:
                panel.set_ylabel(f"standard error ({claim.unit_short})\nlarger trials above")
        canvas.subplots_adjust(left=0.13, right=0.98, wspace=0.08)
        below = canvas.subplotpars.bottom - 0.42 / canvas.get_figheight()
        words = f"\u2190 favours massage ({claim.unit_short}) favours comparison \u2192"
        canvas.text(0.555, below, words, ha="center", va="center")
        lower = below - 0.24 / canvas.get_figheight()
        shades = "shades: two-sided p below " + ", ".join(f"{p:g}" for p, _ in CONTOURS)
        canvas.text(
            0.555, lower, f"{shades}, darker for smaller", ha="center", va="center", fontsize=9.5,
            color=style.QUIET,
        )  # fmt: skip
    return Figure(
        id=f"{claim.id}-funnels",
        claim=claim.id,
        title=title,
        caption=(
            "Each dot is a trial; the line is the pooled difference. Shades: two-sided p below "
            + ", ".join(f"{p:g}" for p, _ in CONTOURS)
            + ", white inside means not even that. An even funnel about the line speaks against "
            "missing trials; with so few trials it says little either way."
        ),
        alt=(
            f"{count(len(answers), 'funnel plot')} of trial results against their standard errors: "
            + "; ".join(f"{COMPARATOR_SHORT[a.comparator]}, {count(a.k or 0, 'trial')}"
                        for a in answers)
            + f". {title}."
        ),
        sources=sources,
        data=table,
        canvas=canvas,
    )  # fmt: skip


def _marks(answer: Answer) -> pd.DataFrame:
    rows = answer.selection.rows
    se = np.sqrt(rows["variance"].to_numpy(dtype=float))
    effect = rows["effect"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "comparator": answer.comparator,
            "trial": rows["name"].astype(str),
            "effect": effect,
            "se": se,
            "p": 2 * stats.norm.sf(np.abs(effect) / se),
        }
    )


def _funnel(axes: Axes, answer: Answer, marks: pd.DataFrame, reach: float, deep: float) -> None:
    y = np.array([0.0, deep])
    for p, shade in CONTOURS:
        wide = stats.norm.isf(p / 2) * y
        for side in (-1, 1):
            axes.fill_betweenx(y, side * wide, side * 10 * (reach + deep), color=shade, zorder=0)
    assert answer.pooled is not None
    axes.axvline(0, color=style.INK, linewidth=0.8)
    axes.axvline(answer.pooled.estimate, color=style.QUIET, linewidth=1.2, linestyle="--")
    axes.plot(
        marks["effect"], marks["se"],
        style.COMPARATOR_MARKERS[answer.comparator],
        color=style.COMPARATOR_COLOURS[answer.comparator], markeredgecolor="white", markersize=7,
    )  # fmt: skip
    axes.set_xlim(-reach, reach)
    axes.set_ylim(deep, 0)
    axes.set_title(f"{COMPARATOR_SHORT[answer.comparator]} ({answer.k})", fontsize=11)


def corrected(
    table: pd.DataFrame, claim: str, unit: str, version: str, sources: tuple[str, ...]
) -> Figure:
    """Each pool of one claim as it is, and under each correction.

    ``table`` comes from :func:`analysis.evidence.bias.corrections`.
    """
    ways = {
        "estimate": "as pooled",
        "moderate": "some unwelcome trials unseen",
        "severe": "most unwelcome trials unseen",
        "peese": "line on variances (PEESE)",
        "pet": "line on standard errors (PET)",
    }
    rows = table[table["claim"].eq(claim)].reset_index(drop=True)
    long = rows.melt(
        id_vars=["comparator", "horizon", "k"], value_vars=list(ways), var_name="way",
        value_name="value",
    )  # fmt: skip
    gone = int((rows[["moderate", "severe", "peese", "pet"]].max(axis=1) >= 0).sum())
    title = (
        f"{claim.capitalize()}: in {gone} of {count(len(rows), 'pool')} some correction for "
        "missing trials leaves nothing of the difference"
    )
    with style.house():
        canvas = figures.blank(0.7 + 0.34 * len(ways) * len(rows), title, version, sources)
        axes = canvas.add_subplot()
        ticks, labels, y = [], [], 0.0
        for row in figures.records(rows):
            colour = style.COMPARATOR_COLOURS[str(row["comparator"])]
            words = f"{COMPARATOR_SHORT[str(row['comparator'])]} ({row['k']})"
            axes.text(0.0, y - 0.75, words, fontsize=11, weight="bold", ha="center",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
            for name, label in ways.items():
                filled = name == "estimate"
                axes.plot([row[name]], [y], "o", color=colour, markersize=9,
                          markerfacecolor=colour if filled else "white")  # fmt: skip
                axes.plot([0, row[name]], [y, y], color=colour, linewidth=1.2, zorder=0)
                ticks.append(y)
                labels.append(label)
                y += 1
            y += 1.4
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set_yticks(ticks, labels)
        axes.set_ylim(y - 1.6, -1.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        low, high = axes.get_xlim()
        axes.set_xlim(low, max(high, 0.45 * (high - low)))  # room for the words right of zero
        style.name_ends(axes, unit)
        canvas.subplots_adjust(left=0.36)
    return Figure(
        id=f"{claim}-corrections",
        claim=claim,
        title=title,
        caption=(
            "The pooled difference (filled) and what four corrections leave of it. Two assume that "
            "unwelcome results are published less often, by given chances; two extrapolate to a "
            "trial without sampling error. None is a result: with fewer than ten trials they show "
            "how far assumptions alone can move an answer."
        ),
        alt=f"Dots with lines to zero, five per comparison. {title}.",
        sources=sources,
        data=long,
        canvas=canvas,
    )


def overturned(table: pd.DataFrame, version: str, sources: tuple[str, ...]) -> Figure:
    """How many trials of no effect would change each answer's word, by their size."""
    rows = table.assign(answer=table["claim"] + ", " + table["comparator"].map(COMPARATOR_SHORT))
    lines = list(rows.groupby("answer", sort=False))
    favourable = [
        (name, int(part["trials"].min()))
        for name, part in lines
        if part["verdict"].str.startswith("supported").all() and part["trials"].notna().any()
    ]
    title = "Trials of no effect that it takes to overturn an answer for massage: " + (
        "; ".join(f"{name}, {number(trials, 0)}" for name, trials in favourable)
        or "more than we tried"
    )
    with style.house():
        canvas = figures.blank(3.6, title, version, sources)
        axes = canvas.add_subplot()
        for name, part in lines:
            known = part[part["trials"].notna()]
            if known.empty:
                continue
            comparator = str(part["comparator"].iloc[0])
            axes.plot(
                known["people"], known["trials"].astype(int),
                marker=style.COMPARATOR_MARKERS[comparator], label=str(name),
                color=style.COMPARATOR_COLOURS[comparator],
                linestyle="-" if str(name).startswith("pain") else ":",
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        sizes = sorted(rows["people"].unique())
        axes.set_xticks(sizes, [f"{s:,}" for s in sizes], minor=False)
        axes.minorticks_off()
        marks = (1, 2, 5, 10, 20, 50)
        axes.set_yticks(marks, [number(m, 0) for m in marks])
        axes.set_xlabel("people in each added trial")
        axes.set_ylabel("trials needed")
        axes.legend(frameon=False, fontsize=9.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
        canvas.subplots_adjust(left=0.1, right=0.7)
    return Figure(
        id="what-would-overturn",
        claim=None,
        title=title,
        caption=(
            "The fewest added trials, each of the size given and finding no difference at all, "
            "that change an answer's verdict word, judged by the same rules. The added trials have "
            "a low risk of bias and people with chronic pain, so real ones would have to be more. "
            "Changing a word can mean that an answer becomes clearer: 'no clear effect' may become "
            "'not supported'. Answers without a point stay as they are within fifty trials."
        ),
        alt=f"Falling lines: trials needed against people per trial. {title}.",
        sources=sources,
        data=table,
        canvas=canvas,
    )

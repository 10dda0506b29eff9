"""Figures about change without treatment: rows of estimates, and curves over time or size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from analysis.publish import figures, style
from analysis.publish.figures import Figure

_COLOURS = ("#0072b2", "#d55e00", "#6a3d9a", "#009e73", "#5a5a5a")
_MARKERS = ("s", "o", "^", "D", "v")


@dataclass(frozen=True)
class Words:
    """What a figure says: its id, the finding as title, caption, alt text, sources, version."""

    id: str
    title: str
    caption: str
    alt: str
    sources: tuple[str, ...]
    version: str


def rows(words: Words, marks: pd.DataFrame, *, unit: str, ends: tuple[str, str]) -> Figure:
    """Estimates with intervals, one row per ``label``, one colour per ``series``.

    ``marks`` has the columns ``label, series, estimate, low, high``; zero is marked, and ``ends``
    says what lies left and right of it.
    """
    labels = list(dict.fromkeys(marks["label"]))
    series = list(dict.fromkeys(marks["series"]))
    with style.house():
        canvas = figures.blank(0.5 + 0.62 * len(labels), words.title, words.version, words.sources)
        axes = canvas.add_subplot()
        axes.axvline(0, color=style.QUIET, linewidth=1)
        for n, name in enumerate(series):
            chosen = marks[marks["series"] == name]
            at = [labels.index(x) + (n - (len(series) - 1) / 2) * 0.24 for x in chosen["label"]]
            axes.hlines(at, chosen["low"], chosen["high"], color=_COLOURS[n], linewidth=2.2)
            axes.plot(
                chosen["estimate"], at, _MARKERS[n], color=_COLOURS[n], markersize=8, label=name
            )
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        low, high = min(0.0, marks["low"].min()), max(0.0, marks["high"].max())
        room = 0.12 * (high - low)  # for the words at both sides of zero
        axes.set_xlim(min(low, -room), max(high, room))
        _ends(axes, ends)
        axes.set_xlabel(unit, labelpad=20)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=3, frameon=False)
        canvas.subplots_adjust(left=0.27)
    return _figure(words, marks, canvas)


def curves(
    words: Words,
    points: pd.DataFrame,
    *,
    x: str,
    y: str,
    labels: tuple[str, str],
    limits: tuple[float, float] | None = None,
    line_at: float | None = None,
    dashed: Sequence[str] = (),
) -> Figure:
    """Curves of ``y`` over ``x``, one per ``series``; bands where ``low`` and ``high`` are given.

    ``dashed`` names the series drawn broken (formulas beside simulations, for instance).
    """
    with style.house():
        canvas = figures.blank(3.9, words.title, words.version, words.sources)
        axes = canvas.add_subplot()
        if line_at is not None:
            axes.axhline(line_at, color=style.QUIET, linewidth=1, linestyle=(0, (2, 3)))
        for n, (name, chosen) in enumerate(points.groupby("series", sort=False)):
            colour = _COLOURS[n % len(_COLOURS)]
            broken = name in dashed
            axes.plot(
                chosen[x], chosen[y], color=colour, label=str(name), linewidth=2,
                marker=None if broken else _MARKERS[n % len(_MARKERS)],
                linestyle="--" if broken else "-",
            )  # fmt: skip
            if "low" in chosen and chosen["low"].notna().any():
                axes.fill_between(
                    chosen[x].to_numpy(float), chosen["low"].to_numpy(float),
                    chosen["high"].to_numpy(float), color=colour, alpha=0.15, linewidth=0,
                )  # fmt: skip
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if limits is not None:
            axes.set_ylim(*limits)
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=2, frameon=False, fontsize=10
        )
        canvas.subplots_adjust(left=0.12)
        # the legend stands above the axes: make room for its rows
        rows_of_legend = (points["series"].nunique() + 1) // 2
        top = canvas.subplotpars.top
        canvas.subplots_adjust(top=top - 0.045 * rows_of_legend)
    return _figure(words, points, canvas)


def _ends(axes: Axes, ends: tuple[str, str]) -> None:
    below: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"),
        "xytext": (0, -24),
        "textcoords": "offset points",
        "va": "top",
        "fontsize": 10.5,
        "annotation_clip": False,
    }
    axes.annotate(f"\u2190 {ends[0]}  ", (0, 0), ha="right", **below)
    axes.annotate(f"  {ends[1]} \u2192", (0, 0), ha="left", **below)


def _figure(words: Words, data: pd.DataFrame, canvas: Canvas) -> Figure:
    return Figure(
        id=words.id,
        claim=None,
        title=words.title,
        caption=words.caption,
        alt=words.alt,
        sources=words.sources,
        data=data,
        canvas=canvas,
    )

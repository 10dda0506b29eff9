"""Forest plots: trials, pooled effect, prediction interval, and the difference that matters.

A table comes in with one row per mark and columns ``label, kind, effect, low, high, weight, text``
(kind: ``study``, ``pooled``, ``prediction``, ``heading``); a canvas comes out. Negative values lie
to the left and favour massage; both ends of the axis say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Polygon

from analysis.publish import figures, style

ROW_INCHES = 0.31


def draw(
    marks: pd.DataFrame,
    *,
    title: str,
    unit: str,
    margin: float | None,
    version: str,
    sources: Sequence[str],
    colours: dict[str, str] | None = None,
    limits: tuple[float, float] | None = None,
    ratio: bool = False,
    row_inches: float = ROW_INCHES,
) -> Canvas:
    """Draw ``marks`` from top to bottom.

    The optional column ``group`` picks the colour from ``colours``. ``unit`` labels the axis;
    ``margin``, the smallest difference that matters (above zero), is shaded on both sides of no
    difference. ``limits`` are the ends of the axis; intervals beyond them end in an arrow. With
    ``ratio`` the marks are logged ratios and the axis shows the ratios.
    """
    canvas = figures.blank(0.45 + row_inches * len(marks), title, version, sources)
    axes = canvas.add_subplot()
    low, high = limits or _limits(marks, margin)
    if margin is not None:
        style.shade_trivial(axes, margin, -0.8)
    axes.axvline(0, color=style.INK, linewidth=1)
    for y, mark in enumerate(figures.records(marks)):
        colour = (colours or {}).get(str(mark.get("group", "")), style.INK)
        _mark(axes, y, mark, colour, low, high)
    axes.set_xlim(low, high)
    axes.set_ylim(len(marks) - 0.4, -1.1)
    labels = [str(label) for label in marks["label"]]
    axes.set_yticks(np.arange(len(marks)), labels)
    for tick, kind in zip(axes.get_yticklabels(), marks["kind"], strict=True):
        tick.set_fontweight("bold" if kind in ("pooled", "heading") else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    style.name_ends(axes, unit)
    if ratio:
        style.show_ratios(axes)
    canvas.subplots_adjust(left=0.33, right=0.74)
    return canvas


def _limits(marks: pd.DataFrame, margin: float | None) -> tuple[float, float]:
    ends = marks[["low", "high", "effect"]].to_numpy(dtype=float)
    reach = [np.nanmin(ends), np.nanmax(ends), -(margin or 0) * 1.5, (margin or 0) * 1.5]
    pad = 0.04 * (max(reach) - min(reach))
    return float(min(reach) - pad), float(max(reach) + pad)


def _mark(axes: Axes, y: int, mark: dict[str, Any], colour: str, low: float, high: float) -> None:
    kind, effect = mark.get("kind", ""), float(mark.get("effect", np.nan))
    ends = (float(mark.get("low", np.nan)), float(mark.get("high", np.nan)))
    left, right = max(ends[0], low), min(ends[1], high)
    if kind == "pooled":
        axes.add_patch(
            Polygon(
                [(left, y), (effect, y - 0.28), (right, y), (effect, y + 0.28)],
                closed=True,
                color=colour,
                zorder=3,
            )
        )
    elif kind in ("study", "prediction"):
        dashed = kind == "prediction"
        axes.plot(
            [left, right],
            [y, y],
            color=style.QUIET if dashed else colour,
            linewidth=1.4,
            linestyle=(0, (2, 2)) if dashed else "-",
            zorder=2,
        )
        for end, edge, arrow in ((ends[0], low, "<"), (ends[1], high, ">")):
            if (end < edge) if arrow == "<" else (end > edge):
                axes.plot([edge], [y], marker=arrow, color=colour, clip_on=False, markersize=6)
    if kind == "study":
        weight = float(mark.get("weight", np.nan))
        size = 5.0 if np.isnan(weight) else 3.5 + 1.5 * np.sqrt(weight)
        axes.plot([effect], [y], marker="s", color=colour, markersize=size, zorder=4)
    axes.text(
        1.02,
        y,
        str(mark.get("text", "")),
        transform=axes.get_yaxis_transform(),
        va="center",
        ha="left",
        fontsize=10,
        fontweight="bold" if kind == "pooled" else "normal",
    )

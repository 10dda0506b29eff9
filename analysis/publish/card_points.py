"""A square of single points: means over time, or differences line by line.

Like the bars of other squares they are set in inches, so that every word is large enough to read
on a phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from matplotlib.lines import Line2D

from analysis.publish import style
from analysis.publish.card_layout import Format, Sheet, height_of, text_width, wrap
from analysis.publish.card_marks import look
from analysis.publish.replication_figures import TOLERANCE

_LEAST_LINE = 0.25  # inches; closer lines run into each other
_TICK = 0.07

Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Series:
    """Points of one colour and marker; ``group`` is a comparator or a name that stands for one."""

    name: str
    group: str
    points: tuple[tuple[float, float], ...]
    joined: bool


@dataclass(frozen=True)
class Points:
    """Series on two axes, each with labelled ticks.

    ``x`` and ``y`` are the ends of the axes (``y`` bottom first). ``band`` is a range of x that is
    shaded. ``above`` and ``below`` are what the axes measure.
    """

    series: tuple[Series, ...]
    x: tuple[float, float]
    y: tuple[float, float]
    x_ticks: Ticks
    y_ticks: Ticks
    band: tuple[float, float] | None
    above: str
    below: str


def course(data: pd.DataFrame) -> Points:
    """Mean pain over time, one joined series per arm."""
    arms = {"usual_care": "usual care", "open_label_placebo": "open placebo"}
    series = tuple(
        Series(name, name, _pairs(data[data["arm"].eq(arm)], "months", "mean"), joined=True)
        for arm, name in arms.items()
    )
    first, last = float(data["months"].min()), float(data["months"].max())
    top = 20 * math.ceil(float(data["mean"].max()) / 20)
    later = range(3, int(last) + 1, 3)
    return Points(
        series, (first - 0.9, last + 0.3), (0, top),
        ((first, "before"), *((month, str(month)) for month in later)),
        tuple((value, str(value)) for value in range(0, top + 1, 20)),
        None,
        "Mean pain, of 100 points; lower is better.",
        "Months after treatment would have ended.",
    )  # fmt: skip


def differences(data: pd.DataFrame) -> Points:
    """Recomputed minus printed weights, one line per analysis from the top."""
    analyses = list(dict.fromkeys(data["analysis"]))
    places = data.assign(line=[-analyses.index(a) for a in data["analysis"]])
    series = Series("", "no_treatment", _pairs(places, "weight_difference", "line"), joined=False)
    edge = TOLERANCE
    return Points(
        (series,), (-1.15 * edge, 1.15 * edge), (0.5 - len(analyses), 0.5),
        tuple((value, f"{value:g}".replace("-", "\u2212")) for value in (-edge, 0.0, edge)),
        tuple((-n, str(analysis)) for n, analysis in enumerate(analyses)),
        (-edge, edge),
        "One line per analysis of the review, one dot per study.",
        "Our weight minus the printed, percentage points. Grey: tolerance.",
    )  # fmt: skip


def _pairs(data: pd.DataFrame, x: str, y: str) -> tuple[tuple[float, float], ...]:
    return tuple(zip(data[x].astype(float), data[y].astype(float), strict=True))


def draw(sheet: Sheet, points: Points, form: Format, top: float, bottom: float) -> bool:
    """Draw the points between two heights; returns whether their lines have room there."""
    size, line = form.small, height_of(1, form.small)
    inner = form.width - 2 * form.margin
    above = wrap(points.above, inner, size)
    below = wrap(points.below, inner, size)
    legend = line + 0.06 if len(points.series) > 1 else 0.0
    start = top + height_of(len(above), size) + legend + 0.12
    end = bottom - height_of(len(below), size) - line - 0.12
    if (end - start) / max(len(points.y_ticks), 1) < _LEAST_LINE:
        return False
    labels = max(text_width(label, size) for _, label in points.y_ticks)
    plot = _Plot(sheet, points, (form.margin + labels + 0.15, form.width - form.margin - 0.2),
                 (start, end))  # fmt: skip
    y = sheet.write(above, form.margin, top, size, colour=style.QUIET)
    if legend:
        _legend(sheet, points.series, form, y + 0.04)
    plot.frame(form)
    for series in points.series:
        plot.marks(series)
    sheet.write(below, form.margin, end + line + 0.12, size, colour=style.QUIET)
    return True


def _legend(sheet: Sheet, series: tuple[Series, ...], form: Format, y: float) -> None:
    x = form.margin
    for one in series:
        _marks(sheet, one, [(x + 0.1, y + height_of(1, form.small) / 2)])
        sheet.write([one.name], x + 0.26, y, form.small)
        x += 0.56 + text_width(one.name, form.small)


def _marks(sheet: Sheet, series: Series, places: list[tuple[float, float]]) -> None:
    """Marks at inches from the top left."""
    colour, marker = look(series.group)
    sheet.canvas.add_artist(
        Line2D(
            [x / sheet.width for x, _ in places],
            [1 - y / sheet.height for _, y in places],
            color=colour,
            linestyle="-" if series.joined else "none",
            linewidth=2.2,
            marker=marker if series.joined else "o",
            markersize=9 if series.joined else 6.5,
            markeredgecolor="white" if series.joined else "none",
            alpha=1.0 if series.joined else 0.6,
            zorder=4,
            transform=sheet.canvas.transFigure,
        )
    )


@dataclass(frozen=True)
class _Plot:
    """Where values lie on the sheet: ``across`` and ``down`` are its edges in inches."""

    sheet: Sheet
    points: Points
    across: tuple[float, float]
    down: tuple[float, float]

    def frame(self, form: Format) -> None:
        """Axes with ticks, and the band behind."""
        (left, right), (top, bottom) = self.across, self.down
        size, line = form.small, height_of(1, form.small)
        if self.points.band is not None:
            low, high = (self._x(value) for value in self.points.band)
            self.sheet.box(low, top, high - low, bottom - top, "#eeeeee", zorder=-2)
            self.sheet.box(self._x(0) - 0.006, top, 0.012, bottom - top, style.INK, zorder=-1)
        self.sheet.box(left, bottom, right - left, 0.01, style.QUIET, zorder=1)
        self.sheet.box(left, top, 0.01, bottom - top, style.QUIET, zorder=1)
        for value, label in self.points.x_ticks:
            self.sheet.box(self._x(value), bottom, 0.01, _TICK, style.QUIET, zorder=1)
            self.sheet.write([label], self._x(value), bottom + 0.09, size, align="center")
        for value, label in self.points.y_ticks:
            y = self._y(value)
            self.sheet.box(left - _TICK, y, _TICK, 0.01, style.QUIET, zorder=1)
            self.sheet.write([label], left - 0.12, y - line / 2, size, align="right")

    def marks(self, series: Series) -> None:
        """The points of one series."""
        _marks(self.sheet, series, [(self._x(x), self._y(y)) for x, y in series.points])

    def _x(self, value: float) -> float:
        low, high = self.points.x
        return self.across[0] + (value - low) / (high - low) * (self.across[1] - self.across[0])

    def _y(self, value: float) -> float:
        low, high = self.points.y
        return self.down[1] - (value - low) / (high - low) * (self.down[1] - self.down[0])

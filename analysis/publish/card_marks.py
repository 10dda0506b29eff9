"""The marks of a claim's card: an interval per comparison, or counts of trials, and their axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from analysis.publish import style
from analysis.publish.card_layout import Format, Sheet, height_of, text_width, wrap
from analysis.publish.card_words import Row

#: Colour and hatching of each kind of count: hatching keeps them apart in grey.
COUNTS = {
    "favours_massage": ("#0072b2", "", "in favour of massage"),
    "mixed": ("#9fc5dd", "", "mixed"),
    "no_difference": ("#e3e3e3", "", "no difference"),
    "favours_comparator": ("#f0b38a", "////", "in favour of the comparison"),
    "met": ("#0072b2", "", "papers that meet the point"),
    "not_met": ("#e3e3e3", "", "papers that do not, or do not say"),
}
_TRIVIAL = "#e2e2e2"
_TICKS_APART = 0.5  # inches
_NOTE = 2.75  # inches of the column beside the axis in the wide layout
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class Axis:
    """What the bars are measured on.

    ``margin`` is the smallest difference that matters, in the unit (a ratio above one where
    ``ratio``), None where there is no such thing. ``low`` and ``high`` are the ends, None where
    nothing is measured; ``most`` is then the largest count of trials.
    """

    left_end: str
    right_end: str
    ratio: bool
    margin: float | None
    low: float | None
    high: float | None
    most: int
    kinds: tuple[str, ...]
    note: str

    @property
    def measured(self) -> bool:
        """Whether there are effects to draw; else counts are."""
        return self.low is not None


def axis_of(
    rows: tuple[Row, ...], *, ends: tuple[str, str], margin: float | None, note: str
) -> Axis:
    """The axis on which all rows fit, with room at both sides of no difference."""
    drawn = [row for row in rows if row.estimate is not None]
    ratio = bool(drawn) and drawn[0].measure == "RR"
    kinds = tuple(k for k in COUNTS if any(k == word for row in rows for word, _ in row.counts))
    most = max((sum(n for _, n in row.counts) for row in rows), default=0)
    low = high = None
    if drawn:
        at = [_at(ratio, x) for row in drawn for x in (row.low, row.high) if x is not None]
        edge = abs(_at(ratio, margin)) if margin else 0.0
        low, high = min(*at, -1.6 * edge), max(*at, 1.6 * edge)
        room = 0.04 * (high - low)
        low, high = low - room, high + room
    return Axis(*ends, ratio, margin, low, high, most, () if drawn else kinds, note)


def effect_ends(better: str, worse: str) -> tuple[str, str]:
    """The names of both ends of an axis of effects: left favours massage."""
    return f"\u2190 {better} with massage", f"{worse} with massage \u2192"


def _at(ratio: bool, value: float) -> float:
    return math.log(value) if ratio else value


def _place(axis: Axis, span: tuple[float, float], value: float) -> float:
    """Inches from the left for a value on the axis."""
    assert axis.low is not None
    assert axis.high is not None
    share = (_at(axis.ratio, value) - axis.low) / (axis.high - axis.low)
    return span[0] + share * (span[1] - span[0])


def bar(
    sheet: Sheet, axis: Axis, row: Row, span: tuple[float, float], middle: float, room: float
) -> None:
    """Draw one row's mark around ``middle``: an interval with its estimate, or counts."""
    if row.estimate is not None and row.low is not None and row.high is not None:
        _interval(sheet, axis, row, span, middle)
    elif row.counts and not axis.measured:
        _counts(sheet, axis, row, span, middle, min(0.26, room))


_SERIES = {"usual care": "no_treatment", "open placebo": "sham"}  # drawn like these


def look(group: str) -> tuple[str, str]:
    """Colour and marker of a comparison or a series."""
    known = _SERIES.get(group, group)
    return style.COMPARATOR_COLOURS.get(known, style.INK), style.COMPARATOR_MARKERS.get(known, "s")


def _interval(sheet: Sheet, axis: Axis, row: Row, span: tuple[float, float], middle: float) -> None:
    assert row.estimate is not None
    assert row.low is not None
    assert row.high is not None
    colour, marker = look(row.group)
    left, right = (_place(axis, span, x) for x in (row.low, row.high))
    high = 0.03 if row.group == "prediction" else 0.09
    sheet.box(left, middle - high / 2, max(right - left, 0.02), high, colour, zorder=3)
    sheet.canvas.add_artist(
        Line2D(
            [_place(axis, span, row.estimate) / sheet.width],
            [1 - middle / sheet.height],
            marker=marker,
            markersize=11,
            markerfacecolor=colour,
            markeredgecolor="white",
            markeredgewidth=1.0,
            zorder=4,
            transform=sheet.canvas.transFigure,
        )
    )


def _counts(
    sheet: Sheet, axis: Axis, row: Row, span: tuple[float, float], middle: float, high: float
) -> None:
    step = (span[1] - span[0]) / max(axis.most, 1)
    left = span[0]
    for kind, number in row.counts:
        swatch(sheet, kind, left, middle - high / 2, number * step, high)
        left += number * step


def swatch(sheet: Sheet, kind: str, left: float, top: float, width: float, high: float) -> None:
    """A piece of a bar of counts, or of its legend."""
    colour, hatch, _ = COUNTS[kind]
    sheet.canvas.add_artist(
        Rectangle(
            (left / sheet.width, 1 - (top + high) / sheet.height),
            width / sheet.width,
            high / sheet.height,
            facecolor=colour,
            edgecolor="#6b3a14" if hatch else "white",
            hatch=hatch,
            linewidth=0.8,
            transform=sheet.canvas.transFigure,
        )
    )


def ends_height(axis: Axis, form: Format) -> float:
    """Inches that the words below the bars take."""
    if axis.measured:
        return 0.1 + height_of(_axis_lines(axis, form), form.small)
    return 0.06 + height_of(len(_legend(axis, form)) + len(_note(axis, form)), form.small)


def _axis_lines(axis: Axis, form: Format) -> int:
    """Ticks, the two ends on one line or two, and in the square the unit below."""
    below = len(_note(axis, form)) if form.name == "square" else 0
    beside = len(_note(axis, form)) if form.name != "square" else 0
    return max(1 + (1 if _one_line(axis, form) else 2) + below, beside)


def _one_line(axis: Axis, form: Format) -> bool:
    both = text_width(axis.left_end, form.small) + text_width(axis.right_end, form.small)
    beside = 0.0 if form.name == "square" else _NOTE + 0.14
    return both + 0.2 <= form.width - 2 * form.margin - beside


def _note(axis: Axis, form: Format) -> list[str]:
    width = form.width - 2 * form.margin if form.name == "square" or not axis.measured else _NOTE
    return wrap(axis.note, width, form.small)


def zone(sheet: Sheet, axis: Axis, span: tuple[float, float], top: float, bottom: float) -> None:
    """Shade what is too small to matter, and mark no difference, between two heights."""
    if not axis.measured:
        return
    if axis.margin is not None:
        inner = 1 / axis.margin if axis.ratio else -axis.margin
        left, right = (_place(axis, span, x) for x in (inner, axis.margin))
        sheet.box(left, top, right - left, bottom - top, _TRIVIAL, zorder=-2)
    none = _place(axis, span, 1.0 if axis.ratio else 0.0)
    sheet.box(none - 0.006, top, 0.012, bottom - top, style.INK, zorder=-1)


def ends(
    sheet: Sheet,
    axis: Axis,
    form: Format,
    span: tuple[float, float],
    bottom: float,
) -> None:
    """Below the rows: ticks and whom each side favours, or the legend of the counts."""
    if not axis.measured:
        y = bottom + 0.06
        for line in _legend(axis, form):
            _write_legend(sheet, line, form, y)
            y += height_of(1, form.small)
        sheet.write(_note(axis, form), form.margin, y, form.small, colour=style.QUIET)
        return
    sheet.box(span[0], bottom - 0.004, span[1] - span[0], 0.008, style.QUIET, zorder=-1)
    y = bottom + 0.1
    for value, label in _ticks(axis, form, span):
        x = _place(axis, span, value)
        sheet.box(x - 0.005, bottom, 0.01, 0.07, style.QUIET, zorder=1)
        sheet.write([label], x, y, form.small, align="center", colour=style.QUIET)
    y += height_of(1, form.small)
    right = sheet.width - form.margin
    left = form.margin if form.name == "square" else span[0]
    sheet.write([axis.left_end], left, y, form.small)
    y = y if _one_line(axis, form) else y + height_of(1, form.small)
    sheet.write([axis.right_end], right, y, form.small, align="right")
    note_top = y + height_of(1, form.small) if form.name == "square" else bottom + 0.1
    sheet.write(_note(axis, form), form.margin, note_top, form.small, colour=style.QUIET)


def _ticks(axis: Axis, form: Format, span: tuple[float, float]) -> list[tuple[float, str]]:
    """Round values that fit on the axis and leave room between their labels."""
    assert axis.low is not None
    assert axis.high is not None
    if axis.ratio:
        values = [t for t in _TICKS if axis.low <= math.log(t) <= axis.high]
    else:
        values = [float(v) for v in MaxNLocator(4).tick_values(axis.low, axis.high)]
        values = [v for v in values if axis.low <= v <= axis.high]
    none = 1.0 if axis.ratio else 0.0
    chosen: list[float] = []
    for value in [none, *values]:  # no difference is always labelled
        at = _place(axis, span, value)
        half = text_width(_tick_label(value), form.small) / 2
        apart = all(abs(at - _place(axis, span, other)) >= _TICKS_APART for other in chosen)
        if apart and at + half <= span[1] + 0.05:
            chosen.append(value)
    return [(value, _tick_label(value)) for value in chosen]


def _tick_label(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")


def _legend(axis: Axis, form: Format) -> list[list[str]]:
    """Kinds of counts, as many on a line as fit."""
    inner = form.width - 2 * form.margin
    lines: list[list[str]] = []
    for kind in axis.kinds:
        if not lines or sum(_entry(k, form) for k in [*lines[-1], kind]) > inner:
            lines.append([])
        lines[-1].append(kind)
    return lines


def _entry(kind: str, form: Format) -> float:
    return 0.42 + text_width(COUNTS[kind][2], form.small)


def _write_legend(sheet: Sheet, kinds: list[str], form: Format, y: float) -> None:
    x = form.margin
    for kind in kinds:
        swatch(sheet, kind, x, y + 0.03, 0.18, 0.13)
        sheet.write([COUNTS[kind][2]], x + 0.24, y, form.small)
        x += _entry(kind, form)

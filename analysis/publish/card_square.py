"""The square of a figure card: large title, the figure set anew or fitted, footer."""

from __future__ import annotations

from analysis.publish import card_layout, card_points, style
from analysis.publish.card_figures import FigurePicture, Lines
from analysis.publish.card_layout import SQUARE, Format, Sheet, height_of, text_width, wrap
from analysis.publish.card_marks import bar, ends, ends_height, zone
from analysis.publish.card_words import Row

_LEAST_ROW = 0.25  # inches; closer lines run into each other

_ROOMY = 0.6  # inches of a line that has room for its numbers as well


def draw(picture: FigurePicture, form: Format = SQUARE) -> tuple[Sheet, bool]:
    """The sheet with title and footer, and with the lines where they fit.

    Returns whether the figure is drawn; if not, :func:`room` says where its picture goes (call
    inside ``style.house()``).
    """
    sheet = card_layout.sheet(form.width, form.height or form.width)
    top, bottom = room(picture, form)
    title = wrap(picture.title, sheet.width - 2 * form.margin, form.title, "bold")
    footer = wrap(picture.footer, sheet.width - 2 * form.margin, form.foot)
    sheet.write(title, form.margin, 0.9 * form.margin, form.title, weight="bold")
    sheet.write(footer, form.margin, bottom + 0.12, form.foot, colour=style.QUIET)
    if picture.lines is None:
        return sheet, False
    if isinstance(picture.lines, card_points.Points):
        return sheet, card_points.draw(sheet, picture.lines, form, top, bottom)
    fits = _fits(picture.lines, bottom - top, form)
    if fits:
        _lines(sheet, picture.lines, form, top, bottom)
    return sheet, fits


def room(picture: FigurePicture, form: Format = SQUARE) -> tuple[float, float]:
    """Top and bottom of the room between title and footer, in inches from the top."""
    inner = form.width - 2 * form.margin
    title = height_of(len(wrap(picture.title, inner, form.title, "bold")), form.title)
    footer = height_of(len(wrap(picture.footer, inner, form.foot)), form.foot)
    return 0.9 * form.margin + title + 0.16, form.width - 0.7 * form.margin - footer - 0.12


def _fits(lines: Lines, high: float, form: Format) -> bool:
    return (high - ends_height(lines.axis, form)) / len(lines.rows) >= _LEAST_ROW


def _lines(sheet: Sheet, lines: Lines, form: Format, top: float, bottom: float) -> None:
    size = form.small
    widest = max(text_width(row.label, size, "bold") for row in lines.rows)
    widest = max([widest, *(text_width(row.figures, size) for row in lines.rows)])
    labels = min(widest, 2.9)
    numbers = 0.0 if lines.axis.measured else 0.5
    span = form.margin + labels + 0.18, form.width - form.margin - numbers
    end = bottom - ends_height(lines.axis, form)
    each = min((end - top) / len(lines.rows), 1.15)
    end = top + each * len(lines.rows)
    zone(sheet, lines.axis, span, top, end)
    for n, row in enumerate(lines.rows):
        middle = top + (n + 0.5) * each
        _label(sheet, row, form, labels, middle, each)
        bar(sheet, lines.axis, row, span, middle, min(each - 0.08, 0.3))
        if not lines.axis.measured:
            y = middle - height_of(1, size) / 2
            sheet.write([row.finding], form.width - form.margin, y, size, align="right")
    ends(sheet, lines.axis, form, span, end)


def _label(sheet: Sheet, row: Row, form: Format, width: float, middle: float, each: float) -> None:
    weight = "bold" if row.finding == "pooled" else "normal"
    text = wrap(row.label, width + 0.01, form.small, weight)
    most = max(1, int(each / height_of(1, form.small)))
    if len(text) > most:
        text = [*text[: most - 1], text[most - 1] + " …"]
    numbers = wrap(row.figures, width + 0.01, form.small)
    if len(text) + len(numbers) > most or each < _ROOMY:
        numbers = []
    y = middle - height_of(len(text) + len(numbers), form.small) / 2
    y = sheet.write(text, form.margin, y, form.small, weight=weight)
    sheet.write(numbers, form.margin, y, form.small)

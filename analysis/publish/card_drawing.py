"""A claim's card, drawn: the claim, the finding, one row per comparison, what one may write.

Two layouts from the same words: wide (for a page) with the text on both sides of the bars, square
(for a phone) with the text above them.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.publish import card_layout, style
from analysis.publish.card_layout import Format, Sheet, height_of, text_width, wrap
from analysis.publish.card_marks import Axis, bar, ends, ends_height, zone
from analysis.publish.card_words import Row

#: Dark enough for white letters (contrast above 4.5); the word, not the colour, tells the verdict.
VERDICT_COLOURS = {
    "supported": "#00614a",
    "supported_uncertain": "#005a8f",
    "no_clear_effect": "#4d4d4d",
    "not_supported": "#8a4500",
    "contradicted": "#9a2f00",
    "not_testable": "#4d4d4d",
}
_PANEL = "#f3f3f3"
_LABELS, _FINDINGS, _GUTTER = 2.75, 1.8, 0.14  # inches, columns of the wide layout
_ROW_PADDING = {"wide": 0.18, "square": 0.26}  # inches around or, in the square, for the bar


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn of one claim."""

    claim: str
    title: str
    verdict: str
    verdict_words: str
    gloss: str
    rows: tuple[Row, ...]
    axis: Axis
    fair: str
    footer: str


class NoRoomError(Exception):
    """A card's words do not fit on a square; the text names the card's title."""


def draw(picture: Picture, form: Format) -> Sheet:
    """The card in one format (call inside ``style.house()``).

    Raises
    ------
    NoRoomError
        When the words do not fit on a sheet of fixed height.
    """
    for tried in form.tighter():
        frame = _Frame(picture, tried)
        texts = [_texts(row, tried) for row in picture.rows]
        least = [
            text.height(tried) + _padding(row, picture.axis, tried)
            for row, text in zip(picture.rows, texts, strict=True)
        ]
        needed = frame.head_height + sum(least) + frame.foot_height
        needed += ends_height(picture.axis, tried)
        if form.height is None or needed <= form.height:
            form = tried
            break
    else:
        raise NoRoomError(f"{picture.title!r} needs {needed:.2f} inches of {form.height}")
    sheet = card_layout.sheet(form.width, form.height or needed)
    drawn = [_is_drawn(row, picture.axis) for row in picture.rows]
    spare = (sheet.height - needed) / max(sum(drawn), 1)
    y = frame.head(sheet)
    left, right = _bars(form)
    top_of_rows = y
    for row, text, low, has_bar in zip(picture.rows, texts, least, drawn, strict=True):
        high = low + spare * has_bar
        middle, room = text.write(sheet, form, y, high)
        bar(sheet, picture.axis, row, (left, right), middle, room)
        if (
            form.name == "square" and row.estimate is not None
        ):  # a band for each bar, so that nothing lies behind words
            zone(sheet, picture.axis, (left, right), middle - room / 2, middle + room / 2)
        y += high
    if form.name == "wide":
        zone(sheet, picture.axis, (left, right), top_of_rows, y)
    ends(sheet, picture.axis, form, (left, right), y)
    frame.foot(sheet)
    return sheet


def _padding(row: Row, axis: Axis, form: Format) -> float:
    """Inches beside a row's text; in the square they hold the bar, if there is one."""
    bar_or_wide = _is_drawn(row, axis) or form.name == "wide"
    return _ROW_PADDING[form.name] if bar_or_wide else 0.1


def _is_drawn(row: Row, axis: Axis) -> bool:
    return row.estimate is not None or (bool(row.counts) and not axis.measured)


def _bars(form: Format) -> tuple[float, float]:
    """Left and right end of the bars."""
    if form.name == "square":
        return form.margin, form.width - form.margin
    return form.margin + _LABELS + _GUTTER, form.width - form.margin - _FINDINGS - _GUTTER


class _Frame:
    """Head and foot of a card: their lines, and the height that they take."""

    def __init__(self, picture: Picture, form: Format) -> None:
        self.picture, self.form = picture, form
        self.inner = form.width - 2 * form.margin
        claim = f"Claim: \u201c{picture.claim}\u201d" if form.says_claim else ""
        self.claim = wrap(claim, self.inner, form.small)
        self.title = wrap(picture.title, self.inner, form.title, "bold")
        self.badge = picture.verdict_words.upper()
        self.badge_width = text_width(self.badge, form.small, "bold") + 0.24
        beside = self.inner - self.badge_width - 0.12
        fits = len(wrap(picture.gloss, beside, form.small)) == 1
        self.beside = [picture.gloss] if fits else []
        told = not fits and form.says_claim
        self.below = wrap(picture.gloss, self.inner, form.small) if told else []
        said = f"You may write: \u201c{picture.fair}\u201d"
        self.fair = wrap(said, self.inner - 0.3, form.body)
        self.footer = wrap(picture.footer, self.inner, form.foot)
        self.badge_height = height_of(1, form.small) + 0.1
        words = height_of(len(self.claim), form.small) + height_of(len(self.title), form.title)
        self.head_height = 0.8 * form.margin + words + 0.12 + self.badge_height + 0.12
        self.head_height += height_of(len(self.below), form.small)
        self.said_height = height_of(len(self.fair), form.body) + 0.2
        below = height_of(len(self.footer), form.foot) + 0.7 * form.margin
        self.foot_height = 0.1 + self.said_height + 0.1 + below

    def head(self, sheet: Sheet) -> float:
        """Write claim, finding and verdict; returns where the rows begin."""
        form, left = self.form, self.form.margin
        y = sheet.write(self.claim, left, 0.8 * form.margin, form.small, colour=style.QUIET) + 0.04
        y = sheet.write(self.title, left, y, form.title, weight="bold") + 0.08
        sheet.box(left, y, self.badge_width, self.badge_height, self._colour)
        sheet.write([self.badge], left + 0.12, y + 0.05, form.small, weight="bold", colour="white")
        sheet.write(self.beside, left + self.badge_width + 0.12, y + 0.05, form.small)
        sheet.write(self.below, left, y + self.badge_height + 0.05, form.small)
        return self.head_height

    def foot(self, sheet: Sheet) -> None:
        """Write what one may write, source, version and licence at the bottom."""
        form, left = self.form, self.form.margin
        top = sheet.height - self.foot_height + 0.1
        sheet.box(left, top, self.inner, self.said_height, _PANEL)
        sheet.box(left, top, 0.06, self.said_height, self._colour, zorder=1)
        sheet.write(self.fair, left + 0.18, top + 0.09, form.body)
        y = top + self.said_height + 0.1
        sheet.write(self.footer, left, y, form.foot, colour=style.QUIET)

    @property
    def _colour(self) -> str:
        return VERDICT_COLOURS[self.picture.verdict]


@dataclass(frozen=True)
class _Texts:
    """The lines of one row: what is compared and how it came out (bold), and the rest."""

    left_bold: list[str]
    left: list[str]
    right_bold: list[str]
    right: list[str]

    def height(self, form: Format) -> float:
        left = len(self.left_bold) + len(self.left)
        return height_of(max(left, len(self.right_bold) + len(self.right)), form.small)

    def write(self, sheet: Sheet, form: Format, top: float, high: float) -> tuple[float, float]:
        """Write the row; returns the middle of the room for its bar, and that room's height."""
        square = form.name == "square"
        free = high - self.height(form)
        y = top + (0.04 if square else free / 2)
        at = sheet.write(self.left_bold, form.margin, y, form.small, weight="bold")
        sheet.write(self.left, form.margin, at, form.small)
        x = form.width - form.margin - _FINDINGS
        high_right = height_of(len(self.right_bold) + len(self.right), form.small)
        y_right = top + (high - high_right) / 2
        at = sheet.write(self.right_bold, x, y_right, form.small, weight="bold")
        sheet.write(self.right, x, at, form.small)
        if square:
            return top + high - (free - 0.04) / 2, free - 0.06
        return top + high / 2, high


def _texts(row: Row, form: Format) -> _Texts:
    size = form.small
    if form.name == "square":
        inner = form.width - 2 * form.margin
        first = f"{row.label}: {row.finding}"
        bold = [first] if text_width(first, size, "bold") <= inner else [row.label, row.finding]
        rest = "; ".join(part for part in (row.figures, row.rests_on) if part)
        return _Texts(bold, wrap(rest, inner, size), [], [])
    return _Texts(
        wrap(row.label, _LABELS, size, "bold"),
        wrap(row.base, _LABELS, size) + wrap(row.sure, _LABELS, size),
        wrap(row.finding, _FINDINGS, size, "bold"),
        wrap(row.figures, _FINDINGS, size),
    )

"""Setting text on a sheet: measured, broken into lines, never outside the sheet.

Lengths are inches from the top left, because a reader of the code thinks of a page from its top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from analysis.publish import style

#: A space where a line may end; not one of "49 to 112 %", "very low certainty", "CC BY 4.0".
_BREAK = re.compile(
    r"(?<!\bCC)(?<!\bCC BY)(?<!\bvery)(?<!\bdoi)(?<!\d to) "
    "(?!%|certainty\\b|al\\.|to [\u2212\\d])"
)
LEADING = 1.24  # distance between lines of text, as a multiple of the size


@dataclass(frozen=True)
class Format:
    """A size of card: inches (``height`` None grows with the content) and sizes of type in points.

    At 150 dots per inch one point is 2.08 pixels.
    """

    name: str
    width: float
    height: float | None
    margin: float
    title: float
    body: float
    small: float
    foot: float
    says_claim: bool = True

    def tighter(self) -> tuple[Format, ...]:
        """The same size with less and less on it, for cards with many words."""
        if self.height is None:
            return (self,)
        bare = replace(self, says_claim=False)
        sizes = (bare.title, 17.0, 15.5, 14.5)
        return (self, *(replace(bare, title=size) for size in sizes))


#: 1200 px wide, read at half that width on a blog: nothing below 18 px.
WIDE = Format("wide", 8.0, None, 0.32, title=17, body=12, small=10.5, foot=9)
#: 1080 x 1080 px, read on a phone at a third of that: nothing below 27 px but the footer.
SQUARE = Format("square", 7.2, 7.2, 0.26, title=19, body=13, small=13, foot=11)


@lru_cache(maxsize=8)
def _font(weight: str) -> FontProperties:
    return FontProperties(family="DejaVu Sans", weight=weight)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line in inches."""
    font = _font(weight).copy()
    font.set_size(size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def wrap(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """``text`` broken into lines no wider than ``inches``; a word that is too long is cut.

    What belongs together, such as a number and its percent sign, stays on a line if it fits there.
    """
    lines: list[str] = []
    for word in _words(text, inches, size, weight):
        if not word:
            continue
        if lines and text_width(f"{lines[-1]} {word}", size, weight) <= inches:
            lines[-1] += f" {word}"
            continue
        while text_width(word, size, weight) > inches and len(word) > 1:
            fits = next(
                n for n in range(len(word) - 1, 0, -1)
                if n == 1 or text_width(word[:n], size, weight) <= inches
            )  # fmt: skip
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


def _words(text: str, inches: float, size: float, weight: str) -> Iterator[str]:
    """The pieces between which a line may end."""
    bare = " ".join(re.split("[ \t\r\n]+", text.strip(" \t\r\n")))  # keeps no-break spaces
    for bound in _BREAK.split(bare):
        fits = text_width(bound, size, weight) <= inches
        yield from [bound] if fits else bound.split(" ")


def height_of(lines: int, size: float) -> float:
    """Height of so many lines in inches."""
    return lines * size * LEADING / 72


@dataclass
class Sheet:
    """A canvas with a pen that writes at inches from the top left.

    ``texts`` keeps what was written, so that a test can see whether any of it overlaps.
    """

    canvas: Canvas
    texts: list[Text] = field(default_factory=list)

    @property
    def width(self) -> float:
        """Inches from the left to the right edge."""
        return float(self.canvas.get_figwidth())

    @property
    def height(self) -> float:
        """Inches from the top to the bottom edge."""
        return float(self.canvas.get_figheight())

    def write(
        self,
        lines: list[str],
        left: float,
        top: float,
        size: float,
        *,
        weight: str = "normal",
        colour: str = style.INK,
        align: str = "left",
    ) -> float:
        """Write lines below ``top``; returns where the next block may begin."""
        for n, line in enumerate(lines):
            baseline = top + height_of(n, size) + 0.98 * size / 72
            self.texts.append(
                self.canvas.text(
                    left / self.width,
                    1 - baseline / self.height,
                    line,
                    fontsize=size,
                    weight=weight,
                    color=colour,
                    ha=align,
                    va="baseline",
                    parse_math=False,  # a dollar sign in a name is a dollar sign
                )
            )
        return top + height_of(len(lines), size)

    def box(
        self, left: float, top: float, width: float, height: float, colour: str, zorder: float = 0
    ) -> None:
        """A filled rectangle."""
        self.canvas.add_artist(
            Rectangle(
                (left / self.width, 1 - (top + height) / self.height),
                width / self.width,
                height / self.height,
                facecolor=colour,
                edgecolor="none",
                zorder=zorder,
                transform=self.canvas.transFigure,
            )
        )


def sheet(width: float, height: float) -> Sheet:
    """An empty sheet in the house style (call inside ``style.house()``)."""
    return Sheet(Canvas(figsize=(width, height)))

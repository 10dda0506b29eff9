"""Text in which every number remembers its id, while it is being put together.

Sentences are made once, with a mark around each number; readers get the text without marks, pages
that let a reader follow a number get the marks as segments. So text and ids cannot drift apart.

>>> marked = "of " + mark("8", "pain.sham.short.k") + " trials"
>>> plain(marked)
'of 8 trials'
>>> [segment.number_id for segment in split(marked)]
[None, 'pain.sham.short.k', None]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Private-use characters: no text of this project can hold them.
_OPEN, _BAR, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{_OPEN}([^{_BAR}]*){_BAR}([^{_CLOSE}]*){_CLOSE}")


@dataclass(frozen=True)
class Segment:
    """A piece of a sentence; ``number_id`` is None where it holds no number that has an id."""

    text: str
    number_id: str | None = None


def mark(text: str, number_id: str) -> str:
    """The text with a mark that says which number it shows."""
    return f"{_OPEN}{number_id}{_BAR}{text}{_CLOSE}"


def plain(marked: str) -> str:
    """What a reader sees: the text without marks."""
    return _MARK.sub(r"\2", marked)


def split(marked: str) -> tuple[Segment, ...]:
    """The text in pieces, in order, none of them empty; joined they are ``plain(marked)``."""
    pieces, at = [], 0
    for found in _MARK.finditer(marked):
        pieces += [Segment(marked[at : found.start()]), Segment(found[2], found[1])]
        at = found.end()
    return tuple(piece for piece in [*pieces, Segment(marked[at:])] if piece.text)

"""Blocks of text into sentences, each with the line on which it begins."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from analysis.publish.draft.lexicon import word_set

LONGEST = 2000  # characters of one sentence; what runs on is cut there
_CLOSERS, _OPENERS = r"[\"'\u201d\u2019\u00bb)\]*_]", r"[\"'\u201c\u2018\u00ab(\[*_]"
# The look back keeps a row of a million dots from being tried from each of them.
_END = re.compile(
    rf"(?<![.!?\u2026])[.!?\u2026]++{_CLOSERS}{{0,4}}\s+(?={_OPENERS}{{0,4}}[A-Z0-9\u00c0-\u00de])"
)
_SHORT = word_set("short")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Sentence:
    """A sentence with its place: a line, or a paragraph of a Word file."""

    line: int
    text: str
    quoted: bool = False


@dataclass
class Block:
    """A paragraph, heading or list item, put together piece by piece."""

    quoted: bool = False
    _parts: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)
    _length: int = 0

    def add(self, text: str, line: int) -> None:
        """Append text that begins on this line; line breaks in it are counted."""
        for number, part in enumerate(text.split("\n")):
            piece = _SPACE.sub(" ", f"\n{part}" if number else part)
            if piece:
                self._starts.append(self._length)
                self._lines.append(line + number)
                self._parts.append(piece)
                self._length += len(piece)

    def sentences(self) -> Iterator[Sentence]:
        """The sentences of the block, white space evened."""
        text = "".join(self._parts)
        for start, end in _spans(text):
            raw = text[start:end]
            kept = raw.strip()
            if kept:
                begin = start + len(raw) - len(raw.lstrip())
                line = self._lines[bisect_right(self._starts, begin) - 1]
                yield Sentence(line, _SPACE.sub(" ", kept), self.quoted)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        if _abbreviated(text, end.start()) or _asks_briefly(text[start : end.start() + 1]):
            continue
        yield from _cut(start, end.end())
        start = end.end()
    yield from _cut(start, len(text))


def _cut(start: int, end: int) -> Iterator[tuple[int, int]]:
    for begin in range(start, end, LONGEST):
        yield begin, min(begin + LONGEST, end)


def _abbreviated(text: str, stop: int) -> bool:
    before = text[max(0, stop - 8) : stop]
    last = before.rsplit(" ", 1)[-1].lower().lstrip("(\"'\u201c")
    return text[stop] == "." and last in _SHORT and text[stop : stop + 2] != ".."


def _asks_briefly(sentence: str) -> bool:
    """Whether it is a short question, one thought with its answer: "Back pain? Try us."."""
    return sentence.endswith("?") and len(sentence.split()) <= 3

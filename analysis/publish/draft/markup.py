"""The text of an HTML page that a reader sees, with its lines."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from analysis.publish.draft.lexicon import word_set
from analysis.publish.draft.split import Block

DEEPEST: Final = 500  # open elements; a page that a person wrote has a few dozen
_BLOCKS: Final = word_set("blocks")
_HIDDEN: Final = word_set("hidden")
_EMPTY: Final = word_set("empty")
_LOOSE: Final = word_set("loose")
# What is a tag, a comment or a declaration. Any other "<" is text, and is told so to the parser,
# which would search the rest of the page for the end of each.
_MARKUP: Final = re.compile(
    r"</?[A-Za-z](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*'){0,3000}>|<[!?][^<>]*>|(?P<stray><)"
)


class TooDeepError(ValueError):
    """Elements are nested deeper than in any page that a person wrote."""


class _Reader(HTMLParser):
    def __init__(self, first_line: int) -> None:
        super().__init__(convert_charrefs=True)
        self._shift = first_line - 1
        self._hidden = 0
        self._quotes = 0
        self._depth = 0
        self.blocks: list[Block] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY and tag not in _LOOSE:
            self._depth += 1
            if self._depth > DEEPEST:
                raise TooDeepError
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "blockquote":
            self._quotes += 1
        if tag in _BLOCKS:
            self._new()
        if tag == "q":
            self._say("\u201c")
        if tag == "img" and not self._hidden:
            self._new()
            self._say(dict(attrs).get("alt") or "")
            self._new()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTY:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and tag not in _LOOSE:
            self._depth = max(0, self._depth - 1)
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag == "q":
            self._say("\u201d")
        if tag in _BLOCKS:
            self._new()

    def handle_data(self, data: str) -> None:
        self._say(data)

    def _new(self) -> None:
        self.blocks.append(Block(quoted=self._quotes > 0))

    def _say(self, text: str) -> None:
        if not self._hidden:
            if not self.blocks:
                self._new()
            self.blocks[-1].add(text, self.getpos()[0] + self._shift)


def blocks_of_html(text: str, first_line: int = 1) -> list[Block]:
    """Blocks of what a reader sees: no scripts, styles, code or comments; picture texts included.

    Raises
    ------
    DraftError
        Elements are nested deeper than `DEEPEST`.
    """
    from analysis.publish.draft.reading import DraftError

    reader = _Reader(first_line)
    try:
        reader.feed(_tidied(text))
        reader.close()
    except TooDeepError:
        raise DraftError(
            f"elements are nested more than {DEEPEST} deep; save the text of the page as .txt"
        ) from None
    return reader.blocks


def _tidied(text: str) -> str:
    """The page with comments blanked out (their lines kept) and stray "<" written as text."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end + 3
    parts.append(text[at:])
    return _MARKUP.sub(lambda m: "&lt;" if m["stray"] else m[0], "".join(parts))

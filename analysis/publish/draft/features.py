"""What a sentence is made of: its words, and where the phrases of the word lists stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.publish.draft.lexicon import GAP, lexicon, mended, stem, words

Span = tuple[int, int]  # positions of words, the end not included
MOST_WORDS = 400  # of one sentence that are looked at
WIDEST = 3  # words that a gap in a listed phrase may hold
_QUOTED = re.compile('[\u201c\u201e\u00ab"]([^\u201c\u201d\u00ab\u00bb"]{3,600})[\u201d\u00bb"]')
_SINGLE = re.compile(r"(?<!\w)[\u2018'](\w.{3,300}?)[\u2019'](?!\w)")
_STOPS = re.compile(r"[;:\u2014]|\s-\s|,\s+but\b")


@dataclass(frozen=True)
class Features:
    """A sentence's words and tagged phrases.

    ``tags`` maps a tag to the spans where its phrases stand; ``clause`` numbers the clause of each
    word (a semicolon, colon, dash or ", but" begins a new one); ``quoted`` are spans in quotation
    marks.
    """

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    clause: tuple[int, ...]
    tags: dict[str, tuple[Span, ...]]
    quoted: tuple[Span, ...]

    def has(self, *tags: str) -> bool:
        """Whether any of these tags stands anywhere."""
        return any(tag in self.tags for tag in tags)

    def spans(self, *tags: str) -> list[Span]:
        """Where these tags stand, from left to right."""
        return sorted(span for tag in tags for span in self.tags.get(tag, ()))

    def written(self, span: Span) -> str:
        """The words of a span as the draft has them."""
        found = words(self.text)
        return self.text[found[span[0]][1] : found[span[1] - 1][2]]

    def near(self, first: str, second: str, *, after: int, before: int = 0) -> list[Span]:
        """Spans of ``first`` with ``second`` at most ``after`` words behind or ``before`` ahead."""
        others = self.spans(second)
        return [a for a in self.spans(first) if any(_close(a, b, after, before) for b in others)]


def features(text: str) -> Features:
    """Tag one sentence."""
    found = words(text)[:MOST_WORDS]
    plain = tuple(mended(word) for word, _, _ in found)
    starts = tuple(start for _, start, _ in found)
    breaks = [stop.start() for stop in _STOPS.finditer(text)]
    clause = tuple(sum(stop < start for stop in breaks) for start in starts)
    tags = _tag(plain)
    quoted = tuple(
        span
        for part in (*_QUOTED.finditer(text), *_SINGLE.finditer(text))
        if (span := _between(found, part.start(1), part.end(1))) is not None
    )
    return Features(text, plain, starts, clause, tags, quoted)


def inside(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span lies within one of the others."""
    return any(a <= span[0] and span[1] <= b for a, b in others)


def _tag(plain: tuple[str, ...]) -> dict[str, tuple[Span, ...]]:
    phrases = lexicon().phrases
    stems = [stem(word) for word in plain]
    exact = [f"={word}" for word in plain]
    pairs = [*zip(stems[1:], exact[1:], strict=True), ()]
    tags: dict[str, list[Span]] = {}
    for i, (first, same) in enumerate(zip(stems, exact, strict=True)):
        for phrase in (*phrases.get(first, ()), *phrases.get(same, ())):
            if len(phrase.stems) == 1:  # most are, or fail at their second word
                end: int | None = i + 1
            elif phrase.stems[1] in (*pairs[i], GAP):
                end = _end(phrase.stems, stems, exact, i + 1)
            else:
                continue
            if end is not None:
                tags.setdefault(phrase.tag, []).append((i, end))
    return {tag: tuple(spans) for tag, spans in tags.items()}


def _end(keys: tuple[str, ...], stems: list[str], exact: list[str], at: int) -> int | None:
    """Where a phrase ends whose first word stands just before ``at``; None where it does not."""
    gap = False
    for key in keys[1:]:
        if key == GAP:
            gap = True
            continue
        if not gap:
            if at >= len(stems) or (key != stems[at] and key != exact[at]):
                return None
            at += 1
            continue
        reach = range(at, min(at + WIDEST + 1, len(stems)))
        found = next((i for i in reach if key == stems[i] or key == exact[i]), None)
        if found is None:
            return None
        at, gap = found + 1, False
    return at


def _close(a: Span, b: Span, after: int, before: int) -> bool:
    return 0 <= b[0] - a[1] < after or 0 <= a[0] - b[1] < before


def _between(found: list[tuple[str, int, int]], start: int, end: int) -> Span | None:
    inner = [i for i, (_, a, b) in enumerate(found) if start <= a and b <= end]
    return (inner[0], inner[-1] + 1) if inner else None

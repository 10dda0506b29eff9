"""The checker's own words by eye: what to look for in a draft, why, and what to write instead.

For a reader who cannot run the check; made from the lists that the check itself uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.publish.draft.advice import OVER_WHY, TRAP_WHY, TRAP_WRITE
from analysis.publish.draft.lexicon import listed, stem

MOST = 16  # of one kind: enough to see what is meant


@dataclass(frozen=True)
class Watched:
    """Words of one kind. ``instead`` may be written; empty where softer words are the mend."""

    kind: str
    title: str
    words: tuple[str, ...]
    why: str
    instead: str


#: Kind of trap (or of strength), what it is called, and the lists that it is found by.
_KINDS = (
    ("stop", "Advice to stop or replace a treatment", "stop"),
    ("disease", "Promises about a disease", "cure_verb"),
    ("detox", "Toxins", "detox"),
    ("story", "A story told as a cause", "causal"),
    ("testimonial", "Testimonials as evidence", "testimonial_proof"),
    ("proof", "Proof", "proof"),
    ("study", "Studies without a name", "according"),
    ("strong", "Words that promise", "strong"),
    ("lasting", "Words for lasting effects", "lasting"),
)


def watched() -> tuple[Watched, ...]:
    """Everything to look for, the gravest first."""
    return tuple(
        Watched(kind, title, _once(tag), (TRAP_WHY | OVER_WHY)[kind], TRAP_WRITE.get(kind, ""))
        for kind, title, tag in _KINDS
    )


def softer() -> tuple[str, ...]:
    """Words that leave room."""
    return _once("hedge")


def _once(tag: str) -> tuple[str, ...]:
    """The first phrases of a list, one of each run of stems."""
    found: dict[tuple[str, ...], str] = {}
    for phrase in listed(tag):
        found.setdefault(tuple(stem(word) for word in phrase.split()), phrase)
    return tuple(list(found.values())[:MOST])

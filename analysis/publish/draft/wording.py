"""How strongly a sentence puts it, from not saying it at all to promising it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from analysis.publish.draft.features import Features, Span, inside

NEGATION_REACH = 4  # words between "not" and what it denies


class Strength(IntEnum):
    """How far a wording goes. A verdict allows up to one of these (see judgement)."""

    OPEN = 0  # says that it is not known, or weighs the evidence
    HEDGED = 1  # "may", "some people find"
    WEAK = 2  # "can help", "often"
    PLAIN = 3  # "reduces"
    STRONG = 4  # "guaranteed", "always", "completely"


def strength(f: Features, claim: str) -> Strength:
    """How strongly the sentence makes its claims."""
    if is_open(f):
        return Strength.OPEN
    if claim == "safety" and f.has("harm") and not denied(f, f.spans("harm")):
        return Strength.OPEN
    if is_hedged(f, claim):
        return Strength.HEDGED
    if f.has("strong"):
        return Strength.STRONG
    return Strength.WEAK if f.has("weak") else Strength.PLAIN


def is_open(f: Features) -> bool:
    """Whether it says that something is not known: "unclear", "no evidence", "whether"."""
    if f.has("thin") and f.has("study"):
        return True
    return any(not _idle_whether(f, span) for span in f.spans("unknown"))


def is_hedged(f: Features, claim: str = "") -> bool:
    """Whether it leaves room: "may", "some people find"; of safety also "generally"."""
    hedges = [s for s in f.spans("hedge") if f.words[s[0]] != "may" or _verb_may(f, s)]
    if any(not inside(s, f.spans("no_way")) for s in hedges):
        return True
    if claim == "safety" and f.has("usually"):
        return True
    all_of_them = any(word in {"all", "every", "everyone"} for word in f.words)
    return bool(not all_of_them and f.near("reporters", "report", after=5))


def denied(f: Features, spans: Iterable[Span]) -> bool:
    """Whether all of these words stand under a "not", "no" or "never" close before them."""
    taken = f.spans("not_negation")
    nots = [n for n in f.spans("negator") if not inside(n, taken)]
    return all(
        any(
            0 <= span[0] - n[1] < NEGATION_REACH and f.clause[n[0]] == f.clause[span[0]]
            for n in nots
        )
        for span in spans
    )


def is_disowned(f: Features) -> bool:
    """Whether the sentence speaks against saying it: "a myth", "we cannot promise"."""
    return f.has("denial")


def _idle_whether(f: Features, span: Span) -> bool:
    """Whether it weighs nothing: "Whether you are young or old, ..."."""
    if f.words[span[0]] != "whether" or span[1] - span[0] > 1:
        return False
    if span[0] > 0:
        return False
    return not any(0 <= m[0] - span[1] < 5 for m in f.spans("massage"))


def _verb_may(f: Features, span: Span) -> bool:
    """Not the month, nor the may of a permission to stop something (a trap, see there)."""
    start = f.starts[span[0]]
    return not (f.text[start].isupper() and span[0] > 0)

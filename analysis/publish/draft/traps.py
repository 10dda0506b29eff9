"""Wordings that go wrong whatever the trials say: proof, toxins, cures, stories, advice to stop."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.publish.draft.features import Features, Span, inside
from analysis.publish.draft.lexicon import word_set
from analysis.publish.draft.wording import denied, is_disowned, is_hedged, is_open

_NAMED = re.compile(
    r"doi\.org|https?://|\b10\.\d{4,}/|\bet al\b|"
    r"\b[A-Z][\w\u2019'-]+(?: (?:and|&) (?:[A-Z][\w-]+|colleagues))?,? \(?(?:19|20)\d\d\b"
)
_MANY = word_set("many")
_MONTHS = word_set("months")


@dataclass(frozen=True)
class Trap:
    """A known trap; ``claims`` are those that it makes by itself."""

    kind: str
    claims: tuple[str, ...] = ()


def traps(f: Features, claims: tuple[str, ...], *, quoted: bool = False) -> list[Trap]:
    """The traps of a sentence that makes these claims, the gravest first.

    ``quoted`` marks a sentence of a block quotation.
    """
    if is_disowned(f):
        return []
    found = [
        _stop(f),
        _disease(f),
        _detox(f),
        _story(f, claims, quoted),
        _proof(f),
        _study(f, claims),
    ]
    return [trap for trap in found if trap is not None]


def _stop(f: Features) -> Trap | None:
    """Advice to stop or replace medicines or care."""
    if f.has("safe_advice"):
        return None
    for kind, claims in (("treatment", ("medication",)), ("care", ())):
        for span in f.near("stop", kind, after=6):
            between = f.words[span[1] : span[1] + 6]
            if not denied(f, [span]) and "before" not in between[:2]:
                return Trap("stop", claims)
    back = f.near("stop_before", "treatment", after=0, before=9)
    return Trap("stop", ("medication",)) if back and not denied(f, back) else None


def _disease(f: Features) -> Trap | None:
    """A promise to cure, heal, treat or prevent a disease; or to cure anything."""
    if is_open(f) or not f.has("massage", "second"):
        return None
    verbs = [v for v in f.near("cure_verb", "disease", after=6) if not denied(f, [v])]
    hard = [v for v in f.near("cure_hard", "cure_claims", after=6) if not denied(f, [v])]
    if hard and not verbs:
        return Trap("cure")
    if verbs:
        return Trap("disease")
    helps = [v for v in f.near("help", "disease_soft", after=5) if not denied(f, [v])]
    return Trap("disease") if helps and not is_hedged(f) else None


def _detox(f: Features) -> Trap | None:
    spans = f.spans("detox")
    if not spans or is_open(f) or all(denied(f, [s]) or _denied_after(f, s) for s in spans):
        return None
    return Trap("detox") if f.has("massage", "second") or spans[0][0] < 3 else None


def _denied_after(f: Features, span: Span) -> bool:
    """Whether a "not" follows: "toxins are not removed"."""
    taken = f.spans("not_negation")
    return any(0 <= n[0] - span[1] < 3 for n in f.spans("negator") if not inside(n, taken))


def _story(f: Features, claims: tuple[str, ...], quoted: bool) -> Trap | None:
    """One person's story told as an effect, or clients' words as evidence."""
    if is_open(f):
        return None
    if f.near("testimonial", "testimonial_proof", after=5):
        return Trap("testimonial")
    effect = bool(claims) or f.has("cure_hard") or f.has("quality-of-life.alone")
    quotes = [(0, len(f.words))] if quoted else f.quoted
    if effect and any(_own_words(f, quote) for quote in quotes):
        return Trap("testimonial")
    plural = [s for s in f.spans("reporters") if f.words[s[1] - 1] in _MANY]
    own = [s for s in f.spans("person") if not inside(s, [*plural, *f.spans("massage")])]
    someone = own or _names(f)
    if not effect or not f.has("massage") or (is_hedged(f) and "could" not in f.words):
        return None
    if someone and (f.has("causal") or _gone_after(f)):
        return Trap("story")
    acts = f.spans("cure_hard", "cure", "end", "back")
    whose = [s for s in own if f.words[s[0]] in {"my", "me", "her", "his", "him"}]
    if any(0 <= w[0] - a[1] < 3 for a in acts for w in whose):
        return Trap("story")
    return None


def _gone_after(f: Features) -> bool:
    """Whether a trouble ends once massage has come: "after three massages her pain was gone"."""
    after = f.near("afterwards", "massage", after=4)
    told = f.near("reporters", "report", after=5) or f.has("report")
    return bool(after and not told and any(not denied(f, [s]) for s in f.spans("end")))


def _own_words(f: Features, quote: Span) -> bool:
    """Whether a quotation speaks of the speaker's own body."""
    return any(inside(span, [quote]) for span in f.spans("spoken"))


def _names(f: Features) -> list[Span]:
    """Words that look like a person's name: a capital letter in the middle of a sentence."""
    return [
        (i, i + 1)
        for i, (word, start) in enumerate(zip(f.words, f.starts, strict=True))
        if i
        and f.text[start].isupper()
        and not f.text[start : start + 2].isupper()
        and len(word) > 1
        and word not in _MONTHS
        and word not in {"swedish", "thai", "im", "ive", "ill"}
    ]


def _proof(f: Features) -> Trap | None:
    spans = [s for s in f.spans("proof") if not inside(s, f.spans("not_proof"))]
    if not spans or is_open(f) or denied(f, spans):
        return None
    return Trap("proof")


def _study(f: Features, claims: tuple[str, ...]) -> Trap | None:
    """A study without a name: "studies show"; or the journal of the cited study."""
    if f.has("not_found"):
        return None
    if f.has("journal"):
        return Trap("journal", ("cited-study",))
    if f.has("not_study") or is_open(f) or f.has("named") or _NAMED.search(f.text):
        return None
    shows = [s for s in f.near("study", "show", after=6, before=0) if not denied(f, [s])]
    backed = f.near("show", "study", after=3) if f.has("proof") else []
    if not (shows or backed or f.has("according")):
        return None
    if f.has("comparing") and f.has("no_treatment", "sham", "active", "add_on"):
        return None
    if "suggest" in f.words or "suggests" in f.words:
        return None
    single = f.has("one_study") and ("pain" in claims or not claims)
    return Trap("study", ("cited-study",) if single else ())

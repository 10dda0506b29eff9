"""Numbers into plain words. No digit in a sentence of this project is typed: all come from here.

The style is that of a summary of findings: effect in words, then in numbers, then how many trials
and people, then how sure. ``marked_...`` functions give the same text with each number's id in it
(see :mod:`analysis.evidence.marks`).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from analysis.evidence.marks import mark, plain

if TYPE_CHECKING:  # answers build on this module; and the draft check starts without pandas
    import pandas as pd

    from analysis.evidence.answers import Answer

VERDICT_WORDS = {
    "supported": "supported",
    "supported_uncertain": "supported, uncertain",
    "no_clear_effect": "no clear effect",
    "not_supported": "not supported",
    "contradicted": "contradicted",
    "not_testable": "not testable with what is published",
}
CERTAINTY_WORDS = {
    "high": "high certainty",
    "moderate": "moderate certainty",
    "low": "low certainty",
    "very_low": "very low certainty",
}
COMPARATOR_WORDS = {
    "no_treatment": "no treatment",
    "sham": "a sham treatment",
    "active": "another active treatment",
    "add_on": "the same other treatment without massage",
}
COMPARATOR_SHORT = {
    "no_treatment": "v no treatment",
    "sham": "v sham",
    "active": "v active treatment",
    "add_on": "as an add-on",
}
HORIZON_WORDS = {
    "immediate": "on the same day",
    "short": "in the short term (to twelve weeks)",
    "medium": "in the medium term (to half a year)",
    "long": "in the long term (beyond half a year)",
}
_MINUS = "\u2212"


def number(value: float, digits: int = 1) -> str:
    """A number for a reader: fixed decimals, a true minus sign, never "-0.0"."""
    if math.isnan(value):
        return "not known"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", _MINUS)


def count(value: int, noun: str) -> str:
    """``count(1, "trial")`` is "1 trial", ``count(8, "trial")`` is "8 trials"."""
    irregular = {"person": "people"}
    plural = irregular.get(noun, noun + "s")
    return f"{value:,} {noun if value == 1 else plural}"


def interval(low: float, high: float, digits: int = 1) -> str:
    """An interval in words: "a to b"."""
    return f"{number(low, digits)} to {number(high, digits)}"


def level(value: float) -> str:
    """A level such as 0.95 as "95 %" (with a narrow no-break space)."""
    return f"{100 * value:.0f}\u202f%"


def people(conditions: pd.Series[str]) -> str:
    """Whom the trials studied, in words: "people with neck pain", at most three named."""
    named = list(dict.fromkeys(str(c) for c in conditions))
    if len(named) > 3:
        return "people with several conditions"
    words = [_CONDITIONS.get(c, _plain(c)) for c in named]
    if words == ["healthy"]:
        return "healthy people"
    words = ["no illness" if w == "healthy" else w for w in words]
    return "people with " + " or ".join(words)


_CONDITIONS = {
    "knee_oa": "knee osteoarthritis",
    "hand_oa": "hand osteoarthritis",
    "cardiac": "heart disease or surgery",
    "mixed_chronic_pain": "various kinds of chronic pain",
}


def _plain(condition: str) -> str:
    return condition.removeprefix("other:").replace("_", " ")


def figures(a: Answer) -> str:
    """Estimate and interval as a reader sees them, with the unit."""
    return plain(marked_figures(a))


def marked_figures(a: Answer) -> str:
    """:func:`figures` with marks."""
    assert a.pooled is not None
    estimate = mark(number(a.shown(a.pooled.estimate), _digits(a)), _id(a, "estimate"))
    return f"{estimate} {a.unit_short}, {_interval(a)}"


def _digits(a: Answer) -> int:
    return 1 if a.measure == "MD" else 2


def margin_id(a: Answer) -> str:
    """Which number says what difference would matter: the claim's own, or a rule for all."""
    if a.measure == "RR":
        return "rules.harm_margin"
    own = a.measure == a.claim.effect
    return f"{a.claim.id}.important_difference" if own else "rules.standardised_important"


def _id(a: Answer, quantity: str) -> str:
    return f"{a.claim.id}.{a.comparator}.{a.horizon}.{quantity}"


def _interval(a: Answer) -> str:
    assert a.pooled is not None
    ends = {"ci_low": a.pooled.ci_low, "ci_high": a.pooled.ci_high}
    return " to ".join(mark(number(a.shown(v), _digits(a)), _id(a, q)) for q, v in ends.items())


def counted(value: int, noun: str, number_id: str) -> str:
    """:func:`count` with a mark on the number."""
    figure, _, word = count(value, noun).partition(" ")
    return f"{mark(figure, number_id)} {word}"


def _margin(a: Answer) -> str:
    text = number(a.shown(a.margin), 0 if a.measure == "MD" else 2)
    return f"{mark(text, margin_id(a))} {a.unit_short}"


def _unit(a: Answer) -> str:
    """The unit; the ends of a scale in it are numbers too."""
    return re.sub(r"\d[\d-]*", lambda found: mark(found[0], f"{a.claim.id}.scale"), a.unit)


def controls(a: Answer) -> str:
    """What massage was compared with, in words."""
    return "mixed controls" if a.mixed else COMPARATOR_WORDS[a.comparator]


def marked_evidence_base(a: Answer) -> str:
    """How many trials and people stand behind an answer, and how sure it is, with marks."""
    if a.certainty is None:
        return "no trial"
    parts = [counted(a.k, "trial", _id(a, "k"))] if a.k else ["number of trials not stated"]
    parts += [counted(a.n, "person", _id(a, "n"))] if a.n else []
    parts += ["a published review"] if a.basis == "review" else []
    parts += ["indirect"] if a.population == "indirect" else []
    return ", ".join([*parts, CERTAINTY_WORDS[a.certainty.level]])


def marked_sizes(a: Answer) -> list[str]:
    """How captions say on how many trials and people an answer rests, with marks."""
    if not (a.k and a.n):
        return []
    trials, persons = counted(a.k, "trial", _id(a, "k")), counted(a.n, "person", _id(a, "n"))
    return [f"{trials}, {persons}", f"{trials} with {persons}"]


def answer(a: Answer) -> str:
    """One plain sentence for one comparator and time window."""
    return plain(marked_answer(a))


def marked_answer(a: Answer) -> str:
    """:func:`answer` with marks."""
    claim = a.claim
    against = f"Compared with {controls(a)}"
    when = HORIZON_WORDS[a.horizon]
    if a.pooled is None:
        return (
            f"{against}, {when}: no trial in these tables gives figures from which an effect on "
            f"{claim.noun} follows."
        )
    margin, estimate, unit = _margin(a), a.shown(a.pooled.estimate), _unit(a)
    confidence = mark(level(claim.rules.level), "rules.level")
    base = f"({confidence} interval {_interval(a)}; {marked_evidence_base(a)})"
    if a.measure == "RR":
        size = f"{mark(number(estimate, _digits(a)), _id(a, 'estimate'))} {unit}"
        found = f"{against}, {when}, {a.who} who got massage had {size} of {claim.noun} {base}"
    else:
        direction = claim.better if estimate < 0 else claim.worse
        size = f"{mark(number(abs(estimate), _digits(a)), _id(a, 'estimate'))} {unit}"
        found = f"{against}, {when}, {a.who} who got massage had {direction} by {size} {base}"
    return found + (_harm_ending if claim.kind == "harm" else _ending)(a, margin)


def _too_little(a: Answer) -> str:
    if a.k is None:
        return "; the review does not print on how many people this rests, so it settles nothing."
    if a.k == 1:
        return "; one trial alone does not settle it."
    return "; two small trials do not settle it."


def _ending(a: Answer, margin: str) -> str:
    assert a.pooled is not None
    if a.too_little:
        return _too_little(a)
    large = a.pooled.estimate <= -a.margin
    ruled_out = a.equivalence is not None and a.equivalence.equivalent
    endings = {
        "supported": f"; {margin} would matter.",
        "supported_uncertain": (
            f"; {margin} would matter, but the evidence leaves room for doubt."
            if large
            else f", which may be less than the {margin} that would matter."
        ),
        "no_clear_effect": (
            f", too little to matter ({margin} would), but on evidence too weak to settle it."
            if ruled_out
            else f", which leaves open whether it reaches the {margin} that would matter."
        ),
        "not_supported": f", on average too little to matter ({margin} would).",
        "contradicted": ", which speaks against the claim.",
    }
    return endings[a.verdict]


def _harm_ending(a: Answer, margin: str) -> str:
    if a.too_little:
        return _too_little(a)
    endings = {
        "supported": "; a rise in harm that matters is ruled out.",
        "supported_uncertain": (
            f"; a rise to {margin} the risk is outside the interval, but the evidence leaves room "
            "for doubt."
        ),
        "no_clear_effect": ", which leaves open whether harm is more frequent.",
        "contradicted": ", which speaks against the claim.",
    }
    return endings[a.verdict]

"""Numbers into plain words. No digit in a sentence of this project is typed: all come from here.

The style is that of a summary of findings: effect in words, then in numbers, then how many trials
and people, then how sure.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # verdicts builds on this module
    from analysis.evidence.verdicts import Answer, Verdict

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


def evidence_base(a: Answer) -> str:
    """How many trials and people stand behind an answer, and how sure it is."""
    if a.certainty is None:
        return "no trial"
    trials = count(len(a.selection.rows), "trial")
    return f"{trials}, {count(a.n, 'person')}, {CERTAINTY_WORDS[a.certainty.level]}"


def answer(a: Answer) -> str:
    """One plain sentence for one comparator and time window."""
    claim = a.claim
    against = f"Compared with {COMPARATOR_WORDS[a.comparator]}"
    when = HORIZON_WORDS[a.horizon]
    if a.pooled is None:
        return (
            f"{against}, {when}: no trial in these tables gives figures for "
            f"{claim.evidence_population}."
        )
    p = a.pooled
    direction = claim.better if p.estimate < 0 else claim.worse
    margin = f"{number(claim.important, 0)} {claim.unit_short}"
    spread = f"{level(claim.rules.level)} interval {interval(p.ci_low, p.ci_high)}"
    found = (
        f"{against}, {when}, {claim.evidence_population} who got massage had {direction} by "
        f"{number(abs(p.estimate))} {claim.unit} ({spread}; {evidence_base(a)})"
    )
    large = p.estimate <= -claim.important
    ruled_out = a.equivalence is not None and a.equivalence.equivalent
    endings = {
        "supported": f"; {margin} would matter.",
        "supported_uncertain": (
            f"; {margin} would matter, but the trials leave room for doubt."
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
    return found + endings[a.verdict]


def overall(v: Verdict) -> str:
    """The claim's answer in plain words, from the answers that decide it."""
    decisive = [v.answer(c, h) for c, h in v.claim.decided_by]
    tested = [a for a in decisive if a.pooled is not None]
    if not tested:
        return f"No published trial in these tables tests this for {v.claim.evidence_population}."
    who = v.claim.evidence_population
    parts = [f"{_short(a)} than with {COMPARATOR_WORDS[a.comparator]}" for a in tested]
    return f"{who[:1].upper()}{who[1:]}, short term: " + "; ".join(parts) + "."


def _short(a: Answer) -> str:
    assert a.pooled is not None
    p = a.pooled
    assert a.certainty is not None
    figures = (
        f"{number(p.estimate)} {a.claim.unit_short}, {interval(p.ci_low, p.ci_high)}; "
        f"{CERTAINTY_WORDS[a.certainty.level]}"
    )
    return {
        "supported": f"{a.claim.better} ({figures})",
        "supported_uncertain": f"{a.claim.better} ({figures})",
        "no_clear_effect": f"not clearly {a.claim.better} ({figures})",
        "not_supported": f"not {a.claim.better} to a degree that matters ({figures})",
        "contradicted": f"{a.claim.worse} ({figures})",
    }[a.verdict]

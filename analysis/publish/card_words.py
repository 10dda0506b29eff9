"""The words of a claim's card, made from its entry in ``claims.json`` and nothing else.

A title states what was found, comparison by comparison, so that it stays true when the picture is
passed on alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.evidence.answers import settles_nothing
from analysis.evidence.claims import Claim
from analysis.evidence.fair import FAVOURABLE
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_WORDS,
    VERDICT_WORDS,
    count,
    interval,
    level,
    number,
)

ALT_SHORT = 125  # screen readers of phones and social sites cut longer texts
#: Time windows in the order in which a card shows one when the deciding ones have no figures.
_HORIZONS = ("short", "medium", "long", "immediate")
_AGAINST = {
    "no_treatment": "Against no treatment",
    "sham": "Against a sham treatment",
    "add_on": "As an add-on to other care",
    "active": "Against another treatment",
}
_WHEN = {
    "immediate": "same day",
    "short": "up to twelve weeks",
    "medium": "up to half a year",
    "long": "beyond half a year",
}

#: What an overall verdict means, for somebody who reads the word for the first time.
GLOSS = {
    "supported": "holds against no treatment and against a sham, with fair certainty",
    "supported_uncertain": "holds against at least one comparison, with room for doubt",
    "no_clear_effect": "an effect is neither shown nor ruled out",
    "not_supported": "any difference is too small to matter",
    "contradicted": "the trials point the other way",
    "not_testable": "no size of an effect is printed; that does not mean untrue",
}
GLOSS_CITED = {
    "supported": "a paper fits the description",
    "not_supported": "no paper that we could open fits the description",
    "not_testable": "no paper could be held against the description",
}


def gloss(claim: Claim, verdict: str) -> str:
    """What a verdict means, in words for a first reader."""
    return (GLOSS_CITED if claim.kind == "citation" else GLOSS)[verdict]


@dataclass(frozen=True)
class Row:
    """One line of a claim's card: a comparison, what was found, and how sure that is.

    ``estimate``, ``low`` and ``high`` are in the measure's own unit (a ratio is not logged) and
    None without figures. ``counts`` are trials by what they report, where only that is known.
    """

    group: str
    label: str
    finding: str
    base: str
    sure: str = ""
    measure: str = ""
    figures: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    when: str = ""
    counts: tuple[tuple[str, int], ...] = ()

    @property
    def rests_on(self) -> str:
        """Trials, people and certainty in one phrase."""
        return ", ".join(part for part in (self.base, self.sure) if part)

    @property
    def in_words(self) -> str:
        """The row as one phrase, for alt texts."""
        said = f"{self.label[:1].lower()}{self.label[1:]}: {self.finding}"
        extra = "; ".join(part for part in (self.figures, self.rests_on) if part)
        return f"{said} ({extra})" if extra else said


def deciding(claim: Claim, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers with figures that decide a claim, in the order of ``claims.toml``."""
    answers = {(a["comparator"], a["horizon"]): a for a in record["answers"]}
    found = [answers[question] for question in claim.decided_by if question in answers]
    return [a for a in found if a["estimate"] is not None]


_SHORT = {**COMPARATOR_WORDS, "sham": "a sham"}  # a title has no room for more


def against(answer: dict[str, Any]) -> str:
    """What massage was compared with, in a title's words."""
    return "mixed controls" if answer["detail"]["mixed_controls"] else _SHORT[answer["comparator"]]


def compared(comparator: str, horizon: str = "") -> str:
    """A comparison and, where it is given, its time window as a label."""
    when = f", {_WHEN[horizon]}" if horizon else ""
    return f"{_AGAINST[comparator]}{when}"


def finding(claim: Claim, answer: dict[str, Any]) -> str:
    """How one answer came out, in two to five words."""
    if answer["verdict"] in ("no_clear_effect", "supported_uncertain", "supported") and (
        settles_nothing(claim, answer["k"], answer["n"])
    ):
        return "too little evidence to tell"
    if claim.kind == "harm" and answer["verdict"] in FAVOURABLE:
        return "no rise that matters"
    return {
        "supported": claim.better,
        "supported_uncertain": claim.better,
        "no_clear_effect": "no clear difference",
        "not_supported": "no difference that matters",
        "contradicted": claim.worse,
        "not_testable": "no figures",
    }[answer["verdict"]]


def title(claim: Claim, record: dict[str, Any]) -> str:
    """What was found, as one line that stands alone."""
    joint = "," if " and " in claim.noun else " and"
    subject = f"Massage{joint} {claim.noun}"
    decided = deciding(claim, record)
    if not decided:
        return f"{subject}: not known; published trials give no effect size to pool"
    found: dict[str, list[str]] = {}
    for answer in decided:
        found.setdefault(finding(claim, answer), []).append(against(answer))
    told = [_compared(words, list(dict.fromkeys(whom))) for words, whom in found.items()]
    asked = dict.fromkeys(comparator for comparator, _ in claim.decided_by)
    absent = [_SHORT[c] for c in asked if c not in {a["comparator"] for a in decided}]
    if absent:
        told.append(f"no figures against {' or '.join(absent)}")
    return f"{subject}: {'; '.join(told)}"


def _compared(words: str, whom: Sequence[str]) -> str:
    others = " or ".join(whom)
    if words == "too little evidence to tell":
        return f"too little evidence to compare with {others}"
    if words.startswith(("no clear difference", "no difference")):
        return f"{words} from {others}"
    return f"{words} than with {others}"


def rows(
    claim: Claim, record: dict[str, Any], directions: Sequence[dict[str, Any]]
) -> tuple[Row, ...]:
    """One row per comparison: figures where there are any, else what trials report.

    ``directions`` are counts of trials per comparator (``favours_massage, mixed, no_difference,
    favours_comparator, total``), as :func:`analysis.evidence.directions.counts` gives them.
    """
    counted = {str(entry["comparator"]): entry for entry in directions}
    found = [_row(claim, record, c, counted.get(c)) for c in _AGAINST if c in claim.comparators]
    if shared_window(found):
        return tuple(found)
    return tuple(replace(r, base=f"{r.when}, {r.base}") if r.when else r for r in found)


def shared_window(shown: Sequence[Row]) -> str:
    """The time window of all rows with figures, in words; empty where there is more than one."""
    windows = {row.when for row in shown if row.when}
    return windows.pop() if len(windows) == 1 else ""


def _row(
    claim: Claim, record: dict[str, Any], comparator: str, counted: dict[str, Any] | None
) -> Row:
    answers = {a["horizon"]: a for a in record["answers"] if a["comparator"] == comparator}
    first = [h for c, h in claim.decided_by if c == comparator]
    for horizon in dict.fromkeys([*first, *_HORIZONS]):
        answer = answers.get(horizon)
        if answer is not None and answer["estimate"] is not None:
            return _with_figures(claim, answer)
    label = _AGAINST[comparator]
    if counted is None:
        return Row(comparator, label, "no trial found", "")
    words = ("favours_massage", "mixed", "no_difference", "favours_comparator")
    numbers = tuple((word, int(counted[word])) for word in words if int(counted[word]))
    total = sum(n for _, n in numbers)
    told = f"{count(total, 'trial')}: {_directions_in_words(numbers)}"
    return Row(comparator, label, "no figures to pool", told, counts=numbers)


_REPORTED = {
    "favours_massage": "in favour of massage",
    "mixed": "mixed",
    "no_difference": "no difference",
    "favours_comparator": "in favour of the comparison",
}


def _directions_in_words(numbers: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{n} {_REPORTED[word]}" for word, n in numbers)


def _with_figures(claim: Claim, a: dict[str, Any]) -> Row:
    digits = 1 if a["measure"] == "MD" else 2
    low, high = a["ci_low"], a["ci_high"]
    label = "Against mixed controls" if a["detail"]["mixed_controls"] else _AGAINST[a["comparator"]]
    return Row(
        group=a["comparator"],
        label=label,
        finding=finding(claim, a),
        base=base(a),
        sure=CERTAINTY_WORDS[a["certainty"]],
        measure=a["measure"],
        figures=f"{number(a['estimate'], digits)} ({interval(low, high, digits)})",
        estimate=a["estimate"],
        low=low,
        high=high,
        when=_WHEN[a["horizon"]],
    )


def base(a: dict[str, Any]) -> str:
    """How many trials and people stand behind an answer."""
    parts = [count(a["k"], "trial")] if a["k"] else ["number of trials not stated"]
    parts += [count(a["n"], "person")] if a["n"] else []
    parts += ["other people"] if a["detail"]["population"] == "indirect" else []
    return ", ".join(parts)


def certainty(claim: Claim, record: dict[str, Any]) -> str:
    """How sure the deciding answers are, in words."""
    if claim.kind == "citation":
        return "not rated: this is the outcome of a search, not an estimate"
    decided = deciding(claim, record)
    if not decided:
        return "not rated: nothing could be pooled"
    sure: dict[str, list[str]] = {}
    for a in decided:
        sure.setdefault(CERTAINTY_WORDS[a["certainty"]], []).append(against(a))
    told = [f"{words} against {' and '.join(dict.fromkeys(whom))}" for words, whom in sure.items()]
    return "; ".join(told)


def caption(claim: Claim, record: dict[str, Any], shown: Sequence[Row]) -> str:
    """The sentence of the results, and how to read the picture."""
    parts = [record["sentence"]]
    if any(row.estimate is not None for row in shown):
        parts.append(
            f"Bars are averages over trials with {level(claim.rules.level)} intervals, grey is too "
            "small to matter. Each comparison rests on other trials."
        )
    if any(row.counts for row in shown):
        parts.append(
            "Counts of trials are what their authors report; they say nothing about size and test "
            "nothing."
        )
    parts.append(f"The claim: {record['claim']}")
    return " ".join(parts)


def alt_short(title: str) -> str:
    """The finding in at most ``ALT_SHORT`` characters, shortened between words if it must be."""
    for text in (f"Chart. {title}.", title):
        if len(text) <= ALT_SHORT:
            return text
    return textwrap.shorten(title, ALT_SHORT, placeholder=" …")


def alt_long(claim: Claim, record: dict[str, Any], shown: Sequence[Row], fair: str) -> str:
    """All that the picture shows, for somebody who does not see it."""
    told = ". ".join(f"{row.in_words[:1].upper()}{row.in_words[1:]}" for row in shown)
    scale = _scale(claim, shown)
    return (
        f"Card on the claim: {record['claim']} Verdict: {VERDICT_WORDS[record['verdict']]}. "
        f"{told}. {scale}What one may write: {fair}"
    )


def _scale(claim: Claim, shown: Sequence[Row]) -> str:
    measured = [row for row in shown if row.estimate is not None]
    if not measured:
        return ""
    if measured[0].measure == "RR":
        return "Numbers are risk ratios; below one means fewer with massage. "
    return f"Numbers are differences in {claim.unit}; below zero means {claim.better}. "

"""Sentences and table cells in which every number leads to the rows that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from analysis.evidence.claims import Claim
from analysis.evidence.segments import segments
from analysis.evidence.sentences import (
    CERTAINTY_WORDS,
    COMPARATOR_WORDS,
    VERDICT_WORDS,
    interval,
    number,
)
from analysis.publish.site.pages import anchor

WHEN = {
    "immediate": "same day",
    "short": "short term",
    "medium": "medium term",
    "long": "long term",
}
NOT_STATED = ("not stated", "")


def linked(
    text: str, record: Mapping[str, Any], claims: Mapping[str, Claim], prefix: str
) -> Markup:
    """A sentence of ``claims.json`` with each number that has an id linked to its trace.

    ``prefix`` leads from the page to the folder of trace pages.
    """
    parts = []
    for piece in segments(text, record, claims):
        owner = (piece.number_id or "").split(".")[0]
        if owner in (record["id"], "rules"):
            parts.append(link_to(piece.text, str(piece.number_id), prefix))
        else:
            parts.append(escape(piece.text))
    return Markup().join(parts)


def link_to(text: str, number_id: str, prefix: str) -> Markup:
    """A number as a link to its trace; thresholds for all claims have a page of theirs."""
    claim_id = number_id.split(".")[0]
    return Markup('<a class="traced" href="{}trace/{}.html#{}">{}</a>').format(
        prefix, claim_id, anchor(number_id), text
    )


@dataclass(frozen=True)
class Line:
    """One tested answer as a table shows it; numbers are pairs of text and number id (or none)."""

    id: str
    against: str
    when: str
    verdict: str
    estimate: tuple[str, str]
    low: tuple[str, str]
    high: tuple[str, str]
    unit: str
    k: tuple[str, str]
    n: tuple[str, str]
    certainty: str
    people: str
    answer: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The answer's name in headings."""
        return f"against {self.against}, {self.when}"


def line(record: Mapping[str, Any], answer: Mapping[str, Any]) -> Line:
    """The table line of one tested answer."""
    own = f"{record['id']}.{answer['comparator']}.{answer['horizon']}"
    digits = 1 if answer["measure"] == "MD" else 2
    mixed = answer["detail"]["mixed_controls"]
    low, high = interval(answer["ci_low"], answer["ci_high"], digits).split(" to ")
    return Line(
        id=own,
        against="mixed controls" if mixed else COMPARATOR_WORDS[answer["comparator"]],
        when=WHEN[answer["horizon"]],
        verdict=answer["verdict"],
        estimate=(number(answer["estimate"], digits), f"{own}.estimate"),
        low=(low, f"{own}.ci_low"),
        high=(high, f"{own}.ci_high"),
        unit=answer["detail"].get("unit", answer["measure"]),
        k=(str(answer["k"]), f"{own}.k") if answer["k"] else NOT_STATED,
        n=(f"{answer['n']:,}", f"{own}.n") if answer["n"] else NOT_STATED,
        certainty=CERTAINTY_WORDS[answer["certainty"]].removesuffix(" certainty"),
        people=answer["detail"]["people"],
        answer=answer,
    )


def lines(record: Mapping[str, Any]) -> list[Line]:
    """The tested answers of a claim, in order."""
    return [line(record, a) for a in record["answers"] if a["estimate"] is not None]


def untested(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Comparators without figures and the time windows that lack them, in words."""
    gaps: dict[str, list[str]] = {}
    for a in record["answers"]:
        if a["estimate"] is None:
            gaps.setdefault(COMPARATOR_WORDS[a["comparator"]], []).append(WHEN[a["horizon"]])
    return [
        (name, "at any time" if len(when) == len(WHEN) else ", ".join(when))
        for name, when in gaps.items()
    ]


def verdict_words(verdict: str) -> str:
    """The fixed words of a verdict."""
    return VERDICT_WORDS[verdict]

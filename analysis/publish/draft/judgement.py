"""From one sentence to findings: its claims and traps, held against the recorded verdicts.

The rules stand in docs/draft-check.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from analysis.evidence.claims import COMPARATORS
from analysis.publish.draft.advice import (
    FAIR_WHY,
    OVER_WHY,
    TRAP_WHY,
    TRAP_WRITE,
    lasting_why,
    strong_why,
)
from analysis.publish.draft.features import Features, features, inside
from analysis.publish.draft.recorded import Recorded
from analysis.publish.draft.topics import claims_made
from analysis.publish.draft.traps import Trap, traps
from analysis.publish.draft.wording import Strength, denied, is_disowned, is_hedged, strength

# The strongest wording that a verdict bears.
ALLOWED = {
    "supported": Strength.PLAIN,
    "supported_uncertain": Strength.WEAK,
    "no_clear_effect": Strength.HEDGED,
    "not_testable": Strength.HEDGED,
    "not_supported": Strength.OPEN,
    "contradicted": Strength.OPEN,
}
RANK: Final = {"fair": 0, "overclaim": 1, "trap": 2}
_CLOSING = "\"'\u201d\u2019\u00bb)] *_"


@dataclass(frozen=True)
class Finding:
    """One sentence about one claim; ``claim`` is None for a trap about no claim.

    ``line`` counts from one (paragraphs in a Word file). ``judgement`` is ``fair``, ``overclaim``
    or ``trap``. ``rewording`` may be pasted as it stands.
    """

    line: int
    text: str
    claim: str | None
    judgement: str
    why: str
    rewording: str
    cite: str

    def as_dict(self) -> dict[str, Any]:
        """The finding as `evidence check --json` gives it."""
        return asdict(self)


def by_sentence(findings: Iterable[Finding]) -> dict[tuple[int, str], list[Finding]]:
    """Findings grouped by the sentence (its line and text) that they are about, in order."""
    grouped: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.line, finding.text), []).append(finding)
    return grouped


def worst(found: Sequence[Finding]) -> str:
    """The gravest judgement of one sentence's findings."""
    return max((finding.judgement for finding in found), key=RANK.__getitem__)


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Sentences by judgement; each counts once, as the worst of its findings."""
    each = [worst(found) for found in by_sentence(findings).values()]
    return {judgement: each.count(judgement) for judgement in RANK}


def judge(
    line: int, text: str, evidence: Mapping[str, Recorded], *, quoted: bool = False
) -> list[Finding]:
    """Findings on one sentence; none where it makes no claim.

    ``quoted`` marks a sentence inside a block quotation.
    """
    f = features(text)
    if _asks(f) or _reports_others(f):
        return []
    made = claims_made(f)
    open_or_hedged = strength(f, "") <= Strength.HEDGED
    claims = [
        c for c, spans in made.items() if c in evidence and (open_or_hedged or not denied(f, spans))
    ]
    if is_disowned(f) and not is_hedged(f):
        claims = []
    if f.has("safe_advice") and not open_or_hedged:
        claims = [c for c in claims if c != "medication"]
    found = traps(f, tuple(claims), quoted=quoted)
    claims = _with_cited_study(f, claims, found)
    if found:
        about: list[str | None] = [*claims] or [None]
        return [_trap(line, text, claim, found, evidence) for claim in about]
    return [_claim(line, text, claim, f, evidence[claim]) for claim in claims]


def _with_cited_study(f: Features, claims: list[str], found: list[Trap]) -> list[str]:
    own = [c for trap in found for c in trap.claims]
    if any(t.kind in ("disease", "cure") for t in found):
        # the disease itself is no claim about pain: "heals your arthritis"
        claims = [c for c in claims if c != "pain" or _more_than_disease(f)]
    if any(t.kind == "detox" for t in found):
        # what is washed out of the muscles is no claim that they loosen
        claims = [c for c in claims if c != "blood-flow" or f.has("blood-flow.terms")]
    if f.has("not_found") and (f.has("journal", "study")):
        own.append("cited-study")
        claims = []
    return list(dict.fromkeys([*own, *claims]))


def _more_than_disease(f: Features) -> bool:
    diseases = set(f.spans("disease"))
    return any(span not in diseases for span in f.spans("pain.terms", "pain.alone"))


def _claim(line: int, text: str, claim: str, f: Features, known: Recorded) -> Finding:
    how = strength(f, claim)
    judgement, why = _weigh(f, how, known)
    if judgement == "overclaim" and claim == "endorphins":
        judgement, why = "trap", TRAP_WHY["endorphins"]
    return Finding(line, text, claim, judgement, f"{why} {known.in_words}", known.fair, known.cite)


def _weigh(f: Features, how: Strength, known: Recorded) -> tuple[str, str]:
    """Fair or overclaim, and why, for a wording of this strength."""
    if how is Strength.OPEN or known.claim.kind == "citation":
        return "fair", FAIR_WHY["open"]
    allowed = ALLOWED[known.verdict]
    if how is Strength.HEDGED and how <= allowed:
        return "fair", FAIR_WHY["hedged"]
    lasting = f.has("lasting")
    against = [c for c in COMPARATORS if f.has(c)] if f.has("comparing") else []
    if against:
        horizon = "long" if lasting else None
        good = all(known.favours(c, horizon) for c in against) and how < Strength.STRONG
        return ("fair", FAIR_WHY["compared"]) if good else ("overclaim", OVER_WHY["compared"])
    if lasting and not any(known.favours(c, "long") for c in COMPARATORS):
        return "overclaim", lasting_why(_as_written(f, "lasting"))
    if how <= allowed:
        return "fair", FAIR_WHY["within"]
    if how is Strength.STRONG and allowed >= Strength.WEAK:
        return "overclaim", strong_why(_as_written(f, "strong"))
    return "overclaim", OVER_WHY[known.verdict]


def _as_written(f: Features, tag: str) -> list[str]:
    """The words of the draft that a list found, the longest where several overlap."""
    spans = f.spans(tag)
    whole = [s for s in spans if not any(s != o and inside(s, [o]) for o in spans)]
    return list(dict.fromkeys(f.written(span) for span in whole))


def _trap(
    line: int, text: str, claim: str | None, found: list[Trap], evidence: Mapping[str, Recorded]
) -> Finding:
    whys = " ".join(dict.fromkeys(TRAP_WHY[t.kind] for t in found[:2]))
    write = TRAP_WRITE[found[0].kind]
    if claim is None:
        return Finding(line, text, None, "trap", whys, write, "")
    known = evidence[claim]
    keep = found[0].kind in ("stop", "story", "testimonial", "cure", "disease", "detox")
    rewording = f"{write} {known.fair}" if keep else known.fair
    return Finding(line, text, claim, "trap", f"{whys} {known.in_words}", rewording, known.cite)


def _asks(f: Features) -> bool:
    """Whether it is a question that claims nothing."""
    if not f.text.rstrip(_CLOSING).endswith("?"):
        return False
    tag = any(end == len(f.words) for _, end in f.spans("tag_question"))
    return not (f.has("asserting_question") or tag)


def _reports_others(f: Features) -> bool:
    """Whether the claim stands only in a quotation that the sentence reports and does not share."""
    if not f.quoted or not f.has("told_so") or is_hedged(f):
        return False
    return any(end - start > 1 for start, end in f.quoted) and not f.has("spoken")

"""What one may write: a sentence that is too strong, one that is fair, one that is too weak.

They hold no numbers, so that a therapist can use the fair one as it stands; the page beside it
gives the figures. All three follow from the verdicts and change with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.evidence.sentences import CERTAINTY_WORDS, COMPARATOR_WORDS

if TYPE_CHECKING:
    from analysis.evidence.answers import Answer
    from analysis.evidence.claims import Claim
    from analysis.evidence.verdicts import Verdict

FAVOURABLE = ("supported", "supported_uncertain")


@dataclass(frozen=True)
class MayWrite:
    """Three sentences about one claim."""

    too_strong: str
    fair: str
    too_weak: str


@dataclass(frozen=True)
class _Told:
    """What these sentences need to know of one deciding answer."""

    comparator: str
    verdict: str
    certainty: str | None  # None: no figures
    mixed: bool
    indirect: bool


def may_write(v: Verdict) -> MayWrite:
    """Sentences for a claim, from its verdict and the answers behind it."""
    deciding = () if v.claim.kind == "citation" else v.decisive  # no trial decides that one
    return _sentences(v.claim, [_told(a) for a in deciding])


def may_write_of(claim: Claim, record: Mapping[str, Any]) -> MayWrite:
    """The same sentences from the claim's entry in ``claims.json``."""
    answers = {(a["comparator"], a["horizon"]): a for a in record["answers"]}
    deciding = [answers[question] for question in claim.decided_by if question in answers]
    return _sentences(
        claim,
        [
            _Told(
                a["comparator"],
                a["verdict"],
                a["certainty"],
                a["detail"]["mixed_controls"],
                a["detail"]["population"] == "indirect",
            )
            for a in deciding
        ],
    )


def _told(a: Answer) -> _Told:
    certainty = a.certainty.level if a.certainty and a.pooled is not None else None
    return _Told(a.comparator, a.verdict, certainty, a.mixed, a.population == "indirect")


def _sentences(claim: Claim, deciding: Sequence[_Told]) -> MayWrite:
    if claim.kind == "citation":
        return MayWrite(
            too_strong="A study proves that regular massage works for chronic pain.",
            fair=(
                "I could not find the study that is often mentioned without its name; reviews of "
                "trials, which anyone can read, are listed with this page."
            ),
            too_weak="The study was made up.",
        )
    if claim.kind == "harm":
        return MayWrite(
            too_strong="Massage is completely safe for everyone.",
            fair=_fair_harm(deciding),
            too_weak="Massage is dangerous.",
        )
    return MayWrite(
        too_strong=f"It is proven: {claim.claim}",
        fair=_fair(claim, deciding),
        too_weak=f"It is proven that massage has nothing to do with {claim.noun}.",
    )


def _fair_harm(deciding: Sequence[_Told]) -> str:
    if any(a.verdict == "contradicted" for a in deciding):
        return "Trials saw more unwanted effects with massage, such as soreness; ask first."
    known = [a for a in deciding if a.verdict in FAVOURABLE]
    if known:
        return "Trials saw no rise in unwanted effects with massage that matters."
    return (
        "Trials have not counted harms well enough to say how safe massage is; discomfort "
        "afterwards and, in single cases, serious harm have been described, so ask your doctor "
        "first if you have a condition."
    )


def _fair(claim: Claim, deciding: Sequence[_Told]) -> str:
    noun, better = claim.noun, claim.better
    tested = [a for a in deciding if a.certainty is not None]
    if not tested:
        return (
            f"Whether massage changes {noun} in people with chronic pain is not known: the trials "
            "found do not print figures from which an effect follows."
        )
    good = [a for a in tested if a.verdict in FAVOURABLE]
    poor = [a for a in tested if a.verdict not in FAVOURABLE]
    if not good:
        if all(a.verdict == "not_supported" for a in tested):
            return f"In trials, massage made no difference to {noun} that matters{_whom(tested)}."
        return f"Trials so far do not show clearly whether massage brings {better}{_whom(tested)}."
    against = " and ".join(dict.fromkeys(_got(a) for a in good))
    said = f"People who got massage had {better} than people who got {against}{_whom(good)}"
    sure = " and ".join(dict.fromkeys(CERTAINTY_WORDS[a.certainty] for a in good if a.certainty))
    said += f" ({sure})"
    if poor:
        than = " or ".join(dict.fromkeys(_got(a) for a in poor))
        return f"{said}; it has not been shown to do more than {than}."
    missing = {c for c, _ in claim.decided_by} - {a.comparator for a in tested}
    if "sham" in missing:
        return f"{said}; no trial against a sham prints figures that we could use."
    return f"{said}."


def _got(a: _Told) -> str:
    return "other care or none" if a.mixed else COMPARATOR_WORDS[a.comparator]


def _whom(answers: Sequence[_Told]) -> str:
    if any(a.indirect for a in answers):
        return ", in trials of people not known to be in chronic pain"
    return ""

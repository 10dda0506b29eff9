"""What one may write: a sentence that is too strong, one that is fair, one that is too weak.

They hold no numbers, so that a therapist can use the fair one as it stands; the page beside it
gives the figures. All three follow from the verdicts and change with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.evidence.sentences import CERTAINTY_WORDS, COMPARATOR_WORDS

if TYPE_CHECKING:
    from analysis.evidence.answers import Answer
    from analysis.evidence.verdicts import Verdict

FAVOURABLE = ("supported", "supported_uncertain")


@dataclass(frozen=True)
class MayWrite:
    """Three sentences about one claim."""

    too_strong: str
    fair: str
    too_weak: str


def may_write(v: Verdict) -> MayWrite:
    """Sentences for a claim, from its verdict and the answers behind it."""
    if v.claim.kind == "citation":
        return MayWrite(
            too_strong="A study proves that regular massage works for chronic pain.",
            fair=(
                "I could not find the study that is often mentioned without its name; reviews of "
                "trials, which anyone can read, are listed with this page."
            ),
            too_weak="The study was made up.",
        )
    if v.claim.kind == "harm":
        return MayWrite(
            too_strong="Massage is completely safe for everyone.",
            fair=_fair_harm(v),
            too_weak="Massage is dangerous.",
        )
    return MayWrite(
        too_strong=f"It is proven: {v.claim.claim}",
        fair=_fair(v),
        too_weak=f"It is proven that massage has nothing to do with {v.claim.noun}.",
    )


def _fair_harm(v: Verdict) -> str:
    if any(a.verdict == "contradicted" for a in v.decisive):
        return "Trials saw more unwanted effects with massage, such as soreness; ask first."
    known = [a for a in v.decisive if a.verdict in FAVOURABLE]
    if known:
        return "Trials saw no rise in unwanted effects with massage that matters."
    return (
        "Trials have not counted harms well enough to say how safe massage is; discomfort "
        "afterwards and, in single cases, serious harm have been described, so ask your doctor "
        "first if you have a condition."
    )


def _fair(v: Verdict) -> str:
    noun, better = v.claim.noun, v.claim.better
    tested = [a for a in v.decisive if a.pooled is not None]
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
    sure = " and ".join(
        dict.fromkeys(CERTAINTY_WORDS[a.certainty.level] for a in good if a.certainty)
    )
    said += f" ({sure})"
    if poor:
        than = " or ".join(dict.fromkeys(_got(a) for a in poor))
        return f"{said}; it has not been shown to do more than {than}."
    missing = {c for c, _ in v.claim.decided_by} - {a.comparator for a in tested}
    if "sham" in missing:
        return f"{said}; no trial against a sham prints figures that we could use."
    return f"{said}."


def _got(a: Answer) -> str:
    return "other care or none" if a.mixed else COMPARATOR_WORDS[a.comparator]


def _whom(answers: list[Answer]) -> str:
    if any(a.population == "indirect" for a in answers):
        return ", in trials of people not known to be in chronic pain"
    return ""

"""What one may write: a sentence that is too strong, one that is fair, one that is too weak.

They hold no numbers, so that a therapist can use the fair one as it stands; the page beside it
gives the figures. All three follow from the verdicts and change with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.evidence.sentences import CERTAINTY_WORDS, COMPARATOR_WORDS

FAVOURABLE = ("supported", "supported_uncertain")


class Certain(Protocol):
    """How sure an answer is."""

    @property
    def level(self) -> str:
        """A word of :data:`analysis.evidence.sentences.CERTAINTY_WORDS`."""


class Answered(Protocol):
    """What a sentence needs of an answer: one just computed, or one read from ``claims.json``."""

    @property
    def comparator(self) -> str:
        """What massage was compared with."""

    @property
    def verdict(self) -> str:
        """One of the verdict words."""

    @property
    def pooled(self) -> object | None:
        """None where there are no figures."""

    @property
    def certainty(self) -> Certain | None:
        """None where nothing was rated."""

    @property
    def mixed(self) -> bool:
        """Whether its controls were mixed."""

    @property
    def population(self) -> str:
        """``indirect`` where the people are others than those meant."""


class Asked(Protocol):
    """What a sentence needs of a claim."""

    @property
    def kind(self) -> str:
        """Effect, harm or citation."""

    @property
    def claim(self) -> str:
        """The claim as a sentence."""

    @property
    def noun(self) -> str:
        """What it is about."""

    @property
    def better(self) -> str:
        """A change for the better, in words."""

    @property
    def decided_by(self) -> tuple[tuple[str, str], ...]:
        """The comparator/horizon pairs that decide it."""


class Judged(Protocol):
    """A claim with the answers that decide it."""

    @property
    def claim(self) -> Asked:
        """The question."""

    @property
    def decisive(self) -> Sequence[Answered]:
        """The answers that decide the verdict."""


@dataclass(frozen=True)
class MayWrite:
    """Three sentences about one claim."""

    too_strong: str
    fair: str
    too_weak: str


def may_write(v: Judged) -> MayWrite:
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


def _fair_harm(v: Judged) -> str:
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


def _fair(v: Judged) -> str:
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


def _got(a: Answered) -> str:
    return "other care or none" if a.mixed else COMPARATOR_WORDS[a.comparator]


def _whom(answers: Sequence[Answered]) -> str:
    if any(a.population == "indirect" for a in answers):
        return ", in trials of people not known to be in chronic pain"
    return ""

"""The claims under test and their pre-specified questions, as ``claims.toml`` states them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import paths

if TYPE_CHECKING:  # for their names only: reading the questions must not start scipy
    from analysis.stats.heterogeneity import Tau2
    from analysis.stats.pooling import Interval

COMPARATORS = ("no_treatment", "sham", "active", "add_on")
HORIZONS = ("immediate", "short", "medium", "long")
MEASURES = {
    "SMD": ("standard deviations", "SD"),
    "RR": ("times the risk", "times"),
}
KINDS = ("effect", "harm", "citation")


class ClaimError(Exception):
    """``claims.toml`` asks for something that does not exist; the text names place and mend."""


@dataclass(frozen=True)
class Rules:
    """Thresholds that hold for every claim. Shares are of pooled weight, ``i2`` is in percent."""

    level: float
    optimal_information_size: int
    inconsistency_i2: float
    direct_share: float
    low_risk_share: float
    standardised_important: float
    standardised_threshold: str
    harm_margin: float


@dataclass(frozen=True)
class Published:
    """A published pooled estimate that may answer where the tables hold no pool of trials.

    ``mixed``: its controls were mixed, and it stands in for "no treatment", where controls that do
    something can only make it smaller. ``positive_favours_massage``: how its sign is read where
    the review itself names no side.
    """

    row: str
    comparator: str
    horizon: str
    mixed: bool = False
    positive_favours_massage: bool = False


@dataclass(frozen=True)
class Claim:
    """One claim with its pre-specified question.

    ``important`` is the smallest difference *between groups* that matters, in the measure's unit,
    as a positive number. ``conditions`` are the people whom the claim is about; all others are
    indirect evidence. ``decided_by`` lists the comparator/horizon pairs on which the overall
    verdict rests.
    """

    id: str
    kind: str
    claim: str
    noun: str
    better: str
    worse: str
    outcomes: tuple[str, ...]
    conditions: tuple[str, ...]
    modalities: tuple[str, ...]
    designs: tuple[str, ...]
    self_reported: bool
    comparators: tuple[str, ...]
    horizons: tuple[str, ...]
    doses: tuple[str, ...]
    last_time_point: bool
    cautions_out: tuple[str, ...]
    effect: str
    unit: str
    unit_short: str
    important: float
    threshold_id: str
    tau2: Tau2
    interval: Interval
    interval_of_two: Interval
    signed_p: bool
    sensitivity: tuple[tuple[Tau2, Interval], ...]
    decided_by: tuple[tuple[str, str], ...]
    published: tuple[Published, ...]
    rules: Rules


def load_claims(data: Path | None = None) -> dict[str, Claim]:
    """Read ``claims.toml``; keys are claim ids, in the file's order.

    Raises
    ------
    ClaimError
        When the file is not TOML, a key is missing or a word is not one that the code knows.
    """
    file = (data or paths.data_dir()) / "claims.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ClaimError(f"{file.name} cannot be read: {problem}") from problem
    try:
        rules = Rules(**document["rules"])
        claims = [
            _claim({**document["defaults"], **entry}, document["groups"], rules)
            for entry in document["claim"]
        ]
    except (KeyError, TypeError) as problem:
        raise ClaimError(f"{file.name} lacks or misspells an entry: {problem}") from problem
    return {claim.id: claim for claim in claims}


_LISTS = ("outcomes", "designs", "comparators", "horizons", "doses", "cautions_out")
_WORDS = (
    "id", "kind", "claim", "noun", "better", "worse", "effect", "tau2", "interval",
    "interval_of_two", "signed_p",
)  # fmt: skip


def _claim(entry: dict[str, Any], groups: dict[str, list[str]], rules: Rules) -> Claim:
    effect = entry["effect"]
    if effect == "MD":
        scale: dict[str, Any] = {
            key: entry[key] for key in ("unit", "unit_short", "threshold_id", "important")
        }
    else:
        unit, unit_short = MEASURES[effect]
        scale = {
            "unit": unit,
            "unit_short": unit_short,
            "threshold_id": rules.standardised_threshold if effect == "SMD" else "",
            "important": rules.standardised_important if effect == "SMD" else rules.harm_margin,
        }
    plain: dict[str, Any] = {key: entry[key] for key in _WORDS}
    plain |= {key: tuple(entry[key]) for key in _LISTS}
    claim = Claim(
        **plain,
        **scale,
        conditions=tuple(groups[entry["conditions"]]),
        modalities=tuple(groups[entry["modalities"]]),
        self_reported=bool(entry["self_reported"]),
        last_time_point=bool(entry["last_time_point"]),
        sensitivity=tuple((a, b) for a, b in entry["sensitivity"]),
        decided_by=tuple(_pair(text) for text in entry["decided_by"]),
        published=tuple(Published(**one) for one in entry.get("published", [])),
        rules=rules,
    )
    _known(claim.id, "kind", [claim.kind], KINDS)
    _known(claim.id, "comparators", claim.comparators, COMPARATORS)
    _known(claim.id, "horizons", claim.horizons, HORIZONS)
    _known(claim.id, "decided_by", [c for c, _ in claim.decided_by], claim.comparators)
    _known(claim.id, "decided_by", [h for _, h in claim.decided_by], claim.horizons)
    _known(claim.id, "published", [p.comparator for p in claim.published], claim.comparators)
    _known(claim.id, "published", [p.horizon for p in claim.published], claim.horizons)
    if claim.important <= 0:
        raise ClaimError(f"claims.toml, {claim.id}: important must be above zero")
    return claim


def _pair(text: str) -> tuple[str, str]:
    comparator, _, horizon = text.partition("/")
    return comparator, horizon


def _known(claim: str, key: str, given: Iterable[str], allowed: tuple[str, ...]) -> None:
    for word in given:
        if word not in allowed:
            raise ClaimError(
                f"claims.toml, {claim}, {key}: {word!r} is not one of {', '.join(allowed)}"
            )

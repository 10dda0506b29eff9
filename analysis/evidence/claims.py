"""The claims under test, and the rows of evidence that each pre-specified question selects."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import paths
from analysis.evidence import contrasts as contrast_effects
from analysis.stats.heterogeneity import Tau2
from analysis.stats.pooling import Interval

COMPARATORS = ("no_treatment", "sham", "active", "add_on")
HORIZONS = ("immediate", "short", "medium", "long")


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


@dataclass(frozen=True)
class Claim:
    """One claim with its pre-specified question.

    ``important`` is the smallest difference *between groups* that matters, in the measure's unit,
    as a positive number. ``decided_by`` lists the comparator/horizon pairs on which the overall
    verdict rests.
    """

    id: str
    claim: str
    population: str
    evidence_population: str
    outcomes: tuple[str, ...]
    conditions: tuple[str, ...]
    designs: tuple[str, ...]
    direct_durations: tuple[str, ...]
    self_reported: bool
    comparators: tuple[str, ...]
    horizons: tuple[str, ...]
    doses: tuple[str, ...]
    last_time_point: bool
    effect: str
    unit: str
    unit_short: str
    better: str
    worse: str
    important: float
    threshold_id: str
    tau2: Tau2
    interval: Interval
    sensitivity: tuple[tuple[Tau2, Interval], ...]
    decided_by: tuple[tuple[str, str], ...]
    rules: Rules


@dataclass(frozen=True)
class Selection:
    """The rows of one pool and how they were reached.

    ``rows``: one contrast per trial, with aligned ``effect`` and ``variance``. ``flow``: a table
    with columns ``step``, ``why``, ``rows_out`` and ``rows_left``. ``excluded``: contrast ids with
    the reason why each was left out.
    """

    rows: pd.DataFrame
    flow: pd.DataFrame
    excluded: pd.DataFrame


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
        claims = [_claim(entry, rules) for entry in document["claim"]]
    except (KeyError, TypeError) as problem:
        raise ClaimError(f"{file.name} lacks or misspells an entry: {problem}") from problem
    return {claim.id: claim for claim in claims}


def _claim(entry: dict[str, Any], rules: Rules) -> Claim:
    chosen, measure, important = entry["select"], entry["measure"], entry["important"]
    claim = Claim(
        id=entry["id"],
        claim=entry["claim"],
        population=entry["population"],
        evidence_population=entry["evidence_population"],
        outcomes=tuple(chosen["outcomes"]),
        conditions=tuple(chosen["conditions"]),
        designs=tuple(chosen["designs"]),
        direct_durations=tuple(chosen["direct_durations"]),
        self_reported=bool(chosen["self_reported"]),
        comparators=tuple(chosen["comparators"]),
        horizons=tuple(chosen["horizons"]),
        doses=tuple(chosen["doses"]),
        last_time_point=bool(chosen["last_time_point"]),
        effect=measure["effect"],
        unit=measure["unit"],
        unit_short=measure["unit_short"],
        better=measure["better"],
        worse=measure["worse"],
        important=float(important["value"]),
        threshold_id=important["threshold_id"],
        tau2=entry["model"]["tau2"],
        interval=entry["model"]["interval"],
        sensitivity=tuple((a, b) for a, b in entry["model"]["sensitivity"]),
        decided_by=tuple(_pair(text) for text in entry["verdict"]["decided_by"]),
        rules=rules,
    )
    _known(claim.id, "comparators", claim.comparators, COMPARATORS)
    _known(claim.id, "horizons", claim.horizons, HORIZONS)
    _known(claim.id, "verdict.decided_by", [c for c, _ in claim.decided_by], claim.comparators)
    _known(claim.id, "verdict.decided_by", [h for _, h in claim.decided_by], claim.horizons)
    if claim.important <= 0:
        raise ClaimError(f"claims.toml, {claim.id}: important.value must be above zero")
    return claim


def _pair(text: str) -> tuple[str, str]:
    comparator, _, horizon = text.partition("/")
    return comparator, horizon


def _known(claim: str, key: str, given: Any, allowed: tuple[str, ...]) -> None:
    for word in given:
        if word not in allowed:
            raise ClaimError(
                f"claims.toml, {claim}, {key}: {word!r} is not one of {', '.join(allowed)}"
            )


def select(
    claim: Claim,
    comparator: str,
    horizon: str,
    studies: pd.DataFrame,
    contrasts: pd.DataFrame,
    *,
    measure: str | None = None,
) -> Selection:
    """Choose the rows that answer ``claim`` against ``comparator`` at ``horizon``.

    Each step drops rows for one stated reason, in this order: outcome, condition and design,
    comparator, time window, figures, and at last one effect per trial. ``own_baseline`` rows can
    never be chosen: change inside one arm is not a comparison.
    """
    joined = contrasts.merge(
        studies[["study_id", "name", "condition", "design", "duration", "risk_of_bias"]],
        on="study_id",
        how="left",
        validate="many_to_one",
    )
    rows = contrast_effects.with_effects(joined, measure or claim.effect)
    steps = [
        ("outcome", f"another outcome than {_words(claim.outcomes)}", _in(rows, "outcome", claim)),
        ("condition", f"not {_words(claim.conditions)}", _in(rows, "condition", claim)),
        ("design", f"not {_words(claim.designs)}", _in(rows, "design", claim)),
        ("comparator", f"not compared with {comparator}", rows["comparator"].eq(comparator)),
        ("horizon", f"not in the {horizon} window", rows["horizon"].eq(horizon)),
        ("figures", "no usable effect", rows["unusable"].isna()),
    ]
    flow, gone = [], []
    for step, why, keep in steps:
        stays = keep.reindex(rows.index).fillna(False).astype(bool)
        if step == "figures":
            why_each = rows.loc[~stays, "unusable"].map(contrast_effects.REASONS)
        else:
            why_each = pd.Series(why, index=rows.index[~stays])
        gone.append(_reasons(rows.loc[~stays], step, why_each))
        rows = rows.loc[stays]
        flow.append((step, why, int((~stays).sum()), len(rows)))
    best = _one_per_study(rows, claim)
    gone.append(_reasons(rows.drop(best.index), "one_per_study", "another row of the trial counts"))
    flow.append(
        ("one_per_study", "another row of the trial counts", len(rows) - len(best), len(best))
    )
    return Selection(
        rows=best.reset_index(drop=True),
        flow=pd.DataFrame(flow, columns=["step", "why", "rows_out", "rows_left"]),
        excluded=pd.concat(gone, ignore_index=True),
    )


_LISTS = {"outcome": "outcomes", "condition": "conditions", "design": "designs"}


def _in(rows: pd.DataFrame, column: str, claim: Claim) -> pd.Series:
    return rows[column].isin(list(getattr(claim, _LISTS[column])))


def _words(values: tuple[str, ...]) -> str:
    return " or ".join(value.replace("_", " ") for value in values)


def _reasons(rows: pd.DataFrame, step: str, why: Any) -> pd.DataFrame:
    return pd.DataFrame({"contrast_id": rows["contrast_id"], "step": step, "why": why})


def _one_per_study(rows: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Keep each trial's first row under the written order: dose, then the last time point."""
    order = {dose: rank for rank, dose in enumerate(claim.doses)}
    ranked = rows.assign(
        _dose=rows["dose"].map(order).fillna(len(order)).astype(float),
        _time=pd.to_numeric(rows["timepoint_weeks"], errors="coerce").astype(float),
    )
    ranked = ranked.sort_values(
        ["_dose", "_time", "contrast_id"],
        ascending=[True, not claim.last_time_point, True],
        na_position="last",
        kind="stable",
    )
    kept = ranked.drop_duplicates("study_id").index
    return rows.loc[rows.index.isin(kept)]

"""Which choices are defensible for a claim, and which rows of the tables each option lets in.

A row that is no comparison of massage with the comparator, or whose figure has no known unit or
side, stays out under every option: that is no choice (:data:`NEVER`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from analysis.evidence.claims import COMPARATORS, HORIZONS, Claim
from analysis.evidence.selection import by_preference, cautioned, prepare
from analysis.evidence.tables import Tables
from analysis.stats._checks import BoolArray, FloatArray
from analysis.stats.multiverse import Choice
from analysis.stats.pools import IntArray

#: A factor for each row, given a correlation.
ByCorrelation: TypeAlias = Callable[[float], FloatArray]

#: Cautions that no option overrides.
NEVER = (
    "duplicate", "sign_unclear", "improvement_positive", "within_arm", "both_arms_massage",
    "baseline_in_control_column", "percent_in_means", "change_in_percent", "se_as_sd",
)  # fmt: skip

GROUPS = {
    "no_treatment + add_on": ("no_treatment", "add_on"),
    "sham + active": ("sham", "active"),
}
WINDOWS = {"immediate + short": ("immediate", "short"), "any": HORIZONS}

#: Options of the two choices that concern the derivation of effects rather than rows.
AS_PRINTED, CORRELATIONS = "as printed", (0.3, 0.5, 0.7)
AVERAGE = "average of its rows"
NONE_OUT, ONE_OUT, TWO_OUT = "none", "one trial", "two trials"

WHY = {
    "comparator": "kept apart in the answers; grouped by whether people knew that they got nothing",
    "window": "the window of the answer, or wider",
    "measure": "points of a common scale where it is known, else standard deviations",
    "p_rebuilt": "an exact p value and a direction give an effect, but favour striking trials",
    "correlation": "between scores of the same people: before and after, or under both conditions",
    "effect_of_trial": "one effect per trial: by dose, by time point, or their average",
    "modality": "massage proper, any touch, or one kind of massage",
    "risk_of_bias": "all trials, or without those rated high, or only those rated low",
    "design": "randomised trials, or also others with a comparison group",
    "population": "lasting pain by condition, only where said to be chronic, or anybody",
    "cautions": "the cautions that keep rows out, fewer of them, or also adjusted differences",
    "model": "how the variance between trials and the interval are estimated",
    "left_out": "no trial, each trial or each pair of trials left out",
}


@dataclass(frozen=True)
class Derivation:
    """One way to derive effects from the rows: a measure, with or without rebuilt effects.

    ``effect`` and ``variance`` hold one line per option of the correlation (as printed first).
    ``moved`` says in which rows the correlation changes anything. ``orders`` lists the rows by
    preference, one line per option of ``effect_of_trial`` that picks a row.
    """

    measure: str
    rebuilt: bool
    usable: BoolArray
    from_p: BoolArray
    effect: FloatArray
    variance: FloatArray
    moved: BoolArray
    orders: IntArray


@dataclass(frozen=True)
class Options:
    """Everything that can be chosen for a claim: rows, derivations, and one row filter per choice.

    ``filters`` maps a choice's name to its options and the rows that each lets in.
    """

    claim: Claim
    rows: pd.DataFrame
    study: IntArray
    derivations: tuple[Derivation, ...]
    filters: dict[str, dict[str, BoolArray]]
    picks: tuple[str, ...]

    @property
    def typical_sd(self) -> float:
        """The median spread of scores in these rows on a 0-100 scale; NaN where none is known."""
        span = (self.rows["scale_max"] - self.rows["scale_min"]).astype(float)
        post = self.rows["report_type"].eq("arm_means_post").fillna(False)
        sds = self.rows.loc[post, ["sd_t", "sd_c"]].astype(float)
        scaled = sds.mul(100 / span[post], axis=0).to_numpy(dtype=float)
        return float(np.median(known)) if len(known := scaled[~np.isnan(scaled)]) else np.nan


def options(claim: Claim, evidence: Tables) -> Options:
    """Collect the options that the tables allow for ``claim``.

    An option that lets no row in, or the same rows as one before it, is left away.
    """
    derived = {
        key: prepare(_measured(claim, *key), evidence.studies, evidence.contrasts)
        for key in _measures(claim)
    }
    first = next(iter(derived.values()))
    usable = np.any([d["ok_figures"].to_numpy(bool) for d in derived.values()], axis=0)
    randomised = first["design"].isin([*claim.designs, "non_randomised"]).to_numpy(bool)
    asked = first["ok_outcome"] & first["comparator"].isin(list(claim.comparators))
    held = usable & randomised & (asked & first["horizon"].notna()).to_numpy(bool)
    held &= ~cautioned(first, NEVER).to_numpy(bool)
    rows = first[held].reset_index(drop=True)
    picks = _picks(claim)
    return Options(
        claim,
        rows,
        pd.factorize(rows["study_id"])[0].astype(np.int64),
        tuple(
            _derivation(*key, d[held].reset_index(drop=True), picks) for key, d in derived.items()
        ),
        {name: _different(masks) for name, masks in _filters(claim, rows).items()},
        (*picks, AVERAGE),
    )


def choices_of(found: Options, models: tuple[str, ...]) -> tuple[Choice, ...]:
    """The choices with all their options, in the order of the columns."""
    named = {name: tuple(masks) for name, masks in found.filters.items()}
    named |= {
        "measure": tuple(dict.fromkeys(d.measure for d in found.derivations)),
        "p_rebuilt": ("no", "yes"),
        "correlation": (AS_PRINTED, *(f"r = {r:g}" for r in CORRELATIONS)),
        "effect_of_trial": found.picks,
        "model": models,
        "left_out": (NONE_OUT, ONE_OUT, TWO_OUT),
    }  # fmt: skip
    return tuple(
        Choice(name, named[name], why, question=name in ("comparator", "window"))
        for name, why in WHY.items()
    )


def _measures(claim: Claim) -> list[tuple[str, bool]]:
    """Measure and whether effects are rebuilt from p. Points need a margin in points."""
    own = (claim.effect, False)
    if claim.effect == "RR":
        return [own]
    return list(dict.fromkeys([own, ("SMD", False), ("SMD", True)]))


def _measured(claim: Claim, measure: str, rebuilt: bool) -> Claim:
    return replace(claim, effect=measure, signed_p=rebuilt)


def _picks(claim: Claim) -> dict[str, Claim]:
    return {
        "highest dose, last time": claim,
        "lowest dose, last time": replace(claim, doses=claim.doses[::-1]),
        "highest dose, first time": replace(claim, last_time_point=not claim.last_time_point),
    }


def _filters(claim: Claim, rows: pd.DataFrame) -> dict[str, dict[str, BoolArray]]:
    comparator: dict[str, tuple[str, ...]] = {
        name: (name,) for name in COMPARATORS if name in claim.comparators
    }
    window: dict[str, tuple[str, ...]] = {
        name: (name,) for name in HORIZONS if name in claim.horizons
    }
    # the answers on which the verdict rests come first
    asked = dict.fromkeys(c for c, _ in claim.decided_by) | dict.fromkeys(comparator)
    when = dict.fromkeys(h for _, h in claim.decided_by) | dict.fromkeys(window)
    every = np.ones(len(rows), dtype=bool)
    rated = rows["risk_of_bias"].astype("string").str.lower().fillna("").to_numpy(dtype=object)
    proper = rows["ok_modality"].to_numpy(bool)
    kinds = rows["modality"].value_counts()
    kind_of = rows["modality"].astype("string").fillna("").to_numpy(dtype=object)
    direct = rows["direct"].to_numpy(bool)
    known = rows["duration"].eq("chronic").fillna(False).to_numpy(bool)
    strict = ~cautioned(rows, claim.cautions_out).to_numpy(bool)
    adjusted = cautioned(rows, ("adjusted",)).to_numpy(bool)
    single = [k for k in claim.modalities if kinds.get(k, 0) >= 2 and k != "massage_unspecified"]
    return {
        "comparator": _among(rows["comparator"], {c: comparator[c] for c in asked} | GROUPS),
        "window": _among(rows["horizon"], {h: window[h] for h in when} | WINDOWS),
        "modality": {"massage proper": proper, "any touch": every}
        | {f"only {kind}": kind_of == kind for kind in single},
        "risk_of_bias": {
            "all": every, "not rated high": rated != "high", "only rated low": rated == "low",
        },
        "design": {"randomised": rows["ok_design"].to_numpy(bool), "also not randomised": every},
        "population": {
            "lasting pain": direct, "said to be chronic": direct & known, "anybody": every,
        },
        "cautions": {
            "as pre-specified": strict, "fewer": every, "no adjusted": strict & ~adjusted,
        },
    }  # fmt: skip


def _among(column: pd.Series, groups: dict[str, tuple[str, ...]]) -> dict[str, BoolArray]:
    return {name: column.isin(list(words)).to_numpy(bool) for name, words in groups.items()}


def _different(masks: dict[str, BoolArray]) -> dict[str, BoolArray]:
    """Without options that let no row in or repeat an earlier one; the first always stays."""
    kept: dict[str, BoolArray] = {}
    for name, mask in masks.items():
        repeated = any((mask == other).all() for other in kept.values())
        if not kept or (mask.any() and not repeated):
            kept[name] = mask
    return kept


def _derivation(
    measure: str, rebuilt: bool, rows: pd.DataFrame, picks: dict[str, Claim]
) -> Derivation:
    effect, variance = (rows[c].to_numpy(dtype=float) for c in ("effect", "variance"))
    size, spread = _correlated(rows, measure)
    usable = rows["ok_figures"].to_numpy(bool) & np.isfinite(variance)
    return Derivation(
        measure,
        rebuilt,
        usable,
        rows["derived_from"].eq("exact p and direction").fillna(False).to_numpy(bool),
        np.vstack([effect, *(effect * np.sqrt(size(r)) for r in CORRELATIONS)]),
        np.vstack([variance, *(variance * size(r) * spread(r) for r in CORRELATIONS)]),
        np.not_equal(size(0.9) * spread(0.9), 1.0),
        np.vstack([by_preference(rows, one) for one in picks.values()]),
    )


def _correlated(rows: pd.DataFrame, measure: str) -> tuple[ByCorrelation, ByCorrelation]:
    """How a correlation r of scores of the same people rescales effects and variances.

    Standardised differences of change scores are in units of the spread of changes, which is that
    of scores times sqrt(2 (1 - r)); those of adjusted differences in units of the residual spread,
    sqrt(1 - r**2) (Borenstein et al. 2009, chapter 4; Cochrane Handbook 10.5.2, 23.2.7). Figures of
    paired designs that were computed as if from two groups have the variance times (1 - r).
    """
    told = rows["derived_from"].astype("string").fillna("")
    standardised = measure == "SMD"
    change = standardised & (rows["report_type"].eq("arm_change") & told.eq("arms")).to_numpy(bool)
    adjusted = standardised & (
        cautioned(rows, ("adjusted",)) & told.str.startswith("difference")
    ).to_numpy(bool)
    both = cautioned(rows, ("paired",)) | rows["design"].eq("crossover_rct").fillna(False)
    paired = (both & told.eq("arms")).to_numpy(bool)

    def size(r: float) -> FloatArray:
        return np.where(change, 2 * (1 - r), np.where(adjusted, 1 - r**2, 1.0))

    def spread(r: float) -> FloatArray:
        return np.where(paired, 1 - r, 1.0)

    return size, spread

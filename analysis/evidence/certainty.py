"""How sure: GRADE's five domains by written rules, with the inputs of each rule printed.

Randomised trials start at *high*. Each domain takes off nothing, one or two steps. The rules are a
machine's reading of Guyatt et al. (2011, J Clin Epidemiol 64) and Zeng et al. (2021, J Clin
Epidemiol 137, imprecision): coarser than a panel's judgement, but the same for every claim and open
to check. A person may override a domain, with a reason that is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.evidence import grading
from analysis.evidence.claims import Claim
from analysis.stats.pooling import PooledEffect
from analysis.stats.small_studies import egger

LEVELS = ("very_low", "low", "moderate", "high")

#: Comparators whose participants know which arm they are in.
OPEN_COMPARATORS = ("no_treatment", "active", "add_on")


@dataclass(frozen=True)
class Domain:
    """One GRADE domain: how many steps it takes off (0 to 2), why, and from what inputs."""

    name: str
    steps: int
    reason: str
    inputs: dict[str, float | int | str | None]


@dataclass(frozen=True)
class Certainty:
    """The level that is left after all domains, never below ``very_low``."""

    level: str
    domains: tuple[Domain, ...]

    def table(self) -> pd.DataFrame:
        """One row per domain: ``domain``, ``steps``, ``reason``."""
        return pd.DataFrame(
            [(d.name, -d.steps, d.reason) for d in self.domains],
            columns=["domain", "steps", "reason"],
        )


def assess(
    claim: Claim,
    comparator: str,
    rows: pd.DataFrame,
    pooled: PooledEffect,
    margin: float,
    population: str,
) -> Certainty:
    """Rate the certainty of one pooled answer.

    ``rows`` are the selected contrasts with ``effect``, ``variance``, ``n``, ``risk_of_bias`` and
    ``duration``, in the order in which they were pooled. ``margin`` is the smallest difference
    that matters on the scale of the effects; ``population`` is ``direct`` or ``indirect``.
    """
    weight = np.asarray(pooled.weights, dtype=float) / 100.0
    domains = (
        _risk_of_bias(claim, comparator, rows, weight),
        _inconsistency(claim, rows, pooled, margin),
        _indirectness(claim, rows, weight, population),
        _imprecision(claim, rows, pooled, margin),
        _publication_bias(rows, pooled),
    )
    left = len(LEVELS) - 1 - sum(d.steps for d in domains)
    return Certainty(level=LEVELS[max(left, 0)], domains=domains)


def _risk_of_bias(claim: Claim, comparator: str, rows: pd.DataFrame, weight: np.ndarray) -> Domain:
    low, high = (_share(weight, rows["risk_of_bias"], word) for word in ("low", "high"))
    open_label = comparator in OPEN_COMPARATORS and claim.self_reported
    why = []
    if open_label:
        why.append("people knew their treatment and rated the outcome themselves")
    if low < claim.rules.low_risk_share:
        share = "no weight" if low == 0 else f"only {low:.0%} of the weight"
        why.append(f"{share} comes from trials that our tables rate at low risk of bias")
    if high > 0.5:
        why.append(f"{high:.0%} of the weight comes from trials rated at high risk")
    return Domain(
        "risk of bias",
        int(grading.risk_of_bias(open_label, low, high, claim.rules)),
        "; ".join(why) or "most of the weight comes from trials at low risk of bias",
        {
            "open_label_self_report": int(open_label),
            "low_risk_weight": low,
            "high_risk_weight": high,
        },
    )


def _share(weight: np.ndarray, words: pd.Series[str], word: str) -> float:
    """The weight of the trials that have this word."""
    has = [str(given).lower() == word for given in words.to_numpy(dtype=object, na_value="")]
    return float(weight[np.array(has, dtype=bool)].sum())


def _inconsistency(claim: Claim, rows: pd.DataFrame, pooled: PooledEffect, margin: float) -> Domain:
    inputs: dict[str, float | int | str | None] = {
        "i2": pooled.i2,
        "prediction_low": pooled.prediction_low,
        "prediction_high": pooled.prediction_high,
    }
    effect = rows["effect"].to_numpy(dtype=float)
    both_ways = bool((effect < 0).any() and (effect > 0).any())
    found = int(
        grading.inconsistency(
            pooled.k,
            pooled.i2,
            both_ways,
            (pooled.ci_low, pooled.ci_high),
            (pooled.prediction_low, pooled.prediction_high),
            margin,
            claim.rules,
        )
    )
    if pooled.k > 1:
        inputs["both_ways"] = int(both_ways)
    high_i2 = pooled.i2 >= claim.rules.inconsistency_i2
    agreement = "differ in size but point one way" if high_i2 else "agree well enough"
    why = {
        grading.ONE_TRIAL: "one trial: nothing to compare it with",
        grading.BOTH_WAYS: f"trials point both ways and I2 is {pooled.i2:.0f} %",
        grading.NEXT_MAY_DIFFER: "a new trial could well point the other way (the prediction "
        "interval holds zero)",
        grading.NEXT_MAY_MATTER: "the average is too small to matter, but a new trial could well "
        "find what matters",
        grading.AGREE: f"trials {agreement} (I2 {pooled.i2:.0f} %)",
    }
    return Domain("inconsistency", int(found != grading.AGREE), why[found], inputs)


def _indirectness(claim: Claim, rows: pd.DataFrame, weight: np.ndarray, population: str) -> Domain:
    direct = _share(weight, rows["duration"], "chronic")
    inputs: dict[str, float | int | str | None] = {"direct_weight": direct}
    steps = int(grading.indirectness(population == "indirect", direct, claim.rules))
    why = (
        f"{direct:.0%} of the weight is from the people meant",
        f"{direct:.0%} of the weight is from trials known to be in chronic pain",
        "none of the trials is in people with chronic pain",
    )
    return Domain("indirectness", steps, why[steps], inputs)


def _imprecision(claim: Claim, rows: pd.DataFrame, pooled: PooledEffect, margin: float) -> Domain:
    known = rows["n"].notna().all()
    n = int(rows["n"].fillna(0).sum())
    crossed = [edge for edge in (-margin, margin) if pooled.ci_low < edge < pooled.ci_high]
    small = n < claim.rules.optimal_information_size
    few = pooled.k == 2
    low, high = pooled.ci_low, pooled.ci_high
    steps = int(grading.imprecision(pooled.k, n, low, high, margin, claim.rules))
    why = ["two trials cannot tell how far trials differ"] if few else []
    if crossed:
        why.append("the interval holds both trivial and important effects")
    if small:
        people = f"{n} people" if known else f"{n} people or more (one trial does not say)"
        why.append(f"{people}: fewer than {claim.rules.optimal_information_size} are shown")
    return Domain(
        "imprecision",
        steps,
        "; ".join(why) or "the interval lies on one side of what matters, on enough people",
        {"n": n, "ci_low": pooled.ci_low, "ci_high": pooled.ci_high, "important": margin},
    )


def _publication_bias(rows: pd.DataFrame, pooled: PooledEffect) -> Domain:
    inputs: dict[str, float | int | str | None] = {"k": pooled.k, "egger_p": None}
    if pooled.k < 10:
        return Domain("publication bias", 0, f"too few trials ({pooled.k}) to look for it", inputs)
    if np.ptp(rows["variance"].to_numpy(dtype=float)) == 0:
        return Domain("publication bias", 0, "trials of one size cannot show it", inputs)
    p = egger(rows["effect"], rows["variance"]).p
    inputs["egger_p"] = p
    if grading.publication_bias(p):
        return Domain(
            "publication bias", 1, f"small trials show larger effects (Egger p = {p:.3f})", inputs
        )
    return Domain("publication bias", 0, f"no sign of it (Egger p = {p:.2f})", inputs)


_GRADE = re.compile(r"\b(very[ -]?low|low|moderate|high)\b(?! risk| rob|[ -]quality)")


def assess_published(
    rating: str | None, direct: bool, size: int | None, minimum: int, *, mixed: bool = False
) -> Certainty:
    """Certainty of a published pooled estimate: as its authors rated it; unrated counts as low.

    The lowest level that their words name counts; words about single trials' risk of bias or
    quality do not. Fewer than ``minimum`` people, or a number that is not stated, takes a step off
    unless the authors rated the estimate; so do mixed controls and people who are not known to be
    in chronic pain.
    """
    named = [LEVELS.index(m.replace(" ", "_").replace("-", "_").replace("verylow", "very_low"))
             for m in _GRADE.findall((rating or "").lower())]  # fmt: skip
    start = min(named) if named else LEVELS.index("low")
    why = f"rated by the review: {rating}" if named else "no GRADE rating printed: taken as low"
    inputs: dict[str, float | int | str | None] = {"rating": rating}
    domains = [Domain("as the review rated it", len(LEVELS) - 1 - start, why, inputs)]
    if not named and (size is None or size < minimum):
        people = "a number of people that is not stated" if size is None else f"{size} people"
        domains.append(Domain("imprecision", 1, f"rests on {people}", {"n": size}))
    if not direct:
        why = "the people are not known to be in chronic pain"
        domains.append(Domain("indirectness", 1, why, {}))
    if mixed:
        why = "controls were mixed: some people in them got other care"
        domains.append(Domain("mixed controls", 1, why, {}))
    left = len(LEVELS) - 1 - sum(d.steps for d in domains)
    return Certainty(LEVELS[max(left, 0)], tuple(domains))

"""Certainty and verdict of every specification, by the rules of single answers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.evidence import grading
from analysis.evidence.answers import Answer, Estimated, harm_word, margin_of, settles_nothing, word
from analysis.evidence.certainty import LEVELS, OPEN_COMPARATORS
from analysis.evidence.choices import GROUPS, Options
from analysis.evidence.claims import Claim
from analysis.evidence.crossing import Pools
from analysis.stats._checks import BoolArray, FloatArray
from analysis.stats.multiverse import within_margin
from analysis.stats.pools import Batch, IntArray

FIGURES = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")


class Figures(NamedTuple):
    """What the verdict rules read of a pooled effect."""

    estimate: float
    ci_low: float
    ci_high: float


def judge(
    found: Options,
    pools: Pools,
    batch: Batch,
    number: IntArray,
    fitted: pd.DataFrame,
    labels: pd.DataFrame,
) -> pd.DataFrame:
    """Add people, unit, margin, certainty and verdict to fitted specifications.

    ``number`` is the pool of each specification, ``fitted`` and ``labels`` have its line each.
    """
    claim = found.claim
    margins = {m: margin_of(claim, m) for m in labels["measure"].cat.categories}
    margin = labels["measure"].astype(str).map(margins).to_numpy(dtype=float)
    people = _people(found, pools, batch)
    n = people.iloc[number].reset_index(drop=True)
    grade = _certainty(found, batch, number, fitted, labels, margin, n)
    words = _words(claim, fitted, grade, margin, n)
    table = pd.concat([labels, fitted.drop(columns=["df", "se"])], axis=1).assign(
        n=n,
        unit=labels["measure"].astype(str).map({m: _unit(claim, m) for m in margins}),
        margin=margin,
        certainty=pd.Categorical.from_codes(grade, pd.Index(LEVELS)),
        verdict=words,
        direction=np.select(
            [fitted["ci_high"] < 0, fitted["ci_low"] > 0], ["favours", "against"], "unclear"
        ),
        beyond_margin=(fitted["estimate"] <= -margin).to_numpy(),
    )
    table = table.assign(**rescaled(found, table))
    few = table["k"] < 3  # two trials cannot tell where a third may fall
    table.loc[few, ["prediction_low", "prediction_high"]] = np.nan
    if claim.effect == "RR":
        shown = [*FIGURES, "margin"]
        table[shown] = np.exp(table[shown])
    return table


def rescaled(found: Options, table: pd.DataFrame) -> dict[str, pd.Series]:
    """Estimate and interval on one scale for all measures: the claim's own; ratios logged.

    Standardised differences become points through the typical spread (Cochrane Handbook 15.5.3.2).
    """
    points = found.claim.effect == "MD"
    factor = np.where(points & table["measure"].eq("SMD"), found.typical_sd, 1.0)
    return {
        f"rescaled{end}": table[name] * factor
        for name, end in (("estimate", ""), ("ci_low", "_low"), ("ci_high", "_high"))
    }


def published_row(answer: Answer, choices: list[str]) -> pd.DataFrame:
    """A published estimate that answers in place of trials, as a specification of its own."""
    pooled, grade = answer.pooled, answer.certainty
    assert pooled is not None
    assert grade is not None
    row = dict.fromkeys(choices) | {
        "comparator": answer.comparator,
        "window": answer.horizon,
        "measure": answer.measure,
        "model": "published estimate",
        "k": answer.k,
        "n": answer.n,
        **{name: answer.shown(getattr(pooled, name)) for name in FIGURES},
        "rescaled": pooled.estimate,
        "rescaled_low": pooled.ci_low,
        "rescaled_high": pooled.ci_high,
        "p": pooled.p,
        "tau2": np.nan,
        "i2": np.nan,
        "unit": answer.unit,
        "margin": answer.shown(answer.margin),
        "certainty": grade.level,
        "verdict": answer.verdict,
        "direction": _direction(pooled),
        "beyond_margin": pooled.estimate <= -answer.margin,
        "primary": True,
        "left_out_trials": "",
    }  # fmt: skip
    return pd.DataFrame([row]).astype({"k": "Int64", "n": "Int64"})


def _direction(pooled: Estimated) -> str:
    if pooled.ci_high < 0:
        return "favours"
    return "against" if pooled.ci_low > 0 else "unclear"


def _unit(claim: Claim, measure: str) -> str:
    from analysis.evidence.claims import MEASURES

    return claim.unit if measure == claim.effect else MEASURES[measure][0]


def _people(found: Options, pools: Pools, batch: Batch) -> pd.Series:
    """People in each pool; missing where a trial does not print its size.

    Of a trial's averaged rows the largest counts: they are largely the same people.
    """
    n = found.rows["n"].to_numpy(dtype=float, na_value=np.nan)
    largest = n[batch.row]
    if (pools.member.sum(axis=1) > pools.k).any():
        study = found.study
        at = np.full((len(pools.k), int(study.max()) + 1), -np.inf)
        pool_of, row = np.nonzero(pools.member)
        np.maximum.at(at, (pool_of, study[row]), np.where(np.isnan(n[row]), np.inf, n[row]))
        largest = at[batch.pool, study[batch.row]]
        largest[np.isinf(largest)] = np.nan
    total = np.bincount(batch.pool, largest, minlength=len(pools.k))
    return pd.Series(total).astype("Int64")


def _certainty(
    found: Options,
    batch: Batch,
    number: IntArray,
    fitted: pd.DataFrame,
    labels: pd.DataFrame,
    margin: FloatArray,
    n: pd.Series,
) -> IntArray:
    """Position in ``LEVELS`` of each specification's certainty."""
    claim, rows, rules = found.claim, found.rows, found.claim.rules
    starts = np.searchsorted(batch.pool, np.arange(int(batch.pool.max()) + 2))
    size = (starts[1:] - starts[:-1])[number]
    spec = np.repeat(np.arange(len(number)), size)
    at = np.arange(len(spec)) - np.repeat(np.cumsum(size) - size, size) + starts[number][spec]
    tau2 = np.nan_to_num(fitted["tau2"].to_numpy(dtype=float))
    weight = 1 / (batch.variance[at] + tau2[spec])
    whole = np.bincount(spec, weight)

    def share(flag: BoolArray) -> FloatArray:
        part: FloatArray = np.bincount(spec, weight * flag[batch.row[at]]) / whole
        return part

    def any_of(flag: BoolArray) -> BoolArray:
        some: BoolArray = np.bincount(spec, flag) > 0
        return some

    rated = rows["risk_of_bias"].astype("string").str.lower().fillna("").to_numpy(dtype=object)
    direct = rows["direct"].to_numpy(bool)
    known = rows["duration"].astype("string").str.lower().eq("chronic").fillna(False).to_numpy(bool)
    open_to = {
        name: any(c in OPEN_COMPARATORS for c in GROUPS.get(name, (name,)))
        for name in labels["comparator"].cat.categories
    }
    open_label = labels["comparator"].astype(str).map(open_to).to_numpy(bool) & claim.self_reported
    interval = (fitted["ci_low"].to_numpy(), fitted["ci_high"].to_numpy())
    prediction = (fitted["prediction_low"].to_numpy(), fitted["prediction_high"].to_numpy())
    k = fitted["k"].to_numpy()
    both_ways = any_of(batch.effect[at] < 0) & any_of(batch.effect[at] > 0)
    scattered = grading.inconsistency(
        k, fitted["i2"].to_numpy(), both_ways, interval, prediction, margin, rules
    )
    seen = np.bincount(spec, np.nan_to_num(rows["n"].to_numpy(float, na_value=0.0))[batch.row[at]])
    seen = np.where(n.isna(), seen, n.to_numpy(float, na_value=0.0))
    steps = (
        grading.risk_of_bias(open_label, share(rated == "low"), share(rated == "high"), rules)
        + (scattered != grading.AGREE)
        + grading.indirectness(~any_of(direct[batch.row[at]]), share(direct & known), rules)
        + grading.imprecision(k, seen, *interval, margin, rules)
        + grading.publication_bias(egger_p(batch)[number])
    )
    left: IntArray = np.maximum(len(LEVELS) - 1 - steps, 0)
    return left


def egger_p(batch: Batch) -> FloatArray:
    """Egger's p of each pool of ten trials or more (NaN for others), all at once.

    :func:`analysis.stats.small_studies.egger` in closed form: least squares of effect on standard
    error with weights 1 / variance.
    """
    pool, y, v = batch.pool, batch.effect, batch.variance
    k = np.bincount(pool)
    w, x = 1 / v, np.sqrt(v)
    sum_w = np.bincount(pool, w)
    mean_x, mean_y = (np.bincount(pool, w * z) / sum_w for z in (x, y))
    dx, dy = x - mean_x[pool], y - mean_y[pool]
    spread = np.bincount(pool, w * dx**2)
    alike = spread <= 1e-12 * np.bincount(pool, w * x**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.bincount(pool, w * dx * dy) / spread
        left = np.bincount(pool, w * (dy - slope[pool] * dx) ** 2)
        t = slope / np.sqrt(left / (k - 2) / spread)
    p = 2 * special.stdtr(np.maximum(k - 2, 1).astype(float), -np.abs(t))
    return np.where((k >= 10) & ~alike, p, np.nan)


def _words(
    claim: Claim, fitted: pd.DataFrame, grade: IntArray, margin: FloatArray, n: pd.Series
) -> list[str]:
    se = np.maximum(fitted["se"].to_numpy(dtype=float), 1e-12 * margin)
    estimate, df = (fitted[c].to_numpy(dtype=float) for c in ("estimate", "df"))
    equivalent = within_margin(estimate, se, df, margin)
    figures = map(Figures, *(fitted[c].tolist() for c in Figures._fields))
    k = fitted["k"].tolist()
    people = [None if pd.isna(x) else int(x) for x in n]
    words = []
    for i, pooled in enumerate(figures):
        level, little = LEVELS[grade[i]], settles_nothing(claim, k[i], people[i])
        if claim.kind == "harm":
            words.append(harm_word(pooled, level, margin[i], settles_nothing=little))
        else:
            words.append(
                word(pooled, level, margin[i], bool(equivalent[i]), settles_nothing=little)
            )
    return words

"""Every check of the published figures over every row, and what each doubt is worth.

A flag is a question to a paper, never a verdict on it: nothing is dropped, changed or weighted by
what this module finds. docs/consistency-checks.md has each check's source and false-alarm rate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
import pandas as pd

from analysis.evidence import (
    consistency_arms,
    consistency_codes,
    consistency_papers,
    consistency_reviews,
    consistency_trials,
)
from analysis.evidence.answers import TRIALS, Answer, find
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.flags import COLUMNS, SEVERITIES, flag, numbers
from analysis.evidence.selection import prepare
from analysis.evidence.tables import Tables
from analysis.evidence.verdicts import overall
from analysis.stats.checks import bounds
from analysis.stats.checks.patterns import baseline_p, too_alike
from analysis.stats.sensitivity import influence

#: A pool needs this many trials before one of them can be called an outlier.
POOL_NEEDED = 4
#: How far (in its own standard errors) a trial may lie from what the others foresee.
FAR = 3.0
#: Trials that agree this well by chance once in so many pools are worth a look.
ALIKE = 0.01

#: Each check with the tables that it reads.
_CHECKS: tuple[tuple[frozenset[str], Callable[[Tables], list[pd.DataFrame]]], ...] = (
    (frozenset({"contrasts"}), lambda t: consistency_arms.arms(t.contrasts)),
    (frozenset({"contrasts"}), lambda t: consistency_arms.stories(t.contrasts)),
    (frozenset({"contrasts", "studies"}), consistency_trials.sizes),
    (frozenset({"contrasts", "studies"}), consistency_trials.copies),
    (frozenset({"contrasts", "studies"}), consistency_codes.codes),
    (frozenset({"contrasts", "review_rows"}), consistency_reviews.review),
    (frozenset({"reviews"}), consistency_reviews.pooled_estimates),
    (frozenset({"studies", "sources", "review_rows", "contrasts"}), consistency_papers.papers),
    (frozenset({"natural_history"}), lambda t: [_natural_history(t.natural_history)]),
)


def flags(
    evidence: Tables,
    claims: Mapping[str, Claim] | None = None,
    answers: Mapping[str, tuple[Answer, ...]] | None = None,
    *,
    about: Collection[str] | None = None,
) -> pd.DataFrame:
    """All doubts about all rows, worst first.

    Parameters
    ----------
    evidence
        The loaded tables.
    claims
        By default those of ``claims.toml``; their thresholds are checked too.
    answers
        Answers by claim id, if at hand: their pools are searched for outliers and for trials that
        agree too well.
    about
        Names of tables: only the checks that read one of them are run. By default all.

    Returns
    -------
    DataFrame
        ``table, row_id, check, severity, what, value, expected, caution``. ``severity`` is
        ``impossible`` (no data print so), ``unlikely`` (look in the paper) or ``note``;
        ``caution`` repeats the row's own caution codes.
    """
    claims = load_claims() if claims is None else claims
    wanted = [check for read, check in _CHECKS if about is None or read & set(about)]
    found = [part for check in wanted for part in check(evidence)]
    found += consistency_reviews.thresholds(evidence, claims)
    for one in (answers or {}).values():
        found += _pools(one)
    table = pd.concat([part for part in found if len(part)] or [pd.DataFrame(columns=COLUMNS)])
    rank = table["severity"].map({word: at for at, word in enumerate(SEVERITIES)})
    table = table.assign(rank=rank).sort_values(["rank", "check", "table", "row_id"], kind="stable")
    return table.drop(columns="rank").drop_duplicates(ignore_index=True)


def _natural_history(table: pd.DataFrame) -> pd.DataFrame:
    mean, low, high = numbers(table, "mean", "scale_min", "scale_max")
    off = ~bounds.mean_possible(mean, low, high, 2.0)
    return flag(
        table, off, table="natural_history", key="row_id", check="mean off scale",
        severity="impossible", what="the mean lies off the scale", value=mean,
        expected=list(zip(low, high, strict=True)),
    )  # fmt: skip


def _pools(answers: tuple[Answer, ...]) -> list[pd.DataFrame]:
    found = []
    for answer in answers:
        rows = answer.selection.rows
        if answer.basis != TRIALS or len(rows) < 3:
            continue
        where = f"{answer.claim.id}, {answer.comparator}, {answer.horizon}"
        words = {"table": "contrasts", "key": "contrast_id", "severity": "note"}
        y, v = rows["effect"].to_numpy(dtype=float), rows["variance"].to_numpy(dtype=float)
        if len(rows) >= POOL_NEEDED:
            z = influence(y, v, tau2=answer.claim.tau2)["rstudent"].to_numpy()
            found.append(flag(
                rows, np.abs(z) > FAR, check="outlier in pool", value=z,
                expected=f"within {FAR:g}", what=f"far from the other trials ({where})", **words,
            ))  # fmt: skip
        chance = too_alike(y, v)
        found.append(flag(
            rows, np.full(len(rows), chance < ALIKE), check="trials too alike",
            value=np.full(len(rows), chance), expected=f"{ALIKE:g} or more",
            what=f"the trials agree better than sampling lets them ({where})", **words,
        ))  # fmt: skip
        n = rows["n"].astype("float64").to_numpy()
        others = np.array([np.nanmax(np.delete(n, i), initial=0) for i in range(len(n))])
        found.append(flag(
            rows, n > 3 * others, check="large trial", value=n, expected=others,
            what=f"more than three times the people of the next largest trial ({where})", **words,
        ))  # fmt: skip
    return found


def baselines(evidence: Tables) -> pd.DataFrame:
    """Baseline p values of trials whose first scores stand in the tables for two or more arms.

    First scores are kept in the comparator's columns of ``own_baseline`` rows. Columns:
    ``study_id, outcome, instrument, arms, p``.
    """
    c = evidence.contrasts
    rows = c[c["comparator"].eq("own_baseline") & c[["mean_c", "sd_c", "n_c"]].notna().all(axis=1)]
    rows = rows.drop_duplicates(["study_id", "outcome", "instrument", "arm"])
    records = []
    for (study, outcome, instrument), part in rows.groupby(["study_id", "outcome", "instrument"]):
        if len(part) < 2:
            continue
        mean, sd, n = numbers(part, "mean_c", "sd_c", "n_c")
        records.append((study, outcome, instrument, len(part), baseline_p(mean, sd, n)))
    return pd.DataFrame(records, columns=["study_id", "outcome", "instrument", "arms", "p"])


def answers_of(
    evidence: Tables, claims: Mapping[str, Claim] | None = None
) -> dict[str, tuple[Answer, ...]]:
    """The answers of every claim that trials can answer, by claim id."""
    claims = load_claims() if claims is None else claims
    out = {}
    for claim in claims.values():
        if claim.kind == "citation":
            continue
        prepared = prepare(claim, evidence.studies, evidence.contrasts)
        out[claim.id] = tuple(
            find(claim, comparator, horizon, prepared, evidence.reviews)
            for comparator in claim.comparators
            for horizon in claim.horizons
        )
    return out


def what_it_changes(
    found: pd.DataFrame, evidence: Tables, answers: Mapping[str, tuple[Answer, ...]]
) -> pd.DataFrame:
    """Every pool that holds flagged rows, with and without them.

    One row per flagged contrast and pool, and one per pool without all its flagged rows
    (``row_id`` "all of these"). Columns: ``row_id, checks, claim,
    comparator, horizon, k, estimate, ci_low, ci_high, verdict``, the same with ``_without``, and
    ``overall``, ``overall_without``: the claim's verdict. Another row of the same trial may step in
    for the one left out.
    """
    rows = found[found["table"].isin(["contrasts", "review_rows"])]
    printed = evidence.review_rows.set_index("row_id")["contrast_id"]
    ids = rows["row_id"].map(printed.astype("object")).fillna(rows["row_id"])
    checks = rows["check"].groupby(ids).agg(lambda c: ", ".join(dict.fromkeys(c)))
    records = []
    for mine in answers.values():
        claim = mine[0].claim
        hit = [(a, [r for r in a.rows if r in checks.index]) for a in mine if a.basis == TRIALS]
        if not any(doubted for _, doubted in hit):
            continue
        prepared = prepare(claim, evidence.studies, evidence.contrasts)
        for answer, doubted in hit:
            sets = {row: [row] for row in doubted}
            sets |= {"all of these": doubted} if doubted[1:] else {}
            for name, out in sets.items():
                left = prepared[~prepared["contrast_id"].isin(out)]
                again = find(claim, answer.comparator, answer.horizon, left, evidence.reviews)
                told = ", ".join(dict.fromkeys(", ".join(checks[r] for r in out).split(", ")))
                records.append(_before_after(name, told, answer, again, mine))
    return pd.DataFrame(records, columns=_CHANGES)


_FIGURES = ("k", "estimate", "ci_low", "ci_high", "verdict")
_CHANGES = [
    "row_id", "checks", "claim", "comparator", "horizon", *_FIGURES,
    *(f"{name}_without" for name in _FIGURES), "overall", "overall_without",
]  # fmt: skip


def _before_after(
    row: str, checks: str, before: Answer, after: Answer, mine: tuple[Answer, ...]
) -> dict[str, object]:
    claim = before.claim
    words = {(a.comparator, a.horizon): a.verdict for a in mine}
    changed = words | {(after.comparator, after.horizon): after.verdict}
    return (
        {
            "row_id": row,
            "checks": checks,
            "claim": claim.id,
            "comparator": before.comparator,
            "horizon": before.horizon,
            "overall": overall([words[key] for key in claim.decided_by]),
            "overall_without": overall([changed[key] for key in claim.decided_by]),
        }
        | _shown(before, "")
        | _shown(after, "_without")
    )


def _shown(answer: Answer, end: str) -> dict[str, object]:
    pooled = answer.pooled
    nan = float("nan")
    figures = (pooled.estimate, pooled.ci_low, pooled.ci_high) if pooled else (nan, nan, nan)
    values = (answer.k, *(answer.shown(x) for x in figures), answer.verdict)
    return {f"{name}{end}": value for name, value in zip(_FIGURES, values, strict=True)}

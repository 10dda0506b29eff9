"""What other people's reviews pooled, turned the agreed way and set side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.evidence.claims import Claim

STANDARDISED = ("SMD", "g", "d")


def estimates(claim: Claim, reviews: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Every published pooled estimate with an interval for the claim's outcomes.

    Columns: ``row_id, label, citation, condition, comparator, timepoint, measure, k, n, effect,
    low, high, certainty, direct, standardised, oriented, proper``. ``effect`` is aligned: below
    zero favours massage. A review's sign is known where it names whom an estimate favours, or did
    so for another estimate of the same outcome; elsewhere ``oriented`` is False and the figures
    stand as printed. ``proper`` is False for reviews of foam rolling, reflexology, acupressure or
    aromatherapy. Reviews that compare a placebo with nothing or follow people over time are about
    other questions and are not listed.
    """
    wanted = (
        reviews["outcome"].isin(list(claim.outcomes))
        & reviews[["estimate", "ci_low", "ci_high"]].notna().all(axis=1)
        & reviews["measure"].isin([*STANDARDISED, "MD", "RR", "OR"])
        & ~reviews["comparator"].fillna("").str.contains("placebo_vs|natural_history")
    )
    rows = reviews[wanted].merge(
        sources[["source_id", "citation", "doi"]], on="source_id", how="left"
    )
    records = [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]
    upwards = {one.row for one in claim.published if one.positive_favours_massage}
    sides = [1 if r["row_id"] in upwards else _side(r, records) for r in records]
    turned = [
        aligned(record, positive_favours_massage=side == 1)
        for record, side in zip(records, sides, strict=True)
    ]
    table = rows[
        ["row_id", "review_id", "citation", "condition", "comparator", "timepoint", "measure"]
    ].copy()
    table[["effect", "low", "high"]] = pd.DataFrame(turned, index=rows.index, columns=list("abc"))
    table["k"], table["n"], table["certainty"] = rows["k"], rows["n"], rows["certainty"]
    table["label"] = _names(rows["citation"]) + ", " + _words(rows["condition"])
    table["direct"] = rows["condition"].str.split(" ").str[0].isin(list(claim.conditions))
    table["standardised"] = rows["measure"].isin(STANDARDISED)
    table["oriented"] = [side is not None for side in sides]
    table["proper"] = ~rows["review_id"].str.contains("foam|reflexology|acupressure|aroma")
    # the same printed estimate was sometimes extracted from two copies of one review
    who = table["label"].str.split(",").str[0]
    once = ~table.assign(who=who)[["who", "effect", "low", "high"]].duplicated()
    table = table[once]
    return table.sort_values(["direct", "effect"], ascending=[False, True], ignore_index=True)


def aligned(
    row: Mapping[str, Any], *, positive_favours_massage: bool = False
) -> tuple[float, float, float]:
    """A published estimate with its interval, turned so that below zero favours massage.

    A review's own sign says nothing by itself; its word on whom the estimate favours does, or else
    ``positive_favours_massage``. Ratios come back on the log scale, still as the risk of the bad
    outcome.
    """
    figures = [float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"])]
    if row["measure"] in ("RR", "OR"):
        figures = [math.log(f) for f in figures]
    if positive_favours_massage or (_named(row) and figures[0] > 0):
        figures = [-figures[0], -figures[2], -figures[1]]
    return figures[0], figures[1], figures[2]


def _named(record: Mapping[str, Any]) -> bool:
    words = str(record["favours"])
    return "massage" in words or "soft tissue" in words


def _side(record: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> int | None:
    """Which sign favours massage in this review's estimates of this outcome, if that is known."""
    same = [
        other
        for other in others
        if _named(other)
        and (other["review_id"], other["outcome"]) == (record["review_id"], record["outcome"])
    ]
    known = same if not _named(record) else [record]
    signs = {_sign(other) for other in known}
    return signs.pop() if len(signs) == 1 else None


def _sign(record: Mapping[str, Any]) -> int:
    ratio = record["measure"] in ("RR", "OR")
    return 1 if float(record["estimate"]) > (1 if ratio else 0) else -1


def _names(citations: pd.Series[str]) -> pd.Series[str]:
    """First author and year of each citation; the first words where it names no author."""
    text = citations.fillna("source not named").str.replace(r"^\[", "", regex=True)
    author = text.str.extract(r"^([^\s,.:;'\"]+(?:[ -][A-Z][a-z]+)?)")[0].fillna("Review")
    author = author.where(~author.isin(["The", "Effect", "Effects", "A"]), "Review")
    year = text.str.extract(r"\b((?:19|20)\d\d)\b")[0].fillna("")
    return (author + " " + year).str.strip()


def _words(conditions: pd.Series[str]) -> pd.Series[str]:
    return conditions.fillna("").str.replace("other:", "").str.replace("_", " ")

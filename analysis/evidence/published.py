"""What other people's reviews pooled, turned the agreed way and set side by side."""

from __future__ import annotations

import pandas as pd

from analysis.evidence.answers import aligned
from analysis.evidence.claims import Claim

STANDARDISED = ("SMD", "g", "d")


def estimates(claim: Claim, reviews: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Every published pooled estimate with an interval for the claim's outcomes.

    Columns: ``row_id, label, citation, condition, comparator, timepoint, measure, k, n, effect,
    low, high, certainty, direct, standardised, agrees``. ``effect`` is aligned: below zero favours
    massage. Reviews that compare a placebo with nothing or follow people over time are about other
    questions and are not listed. ``agrees`` is False where the review's own word on whom the
    estimate favours contradicts the aligned sign.
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
    turned = [aligned({str(k): v for k, v in row.items()}) for row in rows.to_dict("records")]
    table = rows[
        ["row_id", "review_id", "citation", "condition", "comparator", "timepoint", "measure"]
    ].copy()
    table[["effect", "low", "high"]] = pd.DataFrame(turned, index=rows.index, columns=list("abc"))
    table["k"], table["n"], table["certainty"] = rows["k"], rows["n"], rows["certainty"]
    table["label"] = rows["review_id"].str.replace("_", " ") + ", " + _words(rows["condition"])
    table["direct"] = rows["condition"].str.split(" ").str[0].isin(list(claim.conditions))
    table["standardised"] = rows["measure"].isin(STANDARDISED)
    favours = rows["favours"].fillna("")
    table["agrees"] = ~(favours.str.contains("massage") & table["effect"].gt(0))
    return table.sort_values(["direct", "effect"], ascending=[False, True], ignore_index=True)


def _words(conditions: pd.Series[str]) -> pd.Series[str]:
    return conditions.fillna("").str.replace("other:", "").str.replace("_", " ")

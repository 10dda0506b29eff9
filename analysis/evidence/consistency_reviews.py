"""Checks of what is published about trials: reviews' effects and pools, and thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.evidence import replication
from analysis.evidence.claims import Claim
from analysis.evidence.flags import flag, least_decimals, numbers
from analysis.evidence.tables import Tables
from analysis.stats.checks import agreement


def review(evidence: Tables) -> list[pd.DataFrame]:
    """The neck review's printed effects against the arms in our tables; its own intervals."""
    found = []
    printed = evidence.review_rows
    for source in printed["source_id"].unique():
        rows = replication.study_rows(evidence, str(source)).reset_index(drop=True)
        ours, theirs = numbers(rows, "our_effect", "effect")
        width, printed_width = (
            np.subtract(*numbers(rows, "our_high", "our_low")),
            np.subtract(*numbers(rows, "ci_high", "ci_low")),
        )
        off = ~(np.abs(ours - theirs) <= 1e-4 * np.maximum(1, np.abs(theirs)))
        off |= ~(np.abs(width - printed_width) <= 1e-3 * np.maximum(1, np.abs(printed_width)))
        words = {"table": "review_rows", "key": "row_id"}
        found.append(flag(
            rows, off, check="review v arms", severity="impossible", value=ours, expected=theirs,
            what="the printed effect or interval does not follow from the arms", **words,
        ))  # fmt: skip
        joined = rows.merge(
            evidence.contrasts[["contrast_id", "comparator", "outcome", "study_id"]],
            on="contrast_id", suffixes=("", "_ours"),
        )  # fmt: skip
        for column in ("comparator", "outcome", "study_id"):
            other = joined[column].ne(joined[f"{column}_ours"]).to_numpy(dtype=bool)
            found.append(flag(
                joined, other, check="review v table", severity="unlikely",
                what=f"the review's {column} is not that of the contrast",
                value=joined[f"{column}_ours"], expected=joined[column], **words,
            ))  # fmt: skip
    return found


def pooled_estimates(evidence: Tables) -> list[pd.DataFrame]:
    """Published pooled estimates: the middle of the interval, and p against the interval."""
    r = evidence.reviews
    ratio = r["measure"].isin(["RR", "OR", "HR"]).to_numpy(dtype=bool)
    between = ratio | r["measure"].isin(["MD", "SMD", "g", "d"]).to_numpy(dtype=bool)
    places = least_decimals(r, "estimate", "ci_low", "ci_high")
    estimate, low, high, i2 = numbers(r, "estimate", "ci_low", "ci_high", "i2")
    off = np.zeros(len(r), dtype=bool)
    for kind, logged in ((~ratio, False), (ratio, True)):
        with np.errstate(invalid="ignore"):
            middle_fits = agreement.centred(estimate, low, high, places, ratio=logged)
        off |= between & kind & ~middle_fits
    with np.errstate(invalid="ignore"):
        middle = np.where(ratio, np.sqrt(np.abs(low * high)), (low + high) / 2)
        null = np.where(ratio, 1.0, 0.0)
        zero = (low < null) & (high > null)
        clear = (low > null) | (high < null)
    text = r["p_text"].astype("string").str.replace(" ", "").str.lower()
    bound = pd.to_numeric(text.str.extract(r"^p?[<=](0?\.\d+)$")[0], errors="coerce")
    small = bound.lt(0.05).fillna(False).to_numpy(dtype=bool)
    large = text.str.extract(r"^p?[=>](0?\.\d+)$")[0].astype(float).gt(0.06).fillna(False)
    against = between & ((small & zero) | (large.to_numpy(dtype=bool) & clear))
    side = r["favours"].map(
        {"massage": -1.0, "favours_massage": -1.0, "control": 1.0, "favours_comparator": 1.0}
    ).to_numpy(dtype=float, na_value=np.nan)  # fmt: skip
    way = np.where(ratio, np.sign(np.log(np.where(estimate > 0, estimate, np.nan))),
                   np.sign(estimate)) * side  # fmt: skip
    same = r["review_id"] + "|" + r["outcome"].fillna("") + "|" + r["measure"].fillna("")
    usual = pd.Series(np.where(between, way, np.nan), index=r.index).groupby(same)
    odd = between & (np.abs(usual.transform("mean").to_numpy()) < 1) & ~np.isnan(way)
    words = {"table": "reviews", "key": "row_id", "severity": "unlikely"}
    return [
        flag(r, odd, table="reviews", key="row_id", severity="note", check="sign v favours",
             what="the review's signs and its words on whom they favour do not go together",
             value=estimate, expected=r["favours"]),
        flag(r, off, check="off centre", value=estimate, expected=middle,
             what="the estimate is not the middle of its interval", **words),
        flag(r, against, check="p v interval", value=r["p_text"], expected=list(
            zip(low, high, strict=True)), what="p and interval disagree on significance", **words),
        flag(r, (i2 < 0) | (i2 > 100), check="I2 off scale", value=i2, expected="0 to 100",
             what="I2 is a percentage", **words),
    ]  # fmt: skip


def thresholds(evidence: Tables, claims: Mapping[str, Claim]) -> list[pd.DataFrame]:
    """The smallest important difference of each claim against the table that it names."""
    t = evidence.thresholds
    value, low, high = numbers(t, "value", "scale_min", "scale_max")
    with np.errstate(invalid="ignore"):
        beyond = t["value_type"].eq("absolute").fillna(False).to_numpy(dtype=bool)
        beyond &= value > 0.5 * (high - low)
    wrong = {
        c.threshold_id: c.important for c in claims.values() if c.kind == "effect"
    }  # a claim's number must be the number of the row that it cites
    used = t["threshold_id"].map(wrong)
    differs = used.notna().to_numpy() & ~np.isclose(used.to_numpy(dtype=float), value)
    words = {"table": "thresholds", "key": "threshold_id", "severity": "unlikely"}
    return [
        flag(t, beyond, check="threshold v scale", value=value, expected=list(
            zip(low, high, strict=True)), what="more than half the scale", **words),
        flag(t, differs, check="threshold v claim", value=value, expected=used.to_numpy(),
             what="claims.toml states another value for this threshold", **words),
    ]  # fmt: skip

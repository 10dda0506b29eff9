"""Which rows answer a question, and why each other row does not.

Rows leave one step at a time, each for one stated reason, so that a flow count adds up. Change
inside one arm (``own_baseline``) can never be selected: it is not a comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.evidence import contrasts as contrast_effects
from analysis.evidence.claims import Claim

DIRECT, INDIRECT = "direct", "indirect"


@dataclass(frozen=True)
class Selection:
    """The rows of one pool and how they were reached.

    ``rows``: one contrast per trial, with aligned ``effect`` and ``variance``. ``flow``: a table
    with columns ``step``, ``why``, ``rows_out`` and ``rows_left``. ``excluded``: contrast ids with
    step and reason. ``population``: ``direct`` (people with chronic pain) or ``indirect``.
    """

    rows: pd.DataFrame
    flow: pd.DataFrame
    excluded: pd.DataFrame
    population: str


def prepare(claim: Claim, studies: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Join contrasts to their trials and derive effects in the claim's measure.

    A contrast's own modality counts before the trial's.
    """
    columns = ["study_id", "name", "condition", "design", "duration", "risk_of_bias", "modality"]
    joined = contrasts.merge(
        studies[columns].rename(columns={"modality": "study_modality"}),
        on="study_id",
        how="left",
        validate="many_to_one",
    )
    joined["modality"] = joined["modality"].fillna(joined.pop("study_modality"))
    return contrast_effects.with_effects(joined, claim.effect, signed_p=claim.signed_p)


def select(
    claim: Claim, comparator: str, horizon: str, rows: pd.DataFrame, *, population: str = DIRECT
) -> Selection:
    """Choose the rows that answer ``claim`` against ``comparator`` at ``horizon``.

    ``rows`` come from :func:`prepare`.
    """
    left, flow, gone = rows, [], []
    for step, why, keep in _steps(claim, comparator, horizon, population):
        stays = keep(left).fillna(False).astype(bool)
        out = left.loc[~stays]
        reasons = why if isinstance(why, str) else why(out)
        gone.append(_reasons(out, step, reasons))
        left = left.loc[stays]
        flow.append((step, why if isinstance(why, str) else "no usable effect", len(out)))
    best = _one_per_study(left, claim)
    why = "another row of the same trial counts"
    gone.append(_reasons(left.drop(best.index), "one_per_study", why))
    flow.append(("one_per_study", why, len(left) - len(best)))
    table = pd.DataFrame(flow, columns=["step", "why", "rows_out"])
    table["rows_left"] = len(rows) - table["rows_out"].cumsum()
    return Selection(
        best.reset_index(drop=True), table, pd.concat(gone, ignore_index=True), population
    )


Keep = Callable[[pd.DataFrame], "pd.Series[bool]"]
Why = str | Callable[[pd.DataFrame], "pd.Series[str]"]


def _steps(
    claim: Claim, comparator: str, horizon: str, population: str
) -> list[tuple[str, Why, Keep]]:
    wanted = population == DIRECT
    who = "no chronic pain" if wanted else "chronic pain, which is counted as direct evidence"
    return [
        ("outcome", "another outcome", lambda t: t["outcome"].isin(list(claim.outcomes))),
        ("design", "not randomised", lambda t: t["design"].isin(list(claim.designs))),
        ("comparator", f"not compared with {comparator}", lambda t: t["comparator"].eq(comparator)),
        (
            "modality",
            "not massage proper",
            lambda t: t["modality"].isna() | t["modality"].isin(list(claim.modalities)),
        ),
        (
            "population",
            who,
            lambda t: t["condition"].isin(list(claim.conditions)).eq(wanted),
        ),
        ("horizon", f"not in the {horizon} window", lambda t: t["horizon"].eq(horizon)),
        (
            "caution",
            "figures that cannot be used as they stand",
            lambda t: ~cautioned(t, claim.cautions_out),
        ),
        ("figures", _why_unusable, lambda t: t["unusable"].isna()),
    ]


def _why_unusable(rows: pd.DataFrame) -> pd.Series[str]:
    return rows["unusable"].map(contrast_effects.REASONS)


def cautioned(rows: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series[bool]:
    """Which rows carry any of these caution codes."""
    found = rows["caution"].astype("string").fillna("").str.split(";")
    return found.map(lambda given: bool(set(given) & set(codes))).astype(bool)


def _reasons(rows: pd.DataFrame, step: str, why: object) -> pd.DataFrame:
    return pd.DataFrame({"contrast_id": rows["contrast_id"], "step": step, "why": why})


_SOURCES = ("arms", "counts", "difference and interval", "ratio and interval")


def _one_per_study(rows: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Keep each trial's first row under the written order.

    The order: the outcome that the claim lists first; the highest dose; the last time point; arms
    before intervals before p values; then the order of the table, which is that of the paper.
    """
    ranks = {
        "_outcome": _rank(rows["outcome"], claim.outcomes),
        "_dose": _rank(rows["dose"], claim.doses),
        "_time": pd.to_numeric(rows["timepoint_weeks"], errors="coerce").astype(float)
        * (-1 if claim.last_time_point else 1),
        "_source": _rank(rows["derived_from"], _SOURCES),
    }
    ranked = rows.assign(**ranks).sort_values(list(ranks), na_position="last", kind="stable")
    kept = ranked.drop_duplicates("study_id").index
    return rows.loc[rows.index.isin(kept)]


def _rank(values: pd.Series[str], order: tuple[str, ...]) -> pd.Series[float]:
    places = {word: place for place, word in enumerate(order)}
    return values.map(places).fillna(len(order)).astype(float)

"""Which rows answer a question, and why each other row does not.

Rows leave one step at a time, each for one stated reason, so that a flow count adds up. Change
inside one arm (``own_baseline``) can never be selected: it is not a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
    """Join contrasts to their trials, derive effects in the claim's measure, and apply its rules.

    A contrast's own modality counts before the trial's. Columns ``ok_...`` tell which of the rules
    that do not depend on comparator and time window each row passes.
    """
    columns = ["study_id", "name", "condition", "design", "duration", "risk_of_bias", "modality"]
    joined = contrasts.merge(
        studies[columns].rename(columns={"modality": "study_modality"}),
        on="study_id",
        how="left",
        validate="many_to_one",
    )
    joined["modality"] = joined["modality"].fillna(joined.pop("study_modality"))
    rows = contrast_effects.with_effects(joined, claim.effect, signed_p=claim.signed_p)
    return rows.assign(
        ok_outcome=rows["outcome"].isin(list(claim.outcomes)),
        ok_design=rows["design"].isin(list(claim.designs)),
        ok_modality=rows["modality"].isna() | rows["modality"].isin(list(claim.modalities)),
        ok_caution=~cautioned(rows, claim.cautions_out),
        ok_figures=rows["unusable"].isna(),
        direct=rows["condition"].isin(list(claim.conditions))
        & ~rows["duration"].isin(["acute", "subacute"]).fillna(False),
    )


def select(
    claim: Claim, comparator: str, horizon: str, rows: pd.DataFrame, *, population: str = DIRECT
) -> Selection:
    """Choose the rows that answer ``claim`` against ``comparator`` at ``horizon``.

    ``rows`` come from :func:`prepare`.
    """
    left = np.ones(len(rows), dtype=bool)
    step_of = np.full(len(rows), "", dtype=object)
    why_of = np.full(len(rows), "", dtype=object)
    flow = []
    for step, why, keep in _steps(comparator, horizon, population, rows):
        out = left & ~keep.fillna(False).to_numpy(dtype=bool)
        step_of[out] = step
        why_of[out] = why if step != "figures" else _why_unusable(rows["unusable"][out])
        flow.append((step, why, int(out.sum())))
        left &= ~out
    best = _one_per_study(rows[left], claim)
    spare = left & ~rows.index.isin(best.index)
    step_of[spare], why_of[spare] = "one_per_study", "another row of the same trial counts"
    flow.append(("one_per_study", "another row of the same trial counts", int(spare.sum())))
    table = pd.DataFrame(flow, columns=["step", "why", "rows_out"])
    table["rows_left"] = len(rows) - table["rows_out"].cumsum()
    gone = step_of != ""
    excluded = pd.DataFrame(
        {
            "contrast_id": rows["contrast_id"].to_numpy()[gone],
            "step": step_of[gone],
            "why": why_of[gone],
        }
    )
    return Selection(best.reset_index(drop=True), table, excluded, population)


def _steps(
    comparator: str, horizon: str, population: str, rows: pd.DataFrame
) -> list[tuple[str, str, pd.Series[bool]]]:
    wanted = population == DIRECT
    who = (
        "no chronic pain, or pain that is not lasting"
        if wanted
        else "chronic pain, which is counted as direct evidence"
    )
    return [
        ("outcome", "another outcome", rows["ok_outcome"]),
        ("design", "not randomised", rows["ok_design"]),
        ("comparator", f"not compared with {comparator}", rows["comparator"].eq(comparator)),
        ("modality", "not massage proper", rows["ok_modality"]),
        ("population", who, rows["direct"].eq(wanted)),
        ("horizon", f"not in the {horizon} window", rows["horizon"].eq(horizon)),
        ("caution", "figures that cannot be used as they stand", rows["ok_caution"]),
        ("figures", "no usable effect", rows["ok_figures"]),
    ]


def _why_unusable(codes: pd.Series[str]) -> np.ndarray:
    return codes.map(contrast_effects.REASONS).to_numpy(dtype=object)


def cautioned(rows: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series[bool]:
    """Which rows carry any of these caution codes."""
    found = rows["caution"].astype("string").fillna("").str.split(";")
    return found.map(lambda given: bool(set(given) & set(codes))).astype(bool)


_SOURCES = ("arms", "counts", "difference and interval", "ratio and interval")


def _one_per_study(rows: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Keep each trial's first row under the written order.

    The order: the outcome that the claim lists first; the highest dose; the last time point; arms
    before intervals before p values; then the order of the table, which is that of the paper.
    """
    if (
        not rows["study_id"].duplicated().any()
    ):  # most pools: nothing to choose, and ranking is slow
        return rows
    ranked = rows.loc[rows.index[by_preference(rows, claim)]]
    kept = ranked.drop_duplicates("study_id").index
    return rows.loc[rows.index.isin(kept)]


def by_preference(rows: pd.DataFrame, claim: Claim) -> np.ndarray:
    """Positions of ``rows`` in the written order in which a trial's rows are preferred."""
    ranks = {
        "_outcome": _rank(rows["outcome"], claim.outcomes),
        "_dose": _rank(rows["dose"], claim.doses),
        "_time": pd.to_numeric(rows["timepoint_weeks"], errors="coerce").astype(float)
        * (-1 if claim.last_time_point else 1),
        "_source": _rank(rows["derived_from"], _SOURCES),
    }
    ordered = pd.DataFrame(ranks).set_axis(range(len(rows)))
    ordered = ordered.sort_values(list(ranks), na_position="last", kind="stable")
    return ordered.index.to_numpy(dtype=np.int64)


def _rank(values: pd.Series[str], order: tuple[str, ...]) -> pd.Series[float]:
    places = {word: place for place, word in enumerate(order)}
    return values.map(places).fillna(len(order)).astype(float)

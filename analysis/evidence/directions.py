"""What each trial reports where no effect size follows: directions, and nothing more.

Synthesis without meta-analysis (Campbell et al. 2020, BMJ 368:l6890): one word per trial and
comparison. Counts of such words describe a literature; they test nothing, because "no difference"
is also what a trial that is too small reports.
"""

from __future__ import annotations

import pandas as pd

from analysis.evidence.claims import Claim
from analysis.evidence.selection import cautioned

#: Cautions that say the row is no comparison of massage proper with something else.
NOT_A_COMPARISON = (
    "both_arms_massage",
    "co_intervention",
    "duplicate",
    "machine",
    "mixed_comparators",
    "not_randomised_comparison",
    "self_or_lay",
    "tool_assisted",
    "within_arm",
)
WORDS = ("favours_massage", "mixed", "no_difference", "favours_comparator")


def by_trial(claim: Claim, prepared: pd.DataFrame) -> pd.DataFrame:
    """One row per trial and comparator.

    Columns: ``study_id, name, condition, comparator, n, direction, direct, rows`` (ids joined by
    ``;``).

    Randomised trials of massage proper with any reported direction count, whether or not an effect
    can be computed; where only figures are printed, their interval gives the word. A trial whose
    outcomes, doses or times disagree is ``mixed``. ``direct`` tells whether it studied people with
    chronic pain.
    """
    told = prepared.assign(direction=_direction(prepared))
    rows = told[
        told["outcome"].isin(list(claim.outcomes))
        & told["design"].isin(list(claim.designs))
        & told["comparator"].isin(list(claim.comparators))
        & (told["modality"].isna() | told["modality"].isin(list(claim.modalities)))
        & told["direction"].notna()
        & ~cautioned(told, NOT_A_COMPARISON)
    ]
    keys = ["study_id", "name", "condition", "comparator"]
    grouped = rows.groupby(keys, sort=True, dropna=False)
    return grouped.agg(
        n=("n", "max"),
        direction=("direction", _one_word),
        direct=("direct", "all"),
        rows=("contrast_id", lambda ids: ";".join(sorted(ids))),
    ).reset_index()


def _direction(rows: pd.DataFrame) -> pd.Series[str]:
    """The source's own word, else what the effect's normal interval says."""
    half = 1.96 * rows["variance"].astype(float) ** 0.5
    effect = rows["effect"].astype(float)
    computed = pd.Series("no_difference", index=rows.index, dtype="string")
    computed = computed.mask(effect + half < 0, "favours_massage")
    computed = computed.mask(effect - half > 0, "favours_comparator").where(effect.notna())
    return rows["direction"].astype("string").fillna(computed)


def _one_word(words: pd.Series[str]) -> str:
    found = set(words.dropna().astype(str))
    return found.pop() if len(found) == 1 else "mixed"


def counts(trials: pd.DataFrame) -> pd.DataFrame:
    """Number of trials per comparator and direction, one column per word, with a ``total``."""
    table = pd.crosstab(trials["comparator"], trials["direction"])
    table = table.reindex(columns=list(WORDS), fill_value=0)
    table.columns.name = None
    return table.assign(total=table.sum(axis=1)).reset_index()

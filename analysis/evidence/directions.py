"""What each trial reports where no effect size follows: directions, and nothing more.

Synthesis without meta-analysis (Campbell et al. 2020, BMJ 368:l6890): one word per trial and
comparison. Counts of such words describe a literature; they test nothing, because "no difference"
is also what a trial that is too small reports.
"""

from __future__ import annotations

import pandas as pd

from analysis.evidence.claims import Claim

WORDS = ("favours_massage", "mixed", "no_difference", "favours_comparator")


def by_trial(claim: Claim, prepared: pd.DataFrame) -> pd.DataFrame:
    """One row per trial and comparator: ``study_id, name, condition, comparator, n, direction``.

    Randomised trials of massage proper with any reported direction count, whether or not an effect
    can be computed. A trial whose outcomes, doses or times disagree is ``mixed``. ``direct`` tells
    whether it studied people with chronic pain.
    """
    rows = prepared[
        prepared["outcome"].isin(list(claim.outcomes))
        & prepared["design"].isin(list(claim.designs))
        & prepared["comparator"].isin(list(claim.comparators))
        & (prepared["modality"].isna() | prepared["modality"].isin(list(claim.modalities)))
        & prepared["direction"].notna()
    ]
    keys = ["study_id", "name", "condition", "comparator"]
    grouped = rows.groupby(keys, sort=True, dropna=False)
    table = grouped.agg(
        n=("n", "max"),
        direction=("direction", _one_word),
        rows=("contrast_id", lambda ids: ";".join(sorted(ids))),
    ).reset_index()
    table["direct"] = table["condition"].isin(list(claim.conditions))
    return table


def _one_word(words: pd.Series[str]) -> str:
    found = set(words.dropna().astype(str))
    return found.pop() if len(found) == 1 else "mixed"


def counts(trials: pd.DataFrame) -> pd.DataFrame:
    """Number of trials per comparator and direction, one column per word, with a ``total``."""
    table = pd.crosstab(trials["comparator"], trials["direction"])
    table = table.reindex(columns=list(WORDS), fill_value=0)
    table.columns.name = None
    return table.assign(total=table.sum(axis=1)).reset_index()

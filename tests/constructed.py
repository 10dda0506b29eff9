"""Made-up trials with a chosen outcome, for testing the path from rows to verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.evidence import tables
from analysis.evidence.answers import Answer, find
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.selection import prepare


def trials(
    differences: Sequence[float],
    *,
    comparator: str = "sham",
    horizon: str = "short-term",
    n: int = 100,
    sd: float = 20.0,
    risk_of_bias: str = "low",
    duration: str = "chronic",
    prefix: str = "made",
    **columns: object,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Studies and contrasts, one per difference: arms of ``n`` people on a 0-100 pain scale."""
    real = tables.load_all()
    ids = [f"{prefix}{i}-{comparator}" for i in range(len(differences))]
    studies = pd.DataFrame(
        {
            "study_id": ids,
            "name": [f"Made-up {i}" for i in range(len(differences))],
            "year": 2020,
            "condition": "neck_pain",
            "design": "rct",
            "duration": duration,
            "risk_of_bias": risk_of_bias,
        }
    ).reindex(columns=real.studies.columns)
    contrasts = pd.DataFrame(
        {
            "contrast_id": [f"c-{i}" for i in ids],
            "study_id": ids,
            "source_id": real.sources["source_id"].iloc[0],
            "place": "made up",
            "outcome": "pain",
            "comparator": comparator,
            "horizon_reported": horizon,
            "report_type": "arm_means_post",
            "lower_is_better": True,
            "scale_min": 0.0,
            "scale_max": 100.0,
            "n_t": n,
            "mean_t": [50.0 + d for d in differences],
            "sd_t": sd,
            "n_c": n,
            "mean_c": 50.0,
            "sd_c": sd,
            **columns,
        }
    ).reindex(columns=real.contrasts.columns)
    return (
        studies.astype(real.studies.dtypes.to_dict()),
        contrasts.astype(real.contrasts.dtypes.to_dict()),
    )


def both(
    *parts: tuple[pd.DataFrame, pd.DataFrame],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Several sets of made-up trials as one."""
    return (
        pd.concat([studies for studies, _ in parts], ignore_index=True),
        pd.concat([contrasts for _, contrasts in parts], ignore_index=True),
    )


def pain(**changes: object) -> Claim:
    """The pain question, with changes."""
    return replace(load_claims()["pain"], **changes)  # type: ignore[arg-type]


def ask(
    claim: Claim,
    comparator: str,
    horizon: str,
    studies: pd.DataFrame,
    contrasts: pd.DataFrame,
) -> Answer:
    """One answer from made-up trials, without any published review."""
    alone = replace(claim, published=())
    prepared = prepare(alone, studies, contrasts)
    return find(alone, comparator, horizon, prepared, tables.load("reviews").iloc[:0])

"""The Cochrane review's printed figures against ours, one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.evidence import replication, tables


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return replication.study_rows(tables.load_all(), "gross2024")


def test_every_printed_effect_and_interval_is_reproduced(rows: pd.DataFrame) -> None:
    assert len(rows) == len(tables.load("review_rows"))
    printed = rows[["effect", "ci_low", "ci_high"]].to_numpy(dtype=float)
    ours = rows[["our_effect", "our_low", "our_high"]].to_numpy(dtype=float)
    # six significant digits are printed, four decimals at most
    assert np.all(np.abs(ours - printed) <= 5e-6 * np.abs(printed) + 5e-5)


def test_every_random_effects_weight_is_reproduced(rows: pd.DataFrame) -> None:
    weights = replication.weights(rows)
    assert weights["weight_difference"].abs().max() < 0.001
    assert weights.groupby("analysis")["our_weight"].sum().tolist() == pytest.approx(
        [100.0] * weights["analysis"].nunique()
    )


def test_analyses_without_a_total_are_the_only_ones_left_out(rows: pd.DataFrame) -> None:
    compared = set(replication.weights(rows)["analysis"])
    left_out = rows.loc[~rows["analysis"].isin(compared)]
    assert left_out["weight_percent"].eq(0).all()


def test_the_usual_centre_would_miss_the_weights_of_risk_ratios(rows: pd.DataFrame) -> None:
    from analysis.stats.pooling import pool

    part = rows[rows["analysis"].eq("A1.2")]
    usual = np.asarray(pool(part["yi"], part["vi"], tau2="DL", interval="normal").weights)
    assert np.abs(usual - part["weight_percent"]).max() > 1


def test_pooled_results_follow_from_the_printed_weights(rows: pd.DataFrame) -> None:
    pooled = replication.pooled_results(rows)
    assert pooled["printed_estimate"].to_numpy() == pytest.approx(
        pooled["estimate"].to_numpy(), rel=1e-5
    )
    assert pooled["k"].min() >= 2


def test_a_misread_digit_shows(rows: pd.DataFrame) -> None:
    evidence = tables.load_all()
    wrong = evidence.contrasts.copy()
    at = wrong["contrast_id"].eq("neck-A1.1-haller2016")
    wrong.loc[at, "sd_t"] = wrong.loc[at, "sd_t"] + 1
    from dataclasses import replace

    again = replication.study_rows(replace(evidence, contrasts=wrong), "gross2024")
    assert replication.weights(again)["weight_difference"].abs().max() > 0.01

"""A published review's own analyses, computed again from its own study rows.

The Cochrane review prints every study effect, interval and random-effects weight. Its software
(RevMan) pools by DerSimonian and Laird's method with normal intervals; for risk ratios the
heterogeneity is measured about the Mantel-Haenszel estimate. We repeat exactly that, and then pool
the same rows with this project's primary model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.evidence.tables import Tables
from analysis.stats import effects
from analysis.stats.pooling import PooledEffect, pool

RATIO = "RR"


def study_rows(tables: Tables, source_id: str) -> pd.DataFrame:
    """The review's printed rows joined to our contrasts, with ``our_*`` columns computed.

    ``our_effect``, ``our_low``, ``our_high`` are on the printed scale (ratios not logged) and in
    the review's own orientation; ``yi``, ``vi`` are what is pooled (log scale for ratios).
    """
    printed = tables.review_rows.loc[tables.review_rows["source_id"].eq(source_id)]
    figures = tables.contrasts.drop(columns=["source_id", "outcome", "comparator", "study_id"])
    figures = figures.drop(columns=["ci_low", "ci_high"])
    rows = printed.merge(figures, on="contrast_id", how="left", validate="many_to_one")
    parts = [_computed(part) for _, part in rows.groupby("measure", sort=False)]
    return pd.concat(parts).sort_index()


def _numbers(rows: pd.DataFrame, *columns: str) -> list[np.ndarray]:
    return [pd.to_numeric(rows[c]).to_numpy(dtype=float) for c in columns]


def _computed(rows: pd.DataFrame) -> pd.DataFrame:
    measure = rows["measure"].iloc[0]
    if measure == RATIO:
        yi, vi = effects.log_risk_ratio(*_numbers(rows, "events_t", "n_t", "events_c", "n_c"))
    else:
        arms = _numbers(rows, "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
        if measure == "SMD":
            yi, vi = effects.hedges_g(*arms, variance="revman")
        else:
            yi, vi = effects.mean_difference(*arms)
    # RevMan prints normal intervals for single studies
    one = [
        pool([y], [v], tau2="CE", interval="normal")
        for y, v in zip(np.asarray(yi), np.asarray(vi), strict=True)
    ]
    back = np.exp if measure == RATIO else np.asarray
    return rows.assign(
        yi=yi,
        vi=vi,
        our_effect=back(yi),
        our_low=back([p.ci_low for p in one]),
        our_high=back([p.ci_high for p in one]),
    )


def _analyses(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for analysis, part in rows.groupby("analysis", sort=False):
        yield str(analysis), part


def as_published(rows: pd.DataFrame) -> PooledEffect:
    """Pool one analysis as the review's software does."""
    centre = None
    if rows["measure"].iloc[0] == RATIO:
        counts = _numbers(rows, "events_t", "n_t", "events_c", "n_c")
        centre, _ = effects.mantel_haenszel_log_rr(*counts)
    return pool(rows["yi"], rows["vi"], tau2="DL", interval="normal", q_centre=centre)


def weights(rows: pd.DataFrame) -> pd.DataFrame:
    """Printed and recomputed random-effects weights (percent) of every pooled analysis.

    The review prints a weight of 0 where it shows rows without a total; those have nothing to
    compare and are left out.
    """
    parts = []
    for _, part in _analyses(rows):
        if len(part) > 1 and part["weight_percent"].gt(0).any():
            parts.append(part.assign(our_weight=np.asarray(as_published(part).weights)))
    out = pd.concat(parts)
    return out.assign(weight_difference=out["our_weight"] - out["weight_percent"])


def pooled_results(rows: pd.DataFrame) -> pd.DataFrame:
    """Each pooled analysis as published, from the review's printed weights, and by our model.

    Columns: ``analysis, title, comparator, measure, k, n``; ``printed_estimate`` is the sum of the
    printed effects times the printed weights, which needs no model of ours; ``estimate, low, high``
    repeat the review's model; ``modern_*`` are Paule-Mandel with Knapp-Hartung intervals and the
    prediction interval. Ratios are back on the ratio scale. The review's own orientation holds.
    """
    records = []
    for analysis, part in _analyses(rows):
        if len(part) < 2 or not part["weight_percent"].gt(0).any():
            continue
        ratio = part["measure"].iloc[0] == RATIO
        back = np.exp if ratio else float
        shares = part["weight_percent"] / part["weight_percent"].sum()
        printed = np.log(part["effect"]) if ratio else part["effect"]
        old, new = as_published(part), pool(part["yi"], part["vi"])
        records.append(
            {
                "analysis": analysis,
                "title": part["title"].iloc[0],
                "comparator": part["comparator"].iloc[0],
                "measure": part["measure"].iloc[0],
                "k": old.k,
                "n": int(part["n_t"].sum() + part["n_c"].sum()),
                "printed_estimate": float(back((shares * printed).sum())),
                "estimate": float(back(old.estimate)),
                "low": float(back(old.ci_low)),
                "high": float(back(old.ci_high)),
                "tau2": old.tau2,
                "i2": old.i2,
                "modern_estimate": float(back(new.estimate)),
                "modern_low": float(back(new.ci_low)),
                "modern_high": float(back(new.ci_high)),
                "prediction_low": float(back(new.prediction_low)),
                "prediction_high": float(back(new.prediction_high)),
                "modern_tau2": new.tau2,
            }
        )
    return pd.DataFrame(records)

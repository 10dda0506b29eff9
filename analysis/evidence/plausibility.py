"""Is that figure a standard deviation? A second look for the commonest slip in data extraction.

A standard error is the SD divided by the square root of the arm's size. Taken for an SD it makes a
trial of 50 people look seven times as precise, and let it rule a pool.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.evidence.problems import Problem, at_rows
from analysis.stats.checks.patterns import like_standard_error

#: A pool needs this many trials before its middle SD says what is usual.
TRIALS_NEEDED = 3
#: Where too few trials share the instrument: people on a scale spread over a fifth of it, roughly.
USUAL_SHARE_OF_SCALE = 0.2


def looks_like_standard_error(file: str, table: pd.DataFrame) -> list[Problem]:
    """Warn where *both* arms' SDs look like standard errors.

    The usual SD is the median over trials with the same outcome, kind of figure and scale (or, with
    no scale, the same named instrument). With fewer than three such trials it is a fifth of the
    scale's length; with no scale either, the row's mean times the SD's usual share of the mean for
    that outcome. A row is named when both SDs are below half of the usual one and come within a
    factor of two of it when multiplied by the square root of n. Floor effects and narrow samples
    do this too, so it is a warning, and the loader goes on.
    """
    where = np.flatnonzero(both_like_standard_errors(table))
    sds = table["sd_t"].to_numpy()
    return at_rows(
        file, where, "sd_t", lambda at: float(sds[at]),
        "both arms' SDs are far below the usual SD of this outcome, and near it when multiplied by "
        "the root of n: this may be a standard error",
        "look in the paper; if it is an SE, enter SD = SE x sqrt(n) only if the paper gives it so, "
        "else leave sd_t and sd_c empty and say so in note",
        "warning",
    )  # fmt: skip


def both_like_standard_errors(table: pd.DataFrame) -> np.ndarray:
    """Rows of contrasts where both arms' spreads look like standard errors."""
    usual = _usual_sd(table).to_numpy(dtype=float)
    found = np.ones(len(table), dtype=bool)
    for end in ("_t", "_c"):
        n = table[f"n{end}"].astype("float64")
        found &= like_standard_error(table[f"sd{end}"], n, usual)
    return found


def _usual_sd(table: pd.DataFrame) -> pd.Series:
    with_scale = table["scale_max"].notna()
    length = table["scale_max"] - table["scale_min"]
    yardstick = (
        length.astype("string").where(with_scale, table["instrument"]).fillna("")
    )  # an instrument without scale end points is compared with itself only
    spread = table[["sd_t", "sd_c"]].mean(axis=1)
    known = spread.notna() & yardstick.ne("")
    rows = pd.DataFrame(
        {
            "pool": table["outcome"] + "|" + table["report_type"] + "|" + yardstick,
            "study_id": table["study_id"],
            "spread": spread,
        }
    )[known]
    # One SD a trial first: a trial with many rows must not set the yardstick alone.
    trials = rows.groupby(["pool", "study_id"], sort=False)["spread"].median()
    pools = trials.groupby(level="pool", sort=False)
    middle = pools.median().where(pools.size() >= TRIALS_NEEDED)
    usual = rows["pool"].map(middle).reindex(table.index).fillna(USUAL_SHARE_OF_SCALE * length)
    return usual.fillna(_usual_share_of_mean(table, spread))


def _usual_share_of_mean(table: pd.DataFrame, spread: pd.Series) -> pd.Series:
    """The SD that a row would have if it were the usual share of its mean for the outcome."""
    mean = table[["mean_t", "mean_c"]].abs().mean(axis=1)
    fits = (table["report_type"] == "arm_means_post") & mean.gt(0) & spread.notna()
    share = (spread / mean)[fits]
    trials = share.groupby([table["outcome"], table["study_id"]], sort=False).median()
    pools = trials.groupby(level="outcome", sort=False)
    middle = pools.median().where(pools.size() >= TRIALS_NEEDED)
    return (table["outcome"].map(middle).astype("float64") * mean).where(fits)

"""From a contrast as a paper printed it to an effect with a variance, pointing the agreed way.

Every effect that leaves this module is aligned: **negative favours massage** (fewer symptoms, more
ability), whatever way round the instrument counts. Nothing is stored; everything is derived here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.stats import effects, reported

#: Why a contrast gives no effect. The texts stand in flow counts and tables.
REASONS = {
    "direction_unknown": "the source does not say whether a lower score is better",
    "no_common_scale": "the instrument's end points are not known, so it cannot be rescaled",
    "no_usable_figures": "no figures from which an effect and its variance follow",
}

HORIZONS = {"immediate": 0.0, "short": 12.0, "medium": 26.0, "long": np.inf}


def horizon(contrasts: pd.DataFrame) -> pd.Series:
    """Name the time window of each contrast.

    Weeks after the start of treatment decide where they are known: same day is ``immediate``, to 12
    weeks ``short``, to 26 ``medium``, later ``long``. Otherwise the source's own word counts
    ("short-term", "long-term"). Neither: missing.
    """
    words = contrasts["horizon_reported"].astype("string").str.lower().str.replace("-term", "")
    named = words.where(words.isin(list(HORIZONS)))
    weeks = pd.to_numeric(contrasts["timepoint_weeks"], errors="coerce").astype(float)
    windows = [weeks.le(0), weeks.le(12), weeks.le(26), weeks.gt(26)]
    by_weeks = pd.Series(
        np.select(windows, list(HORIZONS), default=""), index=contrasts.index, dtype="string"
    )
    return by_weeks.where(by_weeks.ne(""), named).rename("horizon")


def with_effects(contrasts: pd.DataFrame, measure: str, *, signed_p: bool = False) -> pd.DataFrame:
    """Add ``effect``, ``variance``, ``derived_from``, ``n`` and ``unusable`` to contrasts.

    Parameters
    ----------
    contrasts
        Rows of ``data/published/contrasts.csv``.
    measure
        ``"MD"`` mean difference, linearly rescaled to a 0-100 scale; ``"SMD"`` Hedges g;
        ``"RR"`` log risk ratio of the *bad* outcome.
    signed_p
        Also rebuild standardised differences from an exact p value, both n and the reported
        direction. For sensitivity only: a trial that reports no difference prints no sign, so
        these effects are a selection of the striking ones.

    Returns
    -------
    DataFrame
        The same rows. ``effect`` is aligned so that negative favours massage; ``unusable`` holds a
        key of :data:`REASONS` where no effect follows from what was printed.

    Raises
    ------
    ValueError
        For an unknown measure.
    """
    derive: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "MD": _mean_differences,
        "SMD": _standardised,
        "RR": _risk_ratios,
    }
    if measure not in derive:
        raise ValueError(f"measure {measure!r} is not one of {sorted(derive)}")
    out = contrasts.copy()
    out["horizon"] = horizon(out)
    out["n"] = (_floats(out, "n_t") + _floats(out, "n_c")).astype("Int64")
    derived = derive[measure](out)
    lower = out["lower_is_better"].astype("boolean")
    sign = lower.map({True: 1.0, False: -1.0}).astype(float)
    out["effect"] = derived["effect"] * sign
    out["variance"] = derived["variance"].where(out["effect"].notna())
    out["derived_from"] = derived["derived_from"].where(out["effect"].notna())
    out["unusable"] = derived["unusable"].mask(lower.isna(), "direction_unknown")
    if signed_p and measure == "SMD":
        _add_signed_p(out)
    return out


def _add_signed_p(out: pd.DataFrame) -> None:
    sign = out["direction"].map({"favours_massage": -1.0, "favours_comparator": 1.0}).astype(float)
    where = out["effect"].isna() & sign.notna() & _has(out, "p_value", "n_t", "n_c")
    where &= _floats(out, "p_value").between(0, 1, inclusive="neither")
    if not where.any():
        return
    n_t, n_c, p = (_floats(out[where], c).to_numpy() for c in ("n_t", "n_c", "p_value"))
    signs = sign[where].to_numpy()
    difference, variance = reported.from_difference_p(signs, p, df=n_t + n_c - 2)
    effect, var = effects.standardise_difference(difference, variance, n_t, n_c)
    _fill(out, where, effect, var, "exact p and direction")


def _floats(table: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(table[column], errors="coerce").astype(float)


Values = np.ndarray | float


def _empty(index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "effect": np.nan,
            "variance": np.nan,
            "derived_from": pd.Series(pd.NA, index=index, dtype="string"),
            "unusable": pd.Series("no_usable_figures", index=index, dtype="string"),
        },
        index=index,
    )


def _fill(
    out: pd.DataFrame, where: pd.Series, effect: Values, variance: Values, source: str
) -> None:
    out.loc[where, "effect"] = effect
    out.loc[where, "variance"] = variance
    out.loc[where, "derived_from"] = source
    out.loc[where, "unusable"] = pd.NA


def _arms(rows: pd.DataFrame) -> list[np.ndarray]:
    names = ["mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"]
    return [_floats(rows, name).to_numpy() for name in names]


def _has(table: pd.DataFrame, *columns: str) -> pd.Series:
    return table[list(columns)].notna().all(axis=1)


_ARM_COLUMNS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")


def _raw_differences(table: pd.DataFrame) -> pd.DataFrame:
    """Mean differences in the instrument's units: from arms, else from an interval, else from p."""
    out = _empty(table.index)
    arms = _has(table, *_ARM_COLUMNS)
    if arms.any():
        _fill(out, arms, *effects.mean_difference(*_arms(table[arms])), "arms")
    interval = _has(table, "md", "ci_low", "ci_high") & ~arms
    if interval.any():
        rows = table[interval]
        figures = [_floats(rows, c).to_numpy() for c in ("md", "ci_low", "ci_high")]
        _fill(
            out, interval, *reported.from_difference_interval(*figures), "difference and interval"
        )
    exact = _has(table, "md", "p_value", "n_t", "n_c") & ~arms & ~interval
    exact &= _floats(table, "p_value").gt(0)
    if exact.any():
        rows = table[exact]
        df = (_floats(rows, "n_t") + _floats(rows, "n_c") - 2).to_numpy()
        difference, p = (_floats(rows, c).to_numpy() for c in ("md", "p_value"))
        _fill(
            out, exact, *reported.from_difference_p(difference, p, df=df), "difference and exact p"
        )
    return out


def _mean_differences(table: pd.DataFrame) -> pd.DataFrame:
    out = _raw_differences(table)
    span = _floats(table, "scale_max") - _floats(table, "scale_min")
    unscaled = span.isna() & out["effect"].notna()
    factor = 100.0 / span
    out["effect"] *= factor
    out["variance"] *= factor**2
    out.loc[unscaled, "unusable"] = "no_common_scale"
    return out


def _standardised(table: pd.DataFrame) -> pd.DataFrame:
    out = _empty(table.index)
    arms = _has(table, *_ARM_COLUMNS)
    if arms.any():
        _fill(out, arms, *effects.hedges_g(*_arms(table[arms])), "arms")
    raw = _raw_differences(table)
    other = raw["effect"].notna() & ~arms & _has(table, "n_t", "n_c")
    if other.any():
        n_t, n_c = (_floats(table[other], c).to_numpy() for c in ("n_t", "n_c"))
        difference, variance = (raw.loc[other, c].to_numpy() for c in ("effect", "variance"))
        effect, var = effects.standardise_difference(difference, variance, n_t, n_c)
        out.loc[other, ["effect", "variance"]] = np.column_stack([effect, var])
        out.loc[other, "derived_from"] = raw.loc[other, "derived_from"]
        out.loc[other, "unusable"] = pd.NA
    return out


def _risk_ratios(table: pd.DataFrame) -> pd.DataFrame:
    out = _empty(table.index)
    counts = _has(table, "events_t", "n_t", "events_c", "n_c")
    if counts.any():
        figures = [
            _floats(table[counts], c).to_numpy() for c in ("events_t", "n_t", "events_c", "n_c")
        ]
        _fill(out, counts, *effects.log_risk_ratio(*figures), "counts")
    interval = _has(table, "ratio", "ratio_ci_low", "ratio_ci_high") & ~counts
    interval &= table["ratio_measure"].eq("RR").fillna(False)
    if interval.any():
        columns = ("ratio", "ratio_ci_low", "ratio_ci_high")
        figures = [_floats(table[interval], c).to_numpy() for c in columns]
        _fill(out, interval, *reported.from_ratio_interval(*figures), "ratio and interval")
    return out

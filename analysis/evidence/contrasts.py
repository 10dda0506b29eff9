"""From a contrast as a paper printed it to an effect with a variance, pointing the agreed way.

Every effect that leaves this module is aligned: **negative favours massage** (fewer symptoms, more
ability), whatever way round the instrument counts. Nothing is stored; everything is derived here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
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
    told = contrasts["horizon_reported"].to_numpy(dtype=object, na_value="")
    names = {word: str(word).lower().replace("-term", "") for word in set(told)}
    named = np.array([names[word] if names[word] in HORIZONS else None for word in told], object)
    figures = pd.to_numeric(contrasts["timepoint_weeks"], errors="coerce")
    weeks = figures.to_numpy(dtype=float, na_value=np.nan)
    windows = [weeks <= 0, weeks <= 12, weeks <= 26, weeks > 26]
    chosen = np.select(windows, [np.array(name, dtype=object) for name in HORIZONS], default=named)
    return pd.Series(chosen, index=contrasts.index, dtype="string", name="horizon")


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
    derive: dict[str, Callable[[_Rows], _Derived]] = {
        "MD": _mean_differences,
        "SMD": _standardised,
        "RR": _risk_ratios,
    }
    if measure not in derive:
        raise ValueError(f"measure {measure!r} is not one of {sorted(derive)}")
    out = contrasts.copy(deep=False)  # nothing is written into what is there
    rows = _Rows(out)
    out["horizon"] = horizon(out)
    out["n"] = pd.Series(rows["n_t"] + rows["n_c"], index=out.index).astype("Int64")
    derived = derive[measure](rows)
    lower = out["lower_is_better"].astype("boolean")
    known = lower.notna().to_numpy()
    derived.effect *= np.where(lower.fillna(False).to_numpy(bool), 1.0, np.where(known, -1, np.nan))
    found = ~np.isnan(derived.effect)
    derived.variance[~found] = np.nan
    derived.source[~found] = pd.NA
    derived.unusable[~known] = "direction_unknown"
    if signed_p and measure == "SMD":
        _add_signed_p(out, rows, derived)
    out["effect"], out["variance"] = derived.effect, derived.variance
    out["derived_from"] = pd.array(derived.source, dtype="string")
    out["unusable"] = pd.array(derived.unusable, dtype="string")
    return out


Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


class _Rows:
    """The figures of a table as plain arrays, each column turned once; NaN where nothing stands."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table, self._figures = table, dict[str, Values]()

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, name: str) -> Values:
        if name not in self._figures:
            numbers = pd.to_numeric(self.table[name], errors="coerce")
            self._figures[name] = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
        return self._figures[name]

    def have(self, *names: str) -> Mask:
        """Which rows have a figure in every one of these columns."""
        there: Mask = np.logical_and.reduce([~np.isnan(self[name]) for name in names])
        return there

    def of(self, where: Mask, *names: str) -> list[Values]:
        """These columns of some of the rows."""
        return [self[name][where] for name in names]


class _Derived:
    """Effects of rows as far as they are found, with what they were derived from."""

    def __init__(self, rows: int) -> None:
        self.effect, self.variance = np.full(rows, np.nan), np.full(rows, np.nan)
        self.source = np.full(rows, pd.NA, dtype=object)
        self.unusable = np.full(rows, "no_usable_figures", dtype=object)

    def fill(self, where: Mask, effect: object, variance: object, source: object) -> None:
        """Enter the effects of some rows."""
        self.effect[where], self.variance[where] = effect, variance
        self.source[where], self.unusable[where] = source, pd.NA


def _add_signed_p(out: pd.DataFrame, rows: _Rows, derived: _Derived) -> None:
    sign = out["direction"].map({"favours_massage": -1.0, "favours_comparator": 1.0})
    signs = sign.to_numpy(dtype=np.float64, na_value=np.nan)
    where = np.isnan(derived.effect) & ~np.isnan(signs) & rows.have("p_value", "n_t", "n_c")
    where &= (rows["p_value"] > 0) & (rows["p_value"] < 1)
    if not where.any():
        return
    n_t, n_c, p = rows.of(where, "n_t", "n_c", "p_value")
    difference, variance = reported.from_difference_p(signs[where], p, df=n_t + n_c - 2)
    effect, var = effects.standardise_difference(difference, variance, n_t, n_c)
    derived.fill(where, effect, var, "exact p and direction")


_ARM_COLUMNS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")


def _raw_differences(rows: _Rows) -> _Derived:
    """Mean differences in the instrument's units: from arms, else from an interval, else from p."""
    out = _Derived(len(rows))
    arms = rows.have(*_ARM_COLUMNS)
    if arms.any():
        out.fill(arms, *effects.mean_difference(*rows.of(arms, *_ARM_COLUMNS)), "arms")
    interval = rows.have("md", "ci_low", "ci_high") & ~arms
    if interval.any():
        figures = rows.of(interval, "md", "ci_low", "ci_high")
        found = reported.from_difference_interval(*figures)
        out.fill(interval, *found, "difference and interval")
    exact = rows.have("md", "p_value", "n_t", "n_c") & ~arms & ~interval & (rows["p_value"] > 0)
    if exact.any():
        difference, p, n_t, n_c = rows.of(exact, "md", "p_value", "n_t", "n_c")
        found = reported.from_difference_p(difference, p, df=n_t + n_c - 2)
        out.fill(exact, *found, "difference and exact p")
    return out


def _mean_differences(rows: _Rows) -> _Derived:
    out = _raw_differences(rows)
    span = rows["scale_max"] - rows["scale_min"]
    unscaled = np.isnan(span) & ~np.isnan(out.effect)
    factor = 100.0 / span
    out.effect *= factor
    out.variance *= factor**2
    out.unusable[unscaled] = "no_common_scale"
    return out


def _standardised(rows: _Rows) -> _Derived:
    out = _Derived(len(rows))
    arms = rows.have(*_ARM_COLUMNS)
    if arms.any():
        out.fill(arms, *effects.hedges_g(*rows.of(arms, *_ARM_COLUMNS)), "arms")
    raw = _raw_differences(rows)
    other = ~np.isnan(raw.effect) & ~arms & rows.have("n_t", "n_c")
    if other.any():
        people = rows.of(other, "n_t", "n_c")
        found = effects.standardise_difference(raw.effect[other], raw.variance[other], *people)
        out.fill(other, *found, raw.source[other])
    return out


_COUNTS = ("events_t", "n_t", "events_c", "n_c")
_RATIO = ("ratio", "ratio_ci_low", "ratio_ci_high")


def _risk_ratios(rows: _Rows) -> _Derived:
    out = _Derived(len(rows))
    counts = rows.have(*_COUNTS)
    if counts.any():
        out.fill(counts, *effects.log_risk_ratio(*rows.of(counts, *_COUNTS)), "counts")
    interval = rows.have(*_RATIO) & ~counts
    interval &= rows.table["ratio_measure"].eq("RR").to_numpy(dtype=np.bool_, na_value=False)
    if interval.any():
        found = reported.from_ratio_interval(*rows.of(interval, *_RATIO))
        out.fill(interval, *found, "ratio and interval")
    return out

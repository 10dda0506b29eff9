"""Checks of one row's arms: can these means, SDs, shares and sizes be, and do they fit together?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.evidence import instruments
from analysis.evidence.flags import decimals, flag, has_caution, least_decimals, numbers
from analysis.evidence.plausibility import both_like_standard_errors
from analysis.stats import effects
from analysis.stats.checks import agreement, bounds, granularity, patterns

ARMS = (("massage", "_t"), ("comparison", "_c"))
#: Figures of rows with these cautions are not plain means and SDs of scores.
NOT_SCORES = (
    "median", "adjusted", "percent_in_means", "change_in_percent", "spread_is_interval",
    "se_as_sd", "n_as_randomised", "unit_unclear",
)  # fmt: skip
#: Arms whose SDs differ by more than chance does once in so many are worth a look.
SPREADS_APART = 1e-6


def arms(contrasts: pd.DataFrame) -> list[pd.DataFrame]:
    """All checks of arms; rows of ``contrasts.csv`` in, flags out."""
    scores = contrasts["report_type"].isin(["arm_means_post", "arm_change"]).to_numpy()
    scores = scores & ~has_caution(contrasts, *NOT_SCORES)
    found = []
    for arm, end in ARMS:
        found += _granularity(contrasts, scores, arm, end)
        found += _on_scale(contrasts, scores, arm, end)
        found += _shares(contrasts, arm, end)
    return [
        *found,
        _standard_errors(contrasts),
        _spreads(contrasts),
        _huge(contrasts),
        *_same_cells(contrasts),
    ]


def _granularity(c: pd.DataFrame, scores: np.ndarray, arm: str, end: str) -> list[pd.DataFrame]:
    mean, sd, n = numbers(c, f"mean{end}", f"sd{end}", f"n{end}")
    places, places_sd = decimals(c[f"mean{end}"]), decimals(c[f"sd{end}"])
    surely, perhaps = instruments.grain(c["instrument"])
    usable = scores & (surely | perhaps) & (n >= 2)
    at = np.flatnonzero(usable)
    fits_mean, fits_sd = np.ones(len(c), dtype=bool), np.ones(len(c), dtype=bool)
    d, d_sd = np.nan_to_num(places[at]), np.nan_to_num(places_sd[at])
    fits_mean[at] = granularity.grim(mean[at], n[at], d)
    fits_sd[at] = granularity.grimmer(mean[at], sd[at], n[at], d, d_sd)
    step = 10.0**-places
    found = []
    for sure, severity in ((surely, "impossible"), (perhaps, "note")):
        found.append(flag(
            c, ~fits_mean & sure, table="contrasts", key="contrast_id", check="GRIM",
            severity=severity, what=f"no {arm} arm of this size has this mean of whole numbers",
            value=mean, expected=np.round(np.round(mean * n) / n, 4),
        ))  # fmt: skip
        found.append(flag(
            c, fits_mean & ~fits_sd & sure, table="contrasts", key="contrast_id", check="GRIMMER",
            severity=severity, what=f"no {arm} arm of this size and mean has this SD",
            value=sd, expected=[f"an SD of whole numbers (mean printed to {s:g})" for s in step],
        ))  # fmt: skip
    return found


def _on_scale(c: pd.DataFrame, scores: np.ndarray, arm: str, end: str) -> list[pd.DataFrame]:
    mean, sd, n, low, high = numbers(c, f"mean{end}", f"sd{end}", f"n{end}", "scale_min",
                                     "scale_max")  # fmt: skip
    post = c["report_type"].eq("arm_means_post").to_numpy(dtype=bool)
    d, d_sd = np.nan_to_num(decimals(c[f"mean{end}"])), np.nan_to_num(decimals(c[f"sd{end}"]))
    off = post & ~bounds.mean_possible(mean, low, high, d)
    n = np.where(n >= 2, n, np.nan)
    fits = bounds.sd_possible(sd, mean, n, low, high, decimals_sd=d_sd, decimals_mean=d)
    limit = bounds.largest_sd(mean, n, low, high)
    words = {"table": "contrasts", "key": "contrast_id", "severity": "impossible"}
    ends = list(zip(low, high, strict=True))
    return [
        flag(c, off, check="mean off scale", what=f"the {arm} arm's mean lies off the scale",
             value=mean, expected=ends, **words),
        flag(c, post & scores & ~fits, check="SD too large", value=sd,
             what=f"no scores on this scale with the {arm} arm's mean spread so far",
             expected=[f"at most {x:.4g}" for x in limit], **words),
    ]  # fmt: skip


def _shares(c: pd.DataFrame, arm: str, end: str) -> list[pd.DataFrame]:
    percent, n, events = numbers(c, f"pct{end}", f"n{end}", f"events{end}")
    d = np.nan_to_num(decimals(c[f"pct{end}"]))
    fits = bounds.share_possible(percent, np.where(n >= 1, n, np.nan), d, events)
    closest = 100 * np.round(percent * n / 100) / n
    return [flag(
        c, ~fits, table="contrasts", key="contrast_id", check="percent v people",
        severity="unlikely", what=f"no whole number of the {arm} arm's people is this percentage",
        value=percent, expected=closest,
    )]  # fmt: skip


def _standard_errors(c: pd.DataFrame) -> pd.DataFrame:
    sds = list(zip(*numbers(c, "sd_t", "sd_c"), strict=True))
    return flag(
        c, both_like_standard_errors(c), table="contrasts", key="contrast_id", check="SE as SD",
        severity="unlikely", what="both spreads look like standard errors", value=sds,
        expected="the usual SD of this outcome",
    )  # fmt: skip


def _spreads(c: pd.DataFrame) -> pd.DataFrame:
    """One arm's SD far from the other's: a slipped decimal, or a figure of another row."""
    st, nt, sc, nc = numbers(c, "sd_t", "n_t", "sd_c", "n_c")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (st / sc) ** 2
        tail = np.fmin(stats.f.sf(ratio, nt - 1, nc - 1), stats.f.cdf(ratio, nt - 1, nc - 1))
    return flag(
        c, 2 * tail < SPREADS_APART, table="contrasts", key="contrast_id", check="SDs far apart",
        severity="unlikely", what="the arms' SDs differ more than chance makes them",
        value=list(zip(st, sc, strict=True)), expected="SDs of one size",
    )  # fmt: skip


def _same_cells(c: pd.DataFrame) -> list[pd.DataFrame]:
    """Figures that look copied from the neighbouring cell."""
    mt, st, mc, sc = numbers(c, "mean_t", "sd_t", "mean_c", "sd_c")
    words = {"table": "contrasts", "key": "contrast_id", "severity": "note"}
    return [
        flag(c, (mt == mc) & (st == sc), check="arms identical", value=mt,
             what="both arms have the same mean and the same SD", expected="arms of their own",
             **words),
        flag(c, (st == np.abs(mt)) | (sc == np.abs(mc)), check="SD is the mean", value=st,
             what="an arm's SD is the very number of its mean", expected="an SD", **words),
    ]  # fmt: skip


def _huge(c: pd.DataFrame) -> pd.DataFrame:
    mt, st, nt, mc, sc, nc, md, low, high = numbers(
        c, "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "md", "ci_low", "ci_high"
    )
    g = np.full(len(c), np.nan)
    whole = ~np.isnan(mt + st + nt + mc + sc + nc) & (nt >= 2) & (nc >= 2)
    whole &= ~has_caution(c, "percent_in_means", "spread_is_interval")
    arm = (x[whole] for x in (mt, st, nt, mc, sc, nc))
    g[whole] = effects.hedges_g(*arm)[0]
    from_interval = np.isnan(g) & (high > low) & (nt >= 2) & (nc >= 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = (high - low) / (2 * stats.norm.ppf(0.975)) / np.sqrt(1 / nt + 1 / nc)
        g = np.where(from_interval, md / sd, g)
    return flag(
        c, patterns.huge(g), table="contrasts", key="contrast_id", check="huge effect",
        severity="unlikely", what="the standardised difference is larger than treatments make",
        value=g, expected=f"within {patterns.HUGE:g} SD",
    )  # fmt: skip


def stories(c: pd.DataFrame) -> list[pd.DataFrame]:
    """Estimate, interval, p value, arms and words of one row held against each other."""
    return [*_intervals(c), *_p_values(c), *_differences(c), *_words(c)]


def _intervals(c: pd.DataFrame) -> list[pd.DataFrame]:
    found = []
    for names, ratio in ((("md", "ci_low", "ci_high"), False),
                         (("ratio", "ratio_ci_low", "ratio_ci_high"), True)):  # fmt: skip
        estimate, low, high = numbers(c, *names)
        with np.errstate(invalid="ignore"):
            middle = np.sqrt(low * high) if ratio else (low + high) / 2
        off = ~agreement.centred(estimate, low, high, least_decimals(c, *names), ratio=ratio)
        found.append(flag(
            c, off, table="contrasts", key="contrast_id", check="off centre", severity="unlikely",
            what="the estimate is not the middle of its interval", value=estimate,
            expected=middle,
        ))  # fmt: skip
    return found


def _p_values(c: pd.DataFrame) -> list[pd.DataFrame]:
    (p,) = numbers(c, "p_value")
    at_most = c["p_text"].astype("string").str.contains("<").fillna(False).to_numpy(dtype=bool)
    d = np.nan_to_num(decimals(c["p_value"]))
    nt, nc = numbers(c, "n_t", "n_c")
    found = []
    for names, ratio in ((("md", "ci_low", "ci_high"), False),
                         (("ratio", "ratio_ci_low", "ratio_ci_high"), True)):  # fmt: skip
        estimate, low, high = numbers(c, *names)
        df = np.where(nt + nc > 2, nt + nc - 2, np.nan)
        places = least_decimals(c, *names)
        least, most = agreement.p_from_interval(estimate, low, high, places, df=df, ratio=ratio)
        off = ~agreement.p_agrees(p, d, least, most, slack=0.1)
        off &= ~(at_most & (least < p))
        found.append(_p_flag(c, off, p, least, most, "p v interval", "unlikely",
                             "p does not follow from estimate and interval"))  # fmt: skip
    arms = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
    whole = ~c["comparator"].eq("own_baseline").to_numpy() & (nt >= 2) & (nc >= 2)
    figures, places = numbers(c, *arms), least_decimals(c, "mean_t", "sd_t", "mean_c", "sd_c")
    mt, st, nt, mc, sc, nc = figures
    least, most = agreement.p_from_arms(mt, st, nt, mc, sc, nc, places)
    off = whole & ~agreement.p_agrees(p, d, least, most, slack=0.1)
    off &= ~(at_most & (least < p))
    found.append(_p_flag(c, off, p, least, most, "p v arms", "note",
                         "p is not that of a t test of the printed arms"))  # fmt: skip
    sign, bound = _printed_bound(c["p_text"])
    off = ((sign == "<") & (p > bound)) | ((sign == ">") & (p < bound))
    found.append(flag(
        c, off, table="contrasts", key="contrast_id", check="p v its words", severity="unlikely",
        what="the p value contradicts its own words", value=p, expected=c["p_text"],
    ))  # fmt: skip
    return found


def _p_flag(
    c: pd.DataFrame, off: np.ndarray, p: np.ndarray, least: np.ndarray, most: np.ndarray,
    check: str, severity: str, what: str,
) -> pd.DataFrame:  # fmt: skip
    """A p that does not fit; where "significant" hangs on it, the flag says so."""
    flips = off & ((p < 0.05) != ((least + most) / 2 < 0.05))
    what_each = np.where(flips, f"{what}, and significance hangs on it", what)
    out = flag(c, off, table="contrasts", key="contrast_id", check=check, severity=severity,
               what=what, value=p, expected=list(zip(least, most, strict=True)))  # fmt: skip
    out["what"] = what_each[np.flatnonzero(off)] if len(out) else out["what"]
    return out


def _printed_bound(text: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The sign "<" or ">" and the number after it, where p is printed so and only so."""
    found = text.astype("string").str.extract(r"^\s*[pP]?\s*([<>])\s*=?\s*(0?\.\d+)\s*$")
    bound = pd.to_numeric(found[1], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return found[0].fillna("").to_numpy(dtype=object), bound


def _differences(c: pd.DataFrame) -> list[pd.DataFrame]:
    mt, mc, md, low, high = numbers(c, "mean_t", "mean_c", "md", "ci_low", "ci_high")
    st, nt, sc, nc = numbers(c, "sd_t", "n_t", "sd_c", "n_c")
    plain = ~has_caution(c, "adjusted", "within_arm", "median") & ~c["report_type"].eq("smd")
    between = np.asarray(plain) & ~c["comparator"].eq("own_baseline").to_numpy()
    d = least_decimals(c, "mean_t", "mean_c", "md")
    off = between & ~agreement.difference_agrees(mt, mc, md, d)
    wide = between & ~agreement.spread_agrees(st, nt, sc, nc, low, high)
    words = {"table": "contrasts", "key": "contrast_id", "severity": "note"}
    expected = 2 * 1.959964 * np.sqrt(st**2 / nt + sc**2 / nc)
    return [
        flag(c, off, check="difference v means", value=md, expected=mt - mc,
             what="the printed difference is not that of the means", **words),
        flag(c, wide, check="interval v SDs", value=high - low, expected=expected,
             what="the interval's width does not fit the arms' SDs", **words),
    ]  # fmt: skip


def _words(c: pd.DataFrame) -> list[pd.DataFrame]:
    """The claimed direction against the sign of the figures, and against p."""
    mt, mc, md, low, high, p = numbers(c, "mean_t", "mean_c", "md", "ci_low", "ci_high", "p_value")
    turn = c["lower_is_better"].astype("boolean").map({True: 1.0, False: -1.0}).astype(float)
    between = ~c["comparator"].eq("own_baseline").to_numpy()
    difference = np.where(np.isnan(md), mt - mc, md) * turn.to_numpy()
    difference = np.where(between, difference, np.nan)
    claimed = c["direction"].map(
        {"favours_massage": -1.0, "favours_comparator": 1.0, "no_difference": 0.0}
    ).to_numpy(dtype=float, na_value=np.nan)  # fmt: skip
    against = ~agreement.direction_agrees(difference, claimed)
    significant = np.where(np.isnan(p), (low > 0) | (high < 0), p < 0.05)
    known = ~np.isnan(p) | ~np.isnan(low)
    silent = between & known & significant.astype(bool) & (claimed == 0)
    loud = between & known & ~significant.astype(bool) & (np.abs(claimed) == 1)
    words = {"table": "contrasts", "key": "contrast_id"}
    return [
        flag(c, against, check="direction v figures", severity="unlikely", value=difference,
             what="the figures point the other way than the words", expected=c["direction"],
             **words),
        flag(c, silent, check="direction v p", severity="note", value=p,
             what="called no difference, although p or interval says otherwise",
             expected=c["direction"], **words),
        flag(c, loud, check="direction v p", severity="note", value=p,
             what="called a difference, although p or interval does not show one",
             expected=c["direction"], **words),
    ]  # fmt: skip

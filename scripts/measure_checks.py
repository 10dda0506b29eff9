"""How often each consistency check is wrong, by simulation: writes docs/consistency-checks.md.

    python scripts/measure_checks.py

Honest figures are made with known truth and printed as papers print them; a check that complains
about them raised a false alarm. Then one error of its kind is planted, and the check should.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from analysis.stats.checks import agreement, bounds, granularity, patterns
from analysis.stats.sensitivity import influence

SEED, RUNS = 20240917, 4000
PAGE = Path(__file__).resolve().parents[1] / "docs" / "consistency-checks.md"
Rng = np.random.Generator


@dataclass(frozen=True)
class Rate:
    """One row of the page."""

    check: str
    source: str
    honest: str
    alarms: float
    planted: str
    caught: float


@dataclass(frozen=True)
class Sample:
    """Whole-number scores of ``n`` people on 0 to ``top``, and what a paper prints of them."""

    n: np.ndarray
    top: int
    mean: np.ndarray
    sd: np.ndarray
    places: int


def scores(rng: Rng, places: int = 2, top: int = 24) -> Sample:
    """Printed means and SDs of trial arms with 8 to 60 people."""
    n = rng.integers(8, 61, RUNS)
    here = np.arange(60) < n[:, None]
    x = np.clip(np.round(rng.normal(top * 0.4, top * 0.2, (RUNS, 60))), 0, top)
    mean = (x * here).sum(1) / n
    sd = np.sqrt((((x - mean[:, None]) ** 2) * here).sum(1) / (n - 1))
    return Sample(n, top, mean.round(places), sd.round(places), places)


def slip(rng: Rng, values: np.ndarray, places: int) -> np.ndarray:
    """The last printed digit replaced by another one."""
    last = np.round(values * 10**places).astype(int)
    return np.asarray((last - last % 10 + (last % 10 + rng.integers(1, 10, len(last))) % 10)
                      / 10**places)  # fmt: skip


def granular(rng: Rng) -> list[Rate]:
    """GRIM and GRIMMER."""
    s = scores(rng)
    d, honest = s.places, "whole-number scores, 8 to 60 people, two decimals"
    mean_bad, sd_bad = slip(rng, s.mean, d), slip(rng, s.sd, d)
    return [
        Rate("GRIM", "Brown and Heathers 2017", honest, share(~granularity.grim(s.mean, s.n, d)),
             "last digit of the mean", share(~granularity.grim(mean_bad, s.n, d))),
        Rate("GRIMMER", "Anaya 2016; Allard 2018", honest,
             share(~granularity.grimmer(s.mean, s.sd, s.n, d, d)),
             "last digit of the SD", share(~granularity.grimmer(s.mean, sd_bad, s.n, d, d))),
    ]  # fmt: skip


def on_scale(rng: Rng) -> list[Rate]:
    """Means, SDs and shares against what is possible."""
    s = scores(rng, places=1)
    words = {"decimals_sd": 1, "decimals_mean": 1}

    def wide(sd: np.ndarray) -> float:
        return share(~bounds.sd_possible(sd, s.mean, s.n, 0, s.top, **words))

    events = rng.binomial(s.n, 0.4)
    percent = np.round(100 * events / s.n)
    off = np.round(percent + rng.choice([-1, 1], RUNS) * rng.integers(1, 10, RUNS))
    honest = "whole-number scores, one decimal"
    return [
        Rate("mean off scale", "arithmetic", honest,
             share(~bounds.mean_possible(s.mean, 0, s.top, 1)), "decimal point slipped",
             share(~bounds.mean_possible(s.mean * 10, 0, s.top, 1))),
        Rate("SD too large", "Bhatia and Davis 2000; Heathers et al. 2018", honest, wide(s.sd),
             "decimal point slipped", wide(s.sd * 10)),
        Rate("percent v people", "Brown and Heathers 2017", "shares of 8 to 60 people, no decimals",
             share(~bounds.share_possible(percent, s.n, 0)), "off by 1 to 9 points",
             share(~bounds.share_possible(off, s.n, 0))),
    ]  # fmt: skip


@dataclass(frozen=True)
class Trials:
    """Two-armed trials with normal scores, spread 20 about 50, true effects about -5."""

    arms: tuple[np.ndarray, ...]
    difference: np.ndarray
    se: np.ndarray
    df: np.ndarray
    p: np.ndarray


def trials(rng: Rng, correlation: float = 0.0) -> Trials:
    """With ``correlation`` of first and last score, difference and p are adjusted (ANCOVA)."""
    n = rng.integers(10, 80, RUNS).astype(float)
    sds = [20 * np.sqrt(rng.chisquare(n - 1) / (n - 1)) for _ in "tc"]
    truth, df = rng.normal(-5, 5, RUNS), 2 * n - 2
    means = [50 + shift + rng.normal(0, 20, RUNS) / np.sqrt(n) for shift in (truth, 0)]
    shrink = np.sqrt(1 - correlation**2)
    plain = means[0] - means[1]
    difference = plain if correlation == 0 else rng.normal(truth, 20 * shrink * np.sqrt(2 / n))
    se = shrink * np.sqrt((sds[0] ** 2 + sds[1] ** 2) / n)
    p = 2 * stats.t.sf(np.abs(difference) / se, df)
    arms = (means[0].round(1), sds[0].round(1), n, means[1].round(1), sds[1].round(1), n)
    return Trials(arms, difference, se, df, p)


def stories(rng: Rng) -> list[Rate]:
    """Estimate, interval, p and arms."""
    t, adjusted = trials(rng), trials(rng, correlation=0.5)
    by_t = rng.random(RUNS) < 0.5
    reach = np.where(by_t, stats.t.ppf(0.975, t.df), 1.959964) * t.se
    estimate, low, high = (x.round(1) for x in (t.difference, t.difference - reach,
                                                t.difference + reach))  # fmt: skip
    z = np.where(by_t, stats.t.sf(np.abs(t.difference) / t.se, t.df),
                 stats.norm.sf(np.abs(t.difference) / t.se))  # fmt: skip
    p = (2 * z).round(3)
    off = estimate + rng.choice([-1, 1], RUNS) * rng.integers(2, 10, RUNS) / 10
    ratio = np.exp(rng.normal(-0.3, 0.3, RUNS))
    width = np.exp(1.96 * rng.uniform(0.1, 0.5, RUNS))
    ends = [x.round(2) for x in (ratio, ratio / width, ratio * width)]

    def p_off(given: np.ndarray) -> float:
        rng_p = agreement.p_from_interval(estimate, low, high, 1, df=t.df)
        return share(~agreement.p_agrees(given, 3, *rng_p, slack=0.1))

    def arms_off(of: Trials, given: np.ndarray) -> float:
        mt, st, nt, mc, sc, nc = of.arms
        return share(~agreement.p_agrees(given.round(3), 3, *agreement.p_from_arms(
            mt, st, nt, mc, sc, nc, 1), slack=0.1))  # fmt: skip

    def wide(of: Trials, by: float = 1.0) -> float:
        half = 1.96 * of.se * by
        a = of.arms
        return share(~agreement.spread_agrees(a[1], a[2], a[4], a[5], -half, half))

    nuijten = "Nuijten et al. 2016"
    return [
        Rate("off centre", nuijten, "differences with t or normal intervals, one decimal",
             share(~agreement.centred(estimate, low, high, 1)), "estimate off by 0.2 to 0.9",
             share(~agreement.centred(off, low, high, 1))),
        Rate("off centre (ratios)", nuijten, "risk ratios with intervals, two decimals",
             share(~agreement.centred(*ends, 2, ratio=True)), "estimate off by a tenth of itself",
             share(~agreement.centred((ends[0] * 1.1).round(2), *ends[1:], 2, ratio=True))),
        Rate("p v interval", nuijten, "p by t or normal, three decimals", p_off(p),
             "p of another row", p_off(rng.permutation(p))),
        Rate("p v arms", nuijten, "Student's t test of the arms", arms_off(t, t.p),
             "p of another row", arms_off(t, rng.permutation(t.p))),
        Rate("p v arms", nuijten, "an adjusted test (first and last score correlate 0.5)",
             arms_off(adjusted, adjusted.p), "p of another row",
             arms_off(adjusted, rng.permutation(adjusted.p))),
        Rate("interval v SDs", "Cochrane Handbook 6.5", "plain differences", wide(t),
             "interval of half the width", wide(t, 0.5)),
        Rate("interval v SDs", "Cochrane Handbook 6.5", "adjusted differences (correlation 0.5)",
             wide(adjusted), "interval of half the width", wide(adjusted, 0.5)),
    ]  # fmt: skip


def odd(rng: Rng) -> list[Rate]:
    """Figures beside others."""
    n = rng.integers(10, 80, RUNS).astype(float)
    level = np.exp(rng.normal(0, 0.25, RUNS))  # trials' own spread about the usual one
    st, sc = (20 * level * np.sqrt(rng.chisquare(n - 1) / (n - 1)) for _ in "tc")
    mt, mc = (rng.normal(50 - shift, 20 / np.sqrt(n)) for shift in (8, 0))

    def like(divisor: np.ndarray | float) -> float:
        both = [patterns.like_standard_error(sd / divisor, n, 20.0) for sd in (st, sc)]
        return share(both[0] & both[1])

    def apart(first: np.ndarray) -> float:
        ratio = (first / sc) ** 2
        tail = np.fmin(stats.f.sf(ratio, n - 1, n - 1), stats.f.cdf(ratio, n - 1, n - 1))
        return share(2 * tail < 1e-6)

    def large(sd: np.ndarray) -> float:
        return share(patterns.huge((mt - mc) / sd))

    figures = [x.round(1) for x in (mt, st, n, mc, sc, n)]
    copied = [np.concatenate([x, x[: RUNS // 10]]) for x in figures]
    return [
        Rate("SE as SD", "Gøtzsche et al. 2007", "SDs that vary by a quarter between trials",
             like(1.0), "both SDs divided by the root of n", like(np.sqrt(n))),
        Rate("SDs far apart", "F test", "equal true SDs, 10 to 79 people an arm", apart(st),
             "decimal point slipped in one SD", apart(st / 10)),
        Rate("huge effect", "convention", "true effect 0.4 SD", large(st),
             "both SDs divided by the root of n", large(st / np.sqrt(n))),
        Rate("twin figures", "Tramèr et al. 1997", f"{RUNS:,} trials, six figures each",
             share(patterns.twins(*figures)), "a tenth of the trials entered twice",
             share(patterns.twins(*copied)[RUNS:])),
    ]  # fmt: skip


def many(rng: Rng) -> list[Rate]:
    """Trials of one pool, and the baseline of one trial."""
    runs, k = RUNS // 20, 8
    alike, copied, far, shifted = [], [], [], []
    for _ in range(runs):
        v = rng.uniform(0.02, 0.2, k)
        y = rng.normal(-0.4, np.sqrt(v))
        alike.append(patterns.too_alike(y, v) < 0.01)
        copied.append(patterns.too_alike(-0.4 + (y + 0.4) / 5, v) < 0.01)
        y = rng.normal(-0.4, np.sqrt(v + 0.04))
        far.append(np.abs(influence(y, v)["rstudent"]) > 3)
        y[0] = -y[0] + 3
        shifted.append(abs(influence(y, v)["rstudent"].iloc[0]) > 3)
    fair, tangled, apart = [], [], []
    for _ in range(runs):
        p = rng.random(k)
        fair.append(patterns.balance(p).too_different < 0.01)
        z = np.sqrt(0.3) * rng.normal() + np.sqrt(0.7) * rng.normal(size=k)
        tangled.append(patterns.balance(2 * stats.norm.sf(np.abs(z))).too_different < 0.01)
        apart.append(patterns.balance(2 * stats.norm.sf(np.abs(rng.normal(0, 2, k))))
                     .too_different < 0.01)  # fmt: skip
    carlisle = "Carlisle 2017"
    return [
        Rate("trials too alike", "Simonsohn 2013", "eight trials of one true effect",
             share(alike), "scatter a fifth of chance", share(copied)),
        Rate("outlier in pool", "Viechtbauer and Cheung 2010", "trials of a random-effects pool",
             share(np.concatenate(far)), "one of eight turned and moved by 3 SD", share(shifted)),
        Rate("baseline imbalance", carlisle, "eight independent variables", share(fair),
             "differences twice as large as chance", share(apart)),
        Rate("baseline imbalance", carlisle, "eight variables that correlate 0.3", share(tangled),
             "differences twice as large as chance", share(apart)),
    ]  # fmt: skip


def share(found: np.ndarray | list[bool]) -> float:
    """Part of the cases that a check complained about."""
    return float(np.mean(found))


PARTS: tuple[Callable[[Rng], list[Rate]], ...] = (granular, on_scale, stories, odd, many)


def rates() -> list[Rate]:
    """Every check measured; the same numbers on every run."""
    return [
        rate for at, part in enumerate(PARTS) for rate in part(np.random.default_rng(SEED + at))
    ]


HEAD = """# Consistency checks of the published figures

<!-- The table is generated by `python scripts/measure_checks.py`. -->

A check holds the figures of a paper against each other or against what is possible. What it finds
is a question to the paper, not a verdict on it: most oddities are misprints, rounding, figures of
people who dropped out, or slips in copying. **Nothing is dropped, changed or weighted because of a
flag.** The notebook `14-consistency-checks` lists what was found and what each answer would be
without it.

| severity | means |
|---|---|
| impossible | no data print so, if the scale counts in whole numbers or ends where our tables say |
| unlikely | look in the paper |
| note | common in honest papers, but good to know |

Printed figures stand for a range: rounded to the nearest (half up, half down, half to even) or cut
off. A zero at the end of a printed number is lost in a table, so a check allows more rounding than
there was, and never less. GRIM and GRIMMER call a figure impossible only for instruments that are
totals of whole-number items; for lines marked in millimetres, numeric ratings and the like they
leave a note, because these are averaged or measured at times.

## How often each is wrong

"False alarms": the share of honest figures that it complains about. "Caught": the share of planted
errors of the kind named that it complains about. Simulated, {runs:,} cases a row ({few:,} where
trials are pooled).

| check | source | honest figures | false alarms | planted error | caught |
|---|---|---|---|---|---|
"""
TAIL = """
Checks of coded words (comparator, time, modality, orientation, scale ends, year, people, risk of
bias, DOI, first author) compare two cells of our own tables and are right or wrong by reading; they
have no rate. "Threshold v claim" compares `claims.toml` with the table that it cites. Some were
added after planted errors had shown what got through; `docs/how-we-could-be-wrong.md` counts a
second draw of errors.

## What no check here can see

A figure that is wrong and plausible: a mean of another time point, two arms swapped where nothing
else says which was better, a trial that never took place. `docs/how-we-could-be-wrong.md` tries.

## Sources

- Allard, A. (2018). Analytic-GRIMMER: a new way of testing the possibility of standard deviations.
- Anaya, J. (2016). The GRIMMER test. *PeerJ Preprints* 4, e2400v1.
- Bhatia, R., Davis, C. (2000). A better bound on the variance. *Am. Math. Monthly* 107, 353.
- Brown, N. J. L., Heathers, J. A. J. (2017). The GRIM test. *Soc. Psychol. Personal. Sci.* 8, 363.
- Carlisle, J. B. (2017). Data fabrication and other reasons for non-random sampling in 5087
  randomised, controlled trials. *Anaesthesia* 72, 944.
- Gøtzsche, P. C. et al. (2007). Data extraction errors in meta-analyses that use standardized mean
  differences. *JAMA* 298, 430.
- Heathers, J. A. et al. (2018). Recovering data from summary statistics: SPRITE. *PeerJ Preprints*.
- Nuijten, M. B. et al. (2016). The prevalence of statistical reporting errors in psychology.
  *Behav. Res. Methods* 48, 1205.
- Simonsohn, U. (2013). Just post it. *Psychol. Sci.* 24, 1875.
- Tramèr, M. R. et al. (1997). Impact of covert duplicate publication on meta-analysis. *BMJ* 315,
  635.
- Viechtbauer, W., Cheung, M. W.-L. (2010). Outlier and influence diagnostics for meta-analysis.
  *Res. Synth. Methods* 1, 112.
"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| {r.check} | {r.source} | {r.honest} | {r.alarms:.3f} | {r.planted} | {r.caught:.3f} |"
        for r in rates()
    ]
    return HEAD.format(runs=RUNS, few=RUNS // 20) + "\n".join(rows) + "\n" + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))

"""What a month without a new treatment does to people with chronic pain: the yardstick.

The people are those of a randomised trial in chronic back pain whose anonymised file is public
(CC0). The file itself is not in this repository. `data/derived/` holds what we computed from it,
group by group, so that reports and notebooks work offline and give the same numbers whether or not
the file is at hand; ``python -m analysis.clients.natural_history`` fetches the file and writes
those tables anew.

Sign: every outcome of the trial is better when lower; negative change is improvement, and a
negative difference favours the trial's own treatment.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis import paths
from analysis.clients import external
from analysis.stats._checks import FloatArray
from analysis.stats.effects import hedges_correction
from analysis.stats.regression_to_mean import TwoTimes

DATA_SET: Final = "ashar2022"
ARMS: Final = {1: "pain_reprocessing_therapy", 2: "open_label_placebo", 3: "usual_care"}
#: Outcome: its column in the trial's file, and the ends of its scale.
OUTCOMES: Final = {
    "pain": ("pain_avg", 0, 10),
    "interference": ("bpi_interference", 0, 10),
    "disability": ("odi", 0, 100),
    "sleep": ("promis_sleep", 8, 40),
    "anxiety": ("promis_anxiety", 8, 40),
    "depression": ("promis_dep", 8, 40),
}
#: Tables of data/derived, each made by one function of the trial's people.
TABLES: Final = ("month_change", "month_shares", "month_selection", "month_effects")
#: Resamples of the bootstrap and where its random numbers start.
RESAMPLES, SEED = 10_000, 20210929


def read_trial(path: Path) -> pd.DataFrame:
    """The trial's randomised patients: one row each, before and after side by side.

    Columns: ``arm`` and, for every outcome, ``<outcome>_start`` and ``<outcome>_end`` (NaN where
    somebody did not come back). Healthy controls and everything else in the file are left out.
    """
    rows = pd.read_csv(path, na_values=["NaN", "<undefined>"])
    rows = rows[rows["is_patient"].eq(1) & rows["group"].notna()]
    columns = {source: name for name, (source, _, _) in OUTCOMES.items()}
    wide = rows.rename(columns=columns).pivot(index=["id", "group"], columns="time")[list(OUTCOMES)]
    ends = wide.columns.get_level_values("time").map({1: "start", 2: "end"})
    wide.columns = wide.columns.get_level_values(0).str.cat(ends, sep="_")
    people = wide.reset_index()
    people.insert(0, "arm", people["group"].map(ARMS))
    return people.drop(columns=["id", "group"])


def month_change(people: pd.DataFrame) -> pd.DataFrame:
    """Means, SDs and correlation of start and end, per outcome and arm.

    ``*_all`` are of everybody randomised, the others of those measured twice.
    """
    rows = []
    for name, (_, low, high) in OUTCOMES.items():
        for arm, group in people.groupby("arm", sort=True):
            start, end = group[f"{name}_start"], group[f"{name}_end"]
            both = start.notna() & end.notna()
            rows.append(
                {
                    "outcome": name,
                    "scale_min": low,
                    "scale_max": high,
                    "arm": arm,
                    "n_randomised": len(group),
                    "n": int(both.sum()),
                    "mean_start_all": start.mean(),
                    "sd_start_all": start.std(),
                    "mean_start": start[both].mean(),
                    "sd_start": start[both].std(),
                    "mean_end": end[both].mean(),
                    "sd_end": end[both].std(),
                    "correlation": start[both].corr(end[both]),
                    "lowest_start": start[both].min(),
                    "highest_start": start[both].max(),
                }
            )
    return pd.DataFrame(rows)


#: Rule id: the outcome, and whether start and end meet it. Only what people actually did.
RULES: Final[dict[str, tuple[str, Callable[[Any, Any], Any]]]] = {
    "pain_free_or_nearly": ("pain", lambda _, end: end <= 1),
    "pain_2_points": ("pain", lambda start, end: start - end >= 2),
    "pain_30_percent": ("pain", lambda start, end: end <= 0.7 * start),
    "pain_50_percent": ("pain", lambda start, end: end <= 0.5 * start),
    "pain_worse_2_points": ("pain", lambda start, end: end - start >= 2),
    "disability_10_points": ("disability", lambda start, end: start - end >= 10),
    "sleep_better_at_all": ("sleep", lambda start, end: end < start),
    "sleep_half_sd": ("sleep", lambda start, end: start - end >= 0.5 * start.std()),
    "sleep_one_sd": ("sleep", lambda start, end: start - end >= start.std()),
    "anxiety_half_sd": ("anxiety", lambda start, end: start - end >= 0.5 * start.std()),
}


def month_shares(people: pd.DataFrame) -> pd.DataFrame:
    """How many meet each rule after the month, by arm and by how bad they were at the start.

    ``start_from`` is the lowest start that counts (NaN: everybody). ``n_randomised`` counts
    whoever dropped out, ``n`` those measured twice.
    """
    rows = []
    for arm, group in people.groupby("arm", sort=True):
        for rule, (outcome, met) in RULES.items():
            start, end = group[f"{outcome}_start"], group[f"{outcome}_end"]
            for least in (np.nan, *((4.0, 5.0) if outcome == "pain" else ())):
                chosen = start.notna() if np.isnan(least) else start >= least
                measured = chosen & end.notna()
                rows.append(
                    {
                        "rule": rule,
                        "outcome": outcome,
                        "arm": arm,
                        "start_from": least,
                        "n_randomised": int(chosen.sum()),
                        "n": int(measured.sum()),
                        "events": int((met(start, end) & measured).sum()),
                    }
                )
    return pd.DataFrame(rows)


def month_selection(people: pd.DataFrame) -> pd.DataFrame:
    """Change of the people whose pain was at least so much, at the start or, backwards, at the end.

    Picked at the start they improve; picked at the end they were better *before*. Time cannot be
    the reason for both.
    """
    rows = []
    for arm, group in people.groupby("arm", sort=True):
        both = group.dropna(subset=["pain_start", "pain_end"])
        for picked, other in (("start", "end"), ("end", "start")):
            for least in (0, 3, 4, 5):
                chosen = both[both[f"pain_{picked}"] >= least]
                away = chosen[f"pain_{other}"] - chosen[f"pain_{picked}"]
                rows.append(
                    {
                        "arm": arm,
                        "picked_at": picked,
                        "pain_at_least": least,
                        "n": len(chosen),
                        "mean_picked": chosen[f"pain_{picked}"].mean(),
                        "mean_other": chosen[f"pain_{other}"].mean(),
                        "difference": away.mean(),
                        "sd_difference": away.std(),
                    }
                )
    return pd.DataFrame(rows)


def month_effects(people: pd.DataFrame) -> pd.DataFrame:
    """Hedges g of the difference in change, treatment against each comparator, with bootstrap.

    ``g = J * (mean change treated - mean change compared) / pooled SD of change``, of people
    measured twice. The interval is the 2.5th and 97.5th percentile over people resampled within
    arms (Efron 1979), all outcomes of a person kept together; ``g_bootstrap`` is their mean.
    ``share_depression_beyond_sleep``: in how many resamples depression changed more than sleep.
    """
    generator = np.random.default_rng(SEED)
    changes = {
        arm: np.column_stack([group[f"{o}_end"] - group[f"{o}_start"] for o in OUTCOMES])
        for arm, group in people.dropna().groupby("arm")
    }
    rows = []
    treated = changes[ARMS[1]]
    for arm in (ARMS[2], ARMS[3]):
        compared = changes[arm]
        draws = _hedges(_resampled(treated, generator), _resampled(compared, generator))
        exact = _hedges(treated[None], compared[None])[0]
        names = list(OUTCOMES)
        gap = np.abs(draws[:, names.index("depression")]) - np.abs(draws[:, names.index("sleep")])
        for i, outcome in enumerate(OUTCOMES):
            low, high = np.percentile(draws[:, i], [2.5, 97.5])
            rows.append(
                {
                    "outcome": outcome,
                    "comparator": arm,
                    "n_t": len(treated),
                    "n_c": len(compared),
                    "g": exact[i],
                    "g_bootstrap": draws[:, i].mean(),
                    "ci_low": low,
                    "ci_high": high,
                    "share_depression_beyond_sleep": float((gap > 0).mean())
                    if outcome in ("sleep", "depression")
                    else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _resampled(changes: FloatArray, generator: np.random.Generator) -> FloatArray:
    picks = generator.integers(0, len(changes), (RESAMPLES, len(changes)))
    return np.asarray(changes[picks])


def _hedges(treated: FloatArray, compared: FloatArray) -> FloatArray:
    """Hedges g for stacks of resamples: (resample, person, outcome) in, (resample, outcome) out."""
    n, m = treated.shape[1], compared.shape[1]
    squares = (n - 1) * treated.var(axis=1, ddof=1) + (m - 1) * compared.var(axis=1, ddof=1)
    difference = treated.mean(axis=1) - compared.mean(axis=1)
    return np.asarray(hedges_correction(n + m - 2) * difference / np.sqrt(squares / (n + m - 2)))


def derive(people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every table of ``data/derived``, computed from the trial's people."""
    made = (month_change, month_shares, month_selection, month_effects)
    return {make.__name__: make(people) for make in made}


def load(name: str, data: Path | None = None) -> pd.DataFrame:
    """One committed table of ``data/derived``; no network, no trial file.

    Raises
    ------
    ValueError
        There is no such table.

    >>> load("month_change").query("outcome == 'pain' and arm == 'usual_care'")["n"].item()
    47
    """
    if name not in TABLES:
        raise ValueError(f"there is no derived table {name!r}; there are {', '.join(TABLES)}")
    return _read((data or paths.data_dir()) / "derived" / f"{name}.csv").copy()


@functools.cache
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


@functools.cache
def course(outcome: str, arm: str, data: Path | None = None) -> TwoTimes:
    """One arm's month, in the trial's own units; a change is end minus start.

    Raises
    ------
    ValueError
        The trial has no such outcome or arm.

    >>> round(course("pain", "usual_care").mean_change, 2)
    -0.38
    """
    table = load("month_change", data)
    row = table[table["outcome"].eq(outcome) & table["arm"].eq(arm)]
    if len(row) != 1:
        raise ValueError(f"the trial has no outcome {outcome!r} in an arm {arm!r}")
    fields = ("mean_start", "sd_start", "mean_end", "sd_end", "correlation")
    return TwoTimes(int(row["n"].item()), *(float(row[f].item()) for f in fields))


def write(folder: Path) -> list[Path]:
    """Fetch the trial's file if need be and write the derived tables into ``folder``."""
    tables = derive(read_trial(external.fetch(DATA_SET)))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.round(10).to_csv(path, index=False, lineterminator="\n")
        written.append(path)
    return written


if __name__ == "__main__":
    for made in write(paths.data_dir() / "derived"):
        print(made)

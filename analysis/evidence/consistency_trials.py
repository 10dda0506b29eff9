"""Checks of trials' figures against each other: how many people, and figures that stand twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.evidence.flags import flag, has_caution, numbers
from analysis.evidence.tables import Tables
from analysis.stats.checks import bounds, patterns

_KEY = {"table": "contrasts", "key": "contrast_id"}


def sizes(evidence: Tables) -> list[pd.DataFrame]:
    """More people analysed than randomised; arms whose size jumps between rows of a trial."""
    c = evidence.contrasts.merge(
        evidence.studies[["study_id", "n_randomised", "design"]], on="study_id", how="left"
    )
    nt, nc, total = numbers(c, "n_t", "n_c", "n_randomised")
    same = c["comparator"].eq("own_baseline").to_numpy() | has_caution(c, "paired")
    same |= c["design"].eq("crossover_rct").fillna(False).to_numpy(dtype=bool)
    over = ~bounds.size_possible(nt, nc, total, same_people=same)
    arm = c["study_id"] + "|" + c["comparator"] + "|" + c["arm"].fillna("")
    jumps = []
    for n in (nt, nc):
        usual = pd.Series(n).groupby(arm.to_numpy()).transform("median").to_numpy()
        with np.errstate(invalid="ignore"):
            jumps.append((n > 2 * usual) | (n < usual / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = ~same & (np.fmax(nt, nc) > 3 * np.fmin(nt, nc))
    pairs = list(zip(nt, nc, strict=True))
    return [
        flag(c, over, check="people v randomised", severity="unlikely", value=nt + nc,
             what="more people were analysed than the trial randomised", expected=total, **_KEY),
        flag(c, jumps[0] | jumps[1], check="size jumps", severity="note", value=pairs,
             what="an arm has twice or half the people of the trial's other rows",
             expected="sizes alike", **_KEY),
        flag(c, apart, check="sizes apart", severity="note", value=pairs,
             what="one arm has more than three times the people of the other",
             expected="arms of one size", **_KEY),
    ]  # fmt: skip


def copies(evidence: Tables) -> list[pd.DataFrame]:
    """The same figures in two different trials."""
    c = evidence.contrasts
    first = c[c["duplicate_of"].isna() & ~has_caution(c, "duplicate")]
    found = []
    sets = {
        "both arms' figures": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
        "both means and sizes": ("mean_t", "mean_c", "n_t", "n_c"),
        "difference and interval": ("md", "ci_low", "ci_high"),
        "ratio and interval": ("ratio", "ratio_ci_low", "ratio_ci_high"),
        "events and sizes": ("events_t", "n_t", "events_c", "n_c"),
        "means and SDs": ("mean_t", "sd_t", "mean_c", "sd_c"),
    }
    for name, columns in sets.items():
        rows = first.drop_duplicates(["study_id", *columns])
        twin = patterns.twins(*numbers(rows, *columns))
        if name == "events and sizes":  # small counts meet by chance
            twin &= rows["events_t"].gt(3).fillna(False).to_numpy(dtype=bool)
        rows = rows[twin]
        figures = rows[list(columns)].astype("string").fillna("").agg(", ".join, axis=1)
        found.append(flag(
            rows, twin[twin], check="twin figures", severity="unlikely", value=figures,
            what=f"another trial has the same {name}", expected="figures of its own", **_KEY,
        ))  # fmt: skip
    once = pd.concat(found).drop_duplicates("row_id")
    return [once, _near_copies(first[~first["contrast_id"].isin(once["row_id"])]),
            _same_people(evidence)]  # fmt: skip


#: Two trials' means and SDs all this close, and their sizes that close, are hardly two trials.
NEAR, NEAR_SIZE = 0.05, 0.15


def _near_copies(c: pd.DataFrame) -> pd.DataFrame:
    """Two trials whose figures are all nearly the same: perhaps two reports of one."""
    figures = np.column_stack(numbers(c, "mean_t", "sd_t", "mean_c", "sd_c"))
    size = np.column_stack(numbers(c, "n_t", "n_c"))
    whole = ~np.isnan(figures).any(axis=1) & ~np.isnan(size).any(axis=1)
    rows, f, n = c[whole], figures[whole], size[whole]
    gap = np.abs(f[:, None] - f[None]) <= NEAR * np.abs(f)[:, None]
    people = np.abs(n[:, None] - n[None]) <= NEAR_SIZE * n[:, None] + 1
    trial = rows["study_id"].to_numpy(dtype=object)
    close = gap.all(axis=2) & people.all(axis=2) & (trial[:, None] != trial[None])
    other = rows["contrast_id"].to_numpy(dtype=object)[close.argmax(axis=1)]
    return flag(
        rows, close.any(axis=1), check="near twins", severity="unlikely", value=other,
        what="another trial has nearly the same figures in both arms",
        expected="figures of its own", **_KEY,
    )  # fmt: skip


def _same_people(evidence: Tables) -> pd.DataFrame:
    """Two trials under different names with the same year, people, size and treatment."""
    s = evidence.studies
    facts = ["year", "condition", "n_randomised", "intervention"]
    twin = s[facts].notna().all(axis=1) & s.duplicated(facts, keep=False)
    return flag(
        s, twin.to_numpy(dtype=bool), table="studies", key="study_id", check="twin trials",
        severity="note", what="another trial has the same year, people, size and treatment",
        value=s["name"], expected="one trial, one row",
    )  # fmt: skip

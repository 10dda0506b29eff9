"""Which rows answer a question, and why each other row does not.

Rows leave one step at a time, each for one stated reason, so that a flow count adds up. Change
inside one arm (``own_baseline``) can never be selected: it is not a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.evidence import contrasts as contrast_effects
from analysis.evidence.claims import Claim

DIRECT, INDIRECT = "direct", "indirect"


@dataclass(frozen=True)
class LeftOut:
    """Which rows left at which step, told in words only when somebody asks: few do.

    ``steps``: names and reasons in order; ``at``: for each contrast the number of the step at which
    it left, or -1; ``unusable``: why its figures give no effect.
    """

    steps: tuple[tuple[str, str], ...] = ()
    at: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    contrast_id: pd.Series[str] = field(default_factory=lambda: pd.Series(dtype="string"))
    unusable: pd.Series[str] = field(default_factory=lambda: pd.Series(dtype="string"))

    @cached_property
    def flow(self) -> pd.DataFrame:
        """One row per step: ``step``, ``why``, ``rows_out`` and ``rows_left``."""
        table = pd.DataFrame(self.steps, columns=["step", "why"])
        table["rows_out"] = np.bincount(self.at[self.at >= 0], minlength=len(self.steps))
        table["rows_left"] = len(self.at) - table["rows_out"].cumsum()
        return table

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """One row per contrast that left: ``contrast_id``, ``step`` and ``why``."""
        gone = np.flatnonzero(self.at >= 0)
        step, why = (np.array(texts, dtype=object) for texts in zip(*self.steps, strict=True))
        excluded = pd.DataFrame(
            {
                "contrast_id": self.contrast_id.to_numpy()[gone],
                "step": step[self.at[gone]],
                "why": why[self.at[gone]],
            }
        )
        figures = excluded["step"].eq("figures").to_numpy()
        codes = self.unusable.iloc[gone[figures]]
        excluded.loc[figures, "why"] = codes.map(contrast_effects.REASONS).to_numpy(dtype=object)
        return excluded


@dataclass(frozen=True)
class Selection:
    """The rows of one pool and how they were reached.

    ``rows``: one contrast per trial, with aligned ``effect`` and ``variance``. ``population``:
    ``direct`` (people with chronic pain) or ``indirect``. ``left_out``: the others, step by step.
    """

    rows: pd.DataFrame
    population: str
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def flow(self) -> pd.DataFrame:
        """A table with columns ``step``, ``why``, ``rows_out`` and ``rows_left``."""
        return self.left_out.flow

    @property
    def excluded(self) -> pd.DataFrame:
        """Contrast ids with step and reason."""
        return self.left_out.excluded


def prepare(claim: Claim, studies: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Join contrasts to their trials, derive effects in the claim's measure, and apply its rules.

    A contrast's own modality counts before the trial's. Columns ``ok_...`` tell which of the rules
    that do not depend on comparator and time window each row passes.
    """
    columns = ["study_id", "name", "condition", "design", "duration", "risk_of_bias", "modality"]
    joined = contrasts.merge(
        studies[columns].rename(columns={"modality": "study_modality"}),
        on="study_id",
        how="left",
        validate="many_to_one",
    )
    joined["modality"] = joined["modality"].fillna(joined.pop("study_modality"))
    rows = contrast_effects.with_effects(joined, claim.effect, signed_p=claim.signed_p)
    return rows.assign(
        ok_outcome=rows["outcome"].isin(list(claim.outcomes)),
        ok_design=rows["design"].isin(list(claim.designs)),
        ok_modality=rows["modality"].isna() | rows["modality"].isin(list(claim.modalities)),
        ok_caution=~cautioned(rows, claim.cautions_out),
        ok_figures=rows["unusable"].isna(),
        direct=rows["condition"].isin(list(claim.conditions))
        & ~rows["duration"].isin(["acute", "subacute"]).fillna(False),
    )


def select(
    claim: Claim, comparator: str, horizon: str, rows: pd.DataFrame, *, population: str = DIRECT
) -> Selection:
    """Choose the rows that answer ``claim`` against ``comparator`` at ``horizon``.

    ``rows`` come from :func:`prepare`.
    """
    at = np.full(len(rows), -1, dtype=np.int8)
    steps: list[tuple[str, str]] = []
    for step, why, keep in _steps(comparator, horizon, population, rows):
        at[(at < 0) & ~keep] = len(steps)
        steps.append((step, why))
    left = np.flatnonzero(at < 0)
    best = left[_one_per_study(rows.iloc[left], claim)] if len(left) > 1 else left
    at[left] = len(steps)
    at[best] = -1
    steps.append(("one_per_study", "another row of the same trial counts"))
    chosen = rows.iloc[best] if len(best) else rows.iloc[:0]
    left_out = LeftOut(tuple(steps), at, rows["contrast_id"], rows["unusable"])
    return Selection(chosen.reset_index(drop=True), population, left_out)


def _steps(
    comparator: str, horizon: str, population: str, rows: pd.DataFrame
) -> list[tuple[str, str, npt.NDArray[np.bool_]]]:
    wanted = population == DIRECT
    who = (
        "no chronic pain, or pain that is not lasting"
        if wanted
        else "chronic pain, which is counted as direct evidence"
    )
    return [
        ("outcome", "another outcome", _true(rows["ok_outcome"])),
        ("design", "not randomised", _true(rows["ok_design"])),
        ("comparator", f"not compared with {comparator}", _is(rows["comparator"], comparator)),
        ("modality", "not massage proper", _true(rows["ok_modality"])),
        ("population", who, _true(rows["direct"]) == wanted),
        ("horizon", f"not in the {horizon} window", _is(rows["horizon"], horizon)),
        ("caution", "figures that cannot be used as they stand", _true(rows["ok_caution"])),
        ("figures", "no usable effect", _true(rows["ok_figures"])),
    ]


def _true(passes: pd.Series[bool]) -> npt.NDArray[np.bool_]:
    """Which rows pass; where that cannot be told they do not."""
    return passes.to_numpy(dtype=np.bool_, na_value=False)


def _is(words: pd.Series[str], word: str) -> npt.NDArray[np.bool_]:
    """Which rows have this word."""
    found: npt.NDArray[np.bool_] = words.to_numpy(dtype=object, na_value="") == word
    return found


def cautioned(rows: pd.DataFrame, codes: tuple[str, ...]) -> pd.Series[bool]:
    """Which rows carry any of these caution codes."""
    given = rows["caution"].to_numpy(dtype=object, na_value="")
    carries = {text: not set(codes).isdisjoint(text.split(";")) for text in set(given)}
    return pd.Series([carries[text] for text in given], index=rows.index, dtype=bool)


_SOURCES = ("arms", "counts", "difference and interval", "ratio and interval")


def _one_per_study(rows: pd.DataFrame, claim: Claim) -> npt.NDArray[np.int64]:
    """Positions of each trial's first row under the written order, in the order of the table.

    The order: the outcome that the claim lists first; the highest dose; the last time point; arms
    before intervals before p values; then the order of the table, which is that of the paper.
    """
    trials = rows["study_id"]
    if not trials.duplicated().any():  # most pools: nothing to choose, and ranking is slow
        return np.arange(len(rows))
    order = by_preference(rows, claim)
    return np.sort(order[~trials.iloc[order].duplicated().to_numpy()])


def by_preference(rows: pd.DataFrame, claim: Claim) -> np.ndarray:
    """Positions of ``rows`` in the written order in which a trial's rows are preferred."""
    ranks = {
        "_outcome": _rank(rows["outcome"], claim.outcomes),
        "_dose": _rank(rows["dose"], claim.doses),
        "_time": pd.to_numeric(rows["timepoint_weeks"], errors="coerce").astype(float)
        * (-1 if claim.last_time_point else 1),
        "_source": _rank(rows["derived_from"], _SOURCES),
    }
    ordered = pd.DataFrame(ranks).set_axis(range(len(rows)))
    ordered = ordered.sort_values(list(ranks), na_position="last", kind="stable")
    return ordered.index.to_numpy(dtype=np.int64)


def _rank(values: pd.Series[str], order: tuple[str, ...]) -> pd.Series[float]:
    places = {word: place for place, word in enumerate(order)}
    return values.map(places).fillna(len(order)).astype(float)

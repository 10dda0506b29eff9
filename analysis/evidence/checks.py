"""Checks that need more than one cell: rows, tables, and whether a figure is plausible."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pandera.pandas as pa

from analysis.evidence.plausibility import looks_like_standard_error
from analysis.evidence.problems import Problem, Severity, at_rows
from analysis.evidence.vocabulary import COMPARATORS

_INTERVALS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "contrasts": (("md", "ci_low", "ci_high"), ("ratio", "ratio_ci_low", "ratio_ci_high")),
    "review_rows": (("effect", "ci_low", "ci_high"),),
    "reviews": (("estimate", "ci_low", "ci_high"),),
}
_ARMS = (("massage", "_t"), ("comparator", "_c"))


def table_problems(name: str, table: pd.DataFrame, schema: pa.DataFrameSchema) -> list[Problem]:
    """Everything that can be seen wrong inside one table, cell types aside."""
    file = f"{name}.csv"
    problems = _same_rows(file, table, schema)
    for triple in _INTERVALS.get(name, ()):
        problems += _interval(file, table, *triple)
    if {"scale_min", "scale_max"} <= set(table.columns):
        problems += _scale(file, table)
    if name == "studies":
        problems += _comparators(file, table)
    if name == "contrasts":
        problems += _counts(file, table)
        problems += _bounds(file, table)
        problems += _repeated_figures(file, table)
        problems += looks_like_standard_error(file, table)
    return problems


def reference_problems(
    tables: Mapping[str, pd.DataFrame], schemas: Mapping[str, pa.DataFrameSchema]
) -> list[Problem]:
    """Keys that point to a row which is not there."""
    problems = []
    for name, table in tables.items():
        metadata = schemas[name].metadata or {}
        for column, (other, key) in metadata["foreign_keys"].items():
            if other not in tables:
                continue
            lost = table[column].notna() & ~table[column].isin(tables[other][key])
            problems += _found(
                f"{name}.csv", table, lost, column, f"is not a {key} of {other}.csv",
                f"add that row to {other}.csv, or mend the spelling",
            )  # fmt: skip
    return problems


def _found(
    file: str, table: pd.DataFrame, bad: pd.Series, column: str, what: str, mend: str,
    severity: Severity = "error",
) -> list[Problem]:  # fmt: skip
    where = np.flatnonzero(bad.fillna(False).to_numpy(dtype=bool))
    cells = table[column]
    return at_rows(file, where, column, lambda at: cells.iloc[at], what, mend, severity)


def _same_rows(file: str, table: pd.DataFrame, schema: pa.DataFrameSchema) -> list[Problem]:
    metadata = schema.metadata or {}
    key = metadata["primary_key"]
    # Hashes instead of the cells: one 64-bit number a row, however many columns name the fact.
    hashes = pd.util.hash_pandas_object(table[metadata["same_row"]], index=False)
    again = hashes.duplicated()
    if not again.any():
        return []
    first = pd.Series(np.flatnonzero(~again), index=hashes[~again].to_numpy())
    rows = hashes[again].map(first).to_numpy() + 2
    problems = _found(
        file, table, again, key, "states the same fact as another row",
        "delete one of the two, or fill in what tells them apart "
        "(arm, instrument, comparator_detail, time point ...)",
    )  # fmt: skip
    named = zip(problems, rows, strict=False)
    return [
        Problem(p.file, p.row, p.column, p.value, f"states the same fact as row {row}", p.mend)
        if p.row is not None
        else p
        for p, row in named
    ] + problems[len(rows) :]


def _interval(file: str, table: pd.DataFrame, name: str, low: str, high: str) -> list[Problem]:
    mend = "compare with the source: a digit, a sign or the order of the two ends is wrong"
    crossed = table[low] > table[high]
    outside = ~crossed & ((table[name] < table[low]) | (table[name] > table[high]))
    return _found(
        file, table, crossed, low, f"the interval ends before it begins ({high} is lower)", mend
    ) + _found(file, table, outside, name, f"lies outside its own interval ({low} to {high})", mend)


def _scale(file: str, table: pd.DataFrame) -> list[Problem]:
    one = table["scale_min"].isna() != table["scale_max"].isna()
    turned = table["scale_min"] >= table["scale_max"]
    return _found(
        file, table, one, "scale_min", "a scale needs both ends, scale_min and scale_max",
        "fill in the other end if the source names it", "warning",
    ) + _found(
        file, table, turned, "scale_min", "the scale ends before it begins",
        "swap scale_min and scale_max",
    )  # fmt: skip


def _comparators(file: str, table: pd.DataFrame) -> list[Problem]:
    known = "|".join(COMPARATORS)
    good = table["comparators"].str.fullmatch(f"(?:{known})(?:;(?:{known}))*")
    return _found(
        file, table, ~good.fillna(True), "comparators",
        f"holds a word that is not one of {', '.join(COMPARATORS)}",
        "use these words, joined by ';' without blanks",
    )  # fmt: skip


def _counts(file: str, table: pd.DataFrame) -> list[Problem]:
    problems = []
    for arm, end in _ARMS:
        events, people = f"events{end}", f"n{end}"
        problems += _found(
            file, table, table[events] > table[people], events,
            f"more events than people in the {arm} arm ({people})",
            "compare both with the source; percentages belong in pct_t and pct_c",
        )  # fmt: skip
        lone = (table["report_type"] == "counts") & (table[events].isna() | table[people].isna())
        problems += _found(
            file, table, lone, "report_type",
            f"counts need both {events} and {people}",
            "fill them in, or choose the report_type that fits",
        )  # fmt: skip
    return problems


def _bounds(file: str, table: pd.DataFrame) -> list[Problem]:
    """Means and SDs that the instrument's scale does not allow.

    A score stays on its scale; a change or a difference cannot exceed the scale's length. The SD of
    n values inside a range R is at most R/2 x sqrt(n/(n-1)) (Popoviciu 1935); changes range over
    2R.
    """
    low, high = table["scale_min"], table["scale_max"]
    length = high - low
    kind = table["report_type"]
    post, change = kind == "arm_means_post", kind == "arm_change"
    mend = "compare figure, scale_min and scale_max with the source"
    problems = []
    for _, end in _ARMS:
        mean, sd, people = f"mean{end}", f"sd{end}", f"n{end}"
        off = post & ((table[mean] < low) | (table[mean] > high))
        problems += _found(file, table, off, mean, "lies outside the scale of the row", mend)
        far = change & (table[mean].abs() > length)
        problems += _found(file, table, far, mean, "is a larger change than the scale allows", mend)
        n = table[people].astype("float64")
        limit = length / 2 * np.sqrt(n / (n - 1)) * np.where(change, 2.0, 1.0)
        wide = (post | change) & (table[sd] > limit * (1 + 1e-9))
        what = "is larger than any SD can be on the scale of the row"
        problems += _found(file, table, wide, sd, what, mend)
    for name in ("md", "ci_low", "ci_high"):
        far = (kind != "smd") & (table[name].abs() > length)
        what = "is a larger difference than the scale allows"
        problems += _found(file, table, far, name, what, mend)
    return problems


def _repeated_figures(file: str, table: pd.DataFrame) -> list[Problem]:
    """One comparison entered from two places would count its people twice."""
    figures = ["study_id", "comparator", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]
    again = table[figures].notna().all(axis=1) & table.duplicated(figures)
    return _found(
        file, table, again, "contrast_id",
        "has the same arms' figures as an earlier row of the same trial",
        "keep one of the rows if they are one comparison printed twice", "warning",
    )  # fmt: skip

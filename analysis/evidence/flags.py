"""One shape for everything that a check finds: a table of flags, one row per doubt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: impossible: no data print so. unlikely: look in the paper. note: common, but good to know.
SEVERITIES = ("impossible", "unlikely", "note")
COLUMNS = ["table", "row_id", "check", "severity", "what", "value", "expected", "caution"]


def flag(
    rows: pd.DataFrame,
    bad: np.ndarray,
    *,
    table: str,
    key: str,
    check: str,
    severity: str,
    what: str,
    value: Sequence[object] | pd.Series | np.ndarray,
    expected: Sequence[object] | pd.Series | np.ndarray | str,
) -> pd.DataFrame:
    """Flags for the rows where ``bad``; ``value`` and ``expected`` run along ``rows``.

    ``caution`` repeats the row's own caution codes: what the tables already warn of.
    """
    at = np.flatnonzero(np.asarray(bad, dtype=bool))
    if not len(at):
        return pd.DataFrame(columns=COLUMNS, dtype="object")
    wanted = [expected] * len(rows) if isinstance(expected, str) else list(expected)
    given = list(value)
    cautions = rows["caution"].fillna("").tolist() if "caution" in rows else [""] * len(rows)
    keys = rows[key].tolist()
    return pd.DataFrame(
        {
            "table": table,
            "row_id": [str(keys[i]) for i in at],
            "check": check,
            "severity": severity,
            "what": what,
            "value": [shown(given[i]) for i in at],
            "expected": [shown(wanted[i]) for i in at],
            "caution": [str(cautions[i]) for i in at],
        },
        dtype="object",
    )


def shown(value: object) -> str:
    """A cell of a flag as text: figures without noise, pairs as ranges."""
    if isinstance(value, tuple):
        return " to ".join(shown(v) for v in value)
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.4g}"
    return "" if value is None or value is pd.NA else str(value)


def decimals(values: pd.Series) -> np.ndarray:
    """How many decimals a stored figure shows; NaN where missing.

    A zero printed at the end is lost in a number, so this is the least that was printed. Every
    check then allows more rounding than there was, and never less.
    """
    figures = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    distinct, code = np.unique(figures, return_inverse=True)
    places = [
        np.nan if np.isnan(x) else len(f"{x:.10f}".rstrip("0").partition(".")[2]) for x in distinct
    ]
    spread: np.ndarray = np.asarray(places, dtype=float)[code]
    return spread


def least_decimals(table: pd.DataFrame, *columns: str) -> np.ndarray:
    """The decimals of the least precise of several figures of a row; 0 where all are missing."""
    places = np.column_stack([decimals(table[name]) for name in columns])
    return np.asarray(np.nan_to_num(np.fmin.reduce(places, axis=1)))


def numbers(table: pd.DataFrame, *columns: str) -> list[np.ndarray]:
    """Columns as float arrays, missing as NaN."""
    return [
        pd.to_numeric(table[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        for c in columns
    ]


def has_caution(rows: pd.DataFrame, *codes: str) -> np.ndarray:
    """Which rows carry any of these caution codes."""
    pattern = "|".join(rf"(?:^|;){code}(?:;|$)" for code in codes)
    given = rows["caution"].astype("string").fillna("")
    return np.asarray(given.str.contains(pattern, regex=True), dtype=bool)

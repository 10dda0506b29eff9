"""What an instrument's name says: how fine its scores are, and where its scale ends."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

#: Totals of whole-number items, or one whole number asked of each person. Part of a name, any case.
WHOLE_NUMBERS = (
    "roland", "rdq", "rmdq", "psqi", "pittsburgh", "stai", "state-trait", "state anxiety", "beck",
    "bdi", "hads", "hamilton", "phq", "cohen-mansfield", "death anxiety", "pain rating index",
    "mcgill ppi", "mcgill pri", "clinical global impression", "kolcaba", "stress scale", "srss",
)  # fmt: skip
#: Commonly whole numbers, but marked on a line, averaged over days or items, or rescaled at times.
MAYBE = (
    "vas",
    "nrs",
    "numeric rating",
    "0-10",
    "mm",
    "oswestry",
    "odq",
    "neck disability",
    "bpm",
    "mmhg",
    "minutes",
)
#: A name with one of these is not of plain scores.
NEVER = ("%", "percent", "median", "ratio", "index score", "subscale mean", "cm")

_ENDS = re.compile(r"(?<![\d.])(-?\d{1,3})\s?(?:-|to)\s?(\d{1,3})(?![\d.]|\s?(?:min|s\b|h\b|%))")


def grain(names: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Which instruments count in whole numbers: ``(surely, perhaps)``, one truth value per name.

    Only ``surely`` may call a mean impossible; ``perhaps`` is worth a note.
    """
    low = names.astype("string").str.lower().fillna("")
    never = _any(low, NEVER)
    surely = _any(low, WHOLE_NUMBERS) & ~never
    return surely, _any(low, MAYBE) & ~never & ~surely


def named_ends(names: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The scale's ends where the name itself gives them ("NRS 0-10"); NaN where it does not."""
    found = names.astype("string").str.extract(_ENDS)
    low, high = (pd.to_numeric(found[i], errors="coerce").to_numpy(dtype=float) for i in (0, 1))
    good = low < high
    return np.where(good, low, np.nan), np.where(good, high, np.nan)


def _any(names: pd.Series, parts: tuple[str, ...]) -> np.ndarray:
    pattern = "|".join(re.escape(p) for p in parts)
    return names.str.contains(pattern, regex=True).to_numpy(dtype=bool)

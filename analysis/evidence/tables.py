"""The tables of published facts, loaded and checked.

>>> from analysis.evidence import tables
>>> contrasts = tables.load("contrasts")            # doctest: +SKIP
>>> everything = tables.load_all()                  # doctest: +SKIP
>>> everything.studies["study_id"].is_unique        # doctest: +SKIP
True
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.evidence import checks, reading
from analysis.evidence.problems import DataError, Problem, in_order
from analysis.evidence.schemas import SCHEMAS

__all__ = ["DataError", "Problem", "Tables", "load", "load_all", "validate"]


@dataclass(frozen=True)
class Tables:
    """All tables, read together, so that every key is known to lead somewhere.

    Text columns are pandas ``string``, figures ``float64``, counts ``Int64`` and flags ``boolean``.
    ``warnings`` holds what deserves a second look but stops nothing.
    """

    sources: pd.DataFrame
    studies: pd.DataFrame
    contrasts: pd.DataFrame
    review_rows: pd.DataFrame
    reviews: pd.DataFrame
    thresholds: pd.DataFrame
    safety: pd.DataFrame
    guidelines: pd.DataFrame
    citations: pd.DataFrame
    natural_history: pd.DataFrame
    warnings: tuple[Problem, ...] = ()


def load(name: str, data: Path | None = None) -> pd.DataFrame:
    """One table of ``data/published``, checked by itself (keys of other tables are not).

    Parameters
    ----------
    name
        A key of :data:`analysis.evidence.schemas.SCHEMAS`, for example ``"contrasts"``.
    data
        The data folder; by default the repository's (or ``EVIDENCE_DATA``).

    Raises
    ------
    DataError
        With every error found in the file.
    ValueError
        If there is no table of that name.
    """
    table, problems = _load(name, data)
    if table is None or any(p.severity == "error" for p in problems):
        raise DataError(in_order(problems))
    return table


def load_all(data: Path | None = None) -> Tables:
    """Every table, with the keys between them checked.

    Files of the same bytes as last time in this process are not checked again; the tables are
    copies, so that nobody sees what another did to them.

    Raises
    ------
    DataError
        With every error found in any file.
    """
    folder = (data or paths.data_dir()) / "published"
    content = tuple(_content(folder / f"{name}.csv") for name in SCHEMAS)
    if content not in _CHECKED:
        loaded, problems = _load_all(data)
        if any(p.severity == "error" for p in problems):
            raise DataError(problems)
        _CHECKED.clear()
        _CHECKED[content] = (loaded, tuple(problems))
    loaded, warnings = _CHECKED[content]
    return Tables(**{name: table.copy() for name, table in loaded.items()}, warnings=warnings)


#: The last tables that were found good, by the content of their files.
_CHECKED: dict[tuple[bytes, ...], tuple[dict[str, pd.DataFrame], tuple[Problem, ...]]] = {}


def _content(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""


def validate(data: Path | None = None) -> list[Problem]:
    """Everything wrong (``error``) or doubtful (``warning``); empty if all is well."""
    return _load_all(data)[1]


def _load(name: str, data: Path | None) -> tuple[pd.DataFrame | None, list[Problem]]:
    if name not in SCHEMAS:
        raise ValueError(f"there is no table {name!r}; the tables are {', '.join(SCHEMAS)}")
    path = (data or paths.data_dir()) / "published" / f"{name}.csv"
    table, problems = reading.read(path, SCHEMAS[name])
    if table is not None:
        problems += checks.table_problems(name, table, SCHEMAS[name])
    return table, problems


def _load_all(data: Path | None) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    loaded: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name in SCHEMAS:
        table, found = _load(name, data)
        problems += found
        if table is not None:
            loaded[name] = table
    problems += checks.reference_problems(loaded, SCHEMAS)
    return loaded, in_order(problems)

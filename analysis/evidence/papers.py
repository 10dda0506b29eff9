"""The papers behind rows, read from the tables' files alone, and how papers are named.

:func:`analysis.evidence.sources.of_rows` finds the same papers in checked tables. This one starts
in milliseconds, for the draft check, which needs nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from analysis import paths

#: The tables whose rows an answer can rest on, each with the column of its ids.
KEYS = {
    "contrasts": "contrast_id",
    "reviews": "row_id",
    "safety": "row_id",
    "citations": "row_id",
}


def named(papers: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """The distinct papers among pairs of citation and DOI, named with it, in alphabetical order."""
    found: dict[str, str] = {}
    for citation, doi in papers:
        # one paper may stand in the table once per copy that was read
        found.setdefault(doi or citation, f"{citation}, doi {doi}" if doi else citation)
    return tuple(sorted(found.values()))


def of_rows(rows: Iterable[str], data: Path | None = None) -> tuple[str, ...]:
    """The distinct papers behind rows, as citations with DOI, in alphabetical order.

    Raises
    ------
    KeyError
        For an id that no table holds.
    """
    folder = str(data or paths.data_dir())
    source_of, papers = _sources(folder), _papers(folder)
    wanted = list(dict.fromkeys(rows))
    missing = sorted(set(wanted) - set(source_of))
    if missing:
        raise KeyError(f"no table holds {', '.join(missing)}")
    return named(papers[source_of[row]] for row in wanted)


@lru_cache(maxsize=4)
def _sources(folder: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for name, key in KEYS.items():
        for record in _records(folder, name):
            out.setdefault(record[key], record["source_id"])
    return out


@lru_cache(maxsize=4)
def _papers(folder: str) -> dict[str, tuple[str, str]]:
    return {r["source_id"]: (r["citation"], r["doi"]) for r in _records(folder, "sources")}


def _records(folder: str, name: str) -> list[dict[str, str]]:
    with (Path(folder) / "published" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

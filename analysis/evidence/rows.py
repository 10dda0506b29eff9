"""A row of a table as it stands in its file: line number, and the figures exactly as printed.

Tables are loaded as numbers elsewhere; a reader who checks a figure against a paper needs the cell
as it was typed, and where to find it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import paths
from analysis.evidence import papers
from analysis.evidence.tables import Tables

KEYS = papers.KEYS | {
    "natural_history": "row_id",
    "review_rows": "row_id",
    "thresholds": "threshold_id",
}
_NOT_FIGURES = ("source_id", "place", "how_read", "note", "study_id", "review_id", "duplicate_of")


@dataclass(frozen=True)
class Paper:
    """A source: citation, and where to read it (``url`` is the DOI as a link if there is one)."""

    source_id: str
    citation: str
    doi: str | None
    url: str | None


@dataclass(frozen=True)
class Row:
    """One row: ``line`` counts the file's lines from 1; ``reported`` holds cells as typed."""

    row_id: str
    table: str
    file: str
    line: int
    study: str | None
    place: str | None
    how_read: str | None
    reported: dict[str, str]
    source_id: str
    note: str | None


class RowFinder:
    """Finds rows of ``data/published`` by id; files are read once."""

    def __init__(self, tables: Tables, data: Path | None = None) -> None:
        """``data`` is the folder that the tables were loaded from."""
        self._sources = tables.sources.set_index("source_id").to_dict("index")
        self._folder = (data or paths.data_dir()) / "published"
        self._rows: dict[str, tuple[str, int, dict[str, str]]] = {}
        for table, key in KEYS.items():
            for line, cells in _lines(self._folder / f"{table}.csv"):
                self._rows.setdefault(cells[key], (table, line, cells))

    def __contains__(self, row_id: str) -> bool:
        """Whether any table holds this row."""
        return row_id in self._rows

    def row(self, row_id: str) -> Row:
        """One row by its id.

        Raises
        ------
        KeyError
            For an id that no table holds.
        """
        if row_id not in self._rows:
            raise KeyError(f"no table holds {row_id}")
        table, line, cells = self._rows[row_id]
        hidden = (*_NOT_FIGURES, KEYS[table])
        return Row(
            row_id=row_id,
            table=table,
            file=f"data/published/{table}.csv",
            line=line,
            study=cells.get("study_id") or None,
            place=cells.get("place") or None,
            how_read=cells.get("how_read") or None,
            reported={name: v for name, v in cells.items() if v and name not in hidden},
            source_id=cells["source_id"],
            note=cells.get("note") or None,
        )

    def papers(self, rows: Iterable[Row]) -> tuple[Paper, ...]:
        """The distinct papers of rows, in the order in which the rows name them."""
        wanted = dict.fromkeys(row.source_id for row in rows if row.source_id)
        return tuple(_paper(name, self._sources[name]) for name in wanted)


def _lines(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Every record with the line that it starts on (a quoted cell may run over several lines)."""
    found, start = [], 2
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for cells in reader:
            found.append((start, {k: v or "" for k, v in cells.items() if k is not None}))
            start = reader.line_num + 1
    return found


def _paper(source_id: str, source: Mapping[Any, Any]) -> Paper:
    def text(name: str) -> str | None:
        return None if pd.isna(source[name]) or not source[name] else str(source[name])

    doi, pmid = text("doi"), text("pmid")
    pubmed = f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else text("url")
    return Paper(
        source_id,
        text("citation") or source_id,
        doi,
        f"https://doi.org/{doi}" if doi else pubmed,
    )

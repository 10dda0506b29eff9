"""Single values of results: read from a table, and how far one moved."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from analysis.differences import Cell, ResultsError
from analysis.tally import is_number


def read_csv(path: Path) -> list[list[str]]:
    """The rows of a table of results, the header first; all must be as long as it is.

    Raises
    ------
    ResultsError
        A row is longer or shorter than the header.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle)) or [[]]
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ResultsError(f"{path}: row {number} has {len(row)} cells, not {len(rows[0])}")
    return rows


def number_in(text: str) -> str | float:
    """The number that a cell of a CSV file holds, or its text."""
    try:
        return text if "_" in text else float(text)
    except ValueError:
        return text


def size_of_move(a: Cell, b: Cell) -> float:
    """How far a number moved, relative to itself; a number that came or went is furthest."""
    if isinstance(a, str) and isinstance(b, str):
        return 0.0  # labels follow the numbers they stand beside
    if is_number(a) and is_number(b):
        x, y = float(a or 0), float(b or 0)
        size = abs(x - y) / (max(abs(x), abs(y)) or 1.0)
        return size if math.isfinite(size) else math.inf
    return math.inf


def as_cell(value: Any) -> Cell:
    """A value as a difference holds it: lists and objects as their JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)

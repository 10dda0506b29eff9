"""Committed tables to spoil: helpers of the loader's tests."""

from __future__ import annotations

import csv
import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.problems import Problem

Cells = list[list[str]]
FIRST = "neck-A1.1-antolinoscampillo2014"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the committed tables that a test may spoil."""
    shutil.copytree(paths.root() / "data" / "published", tmp_path / "published")
    return tmp_path


def file(data: Path, name: str = "contrasts") -> Path:
    return data / "published" / f"{name}.csv"


def rewrite(data: Path, change: Callable[[Cells], None], name: str = "contrasts") -> None:
    with file(data, name).open(encoding="utf-8", newline="") as stream:
        cells = list(csv.reader(stream))
    change(cells)
    with file(data, name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(cells)


def put(data: Path, row: int, column: str, value: str, name: str = "contrasts") -> None:
    """Write a value into the row that a spreadsheet shows under that number."""

    def change(cells: Cells) -> None:
        cells[row - 1][cells[0].index(column)] = value

    rewrite(data, change, name)


def row_of(data: Path, key: str, name: str = "contrasts") -> int:
    with file(data, name).open(encoding="utf-8", newline="") as stream:
        return next(at for at, cells in enumerate(csv.reader(stream), 1) if cells[0] == key)


@functools.cache
def known_doubts() -> tuple[Problem, ...]:
    return tables.load_all(paths.root() / "data").warnings


def fresh(data: Path) -> list[Problem]:
    """The problems that a test made."""
    return [problem for problem in tables.validate(data) if problem not in known_doubts()]


def only(data: Path) -> Problem:
    """The one problem that a test made."""
    found = fresh(data)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def about(problem: Problem) -> tuple[str, int | None, str | None, str | None]:
    return problem.file, problem.row, problem.column, problem.value

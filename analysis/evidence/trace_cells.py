"""Traces of the cells of ``results/figures`` and ``results/tables``.

A cell leads to the notebook that writes it, to the functions that it goes through, and, where its
row is a trial or an answer of a claim, to the contrasts and the rows behind it.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.evidence.claims import Claim
from analysis.evidence.code_steps import KEEP, SHOW, steps
from analysis.evidence.rows import Row, RowFinder
from analysis.evidence.tables import Tables
from analysis.evidence.trace_answers import AnswerTracer
from analysis.evidence.trace_made import Made, Source, again, copied, replicated
from analysis.evidence.trace_parts import NoSuchNumberError, Trace, Value, same, shown
from analysis.evidence.writers import writers

_IDS = ("row_id", "contrast_id")
_NAMING = (
    "label", "kind", "horizon", "answer", "rule", "question", "tau2 method", "interval",
)  # fmt: skip
_FOLDERS = {"figure": "figures", "table": "tables"}


class CellTracer:
    """Traces cells of one folder of results."""

    def __init__(
        self,
        results: Path,
        document: dict[str, Any],
        claims: dict[str, Claim],
        tables: Tables,
        rows: RowFinder,
        answers: AnswerTracer,
    ) -> None:
        """``document`` is the content of ``claims.json`` in the folder ``results``."""
        self._results, self._claims, self._tables = results, claims, tables
        self._version = document["data_version"]
        self._rows, self._answers = rows, answers
        self._read = lru_cache(maxsize=None)(_read)
        self._again = lru_cache(maxsize=64)(self._made_again)  # a row has many columns

    def ids(self) -> Iterator[tuple[str, str]]:
        """Every cell's id with the claim that its file is about ("" for none)."""
        for kind, folder in _FOLDERS.items():
            for file in sorted((self._results / folder).glob("*.csv")):
                owner = self._claim_of(kind, file.stem)
                for place, cells in enumerate(self._read(file), 1):
                    yield from (
                        (owner, f"{kind}.{file.stem}.{place}.{column}")
                        for column, text in cells.items()
                        if text != ""
                    )

    def trace(self, number_id: str) -> Trace:
        """Trace one cell; NoSuchNumberError where there is none."""
        kind, name, place, column = (*number_id.split(".", 3), "", "", "")[:4]
        file = self._results / _FOLDERS[kind] / f"{name}.csv"
        if not place.isdigit() or "/" in name or not file.is_file():
            raise NoSuchNumberError(number_id)
        table = self._read(file)
        at = int(place)
        if not 1 <= at <= len(table) or column not in table[at - 1]:
            raise NoSuchNumberError(number_id)
        cells = table[at - 1]
        claim = self._claim_of(kind, name)
        made = self._again(claim, name, at, file)
        value, recomputed = _value(cells[column]), None
        agrees = None
        if made is not None and column in made.cells:
            recomputed = _plain(made.cells[column])
            agrees = same(value, recomputed)
        named = list(made.rows) if made else [cells[i] for i in _IDS if cells.get(i)]
        rows = [row for row in (self._known(one) for one in named) if row is not None]
        behind = self._answers.trace(made.answer) if made and made.answer else None
        contrasts = behind.contrasts if behind else ()
        wrote = writers(name, claim if claim in self._claims else None, self._results)
        code = made.code if made else (SHOW if kind == "figure" else KEEP,)
        return Trace(
            id=number_id,
            what=f"{column} in data row {at} of {kind} {name}",
            value=value,
            recomputed=recomputed,
            agrees=agrees,
            differences=()
            if agrees is not False
            else (f"{column}: committed {shown(value)}, recomputed {shown(recomputed)}",),
            contrasts=tuple(c for c in contrasts if c.row_id in named),
            rows=tuple(rows),
            papers=self._rows.papers(rows),
            cell={
                "file": f"results/{_FOLDERS[kind]}/{name}.csv",
                "line": at + 1,
                "row": at,
                "column": column,
                "cells": dict(cells),
            },
            notebooks=tuple(wrote),
            code=steps(*code),
            notes=() if agrees is not None else (_why_not(wrote, column, made),),
            related=(made.answer,) if made and made.answer else (),
            data_version=self._version,
        )

    def _made_again(self, claim: str, name: str, at: int, file: Path) -> Made | None:
        table = self._read(file)
        cells = table[at - 1]
        if name.startswith("neck-replication"):
            return replicated(self._tables, name, cells)
        made = self._of_claim(claim, name, at, table)
        if made is None:
            known = [self._known(cells[i]) for i in _IDS if cells.get(i)]
            return copied(self._tables, known[0], cells) if known and known[0] else None
        return made

    def _of_claim(self, claim: str, name: str, at: int, table: list[dict[str, str]]) -> Made | None:
        if claim not in self._claims or self._claims[claim].kind == "citation":
            return None
        source = Source(
            claim=self._claims[claim],
            tables=self._tables,
            prepared=self._answers.prepared(claim),
            answer=lambda c, h: self._answers.answer_now(claim, c, h),
            name=name,
            before=tuple(table[: at - 1]),
        )
        return again(source, table[at - 1])

    def _known(self, row: str) -> Row | None:
        try:
            return self._rows.row(row)
        except KeyError:
            return None

    def _claim_of(self, kind: str, name: str) -> str:
        words = self._results / "figures" / f"{name}.json"
        if kind == "figure" and words.is_file():
            return json.loads(words.read_text(encoding="utf-8"))["claim"] or ""
        fitting = [claim for claim in self._claims if name.startswith(f"{claim}-")]
        return max(fitting, key=len, default="")


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [dict(row) for row in csv.DictReader(stream)]


def _value(text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text or None
    return number if math.isfinite(number) else text


def _plain(value: Any) -> Value:
    if value is None or value != value:  # NaN: an empty cell
        return None
    if isinstance(value, str):
        return value
    if str(value) in ("True", "False"):
        return str(value)
    return float(value)


def _why_not(wrote: tuple[str, ...], column: str, made: Made | None) -> str:
    """Why a cell was not computed again."""
    if made is not None and column in _NAMING:
        return "This cell says which row it is; the numbers beside it are computed again."
    only = f" --only {wrote[0]}" if wrote else ""
    return f"Not computed again here: `evidence reproduce{only}` makes it anew and compares it."

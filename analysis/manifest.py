"""`inputs.json`: what a run was made from, in enough detail to name a row that changed later.

For every table it holds each row's key and a short mark per cell, for `claims.toml` every entry,
for everything else a hash. So two runs can be compared by what went in even where the old tables
are gone; the values themselves are in the tables, and in git.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.compare import MANIFEST
from analysis.documents import read_json
from analysis.inputs import Inputs, file_hash

EMPTY = "."
MARK = 4  # hexadecimal digits per cell: one change in some 65000 shows in the file's hash only


def write_manifest(folder: Path, inputs: Inputs, made_by: Mapping[str, str]) -> None:
    """Write what a run in `folder` was made from; `made_by` maps its results to notebooks."""
    document = {
        "environment": dict(inputs.environment),
        "code": dict(inputs.code),
        "data": dict(inputs.data),
        "claims": entries(inputs.place / "claims.toml"),
        "tables": {
            name: table_marks(inputs.place / name.removeprefix("data/"))
            for name in inputs.data
            if name.endswith(".csv")
        },
        "made_by": dict(sorted(made_by.items())),
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a run was made from, as it wrote it; empty where it did not."""
    path = folder / MANIFEST
    return read_json(path) if path.exists() else {}


def table_marks(path: Path) -> dict[str, Any]:
    """A table's columns, and for each row by its key (the first column) a mark per cell."""
    rows = read_rows(path)
    columns = next(iter(rows.values()), {})
    marks = {key: "".join(_mark(value) for value in row.values()) for key, row in rows.items()}
    return {"columns": list(columns), "rows": marks}


def read_rows(path: Path) -> dict[str, dict[str, str]]:
    """A table's rows by their key; a key's second row is called `key #2`."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        lines = [line for line in csv.reader(handle) if line]
    header = lines[0] if lines else []
    found: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        key, number = line[0], 2
        while key in found:
            key, number = f"{line[0]} #{number}", number + 1
        found[key] = dict(zip(header, line, strict=False))
    return found


def split_marks(marks: str) -> list[str]:
    """The marks of a row, cell by cell."""
    return list(_split(marks))


def entries(path: Path) -> dict[str, Any]:
    """Every entry of `claims.toml` by its full name, a claim's by the claim's id."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # whoever needs it says what is wrong with it
        return {}
    found: dict[str, Any] = {}
    for section, content in document.items():
        for name, entry in _named(section, content):
            found |= {f"{name}.{key}": value for key, value in entry.items()}
    return found


def same_table(path: Path, digest: str) -> bool:
    """Whether the table is there and is the one with this hash."""
    return path.is_file() and file_hash(path) == digest


def _named(section: str, content: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(content, Mapping):
        yield section, content
    elif isinstance(content, list):
        for number, entry in enumerate(content, 1):
            if isinstance(entry, Mapping):
                yield f"{section}.{entry.get('id', number)}", entry


@functools.cache  # most cells hold what another holds, too
def _mark(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:MARK] if value else EMPTY


def _split(marks: str) -> Iterator[str]:
    at = 0
    while at < len(marks):
        size = 1 if marks[at] == EMPTY else MARK
        yield marks[at : at + size]
        at += size

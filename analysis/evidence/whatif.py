"""Change the data or a rule, in a copy, and ask the questions again.

Nothing here touches the repository's own tables: every change is made to a copy (`copy_of_data`),
and a change to anything else is refused.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.claims import load_claims
from analysis.evidence.verdicts import claims_document, data_version, judge_claim


class WhatIfError(ValueError):
    """A change that cannot be made; the text says why."""


def copy_of_data(folder: Path, data: Path | None = None) -> Path:
    """Copy the tables and the questions into `folder`/data; no log of clients goes along."""
    source, target = data or paths.data_dir(), folder / "data"
    target.mkdir(parents=True)
    shutil.copytree(source / "published", target / "published")
    for file in source.glob("*.toml"):
        shutil.copy(file, target)
    return target


def add_row(data: Path, table: str, like: str, **changes: str) -> None:
    """Add a row to a copied table: the row whose key is `like`, with changes.

    Example
    -------
    >>> import tempfile
    >>> data = copy_of_data(Path(tempfile.mkdtemp()))
    >>> like = "antolinoscampillo2014"
    >>> add_row(data, "studies", like, study_id="invented", name="Invented trial")

    Raises
    ------
    WhatIfError
        There is no such row or column, the new row has the old one's key, or `data` is not a copy.
    """
    path, header, rows = _read(data, table)
    row = _row(rows, header[0], like, path) | _known(changes, header, path)
    if any(other[header[0]] == row[header[0]] for other in rows):
        raise WhatIfError(f"{path.name} has a row {row[header[0]]!r} already: give a new one")
    _write(path, header, [*rows, row])


def change_row(data: Path, table: str, key: str, **changes: str) -> None:
    """Change cells of one row of a copied table.

    Raises
    ------
    WhatIfError
        There is no such row or column, or `data` is not a copy.
    """
    path, header, rows = _read(data, table)
    _row(rows, header[0], key, path).update(_known(changes, header, path))
    _write(path, header, rows)


def change_rule(data: Path, entry: str, value: Any) -> None:
    """Change one entry of a copied `claims.toml`: `rules.KEY`, `defaults.KEY`, `claim.ID.KEY`.

    A key that a claim takes from the defaults is written into the claim.

    Raises
    ------
    WhatIfError
        There is no such section, or `data` is not a copy.
    """
    path = _copied(data) / "claims.toml"
    section, _, key = entry.rpartition(".")
    text = path.read_text(encoding="utf-8")
    start = re.search(_opening(section), text, re.MULTILINE)
    if start is None or not key:
        raise WhatIfError(f"claims.toml has no section {section!r}")
    end = re.compile(r"^\[", re.MULTILINE).search(text, start.end())
    body = text[start.end() : end.start() if end else len(text)]
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    # A value runs to the end of its line, or of the list that it opens.
    old = re.compile(rf"^{re.escape(key)} = (\[\n(?:[^\]]*\n)?\]|.*)$", re.MULTILINE)
    found = old.search(body)
    if found:
        body = body[: found.start()] + line + body[found.end() :]
    elif section.startswith("claim."):
        body = f"\n{line}{body}"
    else:
        raise WhatIfError(f"claims.toml, [{section}] has no {key!r}")
    tail = text[end.start() :] if end else ""
    path.write_text(text[: start.end()] + body + tail, encoding="utf-8")


def judge_again(data: Path, only: Collection[str] = ()) -> dict[str, Any]:
    """The content of `claims.json` from these tables, for all claims or some.

    Raises
    ------
    DataError, ClaimError
        The changed tables or questions are not valid; says where and how to mend it.
    """
    evidence = tables.load_all(data)
    asked = {k: claim for k, claim in load_claims(data).items() if not only or k in only}
    verdicts = {k: judge_claim(claim, evidence) for k, claim in asked.items()}
    return claims_document(verdicts, data_version(data))


def _opening(section: str) -> str:
    """A pattern for a section's first lines, a claim's up to its id."""
    if section.startswith("claim."):
        return rf'^\[\[claim\]\]\nid = "{re.escape(section.removeprefix("claim."))}"$'
    return rf"^\[{re.escape(section)}\]$"


def _copied(data: Path) -> Path:
    if data.resolve() in (paths.data_dir().resolve(), (paths.root() / "data").resolve()):
        raise WhatIfError(f"{data} is the repository's own: change a copy, see copy_of_data")
    return data


def _read(data: Path, table: str) -> tuple[Path, list[str], list[dict[str, str]]]:
    path = _copied(data) / "published" / f"{table}.csv"
    if not path.is_file():
        raise WhatIfError(f"there is no table {table!r}")
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        return path, list(reader.fieldnames or ()), list(reader)


def _row(rows: list[dict[str, str]], key: str, value: str, path: Path) -> dict[str, str]:
    for row in rows:
        if row[key] == value:
            return row
    raise WhatIfError(f"{path.name} has no row whose {key} is {value!r}")


def _known(changes: Mapping[str, str], header: list[str], path: Path) -> dict[str, str]:
    unknown = [name for name in changes if name not in header]
    if unknown:
        raise WhatIfError(f"{path.name} has no column {unknown[0]!r}; it has {', '.join(header)}")
    return dict(changes)


def _write(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

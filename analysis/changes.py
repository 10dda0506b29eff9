"""Why two runs differ: which inputs changed between them, and which of these a result rests on.

Stands on what each run wrote of its inputs (`inputs.json`); the tables themselves, where they are
still at hand, add the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.differences import change, many
from analysis.documents import claims_by_id
from analysis.manifest import read_rows, same_table, split_marks

LONGEST = 12  # changed rows or files to name one by one


@dataclass(frozen=True)
class InputChange:
    """One thing that went in and is not the same.

    `kind` is "row", "table", "question" (an entry of `claims.toml`), "code", "data" or
    "environment"; `how` is "added", "removed" or "changed". `name` is the row's key, the entry, the
    file; `table` the row's table; `cells` the columns that changed, with values where known.
    """

    kind: str
    how: str
    name: str
    table: str | None = None
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line."""
        where = f"{self.table}, row {self.name}" if self.kind == "row" else self.name
        what = {"question": "claims.toml, ", "environment": "environment, "}.get(self.kind, "")
        cells = f": {'; '.join(self.cells)}" if self.cells else ""
        return f"{what}{where} {self.how}{cells}"


@dataclass(frozen=True)
class Side:
    """One of two runs: its `claims.json`, what it wrote of its inputs, and folders with tables."""

    claims: Mapping[str, Any]
    manifest: Mapping[str, Any]
    data: tuple[Path, ...] = ()

    def rows(self, table: str) -> dict[str, dict[str, str]]:
        """The rows of a table as this run read it; none where it is not at hand any more."""
        digest = self.manifest.get("data", {}).get(table, "")
        for folder in self.data:
            path = folder / table.removeprefix("data/")
            if same_table(path, digest):
                return read_rows(path)
        return {}


def input_changes(a: Side, b: Side) -> list[InputChange]:
    """Everything that went into `b` otherwise than into `a`: rows first, then questions, the rest.

    Nothing where one of the two did not say what it was made from.
    """
    if not (a.manifest and b.manifest):
        return []
    return [
        *_tables(a, b),
        *_questions(a.manifest["claims"], b.manifest["claims"]),
        *_files("data", a, b, ("data/claims.toml", *a.manifest["tables"], *b.manifest["tables"])),
        *_files("code", a, b, ()),
        *_environment(a.manifest["environment"], b.manifest["environment"]),
    ]


def reasons(claim: str, a: Side, b: Side, changes: Iterable[InputChange]) -> list[str]:
    """Which changed inputs a claim rests on; where it rests on none, whatever counts for all."""
    listed = list(changes)
    behind = _rows_behind(claim, a.claims) | _rows_behind(claim, b.claims)
    own = [
        c
        for c in listed
        if (c.kind == "row" and c.name.split(" #")[0] in behind)
        or (c.kind == "question" and _concerns(c.name, claim))
    ]
    others = [c for c in listed if c.kind in ("code", "environment", "table", "data")]
    if own:
        return [str(c) for c in own]
    if others:
        return [
            f"{many(len(others), 'other change')} (code, environment or whole tables)"
            if len(others) > LONGEST
            else str(c)
            for c in others[: 1 if len(others) > LONGEST else LONGEST]
        ]
    rows = [c for c in listed if c.kind == "row"]
    return [f"{many(len(rows), 'changed row')}, none of which its answers name"] if rows else []


def as_records(changes: Iterable[InputChange]) -> list[dict[str, Any]]:
    """For JSON."""
    return [asdict(c) | {"message": str(c)} for c in changes]


def _tables(a: Side, b: Side) -> Iterator[InputChange]:
    before, after = a.manifest["tables"], b.manifest["tables"]
    for table in dict.fromkeys([*before, *after]):
        if table not in before or table not in after:
            yield InputChange("table", "removed" if table in before else "added", table)
        elif a.manifest["data"].get(table) != b.manifest["data"].get(table):
            found = list(_rows(table, before[table], after[table], a, b))
            yield from found
            if not found:
                yield InputChange("table", "changed in form only (order, quotes)", table)


def _rows(
    table: str, old: Mapping[str, Any], new: Mapping[str, Any], a: Side, b: Side
) -> Iterator[InputChange]:
    values_a, values_b = a.rows(table), b.rows(table)
    for key in dict.fromkeys([*old["rows"], *new["rows"]]):
        if key not in old["rows"] or key not in new["rows"]:
            how = "removed" if key in old["rows"] else "added"
            yield InputChange("row", how, key, table)
            continue
        x = dict(zip(old["columns"], split_marks(old["rows"][key]), strict=False))
        y = dict(zip(new["columns"], split_marks(new["rows"][key]), strict=False))
        moved = [column for column in {**x, **y} if x.get(column) != y.get(column)]
        if moved:
            cells = tuple(_cell(c, values_a.get(key), values_b.get(key)) for c in moved)
            yield InputChange("row", "changed", key, table, cells)


def _cell(column: str, old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> str:
    """A changed cell with as much of its values as is known."""
    if old is not None and new is not None:
        return f"{column} {change(old.get(column, ''), new.get(column, ''))}"
    if new is not None:
        return f"{column} is now {new.get(column) or 'nothing'}"
    return f"{column} was {old.get(column) or 'nothing'}" if old is not None else column


def _questions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[InputChange]:
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield InputChange("question", "removed" if name in old else "added", name)
        elif old[name] != new[name]:
            yield InputChange("question", "changed", name, None, (_moved(old[name], new[name]),))


def _moved(old: Any, new: Any) -> str:
    if isinstance(old, list) and isinstance(new, list):
        gone, come = [x for x in old if x not in new], [x for x in new if x not in old]
        parts = [f"without {', '.join(map(str, gone))}"] if gone else []
        parts += [f"with {', '.join(map(str, come))}"] if come else []
        return " and ".join(parts) or "another order"
    return change(old, new) if not isinstance(old, list | dict) else f"{old} -> {new}"


def _files(kind: str, a: Side, b: Side, besides: Iterable[str]) -> Iterator[InputChange]:
    old, new, told = a.manifest[kind], b.manifest[kind], set(besides)
    for name in sorted({*old, *new} - told):
        if old.get(name) != new.get(name):
            alone = "removed" if name in old else "added"
            how = "changed" if name in old and name in new else alone
            yield InputChange(kind, how, name)


def _environment(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[InputChange]:
    then, now = ({**e, **e.get("leading", {})} for e in (old, new))
    for name in dict.fromkeys([*then, *now]):
        if name != "leading" and then.get(name) != now.get(name):
            moved = f"{_short(then.get(name))} -> {_short(now.get(name))}"
            yield InputChange("environment", "changed", name, None, (moved,))


def _short(value: Any) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return f"{text[:8]}..." if len(text) == 64 else text


def _rows_behind(claim: str, document: Mapping[str, Any]) -> set[str]:
    found = claims_by_id(document).get(claim, {})
    return {r for part in (found, *found.get("answers", ())) for r in part.get("rows", ())}


def _concerns(entry: str, claim: str) -> bool:
    """Whether an entry of `claims.toml` is the claim's own or counts for all claims."""
    return entry.startswith(f"claim.{claim}.") or not entry.startswith("claim.")

"""Compare what a run wrote with what is committed, number by number, and say what moved.

Compared are `claims.json`, the data every figure draws and what is said of it, and the tables.
Numbers are the same within the tolerances of `results/tolerances.toml`. A figure's
drawing (SVG) is compared byte by byte, but that is only reported: libraries write the same drawing
otherwise on other platforms. What can be seen of it is compared by its pixels, where a copy of them
is kept (see `pixels`).
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.cells import as_cell, number_in, read_csv, size_of_move
from analysis.differences import (
    Cell,
    Comparison,
    Difference,
    Kind,
    many,
)
from analysis.documents import claims_by_id, read_json
from analysis.evidence.sentences import COMPARATOR_SHORT
from analysis.pixels import moved
from analysis.staging import replace, staging
from analysis.tally import Tally, is_number
from analysis.tolerances import Tolerances, load_tolerances

COMPARED = ("claims.json", "figures/*.csv", "figures/*.json", "tables/*.csv")
PICTURES = "figures/*.svg"
PIXELS = "pixels/*.png"
MANIFEST = "inputs.json"


@dataclass(frozen=True)
class _Whose:
    """What a value belongs to: a claim, a figure, a part of either."""

    claim: str | None = None
    figure: str | None = None
    part: str = ""


def compare(
    build: Path,
    results: Path,
    only: Collection[str] | None = None,
    tolerances: Tolerances | None = None,
) -> Comparison:
    """Compare a run's folder with the committed one.

    Parameters
    ----------
    build
        What a run wrote.
    results
        What is committed, with its `tolerances.toml`.
    only
        The files to compare, relative to `build`; all by default. A file that is committed but not
        in `only` is not called missing.
    tolerances
        By default those that are committed.

    Raises
    ------
    ResultsError
        A file cannot be read as what its name says, or the tolerances cannot be read.
    """
    tally = Tally(tolerances or load_tolerances(results / "tolerances.toml"))
    made, committed = (
        {name for name in comparable(folder) if name != MANIFEST and not name.startswith("pixels/")}
        for folder in (build, results)
    )
    if only is not None:
        made, committed = made & set(only), committed & set(only)
    for name in sorted(made & committed):
        if name == "claims.json":
            _compare_claims(read_json(results / name), read_json(build / name), tally)
        elif name.endswith(".json"):
            _compare_words(name, read_json(results / name), read_json(build / name), tally)
        elif name.endswith(".csv"):
            _compare_table(name, results, build, tally)
    tally.differences += _unmatched("missing", results, committed, made)
    tally.differences += _unmatched("extra", build, made, committed)
    both = made & committed
    pictures = [name for name in sorted(both) if name.endswith(".svg")]
    _compare_pictures(pictures, build, results, tally)
    return Comparison(
        differences=tuple(tally.differences),
        numbers=tally.numbers,
        results=sum(not name.endswith(".svg") for name in both),
        figures=len({Path(name).stem for name in both if name.startswith("figures/")}),
        identical=sum(tally.about("figure", Path(name).stem).same_bytes for name in pictures),
        items=tally.judged(),
    )


def accept(build: Path, results: Path, made: Collection[str] | None = None) -> None:
    """Make a run's results the committed ones, all at once.

    Files that the run no longer makes are removed; what is not a result (the tolerances) stays.
    With `made`, only those files are replaced and nothing is removed; what the others were made
    from stays as it is said.
    """
    fresh, old = comparable(build), comparable(results)
    if made is not None:
        fresh, old = ({*made} & files - {MANIFEST} for files in (fresh, old))
    with staging(results) as folder:
        if results.exists():
            shutil.copytree(results, folder, dirs_exist_ok=True)
        for name in old - fresh:
            (folder / name).unlink()
        for name in fresh:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(build / name, folder / name)
        replace(folder, results)


def comparable(folder: Path) -> set[str]:
    """The files of a folder that are results, as relative paths."""
    patterns = (*COMPARED, PICTURES, PIXELS, MANIFEST)
    return {p.relative_to(folder).as_posix() for g in patterns for p in folder.glob(g)}


def _compare_claims(expected: Any, found: Any, tally: Tally) -> None:
    """Claims are matched by id, answers by what was compared with what, and when."""
    before, after = claims_by_id(expected), claims_by_id(found)
    for claim in dict.fromkeys([*before, *after]):
        if claim not in before or claim not in after:
            kind: Kind = "missing" if claim in before else "extra"
            tally.differences.append(Difference(kind, claim, None, "", None, None))
            continue
        tally.about("claim", claim)
        old, new = _answers(before[claim]), _answers(after[claim])
        _walk(_Whose(claim), (), _without(before[claim]), _without(after[claim]), tally)
        for where in dict.fromkeys([*old, *new]):
            if where not in old or where not in new:
                kind = "missing" if where in old else "extra"
                tally.differences.append(Difference(kind, claim, None, where, None, None))
            else:
                _walk(_Whose(claim, part=where), (), old[where], new[where], tally)
    tally.item = None
    rest = _Whose(part="claims.json")
    _walk(rest, (), _without(expected, "claims"), _without(found, "claims"), tally)


def _answers(claim: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for answer in claim.get("answers", ()):
        comparator = answer.get("comparator")
        key = f"{COMPARATOR_SHORT.get(comparator, comparator)}, {answer.get('horizon')}"
        number = sum(k == key or k.startswith(f"{key} #") for k in found) + 1
        found[key if number == 1 else f"{key} #{number}"] = answer
    return found


def _without(table: Mapping[str, Any], key: str = "answers") -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}


def _compare_words(name: str, expected: Any, found: Any, tally: Tally) -> None:
    tally.about("figure", Path(name).stem)
    claim = found.get("claim")
    whose = _Whose(claim if isinstance(claim, str) else None, Path(name).stem)
    _walk(whose, (), expected, found, tally)


def _walk(whose: _Whose, path: tuple[str, ...], old: Any, new: Any, tally: Tally) -> None:
    """Compare two pieces of JSON; `path` holds the keys passed on the way down."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            _walk(whose, (*path, key), old.get(key), new.get(key), tally)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new, strict=True), 1):
            _walk(whose, (*path[:-1], f"{path[-1]}[{index}]"), a, b, tally)
    elif not tally.same(path[-1].split("[")[0], old, new):
        kind: Kind = "number" if is_number(old) or is_number(new) else "text"
        where = ": ".join(part for part in (whose.part, ".".join(path)) if part)
        tally.differences.append(
            Difference(kind, whose.claim, whose.figure, where, as_cell(old), as_cell(new))
        )


def _compare_table(name: str, results: Path, build: Path, tally: Tally) -> None:
    """Compare two tables cell by cell; one difference per table, with its largest move."""
    old, new = read_csv(results / name), read_csv(build / name)
    figure = Path(name).stem if name.startswith("figures/") else None
    tally.about("figure" if figure else "table", Path(name).stem)
    claim = _claim_of(build / name) if figure else None
    kind: Kind = "figure" if figure else "table"
    whose = "" if figure else f"{name}: "
    shape: tuple[tuple[str, Cell, Cell], ...] = (
        ("columns", ", ".join(old[0]), ", ".join(new[0])),
        ("rows", len(old) - 1, len(new) - 1),
    )
    for what, a, b in shape:
        if a != b:
            cells = max(len(old), len(new)) - 1
            tally.differences.append(
                Difference(kind, claim, figure, f"{whose}{what} of its data", a, b, max(cells, 1))
            )
            return
    changed = list(_moved(old, new, tally))
    if changed:
        column, row, a, b = max(changed, key=lambda cell: size_of_move(cell[2], cell[3]))
        total = (len(old) - 1) * len(old[0])
        where = f"{whose}{len(changed)} of {many(total, 'cell')} moved, "
        where += f"most of all {column} in row {row}"
        tally.differences.append(Difference(kind, claim, figure, where, a, b, len(changed)))


def _compare_pictures(names: Sequence[str], build: Path, results: Path, tally: Tally) -> None:
    """Hold the drawings against each other, and the copies of their pixels where both are there."""
    allowed = tally.tolerances.picture
    for name in names:
        figure = Path(name).stem
        item = tally.about("figure", figure)
        item.same_bytes = (build / name).read_bytes() == (results / name).read_bytes()
        if not item.same_bytes and item.status == "identical":
            item.status = "within"
        old, new = (folder / "pixels" / f"{figure}.png" for folder in (results, build))
        if not (old.exists() and new.exists()):
            continue
        item.picture = (
            0.0 if old.read_bytes() == new.read_bytes() else moved(old, new, allowed.grey)
        )
        if item.picture > allowed.share:
            share = f"its picture: {item.picture:.1%} of its pixels moved"
            claim = _claim_of(build / name)
            tally.differences.append(Difference("picture", claim, figure, share, None, None))
        elif item.picture and item.status == "identical":
            item.status = "within"


def _moved(
    old: list[list[str]], new: list[list[str]], tally: Tally
) -> Iterator[tuple[str, int, Cell, Cell]]:
    """The cells that differ: column, row as a spreadsheet counts it, committed, found."""
    for row, (before, after) in enumerate(zip(old[1:], new[1:], strict=True), 2):
        for column, a, b in zip(old[0], before, after, strict=True):
            x, y = number_in(a), number_in(b)
            if not tally.same(column, x, y):
                yield column, row, x, y


def _claim_of(data: Path) -> str | None:
    """The claim that a figure's description names."""
    words = data.with_suffix(".json")
    claim = read_json(words).get("claim") if words.exists() else None
    return claim if isinstance(claim, str) else None


def _unmatched(
    kind: Kind, folder: Path, here: Collection[str], there: Collection[str]
) -> Iterator[Difference]:
    """What is only here: a figure counts once when all of it is."""
    figures_there = {Path(name).stem for name in there if name.startswith("figures/")}
    said = set()
    for name in sorted(set(here) - set(there)):
        path = Path(name)
        if not name.startswith("figures/"):
            yield Difference(kind, None, None, name, None, None)
        elif path.stem in figures_there:
            where = f"its {path.suffix[1:]}"
            yield Difference(kind, _claim_of(folder / name), path.stem, where, None, None)
        elif path.stem not in said:
            said.add(path.stem)
            yield Difference(kind, _claim_of(folder / name), path.stem, "", None, None)

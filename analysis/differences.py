"""What a comparison found, in words that name the claim, the figure and the move."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Kind = Literal["number", "text", "missing", "extra", "figure", "table", "picture", "stale"]
Status = Literal["identical", "within", "different"]
STATUSES: tuple[Status, ...] = get_args(Status)
Cell = str | int | float | bool | None
LONGEST = 60  # characters of a changed text to show
#: What is shown of an answer that moved; all of it is in the JSON.
HEADLINES = ("verdict", "estimate", "ci_low", "ci_high", "k", "n", "certainty")

#: What is said of something that only one side has.
MISSING = "committed, but not made by this run"
EXTRA = "made by this run, but not committed"


class ResultsError(ValueError):
    """A file of results, or the tolerances, cannot be read as what it should be."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as committed.

    `kind` is "number" or "text" (a value moved), "figure" or "table" (cells of the data moved,
    `cells` of them), "picture" (a figure looks otherwise although its data did not move), "missing"
    (committed, not made), "extra" (made, not committed) or "stale" (a page that does not show the
    committed results; `where` says it). `claim` and `figure` say whose it is, `where` the place
    within it; `expected` is the committed value, `found` the new one.
    """

    kind: Kind
    claim: str | None
    figure: str | None
    where: str
    expected: Cell
    found: Cell
    cells: int = 1

    @property
    def part(self) -> str:
        """Which answer of a claim it is about, "" for the claim itself."""
        if self.kind in ("missing", "extra"):
            return self.where
        return self.where.rpartition(": ")[0]

    def __str__(self) -> str:
        """One line: whose, where, from what to what."""
        if self.kind == "stale":
            return self.where
        whose = f"figure {self.figure}" if self.figure else ""
        joint = ": "
        if self.claim and not self.figure:
            whose = f"claim {self.claim}"
            of_answer = ": " in self.where or self.kind in ("missing", "extra")
            joint = ", " if of_answer else joint
        head = joint.join(part for part in (whose, self.where) if part)
        if self.kind == "missing":
            return f"{head}: {MISSING}"
        if self.kind == "extra":
            return f"{head}: {EXTRA}"
        if self.kind == "picture":
            return head
        colon = ":" if self.kind in ("figure", "table") else ""
        return f"{head}{colon} {change(self.expected, self.found)}"


@dataclass
class Item:
    """One claim, figure or table that was compared.

    `numbers` of it were compared, of which `within` are not equal but within their tolerance; the
    one that moved furthest, relative to itself, is `largest` at `where`. `picture` is, for a
    figure, the share of the pixels that moved; None where there was nothing to compare.
    """

    kind: Literal["claim", "figure", "table"]
    id: str
    status: Status = "identical"
    numbers: int = 0
    within: int = 0
    largest: float = 0.0
    where: str = ""
    picture: float | None = None
    same_bytes: bool = True

    def count(self, quantity: str, a: float, b: float) -> None:
        """Count a pair of numbers that are the same within their tolerance."""
        self.numbers += 1
        if a == b or (math.isnan(a) and math.isnan(b)):
            return
        self.within += 1
        self.status = "within" if self.status == "identical" else self.status
        moved = abs(a - b) / max(abs(a), abs(b))
        if moved > self.largest:
            self.largest, self.where = moved, quantity


@dataclass(frozen=True)
class Comparison:
    """What a comparison found: nothing, if `same`.

    `numbers` and `results` count the numbers and files that were compared, `figures` the figures,
    `identical` those whose picture is the same byte by byte. `items` says of each claim, figure and
    table how it compares.
    """

    differences: tuple[Difference, ...] = ()
    numbers: int = 0
    results: int = 0
    figures: int = 0
    identical: int = 0
    items: tuple[Item, ...] = ()

    def of_status(self, status: Status) -> tuple[Item, ...]:
        """The claims, figures and tables that compare so."""
        return tuple(item for item in self.items if item.status == status)

    @property
    def same(self) -> bool:
        """Whether everything is as committed, within the tolerances."""
        return not self.differences

    @property
    def claims_moved(self) -> dict[str, int]:
        """The claims that are not as committed, and how many of their values moved."""
        return _count(d.claim for d in self.differences if d.claim and not d.figure)

    @property
    def figures_moved(self) -> dict[str, int]:
        """The figures that are not as committed, and how many of their values moved."""
        moved: dict[str, int] = {}
        for d in self.differences:
            if d.figure:
                moved[d.figure] = moved.get(d.figure, 0) + d.cells
        return moved

    @property
    def tables_moved(self) -> tuple[str, ...]:
        """The tables that are not as committed, as file names."""
        names = (d.where.split(":")[0] for d in self.differences if not (d.claim or d.figure))
        return tuple(dict.fromkeys(name for name in names if name.startswith("tables/")))

    def summary(self) -> str:
        """One line for the end of a run."""
        if self.same:
            return (
                f"reproduced: {many(self.numbers, 'number')} in {many(self.results, 'result')}, "
                f"{many(self.figures, 'figure')} ({self.identical} byte-identical)"
            )
        parts = [f"claim {claim} ({many(n, 'value')})" for claim, n in self.claims_moved.items()]
        seen = {d.figure for d in self.differences if d.figure and d.kind != "picture"}
        parts += [
            f"figure {name} ({many(n, 'value') if name in seen else 'its picture'})"
            for name, n in self.figures_moved.items()
        ]
        parts += [many(len(self.tables_moved), "table")] if self.tables_moved else []
        parts += [d.where for d in self.differences if d.kind == "stale"]
        # What is said about the whole says nothing new beside what moved.
        parts = parts or [d.where for d in self.differences]
        return f"differs: {'; '.join(parts)}"

    def lines(self) -> list[str]:
        """What moved, for people: each claim once, with its answers; then everything else.

        Of an answer, the figures that people quote are shown and the rest is counted.
        """
        told = []
        for claim in self.claims_moved:
            moved = [d for d in self.differences if d.claim == claim and not d.figure]
            if moved[0].kind in ("missing", "extra") and not moved[0].where:
                told.append(str(moved[0]))
                continue
            told.append(f"claim {claim}")
            for part in dict.fromkeys(d.part for d in moved):
                told += [f"  {line}" for line in _of_part(part, moved)]
        return told + [str(d) for d in self.differences if d.figure or not d.claim]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "reproduced": self.same,
            "numbers": self.numbers,
            "results": self.results,
            "figures": self.figures,
            "byte_identical": self.identical,
            "claims_moved": list(self.claims_moved),
            "figures_moved": list(self.figures_moved),
            "tables_moved": list(self.tables_moved),
            "differences": [asdict(d) | {"message": str(d)} for d in self.differences],
        }


def change(a: Cell, b: Cell) -> str:
    """From what to what, with as many digits as it takes to see it.

    Example
    -------
    >>> change(-3.4310, -3.2102)
    '-3.43 -> -3.21'
    >>> change(1.00000001, 1.00000002)
    '1.00000001 -> 1.00000002'
    """
    if isinstance(a, str) and isinstance(b, str):
        alike = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
        start = _word_start(a, alike)
        return f"{_excerpt(a, start)} -> {_excerpt(b, start)}"
    for digits in range(3, 18):
        if _shown(a, digits) != _shown(b, digits):
            return f"{_shown(a, digits)} -> {_shown(b, digits)}"
    return f"{a} -> {b}"


def _of_part(part: str, moved: Iterable[Difference]) -> list[str]:
    """What moved in one answer, or with the part "" in the claim itself: a line each."""
    here = [d for d in moved if d.part == part]
    if here[0].kind in ("missing", "extra"):
        return [str(dataclasses.replace(d, claim=None)) for d in here]
    values = {d.where.rpartition(": ")[2]: change(d.expected, d.found) for d in here}
    if not part:
        return [f"{name} {moved_to}" for name, moved_to in values.items()]
    shown = [f"{name} {values[name]}" for name in HEADLINES if name in values]
    rest = len(values) - len(shown)
    if rest:
        shown.append(f"{'and ' if shown else ''}{many(rest, 'other value' if shown else 'value')}")
    return [f"{part}: {', '.join(shown)}"]


def _shown(value: Cell, digits: int) -> str:
    if value is None:
        return "nothing"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _word_start(text: str, position: int) -> int:
    """Where to begin an excerpt so that it leads up to `position` and starts with a word."""
    if len(text) <= LONGEST or position <= LONGEST // 3:
        return 0
    return text.find(" ", position - LONGEST // 3, position) + 1 or position - LONGEST // 3


def _excerpt(text: str, start: int) -> str:
    end = start + LONGEST
    shown = ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
    return shown or "nothing"


def many(number: int, what: str) -> str:
    """A number with its noun: "1 figure", "2 figures"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _count(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts

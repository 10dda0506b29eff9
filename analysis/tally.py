"""What a comparison has found so far, claim by claim, figure by figure, table by table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from analysis.differences import Difference, Item
from analysis.tolerances import Tolerances


@dataclass
class Tally:
    """What a comparison has found so far."""

    tolerances: Tolerances
    differences: list[Difference] = field(default_factory=list)
    numbers: int = 0
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    item: Item | None = None

    def about(self, kind: Literal["claim", "figure", "table"], name: str) -> Item:
        """What is compared from here on belongs to this."""
        self.item = self.items.setdefault((kind, name), Item(kind, name))
        return self.item

    def same(self, quantity: str, a: Any, b: Any) -> bool:
        """Whether two values are the same, within the quantity's tolerance if they are numbers."""
        if is_number(a) and is_number(b):
            self.numbers += 1
            same = self.tolerances.of(quantity).same(float(a), float(b))
            if self.item and same:
                self.item.count(quantity, float(a), float(b))
            elif self.item:
                self.item.numbers += 1
            return same
        return type(a) is type(b) and bool(a == b)

    def judged(self) -> tuple[Item, ...]:
        """The items, those marked as different that a difference is about."""
        for d in self.differences:
            if d.figure or d.claim:
                self.about("figure" if d.figure else "claim", d.figure or d.claim or "")
            elif d.where.startswith("tables/"):
                self.about("table", Path(d.where.split(":")[0]).stem)
            else:
                continue
            assert self.item is not None
            self.item.status = "different"
        return tuple(self.items.values())


def is_number(value: object) -> bool:
    """Whether JSON or a table holds a number here."""
    return isinstance(value, int | float) and not isinstance(value, bool)

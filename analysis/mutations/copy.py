"""A copy of the tables that an error may be planted in, and the register of kinds of error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

#: Where an error is planted: in a pooled row whose figures a review prints a second time; in a
#: pooled row that stands alone; in a row of no pool.
STRATA = ("pooled, printed twice", "pooled, printed once", "in no pool")
KEYS = {"contrasts": "contrast_id", "studies": "study_id", "sources": "source_id",
        "thresholds": "threshold_id"}  # fmt: skip


class NoPlace(LookupError):
    """No row has the figures that this kind of error needs."""


@dataclass
class Copy:
    """Tables as text, as they stand in the files, and ``claims.toml``.

    ``touched`` names the tables that were changed, ``place`` the row where the error sits.
    """

    tables: dict[str, pd.DataFrame]
    claims: str
    rng: np.random.Generator
    pools: dict[str, frozenset[str]]
    stratum: str
    touched: set[str] = field(default_factory=set)
    place: str = ""

    def table(self, name: str) -> pd.DataFrame:
        """A table that may be changed from now on."""
        if name not in self.touched:
            self.tables = self.tables | {name: self.tables[name].copy()}
            self.touched.add(name)
        return self.tables[name]

    def row(self, *needs: str, name: str = "contrasts", **has: str) -> int:
        """A row picked by chance: ``needs`` are filled, ``has`` columns hold these words.

        In the stratum if there is one; else in any pool; else anywhere.
        """
        table = self.table(name)
        good = pd.Series(True, index=table.index)
        for column in needs:
            good &= table[column].ne("")
        for column, word in has.items():
            good &= table[column].eq(word)
        key = table[KEYS.get(name, "row_id")]
        wanted: list[pd.Series] = []
        if name == "contrasts":
            pooled = key.isin(self.pools["pooled"])
            twice = key.isin(self.pools["printed twice"])
            here = {STRATA[0]: pooled & twice, STRATA[1]: pooled & ~twice, STRATA[2]: ~pooled}
            wanted = [here[self.stratum], pooled]
        elif name == "studies":
            wanted = [key.isin(self.pools["studies"])]
        for fits in (*wanted, pd.Series(True, index=table.index)):
            found = np.flatnonzero(good & fits)
            if len(found):
                at = int(self.rng.choice(found))
                self.place = str(key.iloc[at])
                return at
        raise NoPlace(", ".join([*needs, *has.values()]))

    def get(self, at: int, column: str, name: str = "contrasts") -> str:
        """A cell as text."""
        return str(self.tables[name][column].iloc[at])

    def number(self, at: int, column: str, name: str = "contrasts") -> float:
        """A cell as a number."""
        return float(self.get(at, column, name))

    def put(self, at: int, name: str = "contrasts", /, **cells: object) -> None:
        """Write cells of one row; numbers without noise."""
        table = self.table(name)
        for column, value in cells.items():
            text = f"{value:.10g}" if isinstance(value, float | np.floating) else str(value)
            table.loc[table.index[at], column] = text

    def add(self, row: dict[str, str], name: str = "contrasts") -> None:
        """A new row at the end."""
        table = self.table(name)
        self.tables[name] = pd.concat([table, pd.DataFrame([row])], ignore_index=True)

    def drop(self, at: int, name: str = "contrasts") -> None:
        """Remove a row."""
        table = self.table(name)
        self.tables[name] = table.drop(index=table.index[at]).reset_index(drop=True)

    def claims_say(self, old: str, new: str) -> None:
        """Edit ``claims.toml``; the old text must stand there."""
        if old not in self.claims:
            raise NoPlace(old)
        self.claims = self.claims.replace(old, new, 1)
        self.touched.add("claims.toml")
        self.place = "claims.toml"


@dataclass(frozen=True)
class Kind:
    """One kind of error: how it is planted, and in how many places.

    ``family`` groups kinds for the page; ``subtle`` marks errors that change no figure much.
    """

    name: str
    family: str
    plant: Callable[[Copy], None]
    times: int


KINDS: list[Kind] = []


def kind(
    family: str, name: str, times: int = 3
) -> Callable[[Callable[[Copy], None]], Callable[[Copy], None]]:
    """Register a kind of error; ``times`` is how often it is planted (strata in turn)."""

    def register(plant: Callable[[Copy], None]) -> Callable[[Copy], None]:
        KINDS.append(Kind(name, family, plant, times))
        return plant

    return register

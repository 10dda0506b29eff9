"""How far a number may move and still count as the same, as declared in results/tolerances.toml."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from analysis.differences import ResultsError
from analysis.pixels import PictureTolerance


@dataclass(frozen=True)
class Tolerance:
    """The same when |a - b| <= absolute + relative * max(|a|, |b|); names are patterns."""

    relative: float = 1e-9
    absolute: float = 1e-12
    names: tuple[str, ...] = ("*",)

    def same(self, a: float, b: float) -> bool:
        """Whether two numbers are the same; NaN is the same as NaN, infinity as itself.

        Example
        -------
        >>> Tolerance(relative=0.01, absolute=0).same(100, 101)
        True
        """
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        if math.isinf(a) or math.isinf(b):
            return a == b
        return abs(a - b) <= self.absolute + self.relative * max(abs(a), abs(b))


@dataclass(frozen=True)
class Tolerances:
    """A tolerance for every quantity: the first whose names fit."""

    blocks: tuple[Tolerance, ...] = (Tolerance(),)
    picture: PictureTolerance = field(default_factory=PictureTolerance)

    def of(self, quantity: str) -> Tolerance:
        """The tolerance of a quantity, named as in claims.json or as a table's column."""
        return next(
            block for block in self.blocks if any(fnmatchcase(quantity, n) for n in block.names)
        )


def load_tolerances(path: Path) -> Tolerances:
    """Read a tolerances file; the default tolerance for all quantities where there is none.

    Raises
    ------
    ResultsError
        The file is not TOML, or a block lacks a number; says which.
    """
    if not path.exists():
        return Tolerances()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        default = table.get("default", {})
        blocks = [
            Tolerance(float(b["relative"]), float(b["absolute"]), tuple(b["names"]))
            for b in table.get("quantity", [])
        ]
        last = Tolerance(float(default["relative"]), float(default["absolute"]))
        picture = PictureTolerance(**table.get("picture", {}))
    except tomllib.TOMLDecodeError as error:
        raise ResultsError(f"{path}: not valid TOML: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{path}: every block needs relative and absolute as numbers, and names as a list, "
            f"and there must be a [default]: {error!r}"
        ) from error
    return Tolerances((*blocks, last), picture)


#: Nothing may move at all.
STRICT = Tolerances((Tolerance(0, 0),), PictureTolerance(0, 0))

"""Committed results edited by hand, without touching the data: what only a rerun can see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Tamper = Callable[[Path], None]


def _claims(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    file = folder / "claims.json"
    document = json.loads(file.read_text("utf-8"))
    change(document)
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")


def _pain(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["claims"] if c["id"] == "pain")
    return found


def verdict(folder: Path) -> None:
    """A claim's verdict word."""
    _claims(folder, lambda d: _pain(d).update(verdict="supported"))


def estimate(folder: Path) -> None:
    """An estimate, by a hundredth of itself."""
    _claims(folder, lambda d: _pain(d)["answers"][0].update(
        estimate=(_pain(d)["answers"][0]["estimate"] or 1.0) * 1.01))  # fmt: skip


def sentence(folder: Path) -> None:
    """One word of a sentence."""
    _claims(folder, lambda d: _pain(d).update(
        sentence=_pain(d)["sentence"].replace("not clearly less", "clearly less")))  # fmt: skip


def answer_gone(folder: Path) -> None:
    """An unwelcome answer deleted."""
    _claims(folder, lambda d: _pain(d)["answers"].pop())


def certainty(folder: Path) -> None:
    """Very low certainty called moderate."""
    _claims(folder, lambda d: _pain(d)["answers"][0].update(certainty="moderate"))


def drawn_number(folder: Path) -> None:
    """A number that a figure draws."""
    _first_number(folder / "figures" / "pain-gap.csv")


def table_number(folder: Path) -> None:
    """A number of a table."""
    _first_number(folder / "tables" / "pain-models.csv")


def _first_number(file: Path) -> None:
    text = file.read_text("utf-8")
    head, _, body = text.partition("\n")
    body = re.sub(r"-?\d+\.\d{3,}", lambda m: str(float(m[0]) * 1.05), body, count=1)
    file.write_text(f"{head}\n{body}", "utf-8")


def title(folder: Path) -> None:
    """A figure's title."""
    file = folder / "figures" / "pain-gap.json"
    words = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(words | {"title": "Massage works"}), "utf-8")


def figure_gone(folder: Path) -> None:
    """A figure's data deleted."""
    (folder / "figures" / "pain-sham-short.csv").unlink()


def figure_swapped(folder: Path) -> None:
    """Two figures' data exchanged."""
    a, b = (folder / "figures" / f"pain-{x}-short.csv" for x in ("sham", "no-treatment"))
    old = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(old)


def looser(folder: Path) -> None:
    """A number changed, and the tolerances opened so that it passes."""
    file = folder / "tolerances.toml"
    file.write_text(re.sub(r"(relative|absolute) = [\d.e-]+", r"\1 = 1e9", file.read_text("utf-8")),
                    "utf-8")  # fmt: skip
    estimate(folder)


#: Name -> what is done to a folder of results.
TAMPERS: dict[str, Tamper] = {
    "a verdict word": verdict,
    "an estimate, by a hundredth": estimate,
    "a word of a sentence": sentence,
    "an answer deleted": answer_gone,
    "certainty raised": certainty,
    "a number that a figure draws": drawn_number,
    "a number of a table": table_number,
    "a figure's title": title,
    "a figure deleted": figure_gone,
    "two figures exchanged": figure_swapped,
    "an estimate, and the tolerances opened wide": looser,
}

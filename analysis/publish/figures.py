"""A figure as a citable object: the drawing, the data drawn, a finding as title, caption, alt text.

``save`` writes one figure as SVG, PNG, CSV (the data drawn) and JSON (the words). A rerun compares
the CSV and the JSON, because the same figure may differ in bytes between platforms.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Canvas

from analysis.publish import style
from analysis.spreadsheet import csv_table


@dataclass(frozen=True)
class Figure:
    """One figure with everything that it needs to stand alone.

    ``claim`` is a claim id or None for figures about method. ``data`` holds the numbers drawn, one
    row per mark. ``sources`` are the citations of what is shown.
    """

    id: str
    claim: str | None
    title: str
    caption: str
    alt: str
    sources: tuple[str, ...]
    data: pd.DataFrame
    canvas: Canvas

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        from io import BytesIO

        buffer = BytesIO()
        self.canvas.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as plain dicts, for drawing one mark after another."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def credit(sources: Sequence[str]) -> str:
    """Sources for a footer: in full where they fit, else the first and how many more."""
    listed = "; ".join(sources)
    if len(listed) <= 230 or len(sources) == 1:
        return textwrap.shorten(listed, 230, placeholder=" ...")
    return f"{textwrap.shorten(sources[0], 150, placeholder=' ...')} and {len(sources) - 1} more"


def blank(body: float, title: str, version: str, sources: Sequence[str]) -> Canvas:
    """An empty sheet with the finding as title and source and version in the footer.

    ``body`` is the height of the drawing in inches; title and footer come on top of it.
    """
    lines = textwrap.wrap(title, 60)
    foot = textwrap.wrap(f"Source: {credit(sources)}. Data version {version}. CC BY 4.0.", 102)
    above, below = 0.45 + 0.27 * len(lines), 1.05 + 0.17 * len(foot)
    height = above + body + below
    canvas = Canvas(figsize=(style.WIDTH_INCHES, height))
    canvas.text(
        0.02, 1 - 0.12 / height, "\n".join(lines), fontsize=14, weight="bold", va="top", ha="left"
    )
    canvas.text(0.02, 0.1 / height, "\n".join(foot), fontsize=9.5, color=style.QUIET, va="bottom")
    canvas.subplots_adjust(top=1 - above / height, bottom=below / height, left=0.3, right=0.97)
    return canvas


def save(figure: Figure, directory: Path) -> Path:
    """Write ``figures/<id>.svg, .png, .csv, .json`` under ``directory``; returns the SVG's path.

    Files appear whole or not at all. Bytes depend on the drawing only: no date, no random ids.
    """
    folder = directory / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    with style.house():
        for kind, metadata in (
            ("svg", {"Date": None, "Creator": None}),
            ("png", {"Software": None}),
        ):
            partial = folder / f"{figure.id}.{kind}.partial"
            figure.canvas.savefig(partial, format=kind, metadata=metadata)
            partial.replace(folder / f"{figure.id}.{kind}")
    words = {
        "id": figure.id,
        "claim": figure.claim,
        "title": figure.title,
        "caption": figure.caption,
        "alt": figure.alt,
        "sources": list(figure.sources),
    }
    texts = {
        "csv": csv_table(figure.data).to_csv(index=False, lineterminator="\n"),
        "json": json.dumps(words, indent=2, ensure_ascii=False) + "\n",
    }
    for kind, text in texts.items():
        partial = folder / f"{figure.id}.{kind}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(folder / f"{figure.id}.{kind}")
    return folder / f"{figure.id}.svg"

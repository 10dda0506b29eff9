"""What notebooks call to speak: prose with numbers in it, figures and tables that are also kept.

Numbers reach a reader only through these functions, so that none is typed by hand.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pandas as pd
from IPython.display import Image, Markdown, display

from analysis import paths
from analysis.publish import figures
from analysis.publish.figures import Figure
from analysis.spreadsheet import csv_table


def say(text: str) -> None:
    """Show ``text`` (Markdown) as prose."""
    display(Markdown(text))  # type: ignore[no-untyped-call]


def show(figure: Figure) -> None:
    """Keep ``figure`` in the build folder and show it with its caption and alt text."""
    saved = figures.save(figure, paths.build_dir())
    _note(f"figures/{figure.id}")
    file = str(saved.with_suffix(".png"))
    picture = Image(filename=file, alt=figure.alt, width=800)  # type: ignore[no-untyped-call]
    display(picture)  # type: ignore[no-untyped-call]
    say(f"*{figure.caption}*")


def keep(table: pd.DataFrame, name: str) -> Path:
    """Keep a result table as ``tables/<name>.csv`` in the build folder; the rerun compares it."""
    folder = paths.build_dir() / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.csv.partial"
    csv_table(table).to_csv(partial, index=False, lineterminator="\n")
    _note(f"tables/{name}")
    return partial.replace(folder / f"{name}.csv")


def tabulate(table: pd.DataFrame, *, digits: int = 2) -> None:
    """Show a small table with rounded numbers and without its index."""
    table = table.reset_index(drop=True)  # joined parts repeat their index, which no style takes
    # Id and plain text follow from the content: executed notebooks are the same from run to run.
    uuid = hashlib.sha256(table.to_csv().encode()).hexdigest()[:8]
    shown = table.style.set_uuid(uuid).format(precision=digits, na_rep="–").hide(axis="index")
    words = table.select_dtypes(exclude="number").columns
    shown = shown.set_properties(subset=list(words), **{"text-align": "left"})
    plain = table.round(digits).to_string(index=False, na_rep="–")
    display({"text/html": shown.to_html(), "text/plain": plain}, raw=True)  # type: ignore[no-untyped-call]


def _note(result: str) -> None:
    """Note which notebook wrote a result; only a run says which one this is."""
    if writer := os.environ.get("EVIDENCE_NOTEBOOK"):
        folder = paths.build_dir() / "provenance" / "written"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{writer}.txt").open("a", encoding="utf-8", newline="\n") as notes:
            notes.write(f"{result}\n")

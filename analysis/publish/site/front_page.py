"""The front page: the plain answer, all verdicts, the map of evidence, and where to go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from analysis.evidence.sentences import COMPARATOR_WORDS, VERDICT_WORDS
from analysis.publish.side_figures import DIRECTION_WORDS
from analysis.publish.site.claim_page import GLOSS, menu_name
from analysis.publish.site.content import Content
from analysis.publish.site.notebooks import plain_tables
from analysis.publish.site.pages import Page, Section, render

FIRST = "pain"  # the claim that the post opens with
MAP = "evidence-map"


def front_page(content: Content, map_picture: str, data: Iterable[Any]) -> Page:
    """Put the front page together; ``map_picture`` is the HTML that shows the map of evidence."""
    counted = Counter(record["verdict"] for record in content.records.values())
    board = [
        {
            "id": claim_id,
            "name": menu_name(claim_id, content),
            "claim": record["claim"],
            "verdict": record["verdict"],
            "fair": content.wording(claim_id).fair,
        }
        for claim_id, record in content.records.items()
    ]
    shown = content.figures.get(MAP)
    values = {
        "board": board,
        "words": VERDICT_WORDS,
        "gloss": GLOSS,
        "counts": [(v, counted[v]) for v in VERDICT_WORDS if counted[v]],
        "total": len(board),
        "first": content.wording(FIRST).fair if FIRST in content.records else "",
        "map_picture": Markup(map_picture),  # made of escaped parts
        "map": shown,
        "map_table": _counted(content.build / "figures" / f"{MAP}.csv"),
        "map_page": f"figures/{MAP}.html" if MAP in content.cards else "",
        "start": f"notebooks/{next(iter(content.notebooks))}.html",
    }
    sections = [
        Section(
            "board", "Each claim, and what the trials say", render("front_board.html", **values)
        )
    ]
    if shown:
        sections.append(
            Section(
                "map", "Where there is evidence, and where none", render("front_map.html", **values)
            )
        )
    sections.append(Section("paths", "Three ways in", render("front_paths.html", **values)))
    return Page(
        name="index",
        title="Does massage help people with chronic pain?",
        short="Start",
        lead=render("front_lead.html", **values),
        sections=tuple(sections),
        description="What trials say about massage and chronic pain, claim by claim, in sentences "
        "and figures that anyone may quote.",
        data=tuple(data),
    )


def _counted(file: Path) -> Markup:
    """The map as a table: per outcome and comparison, how many trials report what."""
    if not file.is_file():
        return Markup()
    trials = pd.read_csv(file)
    words = {word: name for word, name in DIRECTION_WORDS.items() if word in set(trials.direction)}
    table = pd.crosstab([trials["outcome"], trials["comparator"]], trials["direction"])
    table = table[list(words)].rename(columns=words).rename_axis(columns=None)
    table.insert(0, "trials", table.sum(axis=1))
    table = table.reset_index().rename(columns={"comparator": "against"})
    table["outcome"] = table["outcome"].str.replace(r"[_-]", " ", regex=True)
    table["against"] = table["against"].map(COMPARATOR_WORDS)
    html = table.to_html(index=False, escape=True)
    return Markup(plain_tables(html, "Trials per outcome and comparison"))  # made of escaped parts

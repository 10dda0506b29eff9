"""Every claim and every main figure as a card: pictures, words, sources, licence.

All of it follows from a folder of results (``claims.json`` and ``figures/``) and from the tables
that those results rest on; nothing is typed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.evidence.claims import load_claims
from analysis.evidence.tables import load_all
from analysis.processors import processors
from analysis.publish import card_claims, card_figures, card_files
from analysis.publish.card_drawing import Picture
from analysis.publish.card_figures import FigurePicture
from analysis.publish.card_model import Card
from analysis.publish.card_raster import put, write
from analysis.publish.workers import workers

__all__ = ["Card", "all_cards", "write_cards"]


def all_cards(folder: Path, data: Path | None = None) -> list[Card]:
    """All cards of a folder of results: the claims in their order, then the main figures.

    Parameters
    ----------
    folder
        A folder with ``claims.json`` and ``figures``: ``build`` or ``results``.
    data
        The data folder; by default the repository's.

    Raises
    ------
    FileNotFoundError
        When ``claims.json`` is not there.
    """
    return [card for card, _ in _made(folder, data)]


def _made(folder: Path, data: Path | None) -> list[tuple[Card, Picture | FigurePicture]]:
    document = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    claims, tables = load_claims(data), load_all(data)
    return [
        *card_claims.claim_cards(document, claims, tables),
        *card_figures.figure_cards(folder, document, claims, tables.sources),
    ]


def write_cards(build: Path, data: Path | None = None, *, jobs: int | None = None) -> list[Card]:
    """Write every card into ``build/cards``: SVG, PNG, square, print and JSON, and ``index.json``.

    Pictures whose content has not changed since they were last drawn, there or in the latest
    build, are taken over. ``jobs`` processes make pixels; by default as many as processors.

    Raises
    ------
    FileNotFoundError
        When ``claims.json`` is not in ``build``.
    """
    made = _made(build, data)
    target = build / "cards"
    target.mkdir(parents=True, exist_ok=True)
    keys = {card.id: card_files.content_key(card, picture) for card, picture in made}
    before = [folder for folder in (target, paths.build_dir() / "cards") if folder.is_dir()]
    todo = [
        (card, picture)
        for card, picture in made
        if not any(card_files.take_over(card, keys[card.id], old, target) for old in before)
    ]
    # Drawn here, one after another, while others make pixels of what is drawn already.
    with workers(max(1, min(jobs or processors(), len(todo)))) as pool:
        begun = [
            pool.submit(write, card_files.draw(picture), card.files, target)
            for card, picture in todo
        ]
        for one in begun:
            one.result()
    for card, _ in made:
        _write_json(target / f"{card.id}.json", card.as_dict())
    index = {"cards": [card.as_dict() for card, _ in made], "drawn": keys}
    _write_json(target / card_files.INDEX, index)
    return [card for card, _ in made]


def _write_json(path: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    put(path, f"{text}\n".encode())

"""Every claim and every main figure as a card: pictures, words, sources, licence.

All of it follows from a folder of results (``claims.json`` and ``figures/``) and from the tables
that those results rest on; nothing is typed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from analysis.publish import card_claims, card_files
from analysis.publish.card_model import Card

__all__ = ["Card", "all_cards", "write_cards"]


def all_cards(folder: Path) -> list[Card]:
    """All cards of a folder of results: the claims in their order, then the main figures."""
    return [card for card, _ in card_claims.claim_cards(folder)]


def write_cards(build: Path) -> list[Card]:
    """Write ``cards/<id>`` as SVG, PNG, square, print and JSON under ``build``, and an index."""
    made = card_claims.claim_cards(build)
    target = build / "cards"
    target.mkdir(parents=True, exist_ok=True)
    for card, picture in made:
        card_files.draw_claim(card, picture, target)
        _write_json(target / f"{card.id}.json", card.as_dict())
    _write_json(target / "index.json", {"cards": [card.as_dict() for card, _ in made]})
    return [card for card, _ in made]


def _write_json(path: Path, document: dict[str, Any]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)


_ = (hashlib, os, Sequence, Parallel, delayed)

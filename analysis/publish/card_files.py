"""A card's pictures: drawn, and taken over where the same were drawn before."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import matplotlib
import resvg_py

from analysis.publish import card_drawing, card_square, style
from analysis.publish.card_drawing import Picture
from analysis.publish.card_figures import FigurePicture
from analysis.publish.card_layout import SQUARE, WIDE, Sheet
from analysis.publish.card_model import Card
from analysis.publish.card_raster import Drawing, put
from analysis.publish.workers import unbroken

INDEX = "index.json"


def content_key(card: Card, picture: Picture | FigurePicture) -> str:
    """A hash of all that a card's pictures depend on: words, data, drawing and program."""
    digest = hashlib.sha256(_program().encode())
    digest.update(json.dumps(card.as_dict(), sort_keys=True).encode())
    if isinstance(picture, FigurePicture):
        for drawn in (picture.drawing, picture.drawing.with_suffix(".png")):
            digest.update(drawn.read_bytes() if drawn.is_file() else b"none")
        picture = replace(picture, drawing=Path())
    digest.update(repr(picture).encode())
    return digest.hexdigest()


@cache
def _program() -> str:
    """A hash of the code that draws and of the versions of what it draws with."""
    digest = hashlib.sha256(f"{matplotlib.__version__} {resvg_py.__version__}".encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def take_over(card: Card, key: str, old: Path, target: Path) -> bool:
    """Use the pictures in ``old`` if they were drawn from the same content; returns whether."""
    try:
        drawn = json.loads((old / INDEX).read_text(encoding="utf-8"))["drawn"]
    except (OSError, ValueError, KeyError):
        return False  # nothing drawn there yet, or nothing that we could trust
    if drawn.get(card.id) != key or not all((old / name).exists() for name in card.files.values()):
        return False
    if old.resolve() != target.resolve():
        for name in card.files.values():
            put(target / name, (old / name).read_bytes())
    return True


@unbroken()
def draw(picture: Picture | FigurePicture) -> Drawing:
    """Draw a card; a figure's drawing, and its picture for a page, are its notebook's own."""
    with style.house():
        if isinstance(picture, Picture):
            wide, square = (_svg(card_drawing.draw(picture, form)) for form in (WIDE, SQUARE))
            return Drawing(wide, square, style.DPI)
        sheet, drawn = card_square.draw(picture)
        room = None if drawn else _pixels(SQUARE.margin, *card_square.room(picture))
        drawing = picture.drawing.read_text(encoding="utf-8")
        page = picture.drawing.with_suffix(".png")
        return Drawing(drawing, _svg(sheet), style.DPI, page, room)


def _svg(sheet: Sheet) -> str:
    out = io.BytesIO()
    sheet.canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue().decode("utf-8")


def _pixels(margin: float, top: float, bottom: float) -> tuple[int, int, int]:
    return round(margin * style.DPI), round(top * style.DPI), round(bottom * style.DPI)

"""A card's pictures as files: SVG, blog width, square, print. Whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path

import matplotlib
import resvg_py
from PIL import Image

from analysis.publish import card_drawing, card_square, style
from analysis.publish.card_drawing import Picture
from analysis.publish.card_figures import FigurePicture
from analysis.publish.card_layout import SQUARE, WIDE
from analysis.publish.card_model import Card

PRINT_DPI = 300
_HEAD = 33  # bytes of a PNG file's signature and first chunk
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


def draw_claim(card: Card, picture: Picture, folder: Path) -> None:
    """Write the four pictures of a claim's card."""
    with style.house():
        wide, square = (card_drawing.draw(picture, form) for form in (WIDE, SQUARE))
        svg = io.BytesIO()
        wide.canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        small = io.BytesIO()
        square.canvas.savefig(small, format="svg", metadata={"Date": None, "Creator": None})
    drawing = svg.getvalue().decode("utf-8")
    put(folder / card.files["svg"], drawing.encode("utf-8"))
    _page_and_print(card, drawing, folder)
    put(folder / card.files["square"], rendered(small.getvalue().decode("utf-8"), style.DPI))


def draw_figure(card: Card, picture: FigurePicture, folder: Path) -> None:
    """Write the four pictures of a figure's card; SVG and page picture are the figure's own."""
    drawing = picture.drawing.read_text(encoding="utf-8")
    put(folder / card.files["svg"], drawing.encode("utf-8"))
    _page_and_print(card, drawing, folder, picture.drawing.with_suffix(".png"))
    with style.house():
        sheet, drawn = card_square.draw(picture)
        svg = io.BytesIO()
        sheet.canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    square = rendered(svg.getvalue().decode("utf-8"), style.DPI)
    if not drawn:
        square = _with_drawing(square, picture, drawing)
    put(folder / card.files["square"], square)


def _with_drawing(square: bytes, picture: FigurePicture, drawing: str) -> bytes:
    """The figure as its notebook drew it, as large as fits between title and footer."""
    sheet = Image.open(io.BytesIO(square)).convert("RGB")
    top, bottom = (round(y * style.DPI) for y in card_square.room(picture))
    margin = round(SQUARE.margin * style.DPI)
    inner = sheet.width - 2 * margin
    body = card_square.fitted(drawing, inner, bottom - top)
    at = (margin + (inner - body.width) // 2, top + (bottom - top - body.height) // 2)
    sheet.paste(body, at)
    return as_png(sheet, style.DPI)


def _page_and_print(card: Card, drawing: str, folder: Path, page: Path | None = None) -> None:
    """The drawing at 300 dots per inch, and at half of that for a page.

    ``page`` is where the same drawing may lie as a picture of that size.
    """
    large = rendered(drawing, PRINT_DPI)
    put(folder / card.files["print"], large)
    if page is not None and page.is_file():
        put(folder / card.files["png"], page.read_bytes())
        return
    half = Image.open(io.BytesIO(large)).convert("RGB").reduce(PRINT_DPI // style.DPI)
    put(folder / card.files["png"], as_png(half, style.DPI))


def rendered(svg: str, dpi: int) -> bytes:
    """An SVG drawing as a PNG file at so many dots per inch, which the file says."""
    png = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, dpi=float(dpi), background="white", skip_system_fonts=True
        )
    )
    per_metre = round(dpi / 0.0254)
    says = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)  # PNG specification, 11.3.4.3
    chunk = struct.pack(">I", len(says) - 4) + says + struct.pack(">I", zlib.crc32(says))
    return png[:_HEAD] + chunk + png[_HEAD:]


def as_png(picture: Image.Image, dpi: int) -> bytes:
    """A picture as the bytes of a PNG file that says its dots per inch."""
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi), compress_level=6)
    return out.getvalue()


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)


def draw(card: Card, picture: Picture | FigurePicture, folder: Path) -> None:
    """Write the four pictures of a card."""
    if isinstance(picture, FigurePicture):
        draw_figure(card, picture, folder)
    else:
        draw_claim(card, picture, folder)

"""A card's pictures as files: SVG, blog width, square, print. Whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import resvg_py
from PIL import Image

from analysis.publish import card_drawing, card_square, style
from analysis.publish.card_drawing import Picture
from analysis.publish.card_figures import FigurePicture
from analysis.publish.card_layout import SQUARE, WIDE
from analysis.publish.card_model import Card

PRINT_DPI = 300


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
    put(folder / card.files["png"], png(drawing, style.DPI))
    put(folder / card.files["print"], png(drawing, PRINT_DPI))
    put(folder / card.files["square"], png(small.getvalue().decode("utf-8"), style.DPI))


def draw_figure(card: Card, picture: FigurePicture, folder: Path) -> None:
    """Write the four pictures of a figure's card; the SVG is the figure's own."""
    drawing = picture.drawing.read_text(encoding="utf-8")
    put(folder / card.files["svg"], drawing.encode("utf-8"))
    put(folder / card.files["png"], png(drawing, style.DPI))
    put(folder / card.files["print"], png(drawing, PRINT_DPI))
    with style.house():
        sheet, drawn = card_square.draw(picture)
        svg = io.BytesIO()
        sheet.canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    square = raster(svg.getvalue().decode("utf-8"), style.DPI)
    if not drawn:
        top, bottom = (round(y * style.DPI) for y in card_square.room(picture))
        margin = round(SQUARE.margin * style.DPI)
        inner = square.width - 2 * margin
        body = card_square.fitted(drawing, inner, bottom - top)
        at = (margin + (inner - body.width) // 2, top + (bottom - top - body.height) // 2)
        square.paste(body, at)
    put(folder / card.files["square"], as_png(square, style.DPI))


def png(svg: str, dpi: int) -> bytes:
    """An SVG drawing as PNG at so many dots per inch, which the file also says."""
    return as_png(raster(svg, dpi), dpi)


def raster(svg: str, dpi: int) -> Image.Image:
    """An SVG drawing as a picture at so many dots per inch."""
    raw = bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=float(dpi)))
    return Image.open(io.BytesIO(raw)).convert("RGB")


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

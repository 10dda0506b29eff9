"""A card's pictures as files: SVG, blog width, square, print. Whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import resvg_py
from PIL import Image

from analysis.publish import card_drawing, style
from analysis.publish.card_drawing import Picture
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


def png(svg: str, dpi: int) -> bytes:
    """An SVG drawing as PNG at so many dots per inch, which the file also says."""
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=float(dpi)))))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", dpi=(dpi, dpi), compress_level=6)
    return out.getvalue()


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)

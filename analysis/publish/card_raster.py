"""From a card's two drawings to its four files: SVG, blog width, square, print.

Needs neither the libraries that draw nor those that read tables, so that a process that only makes
pixels starts at once.
"""

from __future__ import annotations

import io
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from PIL import Image, ImageChops

PRINT_DPI = 300
_HEAD = 33  # bytes of a PNG file's signature and first chunk
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Drawing:
    """A card as SVG, for a page and as a square.

    ``dpi`` is that of the page and of the square. ``page`` is where the drawing may already lie as
    a picture of that size. ``room``: margin, top and bottom, in pixels, of the room in the square
    that the other drawing is to fill; None where it holds its own.
    """

    wide: str
    square: str
    dpi: int
    page: Path | None = None
    room: tuple[int, int, int] | None = None


def write(drawing: Drawing, files: Mapping[str, str], folder: Path) -> None:
    """Write the four files of a card; ``files`` holds their names."""
    put(folder / files["svg"], drawing.wide.encode("utf-8"))
    large = rendered(drawing.wide, PRINT_DPI)
    put(folder / files["print"], large)
    if drawing.page is not None and drawing.page.is_file():
        put(folder / files["png"], drawing.page.read_bytes())
    else:
        half = Image.open(io.BytesIO(large)).convert("RGB").reduce(PRINT_DPI // drawing.dpi)
        put(folder / files["png"], as_png(half, drawing.dpi))
    square = rendered(drawing.square, drawing.dpi)
    if drawing.room is not None:
        square = _with_drawing(square, drawing, *drawing.room)
    put(folder / files["square"], square)


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


def _with_drawing(square: bytes, drawing: Drawing, margin: int, top: int, bottom: int) -> bytes:
    """The figure as its notebook drew it, as large as fits between title and footer."""
    sheet = Image.open(io.BytesIO(square)).convert("RGB")
    inner = sheet.width - 2 * margin
    body = _fitted(drawing.wide, inner, bottom - top)
    at = (margin + (inner - body.width) // 2, top + (bottom - top - body.height) // 2)
    sheet.paste(body, at)
    return as_png(sheet, drawing.dpi)


def _body(svg: str) -> str:
    """A figure's drawing without the title and the footer that ``figures.blank`` wrote on it.

    They are the only texts that belong to the figure itself and not to its axes.
    """
    root = ET.fromstring(svg)
    for figure in root.iter(f"{_SVG}g"):
        if figure.get("id") == "figure_1":
            for child in [c for c in figure if str(c.get("id", "")).startswith("text_")]:
                figure.remove(child)
    return ET.tostring(root, encoding="unicode")


def _fitted(svg: str, width: int, height: int) -> Image.Image:
    """The drawing alone, as large as it fits in so many pixels."""
    drawing = _body(svg)
    box = _box(_raster(drawing, 72))
    scale = min(width / (box[2] - box[0]), height / (box[3] - box[1]))
    picture = _raster(drawing, 0.985 * 72 * scale)
    picture = picture.crop(_box(picture))
    picture.thumbnail((width, height))
    return picture


def _raster(svg: str, dpi: float) -> Image.Image:
    raw = bytes(resvg_py.svg_to_bytes(svg_string=svg, dpi=dpi, skip_system_fonts=True))
    return Image.open(io.BytesIO(raw)).convert("RGB")


def _box(picture: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not white."""
    white = Image.new("RGB", picture.size, "white")
    found = ImageChops.difference(picture, white).getbbox()
    return found or (0, 0, *picture.size)

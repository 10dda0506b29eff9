"""Light copies of pictures, made beside the pages that show them.

Needs few libraries: the processes that make them load this module.
"""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import Executor, Future
from html import escape
from pathlib import Path

from PIL import Image

COLOURS = 64  # the house style draws with fewer; what it saves is two thirds of a picture
PICTURES = "_pictures"


class Pictures:
    """A folder of light copies, each named by its content and made once, by other processes."""

    def __init__(self, folder: Path, workers: Executor) -> None:
        """``folder`` is made when needed; ``workers`` do the work."""
        self.folder, self._workers = folder, workers
        self._copies: dict[str, Future[None]] = {}

    def finish(self) -> None:
        """Wait until every copy is there."""
        for copy in self._copies.values():
            copy.result()

    def show(self, png: bytes, alt: str, colours: int = COLOURS, *, up: str = "../") -> str:
        """Have a light copy made of a picture; returns the HTML that shows it.

        ``up`` leads from the page that shows it to the folder that holds the folder of pictures.
        """
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
        if name not in self._copies:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._copies[name] = self._workers.submit(_copy, png, self.folder / name, colours)
        with Image.open(io.BytesIO(png)) as image:
            width, height = image.size
        return (
            f'<p class="picture"><img src="{up}{PICTURES}/{name}" alt="{escape(alt)}" '
            f'width="{width}" height="{height}" loading="lazy" decoding="async"></p>'
        )

    def thumb(self, png: Path, width: int) -> Future[bytes]:
        """Have a small copy of a file made, for :meth:`show`."""
        return self._workers.submit(_thumb, png, width)


def _thumb(png: Path, width: int) -> bytes:
    with Image.open(png) as image:
        small = image.convert("RGB")
    small.thumbnail((width, 2 * width), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def _copy(png: bytes, target: Path, colours: int) -> None:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    light = image.quantize(colours, dither=Image.Dither.NONE)
    light.save(target, compress_level=8)  # the last level saves 2 % and takes three times as long

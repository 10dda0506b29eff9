"""Light copies of pictures, made beside the pages that show them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from html import escape
from pathlib import Path
from types import TracebackType

from PIL import Image

COLOURS = 64  # the house style draws with fewer; what it saves is two thirds of a picture
PICTURES = "_pictures"
_THREADS = 2  # Pillow lets other threads go on while it is at work


class Pictures:
    """A folder of light copies, each named by its content and made once.

    They are made while others go on; on leaving the ``with`` block all of them are there.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when needed."""
        self.folder = folder
        self._threads = ThreadPoolExecutor(_THREADS)
        self._copies: dict[str, Future[None]] = {}

    def __enter__(self) -> Pictures:
        """Nothing to do yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Wait for what is being made, and for the rest as well unless something went wrong."""
        self._threads.shutdown(cancel_futures=kind is not None)
        for copy in self._copies.values() if kind is None else ():
            copy.result()

    def show(self, png: bytes, alt: str, colours: int = COLOURS) -> str:
        """Have a light copy made of a picture; returns the HTML that shows it.

        Pages that show it lie one folder deep, beside the folder of pictures.
        """
        name = f"{hashlib.sha256(png).hexdigest()[:16]}.png"
        if name not in self._copies:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._copies[name] = self._threads.submit(_copy, png, self.folder / name, colours)
        with Image.open(io.BytesIO(png)) as image:
            width, height = image.size
        return (
            f'<p class="picture"><img src="../{PICTURES}/{name}" alt="{escape(alt)}" '
            f'width="{width}" height="{height}" loading="lazy" decoding="async"></p>'
        )

    def made(self, make: Callable[[Path], bytes], of: Iterable[Path]) -> Iterator[bytes]:
        """What a function makes of files, several at a time, in their order."""
        return self._threads.map(make, of)


def _copy(png: bytes, target: Path, colours: int) -> None:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(target, optimize=True)

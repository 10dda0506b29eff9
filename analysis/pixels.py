"""Pictures compared by what can be seen in them, held against a small grey copy that is kept.

The full pictures are large and are not committed. A copy a quarter as wide in shades of grey is
enough to see a mark that moved by a pixel or a word that changed, and is kept as `pixels/ID.png`.
How far two may differ is declared in `results/tolerances.toml` under `[picture]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCALE = 4  # pixels of the full picture to one of the copy, in each direction


@dataclass(frozen=True)
class PictureTolerance:
    """The same picture when at most `share` of its pixels moved by more than `grey` of 255."""

    grey: int = 32
    share: float = 0.001


def write_pixels(folder: Path) -> None:
    """Write `pixels/ID.png` for every picture `figures/ID.png` of a folder."""
    from concurrent.futures import ThreadPoolExecutor

    from PIL import Image

    def write(path: Path) -> None:
        with Image.open(path) as picture:
            small = picture.convert("RGB").convert("L").reduce(SCALE)
        small.save(folder / "pixels" / path.name, optimize=True)

    pictures = list((folder / "figures").glob("*.png"))
    if pictures:
        (folder / "pixels").mkdir(exist_ok=True)
    with ThreadPoolExecutor() as threads:  # Pillow lets others go on while it is at work
        list(threads.map(write, pictures))


def moved(a: Path, b: Path, grey: int) -> float:
    """The share of pixels in which two pictures differ by more than `grey` of 255.

    Pictures of different size differ in all of them.
    """
    import numpy as np
    from PIL import Image

    with Image.open(a) as first, Image.open(b) as second:
        if first.size != second.size:
            return 1.0
        x, y = (np.asarray(picture.convert("L"), dtype=int) for picture in (first, second))
    return float((abs(x - y) > grey).mean())

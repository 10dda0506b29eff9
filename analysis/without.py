"""Load a library without an optional part of it that takes long to load and is not needed here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, cast


@contextlib.contextmanager
def without(module: str) -> Iterator[None]:
    """Within this block the module looks as if it were not installed, unless it is loaded already.

    Libraries that are first imported here do without it, as they do where it really is missing.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = cast("Any", None)  # what Python takes for "cannot be imported"
    try:
        yield
    finally:
        del sys.modules[module]

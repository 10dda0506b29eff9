"""The English stemmer of snowballstemmer, without the other thirty.

Importing the package loads a stemmer for every language that it knows, which takes longer than
checking a whole draft.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_PACKAGE = "snowballstemmer"


def english() -> Any:
    """The stemmer; it has ``stemWord``."""
    if _PACKAGE not in sys.modules:
        try:
            return _alone()
        except (ImportError, AttributeError):  # another layout of the package: load all of it
            pass
    return importlib.import_module(_PACKAGE).stemmer("english")


def _alone() -> Any:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(_PACKAGE)
    bare = ModuleType(_PACKAGE)
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules[_PACKAGE] = bare
    try:
        return importlib.import_module(f"{_PACKAGE}.english_stemmer").EnglishStemmer()
    finally:  # whoever imports the package later gets all of it
        for name in [n for n in sys.modules if n.partition(".")[0] == _PACKAGE]:
            del sys.modules[name]

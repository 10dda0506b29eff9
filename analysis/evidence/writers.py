"""Which notebook writes a figure or a table.

A run notes it beside what it made (``build/provenance/written``). Where nothing was noted, the
notebooks and the drawing functions are searched for the name.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from analysis import paths

#: What the shared sections of a claim's notebook write, by the end of its name; else forest plots.
_SECTIONS = {
    "answers": "main_figure",
    "directions": "reported_directions",
    "flow": "flow",
    "models": "choices",
    "reviews": "published_estimates",
    "rules": "other_rules",
}


@lru_cache(maxsize=1)
def _code() -> dict[str, str]:
    found = {}
    for file in sorted(paths.notebooks_dir().glob("*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        found[file.stem] = "\n".join(code)
    return found


@lru_cache(maxsize=1)
def _drawers() -> dict[str, tuple[str, ...]]:
    """Figure ids as written in drawing functions, with the ``module.function`` that give them."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((paths.root() / "analysis" / "publish").glob("*.py")):
        function = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if defined := re.match(r"def (\w+)", line):
                function = defined[1]
            if given := re.search(r"\bid=f?\"([^\"]+)\"", line):
                found[given[1]] = (*found.get(given[1], ()), f"{file.stem}.{function}")
    return found


def noted(build: Path) -> dict[str, list[str]]:
    """Notebooks by what a run noted that they wrote: ``figures/NAME``, ``tables/NAME``."""
    found: dict[str, list[str]] = {}
    for file in sorted((build / "provenance" / "written").glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            found.setdefault(line, []).append(file.stem)
    return found


def writers(name: str, claim: str | None = None, build: Path | None = None) -> tuple[str, ...]:
    """The notebooks that write the figure or table ``name``, which is about ``claim``.

    ``build`` is the folder of the run whose notes count; without any, or with a folder that has
    none, those of the latest run do.
    """
    if build is None or not (build / "provenance").is_dir():
        build = paths.build_dir()
    known = noted(build)
    told = known.get(f"figures/{name}") or known.get(f"tables/{name}")
    if told:
        return tuple(dict.fromkeys(told))
    code = _code()
    literal = tuple(book for book, text in code.items() if f'"{name}"' in text)
    if literal:
        return literal
    own = name.removeprefix(f"{claim}-") if claim else name
    for pattern, functions in _drawers().items():
        if pattern == name or (claim and pattern == "{claim.id}-" + own):
            calling = [b for b, text in code.items() if any(f"{f}(" in text for f in functions)]
            if calling:
                return tuple(calling)
    if claim:
        call = f"claim_notebook.{_SECTIONS.get(own, 'forests')}("
        own_book = f'"{claim}"'
        return tuple(book for book, text in code.items() if own_book in text and call in text)
    return ()

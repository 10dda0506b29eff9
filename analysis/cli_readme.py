"""The README's answers follow the committed results: renewed with them, and checked."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from analysis import paths
from analysis.differences import Difference, ResultsError
from analysis.inputs import file_hash
from analysis.kept import Kept


def readme_of(results: Path) -> Path | None:
    """The README whose answers come from `results`; None for results that stand elsewhere."""
    return paths.root() / "README.md" if results == paths.root() / "results" else None


def refresh(readme: Path, results: Path) -> bool:
    """Write the committed answers into `readme`; returns whether it changed.

    Raises
    ------
    ResultsError
        The README has lost the markers between which the answers stand.
    """
    from analysis.publish import readme as page

    try:
        return page.refresh(readme, results / "claims.json")
    except ValueError as error:
        raise ResultsError(str(error)) from error


def is_current(readme: Path, results: Path) -> bool:
    """Whether `readme` shows what the committed `claims.json` says. Writes nothing to either."""
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        copy = Path(shutil.copy(readme, folder))
        return not refresh(copy, results)


def stale(results: Path, kept: Kept | None = None) -> tuple[Difference, ...]:
    """One difference if the README of these results says something else than they do.

    With `kept`, what was found current is not looked at again until something changes.
    """
    readme = readme_of(results)
    claims = results / "claims.json"
    if readme is None or not claims.exists():
        return ()

    def current() -> bool:
        return is_current(readme, results)

    if kept.once("readme", current, file_hash(claims)) if kept else current():
        return ()
    return (Difference("stale", None, None, f"{readme.stem}: answers are stale", None, None),)

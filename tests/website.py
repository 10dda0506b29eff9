"""A website to test: built once per test session, from the last run or from a small one."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bs4 import BeautifulSoup

from analysis import paths
from analysis.publish.cards import write_cards
from analysis.publish.site import build_site
from analysis.rerun import find_notebooks, rerun

SMALL = ("00-start-here", "09-cited-study")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one test process in at a time."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def whole_run() -> Path | None:
    """The last run, if it is of these results and complete."""
    build, results = paths.build_dir(), paths.results_dir()
    names = [path.name for path in paths.notebooks_dir().glob("*.ipynb")]
    complete = all((build / "notebooks" / name).is_file() for name in names)
    if not complete or not (build / "claims.json").is_file():
        return None
    same = (build / "claims.json").read_bytes() == (results / "claims.json").read_bytes()
    return build if same else None


def small_run(folder: Path) -> Path:
    """A run of two notebooks with the committed verdicts."""
    with rerun(find_notebooks(paths.notebooks_dir(), SMALL), folder) as run:
        assert not run.failures, run.failures[0]
        shutil.copy2(paths.results_dir() / "claims.json", run.directory / "claims.json")
        for path in (paths.results_dir() / "figures").iterdir():
            if not (run.directory / "figures" / path.name).exists():
                shutil.copy2(path, run.directory / "figures" / path.name)
        shutil.copytree(
            paths.results_dir() / "tables", run.directory / "tables", dirs_exist_ok=True
        )
    return folder


def make(shared: Path) -> tuple[Path, Path]:
    """The run and the site made from it; what another process made already is used."""
    site, run, done = shared / "site", shared / "build", shared / "site.done"
    with alone(shared / "site.lock"):
        if not done.exists():
            last = whole_run()
            if last is None:
                small_run(run)
            else:
                run.symlink_to(last)
            if last is None or not (last / "cards").is_dir():
                write_cards(run.resolve())
            build_site(run, site, base_url="")
            done.touch()
    return run, site


def soup(page: Path) -> BeautifulSoup:
    """One page, parsed."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")

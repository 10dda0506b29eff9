"""Execute every notebook in a clean kernel and put what they write in place of the last build.

Several notebooks at a time; `kernels` says what "clean" means. They write where `EVIDENCE_BUILD`
points: a staging folder, which becomes `build/` only when all went well.

Knows nothing of statistics: what else a run has to do is passed in as steps.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import warm
from analysis.kernels import (
    CELL_TIMEOUT,
    Failure,
    NotebookRun,
    Progress,
    Silent,
    execute,
    kernel_environ,
)
from analysis.staging import replace, staging

Step = tuple[str, Callable[[Path], object]]
"""Something besides notebooks that a run does: a name to show, and a function of the folder."""

MOST_JOBS = 4  # a kernel with the libraries loaded takes some 250 MB


@dataclass(frozen=True)
class Rerun:
    """A run whose results are in `directory`, not yet in the place of the last build.

    `made` are the files it wrote, relative to `directory`, in order.
    """

    directory: Path
    notebooks: tuple[NotebookRun, ...]
    made: tuple[str, ...]
    seconds: float

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The notebooks that stopped; none when all went well."""
        return tuple(run.failure for run in self.notebooks if run.failure)


class NoSuchNotebookError(ValueError):
    """A notebook was asked for that is not there."""


def default_jobs() -> int:
    """As many notebooks at a time as the process may use processors, and memory allows."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MOST_JOBS)
    return min(os.cpu_count() or 1, MOST_JOBS)


def find_notebooks(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """The notebooks of a folder, by name; `only` picks some, by name or any part that is unique.

    Raises
    ------
    NoSuchNotebookError
        A name in `only` fits none, or several; or there are no notebooks at all.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise NoSuchNotebookError(f"no notebooks in {folder}")
    chosen = set()
    for name in only:
        part = Path(name).name.removesuffix(".ipynb")
        fitting = [part] if part in found else [stem for stem in found if part in stem]
        if len(fitting) != 1:
            what = "more than one notebook is called" if fitting else "no notebook is called"
            raise NoSuchNotebookError(f"{what} {name!r}; there are: {', '.join(found)}")
        chosen.update(fitting)
    return [path for name, path in found.items() if name in chosen or not only]


@contextlib.contextmanager
def rerun(
    notebooks: Sequence[Path],
    build: Path,
    *,
    steps: Sequence[Step] = (),
    after: Sequence[Step] = (),
    jobs: int | None = None,
    keep_others: bool = False,
    timeout: int = CELL_TIMEOUT,
    progress: Progress | None = None,
) -> Iterator[Rerun]:
    """Run the steps in order, the notebooks in parallel, then `after`; on leaving, replace `build`.

    Inside the `with` block the results are still in the staging folder, to be looked at. On
    leaving it they take the place of `build`, unless a notebook failed or an exception passes
    through: then `build` stays as it was.

    Parameters
    ----------
    notebooks
        What to execute, see `find_notebooks`.
    build
        The folder to replace. Executed notebooks and their pages go to its `notebooks/`.
    steps
        `(name, function)` pairs; each function is called with the staging folder first. What one
        raises ends the run.
    after
        The same, for what is made from the results: run when every notebook went well, and not at
        all otherwise. With `keep_others` they find the files of the last build in the folder.
    jobs
        Notebooks at a time; `default_jobs()` where none is given.
    keep_others
        Keep the files of the last build that this run did not write (a run of some notebooks).
    timeout
        Seconds that one cell may take.
    progress
        Who is told how it goes.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after every kernel was shut down and the staging folder removed.
    """
    listener = progress or Silent()
    build = build.resolve()  # kernels run elsewhere
    with staging(build) as folder:
        started = time.monotonic()
        for name, function in steps:
            with _told(listener, name):
                function(folder)
        work = _run_all(notebooks, folder, build, jobs or default_jobs(), timeout, listener)
        runs = tuple(asyncio.run(work))
        made, failed = files(folder), any(run.failure for run in runs)
        kept = _keep_others(build, folder, made) if keep_others and not failed else ()
        for name, function in () if failed else after:
            with _told(listener, name):
                function(folder)
        made = sorted({*made, *files(folder)} - set(kept))
        result = Rerun(folder, runs, tuple(made), time.monotonic() - started)
        yield result
        if not result.failures:
            replace(folder, build)


def files(folder: Path) -> list[str]:
    """The files of a folder, at any depth, as relative paths with slashes, in order."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _keep_others(build: Path, folder: Path, made: Sequence[str]) -> list[str]:
    others = [name for name in files(build) if name not in made] if build.is_dir() else []
    for name in others:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(build / name, folder / name)
    return others


@contextlib.contextmanager
def _told(listener: Progress, name: str, cells: int = 0) -> Iterator[None]:
    listener.start(name, cells)
    started, ok = time.monotonic(), False
    try:
        yield
        ok = True
    finally:
        listener.finish(name, time.monotonic() - started, ok)


async def _run_all(
    notebooks: Sequence[Path], folder: Path, build: Path, jobs: int, timeout: int, told: Progress
) -> list[NotebookRun]:
    slots = asyncio.Semaphore(jobs)
    (folder / "notebooks").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evidence-") as private:
        environ = kernel_environ(os.environ, folder, Path(private))

        with warm.server(notebooks, environ, Path(private)) as server:

            async def run(path: Path) -> NotebookRun:
                async with slots:
                    return await execute(
                        path,
                        folder,
                        build,
                        environ,
                        Path(private),
                        timeout=timeout,
                        told=told,
                        server=server,
                    )

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(run(path)) for path in notebooks]
    return [task.result() for task in tasks]

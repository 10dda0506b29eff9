"""Execute every notebook in a clean kernel and put what they write in place of the last build.

Several notebooks at a time; `kernels` says what "clean" means. They write where `EVIDENCE_BUILD`
points: a staging folder, which becomes `build/` only when all went well.

Knows nothing of statistics: what else a run has to do is passed in as steps.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis import warm
from analysis.compare import comparable
from analysis.kept import Kept
from analysis.kernels import CELL_TIMEOUT, Failure, NotebookRun, Progress, Silent
from analysis.manifest import read_manifest, write_manifest
from analysis.processors import processors
from analysis.staging import replace, staging
from analysis.warm import Server
from analysis.work import Work

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
    """One notebook more at a time than there are processors, as each waits a little for its kernel.

    Not more than memory allows.
    """
    return min(processors() + 1, MOST_JOBS)


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
    kept: Kept | None = None,
    reads: Mapping[str, object] | None = None,
    cold: bool = False,
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
        The folder to replace. Executed notebooks go to its `notebooks/`.
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
    kept
        Finished work that need not be done again; without it, everything is done.
    reads
        What steps of `after` read besides results, code, data and documents, by their name (the
        commit that is checked out, say): they are done again when it changes.
    cold
        Start each kernel by itself, with nothing loaded.
    timeout
        Seconds that one cell may take.
    progress
        Who is told how it goes.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C or SIGTERM, after every kernel was shut down and the staging folder removed. What
        was finished stays in `kept`.
    """
    started = time.monotonic()
    build = build.resolve()  # kernels run elsewhere
    with staging(build) as folder, tempfile.TemporaryDirectory(prefix="evidence-") as private:
        work = Work(folder, build, Path(private), kept, progress or Silent(), timeout)
        with contextlib.ExitStack() as stack:

            @functools.cache
            def server() -> Server | None:
                return stack.enter_context(warm.server(notebooks, work.environ, Path(private)))

            if not cold:
                work.server = server
            for name, function in steps:
                work.step(name, function)
            runs = work.notebooks(notebooks, jobs or default_jobs())
        work.server = lambda: None  # what comes now needs no kernel
        made, failed = files(folder), any(run.failure for run in runs)
        others = _keep_others(build, folder, made) if keep_others and not failed else ()
        for name, function in () if failed else after:
            work.step(name, function, documents=True, reads=(reads or {}).get(name))
        if kept is not None and not failed:
            _write_manifest(folder, kept, work.made_by)
        made = sorted({*made, *work.made_by, *files(folder)} - (set(others) - {*work.made_by}))
        yield Rerun(folder, runs, tuple(made), time.monotonic() - started)
        if not failed:
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


def _write_manifest(folder: Path, kept: Kept, made_by: dict[str, str]) -> None:
    """Say what the run was made from; what others made is as the last run said."""
    before = read_manifest(folder).get("made_by", {})
    there = {name: by for name, by in (before | made_by).items() if (folder / name).exists()}
    compared = comparable(folder)
    results = {name: by for name, by in there.items() if name in compared}
    write_manifest(folder, kept.inputs, results)

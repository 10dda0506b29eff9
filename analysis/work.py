"""The pieces of a run, one by one: each is done, or taken from what is kept.

Every notebook writes into a folder of its own, in which it finds what the steps made; what it wrote
is then put together with what others wrote. So no notebook can read another's work, two that write
one file are found out, and it is known who wrote what.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from analysis.inputs import file_hash, hashes
from analysis.kept import Kept, copy
from analysis.kernels import Failure, NotebookRun, Progress, execute, kernel_environ
from analysis.staging import beside
from analysis.warm import Server

STEP = "step: "  # what no notebook is called
Files = dict[str, str]
"""Files by name, with their hashes."""


class Work:
    """What has been done so far in a run that fills `folder`, which will be `build`."""

    def __init__(
        self,
        folder: Path,
        build: Path,
        private: Path,
        kept: Kept | None,
        told: Progress,
        timeout: int,
    ) -> None:
        """`private` is an empty folder for kernels' own files, `told` who hears how it goes."""
        self.folder, self.build, self.private = folder, build, private
        self.kept, self.told, self.timeout = kept, told, timeout
        self.environ = kernel_environ(os.environ, folder, private)
        self.made_by: dict[str, str] = {}
        self.server: Callable[[], Server | None] = lambda: None

    def step(
        self,
        name: str,
        function: Callable[[Path], object],
        *,
        documents: bool = False,
        reads: object = None,
    ) -> None:
        """Call the function with the folder, unless what it makes of what is there is kept.

        `documents` says that it may read these too; `reads` is what it reads besides.
        """
        before = _files(self.folder)
        kept = self.kept
        key = kept.key(name, before, reads, documents=documents) if kept else ""
        if self._take(kept, STEP + name, key, name):
            return
        self.server()  # loads while the step is at work
        with self._telling(name):
            function(self.folder)
        now = _files(self.folder)
        wrote = [file for file, content in now.items() if before.get(file) != content]
        self.made_by |= dict.fromkeys(wrote, STEP + name)
        if kept:
            kept.put(STEP + name, key, self.folder, wrote)

    def notebooks(self, paths: Sequence[Path], jobs: int) -> tuple[NotebookRun, ...]:
        """Execute the notebooks, so many at a time; in order, with those that were kept."""
        (self.folder / "notebooks").mkdir(exist_ok=True)
        seeds = _files(self.folder)
        keys = {path: self._key(path, seeds) for path in paths}
        same = [p for p in paths if self._take(self.kept, p.stem, keys[p], p.stem)]
        others = [path for path in paths if path not in same]
        ran = asyncio.run(self._execute(others, seeds, keys, jobs)) if others else {}
        return tuple(ran.get(p) or NotebookRun(p.stem, 0.0, kept=True) for p in paths)

    def _key(self, path: Path, seeds: Files) -> str:
        if self.kept is None or not path.exists():
            return ""
        return self.kept.key(path.stem, file_hash(path), seeds)

    def _take(self, kept: Kept | None, name: str, key: str, shown: str) -> bool:
        """Take a piece from what is kept, if it is there."""
        found = kept.find(name, key) if kept and key else None
        if found is None:
            return False
        try:
            wrote = list(_files(found))
            if name.startswith(STEP):
                copy(found, self.folder, wrote)
            elif self._merge(found, wrote):
                return False  # so that it is executed, and its failure told
        except OSError:  # another run tidied up in this moment
            return False
        self.made_by |= dict.fromkeys(wrote, name)
        self.told.keep(shown)
        return True

    async def _execute(
        self, paths: Sequence[Path], seeds: Files, keys: dict[Path, str], jobs: int
    ) -> dict[Path, NotebookRun]:
        slots, server = asyncio.Semaphore(jobs), self.server()
        desks = beside(self.build, "desks")

        async def run(path: Path) -> NotebookRun:
            async with slots:
                desk = desks / path.stem
                return await self._notebook(path, desk, seeds, keys[path], server)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = {path: group.create_task(run(path)) for path in paths}
        finally:
            shutil.rmtree(desks, ignore_errors=True)
        return {path: task.result() for path, task in tasks.items()}

    async def _notebook(
        self, path: Path, desk: Path, seeds: Files, key: str, server: Server | None
    ) -> NotebookRun:
        (desk / "notebooks").mkdir(parents=True)
        copy(self.folder, desk, seeds)
        places = {"EVIDENCE_BUILD": str(desk), "EVIDENCE_RESULTS": str(desk)}
        run = await execute(
            path,
            desk,
            self.build,
            self.environ | places,
            self.private,
            timeout=self.timeout,
            told=self.told,
            server=server,
        )
        wrote = [name for name, content in _files(desk).items() if seeds.get(name) != content]
        clash = self._merge(desk, wrote)
        self.made_by |= dict.fromkeys(wrote, path.stem)
        if run.failure is None and clash:
            return NotebookRun(run.name, run.seconds, Failure(run.name, 0, "", clash))
        if run.failure is None and self.kept and key:
            self.kept.put(run.name, key, desk, wrote)
        return run

    def _merge(self, source: Path, names: Sequence[str]) -> str:
        """Put files with those that are there; says if another piece wrote one otherwise."""
        clash = ""
        for name in names:
            there = self.folder / name
            if there.exists() and there.read_bytes() != (source / name).read_bytes():
                clash = f"writes {name}, which is already written by another with other content"
            else:
                copy(source, self.folder, [name])
        return clash

    @contextlib.contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        self.told.start(name, 0)
        started, ok = time.monotonic(), False
        try:
            yield
            ok = True
        finally:
            self.told.finish(name, time.monotonic() - started, ok)


def _files(folder: Path) -> Files:
    return hashes(folder, (path for path in folder.rglob("*") if path.is_file()))

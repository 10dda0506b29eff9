"""Finished work that need not be done again, kept by what it was made from.

A piece of work (a step, a notebook) is kept with the hash of its inputs and of every file that it
wrote. It is used again only when both are as they were: a changed input asks for another piece, a
changed or half-written output is not what was kept. A piece appears whole or not at all, so that a
run that is killed leaves behind what it finished and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.inputs import Inputs, digest_of, hashes, read_inputs

RECORD = "record.json"
_PLAIN = re.compile(r"[^\w-]+")


@dataclass
class Kept:
    """A folder of finished work that was made from `inputs`, which `read` reads.

    With `fresh`, nothing in it is used, but what is done is kept.
    """

    place: Path
    read: Callable[[], Inputs] = read_inputs
    fresh: bool = False
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The inputs are those of now."""
        self.inputs = self.read()

    def key(self, name: str, *reads: object, documents: bool = False) -> str:
        """The key of a piece: its name, the inputs, and what else it reads."""
        inputs = self.inputs.digest_with_documents if documents else self.inputs.digest
        return digest_of([name, inputs, list(reads)])

    def find(self, name: str, key: str) -> Path | None:
        """The folder of what a piece wrote, if it is kept and is as it was written."""
        folder = self._folder(name, key)
        if self.fresh or not _whole(folder, key):
            return None
        self.used.add(folder.name)
        return folder / "files"

    def put(self, name: str, key: str, source: Path, files: Sequence[str]) -> None:
        """Keep what a piece wrote: these files of the folder `source`.

        Not if the inputs changed while it was at work: nobody could say what it was made from.
        """
        if self.read().digest_with_documents != self.inputs.digest_with_documents:
            return
        folder = self._folder(name, key)
        part = self.place / f".part-{os.getpid()}-{folder.name}"
        shutil.rmtree(part, ignore_errors=True)
        (part / "files").mkdir(parents=True)
        copy(source, part / "files", files)
        record = {"name": name, "key": key, "files": _content(part)}
        (part / RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another run may have kept the same in this moment
            part.rename(folder)
        self.used.add(folder.name)

    def once(self, name: str, check: Callable[[], bool], *reads: object) -> bool:
        """What a check says, without asking again if it said yes to the same before."""
        key = self.key(name, *reads, documents=True)
        if self.find(name, key) is not None:
            return True
        passed = check()
        if passed:
            self.put(name, key, self.place, ())
        return passed

    def tidy(self) -> None:
        """Remove what this run neither used nor made."""
        for folder in self.place.iterdir() if self.place.is_dir() else ():
            if folder.name not in self.used:
                shutil.rmtree(folder, ignore_errors=True)

    def drop(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.place, ignore_errors=True)

    def _folder(self, name: str, key: str) -> Path:
        return self.place / f"{_PLAIN.sub('-', name)}-{key[:16]}"


def copy(source: Path, target: Path, files: Iterable[str]) -> None:
    """Copy files, named relative to `source`, into `target`."""
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _content(folder: Path) -> dict[str, str]:
    inside = folder / "files"
    return hashes(inside, (p for p in inside.rglob("*") if p.is_file()))


def _whole(folder: Path, key: str) -> bool:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return bool(record["key"] == key and record["files"] == _content(folder))
    except (OSError, ValueError, KeyError, TypeError):
        return False

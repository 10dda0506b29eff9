"""A folder that appears whole or not at all.

Work is done in a hidden folder beside the one it is meant for, and takes its place by renaming.
A run that fails, is interrupted or is killed leaves what was there before.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` to fill; it is removed unless `replace` has moved it.

    Example
    -------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "build"
    >>> with staging(target) as folder:
    ...     _ = (folder / "claims.json").write_text("{}")
    ...     replace(folder, target)
    >>> sorted(path.name for path in target.parent.rglob("*"))
    ['build', 'claims.json']
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    folder = beside(target, "new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace(folder: Path, target: Path) -> None:
    """Put `folder` in the place of `target`; what was there is removed afterwards."""
    old = beside(target, "old")
    if target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def recover(target: Path) -> None:
    """Clear up after processes that were killed: put back what they had moved, drop the rest."""
    for left in sorted(target.parent.glob(f".{target.name}.*-*")):
        kind, _, process = left.suffix.removeprefix(".").partition("-")
        if not process.isdigit() or _alive(int(process)):
            continue
        if kind == "old" and not target.exists():
            left.rename(target)
        else:
            shutil.rmtree(left, ignore_errors=True)


def beside(target: Path, kind: str) -> Path:
    """A name of this process' own, on the same file system as `target`; `recover` clears it up."""
    return target.with_name(f".{target.name}.{kind}-{os.getpid()}")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

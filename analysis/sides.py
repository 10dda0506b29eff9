"""The two sides of a comparison, however they are named: a folder, a clone, a file, a revision."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from analysis import paths
from analysis.changes import Side
from analysis.differences import ResultsError
from analysis.documents import read_json
from analysis.manifest import read_manifest


@contextlib.contextmanager
def opened(name: str, private: Path) -> Iterator[tuple[Path, Side]]:
    """A folder with the results that `name` stands for, and the side that it is.

    `name` is a folder with a `claims.json`, a clone whose `results/` has one, a `claims.json` by
    itself, or a git revision of this repository. `private` is an empty folder for what must be
    unpacked.

    Raises
    ------
    ResultsError
        It is none of these; the text says what was looked for.
    """
    folder = _folder(Path(name)) or _file(Path(name), private) or _revision(name, private)
    if folder is None:
        raise ResultsError(
            f"{name!r} is no run: neither a folder with a claims.json (or results/claims.json) nor "
            "such a file, nor a git revision of this repository that has results/"
        )
    data = [folder.parent / "data", paths.data_dir()]
    claims = read_json(folder / "claims.json")
    yield folder, Side(claims, read_manifest(folder), tuple(data))


def _folder(path: Path) -> Path | None:
    for folder in (path, path / "results"):
        if (folder / "claims.json").is_file():
            return folder.resolve()
    return None


def _file(path: Path, private: Path) -> Path | None:
    """A folder that holds nothing but the claims of a file."""
    if not path.is_file():
        return None
    if not isinstance(read_json(path).get("claims"), list):  # complaints name this file, no copy
        raise ResultsError(f"{path}: has no list of claims, so it is no claims.json")
    private.mkdir(parents=True, exist_ok=True)
    (private / "claims.json").write_bytes(path.read_bytes())
    return private


def _revision(name: str, private: Path) -> Path | None:
    """The results of a revision, unpacked, with the data beside them."""
    if name.startswith("-"):
        return None
    git = ["git", "-C", str(paths.root())]
    with contextlib.suppress(OSError, subprocess.CalledProcessError, tarfile.TarError):
        archive = subprocess.run(
            [*git, "archive", "--format=tar", f"{name}^{{commit}}", "results", "data"],
            check=True,
            capture_output=True,
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(private, filter="data")
        return _folder(private)
    return None

"""Data sets that are used but not held: fetched once, checked by their hash, cached.

What exists is declared in ``data/external.toml``. Nothing here runs unless somebody asks for it:
notebooks and reports use :func:`find`, which never touches the network.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis import paths

#: Names a local copy: the file itself, or a folder that holds it.
VARIABLE = "EVIDENCE_EXTERNAL"


class ExternalError(OSError):
    """A data set that cannot be had, or is not the one that was declared; says what to do."""


@dataclass(frozen=True)
class External:
    """One declared data set. ``reported`` are the paper's own figures, to check against."""

    name: str
    url: str
    sha256: str
    file: str
    licence: str
    source_id: str
    citation: str
    doi: str
    what: str
    use: str
    reported: Mapping[str, Any]


def declared(data: Path | None = None) -> dict[str, External]:
    """Every data set of ``external.toml``, by name.

    >>> declared()["ashar2022"].licence
    'CC0-1.0'
    """
    path = (data or paths.data_dir()) / "external.toml"
    with path.open("rb") as file:
        return {name: External(name=name, **entry) for name, entry in tomllib.load(file).items()}


def cache_dir() -> Path:
    """Where fetched files are kept: the system's cache for this user, never the repository."""
    import pooch

    return Path(pooch.os_cache("massage-evidence"))


def find(name: str, data: Path | None = None) -> Path | None:
    """The data set's file if it is at hand, hash checked; None if it is not. No network.

    ``EVIDENCE_EXTERNAL`` is asked first, then the cache.

    Raises
    ------
    ExternalError
        The file is there but is not the declared one, or the variable points nowhere.
    """
    wanted = declared(data)[name]
    given = os.environ.get(VARIABLE)
    if given:
        place = Path(given).expanduser()
        path = place / wanted.file if place.is_dir() else place
        if not path.is_file():
            raise ExternalError(f"{VARIABLE} is set, but {path} is not there: correct or unset it")
    else:
        path = cache_dir() / wanted.file
        if not path.is_file():
            return None
    return _checked(path, wanted)


def fetch(name: str, data: Path | None = None) -> Path:
    """The data set's file: the copy at hand, else downloaded into the cache. Hash checked.

    Raises
    ------
    ExternalError
        No copy is at hand and the address does not answer, or what came is not what was declared.
    """
    found = find(name, data)
    if found is not None:
        return found
    import pooch

    wanted = declared(data)[name]
    pooch.get_logger().setLevel("WARNING")
    try:
        got = pooch.retrieve(
            wanted.url, known_hash=f"sha256:{wanted.sha256}", fname=wanted.file, path=cache_dir()
        )
    except (OSError, ValueError) as error:  # pooch says "hash" in a ValueError
        raise ExternalError(
            f"{name} could not be fetched from {wanted.url}: {error}. Download it yourself and "
            f"set {VARIABLE} to the file"
        ) from error
    return _checked(Path(got), wanted)


def _checked(path: Path, wanted: External) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted.sha256:
        raise ExternalError(
            f"{path} is not the declared {wanted.name}: its SHA-256 is {found}, data/external.toml "
            f"says {wanted.sha256}. Delete it and fetch {wanted.url} again"
        )
    return path

"""What a run can read, by content: code, data, environment. Two runs of the same are the same.

From this follow three things: a notebook whose inputs did not change need not run again; a run can
say what it was made from; and two runs that differ can say what was different before they began.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis import paths

#: What is public in `data/clients`; anything else there is somebody's own and is not looked at.
PUBLIC_CLIENTS = ("README.md", "format.md", "template.csv", "template.xlsx", "example.csv")
#: Variables that name where a run writes: they do not change what it makes.
PLACES = frozenset({"EVIDENCE_BUILD", "EVIDENCE_RESULTS", "EVIDENCE_NOTEBOOK", "EVIDENCE_DATA"})
#: The packages that numbers and pictures rest on, named in reports.
LEADING = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn", "pandera", "pillow")
_DOCUMENTS = ("*.md", "*.cff", "docs/*", "pyproject.toml")


@dataclass(frozen=True)
class Inputs:
    """`code`, `data` and `documents` map files to SHA-256; `environment` says what runs them.

    `local` is what a machine may add: settings and data sets at hand, as hashes. `documents` are
    read by pages made from results, not by notebooks. `place` is where the data stand.
    """

    code: Mapping[str, str]
    data: Mapping[str, str]
    documents: Mapping[str, str]
    environment: Mapping[str, Any]
    local: Mapping[str, str]
    place: Path  # of the data

    @cached_property
    def digest(self) -> str:
        """One hash of everything that a notebook can read, itself apart."""
        return digest_of([self.code, self.data, self.environment, self.local])

    @cached_property
    def digest_with_documents(self) -> str:
        """One hash of everything that a page made from results can read, the results apart."""
        return digest_of([self.digest, self.documents])


def read_inputs(data: Path | None = None, root: Path | None = None) -> Inputs:
    """The inputs as they are now, in the repository's folders or others."""
    root = root or paths.root()
    data = data or paths.data_dir()
    return Inputs(
        code=hashes(root, _code(root)),
        data={f"data/{k}": v for k, v in hashes(data, _data(data)).items()},
        documents=hashes(root, (p for g in _DOCUMENTS for p in root.glob(g) if p.is_file())),
        environment=environment(root),
        local=_local(os.environ),
        place=data,
    )


def environment(root: Path | None = None) -> dict[str, Any]:
    """What runs the code: Python, platform, packages with versions, the lock."""
    installed = packages()
    lock = (root or paths.root()) / "requirements.lock"
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip(),
        "leading": {name: installed[name] for name in LEADING if name in installed},
        "packages": digest_of(installed),
        "lock": file_hash(lock) if lock.exists() else "",
    }


def commit() -> str | None:
    """The git commit checked out here; None where this is no git clone."""
    if not (paths.root() / ".git").exists():
        return None
    try:
        found = subprocess.run(
            ["git", "-C", str(paths.root()), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return found.stdout.strip() or None


def hashes(root: Path, files: Iterator[Path]) -> dict[str, str]:
    """SHA-256 of files, by their path relative to `root`, in order."""
    return {path.relative_to(root).as_posix(): file_hash(path) for path in sorted(files)}


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of(value: Any) -> str:
    """SHA-256 of anything that JSON can hold, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, default=dict)
    return hashlib.sha256(text.encode()).hexdigest()


def _code(root: Path) -> Iterator[Path]:
    for path in (root / "analysis").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".partial":
            yield path


def _data(data: Path) -> Iterator[Path]:
    private = data / "clients"
    for path in data.rglob("*"):
        if path.is_file() and (private not in path.parents or path.name in PUBLIC_CLIENTS):
            yield path


def packages() -> dict[str, str]:
    """Installed packages with their versions, as their metadata folders are called."""
    found: dict[str, str] = {}
    for place in map(Path, dict.fromkeys(sys.path)):
        for folder in place.glob("*.dist-info") if place.is_dir() else ():
            name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
            found.setdefault(name.lower(), version)
    return dict(sorted(found.items()))


def _local(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings of this machine that a notebook could see, and data sets fetched earlier."""
    found = {}
    for name, value in sorted(environ.items()):
        if name.startswith("EVIDENCE_") and name not in PLACES:
            found[name] = f"{value} {_content(Path(value).expanduser())}"
        elif name in ("LANG", "LANGUAGE", "SOURCE_DATE_EPOCH") or name.startswith("LC_"):
            found[name] = value
    return found | {"fetched": _content(_cache())}


def _cache() -> Path:
    """Where `clients.external` keeps what was fetched, without loading what fetches."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("massage-evidence"))


def _content(path: Path) -> str:
    """What a file, or a folder's files, hold; "" for nothing."""
    if path.is_file():
        return file_hash(path)
    files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else []
    return digest_of(hashes(path, iter(files))) if files else ""

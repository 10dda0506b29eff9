"""Where things stand: the one place that knows the folders of the repository.

Environment variables move them, so that a rerun can write beside the committed results and a test
can work on a copy: ``EVIDENCE_DATA``, ``EVIDENCE_BUILD``, ``EVIDENCE_RESULTS``.
"""

from __future__ import annotations

import os
from pathlib import Path


def root() -> Path:
    """The repository's top folder (the package is always installed in place)."""
    return Path(__file__).resolve().parents[1]


def _place(variable: str, default: str) -> Path:
    given = os.environ.get(variable)
    return Path(given).resolve() if given else root() / default


def data_dir() -> Path:
    """The tables and ``claims.toml``: what goes in."""
    return _place("EVIDENCE_DATA", "data")


def build_dir() -> Path:
    """What the latest run wrote. Never committed."""
    return _place("EVIDENCE_BUILD", "build")


def kept_dir() -> Path:
    """Finished work of earlier runs that need not be done again. Never committed."""
    return build_dir().with_name(f".{build_dir().name}.kept")


def results_dir() -> Path:
    """What the project stands by: committed, and compared with every rerun."""
    return _place("EVIDENCE_RESULTS", "results")


def notebooks_dir() -> Path:
    """The notebooks, committed without outputs."""
    return root() / "notebooks"

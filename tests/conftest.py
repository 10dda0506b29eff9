"""What several test files need."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture
def collection(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the commands take for the collection: the data, no notebook, no results."""
    shutil.copytree(root / "data", tmp_path / "data")
    (tmp_path / "results").mkdir()
    shutil.copy(root / "results" / "tolerances.toml", tmp_path / "results")
    for name in ("data", "build", "results"):
        monkeypatch.setenv(f"EVIDENCE_{name.upper()}", str(tmp_path / name))
    return tmp_path


@pytest.fixture
def write_notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of code cells into a temporary collection; returns its path."""
    import nbformat
    from nbformat import v4

    def write(name: str, *cells: str) -> Path:
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture(scope="session")
def run_and_site(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, Path]:
    """A run's folder and the website made from it, once for all test processes."""
    from website import make

    shared = tmp_path_factory.getbasetemp()
    return make(shared if worker_id == "master" else shared.parent)


@pytest.fixture(scope="session")
def site(run_and_site: tuple[Path, Path]) -> Path:
    """The folder of the website."""
    return run_and_site[1]

"""The house: each wing imports only what lies below it, and nothing goes in circles."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "analysis"
#: A wing may import itself, the plain modules of the package, and the wings named here.
BELOW = {
    "stats": set[str](),
    "evidence": {"stats"},
    "clients": {"stats", "evidence"},
    "publish": {"stats", "evidence"},
}

#: Late imports that go up, each for a reason that its module gives.
EXCEPTIONS = {"stats/multiverse.py": "analysis.evidence.specifications"}


def imported(path: Path, *, also_late: bool) -> set[str]:
    """The modules of this package that a file imports, as dotted names.

    ``also_late`` counts imports inside functions, too.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if also_late:
        nodes = list(ast.walk(tree))
    else:
        nodes = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(node.module)
    return {name for name in found if name.split(".")[0] == PACKAGE.name}


def wing(module: str) -> str:
    """The wing that a dotted name belongs to; "" for the modules on top."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in BELOW else ""


def uphill(path: Path) -> list[str]:
    """The imports of a file that go up or sideways."""
    place = path.relative_to(PACKAGE)
    here, allowed = place.parts[0], EXCEPTIONS.get(place.as_posix(), "-")
    return sorted(
        name
        for name in imported(path, also_late=True)
        if wing(name)
        and wing(name) != here
        and wing(name) not in BELOW[here]
        and not name.startswith(allowed)
    )


@pytest.mark.parametrize("name", BELOW)
def test_imports_run_downhill(name: str) -> None:
    found = {
        str(path.relative_to(PACKAGE)): uphill(path) for path in (PACKAGE / name).rglob("*.py")
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_no_module_is_imported_in_a_circle() -> None:
    files = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    needs = {m: imported(path, also_late=False) & set(files) for m, path in files.items()}
    while needs:
        free = {m for m, others in needs.items() if not others & set(needs)}
        assert free, f"in a circle: {sorted(needs)}"
        needs = {m: others for m, others in needs.items() if m not in free}

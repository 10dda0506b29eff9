"""Notebooks: no typed numbers in prose, no outputs, short cells."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
SPEAKS = {"say"}


def prose_digits(markdown: str) -> list[str]:
    """Digits in Markdown that a reader sees: not those in code spans, link targets or addresses."""
    text = re.sub(r"`[^`]*`", "", markdown)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"https?://\S+", "", text)
    return re.findall(r"\S*\d\S*", text)


def spoken_digits(code: str) -> list[str]:
    """Digits typed into the text of ``say(...)``; format specifications are fine."""
    found: list[str] = []
    for call in ast.walk(ast.parse(code)):
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") in SPEAKS):
            continue
        for argument in call.args:
            found += _typed(argument)
    return found


def _typed(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FormattedValue):
        return _typed(node.value)
    if isinstance(node, ast.Subscript):  # column and row names are not prose
        return []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.findall(r"\S*\d\S*", node.value)
    return [hit for child in ast.iter_child_nodes(node) for hit in _typed(child)]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


def test_no_number_in_prose_is_typed_by_hand(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        digits = prose_digits if cell.cell_type == "markdown" else spoken_digits
        assert digits(cell.source) == [], cell.source


def test_committed_without_outputs(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        assert not cell.get("outputs"), cell.source
        assert cell.get("execution_count") is None, cell.source


def test_cells_are_short_enough_to_read(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 30, cell.source


def test_opens_with_the_question_and_then_the_plain_answer(
    notebook: nbformat.NotebookNode,
) -> None:
    headings = re.findall(r"(?m)^#+ .*", "\n".join(c.source for c in notebook.cells))
    assert headings[0].startswith("# ")
    assert headings[0].endswith("?")
    assert headings[1] == "## The plain answer"
    assert headings[-1] == "## Sources"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("about 24 points", ["24"]),
        ("see `A1.1` and [x](https://a.b/10.1)", []),
        ("I² and ten trials", []),
    ],
)
def test_the_prose_check_finds_typed_numbers(text: str, found: list[str]) -> None:
    assert prose_digits(text) == found


def test_the_code_check_finds_numbers_typed_into_speech() -> None:
    assert spoken_digits('say(f"about {x:.2f} of 24 points")') == ["24"]
    assert spoken_digits('say("a" + ("12 b" if x > 3 else "c"))') == ["12"]
    assert spoken_digits("say(f\"{number(x, 0)} of {rows['A1.1']}\")") == []

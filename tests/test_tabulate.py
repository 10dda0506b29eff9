"""Tables in notebooks: shown whatever their index, and the same bytes from run to run."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.publish import notebook


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []

    def display(bundle: Any, **_: Any) -> None:
        seen.append(bundle)

    monkeypatch.setattr(notebook, "display", display)
    return seen


def test_a_table_joined_from_parts_is_shown_as_a_table(shown: list[dict[str, str]]) -> None:
    part = pd.DataFrame({"trial": ["<a>", "b"], "effect": [1.2345, None]})
    notebook.tabulate(pd.concat([part, part]))
    assert shown[0]["text/html"].count("1.23<") == 2
    assert "1.2345" not in shown[0]["text/html"]
    assert "–" in shown[0]["text/html"]
    assert shown[0]["text/plain"].splitlines()[1].split() == ["<a>", "1.23"]


def test_the_same_table_gives_the_same_bytes(shown: list[dict[str, str]]) -> None:
    for _ in range(2):
        notebook.tabulate(pd.DataFrame({"k": [1, 2]}))
    assert shown[0] == shown[1]
    assert " at 0x" not in "".join(shown[0].values())

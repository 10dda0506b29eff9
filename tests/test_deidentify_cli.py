"""`evidence clients deidentify` as people meet it: exit codes, JSON, what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analysis.cli import app
from analysis.clients.records import load_log


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["clients", "deidentify", *map(str, args)])


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVIDENCE_DATA", str(tmp_path / "data"))
    path = tmp_path / "raw.csv"
    path.write_text("client_code,visit_date,pain_now,notes\nC1,2024-03-01,5,better\n")
    return path


def test_fine_is_exit_code_0_and_the_last_line_says_it_all(raw: Path) -> None:
    out = raw.with_name("out.csv")
    result = run(raw, out)
    assert result.exit_code == 0
    assert "left out: column D (number 4, n***)" in result.output
    assert "1 visit of 1 client" in " ".join(result.output.split())[-60:]
    assert load_log(out).loc[0, "pain_now"] == 5
    assert (raw.parent / "data" / "clients" / ".secret").exists()


def test_identifiers_are_exit_code_1_and_never_shown(raw: Path) -> None:
    raw.write_text(raw.read_text().replace("better", "ask Zubaida Qadir 850-555-0142"))
    for options in ((), ("--json",)):
        result = run(raw, raw.with_name("out.csv"), *options)
        assert result.exit_code == 1
        assert "Zubaida" not in result.output
        assert "0142" not in result.output
    assert not raw.with_name("out.csv").exists()


def test_json_has_its_four_keys(raw: Path) -> None:
    result = run(raw, raw.with_name("out.csv"), "--json")
    document: dict[str, Any] = json.loads(result.stdout)
    assert list(document) == ["written", "refused_columns", "findings", "k_anonymity"]
    assert document["written"] == str(raw.with_name("out.csv"))
    assert document["findings"] == []
    assert document["refused_columns"] == [{"position": 4, "letter": "D", "masked": "n***"}]
    assert document["k_anonymity"]["k"] == 5
    raw.write_text(raw.read_text().replace("better", "for zubaida@example.com"))
    document = json.loads(run(raw, raw.with_name("b.csv"), "--json").stdout)
    assert document["written"] is None
    assert document["k_anonymity"] is None
    assert document["findings"][0] == {
        "place": "cell",
        "row": 2,
        "column": "D (number 4)",
        "kind": "e-mail address",
    }


@pytest.mark.parametrize("content", ["", "client_code,visit_date,pain_now\nC1,2024-03-01,50\n"])
def test_bad_input_is_exit_code_2(raw: Path, content: str) -> None:
    raw.write_text(content)
    result = run(raw, raw.with_name("out.csv"), "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"][0]["value"] is None


def test_wrong_use_is_exit_code_2(raw: Path) -> None:
    assert run(raw).exit_code == 2
    assert run(raw.with_name("nowhere.csv"), raw.with_name("out.csv")).exit_code == 2
    assert run(raw, raw.with_name("out.csv"), "--dates", "ymd").exit_code == 2
    assert run(raw, raw).exit_code == 2
    assert "client_code" in raw.read_text()


def test_a_bug_does_not_print_what_it_worked_on(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis.clients import scan

    def breaks(*_: object) -> None:
        raise ValueError("could not convert string to float: 'Zubaida'")

    monkeypatch.setattr(scan, "findings", breaks)
    result = run(raw, raw.with_name("out.csv"))
    assert result.exit_code == 2
    assert "ValueError" in result.output
    assert "Zubaida" not in result.output

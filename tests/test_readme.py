"""The README's answers are those of the committed results, and follow them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command import CLAIMS, evidence, last_line

from analysis import cli_readme, paths
from analysis.differences import ResultsError
from analysis.publish.readme import END, START

STALE = "README: answers are stale"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with results and a README whose answers were never written."""
    for name in ("DATA", "BUILD", "RESULTS"):
        monkeypatch.delenv(f"EVIDENCE_{name}", raising=False)
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "claims.json").write_text(json.dumps(CLAIMS), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"before\n{START}\n{END}\nafter\n", encoding="utf-8")
    return tmp_path


def test_the_committed_readme_shows_the_committed_answers(root: Path) -> None:
    if not (root / "results" / "claims.json").exists():
        pytest.skip("nothing is committed in results/ yet")
    assert cli_readme.is_current(root / "README.md", root / "results"), (
        "README.md is older than results/claims.json: run `make accept`"
    )


def test_stale_answers_are_a_difference_until_they_are_renewed(repository: Path) -> None:
    readme, results = repository / "README.md", repository / "results"
    before = readme.read_text()
    assert [str(difference) for difference in cli_readme.stale(results)] == [STALE]
    assert readme.read_text() == before  # looking changes nothing
    assert cli_readme.refresh(readme, results)
    assert cli_readme.stale(results) == ()
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert CLAIMS["claims"][0]["sentence"] in text
    readme.write_text(text.replace("Less pain", "No pain"), encoding="utf-8")
    assert [str(difference) for difference in cli_readme.stale(results)] == [STALE]


def test_results_that_stand_elsewhere_have_no_readme(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_RESULTS", str(tmp_path / "copy"))
    shutil.copytree(repository / "results", tmp_path / "copy")
    assert cli_readme.readme_of(paths.results_dir()) is None
    assert cli_readme.stale(paths.results_dir()) == ()


def test_a_readme_without_its_markers_is_named(repository: Path) -> None:
    (repository / "README.md").write_text("nothing here")
    with pytest.raises(ResultsError, match=r"README\.md lacks the markers"):
        cli_readme.stale(repository / "results")


@pytest.mark.slow
def test_accepting_renews_the_readme_and_a_rerun_notices_when_it_is_old(
    root: Path, repository: Path, write_notebook: Callable[..., Path]
) -> None:
    shutil.copytree(root / "data", repository / "data")
    shutil.copy(root / "results" / "tolerances.toml", repository / "results")
    write_notebook("01-one", "x = 1")
    command = ("reproduce", "--notebooks", repository / "notebooks")
    readme = repository / "README.md"

    empty = readme.read_text()
    assert evidence(*command, "--only", "one", "--accept")[0] == 0
    assert readme.read_text() == empty  # a part of the results renews nothing

    assert evidence(*command, "--accept")[0] == 0
    renewed = readme.read_text(encoding="utf-8")
    assert renewed != empty
    assert evidence(*command)[0] == 0

    readme.write_text(empty)
    code, out, _ = evidence(*command)
    assert code == 1
    assert last_line(out) == f"differs: {STALE}"
    code, out, _ = evidence(*command, "--json")
    assert code == 1
    assert json.loads(out)["reproduced"] is False
    assert json.loads(out)["differences"][0]["message"] == STALE
    assert readme.read_text() == empty
    assert evidence(*command, "--accept")[0] == 0
    assert readme.read_text(encoding="utf-8") == renewed

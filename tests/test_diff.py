"""Two runs that differ: what moved, and which change of input moved it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from command import evidence, last_line

from analysis import whatif_run
from analysis.changes import input_changes
from analysis.evidence import whatif
from analysis.evidence.problems import DataError
from analysis.evidence.whatif import WhatIfError, add_row, change_row, change_rule, copy_of_data

SHAM = "neck-A1.1-antolinoscampillo2014"
Run = tuple[Path, Path]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The claim about pain on the tables as they are."""
    folder = tmp_path_factory.mktemp("before")
    data = copy_of_data(folder)
    return whatif_run.run(data, folder / "run", ["pain"]), data


def after(tmp_path: Path, change: object, *arguments: object, **cells: str) -> Run:
    data = copy_of_data(tmp_path)
    change(data, *arguments, **cells)  # type: ignore[operator]
    return whatif_run.run(data, tmp_path / "run", ["pain"]), data


def changes(a: Run, b: Run) -> list[str]:
    return [str(c) for c in input_changes(whatif_run.side(*a), whatif_run.side(*b))]


def test_nothing_changed_is_the_same(before: Run, tmp_path: Path) -> None:
    same = after(tmp_path, lambda _: None)
    assert changes(before, same) == []
    code, out, _ = evidence("diff", before[0], same[0])
    assert code == 0
    assert last_line(out).startswith("the same: ")


def test_a_changed_cell_is_named_with_its_values_and_the_answer_that_rests_on_it(
    before: Run, tmp_path: Path
) -> None:
    changed = after(tmp_path, change_row, "contrasts", SHAM, mean_t="40")
    cell = f"data/published/contrasts.csv, row {SHAM} changed: mean_t 48.7 -> 40"
    assert changes(before, changed) == [cell]
    lines = whatif_run.what_moved(before, changed)
    assert lines[0] == "claim pain"
    assert any(line.startswith("  v sham, short: estimate ") for line in lines)
    assert not any("v no treatment" in line for line in lines)
    assert f"because: {cell}" in lines


def test_without_the_old_table_the_row_and_column_are_still_named(
    before: Run, tmp_path: Path
) -> None:
    run, _ = after(tmp_path, change_row, "contrasts", SHAM, mean_t="40")
    code, out, _ = evidence("diff", before[0], run, "--json")
    document = json.loads(out)
    assert code == 1
    assert document["same"] is False
    assert document["inputs"][0]["name"] == SHAM
    assert document["inputs"][0]["cells"][0].startswith("mean_t")
    assert any(SHAM in reason for reason in document["why"]["pain"])


def test_rows_that_came_or_went_are_named(before: Run, tmp_path: Path) -> None:
    run = after(tmp_path, add_row, "contrasts", SHAM, contrast_id="invented", place="invented")
    assert changes(before, run) == ["data/published/contrasts.csv, row invented added"]
    assert changes(run, before) == ["data/published/contrasts.csv, row invented removed"]


@pytest.mark.parametrize(
    ("entry", "value", "told"),
    [
        ("claim.pain.important", 25, "claims.toml, claim.pain.important changed: 10 -> 25"),
        ("claim.pain.designs", ["rct"], "claims.toml, claim.pain.designs added"),
        (
            "defaults.designs",
            ["rct"],
            "claims.toml, defaults.designs changed: without crossover_rct",
        ),
        (
            "rules.optimal_information_size",
            2000,
            "claims.toml, rules.optimal_information_size changed: 400 -> 2000",
        ),
    ],
)
def test_a_changed_rule_is_named(
    before: Run, tmp_path: Path, entry: str, value: object, told: str
) -> None:
    assert changes(before, after(tmp_path, change_rule, entry, value)) == [told]


def test_a_threshold_moves_a_verdict_and_says_so(before: Run, tmp_path: Path) -> None:
    run, _ = after(tmp_path, change_rule, "claim.pain.important", 25)
    code, out, _ = evidence("diff", before[0], run)
    assert code == 1
    assert "verdicts changed: pain supported_uncertain -> no_clear_effect" in out
    assert "  because: claims.toml, claim.pain.important changed: 10 -> 25" in out


def test_files_clones_and_revisions_are_runs_and_nothing_else_is(
    before: Run, tmp_path: Path, root: Path
) -> None:
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone" / "results").symlink_to(before[0])
    assert evidence("diff", before[0], tmp_path / "clone")[0] == 0
    assert evidence("diff", before[0] / "claims.json", tmp_path / "clone")[0] == 0
    git = subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True)
    if git.returncode == 0:
        assert evidence("diff", "HEAD", "HEAD")[0] == 0
    code, _, error = evidence("diff", before[0], tmp_path / "nothing")
    assert code == 2
    assert "is no run" in error
    assert evidence("diff", "--json", before[0], tmp_path / "nothing")[0] == 2


def test_a_run_that_does_not_say_what_it_was_made_from_is_told(before: Run, tmp_path: Path) -> None:
    run, _ = after(tmp_path, change_row, "contrasts", SHAM, mean_t="40")
    (run / "inputs.json").unlink()
    code, out, _ = evidence("diff", before[0], run)
    assert code == 1
    assert "does not say what it was made from" in out


def test_changes_go_to_a_copy_only(tmp_path: Path, root: Path) -> None:
    for change in (
        lambda: change_row(root / "data", "contrasts", SHAM, mean_t="1"),
        lambda: change_rule(root / "data", "claim.pain.important", 1),
        lambda: add_row(root / "data", "contrasts", SHAM, contrast_id="x"),
    ):
        with pytest.raises(WhatIfError, match="change a copy"):
            change()
    assert not (copy_of_data(tmp_path) / "clients").exists()


def test_changes_that_cannot_be_made_say_why(tmp_path: Path) -> None:
    data = copy_of_data(tmp_path)
    for change, why in (
        (lambda: change_row(data, "contrast", SHAM), "no table 'contrast'"),
        (lambda: change_row(data, "contrasts", "nobody", mean_t="1"), "no row whose contrast_id"),
        (lambda: change_row(data, "contrasts", SHAM, mean="1"), "no column 'mean'"),
        (lambda: add_row(data, "contrasts", SHAM, mean_t="1"), "already"),
        (lambda: change_rule(data, "claim.mood.important", 1), "no section 'claim.mood'"),
        (lambda: change_rule(data, "rules.nothing", 1), "has no 'nothing'"),
    ):
        with pytest.raises(WhatIfError, match=why):
            change()
    change_row(data, "contrasts", SHAM, mean_t="twelve")
    with pytest.raises(DataError):
        whatif.judge_again(data, ["pain"])


@pytest.mark.parametrize("text", ["# no JSON", "[1]", '{"resources": []}', '{"claims": 3}'])
def test_a_file_that_is_no_claims_json_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text, encoding="utf-8")
    code, out, error = evidence("diff", file, file)
    assert (code, out) == (2, "")
    assert str(file) in error.replace("\n", "")

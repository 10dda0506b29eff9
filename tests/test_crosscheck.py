"""Every pooled result beside what R's metafor makes of the same printed figures."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import evidence

from analysis import crosscheck, paths
from analysis.crosscheck import TOLERANCE, Difference, Question, differences
from analysis.crosscheck_questions import questions
from analysis.evidence import tables
from analysis.evidence.specifications import MODELS

R_IS_HERE = shutil.which("Rscript") is not None


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    if not (paths.results_dir() / "claims.json").exists():
        pytest.skip("results/claims.json is not made yet: run `make accept`")
    return questions(paths.results_dir(), tables.load_all())


@pytest.fixture(scope="module")
def pinned() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(crosscheck.pin_file().read_text(encoding="utf-8"))
    return loaded


def test_what_metafor_last_said_is_about_these_results(
    asked: list[Question], pinned: dict[str, Any]
) -> None:
    """Fails when results moved: run `evidence crosscheck --pin` where R is."""
    assert set(pinned["values"]) == {q.id for q in asked}
    found = differences(asked, pinned["values"])
    assert found[0].relative < TOLERANCE, found[:3]
    assert pinned["numbers"] == len(found)
    assert pinned["largest_relative_difference"] < TOLERANCE
    contrasts = paths.data_dir() / "published" / "contrasts.csv"
    assert pinned["contrasts_sha256"] == crosscheck.digest(contrasts)


def test_everything_that_was_pooled_from_trials_is_asked(asked: list[Question]) -> None:
    ids = {q.id for q in asked}
    document = json.loads((paths.results_dir() / "claims.json").read_text(encoding="utf-8"))
    for claim in document["claims"]:
        for a in claim["answers"]:
            if a["detail"]["basis"] == "trials":
                assert f"{claim['id']}.{a['comparator']}.{a['horizon']}" in ids
    folder = paths.results_dir() / "tables"
    whole = [*folder.glob("*-models.csv"), folder / "pain-leave-one-out.csv",
             folder / "pain-subgroups.csv", folder / "neck-replication-pooled.csv",
             folder / "bias-corrections.csv"]  # fmt: skip
    for file in whole:
        for place in range(1, len(pd.read_csv(file)) + 1):
            assert f"table.{file.stem}.{place}" in ids


def test_doubts_are_asked_too(asked: list[Question]) -> None:
    """Every correction that is printed, pools without flagged rows, and drawn specifications."""
    ids = {q.id: q for q in asked}
    folder = paths.results_dir() / "tables"
    corrected = pd.read_csv(folder / "bias-corrections.csv")
    words = {"claim", "comparator", "horizon", "k", "warning", "severe_low", "severe_high"}
    for place, (_, cells) in enumerate(corrected.iterrows(), 1):
        printed = set(cells.dropna().index) - words
        assert printed <= set(ids[f"table.bias-corrections.{place}"].committed)
        for half in ("small", "large"):
            assert f"table.bias-small-and-large.{place}.{half}" in ids
    without = pd.read_csv(folder / "consistency-changes.csv")
    for place, (_, cells) in enumerate(without.iterrows(), 1):
        asked_for = ids.get(f"table.consistency-changes.{place}")
        if cells["k_without"] >= 2:
            assert asked_for is not None
            assert len(asked_for.rows) == cells["k_without"]
    drawn = [q for q in asked if q.id.startswith("figure.pain-specifications.")]
    assert {q.measure for q in drawn} == {"MD", "SMD"}
    assert len({(q.tau2, q.interval) for q in drawn}) == len(MODELS)


def test_every_kind_of_printed_figure_is_derived_again() -> None:
    """The pools rest on arms, intervals, counts and p values; R sees all of these."""
    asked = questions(paths.results_dir(), tables.load_all())
    rows = {row for q in asked for row in q.rows}
    used = tables.load("contrasts").set_index("contrast_id").loc[sorted(rows)]
    arms = used[["mean_t", "sd_t", "mean_c", "sd_c"]].notna().all(axis=1)
    assert arms.any()
    assert used.loc[~arms, "md"].notna().any()
    assert used["events_t"].notna().any()
    assert {q.measure for q in asked} == {"MD", "SMD", "RR"}
    assert any(q.signed_p for q in asked)


def test_a_number_that_moved_is_the_first_difference(
    asked: list[Question], pinned: dict[str, Any]
) -> None:
    first = asked[0]
    moved = {**first.committed, "estimate": first.committed["estimate"] * (1 + 1e-5)}
    found = differences([replace(first, committed=moved), *asked[1:]], pinned["values"])
    assert (found[0].id, found[0].quantity) == (first.id, "estimate")
    assert found[0].relative > TOLERANCE


def test_a_number_that_metafor_did_not_give_counts_as_different(asked: list[Question]) -> None:
    assert differences(asked[:1], {})[0].relative == math.inf
    assert Difference("a", "b", 0.0, 0.0).relative == 0
    assert Difference("a", "b", 2.0, 1.0).relative == 0.5
    assert Difference("a", "b", 1e-30, 2e-30).relative < 1e-20


def test_without_r_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    code, _, complaint = evidence("crosscheck")
    assert code == 2
    assert "Rscript is missing" in complaint
    assert "tests/reference/crosscheck.json" in complaint


@pytest.mark.slow
@pytest.mark.skipif(not R_IS_HERE, reason="R is not installed: the pinned output is compared")
class TestWithR:
    """Where R is: asked anew."""

    @pytest.fixture(autouse=True)
    def _metafor(self, asked: list[Question]) -> None:
        try:
            crosscheck.run(asked[:1])
        except crosscheck.CannotRunError as error:
            pytest.skip(str(error))

    def test_metafor_agrees_with_every_number(self, asked: list[Question]) -> None:
        said = crosscheck.run(asked)
        found = differences(asked, said["values"])
        assert found[0].relative < TOLERANCE, found[:3]

    def test_metafor_starts_from_the_printed_figures(
        self, asked: list[Question], tmp_path: Path
    ) -> None:
        """A changed figure moves R's answer: it takes nothing from this package's effects."""
        (tmp_path / "published").mkdir()
        text = (paths.data_dir() / "published" / "contrasts.csv").read_text(encoding="utf-8")
        line = next(part for part in text.splitlines() if part.startswith("neck-A1.1-haller2016"))
        changed = text.replace(line, line.replace(",31.6,", ",41.6,"))
        (tmp_path / "published" / "contrasts.csv").write_text(changed, encoding="utf-8")
        about = [q for q in asked if q.id == "pain.sham.short"]
        found = differences(about, crosscheck.run(about, tmp_path)["values"])
        effect = next(d for d in found if d.quantity == "effect@neck-A1.1-haller2016")
        assert effect.metafors - effect.ours == pytest.approx(10)
        assert found[0].relative > TOLERANCE

    def test_what_is_pinned_is_what_it_says(self, asked: list[Question], tmp_path: Path) -> None:
        some = asked[:3]
        file = crosscheck.pin(some, crosscheck.run(some), tmp_path / "pin.json")
        kept = json.loads(file.read_text(encoding="utf-8"))
        assert kept["questions"] == 3
        assert set(kept["made_with"]) == {"R", "metafor"}
        assert differences(some, kept["values"])[0].relative < TOLERANCE

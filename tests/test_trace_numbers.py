"""Every number that is committed leads back to its rows, its papers and its code, and stands."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from command import evidence
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import paths
from analysis.evidence import tables
from analysis.evidence.answers import word
from analysis.evidence.marks import mark, plain, split
from analysis.evidence.trace import NoSuchNumberError, Tracer, segments, trace

DIGIT = re.compile(r"\d")


@pytest.fixture(scope="module")
def tracer() -> Tracer:
    if not (paths.results_dir() / "claims.json").exists():
        pytest.skip("results/claims.json is not made yet: run `make accept`")
    return Tracer(paths.results_dir(), tables.load_all())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        (paths.results_dir() / "claims.json").read_text(encoding="utf-8")
    )
    return loaded


def test_every_number_of_claims_json_is_computed_again_from_its_rows(tracer: Tracer) -> None:
    ids = [i for i in tracer.ids() if i.split(".")[0] not in ("figure", "table", "rules")]
    assert len(ids) > 1000
    for number_id in ids:
        found = tracer.trace(number_id)
        if number_id.endswith(".scale"):
            assert found.agrees is None
            continue
        assert found.agrees is True, (number_id, found.differences)
        if isinstance(found.value, str):
            assert found.value == found.recomputed
        else:
            assert found.value == pytest.approx(found.recomputed, rel=1e-9), number_id
        assert found.code


def test_every_digit_of_every_sentence_carries_an_id_that_leads_to_its_value(
    tracer: Tracer, document: dict[str, Any]
) -> None:
    known = set(tracer.ids())
    checked = 0
    for claim in document["claims"]:
        for text in (claim["sentence"], *(a["sentence"] for a in claim["answers"])):
            pieces = segments(text, claim)
            assert "".join(piece.text for piece in pieces) == text
            for piece in pieces:
                if piece.number_id is None:
                    assert not DIGIT.search(piece.text), (text, piece)
                    continue
                assert piece.number_id in known
                _shows(piece.text, tracer.trace(piece.number_id).value, piece.number_id)
                checked += 1
    assert checked > 150


def _shows(text: str, value: Any, number_id: str) -> None:
    """The text is the value as rounded for a reader; a size may stand without its sign."""
    if number_id.endswith(".scale"):
        assert text == value
        return
    if number_id == "rules.level":
        assert text == f"{100 * value:.0f}\u202f%"
        return
    said = float(text.replace("\u2212", "-").replace(",", ""))
    digits = len(text.partition(".")[2])
    shown = round(float(value), digits)
    assert said in (pytest.approx(shown), pytest.approx(abs(shown))), (number_id, text, value)


def test_a_figure_s_words_are_cut_where_they_quote_an_answer(document: dict[str, Any]) -> None:
    pain = document["claims"][0]
    words = json.loads(
        (paths.results_dir() / "figures" / "pain-sham-short.json").read_text(encoding="utf-8")
    )
    for text in (words["title"], words["caption"], words["alt"]):
        pieces = segments(text, pain)
        assert "".join(piece.text for piece in pieces) == text
        assert "pain.sham.short.estimate" in [piece.number_id for piece in pieces]
        assert not any(DIGIT.search(p.text) for p in pieces if p.number_id is None), text


def test_a_sentence_that_is_not_the_record_s_gets_no_ids(document: dict[str, Any]) -> None:
    text = "Massage lowers pain by 3.4 points in 8 weeks."
    assert [piece.number_id for piece in segments(text, document["claims"][0])] == [None]
    changed = document["claims"][0]["answers"][0]["sentence"].replace("19.7", "29.7")
    assert all(
        piece.number_id in (None, "rules.level") or "29.7" not in piece.text
        for piece in segments(changed, document["claims"][0])
    )


@given(st.lists(st.tuples(st.text("ab 1.", max_size=5), st.booleans()), max_size=8))
def test_marks_never_change_what_is_read(parts: list[tuple[str, bool]]) -> None:
    marked = "".join(mark(text, "x.y") if number else text for text, number in parts)
    assert plain(marked) == "".join(text for text, _ in parts)
    assert "".join(piece.text for piece in split(marked)) == plain(marked)


def test_a_trace_names_rows_with_their_line_and_figures_as_printed(tracer: Tracer) -> None:
    found = tracer.trace("pain.sham.short.estimate")
    assert [c.row_id for c in found.contrasts] == [row.row_id for row in found.rows]
    assert sum(c.weight or 0 for c in found.contrasts) == pytest.approx(100)
    for row in found.rows:
        lines = (paths.root() / row.file).read_text(encoding="utf-8").splitlines()
        cells = lines[row.line - 1]
        assert cells.startswith(f"{row.row_id},")
        assert row.reported["mean_t"] in cells.split(",")
    haller = next(row for row in found.rows if row.study == "haller2016")
    assert haller.reported["mean_t"] == "31.6"
    assert haller.place is not None
    assert {p.doi for p in found.papers} >= {"10.1002/14651858.CD004871.pub5"}
    assert found.result["tau2_method"] == "PM"
    assert found.result["k"] == 8


def test_the_code_named_is_where_it_says(tracer: Tracer) -> None:
    found = tracer.trace("pain.sham.short.verdict")
    step = next(s for s in found.code if s.function.endswith("answers:word"))
    lines = (paths.root() / step.file).read_text(encoding="utf-8").splitlines()
    assert lines[step.line - 1].startswith(f"def {word.__name__}(")
    functions = [s.function for s in found.code]
    assert functions.index("analysis.evidence.contrasts:with_effects") < functions.index(
        "analysis.stats.pooling:pool"
    )


def test_a_published_estimate_is_said_to_be_one(tracer: Tracer) -> None:
    found = tracer.trace("stress-anxiety.no_treatment.short.estimate")
    assert found.agrees
    assert found.contrasts == ()
    assert found.rows[0].table == "reviews"
    assert any("taken over and not computed here" in note for note in found.notes)


def test_where_there_is_no_number_the_rows_left_out_are_named(tracer: Tracer) -> None:
    found = tracer.trace("cortisol.sham.short")
    assert found.value == "not_testable"
    assert found.agrees
    assert found.left_out
    assert {one.step for one in found.left_out} <= {
        "modality", "population", "horizon", "caution", "figures", "one_per_study",
    }  # fmt: skip
    assert all(one.row_id.count("cortisol") for one in found.left_out)
    assert sum(step["rows_out"] for step in found.flow) == len(tables.load("contrasts"))


@pytest.mark.parametrize(
    ("number_id", "notebook", "row"),
    [
        ("figure.pain-sham-short.1.effect", "02-pain", "neck-A1.1-haller2016"),
        ("figure.pain-gap.1.low", "02-pain", "neck-A2.1-sherman2014"),
        ("table.pain-models.2.estimate", "02-pain", "neck-A2.1-bruck2021"),
        ("table.sleep-reviews.1.effect", "06-sleep", None),
        ("table.neck-replication-effects.1.our_effect", "01-replication-neck-review",
         "gross2024-A1.1-antolinoscampillo2014"),
        ("table.pain-leave-one-out.1.estimate", "02-pain", "neck-A2.1-forman2014"),
    ],
)  # fmt: skip
def test_a_cell_leads_to_its_notebook_and_rows_and_stands(
    tracer: Tracer, number_id: str, notebook: str, row: str | None
) -> None:
    found = tracer.trace(number_id)
    assert found.agrees is True, found.differences
    assert found.notebooks == (notebook,)
    assert found.rows
    assert row is None or row in [one.row_id for one in found.rows]


def test_a_cell_that_only_a_notebook_can_make_says_so(tracer: Tracer) -> None:
    found = tracer.trace("table.anecdotes-sleep.1.share")
    assert found.agrees is None
    assert "evidence reproduce --only 12-anecdotes" in found.notes[0]


def test_cells_of_every_file_have_one_notebook_and_stand_where_they_are_computed_again(
    tracer: Tracer,
) -> None:
    """The last cell of every figure and table: few enough to check them all."""
    cells = [i for i in tracer.ids() if i.startswith(("figure.", "table."))]
    last = {tuple(i.split(".")[:2]): i for i in cells}
    assert len(last) > 100
    for number_id in last.values():
        found = tracer.trace(number_id)
        assert found.agrees is not False, (number_id, found.differences)
        assert len(found.notebooks) == 1, number_id


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(["pain", "figure.pain-gap", "pain.sham", "table"]), st.text(max_size=12))
def test_an_unknown_id_is_refused(tracer: Tracer, start: str, end: str) -> None:
    number_id = f"{start}.\u2020{end}"
    with pytest.raises(NoSuchNumberError, match="trace --list"):
        tracer.trace(number_id)


def test_the_nearest_ids_are_offered() -> None:
    code, _, complaint = evidence("trace", "pain.sham.shrt.estimate")
    assert code == 2
    assert "pain.sham.short.estimate" in complaint


@pytest.fixture
def moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data to change, with the committed results."""
    shutil.copytree(paths.data_dir() / "published", tmp_path / "data" / "published")
    shutil.copy(paths.data_dir() / "claims.toml", tmp_path / "data")
    monkeypatch.setenv("EVIDENCE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_number_whose_row_was_changed_does_not_agree(moved: Path) -> None:
    file = moved / "published" / "contrasts.csv"
    text = file.read_text(encoding="utf-8")
    line = next(part for part in text.splitlines() if part.startswith("neck-A1.1-haller2016"))
    file.write_text(text.replace(line, line.replace(",31.6,", ",41.6,")), encoding="utf-8")
    code, told, _ = evidence("trace", "pain.sham.short.estimate", "--json")
    found = json.loads(told)
    assert code == 1
    assert found["agrees"] is False
    assert "estimate: committed -3.4" in found["differences"][0]
    code, told, _ = evidence("trace", "figure.pain-sham-short.1.effect")
    assert code == 1
    assert "DOES NOT AGREE" in told
    assert evidence("trace", "function.sham.short.estimate")[0] == 0


def test_a_row_that_is_gone_is_named(moved: Path) -> None:
    file = moved / "published" / "contrasts.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("munk2025_ttm-pain-1,")]
    file.write_text("".join(kept), encoding="utf-8")
    evidence_now = tables.load_all(moved)
    found = trace("pain.no_treatment.short.k", paths.results_dir(), evidence_now)
    assert found.agrees is False
    assert "munk2025_ttm-pain-1 is not in the tables any more" in found.differences
    assert found.value == 8
    assert found.recomputed == 7


def test_a_row_that_the_tables_would_now_choose_is_noticed(moved: Path) -> None:
    file = moved / "claims.toml"
    text = file.read_text(encoding="utf-8")
    assert '"neck_pain", ' in text
    file.write_text(text.replace('"neck_pain", ', ""), encoding="utf-8")
    found = trace("pain.sham.short", paths.results_dir(), tables.load_all(moved))
    assert not found.agrees
    assert "the tables now answer from other rows" in found.differences[-1]


def test_the_command_lists_ids_of_one_claim() -> None:
    code, told, _ = evidence("trace", "--list", "pain")
    listed = told.split()
    assert code == 0
    assert {"pain", "pain.sham.short.estimate", "pain.important_difference"} <= set(listed)
    assert any(one.startswith("figure.pain-gap.") for one in listed)
    assert not any(one.startswith("sleep") for one in listed)
    assert evidence("trace", "--list", "no-such-claim")[0] == 2


def test_the_command_s_tree_tells_the_whole_way() -> None:
    code, told, _ = evidence("trace", "pain.sham.short.estimate")
    assert code == 0
    for part in (
        "agrees",
        "Haller 2016",
        "contrasts.csv, line",
        "doi.org",
        "analysis/stats/pooling.py:",
    ):
        assert part in told


def test_without_an_id_the_command_asks_for_one() -> None:
    code, _, complaint = evidence("trace")
    assert code == 2
    assert "--list" in complaint

"""Cards: every claim and main figure has one, its words are the results', its files are right."""

from __future__ import annotations

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from analysis.evidence.claims import load_claims
from analysis.evidence.fair import may_write, may_write_of
from analysis.evidence.tables import Tables, load_all
from analysis.evidence.verdicts import claims_document, judge_all
from analysis.publish import card_claims, card_figures, card_words, cards
from analysis.publish.card_model import AUTHORS, LICENCE, PROJECT, Card

RESULTS = Path(__file__).resolve().parents[1] / "results"
FEW = ("pain", "cortisol", "cited-study")


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((RESULTS / "claims.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="session")
def evidence_tables() -> Tables:
    return load_all()


@pytest.fixture(scope="session")
def made() -> list[Card]:
    return cards.all_cards(RESULTS)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> Path:
    """A small build: three claims of different kinds and three figures."""
    folder = tmp_path_factory.mktemp("build")
    few = document | {"claims": [c for c in document["claims"] if c["id"] in FEW]}
    (folder / "claims.json").write_text(json.dumps(few), encoding="utf-8")
    (folder / "figures").mkdir()
    for name in ("pain-gap", "natural-course", "pain-sham-short"):
        for kind in ("svg", "csv", "json"):
            shutil.copy(RESULTS / "figures" / f"{name}.{kind}", folder / "figures")
    cards.write_cards(folder, jobs=1)
    return folder


def record_of(document: dict[str, Any], claim_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["claims"] if c["id"] == claim_id)
    return copy.deepcopy(found)


def test_every_claim_and_main_figure_has_a_card(made: list[Card], document: dict[str, Any]) -> None:
    ids = [card.id for card in made]
    assert len(set(ids)) == len(ids)
    assert [c.id for c in made if c.kind == "claim"] == [c["id"] for c in document["claims"]]
    assert set(card_figures.MAIN_FIGURES) <= set(ids)
    deciding = {"pain-no-treatment-short", "pain-sham-short", "safety-sham-short"}
    assert deciding <= set(ids)


def test_words_are_there_and_fit_their_use(made: list[Card]) -> None:
    for card in made:
        assert 0 < len(card.alt_short) <= card_words.ALT_SHORT, card.id
        assert len(card.alt_long) > len(card.alt_short), card.id
        assert "figure of" not in card.title.lower()
        assert len(card.title) > 20
        assert card.caption
        assert card.sentence.endswith(".")
        assert card.certainty
        assert card.licence == LICENCE
        assert card.sources or card.no_sources, card.id
        for source in card.sources:
            assert source["citation"]
            assert source["doi"] is None or source["url"] == f"https://doi.org/{source['doi']}"


def test_a_paper_is_named_once(made: list[Card]) -> None:
    for card in made:
        citations = [source["citation"] for source in card.sources]
        dois = [source["doi"] for source in card.sources if source["doi"]]
        assert len(set(citations)) == len(citations), card.id
        assert len(set(dois)) == len(dois), card.id


def test_rows_show_the_numbers_of_the_results(
    document: dict[str, Any], evidence_tables: Tables
) -> None:
    claims = load_claims()
    drawn = 0
    for record in document["claims"]:
        _, picture = card_claims.claim_card(claims[record["id"]], record, evidence_tables, "v1")
        answers = {a["estimate"]: a for a in record["answers"] if a["estimate"] is not None}
        for row in picture.rows:
            if row.estimate is None:
                continue
            a = answers[row.estimate]
            assert (row.low, row.high, row.group) == (a["ci_low"], a["ci_high"], a["comparator"])
            # the sentence of the results writes the interval in the same figures
            assert row.figures.partition("(")[2].rstrip(")") in a["sentence"]
            assert f"{a['n']:,}" in row.base if a["n"] else "person" not in row.base
            drawn += 1
    assert drawn > 10


def test_the_fair_sentence_is_that_of_the_verdict(document: dict[str, Any]) -> None:
    verdicts = judge_all()
    records = {c["id"]: c for c in claims_document(verdicts, "v1")["claims"]}
    for claim_id, verdict in verdicts.items():
        assert may_write_of(verdict.claim, records[claim_id]) == may_write(verdict)


def test_another_verdict_makes_another_card(
    document: dict[str, Any], evidence_tables: Tables
) -> None:
    claim, record = load_claims()["pain"], record_of(document, "pain")
    before, drawn_before = card_claims.claim_card(claim, record, evidence_tables, "v1")
    for answer in record["answers"]:
        if (answer["comparator"], answer["horizon"]) == ("no_treatment", "short"):
            answer.update(verdict="contradicted", estimate=19.7, ci_low=13.6, ci_high=25.9)
    record.update(verdict="contradicted", sentence="More pain.")
    after, drawn_after = card_claims.claim_card(claim, record, evidence_tables, "v1")
    assert "more pain than with no treatment" in after.title
    assert after.verdict == "contradicted"
    assert "more pain" in after.alt_long
    assert before.sentence != after.sentence
    assert drawn_before != drawn_after


def test_not_testable_and_cited_study_say_what_they_do_not_show(
    made: list[Card],
) -> None:
    by_id = {card.id: card for card in made}
    cortisol, cited = by_id["cortisol"], by_id["cited-study"]
    assert "not known" in cortisol.title
    assert "say nothing about size" in cortisol.caption
    assert "no figures to pool (8 trials: 2 in favour of massage" in cortisol.alt_long
    assert cortisol.certainty.startswith("not rated")
    assert "none fits" in cited.title
    assert "Not found among the papers that we could open" in cited.caption


def test_files_have_the_promised_names_sizes_and_resolution(build: Path) -> None:
    index = json.loads((build / "cards" / "index.json").read_text(encoding="utf-8"))
    assert len(index["cards"]) == len(FEW) + 3
    for card in index["cards"]:
        files = card["files"]
        assert files == {
            "svg": f"{card['id']}.svg",
            "png": f"{card['id']}.png",
            "square": f"{card['id']}-square.png",
            "print": f"{card['id']}-print.png",
        }
        folder = build / "cards"
        with Image.open(folder / files["png"]) as wide, Image.open(folder / files["print"]) as big:
            assert wide.width == 1200
            assert big.width == 2 * wide.width
            assert abs(big.height - 2 * wide.height) <= 2
            assert round(big.info["dpi"][0]) == 300
        with Image.open(folder / files["square"]) as square:
            assert square.size == (1080, 1080)
        own = json.loads((folder / f"{card['id']}.json").read_text(encoding="utf-8"))
        assert own == card
    assert not list((build / "cards").glob("*.partial"))


def test_the_page_picture_is_the_one_that_the_notebook_drew(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = tmp_path / "again"
    shutil.copytree(build, again)
    own = again / "figures" / "pain-gap.png"
    shutil.copy(build / "cards" / "natural-course.png", own)  # any other picture
    monkeypatch.setenv("EVIDENCE_BUILD", str(tmp_path / "nothing"))
    cards.write_cards(again, jobs=1)
    assert (again / "cards" / "pain-gap.png").read_bytes() == own.read_bytes()
    with Image.open(again / "cards" / "pain-gap-print.png") as large:
        assert large.mode == "RGB" or large.getchannel("A").getextrema() == (255, 255)


def test_the_same_content_gives_the_same_bytes_and_is_not_drawn_again(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {p.name: p.read_bytes() for p in (build / "cards").iterdir()}
    again = tmp_path / "again"
    shutil.copytree(build, again, ignore=shutil.ignore_patterns("cards"))
    monkeypatch.setenv("EVIDENCE_BUILD", str(tmp_path / "nothing"))
    cards.write_cards(again, jobs=1)
    assert {p.name: p.read_bytes() for p in (again / "cards").iterdir()} == first

    when = (again / "cards" / "pain.png").stat().st_mtime_ns
    changed = json.loads((again / "claims.json").read_text(encoding="utf-8"))
    changed["claims"][1]["verdict"] = "contradicted"
    (again / "claims.json").write_text(json.dumps(changed), encoding="utf-8")
    cards.write_cards(again, jobs=1)
    assert (again / "cards" / "pain.png").stat().st_mtime_ns == when
    assert (again / "cards" / "cortisol.png").read_bytes() != first["cortisol.png"]


def test_who_stops_it_leaves_nothing_running_and_nothing_half_written(
    build: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    shutil.copytree(build, again, ignore=shutil.ignore_patterns("cards"))
    code = (
        "import sys; from pathlib import Path; from analysis.publish.cards import write_cards\n"
        "write_cards(Path(sys.argv[1]))"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(again)],
        env=os.environ | {"EVIDENCE_BUILD": str(tmp_path / "nothing")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not list((again / "cards").glob("*.svg")) and run.poll() is None:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    told = run.communicate()[1]  # returns when the last process that could write there is gone
    assert told.rstrip().endswith("KeyboardInterrupt"), told
    assert not list((again / "cards").glob("*.partial"))
    assert not (again / "cards" / "index.json").exists()


def test_without_results_it_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"claims\.json"):
        cards.write_cards(tmp_path)


def test_the_project_is_named_as_in_the_citation_file(root: Path) -> None:
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f'title: "{PROJECT}"' in text
    assert f'name: "{AUTHORS}"' in text

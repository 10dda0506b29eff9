"""What is committed, as the command line shows it: nothing lost, too wide or made up."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import CLAIMS, answer, evidence

from analysis.claim_pages import HORIZONS, VERDICTS
from analysis.cli_claims import sources_of
from analysis.evidence import tables

PAIN, SEROTONIN, CITED = CLAIMS["claims"]
COMMANDS = [("claims",), ("claim", "pain"), ("claim", "cited-study"), ("sources", "pain")]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of committed results that holds the sample of claims."""
    monkeypatch.setenv("EVIDENCE_RESULTS", str(tmp_path))
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def evidence_tables() -> tables.Tables:
    return tables.load_all()


def shown(*arguments: str) -> str:
    code, out, error = evidence(*arguments)
    assert code == 0, error
    assert max(len(line) for line in out.splitlines()) <= 80
    return out


def flat(text: str) -> str:
    """Text as it was before it was broken into lines."""
    return " ".join(text.split())


def test_the_board_shows_each_claim_once_in_the_files_order(results: Path) -> None:
    text = flat(shown("claims"))
    headings = [
        "pain SUPPORTED, UNCERTAIN",
        "serotonin NOT TESTABLE WITH WHAT IS PUBLISHED",
        "cited-study NOT SUPPORTED",
    ]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    for claim in CLAIMS["claims"]:
        assert claim["sentence"] in text
    assert "3 claims (supported, uncertain: 1; not supported: 1; not testable" in text
    code, out, _ = evidence("claims", "--json")
    assert code == 0
    assert json.loads(out) == CLAIMS


def test_a_claims_page_loses_nothing(results: Path) -> None:
    text = flat(shown("claim", "pain"))
    for words in (
        "SUPPORTED, UNCERTAIN",
        PAIN["claim"],
        "and [no] markup",
        "v no treatment same day not supported −24.2 [−29.0, −19.5] MD 12 1299 very low trials",
        # A review that states neither trials nor people, on other people; a bound without meaning.
        "0.37 [0.00, >9999] RR ? ? very low review,",
        "indirect: other people than those meant",
        "MD: points on a 0-100 pain scale, below zero is less pain. 10.0 would matter.",
        "RR: times the risk, below one is less pain. 1.25 would matter.",
        "No data: v active treatment long.",
        "v no treatment, short: very low certainty",
        "risk of bias 2 people knew their treatment [and] rated the outcome themselves",
        "expected of a new trial: −40.0 to −8.0",
    ):
        assert words in text
    assert text.count("risk of bias") == 3  # for each answer with figures, and no other


def test_a_claim_without_figures_says_so(results: Path) -> None:
    text = flat(shown("claim", "serotonin"))
    assert "No data: v sham same day, short." in text
    assert "GRADE" not in text
    assert "No paper meets all points." in shown("claim", "cited-study")


def test_a_claim_in_json_is_the_object_of_the_file(results: Path) -> None:
    code, out, _ = evidence("claim", "pain", "--json")
    assert code == 0
    assert json.loads(out) == PAIN


@pytest.mark.parametrize("measure", ["MD", "SMD", "RR"])
@pytest.mark.parametrize("comparator", ["no_treatment", "sham", "active", "add_on"])
def test_any_answer_fits_the_page(results: Path, measure: str, comparator: str) -> None:
    wide = {"measure": measure, "estimate": -8888.88, "ci_low": -9998.88, "ci_high": 9998.88}
    detail = {"basis": "nothing", "population": "indirect", "domains": []}
    answers = [
        answer(comparator, horizon, verdict=verdict, k=10000, n=1000000, detail=detail, **wide)
        for horizon in HORIZONS
        for verdict in VERDICTS
    ]
    document = {"claims": [PAIN | {"answers": [*answers, answer()]}]}
    (results / "claims.json").write_text(json.dumps(document))
    text = flat(shown("claim", "pain"))
    digits = 1 if measure == "MD" else 2
    assert f"[−{9998.88:.{digits}f}, {9998.88:.{digits}f}]" in text


@pytest.mark.parametrize("command", ["claim", "sources"])
def test_an_unknown_id_exits_with_2_and_names_the_nearest_and_all(
    results: Path, command: str
) -> None:
    code, out, error = evidence(command, "seratonin")
    assert code == 2
    assert out == ""
    assert "Did you mean 'serotonin'?" in error
    assert "There are: pain, serotonin, cited-study" in error
    code, out, _ = evidence(command, "zzz", "--json")
    assert code == 2
    assert "There are: pain" in json.loads(out)["error"]
    assert "Did you mean" not in out


@pytest.mark.parametrize("command", COMMANDS)
def test_without_committed_results_or_with_broken_ones_the_mend_is_said(
    results: Path, command: tuple[str, ...]
) -> None:
    (results / "claims.json").write_text("{")
    code, _, error = evidence(*command)
    assert code == 2
    assert "claims.json" in error
    (results / "claims.json").write_text('{"claims": [{}]}')
    assert evidence(*command)[0] == 2
    (results / "claims.json").unlink()
    code, _, error = evidence(*command)
    assert code == 2
    assert "evidence reproduce --accept" in error


def test_sources_go_from_number_to_row_to_paper(results: Path) -> None:
    code, out, _ = evidence("sources", "pain", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["id"] == "pain"
    immediate, short, review = (
        {"comparator": a["comparator"], "horizon": a["horizon"]} for a in PAIN["answers"][:3]
    )
    listed = {source["row"]: source for source in document["sources"]}
    assert list(listed) == ["neck-A2.1-bruck2021", "neck-A2.1-kim2021", "furlan2015-09"]
    assert listed["neck-A2.1-bruck2021"] == {
        "row": "neck-A2.1-bruck2021",
        "table": "contrasts",
        "study": "bruck2021",
        "citation": listed["neck-A2.1-bruck2021"]["citation"],
        "doi": "10.1002/14651858.CD004871.pub5",
        "url": "https://doi.org/10.1002/14651858.CD004871.pub5",
        "place": "Analysis 2.1",
        "answers": [immediate],
    }
    # A row behind two numbers is listed once, with both.
    assert listed["neck-A2.1-kim2021"]["answers"] == [immediate, short]
    assert listed["furlan2015-09"]["table"] == "reviews"
    assert listed["furlan2015-09"]["study"] is None
    assert listed["furlan2015-09"]["answers"] == [review]


def test_sources_are_shown_under_each_answer(results: Path) -> None:
    text = shown("sources", "pain")
    assert "3 rows from 2 papers" in text
    same_day, short = text.split("\nv no treatment, ")[1:]
    assert same_day.startswith("same day: −24.2 [−29.0, −19.5] MD (2 rows)")
    assert short.startswith("short: −24.2 [−29.0, −19.5] MD (1 row)")
    for part in (same_day, short.split("\nv active")[0]):
        assert "  https://doi.org/10.1002/14651858.CD004871.pub5\n" in part
        assert "neck-A2.1-kim2021 (contrasts): Kim 2021, Analysis 2.1\n" in part
    assert "bruck2021" not in short


def test_a_claim_without_rows_says_so_and_candidates_count_as_rows(results: Path) -> None:
    assert "No row of the tables stands behind it." in shown("sources", "serotonin")
    assert json.loads(evidence("sources", "serotonin", "--json")[1])["sources"] == []
    (candidate,) = json.loads(evidence("sources", "cited-study", "--json")[1])["sources"]
    assert (candidate["row"], candidate["table"]) == ("cassileth2004", "citations")
    assert candidate["answers"] == []
    assert "cassileth2004 (citations)" in shown("sources", "cited-study")


def test_results_that_name_rows_no_longer_there_are_called_old(results: Path) -> None:
    pain = PAIN | {"answers": [answer(rows=["gone-1"])]}
    (results / "claims.json").write_text(json.dumps({"claims": [pain]}))
    code, _, error = evidence("sources", "pain")
    assert code == 2
    assert "gone-1" in error
    assert "evidence reproduce" in error


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({"doi": "10.1/a<b>#(1)", "pmid": "7"}, "https://doi.org/10.1/a%3Cb%3E%23(1)"),
        ({"doi": None, "pmid": "7"}, "https://pubmed.ncbi.nlm.nih.gov/7/"),
        ({"doi": None, "pmid": None, "url": "https://example.org/p"}, "https://example.org/p"),
        ({"doi": None, "pmid": None, "url": None}, None),
    ],
)
def test_a_paper_is_linked_by_the_address_that_lasts(
    evidence_tables: tables.Tables, changes: dict[str, Any], url: str | None
) -> None:
    papers = evidence_tables.sources.copy()
    here = papers["source_id"].eq("gross2024")
    for column, value in changes.items():
        papers[column] = papers[column].astype("object").where(~here, value)
    changed = dataclasses.replace(evidence_tables, sources=papers)
    (found,) = sources_of(PAIN | {"answers": [answer()]}, changed)
    assert found["url"] == url


def test_every_committed_number_leads_to_a_row(root: Path) -> None:
    committed = root / "results" / "claims.json"
    if not committed.exists():
        pytest.skip("nothing is committed in results/ yet")
    loaded = tables.load_all()
    for claim in json.loads(committed.read_text(encoding="utf-8"))["claims"]:
        named = {row for a in claim["answers"] for row in a["rows"]} | set(claim.get("rows", ()))
        listed = sources_of(claim, loaded)
        assert {source["row"] for source in listed} == named
        assert all(source["citation"] for source in listed)
        for a in claim["answers"]:
            assert bool(a["rows"]) == (a["estimate"] is not None)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_pipe_of_any_encoding_keeps_the_minus(results: Path, encoding: str) -> None:
    environ = os.environ | {"PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "claim", "pain"],
        env=environ,
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode(encoding).replace("−", "-")
    assert text.count("-24.2 [-29.0, -19.5]") == 2
    assert text.count("(-24.2 points)") == 4
    assert "\x1b" not in text

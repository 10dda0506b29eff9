"""What is pasted: a figure block and references that say what the card says and inject nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import bibtexparser
import pandas as pd
import pytest
import rispy
from bs4 import BeautifulSoup
from command import evidence
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analysis.publish import cards, figures, notebook
from analysis.publish.card_model import LICENCE_URL, Card
from analysis.publish.cite import FORMS, cite
from analysis.publish.escape import csv_table, csv_text, html, markdown, one_line, web_address
from analysis.publish.references import latex, paper

RESULTS = Path(__file__).resolve().parents[1] / "results"
SITE = "https://example.org/massage"
EVIL = (
    "</a></figcaption><script>alert(1)</script><img src=x onerror=alert(2)> \"'` "
    "[x](javascript:alert(3)) ![y](z) | a |\n# head\r\n- item\n\n<!-- $x$ & {\\input{/etc/passwd}}"
    " %\nER  - \nTY  - BOOK\n@misc{evil, title={x}}"
)


@pytest.fixture(scope="module")
def made() -> dict[str, Card]:
    return {card.id: card for card in cards.all_cards(RESULTS)}


@pytest.fixture
def hostile(made: dict[str, Card]) -> Card:
    source: dict[str, Any] = {
        "source_id": "evil}, x", "citation": EVIL, "doi": "10.1/}{<>\"", "pmid": EVIL,
        "url": "javascript:alert(1)", "year": 2020,
    }  # fmt: skip
    return replace(
        made["pain"], title=EVIL, sentence=EVIL, certainty=EVIL, alt_short=EVIL, sources=(source,)
    )


def test_the_figure_block_holds_picture_alt_sentence_certainty_licence_and_papers(
    made: dict[str, Card],
) -> None:
    for card in made.values():
        page = BeautifulSoup(cite(card, "html", SITE), "html.parser")
        assert [tag.name for tag in page.find_all(recursive=False)] == ["figure"]
        image = page.find("img")
        assert image is not None
        assert image["alt"] == card.alt_short
        assert image["src"] == f"{SITE}/cards/{card.files['png']}"
        caption = page.find("figcaption")
        assert caption is not None
        told = " ".join(caption.get_text().split())
        for needed in (card.sentence, card.certainty[1:], card.data_version, card.licence):
            assert needed in told
        links = [a["href"] for a in page.find_all("a")]
        assert LICENCE_URL in links
        assert {s["url"] for s in card.sources if s["doi"]} <= set(links)


def test_links_are_relative_unless_the_site_is_named(made: dict[str, Card]) -> None:
    page = BeautifulSoup(cite(made["pain"], "html"), "html.parser")
    assert page.find("img")["src"] == "cards/pain.png"  # type: ignore[index]
    assert page.find("a")["href"] == "claims/pain.html"  # type: ignore[index]
    assert "figures/evidence-map.html" in cite(made["evidence-map"], "text")
    assert f"{SITE}/claims/pain.html" in cite(made["pain"], "text", f"{SITE}/")


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)", "//evil.org", "a b", '"><script>', "ftp://x"]
)
def test_a_base_that_is_no_base_is_refused(made: dict[str, Card], base: str) -> None:
    with pytest.raises(ValueError, match="no base for links"):
        cite(made["pain"], "html", base)


def test_unknown_form_names_the_known(made: dict[str, Card]) -> None:
    with pytest.raises(ValueError, match="html, markdown, text, bibtex, ris, csl-json"):
        cite(made["pain"], "pdf")


def test_markdown_shows_the_same_as_html(made: dict[str, Card]) -> None:
    card = made["pain"]
    page = BeautifulSoup(MarkdownIt().render(cite(card, "markdown", SITE)), "html.parser")
    assert page.find("img")["alt"] == card.alt_short  # type: ignore[index]
    assert card.sentence in page.get_text()
    links = {a["href"] for a in page.find_all("a")}
    assert {s["url"] for s in card.sources if s["doi"]} <= links


def test_references_round_trip_through_bibtex(made: dict[str, Card]) -> None:
    for card in made.values():
        library = bibtexparser.parse_string(cite(card, "bibtex", SITE))
        assert not library.failed_blocks, card.id
        assert len(library.entries) == 1 + len(card.sources)
        own, *papers = library.entries
        assert own["version"] == card.data_version
        assert card.data_version in own["note"]
        assert own["url"].startswith(SITE)
        dois = {s["doi"] for s in card.sources if s["doi"]}
        assert {e["doi"] for e in papers if "doi" in e.fields_dict} == dois


def test_references_round_trip_through_ris(made: dict[str, Card]) -> None:
    for card in made.values():
        entries = rispy.loads(cite(card, "ris", SITE))
        assert len(entries) == 1 + len(card.sources)
        assert entries[0]["title"] == card.title
        for entry, source in zip(entries[1:], card.sources, strict=True):
            assert entry.get("doi") == source["doi"]
            assert entry.get("year") == (str(source["year"]) if source["year"] else None)


def test_references_have_the_shape_of_csl(made: dict[str, Card]) -> None:
    for card in made.values():
        items = json.loads(cite(card, "csl-json", SITE))
        assert len({item["id"] for item in items}) == len(items) == 1 + len(card.sources)
        for item, source in zip(items[1:], card.sources, strict=True):
            assert item["type"] in ("article-journal", "document")
            assert item.get("DOI") == source["doi"]
            if source["year"]:
                assert item["issued"] == {"date-parts": [[source["year"]]]}


def test_a_citation_is_taken_apart_only_where_it_can_be() -> None:
    plain = {"source_id": "a", "doi": None, "pmid": None, "url": None, "year": 2017}
    whole = (
        "Nelson NL, Churilla JR 2017. Massage therapy for pain in patients with arthritis. "
        "Am J Phys Med Rehabil 96(9):665-672"
    )
    told = paper(plain | {"citation": whole})
    assert told.authors == (("Nelson", "NL"), ("Churilla", "JR"))
    assert (told.journal, told.volume, told.issue) == ("Am J Phys Med Rehabil", "96", "9")
    assert told.title == "Massage therapy for pain in patients with arthritis"
    for kept in ("Kutner JS et al. 2008, Ann Intern Med, 149(6):369-379",
                 "Massage for headaches, (authors, year, journal name not shown)",
                 whole.replace("2017", "2016")):  # fmt: skip
        untold = paper(plain | {"citation": kept})
        assert untold.title == kept
        assert not untold.authors
        assert not untold.journal


def test_hostile_text_injects_nothing_into_html(hostile: Card) -> None:
    page = BeautifulSoup(cite(hostile, "html", SITE), "html.parser")
    allowed = {"figure", "a", "img", "figcaption", "p", "details", "summary", "ul", "li"}
    assert {tag.name for tag in page.find_all()} <= allowed
    assert len(page.find_all("img")) == 1
    assert page.find("img")["alt"] == one_line(EVIL)  # type: ignore[index]
    assert not [a for a in page.find_all("a") if not a["href"].startswith("https://")]
    assert not [t for t in page.find_all() if any(name.startswith("on") for name in t.attrs)]


def test_hostile_text_injects_nothing_into_markdown(hostile: Card) -> None:
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(
        cite(hostile, "markdown", SITE)
    )  # fmt: skip
    page = BeautifulSoup(rendered, "html.parser")
    assert {tag.name for tag in page.find_all()} <= {"p", "a", "img", "ul", "li"}
    assert len(page.find_all("img")) == 1
    assert all(a["href"].startswith("https://") for a in page.find_all("a"))


def test_hostile_text_adds_no_entry_to_references(hostile: Card) -> None:
    library = bibtexparser.parse_string(cite(hostile, "bibtex"))
    assert [len(library.entries), len(library.failed_blocks)] == [2, 0]
    assert len(rispy.loads(cite(hostile, "ris"))) == 2
    assert len(json.loads(cite(hostile, "csl-json"))) == 2


@given(st.text(max_size=80))
def test_any_text_stays_text_in_html_and_markdown(text: str) -> None:
    shown = BeautifulSoup(f'<p title="{html(text)}">{html(text)}</p>', "html.parser")
    assert [tag.name for tag in shown.find_all()] == ["p"]
    line = one_line(text)
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown(text))
    page = BeautifulSoup(rendered, "html.parser")
    assert {tag.name for tag in page.find_all()} <= {"p"}
    assert one_line(page.get_text()) == line


@given(st.text(max_size=80))
def test_latex_leaves_no_bare_command_or_brace(text: str) -> None:
    bare = latex(text)
    assert bare.count("{") == bare.count("}")
    for name in ("backslash", "asciicircum", "asciitilde", "braceleft", "braceright"):
        bare = bare.replace(rf"\text{name}{{}}", "")
    for escaped in (r"\$", r"\&", r"\#", r"\_", r"\%"):
        bare = bare.replace(escaped, "")
    assert not set(bare) & set("\\{}$&#^_~%\n")


@given(st.text(max_size=40))
def test_no_text_cell_begins_like_a_formula(text: str) -> None:
    cell = csv_text(text)
    starts = ("=", "+", "-", "@", "\t", "\r", "\n")
    assert not cell.startswith(starts) or float(cell) is not None
    assert cell.endswith(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_stay_numbers(value: float) -> None:
    assert csv_text(repr(value)) == repr(value)
    table = pd.DataFrame({"x": [value]})
    pd.testing.assert_frame_equal(csv_table(table), table)


@pytest.mark.parametrize("text", ["https://a.org/x", "HTTP://A.ORG"])
def test_web_addresses_are_links(text: str) -> None:
    assert web_address(text) == text


@pytest.mark.parametrize(
    "text", ["javascript:x", "data:text/html,x", "https://a b", 'https://a"', ""]
)
def test_other_addresses_are_not(text: str) -> None:
    assert web_address(text) is None


def test_exports_for_people_hold_no_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_BUILD", str(tmp_path))
    table = pd.DataFrame({"=name": ["=1+1", "-3.4", None, "Kim"], "x": [-1.5, 2.0, None, 0.0]})
    written = notebook.keep(table, "t").read_text(encoding="utf-8")
    assert written == "'=name,x\n'=1+1,-1.5\n-3.4,2.0\n,\nKim,0.0\n"
    assert table["=name"].iloc[0] == "=1+1"  # what is shown stays what it is
    assert figures.csv_table is csv_table


def test_no_committed_result_begins_like_a_formula() -> None:
    for file in RESULTS.rglob("*.csv"):
        table = pd.read_csv(file, dtype="string", keep_default_na=False)
        pd.testing.assert_frame_equal(csv_table(table), table, check_dtype=False, obj=str(file))


def test_the_command_prints_the_snippet_and_nothing_else(made: dict[str, Card]) -> None:
    for form in FORMS:
        code, out, _ = evidence("cite", "pain", "--as", form, "--base-url", SITE)
        assert (code, out) == (0, cite(made["pain"], form, SITE))


def test_the_command_speaks_json(made: dict[str, Card]) -> None:
    code, out, _ = evidence("cite", "pain-gap", "--as", "ris", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["snippet"] == cite(made["pain-gap"], "ris")
    assert told["card"]["title"] == made["pain-gap"].title


def test_wrong_use_is_told_and_exits_with_two() -> None:
    code, out, error = evidence("cite", "pian")
    assert (code, out) == (2, "")
    assert "Did you mean 'pain'?" in " ".join(error.split())
    code, out, _ = evidence("cite", "pian", "--json")
    assert (code, "no claim or main figure" in json.loads(out)["error"]) == (2, True)
    assert evidence("cite", "pain", "--as", "pdf")[0] == 2
    assert evidence("cite", "pain", "--base-url", "javascript:x")[0] == 2


def test_without_results_it_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_RESULTS", str(tmp_path))
    code, _, error = evidence("cite", "pain")
    assert code == 2
    assert "reproduce --accept" in " ".join(error.split())

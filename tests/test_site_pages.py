"""The website as files: links, anchors, sizes, data for machines, and nothing from elsewhere."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from website import soup

from analysis.evidence.sentences import VERDICT_WORDS

pytestmark = pytest.mark.slow
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    return {p.relative_to(site).as_posix(): soup(p) for p in sorted(site.rglob("*.html"))}


@pytest.fixture(scope="module")
def claims(run_and_site: tuple[Path, Path]) -> list[dict[str, Any]]:
    text = (run_and_site[0] / "claims.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["claims"]
    return found


def addresses(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(True):
        for name in ("href", "src", "srcset"):
            if tag.get(name):
                yield str(tag[name])


def test_every_link_and_every_anchor_leads_somewhere(
    site: Path, pages: dict[str, BeautifulSoup]
) -> None:
    ids = {name: {t["id"] for t in page.find_all(id=True)} for name, page in pages.items()}
    lost = []
    for name, page in pages.items():
        for address in addresses(page):
            path, part = urldefrag(address)
            if re.match(r"[a-z]+:", path):
                continue
            at = (site / name).parent / unquote(path.split("?")[0]) if path else site / name
            at = at.resolve()
            goal = at.relative_to(site.resolve()).as_posix()
            if not at.is_file() or (part and goal in ids and part not in ids[goal]):
                lost.append(f"{name}: {address}")
    assert lost == []


def test_no_anchor_is_there_twice(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), (name, {i for i in ids if ids.count(i) > 1})


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        for tag in page.find_all(["script", "link", "img", "source", "iframe", "video", "object"]):
            address = str(tag.get("src") or tag.get("href") or tag.get("srcset") or "")
            assert not re.match(r"(https?:)?//", address), (name, tag)
    for style in site.rglob("*.css"):
        found = re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*|@import[^;]*", style.read_text())
        assert found == [], style


def test_a_page_with_its_pictures_is_below_one_megabyte(
    site: Path, pages: dict[str, BeautifulSoup]
) -> None:
    for name, page in pages.items():
        here = (site / name).parent
        pictures = {str(img["src"]) for img in page.find_all("img")}
        sizes = [(here / src).stat().st_size for src in pictures]
        assert (site / name).stat().st_size + sum(sizes) < MEGABYTE, name


def test_every_picture_says_what_it_shows_and_how_large_it_is(
    pages: dict[str, BeautifulSoup],
) -> None:
    for name, page in pages.items():
        for img in page.find_all("img"):
            assert str(img["alt"]).strip(), (name, img)
            assert int(str(img["width"])) > 0, (name, img)


def test_every_claim_has_a_page_that_begins_with_the_plain_answer(
    pages: dict[str, BeautifulSoup], claims: list[dict[str, Any]]
) -> None:
    for claim in claims:
        text = pages[f"claims/{claim['id']}.html"].find("article").get_text(" ", strip=True)
        assert claim["claim"] in text
        assert VERDICT_WORDS[claim["verdict"]] in text
        squeezed = re.sub(r"\s+", "", text)
        assert re.sub(r"\s+", "", claim["sentence"]) in squeezed
        plain, numbers = text.index(VERDICT_WORDS[claim["verdict"]]), text.index("What you may")
        assert plain < numbers


def test_every_number_of_a_sentence_leads_to_its_own_trace(
    pages: dict[str, BeautifulSoup], claims: list[dict[str, Any]]
) -> None:
    for claim in claims:
        page, trace = pages[f"claims/{claim['id']}.html"], pages[f"trace/{claim['id']}.html"]
        told = page.find(class_="in-numbers")
        for link in told.find_all("a", class_="traced"):
            link.extract()
        assert not re.search(r"\d", told.get_text()), told
        for answer in claim["answers"]:
            if answer["estimate"] is None:
                continue
            own = f"{claim['id']}-{answer['comparator']}-{answer['horizon']}"
            row = trace.find(id=f"{own}-estimate")
            value = f"{answer['estimate']:.6g}".replace("-", "\u2212")
            assert value in row.get_text()
            assert page.find(id=f"{own}-estimate")["href"].endswith(f"#{own}-estimate")
            for row_id in answer["rows"]:
                assert row_id in trace.find(id=own).get_text()


def data_of(page: BeautifulSoup) -> list[dict[str, Any]]:
    script = page.find("script", type="application/ld+json")
    found: list[dict[str, Any]] = json.loads(script.string)
    return found


def test_every_page_tells_machines_what_it_is(
    pages: dict[str, BeautifulSoup], claims: list[dict[str, Any]]
) -> None:
    for name, page in pages.items():
        if name == "404.html":
            continue
        dataset = next(d for d in data_of(page) if d["@type"] == "Dataset")
        for field in (
            "name", "description", "license", "version", "distribution", "variableMeasured",
            "measurementTechnique",
        ):  # fmt: skip
            assert dataset[field], (name, field)
    for claim in claims:
        found = data_of(pages[f"claims/{claim['id']}.html"])
        review = next(d for d in found if d["@type"] == "ClaimReview")
        rating = review["reviewRating"]
        assert review["claimReviewed"] == claim["claim"]
        assert rating["alternateName"] == VERDICT_WORDS[claim["verdict"]]
        testable = claim["verdict"] != "not_testable"
        for field in ("ratingValue", "bestRating", "worstRating"):
            assert (field in rating) == testable, (claim["id"], field)
        if testable:
            assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
        assert review["author"] == {"@type": "Organization", "name": review["author"]["name"]}
        assert review["itemReviewed"]["@type"] == "Claim"
        assert review["itemReviewed"]["text"] == claim["claim"]
        assert "http" not in json.dumps(review["itemReviewed"])  # the post has no known address
        assert "url" not in review  # nobody knows where the site will stand


def test_every_page_says_that_it_is_no_medical_advice(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        if name != "404.html":
            footer = page.find("footer").get_text()
            assert "not medical advice" in footer
            assert "CC BY 4.0" in footer


def test_the_front_page_shows_every_claim_with_its_verdict(
    pages: dict[str, BeautifulSoup], claims: list[dict[str, Any]]
) -> None:
    board = pages["index.html"].find(class_="board").find_all("li")
    assert len(board) == len(claims)
    for entry, claim in zip(board, claims, strict=True):
        assert entry.find("a")["href"] == f"claims/{claim['id']}.html"
        assert VERDICT_WORDS[claim["verdict"]] in entry.get_text()


def test_headings_go_down_one_level_at_a_time(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        levels = [int(h.name[1]) for h in page.find_all(re.compile(r"^h[1-6]$"))]
        assert levels.count(1) == 1, name
        steps = pairwise(levels)
        assert all(after <= before + 1 for before, after in steps), (name, levels)


def test_no_page_shows_a_reader_its_own_markup(pages: dict[str, BeautifulSoup]) -> None:
    for name, original in pages.items():
        page = copy.copy(original)
        for code in page.find_all(["code", "pre", "script", "style", "template", "textarea"]):
            code.extract()
        shown = page.get_text(" ")
        assert not re.search(r"</?(p|img|a|div|figure|table|span)[ >]", shown), name


#: What schema.org allows on each type, as far as we use it: properties of the type
#: itself or of Review, CreativeWork, Intangible and Thing above it.
SCHEMA_ORG = {
    "ClaimReview": {
        "claimReviewed", "reviewRating", "reviewBody", "itemReviewed", "author", "publisher",
        "license", "version", "url",
    },
    "Rating": {"ratingValue", "bestRating", "worstRating", "ratingExplanation", "alternateName"},
    "Claim": {"text", "appearance"},
    "CreativeWork": {"genre"},
    "Organization": {"name"},
    "Dataset": {
        "name", "description", "version", "license", "creator", "isAccessibleForFree", "keywords",
        "variableMeasured", "measurementTechnique", "distribution", "url",
    },
    "DataDownload": {"name", "encodingFormat", "contentUrl"},
}  # fmt: skip


def typed(data: Any) -> Iterator[dict[str, Any]]:
    """Every schema.org object in a document."""
    if isinstance(data, dict):
        yield data
    for inner in data.values() if isinstance(data, dict) else data:
        if isinstance(inner, dict | list):
            yield from typed(inner)


def test_data_for_machines_uses_only_words_of_schema_org(pages: dict[str, BeautifulSoup]) -> None:
    for name, page in pages.items():
        for found in typed(data_of(page)) if name != "404.html" else ():
            known = SCHEMA_ORG[found["@type"]] | {"@type", "@context"}
            assert set(found) <= known, (name, found["@type"])


def test_the_front_page_shows_the_map_of_evidence(
    run_and_site: tuple[Path, Path], pages: dict[str, BeautifulSoup]
) -> None:
    page = pages["index.html"]
    assert page.select_one("figure.map img")["alt"]
    assert page.find("a", href="figures/evidence-map.html")
    trials = pd.read_csv(run_and_site[0] / "figures" / "evidence-map.csv")
    rows = page.select("#map details tbody tr")
    assert sum(int(row.find_all("td")[2].get_text()) for row in rows) == len(trials)
    for row in rows:
        total, *parts = (int(cell.get_text()) for cell in row.find_all("td")[2:])
        assert total == sum(parts)

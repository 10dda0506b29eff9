"""What is in the data stays text on the site; what is missing is named; the same gives the same."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4
from PIL import Image
from website import soup

from analysis import paths
from analysis.publish.card_model import files_of
from analysis.publish.light_pictures import Pictures
from analysis.publish.site import SiteError, build_site, generator, structured
from analysis.publish.site.content import Content, read
from analysis.publish.site.notebook_links import Linker
from analysis.publish.site.notebooks import markdown, prepare
from analysis.publish.site.pages import Page, Section, render
from analysis.publish.site.picture_pages import picture_pages

HOSTILE = (
    "</script></p><script>alert(1)</script><img src=x onerror=alert(2)> **b** `c` =1+1 {{ 7*7 }}"
)
ALLOWED = {"application/ld+json", None}


def output(**data: str) -> Any:
    kinds = {"markdown": "text/markdown", "html": "text/html", "plain": "text/plain"}
    return v4.new_output("display_data", {kinds[k]: text for k, text in data.items()})


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """A notebook whose outputs hold every kind of attack."""
    rows = f"<tr><th>study</th></tr><tr><td>{HOSTILE}</td></tr>"
    table = f"<style>p {{}}</style><table onclick='x()'>{rows}</table>"
    outputs = [
        output(markdown=f"{HOSTILE}\n\n[x](javascript:alert(3)) ![y](https://evil.example/y.png)"),
        output(markdown=f"| a | b |\n|---|---|\n| {HOSTILE.replace('|', '')} | c |"),
        output(html=table),
        output(html=f"<iframe src='https://evil.example'></iframe>{HOSTILE}"),
        output(plain=HOSTILE),
    ]
    cells = [
        v4.new_markdown_cell("# Is it safe?\n\n<script>alert(4)</script>"),
        v4.new_code_cell("say(name)", outputs=outputs),
    ]
    path = tmp_path / "00-hostile.ipynb"
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=language), path)
    return path


def is_harmless(page: BeautifulSoup) -> bool:
    inside = page.find("article") or page
    tags = inside.find_all(["script", "iframe", "img", "object", "style", "form"])
    handlers = [t for t in inside.find_all(True) if any(a.startswith("on") for a in t.attrs)]
    links = [a for a in inside.find_all("a", href=True) if a["href"].startswith("javascript:")]
    return not (tags or handlers or links)


def pictures(folder: Path) -> Pictures:
    """Where pictures may go that nobody looks at."""
    return Pictures(folder / "pictures", ThreadPoolExecutor(1))


def test_outputs_of_notebooks_become_text(executed: Path, tmp_path: Path) -> None:
    cells = prepare(executed, pictures(tmp_path)).cells
    for cell_output in cells[1].outputs:
        html = cell_output["data"]["text/html"]
        assert is_harmless(BeautifulSoup(html, "html.parser")), html
    assert "alert(1)" in cells[1].outputs[0]["data"]["text/html"]  # shown, as words


def generate(folder: Path, executed: Path) -> Path:
    """A site of three pages that hold hostile words in every place."""
    sources, out, work = folder / "sources", folder / "out", folder / "work"
    (sources / "notebooks").mkdir(parents=True)
    work.mkdir()
    nbformat.write(prepare(executed, pictures(folder)), sources / "notebooks" / executed.name)
    section = Section("part", HOSTILE, render("front_lead.html", first=HOSTILE, total=1, counts=[]))
    page = Page(
        name="index", title=HOSTILE, short=HOSTILE, sections=(section,), description=HOSTILE,
        notebook="notebooks/00-hostile",
    )  # fmt: skip
    menu = {"Pages": [(HOSTILE, "notebooks/00-hostile")]}
    text = json.dumps(json.loads(page.source()) | {"menu": menu})
    (sources / "index.page").write_text(text, encoding="utf-8")
    context = {
        "side_menu": menu,
        "main_menu": [("Start", "index")],
        "data_version": HOSTILE,
        "data_licence": HOSTILE,
        "code_licence": HOSTILE,
        "data_for": lambda _: structured.as_script([{"name": HOSTILE}]),
    }
    generator.generate(sources, out, {"index": page}, context, work)
    return out


@pytest.mark.slow
def test_hostile_words_stay_words_in_every_place_of_a_page(executed: Path, tmp_path: Path) -> None:
    out = generate(tmp_path, executed)
    for name in ("index.html", "notebooks/00-hostile.html"):
        page = soup(out / name)
        assert is_harmless(page), name
        scripts = [s for s in page.find_all("script") if not s.get("src")]
        assert all("alert" not in (s.string or "") or s.get("type") for s in scripts)
        data = json.loads(page.find("script", type="application/ld+json").string)
        assert data == [{"name": HOSTILE}]
        assert not page.find_all("img")
        assert not page.find_all(onerror=True)
        assert "{{ 7*7 }}" in page.get_text()
    assert HOSTILE in soup(out / "index.html").find("h1").get_text()


@pytest.mark.slow
def test_the_same_sources_give_the_same_bytes(executed: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        out = generate(tmp_path / name, executed)
        files = sorted(p for p in out.rglob("*") if p.is_file() and p.name != ".buildinfo")
        made.append({p.relative_to(out).as_posix(): p.read_bytes() for p in files})
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_data_for_machines_cannot_end_its_script() -> None:
    text = structured.as_script([{"name": HOSTILE}])
    assert "<" not in text
    assert json.loads(text) == [{"name": HOSTILE}]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with the committed verdicts and one notebook that was never executed."""
    (tmp_path / "build" / "notebooks").mkdir(parents=True)
    shutil.copy2(paths.results_dir() / "claims.json", tmp_path / "build" / "claims.json")
    first = min(paths.notebooks_dir().glob("*.ipynb"))
    shutil.copy2(first, tmp_path / "build" / "notebooks")
    return tmp_path / "build"


def test_what_is_missing_is_named_and_nothing_is_left_behind(run: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    (run / "claims.json").rename(run / "elsewhere.json")
    with pytest.raises(SiteError, match=r"claims\.json is not there; `make reproduce` makes it"):
        build_site(run, site)
    (run / "claims.json").write_text("{")
    with pytest.raises(SiteError, match="is no JSON"):
        build_site(run, site)
    assert not site.exists()


def test_a_run_without_notebooks_is_refused(run: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / "notebooks")
    with pytest.raises(SiteError, match="no executed notebooks"):
        build_site(run, tmp_path / "site")


def test_a_claim_that_nobody_asks_is_refused(run: Path, tmp_path: Path) -> None:
    document = json.loads((run / "claims.json").read_text(encoding="utf-8"))
    document["claims"][0]["id"] = "levitation"
    (run / "claims.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SiteError, match="levitation"):
        build_site(run, tmp_path / "site")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.org", 'https://a.b/"><script>'])
def test_an_address_that_is_none_is_refused(run: Path, tmp_path: Path, url: str) -> None:
    with pytest.raises(SiteError, match="EVIDENCE_SITE_URL"):
        build_site(run, tmp_path / "site", base_url=url)


QUOTES = f'" onerror=\'alert(5)\' onload="alert(6)" {HOSTILE}'


def hostile_card(card_id: str, kind: str, folder: Path) -> dict[str, Any]:
    """A card whose every word is an attack, with pictures that can be opened."""
    for name in files_of(card_id).values():
        if name.endswith(".png"):
            Image.new("RGB", (40, 40), "white").save(folder / name)
    paper = {"source_id": "x", "citation": QUOTES, "doi": None, "pmid": None, "year": None}
    words = ("title", "caption", "alt_short", "alt_long", "sentence", "certainty", "data_version")
    return dict.fromkeys(words, QUOTES) | {
        "id": card_id, "kind": kind, "claim": "pain", "verdict": QUOTES, "licence": QUOTES,
        "sources": [paper | {"url": "javascript:alert(7)"}], "files": files_of(card_id),
        "no_sources": None,
    }  # fmt: skip


@pytest.fixture
def hostile(run: Path) -> Content:
    """A run with an attack in each word of its cards and figures, and in a figure's numbers."""
    (run / "cards").mkdir()
    (run / "figures").mkdir()
    numbers = ["label,value", '"' + QUOTES.replace('"', '""') + '",1']
    (run / "figures" / "hostile.csv").write_text("\n".join(numbers), encoding="utf-8")
    kinds = {"pain": "claim", "hostile": "figure"}
    cards = {name: hostile_card(name, kind, run / "cards") for name, kind in kinds.items()}
    said = BeautifulSoup(markdown(QUOTES), "html.parser").get_text().strip()
    figures = {"hostile": {"id": "hostile", "claim": "pain", "caption": said, "alt": QUOTES}}
    judges = v4.new_notebook(cells=[v4.new_code_cell('claim = load_claims()["pain"]')])
    nbformat.write(judges, run / "notebooks" / "99-pain.ipynb")
    return replace(read(run), cards=cards, figures=figures)


def attacks(html: str) -> list[str]:
    """What in a piece of a page would run, load from elsewhere or lead to a script."""
    tags = BeautifulSoup(html, "html.parser").find_all(True)
    found = [t for t in tags if t.name in ("script", "iframe", "object", "style", "form")]
    found += [t for t in tags if any(name.startswith("on") for name in t.attrs)]
    places = ("_pictures/", "../_pictures/", "../cards/")
    found += [t for t in tags if t.get("src") and not t["src"].startswith(places)]
    found += [t for t in tags if str(t.get("href", "")).startswith("javascript:")]
    return [str(tag)[:80] for tag in found]


def test_words_of_a_card_stay_words_in_the_gallery_and_on_its_page(
    hostile: Content, tmp_path: Path
) -> None:
    pages = {page.name: page for page in picture_pages(hostile, "", pictures(tmp_path), [])}
    assert set(pages) == {"figures", "figures/hostile"}
    for page in pages.values():
        for html in (page.lead, *(section.html for section in page.sections)):
            assert attacks(html) == [], page.name
    gallery = [BeautifulSoup(s.html, "html.parser") for s in pages["figures"].sections]
    assert [part.find("img")["alt"] for part in gallery] == [QUOTES, QUOTES]
    assert [part.find("h3").get_text() for part in gallery] == [QUOTES, QUOTES]
    page = "".join(section.html for section in pages["figures/hostile"].sections)
    own = BeautifulSoup(page, "html.parser")
    assert own.find("img")["alt"] == QUOTES
    assert QUOTES in own.find("figcaption").get_text()
    assert "alert(1)" in own.select_one("#snippet-html").get_text()  # text to copy, not markup
    assert "alert(1)" in own.find("tbody").get_text()


def test_linking_what_a_notebook_says_wakes_no_markup(hostile: Content) -> None:
    link = Linker(hostile, "99-pain")
    answers = hostile.records["pain"]["answers"]
    pooled = next(a["sentence"] for a in answers if a["estimate"] is not None)
    coded = f"`{HOSTILE}` 5 &lt;img src=x onerror=alert(8)&gt;"
    for said in (QUOTES, f"{pooled} {HOSTILE}", coded):
        html = link(markdown(said))
        assert attacks(html) == [], html
        assert "alert(1)" in BeautifulSoup(html, "html.parser").get_text()
    assert "../data/figures/hostile.csv" in link(markdown(QUOTES))  # known by its caption
    assert "../trace/pain.html#" in link(markdown(f"{pooled} {HOSTILE}"))


def test_only_tables_of_the_run_are_linked_below_a_cell(hostile: Content) -> None:
    link = Linker(hostile, "99-pain")
    assert link.tables("""keep(x, "no-such-table")""") == ""

"""From a build folder to a website that opens by a double click."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import escape

from analysis import paths, staging
from analysis.processors import processors
from analysis.publish.light_pictures import PICTURES, Pictures
from analysis.publish.site import generator, sources, structured
from analysis.publish.site.claim_page import claim_page, menu_name
from analysis.publish.site.content import Content, SiteError, citation_file, read
from analysis.publish.site.front_page import MAP, front_page
from analysis.publish.site.other_pages import all_pages, not_found, title_of
from analysis.publish.site.pages import Page
from analysis.publish.site.picture_pages import picture_pages
from analysis.publish.site.trace_page import trace_pages
from analysis.publish.site.writing_page import writing_page
from analysis.publish.workers import workers

__all__ = ["SiteError", "build_site"]

#: Short words: on a phone all of them and the search take two rows.
MAIN_MENU = [
    ("Claims", "index"),
    ("Pictures", "figures"),
    ("Sentences", "what-you-may-write"),
    ("Check a draft", "check"),
    ("Your clients", "clients"),
    ("For reviewers", "reviewers"),
]


def build_site(build: Path, out: Path, base_url: str | None = None) -> None:
    """Make the website from a build folder; it appears in ``out`` whole or not at all.

    Parameters
    ----------
    build
        Holds ``claims.json``, ``figures/``, ``cards/`` and the executed ``notebooks/``. Whether it
        may be published at all (no table of real clients) is for the caller to ask first.
    out
        The folder to replace.
    base_url
        Where the site will stand, if that is known; snippets and data for machines then name whole
        addresses. The variable ``EVIDENCE_SITE_URL`` says so too.

    Raises
    ------
    SiteError
        Something is missing, or a link leads nowhere; the text says what and how to mend it.
    """
    url = _checked(os.environ.get("EVIDENCE_SITE_URL", "") if base_url is None else base_url)
    with _rarely_tidied():
        _build(read(build), out, url)


def _build(content: Content, out: Path, url: str) -> None:
    with staging.staging(out.resolve()) as folder, tempfile.TemporaryDirectory() as work:
        with workers(max(1, processors() - 1)) as others:
            pictures = Pictures(folder / PICTURES, others)
            _generate(content, folder, pictures, Path(work), url)
            pictures.finish()
        staging.replace(folder, out.resolve())


@contextlib.contextmanager
def _rarely_tidied() -> Iterator[None]:
    """Have Python look less often for what nobody needs any more.

    Trees of documents are many small objects that live as long as the site is in the making: to go
    through them again and again is a sixth of its work.
    """
    often, *older = gc.get_threshold()
    gc.set_threshold(max(often, 100_000), *older)
    try:
        yield
    finally:
        gc.set_threshold(often, *older)


def _generate(content: Content, folder: Path, pictures: Pictures, work: Path, url: str) -> None:
    dataset = structured.dataset(content, url)
    gallery = picture_pages(content, url, pictures, [dataset])  # its pictures are begun now
    traced = list(trace_pages(content, [dataset]))
    reviews = {c: structured.claim_review(c, content, url) for c in content.records}
    pages = [
        front_page(content, _map(content, pictures), [dataset, *reviews.values()]),
        *(claim_page(c, content, url, [dataset, reviews[c]]) for c in content.records),
        *gallery,
        writing_page(content, [dataset]),
        *traced,
    ]
    menu = _menu(content)
    others = {
        "Figures that explain": _named(pages, "figures/"),
        "Where the numbers are from": _named(pages, "trace/"),
    }
    pages.append(all_pages(menu, others))
    by_name = {page.name: page for page in pages}
    sources.write(work / "sources", pages, content, menu, pictures)

    def data_for(name: str) -> str:
        page = by_name.get(name)
        return structured.as_script(list(page.data) if page and page.data else [dataset])

    generator.generate(
        work / "sources", folder, by_name, _context(content, menu) | {"data_for": data_for}, work
    )
    _add_files(content, folder)
    not_found(folder, url)


def _named(pages: list[Page], folder: str) -> list[tuple[str, str]]:
    return [(page.short, page.name) for page in pages if page.name.startswith(folder)]


def _context(content: Content, menu: generator.Menu) -> dict[str, Any]:
    return {
        "side_menu": menu,
        "main_menu": MAIN_MENU,
        "data_version": content.version,
        "data_licence": "CC BY 4.0",
        "code_licence": citation_file().get("license", "see LICENSE"),
    }


def _menu(content: Content) -> dict[str, list[tuple[str, str]]]:
    documents = [name.removesuffix(".md") for name in sources.documents()]
    client = [
        d for d in documents if d.startswith("data/clients/") or "client" in d or "priva" in d
    ]
    checks = [d for d in documents if "draft" in Path(d).name]
    others = [d for d in documents if d not in client and d not in checks]

    def named(names: list[str]) -> list[tuple[str, str]]:
        return [(title_of(paths.root() / f"{name}.md"), name) for name in names]

    return {
        "The claims": [(menu_name(c, content), f"claims/{c}") for c in content.records],
        "For your own work": [
            ("Pictures to use", "figures"),
            ("What you may write", "what-you-may-write"),
            ("Check a draft", "check"),
            *named(checks),
            ("Your clients", "clients"),
            *named(client),
        ],
        "For reviewers": [
            ("How to doubt this", "reviewers"),
            *named(others),
            ("All pages", "pages"),
        ],
        "Notebooks": [
            (title_of(path), f"notebooks/{name}") for name, path in content.notebooks.items()
        ],
    }


def _map(content: Content, pictures: Pictures) -> str:
    file = content.build / "figures" / f"{MAP}.png"
    if not file.is_file():
        return ""
    return pictures.show(file.read_bytes(), content.figures[MAP]["alt"], up="")


def _add_files(content: Content, folder: Path) -> None:
    """Cards and data that pages link to; no caches or settings of the generator."""
    cards = folder / "cards"
    cards.mkdir()
    for card in content.cards.values():
        for name in [*card["files"].values(), f"{card['id']}.json"]:
            shutil.copyfile(content.build / "cards" / name, cards / name)
    (folder / "data").mkdir(exist_ok=True)
    for kind in ("figures", "tables"):
        (folder / "data" / kind).mkdir(exist_ok=True)
        for file in sorted((content.build / kind).glob("*.csv")):
            shutil.copyfile(file, folder / "data" / kind / file.name)
    shutil.copyfile(content.build / "claims.json", folder / "data" / "claims.json")
    for name in (".buildinfo", ".buildinfo.bak"):
        (folder / name).unlink(missing_ok=True)


def _checked(url: str) -> str:
    """The site's address with a slash at its end; nothing where there is none."""
    if not url:
        return ""
    if not url.startswith(("https://", "http://")) or str(escape(url)) != url or " " in url:
        raise SiteError(f"EVIDENCE_SITE_URL is {url!r}; give an address that begins with https://")
    return url.rstrip("/") + "/"

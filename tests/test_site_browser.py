"""The website in a real browser, opened as files: reading, copying, keyboard, accessibility."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
KINDS = (
    "index",
    "claims/pain",
    "claims/cited-study",
    "notebooks/00-start-here",
    "trace/pain",
    "trace/rules",
    "figures",
    "figures/evidence-map",
    "figures/pain-gap",
    "what-you-may-write",
    "reviewers",
    "clients",
    "check",
    "docs/methods",
    "pages",
    "search",
    "404",
)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; the machine script of CI installs it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, site: Path) -> Iterator[Callable[..., Any]]:
    """Open a page of the site as a file; requests that leave the machine fail the test."""
    contexts, left = [], []

    def go(name: str, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        context.on(
            "request",
            lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else left.append(r.url),
        )
        page = context.new_page()
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert left == []


def pasted(page: Any) -> str:
    """What arrives when somebody pastes."""
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('textarea'), {id: 'P'}))"
    )
    page.focus("#P")
    page.keyboard.press("Control+V")
    text: str = page.input_value("#P")
    page.evaluate("document.getElementById('P').remove()")
    return text


def test_from_the_front_page_to_a_pasted_figure_in_three_clicks(visit: Callable[..., Any]) -> None:
    page = visit("index")
    page.click(".board a >> nth=0")  # one
    page.click("button.copy.main")  # two; the third is the paste
    text = pasted(page)
    assert text.startswith("<figure>")
    assert 'alt="' in text
    assert "pain.png" in text
    assert page.inner_text(".copied").startswith("Copied")


def test_each_copy_button_puts_its_own_text_on_the_clipboard(visit: Callable[..., Any]) -> None:
    page = visit("claims/pain")
    buttons = page.query_selector_all("button[data-copy]")
    assert len(buttons) >= 5
    fair = page.inner_text(".wording .fair dd")
    for button in buttons:
        button.click()
        page.wait_for_timeout(50)
        wanted = page.text_content(f"#{button.get_attribute('data-copy')}")
        assert pasted(page) == wanted.replace("\r\n", "\n")
    page.click("[data-copy=snippet-sentence]")
    assert pasted(page).strip() == fair.strip()


def test_a_browser_that_keeps_the_clipboard_to_itself_still_copies(
    visit: Callable[..., Any],
) -> None:
    page = visit("claims/pain")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error('no')); }")
    page.click("[data-copy=snippet-sentence]")
    page.wait_for_timeout(50)
    assert pasted(page).strip() == page.inner_text(".wording .fair dd").strip()


def test_everything_can_be_read_without_javascript(visit: Callable[..., Any]) -> None:
    page = visit("index", java_script_enabled=False)
    page.click(".board a >> nth=0")
    assert page.locator(".plain-answer").is_visible()
    assert page.locator("table.answers").is_visible()
    assert page.locator("#notebook, #sources").first.is_visible()
    assert page.locator("button.copy:visible").count() == 0  # no button that does nothing
    page.click("details.snippets summary")
    assert page.locator("#snippet-sentence").is_visible()
    page.click(".traced >> nth=0")
    assert "/trace/" in page.url
    page.click(".site-menu >> text=Search")
    assert page.locator("noscript a, article a:has-text('all pages')").first.is_visible()


def test_the_keyboard_reaches_skip_link_menu_and_copy_button(visit: Callable[..., Any]) -> None:
    page = visit("claims/pain", viewport={"width": 1280, "height": 900})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to the text"
    page.wait_for_timeout(400)
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => {const e = document.activeElement, s = getComputedStyle(e);
            return [e.className, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
                    !!e.closest('article')]}"""
        )
        assert focus[1], f"no visible focus on {focus[0]!r}"
        assert focus[2], "the skip link did not lead into the text"
        seen.append(focus[0])
        if "copy main" in focus[0]:
            break
    assert "copy main" in seen[-1]
    page.keyboard.press("Enter")
    page.wait_for_timeout(50)
    assert pasted(page).startswith("<figure>")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(visit: Callable[..., Any], scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    options = {"runOnly": {"type": "tag", "values": list(STANDARDS)}}
    for kind in KINDS:
        page = visit(kind, color_scheme=scheme, viewport={"width": width, "height": 900})
        found = axe.run(page, options=options).response["violations"]
        told = [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found]
        assert told == [], kind
        page.close()


@pytest.mark.parametrize("width", [320, 360, 768])
def test_no_page_scrolls_sideways(visit: Callable[..., Any], width: int) -> None:
    for kind in KINDS:
        page = visit(kind, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind
        page.close()


def test_search_finds_a_claim_in_files_opened_from_a_disk(visit: Callable[..., Any]) -> None:
    page = visit("search")
    page.fill("#search-words", "serotonin")
    page.press("#search-words", "Enter")
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "a => a.map(x => x.href)")
    assert any("claims/serotonin.html" in link for link in links)
    assert page.input_value("#search-words") == "serotonin"


def test_print_leaves_out_what_paper_cannot_do(visit: Callable[..., Any]) -> None:
    page = visit("claims/pain", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".plain-answer").is_visible()
    for useless in (".site-header", ".sidebar-drawer", ".actions", ".downloads"):
        assert not page.locator(useless).first.is_visible(), useless
    ink = page.evaluate("getComputedStyle(document.querySelector('.plain-answer')).color")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")

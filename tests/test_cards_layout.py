"""What is drawn on a card: legible, inside the sheet, nothing over anything else."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from analysis.evidence.claims import load_claims
from analysis.evidence.tables import load_all
from analysis.publish import card_claims, card_drawing, card_figures, card_square, style
from analysis.publish.card_drawing import Picture
from analysis.publish.card_figures import FigurePicture
from analysis.publish.card_layout import SQUARE, WIDE, Format, Sheet, text_width, wrap

RESULTS = Path(__file__).resolve().parents[1] / "results"
#: Pixels at 150 dots per inch: read at a half (blog) and at a third (phone) of the drawn size.
LEAST_PX = {"wide": 18, "square": 27}
LEAST_FOOTER_PX = {"wide": 18, "square": 22}


def _pictures() -> tuple[dict[str, Picture], dict[str, FigurePicture]]:
    document = json.loads((RESULTS / "claims.json").read_text(encoding="utf-8"))
    claims, tables = load_claims(), load_all()
    about_claims = card_claims.claim_cards(document, claims, tables)
    about_figures = card_figures.figure_cards(RESULTS, document, claims, tables.sources)
    return {c.id: p for c, p in about_claims}, {c.id: p for c, p in about_figures}


CLAIMS, FIGURES = _pictures()
BOTH = pytest.mark.parametrize("form", [WIDE, SQUARE], ids=lambda form: form.name)


def claim_sheet(picture: Picture, form: Format) -> Sheet:
    with style.house():
        return card_drawing.draw(picture, form)


def boxes(sheet: Sheet) -> list[tuple[str, Bbox]]:
    """Each text and where its ink is, in inches."""
    renderer = FigureCanvasAgg(sheet.canvas).get_renderer()
    dpi = sheet.canvas.dpi
    return [(t.get_text(), t.get_window_extent(renderer).transformed(_inches(dpi)))
            for t in sheet.texts if t.get_text().strip()]  # fmt: skip


def _inches(dpi: float) -> Any:
    from matplotlib.transforms import Affine2D

    return Affine2D().scale(1 / dpi)


def check(sheet: Sheet, form: Format) -> None:
    found = boxes(sheet)
    assert found
    for text, box in found:
        assert box.x0 >= 0.1, f"{text!r} leaves the sheet at the left"
        assert box.y0 >= 0.04, f"{text!r} leaves the sheet at the bottom"
        assert box.x1 <= sheet.width - 0.1, f"{text!r} leaves the sheet at the right"
        assert box.y1 <= sheet.height - 0.04, f"{text!r} leaves the sheet at the top"
    for (one, a), (two, b) in itertools.combinations(found, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) <= 0.012, f"{one!r} lies over {two!r}"
    for box in marks(sheet):
        for text, b in found:
            wide = min(box.x1, b.x1) - max(box.x0, b.x0)
            high = min(box.y1, b.y1) - max(box.y0, b.y0)
            assert min(wide, high) <= 0.012, f"a bar lies over {text!r}"
    for text in sheet.texts:
        least = LEAST_PX[form.name]
        if text.get_color() == style.QUIET and text.get_fontsize() == form.foot:
            least = LEAST_FOOTER_PX[form.name]
        assert text.get_fontsize() * style.DPI / 72 >= least, text.get_text()


def marks(sheet: Sheet) -> Iterator[Bbox]:
    """Where intervals are drawn, in inches."""
    for patch in sheet.canvas.artists:
        if patch.get_zorder() >= 3 and hasattr(patch, "get_bbox"):
            box = patch.get_bbox()
            w, h = sheet.width, sheet.height
            yield Bbox([[box.x0 * w, box.y0 * h], [box.x1 * w, box.y1 * h]])


@BOTH
@pytest.mark.parametrize("claim_id", list(CLAIMS))
def test_a_claims_card_is_legible(claim_id: str, form: Format) -> None:
    check(claim_sheet(CLAIMS[claim_id], form), form)


@pytest.mark.parametrize("figure_id", list(FIGURES))
def test_a_figures_square_is_legible(figure_id: str) -> None:
    with style.house():
        sheet, _ = card_square.draw(FIGURES[figure_id])
    check(sheet, SQUARE)


def test_squares_are_set_anew_and_not_shrunk() -> None:
    assert {"natural-course", "neck-replication-weights"} <= set(FIGURES)
    with style.house():
        assert [name for name, p in FIGURES.items() if not card_square.draw(p)[1]] == []


@BOTH
@pytest.mark.parametrize("claim_id", ["pain", "cortisol", "safety", "cited-study"])
def test_finding_version_licence_and_what_one_may_write_are_in_the_image(
    claim_id: str, form: Format
) -> None:
    picture = CLAIMS[claim_id]
    text = " ".join(t.get_text() for t in claim_sheet(picture, form).texts)
    version = json.loads((RESULTS / "claims.json").read_text(encoding="utf-8"))["data_version"]
    for needed in (picture.title, picture.fair, f"data version {version}", "Source:", "CC BY 4.0"):
        assert needed in text
    assert picture.verdict_words.upper() in text


@BOTH
def test_both_ends_of_the_axis_are_named(form: Format) -> None:
    text = [t.get_text() for t in claim_sheet(CLAIMS["safety"], form).texts]
    assert "\u2190 fewer adverse events with massage" in text
    assert "more adverse events with massage \u2192" in text
    assert "1" in text  # a ratio's axis is labelled in ratios


@BOTH
def test_hostile_words_are_drawn_as_they_are(form: Format) -> None:
    hostile = "<script>alert(1)</script> $\\frac{1}{ & _x_ ]]> " + "W" * 90
    picture = replace(CLAIMS["cortisol"], claim=hostile, footer=hostile, gloss="$x$")
    sheet = claim_sheet(picture, form)
    check(sheet, form)
    assert "$" in " ".join(t.get_text() for t in sheet.texts)


def test_more_words_than_a_square_holds_are_refused_by_name() -> None:
    with pytest.raises(card_drawing.NoRoomError, match="Massage and pain"):
        claim_sheet(replace(CLAIMS["pain"], fair="word " * 300), SQUARE)


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x17E, exclude_categories=["Cc"]),
        max_size=200,
    ),
    st.floats(1.0, 7.0),
)
def test_no_line_is_wider_than_its_column_and_no_word_is_lost(text: str, inches: float) -> None:
    lines = wrap(text, inches, 13)
    assert all(text_width(line, 13) <= inches for line in lines)
    kept = "".join("".join(lines).split(" "))
    assert kept == "".join(c for c in text if c not in " \t\r\n")


@pytest.mark.parametrize("bound", ["49 to 112 %)", "very low certainty", "CC BY 4.0.", "et al."])
def test_a_line_does_not_part_what_belongs_together(bound: str) -> None:
    text = f"some words of any length before {bound} and after"
    for tenth in range(20, 60):
        assert any(bound in line for line in wrap(text, tenth / 10, 13)), tenth
    assert "".join(wrap(bound, 0.3, 13)).replace(" ", "") == bound.replace(" ", "")

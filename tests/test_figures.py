"""Figures: stand alone, name both ends of the axis, and come out the same every time."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from constructed import ask, both, pain, trials
from matplotlib.image import imread

from analysis.evidence import replication, tables, verdicts
from analysis.publish import claim_figures, figures, gap, replication_figures, responder_figure
from analysis.publish.figures import Figure
from analysis.stats.groups import subgroups
from analysis.stats.responders import shares_beyond

SOURCES = ("Made-up A. 2020",)


def _all_figures() -> list[Figure]:
    studies, contrasts = both(
        trials([-24.0, -20.0, -26.0], comparator="no_treatment", dose="high"),
        trials([-2.0, 1.0, -30.0, 3.0], dose=["low", "low", "high", "high"]),
    )
    judged = verdicts.judge(pain(), studies, contrasts)
    none, sham = judged.answer("no_treatment", "short"), judged.answer("sham", "short")
    rows = sham.selection.rows
    test = subgroups(rows["effect"], rows["variance"], rows["dose"])
    shares = [shares_beyond(-5, -9, -1, sd=20, margin=10)] * 2
    review = replication.study_rows(tables.load_all(), "gross2024")
    weights, pooled = replication.weights(review), replication.pooled_results(review)
    return [
        claim_figures.answer_forest(sham, "v1", SOURCES),
        claim_figures.subgroup_forest(sham, test, "dose", "v1", SOURCES),
        gap.comparator_gap(judged, "short", "v1", SOURCES),
        responder_figure.responder_bars([none, sham], shares, 20.0, "v1", SOURCES),
        replication_figures.weight_differences(weights, "v1", SOURCES[0]),
        replication_figures.old_and_new(pooled, "v1", SOURCES[0]),
    ]


@pytest.fixture(scope="module")
def drawn() -> list[Figure]:
    return _all_figures()


def _texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.canvas.findobj(lambda o: hasattr(o, "get_text"))]
    return " ".join(found)


def test_each_says_title_source_version_and_licence(drawn: list[Figure]) -> None:
    for figure in drawn:
        text = " ".join(_texts(figure).split())
        assert " ".join(figure.title.split()) in text
        for needed in (SOURCES[0], "Data version v1", "CC BY 4.0"):
            assert needed in text, figure.id


def test_effects_name_both_ends_of_their_axis(drawn: list[Figure]) -> None:
    for figure in drawn:
        if figure.id in ("pain-responders", "neck-replication-weights"):
            continue  # shares of people, and differences in weight: no side favours anybody
        text = _texts(figure)
        assert "\u2190 favours massage" in text, figure.id
        assert "favours comparison \u2192" in text, figure.id


def test_favours_massage_is_where_fewer_symptoms_are() -> None:
    studies, contrasts = trials([20.0, 22.0, 24.0], lower_is_better=False)
    answer = ask(pain(), "sham", "short", studies, contrasts)
    figure = claim_figures.answer_forest(answer, "v1", SOURCES)
    assert (figure.data["effect"] < 0).all()
    axes = figure.canvas.axes[0]
    left, right = axes.get_xlim()
    assert left < 0 < right


def test_words_stand_beside_every_figure(drawn: list[Figure]) -> None:
    for figure in drawn:
        assert len(figure.title) < 160
        assert len(figure.caption) > len(figure.title)
        assert figure.alt
        assert figure.sources == SOURCES
    assert len({figure.id for figure in drawn}) == len(drawn)


def test_saved_whole_and_byte_for_byte_the_same(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        for figure in _all_figures():
            figures.save(figure, tmp_path / folder)
    names = sorted(p.name for p in (tmp_path / "one" / "figures").iterdir())
    assert not [name for name in names if name.endswith(".partial")]
    for name in names:
        one, two = (tmp_path / folder / "figures" / name for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


def test_saved_files_hold_the_picture_the_data_and_the_words(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    figure = drawn[0]
    saved = figures.save(figure, tmp_path)
    assert imread(saved.with_suffix(".png")).shape[1] == 1200
    assert len(pd.read_csv(saved.with_suffix(".csv"))) == len(figure.data)
    words = json.loads(saved.with_suffix(".json").read_text(encoding="utf-8"))
    assert (words["id"], words["claim"], words["alt"]) == (figure.id, "pain", figure.alt)
    assert "<dc:date>" not in saved.read_text(encoding="utf-8")


def test_nothing_to_draw_is_said() -> None:
    studies, contrasts = trials([-3.0])
    empty = ask(pain(), "active", "long", studies, contrasts)
    with pytest.raises(ValueError, match="pain active/long: nothing to draw"):
        claim_figures.answer_forest(empty, "v1", SOURCES)

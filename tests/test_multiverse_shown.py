"""The specification curve as a reader meets it: the command and the figure."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from command import evidence

from analysis.evidence import spec_summary
from analysis.evidence.claims import load_claims
from analysis.publish import figures, specification_figure
from analysis.stats.multiverse import specification_curve


def test_the_command_says_what_moves_the_answer_and_keeps_every_row(tmp_path: Path) -> None:
    out = tmp_path / "curve.csv"
    code, said, _ = evidence("multiverse", "pain", "--limit", "400", "--out", out)
    assert code == 0
    assert "of which 400 were fitted" in said
    assert "another verdict in" in said
    assert "no probabilities" in said
    table = pd.read_csv(out)
    assert len(table) == 400
    assert table["primary"].sum() == 2
    assert [p.name for p in tmp_path.iterdir()] == ["curve.csv"]


def test_json_holds_the_choices_the_shares_and_both_ends() -> None:
    _, said, _ = evidence("multiverse", "function", "--limit", "300", "--json")
    document = json.loads(said)
    assert document["fitted"] == 300 < document["specifications"]
    assert "model" in {c["choice"] for c in document["choices"]}
    for answer in document["answers"]:
        assert sum(answer["verdicts"].values()) == pytest.approx(1)
        best, worst = answer["most_favourable"], answer["least_favourable"]
        assert best["ci_high"] <= worst["ci_high"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("pian",), "Did you mean 'pain'"),
        (("cited-study",), "one paper"),
        (("pain", "--limit", "1"), "too small"),
        (("safety", "--scheduler", "here"), "not known"),
        (("safety", "--out", "/nowhere/at/all.csv"), "/nowhere/at"),
    ],
)
def test_bad_input_is_named_and_exits_with_two(arguments: tuple[str, ...], why: str) -> None:
    code, said, _ = evidence("multiverse", *arguments, "--json")
    assert code == 2
    assert why in json.loads(said)["error"]


def test_the_figure_shows_each_answer_apart_with_its_pre_specified_analysis(
    tmp_path: Path,
) -> None:
    claim = load_claims()["pain"]
    table = specification_curve("pain", limit=3000)
    answers = spec_summary.spreads(claim, table)
    drawn = specification_figure.specification_curve(
        claim, answers, table.attrs["choices"], "1", ("A paper",)
    )
    for a in answers:
        own = drawn.data[drawn.data["answer"] == f"{a.comparator}/{a.horizon}"]
        assert 20 < len(own) <= specification_figure.DRAWN + 1
        assert own["primary"].sum() == 1
        assert own["rescaled"].is_monotonic_increasing
        assert f"{100 * a.supporting:.0f} %" in drawn.title
        assert f"{100 * a.changed:.0f} %" in drawn.caption
    assert "no probabilities" in drawn.caption
    svg = figures.save(drawn, tmp_path)
    assert svg.stat().st_size < 350_000
    assert svg.with_suffix(".csv").stat().st_size < 100_000


@pytest.mark.parametrize(
    ("claim_id", "shown", "why"),
    [("safety", False, "no deciding answer"), ("range-of-motion", True, "nothing to choose")],
)
def test_a_figure_without_a_curve_is_refused(claim_id: str, shown: bool, why: str) -> None:
    claim, table = load_claims()[claim_id], specification_curve(claim_id)
    answers = spec_summary.spreads(claim, table) if shown else ()
    with pytest.raises(ValueError, match=why):
        specification_figure.specification_curve(claim, answers, table.attrs["choices"], "1", ())


@pytest.mark.parametrize("claim_id", ["safety", "sleep", "parasympathetic"])
def test_small_curves_can_be_drawn_too(claim_id: str) -> None:
    claim, table = load_claims()[claim_id], specification_curve(claim_id)
    answers = spec_summary.spreads(claim, table)
    drawn = specification_figure.specification_curve(
        claim, answers, table.attrs["choices"], "1", ("A paper",)
    )
    assert len(drawn.data) >= 1


def test_shares_by_measure_say_against_which_margin() -> None:
    """The margins differ in size; a share over both measures hides which one decided."""
    table = specification_curve("pain", limit=3000)
    for a in spec_summary.spreads(load_claims()["pain"], table):
        m = a.by_measure().set_index("measure")
        assert m["analyses"].sum() == len(a.crossed)
        assert m.loc["SMD", "rescaled_margin"] == pytest.approx(
            m.loc["SMD", "margin"] * table.attrs["typical_sd"]
        )
        assert m.loc["SMD", "rescaled_margin"] < m.loc["MD", "rescaled_margin"]
        share = (m["for_massage"] * m["analyses"]).sum() / m["analyses"].sum()
        assert share == pytest.approx(a.supporting)
        small = a.crossed[a.crossed["measure"].eq("SMD") & a.crossed["speaks_for"]]
        own = m.loc["MD", "margin"]
        assert m.loc["SMD", "smaller"] == pytest.approx((small["rescaled"].abs() < own).mean())

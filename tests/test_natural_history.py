"""The real trial: our reading of it against the paper's, and the kept tables against the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.clients import external, natural_history
from analysis.evidence import tables

DECLARED = external.declared()[natural_history.DATA_SET]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    """The trial's people, from the copy beside the repository or wherever it is at hand."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "external" / DECLARED.file
    with pytest.MonkeyPatch.context() as patch:
        if beside.is_file():
            patch.setenv(external.VARIABLE, str(beside))
        path = external.find(natural_history.DATA_SET)
    if path is None:
        pytest.skip(f"{DECLARED.file} is not at hand: `python -m analysis.clients.natural_history`")
    return natural_history.read_trial(path)


def test_only_randomised_patients_are_read(people: pd.DataFrame) -> None:
    assert people["arm"].value_counts().to_dict() == {
        "open_label_placebo": 51,
        "pain_reprocessing_therapy": 50,
        "usual_care": 50,
    }


@pytest.mark.parametrize("name", natural_history.TABLES)
def test_the_kept_tables_are_what_the_file_gives(people: pd.DataFrame, name: str) -> None:
    made = getattr(natural_history, name)(people).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        made, natural_history.load(name), rtol=1e-8, atol=1e-8, check_dtype=False
    )


@pytest.mark.parametrize("outcome", ["pain", "disability", "sleep", "anxiety", "depression"])
def test_means_and_sds_after_treatment_are_the_paper_s(outcome: str) -> None:
    named = {"disability": "function"}.get(outcome, outcome)
    printed = tables.load("natural_history").query("time == 'post_treatment'")
    printed = printed[printed["outcome"] == named]
    ours = natural_history.load("month_change").query("outcome == @outcome").set_index("arm")
    assert len(printed) == 3
    for _, row in printed.iterrows():
        assert ours.loc[row["arm"], "mean_end"] == pytest.approx(row["mean"], abs=0.0051)
        assert ours.loc[row["arm"], "sd_end"] == pytest.approx(row["sd"], abs=0.0051)


def test_responders_are_the_paper_s_with_dropouts_counted_as_not() -> None:
    shares = natural_history.load("month_shares")
    free = shares[shares["rule"].eq("pain_free_or_nearly") & shares["start_from"].isna()]
    ours = {r["arm"]: [r["events"], r["n_randomised"]] for _, r in free.iterrows()}
    place = DECLARED.reported["responders"]
    assert ours == {arm: counts for arm, counts in place.items() if arm != "place"}
    assert (free["n"] < free["n_randomised"]).all()  # there were dropouts


def test_effects_on_pain_come_within_a_twentieth_of_the_paper_s() -> None:
    effects = natural_history.load("month_effects").query("outcome == 'pain'")
    for _, row in effects.iterrows():
        for printed in DECLARED.reported["effects"]["pain"][row["comparator"]]:
            assert row["g"] == pytest.approx(printed, abs=0.05)
            assert row["ci_low"] < printed < row["ci_high"]


def test_the_file_takes_the_text_s_side_on_sleep_and_depression() -> None:
    found = natural_history.load("month_effects").pivot(
        index="comparator", columns="outcome", values="g"
    )
    text, table = (DECLARED.reported["disagreement"][r] for r in ("text", "table"))
    assert abs(text["depression"]) > abs(text["sleep"])
    assert abs(table["depression"]) < abs(table["sleep"])
    assert (found["depression"].abs() > found["sleep"].abs()).all()
    for comparator in found.index:
        apart = {
            reading: sum((found.loc[comparator, o] - v) ** 2 for o, v in values.items())
            for reading, values in (("text", text), ("table", table))
        }
        assert apart["text"] < apart["table"]


def test_who_is_picked_for_pain_improves_and_backwards_it_vanishes() -> None:
    picked = natural_history.load("month_selection").query("arm == 'usual_care'")
    at = picked.set_index(["picked_at", "pain_at_least"])["difference"]
    assert at["start", 4] < at["start", 3] < at["start", 0] < 0
    # turned round, those who end with much pain were not worse before
    assert at["end", 4] <= 0 < at["end", 0]


def test_an_arm_s_month_is_what_the_table_says() -> None:
    usual = natural_history.course("pain", "usual_care")
    row = natural_history.load("month_change").query("outcome == 'pain' and arm == 'usual_care'")
    assert usual.n == row["n"].item()
    assert usual.mean_change == pytest.approx((row["mean_end"] - row["mean_start"]).item())
    shown = natural_history.load("month_selection").query(
        "arm == 'usual_care' and picked_at == 'start' and pain_at_least == 0"
    )
    assert usual.sd_change == pytest.approx(shown["sd_difference"].item())


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="no outcome 'mood'"):
        natural_history.course("mood", "usual_care")
    with pytest.raises(ValueError, match="no derived table"):
        natural_history.load("week_change")


def test_the_kept_tables_hold_groups_only() -> None:
    for name in natural_history.TABLES:
        table = natural_history.load(name)
        assert len(table) < 151
        assert not any(column == "id" for column in table.columns)
    assert (natural_history.load("month_change")["n"] >= 40).all()


def test_their_guide_names_the_file_s_hash_and_the_command(root: Path) -> None:
    guide = (root / "data" / "derived" / "README.md").read_text()
    assert DECLARED.sha256 in guide
    assert "python -m analysis.clients.natural_history" in guide
    assert all(f"`{name}.csv`" in guide for name in natural_history.TABLES)


def test_the_bootstrap_agrees_with_the_normal_theory() -> None:
    effects = natural_history.load("month_effects")
    n, m, g = effects["n_t"], effects["n_c"], effects["g"]
    se = np.sqrt(1 / n + 1 / m + g**2 / (2 * (n + m)))
    assert ((effects["ci_high"] - effects["ci_low"]) / (2 * 1.96 * se)).between(0.85, 1.25).all()

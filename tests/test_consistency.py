"""The checks over all rows: what must be found in spoilt tables, and that nothing is dropped."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.evidence import bias, consistency, flags, instruments, overturn, tables
from analysis.evidence.claims import load_claims


@pytest.fixture(scope="module")
def evidence():
    return tables.load_all()


@pytest.fixture(scope="module")
def answers(evidence):
    return consistency.answers_of(evidence)


@pytest.fixture(scope="module")
def found(evidence, answers):
    return consistency.flags(evidence, answers=answers)


def spoilt(evidence, row: str, **cells: object):
    """The tables with some cells of one contrast changed; the loaded ones stay as they are."""
    contrasts = evidence.contrasts.copy()
    at = contrasts.index[contrasts["contrast_id"].eq(row)][0]
    for column, value in cells.items():
        contrasts.loc[at, column] = value
    values = {f: getattr(evidence, f) for f in evidence.__dataclass_fields__}
    return tables.Tables(**(values | {"contrasts": contrasts}))


def fresh(before: pd.DataFrame, evidence) -> set[tuple[str, str]]:
    """Checks and rows that were not flagged before."""
    after = consistency.flags(evidence)
    known = set(zip(before["check"], before["row_id"], strict=True))
    return set(zip(after["check"], after["row_id"], strict=True)) - known


def test_flags_have_the_agreed_shape_and_point_to_real_rows(evidence, found):
    assert list(found.columns) == flags.COLUMNS
    assert set(found["severity"]) <= set(flags.SEVERITIES)
    assert not found.isna().any().any()
    keys = {"contrasts": "contrast_id", "studies": "study_id", "sources": "source_id",
            "thresholds": "threshold_id"}  # fmt: skip
    for name, part in found.groupby("table"):
        table = getattr(evidence, name)
        assert part["row_id"].isin(table[keys.get(name, "row_id")]).all(), name


def test_the_worst_comes_first_and_nothing_twice(found):
    ranks = found["severity"].map(flags.SEVERITIES.index)
    assert ranks.is_monotonic_increasing
    assert not found.duplicated().any()


def test_flagging_changes_no_table_and_no_answer(evidence, answers):
    before = evidence.contrasts.copy()
    found = consistency.flags(evidence, answers=answers)
    consistency.what_it_changes(found, evidence, answers)
    pd.testing.assert_frame_equal(evidence.contrasts, before)


NECK = "neck-A1.1-briem2007"


@pytest.mark.parametrize(
    ("row", "cells", "check", "table_row"),
    [
        ("unal2016-sleep-2", {"mean_t": 5.55}, "GRIM", None),
        ("unal2016-sleep-2", {"sd_t": 0.215}, "SDs far apart", None),
        ("unal2016-sleep-2", {"sd_t": 0.36, "sd_c": 0.42}, "huge effect", None),
        ("gentile2018-pain-1", {"scale_max": 100.0}, "scale v name", None),
        ("gentile2018-pain-1", {"n_t": 2810}, "sizes apart", None),
        ("irnich2001-pain-4", {"md": 17.9}, "off centre", None),
        ("saha2017-pain-1", {"p_value": 0.4}, "p v interval", None),
        ("unal2016-sleep-2", {"comparator": "sham"}, "comparator v trial", None),
        (NECK, {"mean_t": 29.0, "mean_c": 36.0}, "review v arms", "gross2024-A1.1-briem2007"),
        (NECK, {"comparator": "no_treatment"}, "review v table", "gross2024-A1.1-briem2007"),
        (NECK, {"lower_is_better": False}, "orientation", None),
        (NECK, {"timepoint_weeks": 52.0}, "time v words", None),
        ("unal2016-sleep-2", {"mean_t": 10.19, "sd_t": 5.39, "mean_c": 12.55, "sd_c": 6.2},
         "twin figures", None),
    ],
)  # fmt: skip
def test_a_planted_error_is_flagged(evidence, found, row, cells, check, table_row):
    new = fresh(found, spoilt(evidence, row, **cells))
    assert (check, table_row or row) in new, sorted(new)


def test_a_threshold_that_claims_do_not_share_is_flagged(evidence, found):
    claim = next(c for c in load_claims().values() if c.effect == "MD")
    t = evidence.thresholds.copy()
    t.loc[t["threshold_id"].eq(claim.threshold_id), "value"] *= 2
    values = {f: getattr(evidence, f) for f in evidence.__dataclass_fields__}
    new = fresh(found, tables.Tables(**(values | {"thresholds": t})))
    assert ("threshold v claim", claim.threshold_id) in new


def test_what_it_changes_is_what_leaving_the_row_out_gives(evidence, answers, found):
    changes = consistency.what_it_changes(found, evidence, answers)
    assert len(changes)
    for row in changes.itertuples():
        before = next(
            a
            for a in answers[row.claim]
            if (a.comparator, a.horizon) == (row.comparator, row.horizon)
        )
        assert row.k == len(before.rows)
        assert row.verdict == before.verdict
        assert row.row_id in before.rows or row.row_id == "all of these"
        assert row.k_without < row.k or row.row_id == "all of these"


@pytest.mark.parametrize(
    ("name", "sure", "maybe"),
    [("PSQI", True, False), ("VAS 0-10", False, True), ("Roland-Morris 0-24", True, False),
     ("SF-36v2 PCS, % clinically improved", False, False), ("chest expansion, cm", False, False),
     (None, False, False)],
)  # fmt: skip
def test_only_whole_number_scales_may_be_called_impossible(name, sure, maybe):
    surely, perhaps = instruments.grain(pd.Series([name], dtype="string"))
    assert (surely[0], perhaps[0]) == (sure, maybe)


@pytest.mark.parametrize(
    ("name", "ends"),
    [("NRS 0-10", (0, 10)), ("Oswestry (ODQ) 0-100", (0, 100)), ("pNN50 %, 0-5 min after", None),
     ("PSQI", None), ("STAI 20 to 80", (20, 80))],
)  # fmt: skip
def test_scale_ends_are_read_from_names_only_where_they_are_ends(name, ends):
    low, high = instruments.named_ends(pd.Series([name], dtype="string"))
    assert (low[0], high[0]) == ends if ends else low[0] != low[0]


def test_decimals_are_those_that_a_stored_figure_shows():
    shown = flags.decimals(pd.Series([1.0, 1.5, 0.209, None, -12.25]))
    assert shown.tolist()[:3] == [0, 1, 3]
    assert shown[3] != shown[3]
    assert shown[4] == 2


# --- What could be missing ------------------------------------------------------------------------


def test_no_added_trial_is_the_answer_itself(answers):
    for answer in bias.pools(answers):
        same = overturn.with_trials(answer, 0, 100)
        assert same.verdict == answer.verdict
        assert same.pooled.estimate == pytest.approx(answer.pooled.estimate)
        assert same.certainty == answer.certainty


def test_enough_trials_of_nothing_shrink_any_answer_and_the_fewest_is_the_fewest(answers):
    pools = bias.pools(answers)
    for answer in pools:
        shrunk = overturn.with_trials(answer, 50, 1000)
        assert abs(shrunk.pooled.estimate) < abs(answer.pooled.estimate)
    table = overturn.null_trials(pools, sizes=(400,))
    for row, answer in zip(table.itertuples(), pools, strict=True):
        assert overturn.with_trials(answer, row.trials, 400).verdict == row.becomes
        if row.trials > 1:
            assert overturn.with_trials(answer, row.trials - 1, 400).verdict == answer.verdict


@pytest.mark.parametrize(("trials", "people"), [(-1, 100), (1, 2)])
def test_nonsense_trials_are_refused(answers, trials, people):
    with pytest.raises(ValueError, match="trials >= 0"):
        overturn.with_trials(bias.pools(answers)[0], trials, people)


def test_corrections_cover_every_pool_and_warn_where_there_are_few(answers):
    pools = bias.pools(answers)
    table = bias.corrections(pools)
    assert len(table) == len(pools)
    few = table["k"] < 10
    assert table.loc[few, "warning"].str.contains("too few").all()
    assert table.loc[few, ["egger_p", "trim_and_fill"]].isna().all().all()
    assert table.loc[~few, "egger_p"].between(0, 1).all()
    # a selection that hides unwelcome results can only have made the pool look better
    assert (table["severe"] > table["moderate"]).all()


def test_funding_is_only_what_a_note_says(evidence, answers):
    table = bias.funding(evidence, answers)
    assert len(table)
    notes = pd.concat(
        [getattr(evidence, name)["note"] for name in ("contrasts", "reviews", "studies")]
    )
    for funder in table["funder"]:
        assert notes.str.contains(f"unded by {funder}", regex=False).any()

"""From printed figures to aligned effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from constructed import trials

from analysis.evidence.contrasts import horizon, with_effects


def test_scales_are_rescaled_to_a_hundred() -> None:
    _, rows = trials([-2.4], sd=2.0, scale_max=10.0)
    out = with_effects(rows, "MD")
    assert out["effect"].iloc[0] == pytest.approx(-24.0)
    assert out["variance"].iloc[0] == pytest.approx(2 * 20.0**2 / 100)


def test_without_end_points_there_is_no_mean_difference_but_a_standardised_one() -> None:
    _, rows = trials([-10.0], scale_min=np.nan, scale_max=np.nan)
    assert with_effects(rows, "MD")["unusable"].iloc[0] == "no_common_scale"
    assert with_effects(rows, "SMD")["effect"].iloc[0] == pytest.approx(-0.498, abs=1e-3)


@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_interval_and_exact_p_give_what_the_arms_give(measure: str) -> None:
    from scipy import stats

    _, arms = trials([-8.0], n=60)
    half = stats.norm.ppf(0.975) * np.sqrt(2 * 20.0**2 / 60)
    gone = {"mean_t": np.nan, "sd_t": np.nan, "mean_c": np.nan, "sd_c": np.nan}
    _, interval = trials([-8.0], n=60, md=-8.0, ci_low=-8.0 - half, ci_high=-8.0 + half)
    p = 2 * stats.t.sf(8.0 / np.sqrt(2 * 20.0**2 / 60), 118)
    _, exact = trials([-8.0], n=60, md=-8.0, p_value=p)
    expected = with_effects(arms, measure)
    for rows, source in ((interval, "interval"), (exact, "exact p")):
        out = with_effects(rows.assign(**gone), measure)
        assert source in out["derived_from"].iloc[0]
        assert out["effect"].iloc[0] == pytest.approx(expected["effect"].iloc[0], rel=1e-3)
        assert out["variance"].iloc[0] == pytest.approx(expected["variance"].iloc[0], rel=1e-3)


def test_direction_only_gives_no_effect() -> None:
    _, rows = trials([-8.0], mean_t=np.nan, sd_t=np.nan, direction="favours_massage")
    out = with_effects(rows, "MD")
    assert out["effect"].isna().all()
    assert out["unusable"].iloc[0] == "no_usable_figures"


def test_counts_give_log_risk_ratios() -> None:
    _, rows = trials([0.0], events_t=10, events_c=20)
    out = with_effects(rows, "RR")
    assert out["effect"].iloc[0] == pytest.approx(np.log(0.5))


@pytest.mark.parametrize(
    ("weeks", "word", "expected"),
    [
        (0, None, "immediate"),
        (12, None, "short"),
        (12.5, "short-term", "medium"),
        (26, None, "medium"),
        (27, None, "long"),
        (None, "short-term", "short"),
        (None, "long-term", "long"),
    ],
)
def test_weeks_decide_the_window_and_words_stand_in(
    weeks: float | None, word: str | None, expected: str
) -> None:
    rows = pd.DataFrame({"timepoint_weeks": [weeks], "horizon_reported": [word]})
    assert horizon(rows).tolist() == [expected]


def test_neither_weeks_nor_word_gives_no_window() -> None:
    rows = pd.DataFrame({"timepoint_weeks": [np.nan], "horizon_reported": ["post treatment"]})
    assert horizon(rows).isna().all()


def test_unknown_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="'OR' is not one of"):
        with_effects(trials([0.0])[1], "OR")

"""The specification curve: each specification is what the slow, plain path gives, and no other."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.evidence import choices as ch
from analysis.evidence import spec_overall, spec_summary, specifications, tables
from analysis.evidence.answers import margin_of, settles_nothing, word
from analysis.evidence.certainty import assess
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.selection import DIRECT, cautioned, prepare, select
from analysis.evidence.verdicts import overall
from analysis.stats import multiverse, sensitivity
from analysis.stats.equivalence import equivalence
from analysis.stats.multiverse import Choice, specification_curve
from analysis.stats.pooling import PooledEffect, pool
from analysis.stats.pools import lay_out
from analysis.stats.schedulers import SchedulerError, run
from analysis.stats.small_studies import egger

FIGURES = ["estimate", "ci_low", "ci_high", "p", "tau2", "i2"]


@pytest.fixture(scope="module")
def evidence() -> tables.Tables:
    return tables.load_all()


@pytest.fixture(scope="module")
def pain() -> pd.DataFrame:
    return specification_curve("pain")


@pytest.fixture(scope="module")
def committed() -> dict[str, dict]:
    root = Path(__file__).resolve().parents[1]
    document = json.loads((root / "results" / "claims.json").read_text(encoding="utf-8"))
    return {claim["id"]: claim for claim in document["claims"]}


def test_pain_has_thousands_of_specifications_and_none_twice(pain: pd.DataFrame) -> None:
    assert len(pain) >= 10_000
    assert pain.attrs["total"] == len(pain)
    columns = [c.name for c in pain.attrs["choices"]] + ["left_out_trials"]
    assert not pain.duplicated(columns).any()
    alone = pain[pain["k"] < 2]  # only where the pre-specified rules leave one trial
    assert set(zip(alone["comparator"], alone["window"], strict=True)) == {
        ("sham", "medium"),
        ("active", "short"),
        ("add_on", "medium"),
        ("add_on", "long"),
    }


@pytest.mark.parametrize(
    "claim_id",
    ["pain", "function", "quality-of-life", "range-of-motion", "stress-anxiety", "sleep", "safety"],
)
def test_the_pre_specified_specification_is_the_committed_answer(
    claim_id: str, committed: dict[str, dict]
) -> None:
    curve = specification_curve(claim_id, limit=50)
    answers = {(a["comparator"], a["horizon"]): a for a in committed[claim_id]["answers"]}
    decided = load_claims()[claim_id].decided_by
    first = curve[curve["primary"]]
    expected = [q for q in decided if answers[q]["estimate"] is not None]
    assert sorted(zip(first["comparator"], first["window"], strict=True)) == sorted(expected)
    for row in first.to_dict("records"):
        answer = answers[row["comparator"], row["window"]]
        given = {name: answer[name] for name in ("estimate", "ci_low", "ci_high")}
        given |= {name: answer[name] for name in ("prediction_low", "prediction_high")}
        given |= {name: answer["detail"][name] for name in ("tau2", "i2", "p")}
        for name, value in given.items():
            value = np.nan if value is None else value
            assert row[name] == pytest.approx(value, rel=1e-9, nan_ok=True), name
        counts = {name: None if pd.isna(row[name]) else row[name] for name in ("k", "n")}
        assert counts == {"k": answer["k"], "n": answer["n"]}
        assert (row["verdict"], row["certainty"]) == (answer["verdict"], answer["certainty"])


def test_every_other_committed_pool_of_two_trials_or_more_is_in_the_curve(
    pain: pd.DataFrame, committed: dict[str, dict]
) -> None:
    plain = pain[pain["left_out"].eq("none") & pain["model"].eq("PM + HKSJ")]
    for choice in pain.attrs["choices"]:
        if not choice.question and choice.name in plain:
            plain = plain[plain[choice.name].astype(str).eq(choice.options[0])]
    seen = {(r.comparator, r.window): r.verdict for r in plain.itertuples()}
    pooled = [a for a in committed["pain"]["answers"] if (a["k"] or 0) >= 2]
    assert len(pooled) >= 4
    for answer in pooled:
        assert seen[answer["comparator"], answer["horizon"]] == answer["verdict"]


@functools.cache
def prepared(claim: Claim) -> pd.DataFrame:
    return prepare(claim, tables.load("studies"), tables.load("contrasts"))


def slowly(spec: dict, evidence: tables.Tables) -> dict[str, object]:
    """One specification by selection, pooling, grading and wording of single answers."""
    base = load_claims()["pain"]
    tau2, interval = spec["model"].split(" + ")
    claim = replace(
        base,
        effect=spec["measure"],
        signed_p=spec["p_rebuilt"] == "yes",
        published=(),
        tau2=tau2,
        interval=interval,
        designs=(*base.designs, "non_randomised") if "also" in spec["design"] else base.designs,
        doses=base.doses[::-1] if "lowest" in spec["effect_of_trial"] else base.doses,
        last_time_point="first time" not in spec["effect_of_trial"],
        cautions_out={
            "as pre-specified": base.cautions_out,
            "fewer": (),
            "no adjusted": (*base.cautions_out, "adjusted"),
        }[spec["cautions"]],
    )
    rows = prepared(claim)
    rows = rows[~cautioned(rows, ch.NEVER) & rows["condition"].notna()]
    if spec["modality"] == "any touch":
        rows = rows.assign(ok_modality=True)
    elif spec["modality"].startswith("only "):
        rows = rows.assign(ok_modality=rows["modality"].eq(spec["modality"][5:]).fillna(False))
    direct = rows["direct"]
    if spec["population"] == "said to be chronic":
        rows = rows[rows["duration"].eq("chronic").fillna(False)]
    elif spec["population"] == "anybody":
        rows = rows.assign(direct=True)
    against = ch.GROUPS.get(spec["comparator"], (spec["comparator"],))
    when = ch.WINDOWS.get(spec["window"], (spec["window"],))
    rows = rows[rows["comparator"].isin(against) & rows["horizon"].isin(when)]
    rows = rows[~rows["name"].isin(spec["left_out_trials"].split("; "))]
    rows = rows.assign(comparator="sham", horizon="short")
    if spec["correlation"] != "as printed":
        rows = _correlated(rows, float(spec["correlation"][4:]), spec["measure"])
    chosen = select(claim, "sham", "short", rows).rows
    if spec["effect_of_trial"] == ch.AVERAGE:
        r = 1.0 if spec["correlation"] == "as printed" else float(spec["correlation"][4:])
        chosen = _averaged(claim, rows, r)
    two = len(chosen) == 2 and interval == "HKSJ"
    pooled = pool(
        chosen["effect"], chosen["variance"], tau2=tau2, interval="normal" if two else interval
    )
    margin = margin_of(base, spec["measure"])
    ours = chosen["contrast_id"].map(
        pd.Series(direct.to_numpy(), index=rows_index(evidence, direct))
    )
    chosen = chosen.assign(duration=chosen["duration"].where(ours.to_numpy(bool)))
    open_to = next((a for a in against if a != "sham"), "sham")
    population = DIRECT if ours.any() else "indirect"
    sure = assess(claim, open_to, chosen, pooled, margin, population)
    n = int(chosen["n"].sum()) if chosen["n"].notna().all() else None
    same = equivalence(pooled.estimate, max(pooled.se, 1e-12 * margin), pooled.df, margin)
    verdict = word(
        pooled,
        sure.level,
        margin,
        same.equivalent,
        settles_nothing=settles_nothing(base, len(chosen), n),
    )
    return {
        "pooled": pooled,
        "certainty": sure.level,
        "verdict": verdict,
        "n": n,
        "direct": bool(ours.any()),
    }


def rows_index(evidence: tables.Tables, direct: pd.Series) -> pd.Series:
    return evidence.contrasts.loc[direct.index, "contrast_id"]


def _correlated(rows: pd.DataFrame, r: float, measure: str) -> pd.DataFrame:
    rows = rows.copy()
    for i, row in rows.iterrows():
        told, cautions = str(row["derived_from"]), str(row["caution"]).split(";")
        if measure == "SMD" and row["report_type"] == "arm_change" and told == "arms":
            factor = 2 * (1 - r)
        elif measure == "SMD" and "adjusted" in cautions and told.startswith("difference"):
            factor = 1 - r * r
        else:
            factor = 1.0
        rows.loc[i, "effect"] = row["effect"] * factor**0.5
        paired = "paired" in cautions or row["design"] == "crossover_rct"
        rows.loc[i, "variance"] = row["variance"] * factor
        if paired and told == "arms":
            rows.loc[i, "variance"] *= 1 - r
    return rows


def _averaged(claim, rows: pd.DataFrame, r: float) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    """All rows of each trial that may be used, as one."""
    apart = rows.assign(study_id=rows["contrast_id"])
    every = select(claim, "sham", "short", apart).rows
    every["study_id"] = rows.set_index("contrast_id").loc[every["contrast_id"], "study_id"].array
    out = []
    for _, own in every.groupby("study_id", sort=False):
        v = own["variance"].to_numpy(float)
        total = sum(
            v[i] if i == j else r * (v[i] * v[j]) ** 0.5
            for i in range(len(v))
            for j in range(len(v))
        )
        n = own["n"].max() if own["n"].notna().all() else pd.NA
        first = own.iloc[[0]]
        out.append(
            first.assign(effect=own["effect"].mean(), variance=total / len(v) ** 2, n=n)
        )  # fmt: skip
    return pd.concat(out, ignore_index=True)


def test_fifty_specifications_are_what_the_plain_path_gives(
    pain: pd.DataFrame, evidence: tables.Tables
) -> None:
    picked = pain.sample(50, random_state=20)
    assert picked["left_out"].nunique() == 3
    _compare(picked, evidence)


@pytest.mark.parametrize(
    ("column", "option"),
    [
        ("effect_of_trial", ch.AVERAGE),
        ("correlation", "r = 0.7"),
        ("p_rebuilt", "yes"),
        ("population", "anybody"),
        ("certainty", "moderate"),
        ("verdict", "not_supported"),
    ],
)
def test_rare_options_are_what_the_plain_path_gives(
    pain: pd.DataFrame, evidence: tables.Tables, column: str, option: str
) -> None:
    some = pain[pain[column].astype(str).eq(option)]
    _compare(some.sample(3, random_state=5), evidence)


def _compare(picked: pd.DataFrame, evidence: tables.Tables) -> None:
    for spec in picked.astype({"left_out": str}).to_dict("records"):
        slow = slowly(spec, evidence)
        pooled = slow["pooled"]
        assert isinstance(pooled, PooledEffect)
        assert spec["k"] == pooled.k, spec
        for name in FIGURES:
            want = getattr(pooled, name)
            assert spec[name] == pytest.approx(want, rel=1e-6, abs=1e-9), (name, spec)
        assert (None if pd.isna(spec["n"]) else spec["n"]) == slow["n"], spec
        assert spec["certainty"] == slow["certainty"], spec
        assert spec["verdict"] == slow["verdict"], spec


def test_leaving_one_trial_out_agrees_with_the_sensitivity_analysis(
    pain: pd.DataFrame, evidence: tables.Tables
) -> None:
    claim = load_claims()["pain"]
    prepared = prepare(claim, evidence.studies, evidence.contrasts)
    rows = select(claim, "sham", "short", prepared).rows
    known = sensitivity.leave_one_out(rows["effect"], rows["variance"], rows["name"].tolist())
    ours = pain[
        pain["left_out"].eq("one trial")
        & pain["comparator"].eq("sham")
        & pain["window"].eq("short")
        & pain["model"].eq("PM + HKSJ")
    ]
    for choice in pain.attrs["choices"]:
        if not choice.question and choice.name not in ("left_out", "model"):
            ours = ours[ours[choice.name].astype(str).eq(choice.options[0])]
    ours = ours.set_index("left_out_trials")
    assert len(ours) >= 5  # a pool that another choice gives too counts as that choice
    for name in ours.index:
        assert ours.loc[name, "estimate"] == pytest.approx(known.loc[name, "estimate"], rel=1e-9)
        assert ours.loc[name, "ci_high"] == pytest.approx(known.loc[name, "ci_high"], rel=1e-9)


def test_a_limit_keeps_the_pre_specified_and_an_even_choice_of_the_rest(pain: pd.DataFrame) -> None:
    some = specification_curve("pain", limit=500)
    assert len(some) == 500
    assert some["primary"].sum() == pain["primary"].sum()
    again = specification_curve("pain", limit=500)
    pd.testing.assert_frame_equal(some, again)
    key = [c.name for c in pain.attrs["choices"]] + ["left_out_trials"]
    both = some.astype(str).merge(pain.astype(str), on=key, how="left", suffixes=("", "_full"))
    assert both["estimate_full"].notna().all()
    assert np.allclose(both["estimate"].astype(float), both["estimate_full"].astype(float))
    assert some.attrs["total"] == len(pain)
    assert len(specification_curve("pain", limit=10**9)) == len(pain)


@pytest.mark.parametrize("limit", [0, -3, 1])
def test_a_limit_too_small_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        specification_curve("pain", limit=limit)


def test_an_unknown_claim_is_named_with_the_nearest() -> None:
    with pytest.raises(LookupError, match="Did you mean 'sleep'"):
        specification_curve("slepp")


@pytest.mark.parametrize(
    ("claim_id", "why"), [("cited-study", "one paper"), ("cortisol", "two trials")]
)
def test_a_claim_without_pools_says_why(claim_id: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        specification_curve(claim_id)


def test_an_unknown_scheduler_and_one_that_does_not_answer_are_refused() -> None:
    with pytest.raises(SchedulerError, match="not known"):
        specification_curve("safety", scheduler="cluster")
    with pytest.raises(SchedulerError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        specification_curve("safety", scheduler="tcp://127.0.0.1:9")


@pytest.mark.slow
def test_ten_thousand_specifications_fit_into_half_a_gigabyte() -> None:
    code = """
from analysis.stats.multiverse import specification_curve
from memory import peak_bytes
assert len(specification_curve("pain", limit=10_000)) == 10_000
print(peak_bytes())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 500e6


@pytest.mark.slow
def test_every_scheduler_gives_the_same_numbers_to_the_last_bit() -> None:
    code = """
import sys
from distributed import LocalCluster
from analysis.stats.multiverse import specification_curve
import pandas as pd
if __name__ == "__main__":
    told = []
    here = specification_curve("pain", limit=3000, progress=lambda *d: told.append(d))
    assert told[-1][0] == told[-1][1] == len(told) > 1, told
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = specification_curve("pain", limit=3000, scheduler=cluster.scheduler_address)
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    cores = specification_curve("pain", limit=3000, scheduler="processes")
    pd.testing.assert_frame_equal(here, cores, check_exact=True)
    print("same")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.stdout.strip().endswith("same"), done.stderr


def test_results_come_in_order_whoever_works() -> None:
    pieces = [(base, 2) for base in range(20)]
    assert run(pow, pieces) == run(pow, pieces, "threads") == [b**2 for b in range(20)]


def test_the_whole_verdict_is_crossed_and_its_pre_specified_form_is_committed(
    evidence: tables.Tables, committed: dict[str, dict]
) -> None:
    for claim_id in ("pain", "function", "safety"):
        crossed = spec_overall.overall_curve(load_claims()[claim_id], evidence)
        assert crossed["primary"].sum() == 1
        first = crossed[crossed["primary"]].iloc[0]
        assert first["verdict"] == committed[claim_id]["verdict"]
        asked = load_claims()[claim_id].decided_by
        words = {
            f"{a['comparator']}/{a['horizon']}": a["verdict"]
            for a in committed[claim_id]["answers"]
        }
        for comparator, horizon in asked:
            assert first[f"{comparator}/{horizon}"] == words[f"{comparator}/{horizon}"]
    with pytest.raises(specifications.NoSpecificationsError, match="does not rest on pools"):
        spec_overall.overall_curve(load_claims()["sleep"], evidence)


def test_combinations_of_the_whole_verdict_are_what_the_plain_path_gives(
    evidence: tables.Tables,
) -> None:
    claim = load_claims()["pain"]
    crossed = spec_overall.overall_curve(claim, evidence)
    odd = crossed[crossed["sham/short"].eq("not_testable")].sample(3, random_state=1)
    for spec in pd.concat([crossed.sample(15, random_state=3), odd]).to_dict("records"):
        words = []
        for comparator, window in claim.decided_by:
            one = spec | {"comparator": comparator, "window": window, "left_out_trials": ""}
            words.append(_word_or_nothing(one, evidence))
            assert spec[f"{comparator}/{window}"] == words[-1], one
        assert spec["verdict"] == overall(words)


def _word_or_nothing(spec: dict, evidence: tables.Tables) -> str:
    try:
        found = slowly(spec, evidence)
    except ValueError:  # there is nothing to pool
        return "not_testable"
    alone_and_indirect = found["pooled"].k == 1 and not found["direct"]
    return "not_testable" if alone_and_indirect else found["verdict"]


def test_the_summary_counts_what_the_table_holds(pain: pd.DataFrame) -> None:
    none, sham = spec_summary.spreads(load_claims()["pain"], pain)
    for one in (none, sham):
        every = one.table[one.table["left_out"].astype(str).eq("none")]
        assert one.words["specifications"].sum() == len(one.crossed) == len(every)
        assert one.changed == pytest.approx((every["verdict"] != one.committed).mean())
        assert one.changed == pytest.approx(one.changed_by("none"))
        own = every[every["measure"].astype(str).eq("MD")]
        assert one.best["ci_high"] == own["ci_high"].min()
        assert one.worst["ci_low"] == own["ci_low"].max()
        assert one.driven["eta2"].is_monotonic_decreasing
    assert set(none.table["comparator"].astype(str)) == {"no_treatment", "no_treatment + add_on"}
    assert none.supporting > sham.supporting


# --- the machinery, on made-up numbers ---


def test_drivers_find_the_choice_that_moves_the_numbers() -> None:
    crossed = pd.DataFrame(
        [(a, b) for a in ("x", "y") for b in ("p", "q", "r")], columns=["moves", "idle"]
    ).assign(value=lambda t: t["moves"].eq("y") * 4.0, hit=lambda t: t["moves"].eq("y"))
    found = multiverse.drivers(
        crossed,
        [Choice("idle", ("p", "q", "r"), ""), Choice("moves", ("x", "y"), "")],
        "value",
        "hit",
    )
    assert found["choice"].tolist() == ["moves"] * 2 + ["idle"] * 3
    assert found["eta2"].tolist() == pytest.approx([1, 1, 0, 0, 0])
    assert found["hit_share"].tolist()[:2] == [0, 1]


@given(
    member=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=5),
    order=st.permutations(range(6)),
)
def test_one_row_per_study_is_the_preferred_one(member: list[list[bool]], order: list[int]) -> None:
    study = np.array([0, 0, 1, 2, 2, 2])
    given_rows = np.array(member)
    kept = multiverse.one_per_study(given_rows, study, np.array(order))
    for before, after in zip(given_rows, kept, strict=True):
        want = {}
        for row in order:
            if before[row]:
                want.setdefault(study[row], row)
        assert sorted(np.flatnonzero(after)) == sorted(want.values())


def test_at_least_two_studies_stay_when_some_are_left_out() -> None:
    study = np.array([5, 5, 7, 9, 11])
    assert multiverse.omissions(np.array([1, 1, 1, 0, 0], bool), study) == []
    assert multiverse.omissions(np.array([1, 1, 1, 1, 0], bool), study) == [(5,), (7,), (9,)]
    four = multiverse.omissions(np.ones(5, bool), study)
    assert len(four) == 4 + 6


@given(total=st.integers(1, 400), limit=st.integers(1, 500), data=st.data())
@settings(max_examples=60)
def test_thinning_is_even_and_keeps_what_it_must(
    total: int, limit: int, data: st.DataObject
) -> None:
    always = data.draw(st.sets(st.integers(0, total - 1), max_size=min(limit, total, 4)))
    kept = multiverse.thin(total, limit, always)
    assert len(kept) == min(limit, total)
    assert len(set(kept)) == len(kept)
    assert set(always) <= set(kept.tolist())
    if not always and limit < total:
        steps = np.diff(kept)
        assert steps.max(initial=0) - steps.min(initial=total) <= 1


def test_averaging_a_trials_rows_follows_the_book() -> None:
    """Borenstein et al. (2009), chapter 24: two outcomes, r = 0.5, variances 0.05 and 0.03."""
    member, study = np.array([[True, True, True]]), np.array([0, 0, 1])
    effect, variance = np.array([[0.30, 0.10, 0.7]]), np.array([[0.05, 0.03, 0.2]])
    batch = lay_out(member, study, effect, variance, np.array([0.5]))
    assert batch.effect.tolist() == pytest.approx([0.2, 0.7])
    assert batch.variance[0] == pytest.approx(0.25 * (0.05 + 0.03 + 2 * 0.5 * (0.0015) ** 0.5))
    assert batch.variance[1] == 0.2
    whole = lay_out(member, study, effect, np.full((1, 3), 0.04), np.array([1.0]))
    assert whole.variance[0] == pytest.approx(0.04)  # fully dependent rows add no precision


@given(
    estimate=st.floats(-30, 30),
    se=st.floats(0.01, 10),
    df=st.one_of(st.integers(1, 40).map(float), st.just(np.inf)),
)
def test_many_equivalence_tests_are_the_single_one(estimate: float, se: float, df: float) -> None:
    one = equivalence(estimate, se, df, 10.0)
    if abs(one.p - 0.05) > 1e-9:
        many = multiverse.within_margin(*(np.array([x]) for x in (estimate, se, df, 10.0)))
        assert bool(many[0]) is one.equivalent


def test_the_closed_form_of_eggers_test_is_the_regression() -> None:
    from analysis.evidence.spec_verdicts import egger_p

    chance = np.random.default_rng(4)
    y, v = chance.normal(size=40), chance.uniform(0.5, 9, size=40)
    member = np.zeros((3, 40), bool)
    member[0, :10], member[1, 5:], member[2, :9] = True, True, True
    batch = lay_out(member, np.arange(40), y, v, np.ones(3))
    p = egger_p(batch)
    assert p[0] == pytest.approx(egger(y[:10], v[:10]).p, rel=1e-9)
    assert p[1] == pytest.approx(egger(y[5:], v[5:]).p, rel=1e-9)
    assert np.isnan(p[2])

"""Planted errors: that enough are planted, honestly, and that the nets catch what they promise."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pytest

from analysis.mutations import run, table
from analysis.mutations.copy import KINDS, STRATA, Copy, NoPlace
from analysis.mutations.nets import Nets, pools

SAMPLE = 9


@pytest.fixture(scope="module")
def nets():
    return Nets()


@pytest.fixture(scope="module")
def committed():
    return table.load()


def blank(nets: Nets) -> Copy:
    loaded = {
        file.stem: pd.read_csv(file, dtype=str, keep_default_na=False)
        for file in (nets.data / "published").glob("*.csv")
    }
    text = (nets.data / "claims.toml").read_text("utf-8")
    return Copy(loaded, text, np.random.default_rng(1), pools(nets), STRATA[0])


def test_an_untouched_copy_is_not_complained_about(nets, tmp_path):
    copy = blank(nets)
    for name in list(copy.tables):
        copy.table(name)
    caught = nets(copy, tmp_path)
    assert (caught.validation, caught.checks, caught.numbers, caught.verdict) == (
        "",
        (),
        False,
        False,
    )


def test_every_kind_changes_something(nets):
    for at, kind in enumerate(KINDS):
        copy = blank(nets)
        before, copy.rng = (dict(copy.tables), copy.claims), np.random.default_rng(at)
        for _ in range(20):
            try:
                kind.plant(copy)
                break
            except NoPlace:
                continue
        same = all(copy.tables[n].equals(before[0][n]) for n in copy.tables)
        assert not same or copy.claims != before[1], kind.name
        assert copy.place, kind.name


def test_at_least_fifty_errors_and_nine_in_ten_caught_by_some_net(committed):
    assert len(committed) >= 50
    assert len(committed) == sum(kind.times for kind in KINDS) + len(run.TAMPERS)
    assert committed["later"].mean() >= 0.9
    data = committed[committed["family"].ne(run.RESULTS)]
    assert data["later"].mean() >= 0.9  # not carried by the easy ones
    assert set(STRATA) <= set(data["where"])


def test_what_is_committed_is_what_planting_gives(nets, committed):
    data = committed[committed["family"].ne(run.RESULTS)]
    rows = data.index[::SAMPLE]
    again = table.replay(committed, rows, nets)
    assert len(again) == len(rows)
    assert table.differs(committed.loc[rows], again).empty, "run: make mutations"


def test_the_table_was_made_from_these_data(committed):
    assert table.recorded()["data"] == table.made_from()["data"], "run: make mutations"
    assert len(table.sample(committed, 2, 1)) == 2 * committed["family"].nunique()


def test_a_table_that_was_edited_is_found_out(nets, committed):
    rows = committed.index[committed["family"].eq("a wrong code")][:2]
    edited = committed.copy()
    edited.loc[rows[0], "later"] = not edited.loc[rows[0], "later"]
    found = table.differs(edited.loc[rows], table.replay(edited, rows, nets))
    assert found["row"].tolist() == [committed.loc[rows[0], "row"]]


def test_planting_leaves_the_data_alone(nets):
    before = {f: f.read_bytes() for f in (nets.data / "published").glob("*.csv")}
    run.data_errors(nets, only=[(kind.name, 0) for kind in KINDS[::20]])
    assert all(file.read_bytes() == content for file, content in before.items())


def test_every_edit_of_results_is_seen_by_a_comparison(committed):
    found = run.result_errors()
    assert found["later"].all(), found[~found["later"]]["error"].tolist()
    assert not found["from_the_start"].any()


def test_the_page_lists_what_gets_through(root, committed):
    path = root / "scripts" / "write_how_we_could_be_wrong.py"
    spec = importlib.util.spec_from_file_location("wrong", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.PAGE.read_text("utf-8")
    assert text == module.page()
    for row in committed[~committed["later"]]["row"]:
        assert row in text

"""The claim's overall verdict under every combination of choices about method.

One choice is made for all answers on which a verdict rests: whoever prefers another model does so
against a sham and against nothing. Comparator and window stay as ``decided_by`` names them, and no
trial is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.evidence import choices as ch
from analysis.evidence import crossing
from analysis.evidence import specifications as sp
from analysis.evidence.choices import Options
from analysis.evidence.claims import Claim
from analysis.evidence.crossing import Pools
from analysis.evidence.tables import Tables
from analysis.evidence.verdicts import VERDICTS, overall
from analysis.stats._checks import BoolArray
from analysis.stats.multiverse import drivers, shares
from analysis.stats.pools import IntArray

NOT_TESTABLE = VERDICTS.index("not_testable")


def overall_curve(claim: Claim, evidence: Tables, *, scheduler: str | None = None) -> pd.DataFrame:
    """One row per distinct combination: a column per deciding answer, and the ``verdict``.

    Also ``primary`` and a column per choice. Combinations that come down to the same effects in
    every deciding answer count once.

    Raises
    ------
    NoSpecificationsError
        A published estimate, or nothing that can be pooled, decides the claim as pre-specified.
    """
    if claim.kind == "citation" or sp.published_answers(claim, evidence):
        raise sp.NoSpecificationsError(f"claim {claim.id!r} does not rest on pools of trials")
    found = ch.options(claim, evidence)
    pools = crossing.base_pools(found)
    pools = pools.take(np.flatnonzero(crossing.deciding(found, pools)))
    if not len(pools.k):
        raise sp.NoSpecificationsError(f"claim {claim.id!r}: no deciding answer has any effect")
    models = sp.models_of(claim)
    first, same = crossing.same_effects(found, pools)
    words = _words(found, pools.take(first), models, scheduler)
    methods, places = _methods(found, pools)
    sets = np.where(places >= 0, same[places], -1)
    kept = np.sort(np.unique(sets, axis=0, return_index=True)[1])
    sets, methods = sets[kept], methods.iloc[kept]
    number, model = (x.ravel() for x in np.indices((len(sets), len(models))))
    answers = np.where(sets[number] >= 0, words[sets[number], model[:, None]], NOT_TESTABLE)
    return _table(found, methods, number, model, answers, models)


@dataclass(frozen=True)
class OverallSpread:
    """How a claim's overall verdict moves with choices about method.

    ``table`` is that of :func:`overall_curve`, ``committed`` the verdict as pre-specified,
    ``words`` how often each verdict occurs, ``changed`` the share with another verdict, ``driven``
    which choices change it: :func:`analysis.stats.multiverse.drivers` on "another verdict".
    """

    table: pd.DataFrame
    committed: str
    words: pd.DataFrame
    changed: float
    driven: pd.DataFrame


def overall_spread(
    claim: Claim, evidence: Tables, *, scheduler: str | None = None
) -> OverallSpread | None:
    """What :func:`overall_curve` says; None for a claim that does not rest on pools of trials."""
    try:
        table = overall_curve(claim, evidence, scheduler=scheduler)
    except sp.NoSpecificationsError:
        return None
    first = table.loc[table["primary"], "verdict"]
    committed = str(first.iloc[0]) if len(first) else "not_testable"
    other = table["verdict"].ne(committed)
    return OverallSpread(
        table,
        committed,
        shares(table["verdict"], VERDICTS),
        float(other.mean()),
        drivers(
            table.assign(other=other, moved=other.astype(float)),
            table.attrs["choices"],
            "moved",
            "other",
        ),
    )


def _words(
    found: Options,
    pools: Pools,
    models: tuple[tuple[str, str], ...],
    scheduler: str | None,
) -> IntArray:
    """Verdict of each pool under each model, by position in ``VERDICTS``."""
    number, model = (x.ravel() for x in np.indices((len(pools.k), len(models))))
    judged = sp.judged(found, pools, number, model, models, scheduler=scheduler)
    words = (
        judged["verdict"]
        .map({w: i for i, w in enumerate(VERDICTS)})
        .to_numpy(dtype=np.int64, copy=True)
    )
    # one trial in other people answers nothing
    direct = (pools.member & found.rows["direct"].to_numpy(bool)).any(axis=1)
    words[((pools.k == 1) & ~direct)[number]] = NOT_TESTABLE
    shaped: IntArray = np.asarray(words, dtype=np.int64).reshape(len(pools.k), len(models))
    return shaped


def _methods(found: Options, pools: Pools) -> tuple[pd.DataFrame, IntArray]:
    """Every combination of choices about method, and its pool for each deciding answer (or -1).

    Where an option changes nothing for an answer, its pool is that without the option.
    """
    names = [n for n in found.filters if n not in ("comparator", "window")]
    columns = {n: pools.option[:, i] for i, n in enumerate(found.filters)}
    table = pd.DataFrame({n: columns[n] for n in names}).assign(
        derivation=pools.derivation, pick=pools.pick, correlation=pools.correlation
    )
    question = [
        tuple(q)
        for q in zip(
            *(np.array(list(found.filters[n]))[columns[n]] for n in ("comparator", "window")),
            strict=True,
        )
    ]
    by = [*names, "derivation", "pick", "correlation"]
    methods = table[by].drop_duplicates(ignore_index=True)
    places = np.full((len(methods), len(found.claim.decided_by)), -1, dtype=np.int64)
    for column, asked in enumerate(found.claim.decided_by):
        mine = table[[q == asked for q in question]].assign(place=lambda t: t.index)
        for plainer in _plainer(found, methods):
            looked = plainer[by].merge(mine, on=by, how="left")["place"].to_numpy(dtype=float)
            open_yet = (places[:, column] < 0) & ~np.isnan(looked)
            places[open_yet, column] = looked[open_yet].astype(np.int64)
    return methods, places


def _plainer(found: Options, methods: pd.DataFrame) -> list[pd.DataFrame]:
    """The combination itself, then with ever more options that may change nothing taken back."""
    average = len(found.picks) - 1
    plain = np.arange(len(found.derivations))
    for i, d in enumerate(found.derivations):
        if d.rebuilt:
            plain[i] = next(
                j
                for j, o in enumerate(found.derivations)
                if o.measure == d.measure and not o.rebuilt
            )
    uncorrelated = methods.assign(correlation=0)
    not_averaged = methods.assign(pick=methods["pick"].replace(average, 0))
    printed = methods.assign(derivation=plain[methods["derivation"].to_numpy()])
    steps = [methods, uncorrelated, not_averaged, not_averaged.assign(correlation=0)]
    return steps + [s.assign(derivation=printed["derivation"]) for s in steps]


def _table(
    found: Options,
    methods: pd.DataFrame,
    number: IntArray,
    model: IntArray,
    answers: IntArray,
    models: tuple[tuple[str, str], ...],
) -> pd.DataFrame:
    claim = found.claim
    each = methods.iloc[number]
    labels = {
        name: np.array(list(found.filters[name]), dtype=object)[each[name].to_numpy()]
        for name in found.filters
        if name in methods
    }
    known = {c.name: c for c in ch.choices_of(found, sp.model_names(models))}
    derived = [found.derivations[d] for d in each["derivation"]]
    labels |= {
        "measure": np.array([d.measure for d in derived], dtype=object),
        "p_rebuilt": np.array(["yes" if d.rebuilt else "no" for d in derived], dtype=object),
        "correlation": np.array(known["correlation"].options, dtype=object)[each["correlation"]],
        "effect_of_trial": np.array(found.picks, dtype=object)[each["pick"]],
        "model": np.array(sp.model_names(models), dtype=object)[model],
    }
    words = np.array(VERDICTS, dtype=object)[answers]
    table = pd.DataFrame(labels)
    for column, (comparator, horizon) in enumerate(claim.decided_by):
        table[f"{comparator}/{horizon}"] = words[:, column]
    kinds, kind = np.unique(answers, axis=0, return_inverse=True)
    total = np.array([overall([VERDICTS[i] for i in line]) for line in kinds], dtype=object)
    first: BoolArray = (each.eq(0).all(axis=1) & (model == 0)).to_numpy(bool)
    table = table.assign(verdict=total[kind.ravel()], primary=first)
    table.attrs["choices"] = tuple(
        replace(c, options=tuple(o for o in c.options if (table[c.name] == o).any()))
        for c in known.values()
        if c.name in table
    )
    return table

"""Every defensible specification of a claim's question, fitted and judged.

Each option of each choice (:mod:`analysis.evidence.choices`) is crossed with all others. Of
specifications that come down to the same rows, derived alike, only the one with the fewest
departures from the pre-specified rules counts; and one needs two trials, unless it is itself
pre-specified. Every verdict follows from the same rules as the answers' verdicts, its own certainty
included.
"""

from __future__ import annotations

import difflib
import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.evidence import choices as ch
from analysis.evidence import spec_verdicts, tables
from analysis.evidence.answers import REVIEW, Answer, find
from analysis.evidence.choices import Options
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.selection import prepare
from analysis.evidence.tables import Tables
from analysis.stats import multiverse
from analysis.stats import pools as laid
from analysis.stats._checks import BoolArray
from analysis.stats.multiverse import Choice
from analysis.stats.pools import Batch, IntArray
from analysis.stats.schedulers import Progress

#: Beside the model fixed in advance: those of ``claims.toml`` and the remaining combinations.
MODELS = (
    ("PM", "HKSJ"), ("DL", "normal"), ("REML", "HKSJ"), ("CE", "normal"), ("PM", "normal"),
    ("DL", "HKSJ"), ("REML", "normal"),
)  # fmt: skip

#: Trials are left out of pools that depart from the pre-specified rules in at most so many other
#: choices: pairs left out of every pool would be nine in ten specifications and drown the rest.
OMIT_WITHIN = 2


class NoSpecificationsError(ValueError):
    """The claim does not rest on trials that can be pooled; the text says on what instead."""


@dataclass(frozen=True)
class Pools:
    """Distinct sets of effects. One line per pool in every field.

    ``member``: (pools, rows). ``option``: position of the option of each filter, in their order;
    ``derivation``, ``pick`` (of ``effect_of_trial``) and ``correlation`` likewise. ``out``: studies
    left out, -1 where none. ``k``: trials. ``departures``: choices (the model aside) in which the
    pool is not as pre-specified.
    """

    member: BoolArray
    option: IntArray
    derivation: IntArray
    pick: IntArray
    correlation: IntArray
    out: IntArray
    k: IntArray
    departures: IntArray

    def take(self, at: IntArray) -> Pools:
        """The pools at these positions."""
        return Pools(*(getattr(self, name)[at] for name in self.__dataclass_fields__))

    @staticmethod
    def join(parts: list[Pools]) -> Pools:
        """Several sets of pools as one."""
        return Pools(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in Pools.__dataclass_fields__
            )
        )


def curve_of(
    claim_id: str,
    *,
    limit: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """:func:`analysis.stats.multiverse.specification_curve`, which see."""
    return curve(
        named(claim_id), tables.load_all(), limit=limit, scheduler=scheduler, progress=progress
    )


def named(claim_id: str) -> Claim:
    """The claim of that id.

    Raises
    ------
    LookupError
        There is none; the text names the nearest and all that there are.
    """
    known = load_claims()
    if claim_id in known:
        return known[claim_id]
    near = difflib.get_close_matches(claim_id, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise LookupError(f"there is no claim {claim_id!r}.{hint} There are: {', '.join(known)}")


def curve(
    claim: Claim,
    evidence: Tables,
    *,
    limit: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The specification curve of a claim on loaded tables."""
    if claim.kind == "citation":
        raise NoSpecificationsError(
            f"claim {claim.id!r} is about one paper, not about an effect: it has no specifications"
        )
    if limit is not None and limit < 1:
        raise ValueError(f"limit = {limit} must be at least 1")
    found = ch.options(claim, evidence)
    models = models_of(claim)
    pools = cross(found)
    published = published_answers(claim, evidence)
    pool_of, model = with_models(claim, pools, models)
    if not len(pool_of) and not published:
        raise NoSpecificationsError(
            f"claim {claim.id!r} has no specifications: under no choice do the tables hold two "
            "trials whose effects can be pooled"
        )
    primary = (pools.departures[pool_of] == 0) & (model == 0) & deciding(found, pools)[pool_of]
    total = len(pool_of) + len(published)
    room = None if limit is None else max(1, limit - len(published))
    kept = multiverse.thin(len(pool_of), room, np.flatnonzero(primary))
    parts = []
    if len(kept):
        parts.append(
            judged(
                found,
                pools,
                pool_of[kept],
                model[kept],
                models,
                scheduler=scheduler,
                progress=progress,
            ).assign(primary=primary[kept])
        )
    parts += [spec_verdicts.published_row(a, list(ch.WHY)) for a in published]
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    choices = _made(found, pools.take(pool_of), model, models)
    table.attrs["claim"] = claim.id
    table.attrs["choices"] = choices
    table.attrs["inert"] = tuple(c.name for c in choices if len(c.options) < 2)
    table.attrs["total"] = total
    table.attrs["typical_sd"] = found.typical_sd
    return table


def models_of(claim: Claim) -> tuple[tuple[str, str], ...]:
    """Pairs of tau2 and interval, the pre-specified one first."""
    own = (claim.tau2, claim.interval)
    return tuple(dict.fromkeys([own, *claim.sensitivity, *MODELS]))


def cross(found: Options) -> Pools:
    """All distinct pools: every option with every other, then one and two trials left out."""
    base = _without_repeats(found, base_pools(found))
    needed = np.where((base.departures == 0) & _single(found, base), 1, 2)
    base = base.take(np.flatnonzero(base.k >= needed))
    if not len(base.k):
        return base
    return _without_repeats(found, Pools.join([base, _omitted(found, base)]))


def base_pools(found: Options) -> Pools:
    """Every option of every choice but the model, no trial left out, repeats included."""
    sizes = [len(masks) for masks in found.filters.values()]
    option = np.array(list(itertools.product(*map(range, sizes))), dtype=np.int64)
    let_in = np.ones((len(option), len(found.rows)), dtype=bool)
    for column, masks in enumerate(found.filters.values()):
        let_in &= np.vstack(list(masks.values()))[option[:, column]]
    filled = let_in.any(axis=1)
    option, let_in = option[filled], let_in[filled]
    parts: list[Pools] = []
    for number, derivation in enumerate(found.derivations):
        usable = let_in & derivation.usable
        for pick in range(len(found.picks)):
            average = pick == len(found.picks) - 1
            member = (
                usable
                if average
                else multiverse.one_per_study(usable, found.study, derivation.orders[pick])
            )
            part = _part(found, member, option, number, pick)
            parts += [_correlated(found, part, r) for r in range(1 + len(ch.CORRELATIONS))]
    joined = Pools.join(parts)
    return joined.take(np.argsort(joined.departures, kind="stable"))


def _part(found: Options, member: BoolArray, option: IntArray, derivation: int, pick: int) -> Pools:
    """Pools of one derivation and pick that are not the same as under another pick or without p."""
    several = member.sum(axis=1)
    k = _studies(found, member)
    real = k > 0
    if pick == len(found.picks) - 1:
        real &= several > k
    if found.derivations[derivation].rebuilt:
        real &= (member & found.derivations[derivation].from_p).any(axis=1)
    member, option, k = member[real], option[real], k[real]
    same = np.full(len(k), 0, dtype=np.int64)
    grouped = np.zeros(len(k), dtype=np.int64)
    for column, (name, masks) in enumerate(found.filters.items()):
        if name in ("comparator", "window"):
            wide = np.array([int("+" in o or o == "any") for o in masks])
            grouped += wide[option[:, column]]
        else:
            grouped += option[:, column] > 0
    measure = found.derivations[derivation].measure != found.claim.effect
    apart = grouped + int(measure) + int(found.derivations[derivation].rebuilt) + int(pick > 0)
    return Pools(member, option, same + derivation, same + pick, same, _nobody(len(k)), k, apart)


def _studies(found: Options, member: BoolArray) -> IntArray:
    held = np.zeros((len(member), int(found.study.max(initial=-1)) + 1), dtype=bool)
    for row, study in enumerate(found.study):
        held[:, study] |= member[:, row]
    counted: IntArray = held.sum(axis=1)
    return counted


def _nobody(count: int) -> IntArray:
    return np.full((count, 2), -1, dtype=np.int64)


def _correlated(found: Options, part: Pools, r: int) -> Pools:
    """The same pools under an imputed correlation, where it changes any of their numbers."""
    if r == 0 or not len(part.k):
        return part
    derivation = found.derivations[int(part.derivation[0])]
    moved = (part.member & derivation.moved).any(axis=1)
    moved |= part.pick == len(found.picks) - 1
    some = part.take(np.flatnonzero(moved))
    return replace(some, correlation=some.correlation + r, departures=some.departures + 1)


def _without_repeats(found: Options, pools: Pools) -> Pools:
    return pools.take(same_effects(found, pools)[0])


def same_effects(found: Options, pools: Pools) -> tuple[IntArray, IntArray]:
    """The first of each distinct set of effects (same rows, measure, correlation, averaging).

    Returns their positions, and which of them each pool equals.
    """
    measures = sorted({d.measure for d in found.derivations})
    measure = np.array([measures.index(d.measure) for d in found.derivations])[pools.derivation]
    average = (pools.pick == len(found.picks) - 1) & (pools.member.sum(axis=1) > pools.k)
    moved = np.vstack([d.moved for d in found.derivations])[pools.derivation]
    matters = average | (pools.member & moved).any(axis=1)
    packed = np.packbits(pools.member, axis=1)
    correlation = np.where(matters, pools.correlation, 0)
    return multiverse.distinct(packed, measure, correlation, average)


def _single(found: Options, pools: Pools) -> BoolArray:
    """Whether comparator and window are single ones, as in an answer."""
    alone = np.ones(len(pools.k), dtype=bool)
    for column, (name, masks) in enumerate(found.filters.items()):
        if name in ("comparator", "window"):
            alone &= np.array(["+" not in o and o != "any" for o in masks])[pools.option[:, column]]
    return alone


def deciding(found: Options, pools: Pools) -> BoolArray:
    """Whether a pool is about a comparator and window on which the claim's verdict rests."""
    names = list(found.filters)
    comparator, window = (
        np.array(list(found.filters[n]), dtype=object)[pools.option[:, names.index(n)]]
        for n in ("comparator", "window")
    )
    asked = set(found.claim.decided_by)
    return np.array([pair in asked for pair in zip(comparator, window, strict=True)], dtype=bool)


def _omitted(found: Options, base: Pools) -> Pools:
    parts = [base.take(np.zeros(0, dtype=np.int64))]
    for at in np.flatnonzero(base.departures <= OMIT_WITHIN):
        out = multiverse.omissions(base.member[at], found.study)
        if not out:
            continue
        pairs = np.array([(*o, -1)[:2] for o in out], dtype=np.int64)
        gone = (found.study == pairs[:, :1]) | (found.study == pairs[:, 1:])
        many = base.take(np.full(len(out), at))
        left = (pairs >= 0).sum(axis=1)
        parts.append(
            replace(
                many,
                member=many.member & ~gone,
                out=pairs,
                k=many.k - left,
                departures=many.departures + 1,
            )
        )
    joined = Pools.join(parts)
    fewer = (joined.out >= 0).sum(axis=1)  # one out before two, so that one counts where both agree
    return joined.take(np.lexsort((np.arange(len(fewer)), joined.departures, fewer)))


def with_models(
    claim: Claim, pools: Pools, models: tuple[tuple[str, str], ...]
) -> tuple[IntArray, IntArray]:
    """Each pool under each model that is not the same as one before it: pool and model numbers.

    Two trials get ``interval_of_two`` in place of Knapp-Hartung, one trial its own interval.
    """
    differs = np.ones((3, len(models)), dtype=bool)  # lines: one trial, two, three and more
    differs[0, 1:] = False
    seen: set[tuple[str, str]] = set()
    for m, (tau2, interval) in enumerate(models):
        used = (tau2, _interval_of(claim, 2, interval))
        differs[1, m] = used not in seen
        seen.add(used)
    pool_of, model = np.nonzero(differs[np.minimum(pools.k, 3) - 1])
    return pool_of, model


def _interval_of(claim: Claim, k: int, interval: str) -> str:
    return claim.interval_of_two if k == 2 and interval == "HKSJ" else interval


def batch_of(found: Options, pools: Pools) -> Batch:
    """The pools' effects, end to end."""
    effect = np.stack([d.effect for d in found.derivations])[pools.derivation, pools.correlation]
    variance = np.stack([d.variance for d in found.derivations])[
        pools.derivation, pools.correlation
    ]
    within = np.array([1.0, *ch.CORRELATIONS])[pools.correlation]
    return laid.lay_out(pools.member, found.study, effect, variance, within)


def judged(
    found: Options,
    pools: Pools,
    pool_of: IntArray,
    model: IntArray,
    models: tuple[tuple[str, str], ...],
    *,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Fit and judge specifications: the pool and the model of each, by number."""
    used, number = np.unique(pool_of, return_inverse=True)
    pools = pools.take(used)
    batch = batch_of(found, pools)
    two = (pools.k[number] == 2) & np.array([i == "HKSJ" for _, i in models])[model]
    alone = pools.k[number] == 1
    interval = np.array([i for _, i in models], dtype=object)[model]
    interval = np.where(alone, "normal", np.where(two, found.claim.interval_of_two, interval))
    tau2 = np.array([t for t, _ in models], dtype=object)[model]
    fits = pd.DataFrame({"pool": number, "tau2": tau2, "interval": interval})
    fitted = laid.fit(
        batch, fits, level=found.claim.rules.level, scheduler=scheduler, progress=progress
    )
    labels = _labels(found, pools, number, model, models)
    return spec_verdicts.judge(found, pools, batch, number, fitted, labels)


def _labels(
    found: Options,
    pools: Pools,
    number: IntArray,
    model: IntArray,
    models: tuple[tuple[str, str], ...],
) -> pd.DataFrame:
    """One categorical column per choice, and the names of the trials left out."""
    codes = _codes(found, pools)
    columns = {}
    for choice in ch.choices_of(found, model_names(models)):
        code = model if choice.name == "model" else codes[choice.name][number]
        columns[choice.name] = pd.Categorical.from_codes(code, pd.Index(choice.options))
    names = found.rows.drop_duplicates("study_id")["name"].astype(str).to_numpy()
    told = np.array(["; ".join(names[s] for s in out if s >= 0) for out in pools.out], dtype=object)
    return pd.DataFrame(columns).assign(left_out_trials=told[number])


def published_answers(claim: Claim, evidence: Tables) -> list[Answer]:
    """The deciding answers that rest on a published estimate instead of trials."""
    if not claim.published:
        return []
    prepared = prepare(claim, evidence.studies, evidence.contrasts)
    answers = [find(claim, c, h, prepared, evidence.reviews) for c, h in claim.decided_by]
    return [a for a in answers if a.basis == REVIEW]


def _codes(found: Options, pools: Pools) -> dict[str, IntArray]:
    """Each pool's option of every choice but the model, by number."""
    codes = {name: pools.option[:, c] for c, name in enumerate(found.filters)}
    measures = list(dict.fromkeys(d.measure for d in found.derivations))
    measure = np.array([measures.index(d.measure) for d in found.derivations])
    rebuilt = np.array([int(d.rebuilt) for d in found.derivations])
    return codes | {
        "measure": measure[pools.derivation],
        "p_rebuilt": rebuilt[pools.derivation],
        "correlation": pools.correlation,
        "effect_of_trial": pools.pick,
        "left_out": (pools.out >= 0).sum(axis=1),
    }


def _made(
    found: Options, pools: Pools, model: IntArray, models: tuple[tuple[str, str], ...]
) -> tuple[Choice, ...]:
    """The choices with the options that any specification takes (one line of ``pools`` each)."""
    codes = _codes(found, pools) | {"model": model}
    return tuple(
        replace(c, options=tuple(c.options[i] for i in np.unique(codes[c.name])))
        for c in ch.choices_of(found, model_names(models))
    )


def model_names(models: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Models as the column of that name has them."""
    return tuple(f"{tau2} + {interval}" for tau2, interval in models)

"""Every option of every choice with every other: the distinct sets of effects that come out.

Of sets that hold the same rows, derived alike, only the one with the fewest departures from the
pre-specified rules counts; and a set needs two trials, unless it is itself pre-specified.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from analysis.evidence import choices as ch
from analysis.evidence.choices import Options
from analysis.stats import multiverse
from analysis.stats._checks import BoolArray
from analysis.stats.pools import IntArray

#: Trials are left out of pools that depart from the pre-specified rules in at most so many other
#: choices: pairs left out of every pool would be nine in ten specifications and drown the rest.
OMIT_WITHIN = 2


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

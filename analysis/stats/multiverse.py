"""The specification curve: one question under every defensible combination of choices.

Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4, 1208; Steegen et al. (2016),
*Perspectives on Psychological Science* 11, 702. A *specification* is one option of every choice.
The curve shows how far an answer depends on choices that could as well have been made otherwise. It
does not show which answer is true: the specifications share studies, so they are not independent,
and their shares are no probabilities. The joint permutation test of the paper is not done, since
it needs the data of single persons.

This module knows choices, options and numbers. Which choices are defensible for a claim is known
to :mod:`analysis.evidence.specifications`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.stats._checks import BoolArray, FloatArray
from analysis.stats.pools import IntArray
from analysis.stats.schedulers import Progress


@dataclass(frozen=True)
class Choice:
    """One choice of an analysis, its options, and why each of them can be defended.

    The option fixed in advance comes first, where any specification takes it. ``question`` marks a
    choice that changes what is asked (against what, when) rather than how it is answered.
    """

    name: str
    options: tuple[str, ...]
    why: str
    question: bool = False

    def __deepcopy__(self, memo: object) -> Choice:
        """Itself, as nothing can change it: pandas copies ``attrs`` with every slice of a table."""
        return self


def specification_curve(
    claim_id: str,
    *,
    limit: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One claim under every defensible combination of choices, one row per specification.

    Parameters
    ----------
    claim_id
        A claim of ``claims.toml``.
    limit
        At most so many rows: the pre-specified ones and an evenly spaced subset of the others in
        their fixed order, the same at every call. None: all, which are some hundred thousand for
        the largest claim.
    scheduler
        Where the pools are fitted: None for this process, ``"processes"`` for this machine's cores,
        or the address of a Dask scheduler. The numbers are the same to the last bit.
    progress
        Called with the pieces of work done and their total.

    Returns
    -------
    DataFrame
        A column per choice; ``k`` trials, ``n`` people, ``estimate, ci_low, ci_high, p, tau2, i2,
        prediction_low, prediction_high`` in ``unit`` (ratios are not logged; below zero, for ratios
        below one, favours massage), ``margin`` (the smallest difference that matters, same unit),
        ``rescaled, rescaled_low, rescaled_high`` (estimate and interval on one scale for all
        measures: the claim's own, with standardised differences turned into points through the
        typical spread, ratios logged),
        ``certainty`` and ``verdict`` by the rules of docs/methods.md, ``direction`` (favours,
        unclear, against), ``beyond_margin``, ``primary`` (as pre-specified for an answer on which
        the claim's verdict rests) and ``left_out_trials``. ``attrs["choices"]`` holds the
        :class:`Choice` objects, ``attrs["inert"]`` the choices that change nothing for this claim,
        ``attrs["total"]`` the number of specifications before ``limit``, ``attrs["typical_sd"]``
        the spread used.

    Raises
    ------
    LookupError
        There is no such claim; the text names the nearest.
    ValueError
        The claim has no specifications, because it rests on no pooled trials; or a limit below 1.
    SchedulerError
        The scheduler is unknown or does not answer.
    """
    # The one import that runs uphill: this name is promised here, and what is defensible for a
    # claim is known upstairs. Late, so that stats can be used without any table.
    from analysis.evidence.specifications import curve_of

    return curve_of(claim_id, limit=limit, scheduler=scheduler, progress=progress)


def one_per_study(member: BoolArray, study: IntArray, order: IntArray) -> BoolArray:
    """Of each study in each pool, only the row that comes first in ``order``.

    ``member`` is (pools, rows); ``order`` lists all rows, the preferred ones first.
    """
    if not len(study):
        return member.copy()
    place = np.lexsort((np.argsort(order), study))
    ordered = member[:, place]
    starts = np.flatnonzero(np.r_[True, np.diff(study[place]) > 0])
    seen = np.cumsum(ordered, axis=1, dtype=np.int32)
    before = np.where(starts > 0, seen[:, starts - 1], 0)
    rank = seen - np.repeat(before, np.diff(np.r_[starts, len(place)]), axis=1)
    kept = np.zeros_like(member)
    kept[:, place] = ordered & (rank == 1)
    return kept


def omissions(member: BoolArray, study: IntArray, most: int = 2) -> list[tuple[int, ...]]:
    """The studies that can be left out of one pool: each alone, then (``most=2``) each pair.

    Nothing is left out where fewer than two studies would remain.
    """
    held = sorted(set(study[member].tolist()))
    k = len(held)
    one: list[tuple[int, ...]] = [(s,) for s in held] if k >= 3 else []
    two: list[tuple[int, ...]] = list(itertools.combinations(held, 2)) if k >= 4 else []
    return one + (two if most >= 2 else [])


def distinct(*keys: np.ndarray) -> tuple[IntArray, IntArray]:
    """Positions of the first of each distinct line, and which of these each line is the same as.

    ``keys`` are arrays of small whole numbers (below 256) or flags, with equally many lines.
    """
    count = len(keys[0])
    if not count:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    lines = np.ascontiguousarray(
        np.column_stack([np.asarray(k).reshape(count, -1).astype(np.uint8) for k in keys])
    )
    whole = lines.view(np.dtype((np.void, lines.shape[1]))).ravel()
    _, first, same = np.unique(whole, return_index=True, return_inverse=True)
    order = np.argsort(first)  # by first appearance, not by content
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[same]


def thin(total: int, limit: int | None, always: Iterable[int]) -> IntArray:
    """Ascending positions: ``always`` and an evenly spaced choice of the rest, ``limit`` in all.

    Raises
    ------
    ValueError
        For a limit below 1, or below the number of positions that must be there.
    """
    if limit is None or limit >= total:
        return np.arange(total)
    fixed = np.unique(np.fromiter(always, dtype=np.int64))
    if limit < max(1, len(fixed)):
        raise ValueError(
            f"limit = {limit} is too small: the {len(fixed)} pre-specified specifications are "
            "always shown, so ask for at least as many"
        )
    rest = np.setdiff1d(np.arange(total), fixed)
    wanted = limit - len(fixed)
    chosen = rest[(np.arange(wanted) * len(rest)) // max(wanted, 1)]
    return np.sort(np.concatenate([fixed, chosen]))


def shares(words: pd.Series, order: Sequence[str]) -> pd.DataFrame:
    """How often each word occurs: ``word, specifications, share``, in ``order``, without zeros."""
    counts = words.value_counts().reindex(list(order), fill_value=0)
    counts = counts[counts > 0]
    return pd.DataFrame(
        {
            "word": counts.index.astype(str),
            "specifications": counts.to_numpy(),
            "share": counts.to_numpy() / max(len(words), 1),
        }
    )


def drivers(table: pd.DataFrame, choices: Sequence[Choice], outcome: str, hit: str) -> pd.DataFrame:
    """Which choices move the result, and which way each option pulls.

    Parameters
    ----------
    table
        Specifications: a column per choice, ``outcome`` (a number) and ``hit`` (true or false).
    choices
        Choices to look at; one with a single option in ``table`` is passed over.
    outcome, hit
        Names of those two columns.

    Returns
    -------
    DataFrame
        One row per option: ``choice, option, specifications, mean`` of the outcome, ``hit_share``,
        and for the choice as a whole ``eta2`` (share of the outcome's sum of squares between its
        options, one choice at a time: overlapping choices share it, so the column need not add up
        to 1) and ``hit_spread`` (largest minus smallest share). Choices with the largest ``eta2``
        come first.
    """
    y = table[outcome].to_numpy(dtype=float)
    total = float(((y - y.mean()) ** 2).sum()) if len(y) else 0.0
    parts = []
    for choice in choices:
        grouped = table.groupby(choice.name, sort=False, observed=True)[[outcome, hit]]
        found = grouped.mean().set_axis(["mean", "hit_share"], axis=1)
        found.insert(0, "specifications", grouped.size())
        found.index = found.index.astype(str)
        found = found.reindex([o for o in choice.options if o in found.index])
        if len(found) < 2:
            continue
        between = float((found["specifications"] * (found["mean"] - y.mean()) ** 2).sum())
        parts.append(
            found.rename_axis("option").reset_index().assign(
                choice=choice.name,
                eta2=between / total if total > 0 else np.nan,
                hit_spread=float(found["hit_share"].max() - found["hit_share"].min()),
            )
        )  # fmt: skip
    columns = ["choice", "option", "specifications", "mean", "hit_share", "eta2", "hit_spread"]
    if not parts:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.sort_values("eta2", ascending=False, kind="stable", ignore_index=True)


def within_margin(
    estimate: FloatArray, se: FloatArray, df: FloatArray, margin: FloatArray
) -> BoolArray:
    """For many effects at once, whether two one-sided tests place each within its margin.

    :func:`analysis.stats.equivalence.equivalence`, as an array.
    """
    from scipy import special

    def upper(t: FloatArray) -> FloatArray:  # P(T > t); stdtr knows no infinite df
        normal = np.isinf(df)
        tail: FloatArray = np.where(
            normal, special.ndtr(-t), special.stdtr(np.where(normal, 1.0, df), -t)
        )
        return tail

    p = np.maximum(upper((estimate + margin) / se), upper((margin - estimate) / se))
    inside: BoolArray = p < 0.05
    return inside

"""Every defensible specification of a claim's question, fitted and judged.

Each option of each choice (:mod:`analysis.evidence.choices`) is crossed with all others. Of
specifications that come down to the same rows, derived alike, only the one with the fewest
departures from the pre-specified rules counts; and one needs two trials, unless it is itself
pre-specified. Every verdict follows from the same rules as the answers' verdicts, its own certainty
included.
"""

from __future__ import annotations

import difflib
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.evidence import choices as ch
from analysis.evidence import spec_verdicts, tables
from analysis.evidence.answers import REVIEW, Answer, find
from analysis.evidence.choices import Options
from analysis.evidence.claims import Claim, load_claims
from analysis.evidence.crossing import Pools, cross, deciding
from analysis.evidence.selection import prepare
from analysis.evidence.tables import Tables
from analysis.stats import multiverse
from analysis.stats import pools as laid
from analysis.stats.multiverse import Choice
from analysis.stats.pools import Batch, IntArray
from analysis.stats.schedulers import Progress

#: Beside the model fixed in advance: those of ``claims.toml`` and the remaining combinations.
MODELS = (
    ("PM", "HKSJ"), ("DL", "normal"), ("REML", "HKSJ"), ("CE", "normal"), ("PM", "normal"),
    ("DL", "HKSJ"), ("REML", "normal"),
)  # fmt: skip


class NoSpecificationsError(ValueError):
    """The claim does not rest on trials that can be pooled; the text says on what instead."""


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
            f"claim {claim.id!r} has no specifications: it is about one paper, not about an effect"
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
    codes = codes_of(found, pools)
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


def codes_of(found: Options, pools: Pools) -> dict[str, IntArray]:
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
    codes = codes_of(found, pools) | {"model": model}
    return tuple(
        replace(c, options=tuple(c.options[i] for i in np.unique(codes[c.name])))
        for c in ch.choices_of(found, model_names(models))
    )


def model_names(models: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Models as the column of that name has them."""
    return tuple(f"{tau2} + {interval}" for tau2, interval in models)

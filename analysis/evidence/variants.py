"""The same question under other defensible rules of selection, one change at a time."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis.evidence.claims import Claim


def variants(claim: Claim, studies: pd.DataFrame, contrasts: pd.DataFrame) -> dict[str, Claim]:
    """Claims that differ from ``claim`` in one rule each; the first is the rule used.

    Effects rebuilt from p values exist for standardised differences only, and are a selection of
    the striking results (see :func:`analysis.evidence.contrasts.with_effects`).
    """
    every = tuple(sorted({str(m) for t in (studies, contrasts) for m in t["modality"].dropna()}))
    designs = tuple(sorted(str(d) for d in studies["design"].dropna().unique()))
    alone = replace(claim, published=())
    found = {
        "as pre-specified": claim,
        "trials only, no published estimate": alone,
        "any kind of touch": replace(alone, modalities=every),
        "rows with cautions too": replace(alone, cautions_out=("duplicate", "sign_unclear")),
        "non-randomised trials too": replace(alone, designs=designs),
        "lowest dose of a trial": replace(alone, doses=claim.doses[::-1]),
        "without adjusted differences": replace(
            alone, cautions_out=(*claim.cautions_out, "adjusted")
        ),
        "first time point of a window": replace(alone, last_time_point=False),
    }
    if claim.effect == "SMD":
        found["with effects rebuilt from p values (biased)"] = replace(alone, signed_p=True)
    else:
        found["standardised differences"] = replace(
            alone,
            effect="SMD",
            unit="standard deviations",
            unit_short="SD",
            important=claim.rules.standardised_important,
        )
    return found if claim.kind == "effect" else {k: found[k] for k in list(found)[:5]}

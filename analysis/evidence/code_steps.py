"""Which functions made a number, with the file and line where each stands in this version."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from analysis import paths

EVIDENCE, STATS = "analysis.evidence", "analysis.stats"

READ = ("read and check the tables", f"{EVIDENCE}.tables:load_all")
ASK = ("read the question", f"{EVIDENCE}.claims:load_claims")
PREPARE = ("join contrasts to trials", f"{EVIDENCE}.selection:prepare")
EFFECTS = ("derive effect and variance", f"{EVIDENCE}.contrasts:with_effects")
SELECT = ("choose the rows", f"{EVIDENCE}.selection:select")
POOL = ("pool", f"{STATS}.pooling:pool")
TAU2 = ("estimate tau2", f"{STATS}.tau2:estimate")
FROM_TRIALS = ("put the answer together", f"{EVIDENCE}.answers:from_trials")
ASSESS = ("rate the certainty", f"{EVIDENCE}.certainty:assess")
EQUIVALENCE = ("test for too small to matter", f"{STATS}.equivalence:equivalence")
WORD = ("give the verdict word", f"{EVIDENCE}.answers:word")
HARM_WORD = ("give the verdict word", f"{EVIDENCE}.answers:harm_word")
FIND = ("take the strongest evidence", f"{EVIDENCE}.answers:find")
ALIGNED = ("turn the published estimate", f"{EVIDENCE}.published:aligned")
FROM_REVIEW = ("put the answer together", f"{EVIDENCE}.answers:from_review")
ASSESS_PUBLISHED = ("rate the certainty", f"{EVIDENCE}.certainty:assess_published")
SAY = ("say it", f"{EVIDENCE}.sentences:marked_answer")
OVERALL = ("give the claim's verdict", f"{EVIDENCE}.verdicts:overall")
SAY_OVERALL = ("say it", f"{EVIDENCE}.claim_sentences:marked_overall")
DIRECTIONS = ("one word per trial", f"{EVIDENCE}.directions:by_trial")
SAY_DIRECTIONS = ("say it", f"{EVIDENCE}.claim_sentences:marked_reported")
CANDIDATES = ("hold papers against the description", f"{EVIDENCE}.citation:judge")
KEEP = ("keep the table", "analysis.publish.notebook:keep")
SHOW = ("draw and keep the figure", "analysis.publish.figures:save")

#: From what was printed to an effect: (measure, ``derived_from``) to the functions used.
DERIVATIONS = {
    ("MD", "arms"): ("effects:mean_difference",),
    ("MD", "difference and interval"): ("reported:from_difference_interval",),
    ("MD", "difference and exact p"): ("reported:from_difference_p",),
    ("SMD", "arms"): ("effects:hedges_g",),
    ("SMD", "difference and interval"): (
        "reported:from_difference_interval",
        "effects:standardise_difference",
    ),
    ("SMD", "difference and exact p"): (
        "reported:from_difference_p",
        "effects:standardise_difference",
    ),
    ("SMD", "exact p and direction"): (
        "reported:from_difference_p",
        "effects:standardise_difference",
    ),
    ("RR", "counts"): ("effects:log_risk_ratio",),
    ("RR", "ratio and interval"): ("reported:from_ratio_interval",),
}


@dataclass(frozen=True)
class Step:
    """One function on the way to a number: what it does there, and where it stands."""

    what: str
    function: str
    file: str
    line: int


def steps(*named: tuple[str, str]) -> tuple[Step, ...]:
    """Look the functions up; the line is that of ``def`` or its first decorator."""
    return tuple(_step(what, function) for what, function in named)


def derivations(measure: str, sources: list[str]) -> tuple[tuple[str, str], ...]:
    """The functions that turned the printed figures of these kinds into effects."""
    found = [
        (f"from {source}", f"{STATS}.{name}")
        for source in dict.fromkeys(sources)
        for name in DERIVATIONS[measure, source]
    ]
    return tuple(dict.fromkeys(found))


@cache
def _step(what: str, function: str) -> Step:
    module, _, name = function.partition(":")
    thing = importlib.import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    file = Path(inspect.getsourcefile(thing) or "")
    line = inspect.getsourcelines(thing)[1]
    return Step(what, function, file.relative_to(paths.root()).as_posix(), line)

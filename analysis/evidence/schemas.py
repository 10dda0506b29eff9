"""What every column of ``data/published/*.csv`` means and may hold.

One place for people and machines: the loader checks the tables against these schemas, and
``data/datapackage.json`` and the data dictionary in ``data/README.md`` are generated from them.
Figures are stored as the source prints them; signs, units and effect sizes are derived in code.
"""

from __future__ import annotations

import pandera.pandas as pa

from analysis.evidence.columns import (
    code,
    count,
    flag,
    key,
    number,
    reference,
    table,
    text,
)
from analysis.evidence.schemas_facts import CITATIONS, GUIDELINES, NATURAL_HISTORY, SAFETY
from analysis.evidence.schemas_reviews import REVIEW_ROWS, REVIEWS, SOURCES, THRESHOLDS
from analysis.evidence.vocabulary import (
    CAUTION_PATTERN,
    COMPARATORS,
    DESIGNS,
    DIRECTIONS,
    DOSES,
    DURATIONS,
    HOW_READ,
    MODALITIES,
    REPORT_TYPES,
    RISKS,
)

# A domain is a word of its own; domains that no claim asks about keep the prefix "other:".
OUTCOME = r"^(other:)?[A-Za-z0-9_ ]+$"

_SD_MEND = "look up the standard deviation; leave it empty if the source gives none"
_N_MEND = "give the number of people analysed; one person has no spread"
_HOW_READ = (
    "review_data: study-level figures of a published review; table, abstract, full_text: the "
    "trial's own report; second_hand: quoted by another publication."
)

STUDIES = table(
    {
        "study_id": key("Trial", "First author and year, lower case; two reports are one trial."),
        "name": text("Name", "As one cites it in running text.", required=True),
        "year": count("Year", "Of the report named.", low=1900),
        "design": code("Design", "How people came into the arms. Empty: not seen.", DESIGNS),
        "condition": text("Condition", "What the people had, in our coarse words."),
        "disorder": text("Disorder class", "As the review classed it."),
        "duration": code(
            "Symptom duration",
            "As the review classed it, the source says or the condition implies. Empty: not seen.",
            DURATIONS,
        ),
        "population": text("Population", "Who took part, where that says more than condition."),
        "country": text("Country", "Where the trial was run."),
        "n_randomised": count("People randomised", "All arms together.", low=2),
        "modality": code(
            "Modality",
            "Kind of massage, coded from intervention; the commonest where arms differ. "
            "Craniosacral, reflexology, aromatherapy, lymph_drainage, foam_rolling and package "
            "are not massage proper.",
            MODALITIES,
        ),
        "intervention": text("Intervention", "The treatment, in short."),
        "sessions": number("Sessions", "Planned sessions in the massage arm.", low=0),
        "weeks": number("Weeks", "Length of the treatment in weeks.", low=0),
        "minutes": number("Minutes", "Length of one session in minutes.", low=0),
        "comparators": text("Comparators", f"Joined by ';', each one of {', '.join(COMPARATORS)}."),
        "risk_of_bias": code(
            "Risk of bias", "Overall, as a source judged it. Empty: no judgement seen.", RISKS
        ),
        "risk_of_bias_source": text(
            "Risk of bias, read in", "Who judged, with which tool and what score."
        ),
        "source_id": reference("Source", "Where this row was read."),
        "place": text("Place", "Where in the source.", required=True),
        "how_read": code("How read", _HOW_READ, HOW_READ, required=True),
        "note": text("Note", "What a reader must know to judge the row."),
    },
    title="Trials",
    description="One row per trial: who, what, how much, against what.",
    primary_key="study_id",
    foreign_keys={"source_id": ("sources", "source_id")},
)

_IDENTITY = {
    "contrast_id": key("Contrast", "Stable name of the row, quoted in results."),
    "study_id": reference("Trial", "The trial it comes from."),
    "source_id": reference("Source", "Where it was read."),
    "place": text("Place", "Table, figure, analysis or page.", required=True),
    "how_read": code("How read", _HOW_READ, HOW_READ, required=True),
    "outcome": text(
        "Outcome domain",
        "What was measured: pain, function, quality_of_life, ...; 'other:...' where no claim asks.",
        required=True,
        pattern=OUTCOME,
        example="quality_of_life",
    ),
    "outcome_label": text("Outcome, as labelled", "The source's words."),
    "instrument": text("Instrument", "The scale or device. Empty: not seen."),
    "scale_min": number("Scale from", "Lowest possible score."),
    "scale_max": number("Scale to", "Highest possible score."),
    "lower_is_better": flag(
        "Lower is better",
        "Of the figures as stored in this row: true if a smaller score (or fewer events) is the "
        "better result. Empty: could not be settled; such a row gives no effect.",
    ),
    "comparator": code(
        "Comparator",
        "no_treatment: none, wait list, rest, or usual care that both arms keep; sham: light "
        "touch, attention, switched-off device; active: another treatment; add_on: the same named "
        "treatment in both arms, massage added to it in one; own_baseline: before and after in "
        "one arm, never a controlled contrast.",
        COMPARATORS,
        required=True,
    ),
    "comparator_detail": text("Comparator, as described", "What the comparison arm got."),
    "comparator_reported": text(
        "Comparator before recoding", "As first extracted, so that add_on can be traced."
    ),
    "arm": text("Massage arm", "Which one, where the trial has several or mixes them."),
    "intervention": text(
        "Treatment of the arm", "As described. Empty: as the trial's row in studies."
    ),
    "modality": code("Modality of the arm", "Empty: as the trial's row in studies.", MODALITIES),
    "sessions": number("Sessions in the arm", "Empty: as the trial's row in studies.", low=0),
    "weeks": number("Weeks in the arm", "Empty: as the trial's row in studies.", low=0),
    "minutes": number("Minutes in the arm", "Empty: as the trial's row in studies.", low=0),
    "dose": code("Dose", "As the review classed it. Empty: not stated for this outcome.", DOSES),
    "co_treatment": code(
        "Co-treatment", "What both arms of an add_on contrast got.", ("passive", "active")
    ),
    "horizon_reported": text("Horizon, as reported", "The source's words, as far as seen."),
    "timepoint_weeks": number(
        "Weeks",
        "Since treatment began: a course of 4 weeks and 12 weeks after it are 16. 0: the day of a "
        "session, also of a late one, or the end of a course of days.",
        low=0,
    ),
    "report_type": code(
        "What the figures are",
        "arm_means_post: scores afterwards; arm_change: change in each arm; counts: events and "
        "people; proportions: shares or a ratio of shares; mean_difference, ratio, smd: the "
        "difference itself; p_only, direction_only: no size given.",
        REPORT_TYPES,
        required=True,
    ),
}

_FIGURES = {
    "n_t": count("People, massage", "Analysed in the massage arm.", low=2, mend=_N_MEND),
    "mean_t": number("Mean, massage", "Score or change, see report_type."),
    "sd_t": number("SD, massage", "Standard deviation, never an SE.", above=0, mend=_SD_MEND),
    "events_t": count("Events, massage", "People with the event."),
    "pct_t": number("Percent, massage", "Share with the event, 0-100.", low=0, high=100),
    "n_c": count("People, comparator", "Analysed in the other arm.", low=2, mend=_N_MEND),
    "mean_c": number("Mean, comparator", "For own_baseline: the score before."),
    "sd_c": number("SD, comparator", "Standard deviation, never an SE.", above=0, mend=_SD_MEND),
    "events_c": count("Events, comparator", "People with the event."),
    "pct_c": number("Percent, comparator", "Share with the event, 0-100.", low=0, high=100),
    "md": number("Difference", "Massage minus comparator (SD units if report_type is smd)."),
    "ci_low": number("Difference, 95% CI from", "As printed."),
    "ci_high": number("Difference, 95% CI to", "As printed."),
    "ratio_measure": code("Kind of ratio", "RR, OR or HR.", ("RR", "OR", "HR")),
    "ratio": number("Ratio", "Massage over comparator.", above=0),
    "ratio_ci_low": number("Ratio, 95% CI from", "As printed.", above=0),
    "ratio_ci_high": number("Ratio, 95% CI to", "As printed.", above=0),
    "p_value": number("p", "As printed; 0 is a rounded 0.000.", low=0, high=1),
    "p_text": text("p, as printed", "For example 'P < 0.05'."),
    "direction": code("Direction", "What the source claims, significance included.", DIRECTIONS),
    "caution": text(
        "Caution",
        "Codes joined by ';', each explained in docs/coding.md: why to read the row twice.",
        pattern=CAUTION_PATTERN,
        example="second_hand;median",
    ),
    "duplicate_of": reference(
        "Duplicate of", "The contrast that states the same fact with more figures.", required=False
    ),
    "note": text("Note", "Doubts, and how lower_is_better was settled where that needed work."),
}

CONTRASTS = table(
    {**_IDENTITY, **_FIGURES},
    title="Contrasts",
    description="One row per trial, outcome, comparison and time point (and massage arm where a "
    "trial has several), with the figures exactly as reported.",
    primary_key="contrast_id",
    foreign_keys={
        "study_id": ("studies", "study_id"),
        "source_id": ("sources", "source_id"),
        "duplicate_of": ("contrasts", "contrast_id"),
    },
    same_row=[
        "study_id",
        "source_id",
        "place",
        "outcome",
        "outcome_label",
        "instrument",
        "comparator",
        "comparator_detail",
        "arm",
        "intervention",
        "sessions",
        "minutes",
        "horizon_reported",
        "timepoint_weeks",
        "report_type",
        "duplicate_of",
    ],
)

#: Every table of ``data/published``, by file name without ``.csv``.
SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "sources": SOURCES,
    "studies": STUDIES,
    "contrasts": CONTRASTS,
    "review_rows": REVIEW_ROWS,
    "reviews": REVIEWS,
    "thresholds": THRESHOLDS,
    "safety": SAFETY,
    "guidelines": GUIDELINES,
    "citations": CITATIONS,
    "natural_history": NATURAL_HISTORY,
}

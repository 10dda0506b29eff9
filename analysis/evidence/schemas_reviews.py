"""Schemas of the tables about publications: sources, what reviews pooled, and thresholds."""

from __future__ import annotations

from analysis.evidence.columns import (
    DOI,
    code,
    count,
    flag,
    key,
    number,
    reference,
    table,
    text,
)
from analysis.evidence.vocabulary import SOURCE_KINDS

SOURCES = table(
    {
        "source_id": key("Source", "Short name, quoted by every other table."),
        "kind": code(
            "Kind",
            "review: systematic review, evidence map or guideline review; trial_report: a trial's "
            "own publication or registry entry; threshold_study, safety_study, guideline, "
            "citation_candidate: read for that.",
            SOURCE_KINDS,
            required=True,
        ),
        "citation": text("Citation", "Authors, year, journal, as far as seen.", required=True),
        "doi": text(
            "DOI",
            "Without an address in front.",
            pattern=DOI,
            example="10.1002/14651858.CD004871.pub5",
        ),
        "pmid": text("PubMed id", "Digits only.", pattern=r"^[0-9]+$", example="38415786"),
        "pmcid": text(
            "PubMed Central id", "With its letters.", pattern=r"^PMC[0-9]+$", example="PMC33515"
        ),
        "year": count("Year", "Of publication. Empty: not seen.", low=1900),
        "url": text(
            "Address", "DOI, PubMed or PubMed Central where known, else the page it was read on."
        ),
        "read_at": text(
            "Read at", "The page it was read on, where that is another; may be a copy or be gone."
        ),
        "note": text("Note", "What a reader must know."),
    },
    title="Sources",
    description="Every publication that a figure of these tables was read in.",
    primary_key="source_id",
)

REVIEW_ROWS = table(
    {
        "row_id": key("Row", "Analysis, subgroup view and study."),
        "source_id": reference("Source", "The review."),
        "analysis": text(
            "Analysis",
            "The review's own number.",
            required=True,
            pattern=r"^A[0-9]+\.[0-9]+$",
            example="A1.1",
        ),
        "title": text("Title", "The review's own title of the analysis.", required=True),
        "comparator": code(
            "Comparator", "As in contrasts.", ("sham", "no_treatment", "add_on"), required=True
        ),
        "outcome": text("Outcome domain", "As in contrasts.", required=True),
        "subgroup": text("Subgroup", "The review's own words."),
        "study_id": reference("Trial", "The trial."),
        "contrast_id": reference(
            "Contrast",
            "Where the arms' figures stand. Several rows may point to one contrast: the review "
            "shows the same data again by subgroup.",
        ),
        "measure": code(
            "Measure", "Of effect, ci_low, ci_high.", ("MD", "SMD", "RR"), required=True
        ),
        "effect": number("Effect", "As printed, sign included."),
        "ci_low": number("95% CI from", "As printed."),
        "ci_high": number("95% CI to", "As printed."),
        "weight_percent": number(
            "Weight in percent",
            "As printed; 0 where the analysis holds one study or is not pooled.",
            low=0,
            high=100,
        ),
        "footnote": text("Footnote", "The review's remark on the row, in short."),
    },
    title="What the neck review printed",
    description="Each line of each forest plot of the Cochrane review of massage for neck pain "
    "(Gross et al. 2024): effects, intervals and weights to replicate. Not for pooling: the same "
    "trial stands in several analyses.",
    primary_key="row_id",
    foreign_keys={
        "source_id": ("sources", "source_id"),
        "study_id": ("studies", "study_id"),
        "contrast_id": ("contrasts", "contrast_id"),
    },
)

REVIEWS = table(
    {
        "row_id": key("Row", "Review and running number."),
        "review_id": text("Review", "One review may have several sources.", required=True),
        "source_id": reference("Source", "Where this row was read."),
        "place": text("Place", "Where in the source.", required=True),
        "search_to": text("Searched to", "End of the review's search, as written."),
        "topic": text("Topic", "The shelf we keep it on."),
        "condition": text("Condition", "What the people had."),
        "outcome": text("Outcome domain", "What was pooled."),
        "comparator": text("Comparator", "As reported; not coded."),
        "timepoint": text("Time point", "As reported."),
        "k": count("Studies", "Pooled for this figure where stated, else in the review: see note."),
        "n": count("People", "In those studies."),
        "measure": code(
            "Measure",
            "Of estimate and interval. percent is a share or a mean change in percent.",
            ("MD", "SMD", "RR", "OR", "g", "d", "percent"),
        ),
        "scale": text("Scale", "What the estimate counts."),
        "estimate": number("Estimate", "As printed: the sign is the review's own."),
        "ci_low": number("95% CI from", "As printed."),
        "ci_high": number("95% CI to", "As printed."),
        "p_text": text("p, as printed", "For example 'P<0.0001'."),
        "i2": text("I2", "In percent, as printed; may hold a range or a sign."),
        "favours": text("Favours", "What the review says it favours."),
        "certainty": text("Certainty", "The review's own words."),
        "note": text("Note", "Doubts."),
    },
    title="What published reviews pooled",
    description="One row per pooled estimate or conclusion of a systematic review, as reported. "
    "Mind the sign: read favours and note before using estimate.",
    primary_key="row_id",
    foreign_keys={"source_id": ("sources", "source_id")},
)

THRESHOLDS = table(
    {
        "threshold_id": key("Threshold", "Instrument, source and running number."),
        "instrument": text("Instrument", "The scale.", required=True),
        "outcome": text("Outcome domain", "What the scale measures.", required=True),
        "scale": text("Scale, as described", "The source's words."),
        "scale_min": number("Scale from", "Lowest score, where scale names it."),
        "scale_max": number("Scale to", "Highest score, where scale names it."),
        "lower_is_better": flag("Lower is better", "Of the instrument."),
        "value": number(
            "Threshold",
            "In points, or percent of the starting score. Empty: the source gives no single value.",
            above=0,
        ),
        "value_type": code(
            "Unit", "absolute: points; percent: of baseline.", ("absolute", "percent")
        ),
        "change_kind": code(
            "Kind of change",
            "between_group: the evidence calls it a between-group difference, it is the margin a "
            "review or trial set for comparing groups, or a rule of thumb for group differences. "
            "within_person: a change of one person's score, judged by anchor, ROC, expert "
            "consensus on individuals, a trial's responder definition or measurement error. "
            "Empty: not stated, or there is no value.",
            ("between_group", "within_person"),
        ),
        "meaning": code(
            "What the value is",
            "important: smallest change that matters to people; detectable: smallest change beyond "
            "measurement error, which need not matter; convention: a rule of thumb.",
            ("important", "detectable", "convention"),
        ),
        "population": text("Anchor or population", "How and in whom it was found."),
        "source_id": reference("Source", "Where it was read."),
        "note": text("Note", "Doubts."),
    },
    title="Thresholds",
    description="How large a difference must be to matter. A between-group effect is judged by "
    "between_group values, a person's own change by within_person values.",
    primary_key="threshold_id",
    foreign_keys={"source_id": ("sources", "source_id")},
)

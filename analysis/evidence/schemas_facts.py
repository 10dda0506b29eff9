"""Schemas of the tables beside the trials: harms, guidelines, the cited study, natural course."""

from __future__ import annotations

from analysis.evidence.columns import code, count, flag, key, number, reference, table, text

ARMS = ("pain_reprocessing_therapy", "open_label_placebo", "usual_care")
MATCHES = ("yes", "partial", "no")
SCOPES = ("massage", "manual_therapy", "non_drug_treatment")
TIMES = (
    "baseline",
    "post_treatment",
    "follow_up_month_1",
    "follow_up_month_2",
    "follow_up_month_3",
    "follow_up_month_6",
    "follow_up_month_12",
)
_SOURCE = {"source_id": ("sources", "source_id")}

SAFETY = table(
    {
        "row_id": key("Row", "Source and running number."),
        "source_id": reference("Source", "Where it was read."),
        "scope": code(
            "What was given",
            "massage; manual_therapy: of all kinds, manipulation included, or packages with "
            "massage; non_drug_treatment: of all kinds.",
            SCOPES,
            required=True,
        ),
        "design": text("Design", "In the source's words, shortened.", required=True),
        "n": count("People", "In the studies behind the figure."),
        "outcome": text("Outcome", "What was counted, with its interval if any.", required=True),
        "events": count("Events", "As printed."),
        "rate_percent": number("Rate in percent", "As printed.", low=0, high=100),
        "note": text("Note", "Doubts."),
    },
    title="Adverse events",
    description="What was seen of harm, as reported. Reports without a denominator give no rate.",
    primary_key="row_id",
    foreign_keys=_SOURCE,
)

GUIDELINES = table(
    {
        "row_id": key("Row", "Source."),
        "source_id": reference("Source", "Where it was read; often not the guideline itself."),
        "body": text("Body", "Who recommends.", required=True),
        "year": count("Year", "Of the guideline.", low=1900),
        "condition": text("Condition", "For whom.", required=True),
        "recommendation": text("Recommendation", "In our words.", required=True),
        "strength": text("Strength", "As the body grades it."),
        "note": text("Note", "Doubts."),
    },
    title="Guidelines",
    description="What guidelines say of massage, their silence included.",
    primary_key="row_id",
    foreign_keys=_SOURCE,
)

CITATIONS = table(
    {
        "row_id": key("Row", "First author and year."),
        "source_id": reference("Source", "Where it was read."),
        "study_id": reference("Trial", "Its row in studies, if it has one.", required=False),
        "journal": text("Journal", "Where it appeared. Empty: not seen."),
        "population": text("Population", "Who took part.", required=True),
        "chronic_pain_population": flag("Chronic pain", "Whether these people had chronic pain."),
        "randomised": flag("Randomised", "Whether it was a randomised trial."),
        "measured_pain": flag("Pain", "Whether pain was measured."),
        "measured_function": flag("Function", "Whether physical function was measured."),
        "measured_qol": flag("Quality of life", "Whether quality of life was measured."),
        "what_it_found": text("Finding", "In our words.", required=True),
        "matches_claim": code(
            "Matches", "Whether it could be the study that the claim cites.", MATCHES, required=True
        ),
        "note": text("Note", "Why, and doubts."),
    },
    title="Candidates for the cited study",
    description="Papers that could be the unnamed study of the Journal of Pain and Symptom "
    "Management, each set against what is said of it.",
    primary_key="row_id",
    foreign_keys=_SOURCE | {"study_id": ("studies", "study_id")},
)

NATURAL_HISTORY = table(
    {
        "row_id": key("Row", "Outcome, time and arm."),
        "source_id": reference("Source", "The trial's report."),
        "place": text("Place", "Where in the source.", required=True),
        "outcome": text("Outcome domain", "As in contrasts.", required=True),
        "instrument": text("Instrument", "The scale and its range.", required=True),
        "scale_min": number("Scale from", "Lowest possible score, as the instrument names it."),
        "scale_max": number("Scale to", "Highest possible score, as the instrument names it."),
        "lower_is_better": flag("Lower is better", "Of the figures as stored."),
        "time": code("Time", "Of measurement.", TIMES, required=True),
        "months_after_treatment": number(
            "Months after treatment", "0: at its end. Empty: before it.", low=0
        ),
        "arm": code("Arm", "usual_care and open_label_placebo are the yardstick.", ARMS),
        "mean": number("Mean", "As printed."),
        "sd": number("SD", "Standard deviation, as printed.", above=0),
    },
    title="A year without massage",
    description="Chronic back pain under usual care and under an open placebo: what a before/after "
    "story must beat (Ashar et al. 2021).",
    primary_key="row_id",
    foreign_keys=_SOURCE,
)

"""What a de-identified client log holds: the one list of columns, their ranges and directions.

Everything else about the log follows from here: the loader, the template, the data dictionary and
the allow-list of the de-identification. Change a column here or nowhere.
"""

from __future__ import annotations

from typing import Final

import pandera.pandas as pa

from analysis.evidence.columns import ARROW, code, count, number, table, text

#: Kinds of treatment that may be logged; anything else is `other`.
KINDS: Final = (
    "swedish",
    "deep_tissue",
    "myofascial",
    "trigger_point",
    "sports",
    "lymphatic",
    "cupping",
    "shiatsu",
    "thai",
    "reflexology",
    "chair",
    "mixed",
    "other",
    "none",
)
#: Adverse reactions, coded; several are joined by a semicolon. `none` is "asked, and nothing".
ADVERSE: Final = (
    "none",
    "soreness",
    "more_pain",
    "bruise",
    "skin",
    "headache",
    "dizziness",
    "nausea",
    "fatigue",
    "numbness",
    "emotional",
    "fall",
    "medical_care",
    "other",
)
#: Ten-year bands; everyone of 90 and over is in one, as HIPAA's Safe Harbor asks.
AGE_BANDS: Final = (*(f"{low}-{low + 9}" for low in range(0, 90, 10)), "90+")
SEXES: Final = ("female", "male", "other")

#: +1: a higher value is better for the client; -1: a lower value is. Columns not named here
#: describe the visit and have no better or worse.
DIRECTION: Final = {
    "pain_now": -1,
    "pain_worst": -1,
    "sleep_hours": 1,
    "sleep_quality": 1,
    "function": 1,
    "anxiety": -1,
    "stiffness": -1,
    "rom_degrees": 1,
    "medication_days": -1,
}
#: Without these a row says nothing that could be used.
REQUIRED: Final = ("client_code", "visit", "days_since_first")

#: The longest log that is believed, in days (twenty years): above it stands a date, not a distance.
MOST_DAYS: Final = 7305
_SCALE = "use the 0 to 10 scale; a value on 0 to 100 is divided by 10"


def _scale(title: str, description: str) -> pa.Column:
    return number(title, description, low=0, high=10, mend=_SCALE)


def _adverse() -> pa.Column:
    words = "|".join(ADVERSE)
    return text(
        "Adverse reaction",
        "What the client felt after the last visit that was unwelcome: codes joined by semicolons, "
        f"out of {', '.join(ADVERSE)}. `none` means asked, and nothing; empty means not asked.",
        pattern=rf"^({words})(;({words}))*$",
        example="soreness;fatigue",
    )


def _whole(title: str, description: str, low: int, high: int, mend: str) -> pa.Column:
    column = count(title, description, low=low, mend=mend)
    column.checks.append(pa.Check.le(high, error=f"must be {high} or less{ARROW}{mend}"))
    return column


LOG: Final = table(
    {
        "client_code": text(
            "Client code",
            "A code that says nothing about the person; the same on all rows of one client.",
            required=True,
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$",
            example="c-7k3m-9q2x",
        ),
        "visit": _whole(
            "Visit",
            "Number of the visit, 1 for the first. A visit whose row is missing keeps its number, "
            "so that the gap shows.",
            1,
            1000,
            "count the visits of each client from 1",
        ),
        "days_since_first": _whole(
            "Days since the first visit",
            "Whole days since this client's first visit (0 on the first). No date is ever stored.",
            0,
            MOST_DAYS,
            "write the days since the first visit; a number near 45000 is a date as Excel "
            "stores it",
        ),
        "age_band": code(
            "Age band",
            "Age at the first visit in bands of ten years; 90 and over is one band. Optional: "
            "it makes people easier to recognise.",
            AGE_BANDS,
        ),
        "sex": code("Sex", "Optional, for the same reason.", SEXES),
        "pain_now": _scale(
            "Pain now",
            "Asked before the treatment: 0 = no pain, 10 = worst imaginable. Lower is better.",
        ),
        "pain_worst": _scale(
            "Worst pain",
            "The worst in the last 7 days: 0 = no pain, 10 = worst imaginable. Lower is better.",
        ),
        "sleep_hours": number(
            "Hours of sleep",
            "Hours asleep in a usual night of the last 7. More is better, up to about 9.",
            low=0,
            high=24,
            mend="write hours as a decimal number, 6.5 for six and a half",
        ),
        "sleep_quality": _scale(
            "Sleep quality",
            "The last 7 nights as a whole: 0 = terrible, 10 = excellent. Higher is better.",
        ),
        "function": _scale(
            "Function",
            "One everyday activity that the client chose at the first visit: 0 = cannot do it, "
            "10 = does it as before the pain. Higher is better.",
        ),
        "anxiety": _scale(
            "Anxiety",
            "In the last 7 days: 0 = not anxious at all, 10 = as anxious as can be. "
            "Lower is better.",
        ),
        "stiffness": _scale(
            "Stiffness",
            "In the last 7 days: 0 = not stiff, 10 = as stiff as can be. Lower is better.",
        ),
        "rom_degrees": number(
            "Range of motion",
            "One movement of one joint, always the same for a client, in degrees, measured with a "
            "goniometer before the treatment. Higher is better.",
            low=0,
            high=360,
            mend="write degrees between 0 and 360",
        ),
        "medication_days": _whole(
            "Days with pain medication",
            "On how many of the last 7 days any medicine against pain was taken. Lower is better.",
            0,
            7,
            "count days, 0 to 7, not tablets",
        ),
        "minutes": number(
            "Minutes of treatment",
            "Hands-on minutes of this visit; 0 where people only filled in the form.",
            low=0,
            high=300,
            mend="write minutes between 0 and 300, not hours or a clock time",
        ),
        "kind": code("Kind of treatment", "What was mainly done at this visit.", KINDS),
        "adverse": _adverse(),
        "simulated": code(
            "Simulated",
            "`yes`: invented by a program, nobody's data. `no`: a real person's visit. "
            "Where the column is missing, `no` is assumed.",
            ("yes", "no"),
        ),
    },
    title="Client log",
    description="One row per client and visit, without anything that says who the client is.",
    primary_key="",
    same_row=["client_code", "visit"],
)
#: The columns of a log, in order.
COLUMNS: Final = tuple(LOG.columns)

"""The fixed words of the tables. How a word is chosen stands in ``docs/coding.md``."""

from __future__ import annotations

COMPARATORS = ("no_treatment", "sham", "active", "add_on", "own_baseline")
DOSES = ("low", "medium", "high")
HOW_READ = ("review_data", "table", "abstract", "full_text", "second_hand")
DESIGNS = ("rct", "crossover_rct", "non_randomised", "single_arm")
DURATIONS = ("acute", "subacute", "chronic", "mixed")
RISKS = ("low", "some", "high", "unclear")
MODALITIES = (
    "massage_unspecified",
    "swedish_or_classic",
    "myofascial_release",
    "thai",
    "tuina",
    "trigger_point",
    "connective_tissue",
    "acupressure",
    "self_massage",
    "strain_counterstrain",
    "muscle_energy",
    "craniosacral",
    "reflexology",
    "aromatherapy",
    "lymph_drainage",
    "foam_rolling",
    "package",
)
REPORT_TYPES = (
    "arm_means_post",
    "arm_change",
    "counts",
    "mean_difference",
    "ratio",
    "smd",
    "p_only",
    "direction_only",
    "proportions",
)
DIRECTIONS = ("favours_massage", "no_difference", "favours_comparator")
SOURCE_KINDS = (
    "review",
    "trial_report",
    "threshold_study",
    "safety_study",
    "guideline",
    "citation_candidate",
)

#: Why a row must be read twice before it is used: code -> meaning, in the order of the cells.
CAUTIONS = {
    "duplicate": "the same fact stands in the row that duplicate_of names",
    "second_hand": "read in a review, news item or summary, not in the trial's own report",
    "within_arm": "change inside an arm or a test of it; says nothing against the comparator",
    "baseline_in_control_column": "the comparator's figures are the same people's, before",
    "both_arms_massage": "one massage against another, so not massage against something else",
    "co_intervention": "massage is one part of what the massage arm got and the other did not, "
    "or cannot be told from it",
    "mixed_comparators": "several comparison arms or a range over them",
    "not_randomised_comparison": "the two groups compared were not formed by chance in this trial",
    "allocation_doubtful": "randomisation not stated, by turns, or called quasi-experimental",
    "paired": "the same people, or legs, under both conditions: a variance computed as for two "
    "separate groups is too wide or too narrow",
    "factorial": "half of both arms got a further treatment by design",
    "sign_unclear": "which way the figures count is not stated, or they and the words point in "
    "opposite directions",
    "improvement_positive": "improvement is printed as a positive number, or improved people are "
    "counted, while lower_is_better is that of the instrument: the figures count the other way",
    "unit_unclear": "scale, range or unit not stated",
    "percent_in_means": "mean_t, mean_c or md hold percentages of people",
    "change_in_percent": "change in percent of the first value, not in points",
    "median": "medians, or differences of medians",
    "se_as_sd": "the spread is, or may be, a standard error",
    "sd_assumed": "the spread is not labelled; entered as SD",
    "spread_is_interval": "the spread printed with an arm is a confidence interval",
    "n_as_randomised": "people randomised, not people analysed",
    "adjusted": "from a model with covariates",
    "per_protocol": "not by intention to treat",
    "part_of_total": "a part of a score that another row holds whole",
    "baseline_imbalance": "the arms differed before treatment",
    "high_attrition": "many left, or the trial stopped early",
    "misprint": "the source misprints or contradicts itself",
    "inconsistent_p": "the printed p does not follow from the printed figures",
    "implausible": "figures too good to be believed",
    "inferred_null": "no difference inferred from silence, not stated",
    "cut_off": "the text was read only in part",
    "possible_overlap": "people may be those of another trial or report",
    "machine": "a device gives the massage, or the massage it is compared with",
    "tool_assisted": "cups, bars or other tools in the therapist's hand",
    "self_or_lay": "given by the person, a relative or a friend",
}
_CODE = f"(?:{'|'.join(CAUTIONS)})"
#: Codes joined by ';' without blanks.
CAUTION_PATTERN = f"^{_CODE}(?:;{_CODE})*$"

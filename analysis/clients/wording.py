"""The report's sentences. Every number in them comes from a result; none is typed."""

from __future__ import annotations

from typing import Final

from analysis.clients.attendance import Stopped
from analysis.clients.results import FEWEST, Expected, OutcomeResult
from analysis.evidence.sentences import count, interval, level, number

#: What no log can show, said on every report.
CANNOT: Final = "a log cannot show that massage did it"
#: Shorter or longer than this, in days, and the trial's month is not the clients' time.
MONTH: Final = (14, 56)
LIMITS: Final = (
    "There is no comparison group: time, attention, other treatments and hope are in all this.",
    "Clients answer a person they like and pay. That alone moves ratings.",
    "The yardstick is one trial of adults with chronic back pain of low to moderate severity.",
    "That trial asked for the average pain of a week. Your clients may differ in all of this.",
    "Who stops coming is not in the later values: see what is said of those who stopped.",
    "Several outcomes were looked at. Some will look good by chance.",
)
SINGLE_LIMITS: Final = (
    "These measures say whether later values are better than earlier ones, not by how much or why.",
    "Values of one person resemble each other from visit to visit, so intervals are too narrow.",
    "With fewer than three values before the first treatment, a good run may be a bad start.",
)


def sentence(result: OutcomeResult) -> str:
    """The answer for one outcome: observed, expected without treatment, what is left, what not."""
    change = result.change
    if change is None:
        return (
            f"{result.noun.capitalize()}: fewer than {FEWEST} clients have a first and a later "
            f"value, so there is no group answer; {CANNOT}."
        )
    size = f"{number(abs(change.mean))} {result.unit} ({_spread(change.ci_low, change.ci_high)})"
    verb = "improved" if change.mean >= 0 else "got worse"
    said = f"Your clients' {result.noun} {verb} by {size} from first to last visit."
    usual = _benchmark(result, "usual_care")
    if usual is None or result.at_most is None:
        return (
            f"{said} The trial measured nothing like it, so how much of that comes by itself is "
            f"not known, and {CANNOT}."
        )
    expected = f"{_moved(usual.improvement)} {result.unit} without a new treatment"
    if result.at_most > 0:
        left = (
            f"What is left is at most {number(result.at_most)} "
            f"({_spread(usual.left_low, usual.left_high)}), and {CANNOT}."
        )
    else:
        left = f"Nothing is left to explain ({_spread(usual.left_low, usual.left_high)})."
        left = f"{left[:-1]}, and {CANNOT}."
    return (
        f"{said} People like them {expected} in about a month. {left} {_strength(result)}".strip()
    )


def _strength(result: OutcomeResult) -> str:
    if result.at_most == 0:
        return ""
    if result.beyond_all_benchmarks:
        return (
            "That is more than usual care, an open placebo, or a start on a bad day lead one to "
            "expect: worth a fair test, with a comparison."
        )
    names = {
        "usual_care": "natural course",
        "placebo": "an open placebo",
        "bad_day": "a start on a bad day",
    }
    enough = [names[e.name] for e in result.yardstick if e.left_low <= 0]
    listed = " or ".join(enough)
    return f"Within the uncertainty, {listed} alone can explain all of it."


def time_note(result: OutcomeResult) -> str | None:
    """A caution where the clients' time is not the trial's month; None where it is."""
    if result.median_days is None or MONTH[0] <= result.median_days <= MONTH[1]:
        return None
    return (
        f"Half of your clients were followed for more than {number(result.median_days, 0)} days; "
        "the yardstick is about one month."
    )


def stopped_sentence(stopped: Stopped, unit: str) -> str:
    """Who stopped early, how they fared, and what that does to the average."""
    if not stopped.clients:
        return "No client came at most half as often as the middle one."
    said = (
        f"{stopped.clients} of {count(stopped.of, 'client')} came to at most "
        f"{count_visits(stopped.limit_visits)}, half as often as the middle client."
    )
    if stopped.gap is not None and stopped.gap_low is not None and stopped.gap_high is not None:
        word = "less" if stopped.gap < 0 else "more"
        said += (
            f" Those of them with a second value had improved by {number(abs(stopped.gap))} {unit} "
            f"{word} than the others ({_spread(stopped.gap_low, stopped.gap_high)})."
        )
    if stopped.if_nothing_gained is not None:
        said += (
            " If everyone who stopped had gone back to the first value, the average improvement "
            f"of all would be {number(stopped.if_nothing_gained)} {unit}."
        )
    return said


def count_visits(visits: float) -> str:
    """A limit of visits in words: "3 visits" or, between two counts, "2.5 visits"."""
    return f"{visits:g} {'visit' if visits == 1 else 'visits'}"


def _benchmark(result: OutcomeResult, name: str) -> Expected | None:
    return next((e for e in result.yardstick if e.name == name), None)


def _moved(improvement: float) -> str:
    return f"{'improve' if improvement >= 0 else 'get worse'} by about {number(abs(improvement))}"


def _spread(low: float, high: float) -> str:
    return f"{level(0.95)} interval {interval(low, high)}"

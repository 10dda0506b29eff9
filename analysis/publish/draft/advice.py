"""The checker's own words: why a wording goes too far, and what to write where no trial can help.

Written for a therapist who wants to be believed: kind, plain, one or two sentences. No figure
stands here; what trials say is added from the recorded verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence

TRAP_WHY = {
    "stop": (
        "This can be read as advice to stop or skip a treatment, which can harm a reader; only "
        "the person who prescribed it should change it."
    ),
    "disease": (
        "This promises an effect on a disease, and a reader may put off care because of it; "
        "advertising rules are strict here."
    ),
    "cure": (
        "“Cure” and “heal” promise that the trouble goes and stays away; that is more than a trial "
        "tells."
    ),
    "detox": (
        "Which toxins, and how they were measured, nobody says; liver and kidneys do that work, "
        "and readers who know this may stop believing the rest."
    ),
    "testimonial": (
        "What clients say is theirs to tell and worth hearing, but it is not evidence that "
        "massage was the cause: people also get better by themselves."
    ),
    "story": (
        "One person's change may have had many causes, so words such as “thanks to” or “cured” "
        "say more than anyone can know; tell what happened, and leave the cause open."
    ),
    "proof": "“Proven” and “a fact” leave no room for what is still open; say how sure it is.",
    "study": (
        "A study without authors, year or title cannot be looked up, so a careful reader will not "
        "believe it; name the paper and say what massage was compared with."
    ),
    "journal": (
        "This study is mentioned without authors, year and title, so that nobody can look it up."
    ),
    "endorphins": (
        "This is said everywhere, and goes further than what has been measured; “may”, or that it "
        "is not known, would be fair."
    ),
}
TRAP_WRITE = {
    "stop": (
        "Please keep taking what was prescribed to you, and talk to your doctor before you change "
        "anything."
    ),
    "disease": (
        "Massage is not a treatment for a disease; some people like it alongside the care that "
        "their doctor gives."
    ),
    "cure": "Massage is not a cure; some people find that it does them good for a while.",
    "detox": "Massage does not need to remove anything from your body to feel good.",
    "testimonial": (
        "Clients tell me how they feel after a massage; what they say cannot show what caused it."
    ),
    "story": (
        "A client told me about a change after coming for massage; one story cannot show what "
        "caused it."
    ),
    "proof": (
        "Some effects of massage have been tested in trials; how sure the answers are differs from "
        "question to question."
    ),
    "study": (
        "Trials have compared massage with other things; what they found, and how sure it is, "
        "differs from question to question."
    ),
    "journal": (
        "I could not find the study that is often mentioned without its name; reviews of trials, "
        "which anyone can read, say more."
    ),
    "endorphins": "",
}
FAIR_WHY = {
    "open": "Fine: it says openly what is not known.",
    "hedged": "Fine: it leaves room for people whom massage does not help.",
    "compared": "Fine: it says what massage was compared with, and trials bear that out.",
    "within": "Fine: it says no more than the trials do.",
}
OVER_WHY = {
    "strong": "Words such as “always”, “guaranteed” or “for good” promise more than trials can.",
    "lasting": "It speaks of lasting effects, which need trials that lasted; they do not show it.",
    "compared": "Trials do not bear out this comparison.",
    "supported_uncertain": (
        "It states as certain what trials support in part only, and not surely; say what massage "
        "was compared with, or that it may help."
    ),
    "no_clear_effect": (
        "It states as a fact what trials do not show clearly; “may” or “some people find” would "
        "be fair."
    ),
    "not_testable": (
        "It states as a fact what nobody can know yet: trials do not print the figures. “May”, or "
        "that it is not known, would be fair."
    ),
    "not_supported": "Trials found no difference that matters, so even “may” promises too much.",
    "contradicted": "Trials point the other way.",
    "supported": "Trials support this, but not as strongly as it is put here.",
}


def strong_why(found: Sequence[str]) -> str:
    """Why a promise goes too far, with the words of the sentence that make it one."""
    if len(found) == 1 and " " not in found[0]:
        return f"The word {_quoted(found)} promises more than trials can."
    return f"The words {_quoted(found)} promise more than trials can."


def lasting_why(found: Sequence[str]) -> str:
    """Why words for lasting effects go too far, with the words of the sentence."""
    return (
        f"It speaks of lasting effects ({_quoted(found)}), which need trials that lasted; they do "
        "not show it."
    )


def _quoted(found: Sequence[str]) -> str:
    each = [f"“{words}”" for words in found]
    return " and ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)

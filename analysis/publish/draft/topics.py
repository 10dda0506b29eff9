"""Which of the claims a sentence makes: a subject with a word of effect near it, about massage."""

from __future__ import annotations

from analysis.publish.draft.features import Features, Span, inside
from analysis.publish.draft.lexicon import Topic, lexicon, word_set
from analysis.publish.draft.wording import is_open

BEFORE, AFTER = (
    9,
    7,
)  # words between an effect and its subject: "eases [...] pain", "pain [...] goes"
CLOSE = 3  # the same for words as common as "good", "full" and "well"
FRAGMENT = 3  # an effect among the first words makes a headline: "Improves circulation"
_HORMONES = {"cortisol", "endorphins", "serotonin"}
_COPULAS = {"is", "are", "was", "were"}
ASIDE = 5  # words between "if" and what it supposes
_SUPPOSED = {"if", "how"}
INTAKE = 4  # what a client is asked to tell is asked among the first words
_PEOPLE = word_set("people")
_INVITES = word_set("invites")
_MODALS = word_set("modals")
_ADVERBS = word_set("adverbs")
_NEUTRAL = word_set("neutral")
_WITH = {"with", "from", "in", "have", "has"}


def claims_made(f: Features) -> dict[str, list[Span]]:
    """Ids of the claims that a sentence makes or weighs, with the words of effect behind each.

    The words are needed to see whether they are denied. A claim that stands as a whole phrase
    ("pain relief") gives the phrase itself. Empty where the sentence is not about massage.
    """
    spans = _named_spans(f)
    if any(start < INTAKE for start, _ in f.spans("intake")):  # "tell us what eases your pain"
        return {}
    if not any(claim for _, claim in spans) or not about_massage(f):
        return {}
    weighed = is_open(f) or _tells_a_story(f) or _compares_groups(f)
    made: dict[str, list[Span]] = {}
    population: dict[str, list[Span]] = {}
    for topic in lexicon().topics:
        alone = _uncovered(f, topic, "alone", spans)
        named: list[Span] = []
        sufferers: list[Span] = []
        for term in _uncovered(f, topic, "terms", spans):
            if not weighed and _aside(f, term):
                continue
            effects = _effects(f, topic, term)
            if not effects and ((weighed and topic.effects) or _yours(f, topic, term)):
                effects = [term]
            (sufferers if _of_people(f, term) else named).extend(effects)
        if alone or named:
            made.setdefault(topic.claim, []).extend([*alone, *named])
        elif sufferers:
            population.setdefault(topic.claim, []).extend(sufferers)
    # "helps people with arthritis" is about arthritis only where it is about nothing else
    return made or population


def _aside(f: Features, term: Span) -> bool:
    """Whether a subject is only talked about ("about your pain"), supposed, or the writer's own."""
    before = f.words[max(0, term[0] - ASIDE) : term[0]]
    if "about" in before[-3:] and "forget" not in f.words:
        return True
    if f.has("massage", "told_so") or f.quoted:
        return False
    if not {"you", "your"}.intersection(f.words) and {"my", "i"}.intersection(before[-2:]):
        return True
    return bool(_SUPPOSED.intersection(before))


def _yours(f: Features, topic: Topic, term: Span) -> bool:
    """Whether a hormone is the reader's: whatever it does then is meant as an effect of massage."""
    before, after = f.words[max(0, term[0] - 2) : term[0]], f.words[term[1] : term[1] + 1]
    return topic.claim in _HORMONES and "your" in before and not _COPULAS.intersection(after)


def _compares_groups(f: Features) -> bool:
    """Whether a trial's groups are compared, in whichever order: "those on a waiting list hurt"."""
    return f.has("comparing") and f.has("no_treatment", "sham") and f.has("massage")


def about_massage(f: Features) -> bool:
    """Whether massage is what acts: named, meant by "our" or "it", or left out in a headline."""
    if f.has("massage"):
        return True
    # "hits the pillow" names no pillow that acts
    whole = f.spans(*(f"{topic.tag}.alone" for topic in lexicon().topics))
    other = any(not inside(span, whole) for span in f.spans("other"))
    # "Painkillers have side effects": here medicines act
    if other or any(span[0] < 2 for span in f.spans("treatment")):
        return False
    if is_open(f) and f.has("study", "talk"):
        return True
    if f.has("figure"):
        return True
    if f.has("second") or f.near("reporters", "report", after=5):
        return True
    if f.words and f.words[0] in _INVITES:
        return True
    present = [topic for topic in lexicon().topics if f.has(f"{topic.tag}.terms")]
    effects = {tag for topic in present for tag in topic.effects}
    phrases = [f"{topic.tag}.alone" for topic in lexicon().topics]
    return any(span[0] < FRAGMENT - 1 for span in f.spans(*effects)) or any(
        span[0] < FRAGMENT for span in f.spans(*phrases)
    )


def _uncovered(f: Features, topic: Topic, kind: str, spans: list[tuple[Span, str]]) -> list[Span]:
    """Spans of a topic that are no part of a longer phrase about something else."""
    return [
        own
        for own in f.tags.get(f"{topic.tag}.{kind}", ())
        if not any(
            claim != topic.claim and end - start > own[1] - own[0] and inside(own, [(start, end)])
            for (start, end), claim in spans
        )
    ]


def _named_spans(f: Features) -> list[tuple[Span, str]]:
    """Every phrase that names something, with the claim that it belongs to ("" for none)."""
    return [
        (span, topic.claim)
        for topic in lexicon().topics
        for tag in (f"{topic.tag}.terms", f"{topic.tag}.alone")
        for span in f.tags.get(tag, ())
    ] + [(span, "") for span in f.spans("massage", "journal", "not_proof", "not_meant")]


def _effects(f: Features, topic: Topic, term: Span) -> list[Span]:
    # "beats drugs" and "than any pill" compare with medicines and say nothing about their use
    if topic.claim == "medication" and "than" in f.words[max(0, term[0] - 3) : term[0]]:
        return []
    close = set(f.spans("deep")) if "deep" in topic.effects else set()
    acts = [] if topic.claim == "medication" else _acts(f, term)
    found = []
    for span in [*f.spans(*topic.effects), *acts]:
        before, after = term[0] - span[1], span[0] - term[1]
        if span in close and not (0 <= before < CLOSE or 0 <= after < CLOSE):
            continue
        if f.clause[span[0]] != f.clause[term[0]]:
            continue
        around = inside(term, [span])  # "leave your pain behind"
        if around or 0 <= before < BEFORE or 0 <= after < AFTER:
            found.append(span)
    return found


def _of_people(f: Features, term: Span) -> bool:
    """Whether a subject only says whose: "people who live with constant pain"."""
    if f.words[term[1] : term[1] + 1] and f.words[term[1]] in _PEOPLE:
        return True
    window = f.words[max(0, term[0] - 6) : term[0]]
    people = [i for i, word in enumerate(window) if word in _PEOPLE]
    return bool(people) and any(word in _WITH for word in window[people[-1] :])


def _acts(f: Features, term: Span) -> list[Span]:
    """Unlisted verbs right after "massage" or "massage will", ahead of a term."""
    known = {span[0] for tag in _EFFECT_TAGS for span in f.tags.get(tag, ())}
    found = []
    for _, end in f.spans("massage"):
        at, modal = end, False
        while at < term[0] and (
            f.words[at] in _MODALS or f.words[at] in _ADVERBS or f.words[at].endswith("ly")
        ):
            modal |= f.words[at] in _MODALS
            at += 1
        if at >= term[0]:
            continue
        word = f.words[at]
        third = word.endswith("s") and not word.endswith("ss")
        if (modal or third) and word not in _NEUTRAL and at not in known and len(word) > 2:
            found.append((at, at + 1))
    return found


_EFFECT_TAGS = ("less", "more", "better", "end")


def _tells_a_story(f: Features) -> bool:
    """Whether a subject needs no word of effect: a cause is named, or a client is quoted."""
    if f.has("causal") and f.has("massage"):
        return f.has("person")
    return bool(f.quoted) and f.has("spoken") and f.has("speaker")

"""The draft check: what it finds, what it leaves alone, and that the verdicts decide."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import paths
from analysis.evidence import papers, sources, tables
from analysis.evidence.fair import may_write
from analysis.evidence.verdicts import judge_all
from analysis.publish.draft.check import check_text
from analysis.publish.draft.lexicon import lexicon
from analysis.publish.draft.measured import FLAGGED, labelled, scores, together
from analysis.publish.draft.recorded import recorded
from analysis.publish.draft.stemmer import english

DOCUMENT: dict[str, Any] = json.loads(
    (paths.results_dir() / "claims.json").read_text(encoding="utf-8")
)


def judged(text: str, document: dict[str, Any] = DOCUMENT) -> dict[str | None, str]:
    """The judgement of each claim in a text."""
    return {f.claim: f.judgement for f in check_text(text, document)}


def flagged(text: str) -> bool:
    return any(judgement in FLAGGED for judgement in judged(text).values())


def with_verdict(claim: str, verdict: str) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    for entry in document["claims"]:
        if entry["id"] == claim:
            entry["verdict"] = verdict
    return document


def test_every_claim_can_be_found() -> None:
    asked = {entry["id"] for entry in DOCUMENT["claims"]}
    assert {topic.claim for topic in lexicon().topics} | {"cited-study"} == asked


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("You can throw away your painkillers.", "medication"),
        ("Ditch the pills and book a massage.", "medication"),
        ("Massage may let you come off your blood pressure tablets.", "medication"),
        ("Cancel your surgery and try massage first.", None),
        ("Massage cures arthritis.", None),
        ("Our massage heals cancer.", None),
        ("Massage may cure fibromyalgia.", None),
        ("Our deep tissue sessions flush toxins from your body.", None),
        ("Massage detoxifies the body.", None),
        ("Massage may help flush toxins.", None),
        ("Massage releases endorphins.", "endorphins"),
        ("Massage is proven to relieve chronic pain.", "pain"),
        ("Regular massage has been clinically proven to reduce cortisol by 31%.", "cortisol"),
        ("Research has shown that massage therapy is effective for chronic pain.", "pain"),
        ("A study shows that massage eases chronic pain.", "cited-study"),
        ("A study in the Journal of Pain and Symptom Management shows it.", "cited-study"),
        ("Our testimonials prove that massage works.", None),
        ("Thanks to massage, my client's lifelong back pain is gone.", "pain"),
        ("After three massages Maria's back pain was gone.", "pain"),
        (
            "One client slept through the night after weekly massage, which shows that it works.",
            "sleep",
        ),
        ("Bring your pills along and we will wean you off them.", "medication"),
        ("\u201cMassage cured my back pain!\u201d says Linda, one of our clients.", "pain"),
    ],
)
def test_known_traps(text: str, claim: str | None) -> None:
    assert judged(text).get(claim) == "trap", judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "Massage does not cure arthritis.",
        "Massage is no cure for fibromyalgia.",
        "Massage does not remove toxins from the body.",
        "The idea that massage flushes out toxins is a myth.",
        "Does massage cure arthritis?",
        "Does massage help sleep?",
        "Massage is not a substitute for medical care.",
        "Ask your doctor before you change your medication.",
        "Don't stop taking your medication without asking your doctor.",
        "You may have read that \u201cmassage releases toxins\u201d, but it is not shown.",
        "Regular exercise improves sleep.",
        "Poor sleep makes pain harder to bear.",
        "Book your appointment online.",
        "We offer mobile massage at flexible hours.",
        "Massage improves immune function.",
    ],
)
def test_denials_questions_and_other_things_are_not_listed(text: str) -> None:
    assert judged(text) == {}


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Massage may help with sleep.", "sleep"),
        ("Massage may help some people with chronic pain.", "pain"),
        ("Many clients sleep better after a session.", "sleep"),
        ("Massage might ease pain for a while.", "pain"),
        ("It is not known whether massage raises serotonin.", "serotonin"),
        ("There is no good evidence that massage reduces cortisol.", "cortisol"),
        (
            (
                "In trials, people with neck pain had less pain after massage than people who got "
                "no treatment; against a sham the difference was not clear."
            ),
            "pain",
        ),
        ("Massage is generally safe for most people.", "safety"),
        ("Massage can sometimes cause soreness the day after.", "safety"),
        ("A client told me that she slept a little better after three massages.", "sleep"),
    ],
)
def test_fair_sentences_are_called_fair(text: str, claim: str) -> None:
    assert judged(text) == {claim: "fair"}


@pytest.mark.parametrize(
    "text",
    [
        "It is no secret that massage relieves pain.",
        "Nothing takes away back pain like a massage.",
        "Not only does massage ease pain, it also lowers anxiety.",
        "Did you know that massage boosts serotonin?",
        "No more back pain: book your massage today.",
    ],
)
def test_negative_words_and_questions_that_claim(text: str) -> None:
    assert flagged(text)


def test_a_sentence_can_make_several_claims() -> None:
    found = judged("Massage boosts serotonin, lowers cortisol and improves sleep.")
    assert found == dict.fromkeys(["cortisol", "serotonin", "sleep"], "overclaim")


def test_the_stemmer_loaded_alone_is_the_packages_own() -> None:
    import snowballstemmer

    alone, whole = english(), snowballstemmer.stemmer("english")
    words = {word for s in labelled() for word in s.text.lower().split()}
    assert [alone.stemWord(w) for w in words] == [whole.stemWord(w) for w in words]


def test_slips_and_spelling_variants_are_understood() -> None:
    assert judged("Massage increases seratonin.") == {"serotonin": "overclaim"}
    assert judged("Masage lowers anxeity.") == {"stress-anxiety": "overclaim"}
    assert judged("The message relieves no one.") == {}


@pytest.mark.parametrize("claim", ["sleep", "cortisol", "pain"])
def test_the_verdict_decides(claim: str) -> None:
    noun = {"sleep": "improves sleep", "cortisol": "lowers cortisol", "pain": "relieves pain"}[
        claim
    ]
    plain, hedged = f"Massage {noun}.", f"Perhaps massage {noun}."
    assert judged(plain, with_verdict(claim, "supported")) == {claim: "fair"}
    assert judged(plain, with_verdict(claim, "no_clear_effect")) == {claim: "overclaim"}
    assert judged(hedged, with_verdict(claim, "not_testable")) == {claim: "fair"}
    assert judged(hedged, with_verdict(claim, "not_supported")) == {claim: "overclaim"}
    assert judged(plain, with_verdict(claim, "supported_uncertain")) == {claim: "overclaim"}


def test_endorphins_are_a_trap_only_while_the_verdict_says_so() -> None:
    document = with_verdict("endorphins", "supported")
    assert judged("Massage releases endorphins.", document) == {"endorphins": "fair"}


def test_a_comparison_is_held_against_its_own_answer() -> None:
    against_sham = "In trials massage reduced pain more than a sham treatment."
    assert judged(against_sham) == {"pain": "overclaim"}
    document = copy.deepcopy(DOCUMENT)
    for answer in document["claims"][0]["answers"]:
        if answer["comparator"] == "sham":
            answer["verdict"] = "supported"
    assert judged(against_sham, document) == {"pain": "fair"}


def test_rewordings_are_the_fair_sentences_of_the_claims_pages() -> None:
    verdicts = judge_all()
    for claim, known in recorded(DOCUMENT).items():
        assert known.fair == may_write(verdicts[claim]).fair


def test_rewordings_pass_the_check_themselves() -> None:
    for known in recorded(DOCUMENT).values():
        assert not flagged(known.fair), known.fair
    for sentence in labelled():
        for finding in check_text(sentence.text, DOCUMENT):
            if finding.judgement in FLAGGED:
                assert finding.rewording
                assert not flagged(finding.rewording), finding.rewording


def test_citations_name_the_papers_behind_the_verdict() -> None:
    pain = next(f for f in check_text("Massage relieves pain.", DOCUMENT) if f.claim == "pain")
    assert "CD004871" in pain.cite
    assert DOCUMENT["data_version"] in pain.cite


def test_papers_agree_with_the_checked_tables() -> None:
    loaded = tables.load_all()
    for entry in DOCUMENT["claims"]:
        rows = [*entry["rows"], *(r for a in entry["answers"] for r in a["rows"])]
        assert papers.of_rows(rows) == sources.of_rows(loaded, rows)
    with pytest.raises(KeyError, match="no-such-row"):
        papers.of_rows(["no-such-row"])


def test_quality_on_the_sentences_that_the_rules_were_made_with() -> None:
    per_claim, flags = scores((s for s in labelled() if s.split == "tune"), DOCUMENT)
    whole = together(per_claim.values())
    for score in (whole, flags):
        assert (score.precision or 0) >= 0.97
        assert (score.recall or 0) >= 0.95


def test_quality_on_the_sentences_set_aside() -> None:
    per_claim, flags = scores((s for s in labelled() if s.split == "held_out"), DOCUMENT)
    for score in (together(per_claim.values()), flags):
        assert (score.precision or 0) >= 0.95
        assert (score.recall or 0) >= 0.90


def test_the_labelled_set_is_what_the_page_says_it_is() -> None:
    listed = labelled()
    assert len({s.text for s in listed}) == len({s.id for s in listed}) == len(listed)
    asked = {entry["id"] for entry in DOCUMENT["claims"]}
    assert {claim for s in listed for claim in s.claims} == asked
    held = [s for s in listed if s.split == "held_out"]
    assert len(held) >= 100
    assert {claim for s in held for claim in s.claims} == asked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Massage significantly reduces pain.", "The word “significantly” promises"),
        ("Massage instantly and completely relieves pain.", "“instantly” and “completely”"),
        ("Massage relieves pain for good.", "“for good”"),
        ("Massage relieves pain every time.", "The words “every time” promise"),
    ],
)
def test_the_words_that_promise_too_much_are_named(text: str, words: str) -> None:
    (pain,) = [f for f in check_text(text, DOCUMENT) if f.claim == "pain"]
    assert words in pain.why
    assert "always" not in pain.why


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("Tight muscles turn to butter.", "blood-flow"),
        ("Your nervous system shifts into rest mode.", "parasympathetic"),
        ("Say goodbye to pills.", "medication"),
        ("Massage: nature's ibuprofen.", "pain"),
        ("Leave the stress of the whole week at the door.", "stress-anxiety"),
        ("There is no way a massage could hurt you.", "safety"),
        ("Your cortisol takes a dive.", "cortisol"),
    ],
)
def test_figures_of_speech_claim(text: str, claim: str) -> None:
    assert judged(text).get(claim) in FLAGGED


@pytest.mark.parametrize(
    "text",
    [
        "Tell me where your back hurts.",
        "We stop if you feel pain.",
        "Your first visit starts with a talk about your pain.",
        "My own back pain made me a therapist.",
        "Leave your shoes at the door.",
        "Most back pain gets better on its own within weeks.",
    ],
)
def test_subjects_that_are_only_talked_about_are_left_alone(text: str) -> None:
    assert judged(text) == {}


_PARTS = st.sampled_from(
    ["massage", "relieves", "pain", "may", "not", "\u201c", "\u201d", "'", ".", "?", "proven", "study", "shows", "toxins", "stop", "your", "pills", "thanks to", "Anna", "whether", "\n", "- ", "# ", "> ", "`", "<b>", "&amp;", "[a](b)", "cortisol", "lowers", "100%"]  # noqa: E501
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    st.one_of(st.text(), st.lists(_PARTS, max_size=40).map(" ".join)),
    st.sampled_from(["text", "markdown", "html"]),
)
def test_no_text_breaks_the_check(text: str, form: str) -> None:
    plain = " ".join(text.split())
    for finding in check_text(text, DOCUMENT, form):
        assert finding.judgement in ("fair", *FLAGGED)
        assert finding.line >= 1
        if form == "text":
            assert finding.text in plain

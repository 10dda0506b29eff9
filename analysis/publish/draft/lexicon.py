"""The word lists of the checker, compiled for matching by stem.

The lists are data (`words.toml`, `topics.toml`, `spelling.toml`); this module turns each phrase
into a run of stems, so that one entry finds every inflection.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from analysis.publish.draft.stemmer import english

_HERE = Path(__file__).parent
_WORD = re.compile(r"\d+|[^\W\d_]+(?:['\u2019\u02bc][^\W\d_]+)*")
_POSSESSIVE = ("'", "\u2019", "\u02bc")
_SHORTENED = {"it", "he", "she", "that", "there", "what", "let", "who", "here", "how", "where"}
_APOSTROPHES = str.maketrans("", "", "'\u2019\u02bc")
LONG_WORD = 9  # letters from which two slips are forgiven
SHORTEST = 5  # letters below which no slip is
GAP = "..."  # in a listed phrase: up to three words that may be anything


@dataclass(frozen=True)
class Phrase:
    """A run of stems and what it means: a tag such as ``hedge``, or ``pain.terms``."""

    stems: tuple[str, ...]
    tag: str


@dataclass(frozen=True)
class Topic:
    """One subject of a claim: ``tag`` names its phrases, ``effects`` what makes it a claim."""

    claim: str
    tag: str
    effects: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """All phrases by their first stem, and the topics."""

    phrases: dict[str, tuple[Phrase, ...]]
    topics: tuple[Topic, ...]


@cache
def _stemmer() -> Any:
    return english()


@cache
def stem(word: str) -> str:
    """The stem of a lower-case word without apostrophes."""
    return str(_stemmer().stemWord(word))


def words(text: str) -> list[tuple[str, int, int]]:
    """Words of a text in lower case without apostrophes, each with where it begins and ends."""
    return [(_plain(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def _plain(word: str) -> str:
    """A word in lower case, without apostrophes and without the "s" of possession."""
    word = word.lower()
    if word[-2:-1] in _POSSESSIVE and word[-1] == "s" and word[:-2] not in _SHORTENED:
        word = word[:-2]
    return word.translate(_APOSTROPHES)


@cache
def lexicon() -> Lexicon:
    """The compiled word lists; read once."""
    tagged = dict(_read("words.toml"))
    topics = []
    for claim, entry in _read("topics.toml").items():
        parts = {claim: entry}
        parts |= {f"{claim}.{name}": part for name, part in entry.items() if isinstance(part, dict)}
        for tag, part in parts.items():
            topics.append(Topic(claim, tag, tuple(part["effects"])))
            tagged[f"{tag}.terms"] = part["terms"]
            tagged[f"{tag}.alone"] = part["alone"]
    by_first: dict[str, dict[Phrase, None]] = defaultdict(dict)
    for tag, listed in tagged.items():
        for text in listed:
            stems = tuple(_key(word) for word in text.split())
            by_first[stems[0]][Phrase(stems, tag)] = None
    return Lexicon({first: tuple(found) for first, found in by_first.items()}, tuple(topics))


@cache
def word_set(name: str) -> frozenset[str]:
    """A plain set of words from `sets.toml`, matched as they stand."""
    return frozenset(_read("sets.toml")[name].split())


def listed(tag: str) -> tuple[str, ...]:
    """The phrases of one list of `words.toml` as they are written there."""
    return tuple(phrase.replace("=", "") for phrase in _read("words.toml")[tag])


def _key(word: str) -> str:
    """The stem of a listed word; a word marked with "=" stands for itself alone."""
    return word if word.startswith("=") or word == GAP else stem(word)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))


@cache
def _targets() -> tuple[dict[str, list[str]], frozenset[str]]:
    listed = _read("spelling.toml")
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in listed["words"]:
        by_letter[word[0]].append(word)
    known = {stem(word) for word in (*listed["never"], *listed["words"])}
    known |= {part for run in lexicon().phrases.values() for phrase in run for part in phrase.stems}
    return by_letter, frozenset(known)


@cache
def mended(word: str) -> str:
    """The word that a slip was meant to be, or the word itself.

    Only words of `spelling.toml` are meant; the first letter must be right, and words that the
    lists know are left alone.
    """
    targets, known = _targets()
    if len(word) < SHORTEST or word[0] not in targets or stem(word) in known:
        return word
    slips = 2 if len(word) >= LONG_WORD else 1
    best = process.extractOne(word, targets[word[0]], scorer=OSA.distance, score_cutoff=slips)
    return str(best[0]) if best else word

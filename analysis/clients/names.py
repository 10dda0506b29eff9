"""Whether a text could hold somebody's name.

No list of names is whole, so the test runs the other way as well: a word with a capital that is
not an ordinary English word could be a name. Text in other scripts cannot be judged, and is said
to be a possible name.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LABEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|[^\W\d_]+")
_ENDS: tuple[str, ...] = (
    "ing",
    "ed",
    "ly",
    "ness",
    "tion",
    "sion",
    "ment",
    "ache",
    "able",
    "ful",
    "less",
    "itis",
)
_ENDS += ("algia", "opathy", "ous", "ical")
_PARTICLES = {"van", "von", "de", "da", "di", "del", "der", "den", "la", "le", "bin", "ibn", "al"}
#: Of the words that are also names, those that always have a capital.
_CALENDAR = frozenset({"april", "august", "english", "french", "jan", "june", "may", "sun"})


@functools.cache
def _list(name: str) -> frozenset[str]:
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def folded(word: str) -> str:
    """Lower case, without accents."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@functools.lru_cache(20_000)
def is_name(word: str) -> bool:
    """Whether a word stands in the list of names."""
    return folded(word).replace("'", "").replace("’", "") in _list("names")


@functools.lru_cache(20_000)
def is_ordinary(word: str) -> bool:
    """Whether a word is an ordinary English word: in the list, or formed like one that is."""
    plain = folded(word).replace("’", "'").removesuffix("'s")
    known = _list("words")
    if "'" in plain:
        return all(part in known or len(part) < 3 for part in plain.split("'"))
    stems = [plain, plain.removesuffix("s"), plain.removesuffix("es")]
    stems += [plain.removeprefix(p) for p in ("un", "re", "pre", "non", "over") if len(plain) > 6]
    return any(stem in known for stem in stems)


def in_label(text: str) -> list[str]:
    """`["name"]` where a word of a heading or file name is not an ordinary one."""
    words = [word for word in _LABEL.findall(text) if len(word) > 1]
    if any(not _latin(word) for word in words):
        return ["name"]
    odd = [word for word in words if is_name(word) or not (is_ordinary(word) or _formed(word))]
    odd = [word for word in odd if folded(word) != "min"]  # minutes, in any heading
    doubtful = [folded(word) in _list("ambiguous") for word in words]
    pair = any(one and other for one, other in itertools.pairwise(doubtful))  # Rose Hill
    return ["name"] if odd or pair else []


def in_prose(text: str) -> list[str]:
    """`["name"]` where a word of a sentence could be one, by list, capital or script."""
    words = list(_WORD.finditer(text))
    if not words:
        return []
    odd = [_odd(text, at, words) for at in range(len(words))]
    if any(odd):
        return ["name"]
    alone = [m.group() for m in words]
    unknown = [w for w in alone if not is_ordinary(w) and not _formed(w)]
    whole_entry = 2 <= len(alone) <= 4 and len(unknown) == len(alone) and max(map(len, alone)) > 3
    return ["name"] if whole_entry else []


def _odd(text: str, at: int, words: list[re.Match[str]]) -> bool:
    word = words[at].group()
    if not _latin(word):
        return True
    if len(word) < 2:
        return False
    lower = folded(word)
    capital, shouting = word[0].isupper(), word.isupper()
    opens = _opens(text, words[at].start())
    if is_name(word):
        # Short ones are also abbreviations: "30 min".
        return len(lower) > 3 or (capital and not shouting)
    if lower in _list("ambiguous"):
        neighbour = at + 1 < len(words) and words[at + 1].group()[0].isupper()
        return capital and not shouting and (neighbour or not (opens or lower in _CALENDAR))
    if is_ordinary(word) or not capital or lower in _PARTICLES:
        return False
    if shouting:
        return len(word) > 5 and not _formed(word)
    return not (opens and _formed(word))


def _formed(word: str) -> bool:
    """Formed like an ordinary or a medical word."""
    return len(word) > 5 and folded(word).endswith(_ENDS)


def _opens(text: str, start: int) -> bool:
    """Whether a word opens a sentence, where any word has a capital."""
    before = text[:start].rstrip(" \t\"'“‘(*•-–")
    return not before or before[-1] in ".!?:;\n/|"


def _latin(word: str) -> bool:
    return word.isascii() or all(
        "LATIN" in unicodedata.name(letter, "") for letter in word if letter.isalpha()
    )

"""What in a text could tell who somebody is, found by its form.

The list follows the eighteen identifiers of the HIPAA Privacy Rule's Safe Harbor method (45 CFR
164.514(b)(2)). The functions answer with kinds, never with the text itself. They err on the side
of finding: a false alarm costs a minute, a miss can cost somebody their privacy. What this module
lets through is still not written anywhere: the allow-list of columns decides that.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from analysis.clients import names

_MONTHS = (
    "jan(?:uary|uar|vier)?|feb(?:ruary|ruar|rero)?|f[ée]vr?(?:ier)?|mar(?:ch|zo|s)?|m[äa]rz|"
    "apr(?:il)?|avril|abril|may|mai|mayo|mei|june?|juni|juin|junio|july?|juli|juillet|julio|"
    "aug(?:ust)?|ao[uû]t|agosto|sept?(?:ember)?|septembre|septiembre|oct(?:ober|obre|ubre)?|"
    "okt(?:ober)?|nov(?:ember|embre|iembre)?|dec(?:ember)?|dez(?:ember)?|d[ée]cembre|diciembre"
)
_TOP = "com|org|net|edu|gov|io|info|biz|de|uk|fr|es|it|nl|au|ca|in|jp|cn|br|mx|za|ng|ke|ru|pl|se|no"
_STREET = "street|str|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|highway|hwy|parkway|pkwy|terrace"
_CALLED = (  # ordinary words, unless the name before them has a capital
    "Drive|Dr|Court|Ct|Place|Pl|Circle|Square|Crescent|Close|Way|Trail|Loop|Row|Mews|Grove"
)


def _rule(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(pattern, flags)


#: kind -> forms. Looked at in any text.
_ANY: Final = {
    "e-mail address": [
        _rule(r"\S@\S+\.\w"),
        _rule(
            rf"\w\s*[\[({{]?\s*(?:\bat\b|@)\s*[\])}}]?\s*[\w.-]+\s*[\[({{]?\s*(?:\bdot\b|\.)\s*"
            rf"[\])}}]?\s*(?:{_TOP})\b"
        ),
    ],
    "web address": [
        _rule(r"\b(?:https?|ftp)\s*:\s*//|\bwww\."),
        _rule(rf"\b[a-z0-9-]{{2,}}\.(?:{_TOP})\b(?:/|\s|$|[,.;)])"),
        _rule(r"\bmailto:|\btel:"),
    ],
    "social media handle": [
        _rule(r"(?<![\w.])@\s?[a-z0-9_.]{2,}"),
        _rule(
            r"\b(?:insta(?:gram)?|facebook|fb|twitter|tiktok|whatsapp|telegram|snapchat|linkedin|"
            r"wechat|weixin|line id|skype|signal)\b\s*(?:name|id|handle|is|:|/|=|-)"
        ),
    ],
    "folder of a user": [_rule(r"[\\/](?:users|home|benutzer|usuarios|utilisateurs)[\\/]\w")],
    "initials": [
        _rule(r"(?<![\w.])(?:[A-Z]\.\s?){2,}(?!\w{2,}\.)", 0),
        _rule(r"\b[A-Z]\.\s?[A-Z][a-z]{2,}", 0),
    ],
    "person with a title": [
        _rule(
            r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sr|Sra|Herr|Frau|Mme|Mlle|Señora?|Sig|Signora|Rev|"
            r"Sgt|Capt|Sir|Dame|Madam)\b\.?\s+[A-Z\u00c0-\u00de]",
            0,
        ),
        _rule(r"\b(?:name|called|named|surname|vorname|nombre)\s*(?:is|:|=)\s*\w"),
    ],
    "postal address": [
        _rule(
            rf"\b\d{{1,6}}[a-z]?,?\s+(?:[\w.'’-]+\s+){{1,4}}(?:{_STREET})\b(?!\s+(?:later|ago|more))"
        ),
        _rule(rf"\b\d{{1,6}}[A-Za-z]?,?\s+(?:[A-Z][\w.'’-]+\s+){{1,4}}(?:{_CALLED})\b", 0),
        _rule(
            r"\w(?:stra(?:ß|ss)e|str\.|gasse|allee|platz|weg|ufer|straat|laan|gatan|vej|vägen|utca|"
            r"katu|cesta)\s*\d"
        ),
        _rule(
            r"\b(?:rue|calle|avenida|av\.|via|viale|piazza|rua|plaza|ul\.|ulica|carrera|jalan|jl\.|"
            r"chemin|paseo|cra\.?|cll\.?)\s+(?:[^\W\d]+\.?,?\s+){0,4}(?:n[.º°o]*\s*)?#?\d"
        ),
        _rule(r"\bp\.?\s?o\.?\s?box\b|\bpostfach\b|\bapartado\b|〒"),
        _rule(r"\b(?:apt|apartment|suite|flat|unit)\.?\s*#?\d"),
    ],
    "postcode": [
        _rule(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", 0),
        _rule(r"\b(?!(?:NO|OR|IN|HI|OK|ME)\b)[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?\b", 0),
        _rule(r"\b\d{5}-\d{4}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b", 0),
        _rule(r"\b(?:zip|postcode|postal code|plz|c\.?p\.?)\b\W{0,3}\w*\d"),
        _rule(r"\b\d{5}\s+[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,}", 0),
        _rule(r"\b\d{4}\s?[A-Z]{2}\b(?=\s+[A-Z])", 0),
    ],
}
#: The same, looked at only where there is a digit.
_DIGITS: Final = {
    "date": [
        _rule(r"(?<!\d)(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}(?!\d)"),
        _rule(
            r"(?<![\d./-])(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?(?:0?[1-9]|[12]\d|3[01])\s?[-/.]\s?"
            r"(?:\d{4}|\d{2})(?![\d./-]*\d)"
        ),
        _rule(r"(?<!\d)(?:0?[1-9]|1[0-2])/(?:19|20)\d\d(?!\d)"),
        _rule(rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th|er|\.)?[\s.-]*(?:of\s+|de\s+)?(?:{_MONTHS})\b"),
        _rule(
            rf"\b(?!may\s+\d{{1,2}}\s+[a-z])(?:{_MONTHS})\.?\s*\d{{1,2}}(?:st|nd|rd|th)?\b(?!\d|[.,]\d)"
        ),
        _rule(rf"\b(?:{_MONTHS})\.?,?\s+(?:de\s+)?(?:19|20)\d\d\b"),
        _rule(
            r"\b(?:born|birth\w*|dob|d\.o\.b|geb(?:oren)?|n[ée]e?|nacid[oa])\b\.?\W*(?:\w+\W+){0,2}?'?\d"
        ),
        _rule(r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"),
    ],
    "IP or device address": [
        _rule(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
        _rule(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}\b"),
    ],
    "coordinates": [_rule(r"-?\d{1,3}\.\d{3,}°?\s*[NS]?\s*[,; ]\s*-?\d{1,3}\.\d{3,}")],
    "telephone number": [
        _rule(
            r"(?:\btel|\bphone|\bmobile|\bcell|\bfax|\bcall(?:ed)?|\bhandy|\bwhatsapp|☎|📞)\W{0,4}"
            r"(?:\w+\W+){0,2}?\+?\(?\d[\d\s().-]{4,}"
        ),
        _rule(r"\+\s?\d[\d\s().\-/]{6,}\d"),
    ],
    "national or insurance number": [
        _rule(r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)"),
        _rule(r"\b[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]\b"),
        _rule(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{3}\.\d{4}\.\d{4}\.\d{2}\b"),
        _rule(
            r"\b(?:ssn|social security|nhs|nino|national insurance|passport|insurance|insured|"
            r"medicare|medicaid|policy|member|aadhaar|dni|nif|cpf|curp|bsn|versicherung\w*|"
            r"driver'?s?|licen[cs]e)\b\W*(?:\w+\W+){0,2}?[a-z]{0,3}[- ]?\d{3}"
        ),
    ],
    "account number": [
        _rule(r"\b[A-Z]{2}\d{2}\s?(?:[A-Z0-9]{4}\s?){3,7}[A-Z0-9]{0,4}\b"),
        _rule(
            r"\b(?:account|acct|iban|konto|card|visa|mastercard|bank)\b\W*(?:\w+\W+){0,2}?[a-z]{0,2}\d{3}"
        ),
    ],
    "record number": [
        _rule(
            r"\b(?:mrn|chart|record|file|patient|client|case|member|ref(?:erence)?|id|ticket|"
            r"certificate|serial|invoice)\b\s*(?:number|no|nr|num|#|id|:|=|\.|-)[\s:#.=-]*[a-z]{0,3}-?\d{3}"
        ),
        _rule(r"\bmrn\b\W*\w*\d"),
        _rule(r"\b(?=[a-z0-9-]*[a-z])(?=(?:[a-z-]*\d){4})[a-z0-9]+(?:-[a-z0-9]+)*\b"),
        _rule(r"\b(?:plate|registration|vin|vehicle)\b\W*(?:\w+\W+){0,2}?[a-z]{0,3}[- ]?\d{2}"),
        _rule(r"\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b", 0),
    ],
    "age of 90 or more": [
        _rule(r"\b(?:aged?|turn(?:s|ed|ing)?)\s*(?:of\s*|is\s*|:)?\s*(?:9\d|1[01]\d)\b"),
        _rule(r"\b(?:9\d|1[01]\d)\s*[- ]?(?:years?[- ]old|yo\b|y/o|yrs? old|jahre alt)"),
    ],
}
_TIGHT = re.compile(r"(?<![\d.,])\d{6,}(?![.,]?\d)")
_DECIMAL = re.compile(r"(?<![\d.,/()-])\d{1,2}\.\d+(?![\d.]|[\s-]\d)")  # as a spreadsheet divides
_GROUPED = re.compile(r"(?<![\d.,])\(?\d[\d\s().\-/–—]{5,}\d")


def plain(text: str) -> str:
    """The text without tricks of writing: foreign digits as ours, no hidden marks."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    kept = []
    for letter in text:
        category = unicodedata.category(letter)
        if category == "Nd":
            kept.append(str(unicodedata.digit(letter)))
        elif category == "Pd":
            kept.append("-")
        elif category == "Zs":
            kept.append(" ")
        elif category != "Cf":
            kept.append(letter)
    return "".join(kept)


def kinds_in(text: str, *, dates: bool = True) -> list[str]:
    """The kinds of identifier whose form the text has; names are `names_in`'s business.

    `dates=False` leaves dates out, for the column of visit dates.

    >>> kinds_in("ring me: (850) 555-0142")
    ['telephone number']
    >>> kinds_in("6 of 10 after 60 minutes, L4-L5")
    []
    """
    text = plain(text)
    found = [kind for kind, rules in _ANY.items() if any(rule.search(text) for rule in rules)]
    if any(letter.isdigit() for letter in text):
        found += [k for k, rules in _DIGITS.items() if any(rule.search(text) for rule in rules)]
        if not found and (_TIGHT.search(text) or _long_number(text)):
            found.append("telephone number" if _long_number(text) else "record number")
    return [kind for kind in found if dates or kind != "date"]


def names_in(text: str) -> list[str]:
    """`["name"]` where a sentence or a short entry could hold one, or cannot be judged.

    >>> names_in("Better after deep tissue work on the left shoulder.")
    []
    >>> names_in("left early, Oluwaseun drove her home")
    ['name']
    """
    return names.in_prose(plain(text))


def in_label(text: str) -> list[str]:
    """What a heading, a file name or a sheet's name gives away: every word must be an ordinary one.

    >>> in_label("Pain score (0-10)"), in_label("notes_Adaeze")
    ([], ['name'])
    """
    text = plain(text).replace("_", " ").strip()
    return kinds_in(text) + names.in_label(text)


def in_text(text: str) -> list[str]:
    """Everything found in free text."""
    return kinds_in(text) + names_in(text)


def _long_number(text: str) -> bool:
    """Seven or more digits in groups, as telephone numbers are written; not a row of scores."""
    for match in _GROUPED.finditer(_DECIMAL.sub(" ", text)):
        groups = re.findall(r"\d+", match.group())
        if sum(map(len, groups)) >= 7 and max(map(len, groups)) >= 3:
            return True
        if len(groups) >= 4 and all(len(g) == 2 for g in groups):  # as in France
            return "(" in match.group() or groups[0].startswith("0")
    return False

"""A paper's citation in fields, only where its text can be told apart without guessing.

``sources.csv`` keeps citations as they were noted, most of them without a title. A reference
manager finds the rest by the DOI; what we cannot tell apart stays whole in the title.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analysis.publish.card_model import AUTHORS, LICENCE_URL, PROJECT, Card
from analysis.publish.escape import one_line, web_address

_CAPITAL = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0106\u010c\u0110\u0130\u0141\u015a\u015e\u017b\u017d"
_NAME = (
    rf"(?:(?:van|von|de|da|del|der|den|dos|la|le|El|Al) )*[{_CAPITAL}][\w'\u2019-]*"
    rf"(?:[ -][{_CAPITAL}][\w'\u2019-]+)* [{_CAPITAL}]{{1,4}}"
)
#: Authors with initials, year, one sentence of title, journal, volume, pages: nothing else.
_WHOLE = re.compile(
    rf"(?P<authors>{_NAME}(?:, {_NAME})*)(?P<others>,? et al\.?)?[.,]? (?P<year>\d{{4}})[.,:] "
    rf"(?P<title>[^.?]{{20,400}})[.?] (?P<journal>[{_CAPITAL}][A-Za-z&() ]{{2,60}}?) "
    r"(?P<volume>\d+)(?:\((?P<issue>[\w .-]+)\))?:(?P<pages>[\w\u2013-]+)\.?"
)


@dataclass(frozen=True)
class Reference:
    """One work in fields. ``authors`` are ``(family, given)``, or ``(name, "")`` for a group.

    ``title`` is the whole citation where authors and title cannot be told apart; ``parsed`` says
    whether they could. ``others``: the citation ends its authors with "et al.".
    """

    key: str
    title: str
    parsed: bool
    authors: tuple[tuple[str, str], ...] = ()
    others: bool = False
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    version: str = ""
    note: str = ""


def key(text: str) -> str:
    """``text`` as a citation key: plain letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "source"


def paper(source: Mapping[str, Any]) -> Reference:
    """A paper of a card's ``sources`` in fields."""
    citation = one_line(str(source["citation"]))
    link = web_address(str(source.get("url") or "")) or ""
    plain = Reference(
        key=key(str(source.get("source_id") or citation[:40])),
        title=citation,
        parsed=False,
        year=source.get("year"),
        doi=one_line(str(source.get("doi") or "")),
        pmid=one_line(str(source.get("pmid") or "")),
        url=link,
    )
    found = _WHOLE.fullmatch(citation)
    if found is None or int(found["year"]) != (source.get("year") or int(found["year"])):
        return plain
    names = [name.rpartition(" ") for name in found["authors"].split(", ")]
    return Reference(
        key=plain.key,
        title=found["title"],
        parsed=True,
        authors=tuple((family, given) for family, _, given in names),
        others=bool(found["others"]),
        year=int(found["year"]),
        journal=found["journal"],
        volume=found["volume"],
        issue=found["issue"] or "",
        pages=found["pages"],
        doi=plain.doi,
        pmid=plain.pmid,
        url=link,
    )


def work(card: Card, link: str) -> Reference:
    """The card itself as a work: its finding, the project, the data version, the licence.

    ``link`` is its page; left out unless it is a full address, because a reference that leads
    nowhere helps nobody.
    """
    return Reference(
        key=key(f"massage-evidence-{card.id}"),
        title=one_line(card.title),
        parsed=True,
        authors=((AUTHORS, ""),),
        url=web_address(link) or "",
        version=one_line(card.data_version),
        note=f"{PROJECT}, data version {one_line(card.data_version)}. "
        f"Licence: {card.licence}, {LICENCE_URL}",
    )


def bibtex(references: list[Reference]) -> str:
    """References as BibTeX. Entries that could not be taken apart are ``@misc``."""
    return "\n\n".join(_bibtex(one) for one in unique(references)) + "\n"


# braces by name: BibTeX counts a brace even behind a backslash
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "$": r"\$", "&": r"\&", "#": r"\#",
    "^": r"\textasciicircum{}", "_": r"\_", "~": r"\textasciitilde{}", "%": r"\%",
}  # fmt: skip


def latex(text: str) -> str:
    """``text`` as LaTeX that shows exactly these characters."""
    return "".join(_LATEX.get(letter, letter) for letter in one_line(text))


def _bibtex(r: Reference) -> str:
    names = [
        f"{latex(family)}, {latex(given)}" if given else f"{{{latex(family)}}}"
        for family, given in r.authors
    ]
    fields = {
        "author": " and ".join([*names, *(["others"] if r.others else [])]),
        "title": f"{{{latex(r.title)}}}",
        "journal": latex(r.journal),
        "year": str(r.year or ""),
        "volume": latex(r.volume),
        "number": latex(r.issue),
        "pages": latex(r.pages),
        "version": latex(r.version),
        "doi": _bare(r.doi),
        "pmid": latex(r.pmid),
        "url": _bare(r.url),
        "note": latex(r.note) if r.parsed else "The title field holds the citation as noted",
    }
    kind = "article" if r.journal else "misc"
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{r.key},\n" + ",\n".join(lines) + "\n}"


def _bare(address: str) -> str:
    """A DOI or address as it is, without what would end its field early."""
    return re.sub(r"[{}\\]", "", address)


def ris(references: list[Reference]) -> str:
    """References as RIS, one field a line."""
    return "\n".join(_ris(one) for one in unique(references))


def _ris(r: Reference) -> str:
    start, _, end = r.pages.replace("\u2013", "-").partition("-")
    fields = [
        ("TY", "JOUR" if r.journal else "GEN"),
        *(("AU", f"{family}, {given}" if given else family) for family, given in r.authors),
        *([("AU", "et al.")] if r.others else []),
        ("TI", r.title),
        ("JO", r.journal),
        ("PY", str(r.year or "")),
        ("VL", r.volume),
        ("IS", r.issue),
        ("SP", start),
        ("EP", end),
        ("DO", r.doi),
        ("AN", r.pmid),
        ("UR", r.url),
        ("ET", r.version),
        ("N1", r.note if r.parsed else "The title holds the citation as noted"),
        ("ID", r.key),
    ]
    lines = [f"{tag}  - {one_line(value)}" for tag, value in fields if value]
    return "\n".join([*lines, "ER  - "]) + "\n"


def csl(references: list[Reference]) -> list[dict[str, Any]]:
    """References as CSL-JSON items."""
    return [_csl(one) for one in unique(references)]


def _csl(r: Reference) -> dict[str, Any]:
    names = [
        {"family": family, "given": given} if given else {"literal": family}
        for family, given in r.authors
    ]
    note = r.note if r.parsed else "The title holds the citation as noted"
    item = {
        "id": r.key,
        "type": "article-journal" if r.journal else "document",
        "title": r.title,
        "author": [*names, *([{"literal": "et al."}] if r.others else [])],
        "issued": {"date-parts": [[r.year]]} if r.year else None,
        "container-title": r.journal,
        "volume": r.volume,
        "issue": r.issue,
        "page": r.pages,
        "DOI": r.doi,
        "PMID": r.pmid,
        "URL": r.url,
        "version": r.version,
        "note": note,
    }
    return {name: value for name, value in item.items() if value}


def unique(references: list[Reference]) -> list[Reference]:
    """References with keys that occur once: the second of a name gets a letter."""
    seen: dict[str, int] = {}
    out = []
    for one in references:
        times = seen[one.key] = seen.get(one.key, 0) + 1
        out.append(one if times == 1 else replace(one, key=f"{one.key}-{times}"))
    return out

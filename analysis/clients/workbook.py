"""What an Excel file carries besides its first sheet: names in properties, comments, hidden sheets.

An .xlsx is a zip of XML parts. Each part is looked through; what cannot be read as text (pictures,
embedded files, macros) is reported as such, because it cannot be judged.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from analysis.clients import identifiers

#: Programs that sign a file they have written; anybody else in that place is a person.
_PROGRAMS = {"openpyxl", "microsoft excel", "xlsxwriter", "libreoffice", "calc", "python", "excel"}
_PROGRAMS |= {"apache poi", "google sheets", "numbers", "pandas", "microsoft macintosh excel"}
_SKIP = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(styles|calcChain|theme/.*|metadata)\.xml|.*\.vml"
    r"|xl/_rels/workbook\.xml\.rels|xl/printerSettings/.*|xl/theme/.*"
)
_PERSON = {"creator", "lastModifiedBy", "Manager", "Company", "author", "HyperlinkBase"}
#: Attributes that hold words of a person rather than of the format.
_WORDED = {"prompt", "promptTitle", "error", "errorTitle", "display", "tooltip", "descr", "alt"}
_BLIND = {"media": "picture", "embeddings": "embedded file", "activeX": "control"}


@dataclass(frozen=True)
class Finding:
    """Where something that could identify a person stands, and of what kind; never what it says."""

    place: str
    row: int | None
    column: str | None
    kind: str

    def __str__(self) -> str:
        at = [self.place]
        at += [f"row {self.row}"] if self.row is not None else []
        at += [f"column {self.column}"] if self.column is not None else []
        return f"{', '.join(at)}: {self.kind}"


def findings(path: Path, seen: Callable[[str], bool]) -> list[Finding]:
    """Everything identifying in an .xlsx but the cells of its first sheet.

    `seen(text)` says whether a text stands in a cell that is judged elsewhere. Raises `ValueError`
    where a part cannot be read as XML.
    """
    found: list[Finding] = []
    with zipfile.ZipFile(path) as container:
        first = _first_sheet(container)
        if container.comment:
            found += _judged("comment of the file", container.comment.decode("utf-8", "replace"))
        for part in sorted(container.namelist()):
            if _SKIP.fullmatch(part) or part.endswith("/"):
                continue
            folder = part.split("/")[1] if part.startswith("xl/") and "/" in part[3:] else ""
            if folder in _BLIND or not part.endswith((".xml", ".rels")):
                what = _BLIND.get(folder, "part that is no text")
                found.append(
                    Finding(_place(part, first), None, None, f"{what} that cannot be checked")
                )
                continue
            found += _part(part, container.read(part), seen, first)
    return list(dict.fromkeys(found))


def _xml(raw: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ValueError("a part of the workbook declares entities")
    try:
        return ElementTree.fromstring(raw)
    except ElementTree.ParseError:
        raise ValueError("a part of the workbook is damaged") from None


def _first_sheet(container: zipfile.ZipFile) -> str:
    """The part that holds the first sheet, which need not be called sheet1."""
    kin = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    sheets = _xml(container.read("xl/workbook.xml")).iter()
    key = next((e.get(kin) for e in sheets if e.tag.endswith("}sheet")), None)
    for link in _xml(container.read("xl/_rels/workbook.xml.rels")):
        if link.get("Id") == key:
            target = link.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _part(part: str, raw: bytes, seen: Callable[[str], bool], first: str) -> Iterator[Finding]:
    tree = _xml(raw)
    place = _place(part, first)
    if part.endswith(".rels"):
        links = [e.get("Target", "") for e in tree if e.get("TargetMode") == "External"]
        yield from (Finding(place, None, None, "link that leads out of the file") for _ in links)
        return
    for element in tree.iter():
        tag = element.tag.rsplit("}", 1)[-1]
        text = "".join(element.itertext()) if tag in {"si", "comment"} else element.text or ""
        text = text.strip()
        for name in _WORDED.intersection(element.keys()):
            yield from _judged(place, element.get(name, ""))
        if tag in _PERSON and text and text.lower() not in _PROGRAMS:
            yield Finding(place, None, None, f"name ({tag})")
        elif tag in {"sheet", "definedName", "person", "property", "table", "tableColumn"}:
            yield from _label(element, tag, seen)
            yield from _judged(place, _formula(text) if tag == "definedName" else text)
        elif tag in {"v", "f"} and re.fullmatch(r"[\d.Ee+-]*", text):
            # Numbers of the first sheet are judged as a table; those of another sheet here.
            if part != first:
                yield from _judged(place, text, names=False)
        elif tag not in {"t", "r", "rPr"} or part != "xl/sharedStrings.xml":
            yield from _free(place, tag, text, seen)


def _free(place: str, tag: str, text: str, seen: Callable[[str], bool]) -> Iterator[Finding]:
    if not text or tag in _TECHNICAL or seen(text):
        return
    if tag in {"f", "formula", "formula1", "formula2", "oddHeader", "oddFooter"}:
        text = _formula(text)
    yield from _judged(place, text)


#: Elements whose text is the file format's own.
_TECHNICAL = frozenset(
    (
        "created",
        "modified",
        "revision",
        "Application",
        "AppVersion",
        "DocSecurity",
        "ScaleCrop",
        "LinksUpToDate",
        "SharedDoc",
        "HyperlinksChanged",
        "TotalTime",
        "Template",
        "i4",
        "lpstr",
        "bool",
        "sqref",
        "dateTime",
    )
)


def _label(
    element: ElementTree.Element, tag: str, seen: Callable[[str], bool]
) -> Iterable[Finding]:
    name = element.get("displayName") or element.get("name") or ""
    if tag == "person":
        return [Finding("comments", None, None, "name")] if name else []
    name = name.removeprefix("_xlnm.")
    if not name or seen(name) or name in {"Print_Area", "Print_Titles", "_FilterDatabase"}:
        return []
    place = {"sheet": "name of a sheet", "definedName": "defined name"}.get(tag, f"name of a {tag}")
    return [Finding(place, None, None, kind) for kind in identifiers.in_label(name)]


def _formula(text: str) -> str:
    """A formula or page header without cell references and codes of the format."""
    text = re.sub(r"&[A-Z]|&\"[^\"]*\"|&\d+", " ", text)
    if text.startswith('"') and text.endswith('"'):
        return text.strip('"').replace(",", "\n").replace("_", " ")
    return re.sub(r"'[^']*'!|\w+!|\$?[A-Z]{1,3}\$?\d+|#REF!|[A-Z]+(?=\()|[<>=$]", " ", text)


def _judged(place: str, text: str, *, names: bool = True) -> list[Finding]:
    kinds = identifiers.in_text(text) if names else identifiers.kinds_in(text)
    return [Finding(place, None, None, kind) for kind in kinds]


def _place(part: str, first: str) -> str:
    """A part of the file in a user's words."""
    named = {
        "docProps/core.xml": "file properties",
        "docProps/app.xml": "file properties",
        "docProps/custom.xml": "file properties (custom)",
        "xl/sharedStrings.xml": "text stored outside the first sheet",
        "xl/workbook.xml": "workbook",
        first: "first sheet, outside its cells",
    }
    if part in named:
        return named[part]
    for word, place in (
        ("comment", "comments"),
        ("person", "comments"),
        ("drawing", "drawing or text box"),
        ("chart", "chart"),
        ("externalLink", "link to another file"),
        ("pivot", "pivot table"),
        ("media", "pictures"),
        ("worksheets", "another sheet"),
    ):
        if word in part:
            return place
    return "another part of the workbook"

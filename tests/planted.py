"""Raw client files with identifiers planted in them, and clean ones: the same from one seed.

All people are invented. The lists are wide on purpose: names of many cultures, of which most are
in no list of the package; numbers and dates as they are written in many countries.
"""

from __future__ import annotations

import csv
import io
import random
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SEED = 1996
PLANTED, CLEAN = 280, 80

_POOLS = tomllib.loads(
    (Path(__file__).parent / "reference" / "planted.toml").read_text(encoding="utf-8")
)
NAMES, PHONES, BIRTHS, PLACES, NUMBERS, NET, NOTES, HARMLESS, EXTRA, FILES = (
    _POOLS[name]
    for name in (
        *("names", "phones", "births", "places", "numbers", "net"),
        *("notes", "harmless", "extra", "files"),
    )
)
EVERYTHING = (NAMES, NAMES, PHONES, BIRTHS, PLACES, NUMBERS, NET)


@dataclass(frozen=True)
class Case:
    """One raw file: where what was planted (nothing in a clean one), and how to write it."""

    path: Path
    where: str
    planted: str


def corpus(folder: Path) -> list[Case]:
    """Write the planted files, one folder each, and say what is where."""
    draw = random.Random(SEED)
    places = [*_CELLS, *_SHEETS, "file name"]
    cases = []
    for number in range(PLANTED):
        where = places[number % len(places)]
        pool = _fitting(where, draw)
        text = draw.choice(pool)
        cases.append(_write(folder / f"p{number:03d}", where, text, draw))
    return cases


def clean(folder: Path) -> list[Case]:
    """Write files without any identifier, as varied in form as the others."""
    draw = random.Random(SEED + 1)
    kinds = ("csv", "csv", "semicolon", "bom", "utf-16", "xlsx", "xlsx")
    cases = []
    for number in range(CLEAN):
        rows = _rows(draw, remarks=True)
        path = folder / f"c{number:03d}" / draw.choice(FILES)
        cases.append(Case(_save(path, rows, draw.choice(kinds)), "nowhere", ""))
    return cases


def _fitting(where: str, draw: random.Random) -> list[str]:
    """What one would find in such a place."""
    if where in {"creator", "company", "comment author"}:
        return NAMES
    if where == "birth column":
        return [b for b in BIRTHS if b[0].isdigit()]
    if where == "named column":
        return NAMES
    if where == "phone column":
        return PHONES
    if where == "minutes":
        return [p for p in (*PHONES, *NUMBERS) if any(map(str.isdigit, p))]
    if where in {"file name", "sheet name", "defined name"}:
        pool = [*NAMES, *[p for p in PHONES if p.isascii()], "1975-03-12", "maria.g@example.com"]
        return [p for p in pool if not set(p) & set("/:\\*?[]'")]
    return draw.choice(EVERYTHING)


def _rows(draw: random.Random, *, remarks: bool) -> list[list[str]]:
    """A plain raw table: a header, and two to five visits of two to six clients."""
    dated = draw.random() < 0.6
    header = ["client_code", "visit_date" if dated else "days_since_first"]
    header += ([] if dated else ["visit"]) + ["pain_now", "minutes", "kind", "adverse"]
    aged = draw.random() < 0.5
    header += ["age", "sex"] if aged else []
    extra = draw.sample(EXTRA, draw.randint(1, 3)) if remarks else ["notes"]
    rows = [header + extra]
    for client in range(1, draw.randint(3, 7)):
        who = [str(draw.randint(25, 95)), draw.choice(["female", "male"])] if aged else []
        for visit in range(1, draw.randint(3, 6)):
            when = [f"2024-{visit:02d}-{draw.randint(1, 28):02d}"]
            when = when if dated else [str(14 * (visit - 1)), str(visit)]
            row = [f"C{client:02d}", *when, str(draw.randint(0, 10)), draw.choice(["30", "60"])]
            row += [draw.choice(["swedish", "deep_tissue"]), draw.choice(["none", "soreness", ""])]
            rows.append(row + who + [_remark(name, draw) for name in extra])
    return rows


def _remark(heading: str, draw: random.Random) -> str:
    if heading.lower().startswith(("note", "comment", "homework", "body", "trigger", "mood")):
        return draw.choice(HARMLESS) if draw.random() < 0.7 else ""
    if heading in {"Room", "pressure used", "Paid"}:
        return draw.choice(["yes", "no", "1", "2", "firm", "light"])
    if heading == "steps per day":
        return str(draw.randint(1000, 15000))
    return str(draw.randint(1, 120))


def _write(folder: Path, where: str, text: str, draw: random.Random) -> Case:
    rows = _rows(draw, remarks=False)
    at = draw.randrange(1, len(rows))
    kind = draw.choice(["csv", "csv", "semicolon", "bom", "utf-16", "xlsx"])
    name = draw.choice(FILES)
    if where == "file name":
        name = draw.choice(["{}", "log {}", "{}_sessions", "client-{}"]).format(text)
    elif where in _CELLS:
        _CELLS[where](rows, at, text, draw)
    path = _save(folder / name, rows, "xlsx" if where in _SHEETS else kind)
    if where in _SHEETS:
        _SHEETS[where](path, text)
    return Case(path, where, text)


def _note(rows: list[list[str]], at: int, text: str, draw: random.Random) -> None:
    rows[at][-1] = draw.choice(NOTES).format(text)


def _cell(name: str) -> Callable[[list[list[str]], int, str, random.Random], None]:
    def plant(rows: list[list[str]], at: int, text: str, _: random.Random) -> None:
        rows[at][rows[0].index(name)] = text

    return plant


def _heading(rows: list[list[str]], _: int, text: str, draw: random.Random) -> None:
    rows[0].append(draw.choice(["{}", "pain of {}", "{} notes"]).format(text))
    for row in rows[1:]:
        row.append(str(draw.randint(0, 10)))


def _column(heading: str) -> Callable[[list[list[str]], int, str, random.Random], None]:
    def plant(rows: list[list[str]], at: int, text: str, _: random.Random) -> None:
        rows[0].append(heading)
        for number, row in enumerate(rows[1:], 1):
            row.append(text if number == at else "")

    return plant


_CELLS = {
    "note": _note,
    "long note": _note,
    "client code": _cell("client_code"),
    "kind": _cell("kind"),
    "minutes": _cell("minutes"),
    "heading": _heading,
    "named column": _column("Full name"),
    "phone column": _column("Telefon"),
    "birth column": _column("Geburtsdatum"),
    "plain column": _column("Room"),
}


def _save(stem: Path, rows: list[list[str]], kind: str) -> Path:
    stem.parent.mkdir(parents=True)
    path = stem.with_name(stem.name + (".xlsx" if kind == "xlsx" else ".csv"))
    if kind == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in rows:
            book.worksheets[0].append([int(c) if c.isdigit() and len(c) < 5 else c for c in row])
        book.save(path)
        return path
    text = io.StringIO()
    csv.writer(text, delimiter=";" if kind == "semicolon" else ",").writerows(rows)
    codec = {"bom": "utf-8-sig", "utf-16": "utf-16"}.get(kind, "utf-8")
    path.write_bytes(text.getvalue().encode(codec))
    return path


def _book(change: Callable[..., None]) -> Callable[[Path, str], None]:
    """A planting into an Excel file by openpyxl."""

    def plant(path: Path, text: str) -> None:
        from openpyxl import load_workbook

        book = load_workbook(path)
        change(book, text)
        book.save(path)

    return plant


def _property(name: str) -> Callable[[Path, str], None]:
    return _book(lambda book, text: setattr(book.properties, name, text))


def _comment(author: bool) -> Callable[[Path, str], None]:
    def change(book, text):  # type: ignore[no-untyped-def]
        from openpyxl.comments import Comment

        words = ("sore today", text) if author else (f"ask {text} again", "")
        book.worksheets[0]["D2"].comment = Comment(*words)

    return _book(change)


def _hidden(book, text):  # type: ignore[no-untyped-def]
    sheet = book.create_sheet("lists")
    sheet["C7"] = text
    sheet.sheet_state = "veryHidden"


def _named(book, text):  # type: ignore[no-untyped-def]
    from openpyxl.workbook.defined_name import DefinedName

    name = "".join(c if c.isalnum() else "_" for c in text)
    name = name if not name[0].isdigit() else f"_{name}"
    book.defined_names[name] = DefinedName(name, attr_text="Sheet!$A$1")


def _choices(book, text):  # type: ignore[no-untyped-def]
    from openpyxl.worksheet.datavalidation import DataValidation

    text = text.replace(",", " ")
    rule = DataValidation(type="list", formula1=f'"{text},other"')
    book.worksheets[0].add_data_validation(rule)
    rule.add("A2:A9")


def _link(book, text):  # type: ignore[no-untyped-def]
    book.worksheets[0]["A2"].hyperlink = f"mailto:{text.split()[0]}@example.com"


def _footer(book, text):  # type: ignore[no-untyped-def]
    book.worksheets[0].oddFooter.center.text = text


def _retitle(book, text):  # type: ignore[no-untyped-def]
    book.worksheets[0].title = text[:31]


def _company(path: Path, text: str) -> None:
    """Into docProps/app.xml, which openpyxl writes anew each time."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    app = parts["docProps/app.xml"].decode()
    start = app.index("<", app.index("<Properties") + 1)
    parts["docProps/app.xml"] = f"{app[:start]}<Company>{text}</Company>{app[start:]}".encode()
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)


_SHEETS: dict[str, Callable[[Path, str], None]] = {
    "creator": _property("creator"),
    "title": _property("title"),
    "description": _property("description"),
    "keywords": _property("keywords"),
    "company": _company,
    "comment": _comment(author=False),
    "comment author": _comment(author=True),
    "hidden sheet": _book(_hidden),
    "sheet name": _book(_retitle),
    "defined name": _book(_named),
    "choices": _book(_choices),
    "link": _book(_link),
    "footer": _book(_footer),
}

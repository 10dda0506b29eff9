"""Write the files of data/clients that follow from the schema: template, example, description.

The example is simulated: 40 invented people whose pain swings around a level of their own and who
come when it is bad. No effect of massage is in it, and yet most of them "improve": that is the
lesson. Run it after a change to `analysis/clients/schema.py`; a test compares.
"""

from __future__ import annotations

import csv
import datetime
import io
import random
import zipfile
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.clients.schema import ADVERSE, COLUMNS, DIRECTION, KINDS, LOG, REQUIRED
from analysis.evidence.columns import kind

SEED = 20240229
CLIENTS = 40
_LISTS = {"kind": KINDS, "simulated": ("yes", "no")}
_DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)


def example() -> list[dict[str, Any]]:
    """The rows of the example, the same on every machine."""
    draw = random.Random(SEED)
    rows: list[dict[str, Any]] = []
    for number in range(1, CLIENTS + 1):
        rows += _client(f"S{number:02d}", draw)
    return rows


def _client(code: str, draw: random.Random) -> list[dict[str, Any]]:
    level = min(max(draw.gauss(4.8, 1.3), 1.5), 8.0)
    about = {
        "age_band": draw.choice(["30-39", "40-49", "50-59", "60-69"]),
        "sex": draw.choice(["female", "female", "male"]),
    }
    technique = draw.choice(["swedish", "swedish", "deep_tissue", "myofascial", "mixed"])
    measures_motion = draw.random() < 0.4
    day, visit, rows = 0, 1, []
    while visit <= 8:
        # People start when it is bad: the first pain is the worst of three days.
        days = [draw.gauss(level, 1.6) for _ in range(3 if visit == 1 else 1)]
        pain = _scale(max(days))
        if visit == 1 or draw.random() > 0.06:  # some visits leave no form behind
            rows.append(_visit(code, visit, day, pain, level, technique, measures_motion, draw))
            rows[-1] |= about
        if draw.random() < (0.16 if pain >= 6 else 0.06):  # who feels worse stops sooner
            break
        visit += 1
        day += draw.choice([7, 7, 7, 8, 10, 14])
    return rows


def _visit(
    code: str,
    visit: int,
    day: int,
    pain: int,
    level: float,
    technique: str,
    measures_motion: bool,
    draw: random.Random,
) -> dict[str, Any]:
    burden = 0.5 * pain + 0.5 * level
    asked = draw.random()
    row: dict[str, Any] = {
        "client_code": code,
        "visit": visit,
        "days_since_first": day,
        "pain_now": pain,
        "pain_worst": _scale(pain + abs(draw.gauss(0, 1.5))),
        "sleep_hours": round(min(max(draw.gauss(7.6 - 0.25 * burden, 0.8), 3), 10) * 2) / 2,
        "sleep_quality": _scale(draw.gauss(8.5 - 0.7 * burden, 1.2)),
        "function": _scale(draw.gauss(9 - 0.8 * burden, 1.2)),
        "anxiety": _scale(draw.gauss(0.7 * burden, 1.6)),
        "stiffness": _scale(draw.gauss(0.9 * burden, 1.4)),
        "rom_degrees": round(draw.gauss(62 - 2 * burden, 4)) if measures_motion else "",
        "medication_days": min(max(round(draw.gauss(burden - 1.5, 1.3)), 0), 7),
        "minutes": draw.choice([30, 60, 60, 90]),
        "kind": technique,
        "adverse": "" if visit == 1 else _reaction(asked),
        "simulated": "yes",
    }
    for outcome in ("sleep_hours", "anxiety", "function"):
        if draw.random() < 0.03:  # a question left empty
            row[outcome] = ""
    return row


def _reaction(chance: float) -> str:
    for limit, word in ((0.78, "none"), (0.90, "soreness"), (0.93, "soreness;fatigue")):
        if chance < limit:
            return word
    return "more_pain" if chance < 0.96 else ""


def _scale(value: float) -> int:
    return min(max(round(value), 0), 10)


def description() -> str:
    """The data dictionary of the log, as Markdown."""
    better = {1: "higher", -1: "lower"}
    lines = [
        "# The columns of a client log",
        "",
        "<!-- Generated from the schema by `python scripts/make_clients_files.py`. -->",
        "",
        f"One row per client and visit. {len(COLUMNS)} columns, no others; an empty cell means "
        "*not known*, never zero. Required: "
        + ", ".join(f"`{name}`" for name in REQUIRED)
        + ". Any other column may be left out. Decimal mark: a point.",
        "",
        "| column | type | better | meaning | values |",
        "|---|---|---|---|---|",
    ]
    for name, column in LOG.columns.items():
        meaning = f"**{column.title}.** {column.description}"
        way = better.get(DIRECTION.get(name, 0), "")
        lines.append(f"| `{name}` | {kind(column)} | {way} | {meaning} | {_values(name)} |")
    lines += [
        "",
        (
            "A raw file for `evidence clients deidentify` may hold two columns more, which never "
            "leave it: `visit_date` in place of `days_since_first` (and of `visit`, which is then "
            "counted), and `age` in place of `age_band`."
        ),
    ]
    return "\n".join(lines) + "\n"


def _values(name: str) -> str:
    statistics = [(c.name, c.statistics or {}) for c in LOG.columns[name].checks]
    bounds = dict(statistics)
    if "isin" in bounds:
        return ", ".join(f"`{word}`" for word in bounds["isin"]["allowed_values"])
    low = bounds.get("greater_than_or_equal_to", {}).get("min_value")
    high = bounds.get("less_than_or_equal_to", {}).get("max_value")
    if low is not None:
        return f"{low:g} to {high:g}"
    return ", ".join(f"`{word}`" for word in ADVERSE) if name == "adverse" else "a code"


def template(path: Path) -> None:
    """The blank workbook: choices to pick from, limits that Excel itself keeps, a second sheet
    that explains each column. Same bytes on every run.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "log"
    sheet.append(COLUMNS)
    sheet.freeze_panes = "B2"
    for position, name in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, position)
        cell.font = Font(bold=True)
        letter = cell.column_letter
        sheet.column_dimensions[letter].width = max(len(name) + 2, 10)
        rule = _rule(name, DataValidation)
        if rule is not None:
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}5000")
    legend = book.create_sheet("columns")
    legend.append(["column", "title", "meaning", "values"])
    for name, column in LOG.columns.items():
        legend.append([name, column.title, column.description, _values(name).replace("`", "")])
    for letter, width in zip("ABCD", (20, 26, 90, 50), strict=True):
        legend.column_dimensions[letter].width = width
    book.properties.creator = None
    book.properties.created = book.properties.modified = _DAY
    made = io.BytesIO()
    book.save(made)
    path.write_bytes(_still(made.getvalue()))


def _rule(name: str, validation: Any) -> Any:
    column = LOG.columns[name]
    bounds = {c.name: c.statistics or {} for c in column.checks}
    if "isin" in bounds:
        words = ",".join(bounds["isin"]["allowed_values"])
        return validation(type="list", formula1=f'"{words}"', allow_blank=True)
    if "greater_than_or_equal_to" not in bounds:
        return None
    return validation(
        type="whole" if kind(column) == "integer" else "decimal",
        operator="between",
        formula1=f"{bounds['greater_than_or_equal_to']['min_value']:g}",
        formula2=f"{bounds['less_than_or_equal_to']['max_value']:g}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=column.title,
        error=str(column.description)[:200],
    )


def _still(raw: bytes) -> bytes:
    """The same workbook without the moment of saving, so that a rerun changes nothing."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            content = source.read(part)
            if part == "docProps/core.xml":
                start, end = content.index(b"<dcterms:modified"), content.index(b"</dcterms:modi")
                closing = content.index(b">", end) + 1
                content = content[:start] + content[closing:]
            target.writestr(zipfile.ZipInfo(part, (2024, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def write(folder: Path) -> list[Path]:
    """Write all four files; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("example.csv", "template.csv", "template.xlsx", "format.md")
    files = [folder / name for name in names]
    for path, rows in ((files[0], example()), (files[1], [])):
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(rows)
    template(files[2])
    files[3].write_text(description(), encoding="utf-8", newline="\n")
    return files


if __name__ == "__main__":
    for written in write(paths.data_dir() / "clients"):
        print(written.name)

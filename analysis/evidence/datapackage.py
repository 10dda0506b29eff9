"""The tables described for other programs and for people, generated from the schemas.

``data/datapackage.json`` follows the Frictionless Data Package (v1), so that any tool that knows it
can read and check our tables; ``data/README.md`` says the same in words. Neither is edited by hand:
after a change to the schemas run ``python -m analysis.evidence.datapackage``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandera.pandas as pa

from analysis import paths
from analysis.evidence.columns import kind
from analysis.evidence.schemas import SCHEMAS

_LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
_SOURCES = [
    {
        "title": "Gross A et al. 2024, Massage for neck pain, Cochrane Database of Systematic "
        "Reviews, CD004871.pub5",
        "path": "https://doi.org/10.1002/14651858.CD004871.pub5",
    },
    {
        "title": "Further publications, each named in published/sources.csv",
        "path": "published/sources.csv",
    },
]
_OPENING = """\
# Data

<!-- Generated from the schemas by `python -m analysis.evidence.datapackage`. -->

What was published, as it was published. Signs, units and effect sizes are derived in code, never
stored here. An empty cell means *not seen*, not zero.

Files are UTF-8 without byte order mark, with LF line ends, commas between cells and a point as
decimal mark. `evidence validate` checks them; [datapackage.json](datapackage.json) describes them
for other programs. Licence: CC BY 4.0; cite the sources named in
[published/sources.csv](published/sources.csv) along with us."""
# pandera's name of a check -> (its argument, the constraint of the table schema).
_CONSTRAINTS = {
    "greater_than_or_equal_to": ("min_value", "minimum"),
    "less_than_or_equal_to": ("max_value", "maximum"),
    "isin": ("allowed_values", "enum"),
    "str_matches": ("pattern", "pattern"),
}


def datapackage() -> dict[str, Any]:
    """The descriptor of all tables as plain data."""
    return {
        "profile": "tabular-data-package",
        "name": "massage-evidence",
        "title": "Published evidence on massage for chronic pain",
        "description": "Facts extracted from published trials and reviews, as reported: no effect "
        "size, sign or unit is changed in a table. An empty cell means 'not seen', not zero.",
        "licenses": [_LICENCE],
        "sources": _SOURCES,
        "resources": [_resource(name, schema) for name, schema in SCHEMAS.items()],
    }


def dictionary() -> str:
    """The data dictionary as Markdown: every table, every column."""
    lines = [*_OPENING.splitlines(), "", "| table | holds |", "|---|---|"]
    lines += [
        f"| [{name}](#{name}) | {schema.title}: {_cell(str(schema.description))} |"
        for name, schema in SCHEMAS.items()
    ]
    for name, schema in SCHEMAS.items():
        lines += ["", *_section(name, schema)]
    return "\n".join(lines) + "\n"


def write_datapackage(data: Path | None = None) -> list[Path]:
    """Write ``datapackage.json`` and ``README.md`` into the data folder; return their paths."""
    folder = data or paths.data_dir()
    package, words = folder / "datapackage.json", folder / "README.md"
    text = json.dumps(datapackage(), ensure_ascii=False, indent=2) + "\n"
    package.write_text(text, encoding="utf-8", newline="\n")
    words.write_text(dictionary(), encoding="utf-8", newline="\n")
    return [package, words]


def _resource(name: str, schema: pa.DataFrameSchema) -> dict[str, Any]:
    metadata = schema.metadata or {}
    table_schema: dict[str, Any] = {
        "fields": [_field(column, spec) for column, spec in schema.columns.items()],
        "missingValues": [""],
        "primaryKey": [metadata["primary_key"]],
    }
    if metadata["foreign_keys"]:
        table_schema["foreignKeys"] = [
            # The specification names a table's own rows by the empty string.
            {
                "fields": [column],
                "reference": {"resource": "" if other == name else other, "fields": [key]},
            }
            for column, (other, key) in metadata["foreign_keys"].items()
        ]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"published/{name}.csv",
        "title": schema.title,
        "description": schema.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n"},
        "schema": table_schema,
    }


def _field(name: str, column: pa.Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if not column.nullable:
        constraints["required"] = True
    if column.unique:
        constraints["unique"] = True
    for check in column.checks:
        if check.name in _CONSTRAINTS:
            argument, constraint = _CONSTRAINTS[check.name]
            value = (check.statistics or {})[argument]
            constraints[constraint] = list(value) if constraint == "enum" else value
    field: dict[str, Any] = {
        "name": name,
        "type": kind(column),
        "title": column.title,
        "description": " ".join([str(column.description), *_strict_bounds(column)]),
    }
    if kind(column) == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    if constraints:
        field["constraints"] = constraints
    return field


def _strict_bounds(column: pa.Column) -> list[str]:
    """Data Package v1 has no "greater than", only "at least": such a bound is said in words."""
    return [
        f"Must be above {(check.statistics or {})['min_value']:g}."
        for check in column.checks
        if check.name == "greater_than"
    ]


def _section(name: str, schema: pa.DataFrameSchema) -> list[str]:
    metadata = schema.metadata or {}
    points = metadata["foreign_keys"]
    lines = [
        f"## {name}",
        "",
        f"{schema.description} Key: `{metadata['primary_key']}`.",
        "",
        "| column | type | meaning | values |",
        "|---|---|---|---|",
    ]
    for column, spec in schema.columns.items():
        field = _field(column, spec)
        values = _values(field.get("constraints", {}))
        if column in points:
            other, key = points[column]
            values = [f"a `{key}` of [{other}](#{other})", *values]
        meaning = _cell(f"**{field['title']}.** {field['description']}")
        lines.append(f"| `{column}` | {field['type']} | {meaning} | {_cell('; '.join(values))} |")
    return lines


def _values(constraints: dict[str, Any]) -> list[str]:
    words: dict[str, Callable[[Any], str]] = {
        "required": lambda _: "never empty",
        "unique": lambda _: "unique",
        "minimum": lambda v: f"{v:g} or more",
        "maximum": lambda v: f"{v:g} or less",
        "enum": lambda v: ", ".join(f"`{word}`" for word in v),
        "pattern": lambda v: f"form `{v}`",
    }
    return [words[name](value) for name, value in constraints.items()]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for written in write_datapackage():
        print(written)

"""What other programs and readers are told about the tables is what the loader checks."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from analysis import paths
from analysis.evidence import datapackage
from analysis.evidence.schemas import SCHEMAS

DATA = paths.root() / "data"
MEND = "run `python -m analysis.evidence.datapackage` and commit what it writes"


def frictionless_report(descriptor: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, on import
        from frictionless import validate

        return validate(str(descriptor))


def test_committed_description_is_the_generated_one(tmp_path: Path) -> None:
    for written in datapackage.write_datapackage(tmp_path):
        assert written.read_bytes() == (DATA / written.name).read_bytes(), MEND


def test_every_table_is_described_and_every_described_file_exists() -> None:
    described = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    files = {resource["path"] for resource in described["resources"]}
    assert files == {f"published/{p.name}" for p in (DATA / "published").glob("*.csv")}
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_fields_stand_in_the_order_of_the_file() -> None:
    for name, schema in SCHEMAS.items():
        with (DATA / "published" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            assert next(csv.reader(stream)) == list(schema.columns)


def test_dictionary_explains_every_column() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for name, schema in SCHEMAS.items():
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for column in schema.columns:
            assert f"| `{column}` |" in section


@pytest.mark.slow
def test_frictionless_accepts_descriptor_and_data() -> None:
    report = frictionless_report(DATA / "datapackage.json")
    assert report.valid, report.flatten(["type", "message"])
    assert len(report.tasks) == len(SCHEMAS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        ("contrasts", ",48.7,", ",about 48,", "type-error"),
        ("contrasts", ",arm_means_post,20,", ",arm_means_post,1,", "constraint-error"),
        ("contrasts", ",sham,", ",placebo,", "constraint-error"),
        ("contrasts", ",briem2007,", ",nobody1999,", "foreign-key"),
        ("studies", "afzal2019,", "abaspour2020,", "unique-error"),
    ],
)
def test_frictionless_refuses_what_the_loader_refuses(
    tmp_path: Path, name: str, old: str, new: str, kind: str
) -> None:
    shutil.copytree(DATA / "published", tmp_path / "published")
    shutil.copy(DATA / "datapackage.json", tmp_path)
    path = tmp_path / "published" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    report = frictionless_report(tmp_path / "datapackage.json")
    assert kind in {row[0] for row in report.flatten(["type"])}

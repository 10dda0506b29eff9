"""What a result was made from, and the archive that holds all of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from command import evidence
from rocrate.rocrate import ROCrate

from analysis import crate, paths, provenance
from analysis.clients.release import ReleaseError
from analysis.evidence.tables import load_all
from analysis.evidence.trace import Tracer


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build as a run leaves it, with things in it that must not go into an archive."""
    if not (paths.results_dir() / "claims.json").exists():
        pytest.skip("results/claims.json is not made yet: run `make accept`")
    folder = tmp_path_factory.mktemp("run") / "build"
    shutil.copytree(paths.results_dir(), folder)
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "02-pain.html").write_text("junk", encoding="utf-8")
    (folder / "figures" / "pain-gap.svg.partial").write_text("junk", encoding="utf-8")
    written = folder / "provenance" / "written"
    written.mkdir(parents=True)
    (written / "99-noted.txt").write_text("figures/evidence-map\n", encoding="utf-8")
    provenance.write_provenance(folder)
    return folder


def read(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_result_has_a_provenance_file_whose_hashes_are_right(build: Path) -> None:
    folder = build / "provenance"
    for kind in ("figures", "tables"):
        for table in (build / kind).glob("*.csv"):
            record = read(folder / kind / f"{table.stem}.json")
            assert {"path": f"{kind}/{table.name}", "sha256": digest(table)} in record["files"]
            assert len(record["made_by"]) == 1, table.name
    for claim in read(build / "claims.json")["claims"]:
        record = read(folder / "claims" / f"{claim['id']}.json")
        for one in record["inputs"]:
            assert digest(paths.root() / one["path"]) == one["sha256"]
        assert "data/published/contrasts.csv" in [one["path"] for one in record["inputs"]]
        assert record["code"]["version"]
        assert record["environment"]["lock"]["sha256"] == digest(paths.root() / "requirements.lock")


def test_the_ids_named_can_be_traced(build: Path) -> None:
    tracer = Tracer(build, load_all())
    record = read(build / "provenance" / "claims" / "pain.json")
    assert "pain.sham.short.estimate" in record["number_ids"]
    assert tracer.trace(record["number_ids"][-1]).agrees is not False
    cells = read(build / "provenance" / "figures" / "pain-gap.json")["number_ids"]
    last = cells["pattern"].replace("ROW", str(cells["rows"])).replace("COLUMN", "effect")
    assert tracer.trace(last).agrees


def test_a_run_s_own_note_of_who_wrote_what_counts_first(build: Path) -> None:
    record = read(build / "provenance" / "figures" / "evidence-map.json")
    assert record["made_by"] == [{"notebook": "notebooks/99-noted.ipynb"}]
    other = read(build / "provenance" / "figures" / "pain-gap.json")
    assert other["made_by"][0]["notebook"] == "notebooks/02-pain.ipynb"


def test_two_runs_differ_in_the_volatile_block_only(build: Path) -> None:
    before = {f: f.read_bytes() for f in (build / "provenance").rglob("*.json")}
    stray = build / "provenance" / "figures" / "gone.json"
    stray.write_text("{}", encoding="utf-8")
    provenance.write_provenance(build)
    assert not stray.exists()
    after = {f: f.read_bytes() for f in (build / "provenance").rglob("*.json")}
    run = build / "provenance" / "run.json"
    old, new = json.loads(before.pop(run)), json.loads(after.pop(run))
    assert before == after
    assert set(new.pop("volatile")) == {"made_at", "platform", "machine"}
    old.pop("volatile")
    assert old == new


def test_a_notebook_s_results_are_noted_where_a_run_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pandas as pd

    from analysis.evidence.writers import noted, writers
    from analysis.publish.notebook import keep

    monkeypatch.setenv("EVIDENCE_BUILD", str(tmp_path))
    keep(pd.DataFrame({"a": [1]}), "by-hand")
    assert noted(tmp_path) == {}
    monkeypatch.setenv("EVIDENCE_NOTEBOOK", "42-answer")
    keep(pd.DataFrame({"a": [1]}), "in-a-run")
    assert writers("in-a-run", None, tmp_path) == ("42-answer",)


@pytest.fixture(scope="module")
def packed(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crate.write_crate(build, tmp_path_factory.mktemp("crate") / "collection")


def test_the_crate_reads_back_and_every_file_listed_is_there_unchanged(packed: Path) -> None:
    found = ROCrate(packed)
    listed = {str(e.id): e for e in found.get_entities() if "sha256" in e.properties()}
    assert len(listed) > 300
    for place, entity in listed.items():
        assert digest(packed / place) == entity["sha256"], place
        assert int(entity["contentSize"]) == (packed / place).stat().st_size
        assert entity["license"]
    on_disk = {f.relative_to(packed).as_posix() for f in packed.rglob("*") if f.is_file()}
    assert on_disk == {*listed, "ro-crate-metadata.json"}


def test_the_crate_holds_all_that_a_rerun_needs_and_how_it_was_made(packed: Path) -> None:
    for place in ("data/claims.toml", "data/published/contrasts.csv", "notebooks/02-pain.ipynb",
                  "analysis/cli.py", "requirements.lock", "results/claims.json", "LICENSE",
                  "results/figures/pain-gap.svg", "provenance/figures/pain-gap.json"):  # fmt: skip
        assert (packed / place).is_file(), place
    document = read(packed / "ro-crate-metadata.json")
    by_id = {entity["@id"]: entity for entity in document["@graph"]}
    pain = by_id["#run-02-pain"]
    assert pain["@type"] == "CreateAction"
    assert pain["instrument"] == {"@id": "notebooks/02-pain.ipynb"}
    assert {"@id": "data/published/contrasts.csv"} in pain["object"]
    assert {"@id": "results/figures/pain-gap.svg"} in pain["result"]
    actions = [e for e in document["@graph"] if e["@type"] == "CreateAction"]
    results_of = [e["result"] if isinstance(e["result"], list) else [e["result"]] for e in actions]
    made = {one["@id"] for results in results_of for one in results}
    results = {i for i in by_id if i.startswith(("results/figures", "results/tables"))}
    # what 99-noted wrote has no notebook in the crate
    assert results - made == {f"results/figures/evidence-map.{e}" for e in ("csv", "json", "svg")}


def test_the_crate_s_licences_authors_and_dates_are_not_invented(packed: Path) -> None:
    import yaml

    cited = yaml.safe_load((paths.root() / "CITATION.cff").read_text(encoding="utf-8"))
    by_id = {e["@id"]: e for e in read(packed / "ro-crate-metadata.json")["@graph"]}
    root = by_id["./"]
    named = root["author"] if isinstance(root["author"], list) else [root["author"]]
    authors = [by_id[one["@id"]] for one in named]
    assert [author["name"] for author in authors] == [a["name"] for a in cited["authors"]]
    assert "identifier" not in root
    assert "url" not in root
    if "date-released" not in cited:
        assert "Not yet released" in root["creativeWorkStatus"]
    assert by_id["data/published/contrasts.csv"]["license"] == {"@id": crate.CC_BY}
    assert by_id["analysis/cli.py"]["license"] == {"@id": crate.MIT}


def test_the_same_results_give_the_same_bytes(build: Path, tmp_path: Path) -> None:
    one = crate.write_crate(build, tmp_path / "one.zip")
    other = crate.write_crate(build, tmp_path / "other.zip")
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = archive.namelist()
    assert "ro-crate-metadata.json" in names
    assert not [n for n in names if "partial" in n or n.endswith((".html", ".pyc", ".png"))]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data folder with what people may keep there and nobody may publish."""
    folder = tmp_path / "data"
    shutil.copytree(paths.data_dir(), folder)
    monkeypatch.setenv("EVIDENCE_DATA", str(folder))
    return folder


def test_clients_records_and_fetched_data_never_go_in(
    data: Path, build: Path, tmp_path: Path
) -> None:
    example = (data / "clients" / "example.csv").read_text(encoding="utf-8")
    (data / "clients" / "my-clients.csv").write_text(example, encoding="utf-8")
    (data / "clients" / ".secret").write_text("x", encoding="utf-8")
    (data / "external").mkdir()
    (data / "external" / "fetched.csv").write_text("a\n1\n", encoding="utf-8")
    places = [part.place for part in crate.parts(build)]
    assert "data/clients/example.csv" in places
    assert not [p for p in places if "my-clients" in p or "secret" in p or "fetched" in p]


def test_an_example_that_is_not_simulated_any_more_stops_the_crate(
    data: Path, build: Path, tmp_path: Path
) -> None:
    file = data / "clients" / "example.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    cells = lines[1].split(",")
    cells[header.index("simulated")] = "no"
    file.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    out = tmp_path / "crate.zip"
    with pytest.raises(ReleaseError, match=r"example\.csv"):
        crate.write_crate(build, out)
    assert not out.exists()


def test_provenance_of_other_results_is_left_out(build: Path, tmp_path: Path) -> None:
    other = tmp_path / "build"
    shutil.copytree(build, other)
    table = other / "tables" / "pain-models.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("PM", "XX"), encoding="utf-8")
    places = [part.place for part in crate.parts(other)]
    assert "provenance/tables/pain-models.json" not in places
    assert "provenance/tables/pain-rules.json" in places


def test_the_command_packs_the_committed_results_and_spares_other_folders(tmp_path: Path) -> None:
    out = tmp_path / "crate.zip"
    code, told, _ = evidence("crate", "--out", out, "--json")
    assert code == 0
    assert json.loads(told)["crate"] == str(out)
    with zipfile.ZipFile(out) as archive:
        assert len(archive.namelist()) == json.loads(told)["files"] + 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    code, _, complaint = evidence("crate", "--out", tmp_path / "mine")
    assert code == 2
    assert "other things in it" in complaint
    assert (tmp_path / "mine" / "thesis.txt").exists()

"""The whole collection as one RO-Crate: what a repository archive needs, described for machines.

RO-Crate 1.2 (https://w3id.org/ro/crate/1.2): a folder or zip with ``ro-crate-metadata.json``, which
names every file with its licence, hash and origin. Only files on the list below go in: no client's
records, no data fetched from elsewhere, nothing that a build leaves lying about.
"""

from __future__ import annotations

import json
import mimetypes
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import __version__, paths
from analysis.clients.release import check_publishable
from analysis.evidence.claims import load_claims
from analysis.evidence.writers import writers
from analysis.inputs import file_hash
from analysis.staging import replace, staging

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

MIT = "https://spdx.org/licenses/MIT"
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
LICENCES = {MIT: "MIT License", CC_BY: "Creative Commons Attribution 4.0 International"}

#: What goes in: folder in the crate, patterns below it, licences. Nothing else does.
DATA = (
    ("data", ("claims.toml", "datapackage.json", "external.toml", "README.md"), (CC_BY,)),
    ("data", ("published/*.csv", "derived/*.csv", "derived/*.md"), (CC_BY,)),
    ("data", ("clients/README.md", "clients/format.md"), (CC_BY,)),
    ("data", ("clients/example.csv", "clients/template.csv"), (CC_BY,)),
)
HERE = (
    (".", ("README.md", "CHANGELOG.md", "LICENSE-DATA.md", "CITATION.cff"), (CC_BY,)),
    (".", ("LICENSE", "Makefile", "pyproject.toml"), (MIT,)),
    (".", ("requirements.lock", "environment.yml"), (MIT,)),
    (".", ("analysis/**/*.py", "scripts/*.py", "scripts/*.R"), (MIT,)),
    (".", ("tests/*.py", "tests/reference/*"), (MIT,)),
    (".", ("docs/**/*.md",), (CC_BY,)),
    (".", ("notebooks/*.ipynb",), (MIT, CC_BY)),
)
RESULTS = (
    ("results", ("claims.json", "tables/*.csv", "tolerances.toml"), (CC_BY,)),
    ("results", ("figures/*.csv", "figures/*.json", "figures/*.svg"), (CC_BY,)),
)
PROVENANCE = ("claims/*.json", "figures/*.json", "tables/*.json")

mimetypes.add_type("application/x-ipynb+json", ".ipynb")
_TYPES = {".md": "text/markdown", ".toml": "application/toml", ".lock": "text/plain",
          ".cff": "application/yaml", ".yml": "application/yaml", ".R": "text/x-r",
          ".csv": "text/csv", ".ipynb": "application/x-ipynb+json"}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One file of the crate: where it is, where it goes, under which licences."""

    source: Path
    place: str
    licences: tuple[str, ...]


def parts(results: Path) -> list[Part]:
    """The files of a crate with the results of one folder, in order of their place.

    Provenance is taken from ``build/provenance`` (or the folder's own) if it is about these very
    results; what is left from another run is not.
    """
    found = [*_listed(paths.data_dir(), DATA), *_listed(paths.root(), HERE)]
    found += _listed(results, RESULTS)
    if not any(part.place == "results/tolerances.toml" for part in found):  # a build has none
        tolerances = paths.results_dir() / "tolerances.toml"
        found += [Part(tolerances, "results/tolerances.toml", (CC_BY,))]
    own = results / "provenance"
    folder = own if own.is_dir() else paths.build_dir() / "provenance"
    found += [
        Part(file, f"provenance/{file.relative_to(folder).as_posix()}", (CC_BY,))
        for pattern in PROVENANCE
        for file in folder.glob(pattern)
        if _is_about(file, results)
    ]
    return sorted((part for part in found if part.source.is_file()), key=lambda part: part.place)


def _listed(
    folder: Path, listed: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
) -> Iterator[Part]:
    for place, patterns, licences in listed:
        for file in (file for pattern in patterns for file in folder.glob(pattern)):
            name = file.relative_to(folder).as_posix()
            yield Part(file, name if place == "." else f"{place}/{name}", licences)


def _is_about(provenance: Path, results: Path) -> bool:
    """Whether a provenance file describes the files that are in this folder."""
    record = json.loads(provenance.read_text(encoding="utf-8"))
    kept = [file for file in record["files"] if not file["path"].endswith(".png")]
    return all(
        (results / one["path"]).is_file() and file_hash(results / one["path"]) == one["sha256"]
        for one in kept
    )


def write_crate(results: Path, out: Path | None = None) -> Path:
    """Write the collection with the results of one folder as an RO-Crate.

    Parameters
    ----------
    results
        A folder with ``claims.json``, ``figures/`` and ``tables/``: a build, or the committed ones.
    out
        A folder, or a file that ends in ``.zip``; by default ``crate.zip`` in ``results``. What is
        there is replaced when all went well.

    Returns
    -------
    Path
        What was written. The same input gives the same bytes.

    Raises
    ------
    ReleaseError
        If a file holds records of real clients.
    """
    place = out or results / "crate.zip"
    if place.suffix != ".zip":
        with staging(place) as folder:
            _fill(folder, results)
            replace(folder, place)
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evidence-") as made:
        _fill(Path(made), results)
        return _zip(Path(made), place)


def _fill(folder: Path, results: Path) -> None:
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.2")
    crate.metadata.extra_terms["sha256"] = "https://schema.org/sha256"
    _describe_root(crate)
    words = _words(results)
    files = {}
    for part in parts(results):
        files[part.place] = crate.add_file(
            str(part.source), part.place, properties=_file(part, words.get(part.place, {}))
        )
    _describe_making(crate, files, results)
    crate.write(folder)
    check_publishable(folder)


def _describe_root(crate: ROCrate) -> None:
    from rocrate.model.contextentity import ContextEntity
    from rocrate.model.person import Person

    cited = _citation()
    for address, name in LICENCES.items():
        properties = {"@type": "CreativeWork", "name": name}
        crate.add(ContextEntity(crate, address, properties=properties))
    root = crate.root_dataset
    root["name"] = cited["title"]
    root["description"] = cited["abstract"]
    root["version"] = __version__
    root["keywords"] = list(cited["keywords"])
    root["license"] = [{"@id": CC_BY}, {"@id": MIT}]
    root["usageInfo"] = "Code under MIT; data, text and figures under CC BY 4.0; see each file."
    authors = []
    for number, author in enumerate(cited["authors"], 1):
        name = author.get("name") or f"{author['given-names']} {author['family-names']}"
        known = {"name": name} | ({"@type": "Organization"} if "name" in author else {})
        authors.append(crate.add(Person(crate, f"#author-{number}", properties=known)))
    root["author"] = _one_or_all(authors)
    released = cited.get("date-released")
    when = str(released) if released else _last_change()
    if when:
        root["datePublished"] = when
    else:
        root._jsonld.pop("datePublished", None)
    if not released:
        root["creativeWorkStatus"] = "Not yet released; the date is that of the last change."


def _citation() -> dict[str, Any]:
    import yaml

    text = (paths.root() / "CITATION.cff").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _last_change() -> str | None:
    """The day of the commit checked out here; None where that is not known."""
    if not (paths.root() / ".git").exists():
        return None
    try:
        said = subprocess.run(
            ["git", "-C", str(paths.root()), "log", "-1", "--format=%cs"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return said.stdout.strip() or None


def _words(results: Path) -> dict[str, dict[str, str]]:
    """Names and descriptions by place, from the files that hold them already."""
    found = {}
    package = json.loads((paths.data_dir() / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        found[f"data/{resource['path']}"] = {
            "name": resource.get("title") or resource["name"],
            "description": resource.get("description", ""),
        }
    for file in (results / "figures").glob("*.json"):
        figure = json.loads(file.read_text(encoding="utf-8"))
        found[f"results/figures/{file.stem}.svg"] = {
            "name": figure["title"],
            "description": figure["caption"],
        }
        found[f"results/figures/{file.stem}.csv"] = {"name": f"Data drawn: {figure['title']}"}
    for book in paths.notebooks_dir().glob("*.ipynb"):
        first = json.loads(book.read_text(encoding="utf-8"))["cells"][0]["source"]
        found[f"notebooks/{book.name}"] = {"name": "".join(first).splitlines()[0].lstrip("# ")}
    return found


def _file(part: Part, words: Mapping[str, str]) -> dict[str, Any]:
    kind = _TYPES.get(part.source.suffix) or mimetypes.guess_type(part.source.name)[0]
    source = ["File", "SoftwareSourceCode"] if part.source.suffix in (".py", ".ipynb") else "File"
    return {
        "@type": source,
        "name": part.place,
        **{key: text for key, text in words.items() if text},
        "encodingFormat": kind or "text/plain",
        "contentSize": str(part.source.stat().st_size),
        "sha256": file_hash(part.source),
        "license": _one_or_all([{"@id": licence} for licence in part.licences]),
    }


def _one_or_all(values: list[Any]) -> Any:
    """A single value stands by itself, as the standard recommends."""
    return values[0] if len(values) == 1 else values


def _describe_making(crate: ROCrate, files: Mapping[str, Any], results: Path) -> None:
    """A CreateAction per notebook, and one for ``claims.json``: what it read and wrote."""
    known = load_claims()
    read = [
        entity
        for place, entity in files.items()
        if place.startswith("data/published/") or place == "data/claims.toml"
    ]
    wrote: dict[str, list[Any]] = {}
    for place, entity in files.items():
        folder, _, name = place.removeprefix("results/").partition("/")
        if place.startswith("results/") and folder in ("figures", "tables"):
            stem = Path(name).stem
            claim = max((c for c in known if stem.startswith(f"{c}-")), key=len, default=None)
            for book in writers(stem, claim, results):
                wrote.setdefault(f"notebooks/{book}.ipynb", []).append(entity)
    makers = {"analysis/evidence/verdicts.py": [files["results/claims.json"]], **wrote}
    for instrument, made in sorted(makers.items()):
        if instrument in files:
            name = Path(instrument).stem
            crate.add_action(
                files[instrument],
                identifier=f"#run-{name}",
                object=read,
                result=_one_or_all(made),
                properties={"@type": "CreateAction", "name": f"evidence reproduce: {name}"},
            )


def _zip(folder: Path, place: Path) -> Path:
    """Pack a folder so that the same files give the same bytes."""
    partial = place.with_name(f".{place.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return partial.replace(place)

"""The command that packs the whole collection for a repository archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# Heavy libraries are imported inside the commands that need them, so that help is quick.
from analysis import paths
from analysis.cli_common import AsJson, committed_claims, complaints, print_json


def command(
    out: Annotated[
        Path | None, typer.Option(help="A folder, or a .zip (build/crate.zip).", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pack data, code, notebooks and committed results as an RO-Crate."""
    from analysis.terminal import say

    place = out or paths.build_dir() / "crate.zip"
    with complaints(as_json):
        committed_claims()
        if place.is_dir() and any(place.iterdir()) and not (place / METADATA).is_file():
            raise FileExistsError(f"{place} is a folder with other things in it: name a new one")
        from analysis.crate import parts, write_crate

        written = write_crate(paths.results_dir(), place)
        packed = parts(paths.results_dir())
    provenance = sum(part.place.startswith("provenance/") for part in packed)
    if as_json:
        print_json({"crate": str(written), "files": len(packed), "provenance_files": provenance})
        return
    say(f"{written}: RO-Crate of {len(packed)} files")
    if not provenance:
        say("without provenance: `evidence reproduce` notes it, for results that it confirms")


METADATA = "ro-crate-metadata.json"

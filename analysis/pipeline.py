"""What a run of the collection consists of besides notebooks: the one list of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

# Heavy libraries are imported inside the steps that need them, when it comes to them.
if TYPE_CHECKING:
    from analysis.kept import Kept
    from analysis.rerun import Step


def steps() -> Sequence[Step]:
    """What a run does besides notebooks, with the libraries loaded only when it comes to it."""

    def check(_: Path) -> None:
        from analysis.evidence.tables import load_all

        load_all()

    def judge(folder: Path) -> None:
        from analysis.evidence.verdicts import write_claims

        write_claims(folder)

    return [("data", check), ("verdicts", judge)]


def pictures() -> Sequence[Step]:
    """What a comparison with the committed results needs besides what notebooks write."""

    def pixels(folder: Path) -> None:
        from analysis.pixels import write_pixels

        write_pixels(folder)

    return [("pixels", pixels)]


def after() -> Sequence[Step]:
    """What is made from the results once all notebooks went well."""

    def cards(folder: Path) -> None:
        from analysis.publish.cards import write_cards

        write_cards(folder)

    def site(folder: Path) -> None:
        from analysis.clients.release import check_publishable
        from analysis.publish.site import build_site

        check_publishable(folder)  # before a page is made of it
        build_site(folder, folder / "site")

    def provenance(folder: Path) -> None:
        from analysis.provenance import write_provenance

        write_provenance(folder)

    return [*pictures(), ("cards", cards), ("site", site), ("provenance", provenance)]


def reads() -> Mapping[str, object]:
    """What these steps read besides results, code, data and documents."""
    import os

    from analysis.inputs import commit

    return {"site": os.environ.get("EVIDENCE_SITE_URL"), "provenance": commit()}


def check_no_clients(folder: Path, kept: Kept) -> None:
    """Before anything leaves the staging folder: no table of real clients may go out.

    Raises
    ------
    ReleaseError
        One would; what was kept of the run is gone.
    """
    from analysis.inputs import hashes

    def check() -> bool:
        from analysis.clients.release import ReleaseError, check_publishable

        try:
            check_publishable(folder)
        except ReleaseError:
            kept.drop()
            raise
        return True

    kept.once("publishable", check, hashes(folder, (p for p in folder.rglob("*") if p.is_file())))

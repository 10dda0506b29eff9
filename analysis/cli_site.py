"""The command that makes the website."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from analysis import paths
from analysis.cli_common import WRONG, AsJson, complaints, print_json


def site(
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the front page in a browser.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the website from the last run; it opens without a network or a server."""
    from analysis.clients.release import check_publishable
    from analysis.publish.site import SiteError, build_site
    from analysis.terminal import say

    build = paths.build_dir()
    out = build / "site"
    started = time.monotonic()
    with complaints(as_json):
        # No table of real clients may go out with a page.
        check_publishable(build)
        try:
            build_site(build, out)
        except SiteError as error:
            if as_json:
                print_json({"error": str(error), "problems": []})
            say(str(error), error=True)
            raise typer.Exit(WRONG) from None
    pages = len(list(out.rglob("*.html")))
    seconds = time.monotonic() - started
    if as_json:
        front = str(out / "index.html")
        print_json({"site": front, "pages": pages, "seconds": round(seconds, 3)})
    else:
        say(f"{pages} pages in {seconds:.1f} s: open {out / 'index.html'}")
    if open_it:
        typer.launch(str(out / "index.html"))

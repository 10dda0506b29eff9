"""The command that gives a card as something to paste."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

# Heavy libraries are imported inside the command that needs them, so that help is quick.
from analysis import paths
from analysis.cli_common import AsJson, NoSuchClaimError, complaints, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.publish.card_model import Card


class Form(StrEnum):
    """What can be pasted."""

    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    BIBTEX = "bibtex"
    RIS = "ris"
    CSL = "csl-json"


def command(
    card_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="A claim's id, or a main figure's, as in `pain-gap`."),
    ],
    form: Annotated[Form, typer.Option("--as", help="What to print.")] = Form.HTML,
    base_url: Annotated[
        str,
        typer.Option(
            help="Where the site is published, such as https://example.org/massage. Without it "
            "links are relative to the site's front page.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Print a figure block, a sentence or references for one claim or figure, ready to paste."""
    with complaints(as_json):
        from analysis.publish.cards import all_cards
        from analysis.publish.cite import check_base, cite

        try:
            check_base(base_url)
        except ValueError as wrong:
            raise NoSuchClaimError(str(wrong)) from wrong
        committed = paths.results_dir() / "claims.json"
        if not committed.exists():
            raise FileNotFoundError(
                f"{committed} is not there; `evidence reproduce --accept` makes it"
            )
        card = find(card_id, all_cards(paths.results_dir()))
        snippet = cite(card, form.value, base_url)
    if as_json:
        print_json({"id": card.id, "form": form.value, "snippet": snippet, "card": card.as_dict()})
    else:
        typer.echo(snippet, nl=False)


def find(card_id: str, cards: Sequence[Card]) -> Card:
    """The card of that id.

    Raises
    ------
    NoSuchClaimError
        There is none; the text names the nearest and all that there are.
    """
    known = {card.id: card for card in cards}
    if card_id in known:
        return known[card_id]
    near = difflib.get_close_matches(card_id, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise NoSuchClaimError(
        f"there is no claim or main figure {card_id!r}.{hint} There are: {', '.join(known)}"
    )

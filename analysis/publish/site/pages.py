"""A page before it has a theme: a title, sections of finished HTML, and what machines read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@dataclass(frozen=True)
class Section:
    """A part of a page. ``html`` is safe already: it came out of a template that escapes."""

    id: str
    title: str
    html: str


@dataclass(frozen=True)
class Page:
    """One page of the site, without navigation.

    ``name`` is its address without ending, ``short`` what menus call it. ``lead`` comes between the
    title and the first section. ``notebook`` names the executed notebook that follows the last
    section. ``data`` are schema.org objects.
    """

    name: str
    title: str
    short: str
    lead: str = ""
    sections: tuple[Section, ...] = ()
    notebook: str | None = None
    description: str = ""
    data: tuple[dict[str, Any], ...] = field(default=(), compare=False)

    def source(self) -> str:
        """The page as the file that the site generator reads."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


@cache
def environment() -> Environment:
    """Templates that escape whatever they are given, and stop at a name that is not there."""
    made = Environment(
        loader=PackageLoader("analysis.publish.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["anchor"] = anchor
    return made


def render(template: str, **values: Any) -> Markup:
    """Fill one template."""
    return Markup(environment().get_template(template).render(**values))


def anchor(number_id: str) -> str:
    """A number's id as an anchor: ``pain.sham.short.k`` is ``#pain-sham-short-k``."""
    return number_id.replace(".", "-")

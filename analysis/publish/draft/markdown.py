"""The text of a Markdown draft that a reader sees, with its lines."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

from analysis.publish.draft.markup import blocks_of_html
from analysis.publish.draft.split import Block


def blocks_of_markdown(text: str) -> list[Block]:
    """Blocks of prose: no front matter, code, link targets or HTML tags; picture texts included."""
    body, skipped = _without_front_matter(text)
    blocks: list[Block] = []
    quotes = 0
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        if token.type == "blockquote_open":
            quotes += 1
        elif token.type == "blockquote_close":
            quotes -= 1
        elif token.type == "inline" and token.map:
            block = Block(quoted=quotes > 0)
            _fill(block, token, token.map[0] + 1 + skipped)
            blocks.append(block)
        elif token.type == "html_block" and token.map:
            blocks += blocks_of_html(token.content, token.map[0] + 1 + skipped)
    return blocks


def _fill(block: Block, inline: Token, line: int) -> None:
    hidden = False
    for child in inline.children or ():
        if child.type == "html_inline":
            tag = child.content.lower()
            if tag.startswith(("<script", "<style", "</script", "</style")):
                hidden = not tag.startswith("</")
            line += child.content.count("\n")
        elif child.type in ("text", "image") and hidden:
            continue
        elif child.type == "text":
            block.add(child.content, line)
        elif child.type in ("softbreak", "hardbreak"):
            line += 1
            block.add(" ", line)
        elif child.type == "image":
            block.add(child.content, line)
        elif child.type == "code_inline":
            block.add("\u2026", line)


def _without_front_matter(text: str) -> tuple[str, int]:
    """The text after a block between `---` lines at the top, and how many lines that took."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return text, 0
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() in ("---", "..."):
            return "\n".join(lines[number + 1 :]), number + 1
    return text, 0

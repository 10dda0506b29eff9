"""A draft's file into sentences with their lines, or a refusal that says what to do.

Whatever a file holds, reading ends soon: sizes are bounded before anything is unpacked or parsed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from analysis.publish.draft.split import Block, Sentence

LARGEST: Final = 400_000  # bytes of a draft; a short book is about as much
MOST_MARKS: Final = 20_000  # of one sign of markup; parsers slow down on texts made of nothing else
LARGEST_WORD: Final = 20_000_000  # bytes of a Word file, which may hold pictures
FORMS: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    "": "text",
    ".docx": "word",
}
_OTHERS: Final = {
    ".doc": "save it as .docx",
    ".odt": "save it as .docx",
    ".rtf": "save it as .docx",
    ".pages": "export it as .docx",
    ".pdf": "save the text as .txt or .docx",
}
_BULLET = re.compile(r"\s*(?:[-*+\u2022\u2013\u2014\u00b7\u25aa\u2713\u2714]|\d{1,3}[.)])\s+")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{3,40})", re.IGNORECASE)


class DraftError(Exception):
    """A draft cannot be read; the text names the file and the mend."""


def read_sentences(file: Path) -> list[Sentence]:
    """The sentences of a file, by its ending (.md, .html, .txt, .docx; others as plain text).

    Raises
    ------
    DraftError
        It is not there, not a file, too large, not text, or of a kind that cannot be read.
    """
    form = form_of(file)
    try:
        if file.is_dir():
            raise DraftError(f"{file} is a folder; name one file, such as {file}/draft.md")
        if not file.exists():
            raise DraftError(f"{file} is not there; check the name and the folder")
        if not file.is_file():
            raise DraftError(f"{file} is not a plain file; save the draft as a file first")
        limit = LARGEST_WORD if form == "word" else LARGEST
        if file.stat().st_size > limit:
            raise DraftError(
                f"{file} is too large ({file.stat().st_size / 1e6:.1f} MB; a draft may have "
                f"{limit / 1e6:.1f} MB); split it, or save its text alone"
            )
        if form == "word":
            from analysis.publish.draft.word import read_word

            return read_word(file)
        raw = file.read_bytes()
    except (OSError, ValueError) as error:
        raise DraftError(f"{file} cannot be read: {error}") from None
    try:
        return sentences_of(decode(raw, form), form)
    except DraftError as error:
        raise DraftError(f"{file}: {error}") from None


def form_of(file: Path) -> str:
    """The form that a file's ending tells: text, markdown, html or word.

    Raises
    ------
    DraftError
        Files with this ending cannot be read; the message says what to save instead.
    """
    ending = file.suffix.lower()
    if ending in _OTHERS:
        raise DraftError(f"{file}: files of this kind ({ending}) cannot be read; {_OTHERS[ending]}")
    return FORMS.get(ending, "text")


def sentences_of(text: str, form: str) -> list[Sentence]:
    """The sentences of a text in one of the forms ``text``, ``markdown`` and ``html``.

    Raises
    ------
    DraftError
        The text is made to be slow to read: too many marks, or too deeply nested.
    ValueError
        There is no such form.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if form != "text":
        crowded = next((c for c in "[<>*_`!&|" if text.count(c) > MOST_MARKS), None)
        if crowded:
            raise DraftError(
                f"it holds more than {MOST_MARKS} signs {crowded!r}, which no person wrote; save "
                "its text as .txt"
            )
    if form == "text":
        blocks = _plain(text)
    elif form == "markdown":
        from analysis.publish.draft.markdown import blocks_of_markdown

        blocks = blocks_of_markdown(text)
    elif form == "html":
        from analysis.publish.draft.markup import blocks_of_html

        blocks = blocks_of_html(text)
    else:
        raise ValueError(f"form must be text, markdown or html, not {form!r}")
    return [sentence for block in blocks for sentence in block.sentences()]


def decode(raw: bytes, form: str = "text") -> str:
    """Bytes into text: UTF-8, UTF-16 with its mark, or what an HTML page declares.

    Raises
    ------
    DraftError
        They are not text in any of these.
    """
    declared = _CHARSET.search(raw[:2048]) if form == "html" else None
    names = [declared.group(1).decode("ascii")] if declared else []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        names = ["utf-16"]
    for name in ["utf-8-sig", *names]:
        try:
            text = raw.decode(name)
        except (UnicodeError, LookupError):
            continue
        strange = sum(c < " " and c not in "\t\n\r\f\x1b" for c in text[:100_000])
        if "\x00" in text or strange > max(5, len(text[:100_000]) // 100):
            raise DraftError("this is not text (a picture or a program?); save the draft as .txt")
        return text
    raise DraftError(
        "its letters are in an encoding that cannot be told, or it is not text; save it again as "
        "UTF-8 (in “Save as”, choose the encoding)"
    )


def _plain(text: str) -> list[Block]:
    """Paragraphs of plain text: parted by empty lines, bullets, and short lines without a stop."""
    blocks: list[Block] = []
    before = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bullet = _BULLET.match(line)
        quoted = line.lstrip().startswith(">")
        kept = line[bullet.end() :] if bullet else line.lstrip("> ") if quoted else line
        fresh = not before.strip() or bool(bullet) or _is_heading(before, line)
        if kept.strip():
            if fresh or not blocks or blocks[-1].quoted != quoted:
                blocks.append(Block(quoted=quoted))
                blocks[-1].add(kept, number)
            else:
                blocks[-1].add(" " + kept, number)
        before = line
    return blocks


def _is_heading(before: str, line: str) -> bool:
    """Whether the line before stands alone: short, without a stop, and a capital follows."""
    last, first = before.rstrip(), line.lstrip()
    return len(last) < 60 and last[-1:] not in ".,;:!?-" and first[:1].isupper()

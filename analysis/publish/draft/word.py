"""The text of a Word file, by paragraph."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

from analysis.publish.draft.reading import DraftError
from analysis.publish.draft.split import Block, Sentence

LARGEST_TEXT: Final = 20_000_000  # bytes of the text part, unpacked
LARGEST_ALL: Final = 200_000_000  # bytes of all parts, unpacked; pictures are most of it
MOST_PARTS: Final = 2000
MOST_PARAGRAPHS: Final = 20_000
MOST_LETTERS: Final = 400_000  # as for the other kinds of file


def read_word(file: Path) -> list[Sentence]:
    """Sentences with the number of their paragraph, from one; empty ones and table cells count.

    Raises
    ------
    DraftError
        It is no Word file, or unpacks to more than a draft can hold.
    """
    _look_inside(file)
    import docx
    from docx.oxml.ns import qn

    try:
        body = docx.Document(str(file)).element.body
        paragraphs = list(body.iter(qn("w:p")))
        wanted = paragraphs if len(paragraphs) <= MOST_PARAGRAPHS else []
        blocks = [_block(p, number, qn) for number, p in enumerate(wanted, start=1)]
    except Exception as error:  # whatever a broken file makes the library say
        raise DraftError(
            f"{file} is a damaged Word file ({type(error).__name__}); open it and save it again"
        ) from None
    found = [sentence for block in blocks for sentence in block.sentences()]
    if len(paragraphs) > len(wanted) or sum(len(s.text) for s in found) > MOST_LETTERS:
        raise DraftError(f"{file} holds too much text for a draft; split it")
    return found


def _look_inside(file: Path) -> None:
    """Refuse what is no Word file or unpacks too large, before anything is unpacked."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise DraftError(
            f"{file} is not a Word file, whatever its name says; save the draft as .docx or .txt"
        ) from None
    names = {part.filename: part for part in parts}
    if "word/document.xml" not in names:
        raise DraftError(f"{file} is not a Word file; save the draft as .docx or .txt")
    texts = sum(p.file_size for p in parts if p.filename.endswith((".xml", ".rels")))
    if (
        len(parts) > MOST_PARTS
        or texts > LARGEST_TEXT
        or sum(p.file_size for p in parts) > LARGEST_ALL
    ):
        raise DraftError(
            f"{file} unpacks to more than a draft can hold ({texts / 1e6:.0f} MB of text); copy "
            "its text into a new file"
        )


def _block(paragraph: Any, number: int, qn: Any) -> Block:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    name = "" if style is None else str(style.get(qn("w:val")) or "")
    block = Block(quoted="quote" in name.lower())
    for part in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br")):
        # a text box stands inside a paragraph and has paragraphs of its own
        if next(part.iterancestors(qn("w:p")), None) is paragraph:
            block.add(
                (part.text or "").replace("\n", " ") if part.tag == qn("w:t") else " ", number
            )
    return block

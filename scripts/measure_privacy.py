"""Measure the de-identification on the seeded corpora and write the result into docs/privacy.md.

Run it after a change to what is taken for an identifier; a test compares.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- measured -->\n", "<!-- end of measured -->\n"


def with_result(text: str, result: str) -> str:
    """The document with the result between its marks."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}{textwrap.fill(result, 100)}\n{END}{tail}"


def main() -> None:
    """Measure and write."""
    sys.path.insert(0, str(ROOT / "tests"))
    from planted_measure import measure, sentence

    page = ROOT / "docs" / "privacy.md"
    with tempfile.TemporaryDirectory() as folder:
        result = sentence(measure(Path(folder)))
    text = page.read_text(encoding="utf-8")
    page.write_text(with_result(text, result), encoding="utf-8", newline="\n")
    print(result)


if __name__ == "__main__":
    main()

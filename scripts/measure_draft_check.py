"""Measure the draft check on the labelled sentences and write the tables of docs/draft-check.md.

Run from the repository: ``python scripts/measure_draft_check.py``; with ``--check`` it only says
whether the tables are current (exit code 1 if not).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from analysis import paths
from analysis.publish.draft.measured import tables

PAGE = Path(__file__).resolve().parents[1] / "docs" / "draft-check.md"
START = "<!-- measured: written by scripts/measure_draft_check.py, do not edit -->"
END = "<!-- end of measured -->"


def current() -> str:
    """The page with the tables as they should be."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    _, after = rest.split(END)
    document = json.loads((paths.results_dir() / "claims.json").read_text(encoding="utf-8"))
    return f"{before}{START}\n\n{tables(document)}\n{END}{after}"


def main() -> int:
    """Write or check the page."""
    wanted = current()
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text(encoding="utf-8") != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write environment.yml, for conda users and Binder, from requirements.lock.

The versions are the lock's, so that conda, Binder and `make` run the same packages. A test
compares the two files; `make lock` runs this.
"""

from __future__ import annotations

import re
from pathlib import Path

# A line of the lock that starts a package: name, version, and for whom (a marker).
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?")

HEAD = """\
# Written by `make lock` from requirements.lock: same packages, same versions. Do not edit.
# conda env create -f environment.yml && conda activate massage-evidence && evidence reproduce
name: massage-evidence
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - pip:
"""


def pinned(lock: str) -> list[str]:
    """The requirements of a lock without their hashes: `name==version` with its marker."""
    found = [match for line in lock.splitlines() if (match := PINNED.match(line))]
    return [
        f"{m['name']}=={m['version']}" + (f" ; {m['marker'].strip()}" if m["marker"] else "")
        for m in found
    ]


def environment_yml(lock: str) -> str:
    """The text of environment.yml for the text of a lock."""
    # Double quotes: markers hold single ones.
    rows = [f'      - "{requirement}"' for requirement in pinned(lock)]
    return HEAD + "\n".join([*rows, "      - -e ."]) + "\n"


def main() -> None:
    """Write environment.yml beside the lock."""
    root = Path(__file__).resolve().parents[1]
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    (root / "environment.yml").write_text(environment_yml(lock), encoding="utf-8")


if __name__ == "__main__":
    main()

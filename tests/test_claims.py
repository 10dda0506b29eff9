"""``claims.toml``: a slip in the questions is named, not swallowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import paths
from analysis.evidence.claims import ClaimError, load_claims


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (paths.data_dir() / "claims.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "claims.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"sham", "active"', '"shame", "active"', "'shame' is not one of no_treatment, sham"),
        ('"no_treatment/short"', '"no_treatment/soon"', "'soon' is not one of"),
        ("important = 10.0", "important = -10.0", "must be above zero"),
        ("level = 0.95", "", "level"),
        ('unit_short = "points"', "", "unit_short"),
        ("[rules]", "[rules", "cannot be read"),
    ],
)
def test_slips_are_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ClaimError, match=told.replace("/", ".")):
        load_claims(changed(tmp_path, old, new))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match=r"claims\.toml cannot be read"):
        load_claims(tmp_path)

"""Verification believes nothing made before, touches nothing, and says of each result how it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command import evidence, last_line

from analysis.compare import compare
from analysis.pixels import moved, write_pixels
from analysis.rerun import files
from analysis.tolerances import load_tolerances
from analysis.verify import choose, not_as_locked

DRAW = """
import json
from PIL import Image
from analysis import paths
folder = paths.build_dir() / "figures"
folder.mkdir(exist_ok=True)
_ = (folder / "gap.csv").write_text("id,mean\\na,0.1\\n")
_ = (folder / "gap.json").write_text(json.dumps({"title": "The gap", "claim": "pain"}))
_ = (folder / "gap.svg").write_text("<svg/>")
Image.new("RGB", (400, 200), "white").save(folder / "gap.png")
"""


@pytest.fixture
def places(collection: Path, write_notebook: Callable[..., Path]) -> Path:
    """A copy of the data, one notebook, and its results committed."""
    write_notebook("01-gap", DRAW)
    write_notebook("02-other", "print('nothing')")
    assert evidence("reproduce", "--accept", "--notebooks", collection / "notebooks")[0] == 0
    return collection


def verify(places: Path, *options: object) -> tuple[int, str, str]:
    return evidence("verify", "--notebooks", places / "notebooks", *options)


def content(places: Path) -> dict[str, bytes]:
    here = [name for name in files(places) if not name.startswith(".build.kept/")]
    return {name: (places / name).read_bytes() for name in here}


@pytest.mark.slow
def test_committed_results_are_verified_and_nothing_is_touched(places: Path) -> None:
    assert (places / "results" / "pixels" / "gap.png").exists()
    manifest = json.loads((places / "results" / "inputs.json").read_text())
    assert manifest["made_by"]["figures/gap.csv"] == "01-gap"
    assert manifest["environment"]["python"]
    before = content(places)
    page = places / "report.html"
    code, out, _ = verify(places, "--html", page)
    assert code == 0
    assert last_line(out).startswith("verified: ")
    assert " 0 within tolerance, 0 different" in last_line(out)
    text = page.read_text()
    assert "figure gap" in text
    assert "identical" in text
    page.unlink()
    assert content(places) == before

    code, out, _ = verify(places, "--strict", "--json")
    document = json.loads(out)
    assert (code, document["verified"], document["strict"]) == (0, True, True)
    assert document["environment"]["changed"] == {}


@pytest.mark.slow
def test_what_moved_is_different_or_within_tolerance(places: Path) -> None:
    results = places / "results"
    (results / "figures" / "gap.csv").write_text("id,mean\na,0.10000000000001\n")
    code, out, _ = verify(places, "--json", "--only", "gap")
    document = json.loads(out)
    (item,) = document["items"]
    assert (code, item["id"], item["status"], item["within"]) == (0, "gap", "within", 1)
    assert item["where"] == "mean"
    assert item["largest"] == pytest.approx(1e-13, rel=0.01)
    assert [n["name"] for n in document["notebooks"]] == ["01-gap"]
    assert verify(places, "--strict", "--only", "01-gap")[0] == 1

    (results / "figures" / "gap.csv").write_text("id,mean\na,0.2\n")
    code, out, _ = verify(places, "--only", "pain")  # the claim, and the figures about it
    assert code == 1
    assert last_line(out).startswith("not verified: ")
    assert "figure gap: 1 of 2 cells moved" in out


@pytest.mark.slow
def test_strictly_a_notebook_may_not_warn(
    places: Path, write_notebook: Callable[..., Path]
) -> None:
    write_notebook("02-other", "import warnings\nwarnings.warn('odd')")
    assert verify(places)[0] == 0
    code, out, _ = verify(places, "--strict")
    assert code == 1
    assert "notebook 02-other wrote to standard error" in out


@pytest.mark.slow
def test_a_notebook_that_fails_is_not_verified(
    places: Path, write_notebook: Callable[..., Path]
) -> None:
    write_notebook("02-other", "1 / 0")
    code, out, _ = verify(places)
    assert code == 1
    assert "ZeroDivisionError" in out


@pytest.mark.slow
def test_bad_data_is_named_and_leaves_nothing_behind(places: Path) -> None:
    before = content(places)
    table = places / "data" / "published" / "thresholds.csv"
    whole = table.read_text()
    table.write_text(whole.replace("true", "perhaps", 1))
    code, _, error = verify(places)
    assert code == 2
    assert "thresholds.csv" in error
    table.write_text(whole)
    assert content(places) == before


def test_wrong_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_notebook: Callable[..., Path]
) -> None:
    write_notebook("01-gap", "1")
    monkeypatch.setenv("EVIDENCE_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("EVIDENCE_BUILD", str(tmp_path / "build"))
    code, _, error = verify(tmp_path)
    assert code == 2
    assert "nothing is committed" in error
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "claims.json").write_text('{"claims": [{"id": "pain"}]}')
    code, out, error = verify(tmp_path, "--only", "mood", "--json")
    assert code == 2
    assert "no notebook, claim or figure" in json.loads(out)["error"]
    (tmp_path / "results" / "figures").mkdir()
    (tmp_path / "results" / "figures" / "old.json").write_text("{}")
    code, _, error = verify(tmp_path, "--only", "old")  # to run nothing would verify nothing
    assert code == 2
    assert "do not say which notebook makes figure old" in error
    assert verify(tmp_path, "--html", tmp_path / "no" / "report.html")[0] == 2


def test_a_figure_is_chosen_with_the_notebook_that_makes_it(root: Path) -> None:
    results = root / "results"
    if not (results / "inputs.json").exists():
        pytest.skip("the results do not say what they were made from")
    names = [path.stem for path in (root / "notebooks").glob("*.ipynb")]
    chosen = choose(["pain-gap"], names, results)
    assert chosen.notebooks == ("02-pain",)
    assert chosen.figures == {"pain-gap"}


def picture(folder: Path, *dots: tuple[int, int]) -> Path:
    from PIL import Image

    (folder / "figures").mkdir(parents=True)
    drawn = Image.new("RGB", (400, 200), "white")
    for x, y in dots:
        drawn.paste("black", (x, y, x + 12, y + 12))
    drawn.save(folder / "figures" / "gap.png")
    (folder / "figures" / "gap.svg").write_text(f"<svg>{dots}</svg>")
    write_pixels(folder)
    return folder


def test_a_mark_that_moved_is_seen_and_one_that_did_not_is_not(tmp_path: Path) -> None:
    a = picture(tmp_path / "a", (40, 40))
    b = picture(tmp_path / "b", (60, 40))
    pixels = "pixels/gap.png"
    assert moved(a / pixels, a / pixels, 32) == 0
    assert moved(a / pixels, b / pixels, 32) == pytest.approx(18 / 5000)  # 9 gone, 9 come
    found = compare(b, a)
    assert [str(d) for d in found.differences] == [
        "figure gap: its picture: 0.4% of its pixels moved"
    ]
    assert found.summary() == "differs: figure gap (its picture)"
    assert compare(picture(tmp_path / "c", (40, 40)), a).same


def test_pictures_of_another_size_differ_altogether(tmp_path: Path) -> None:
    from PIL import Image

    for name, size in (("a", (10, 10)), ("b", (10, 11))):
        Image.new("L", size).save(tmp_path / f"{name}.png")
    assert moved(tmp_path / "a.png", tmp_path / "b.png", 255) == 1


def test_the_declared_tolerance_of_pictures_is_read(root: Path) -> None:
    assert load_tolerances(root / "results" / "tolerances.toml").picture.share == 0.001


def test_packages_that_are_not_the_locked_ones_are_named(tmp_path: Path) -> None:
    import numpy

    lock = tmp_path / "requirements.lock"
    lock.write_text(f"numpy=={numpy.__version__} ; python_version > '3' \\\n    --hash=x\n")
    assert not_as_locked(lock) == ()
    lock.write_text("numpy==0.1\nnever-installed==1\n")
    assert not_as_locked(lock) == (f"numpy {numpy.__version__}, the lock says 0.1",)

"""What did not change is not done again; whatever did change is; a killed run leaves no trace."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.inputs import read_inputs
from analysis.kept import Kept
from analysis.rerun import Rerun, files, find_notebooks, rerun

READS = """
import os, pathlib
build = pathlib.Path(os.environ["EVIDENCE_BUILD"])
data = pathlib.Path({data!r})
(build / "tables").mkdir(exist_ok=True)
_ = (build / "tables" / "{name}.csv").write_text((data / "published" / "rows.csv").read_text())
"""


@pytest.fixture
def place(tmp_path: Path, write_notebook: Callable[..., Path]) -> Path:
    """A small repository: a data table, a module, a README, two notebooks that copy the table."""
    for name, text in {
        "data/published/rows.csv": "id,mean\na,1\n",
        "data/clients/README.md": "how\n",
        "analysis/module.py": "x = 1\n",
        "README.md": "hello\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for name in ("first", "second"):
        write_notebook(name, READS.format(data=str(tmp_path / "data"), name=name))
    return tmp_path


def run(place: Path, *, fresh: bool = False, tidy: bool = True, **options: object) -> Rerun:
    def read():  # type: ignore[no-untyped-def]
        return read_inputs(data=place / "data", root=place)

    kept = Kept(place / "kept", read, fresh=fresh)
    notebooks = find_notebooks(place / "notebooks")
    with rerun(notebooks, place / "build", kept=kept, **options) as done:  # type: ignore[arg-type]
        pass
    if tidy:
        kept.tidy()
    return done


def ran(done: Rerun) -> list[str]:
    assert done.failures == ()
    return [notebook.name for notebook in done.notebooks if not notebook.kept]


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.mark.slow
def test_only_what_changed_is_run(place: Path, write_notebook: Callable[..., Path]) -> None:
    assert ran(run(place)) == ["first", "second"]
    once = content(place / "build")
    assert ran(run(place)) == []
    assert content(place / "build") == once

    for unrelated in ("README.md", "data/clients/my-log.csv", "notes.txt"):
        (place / unrelated).write_text("changed")
    assert ran(run(place)) == []

    (place / "data" / "published" / "rows.csv").write_text("id,mean\na,2\n")  # one cell
    assert ran(run(place)) == ["first", "second"]
    assert (place / "build" / "tables" / "first.csv").read_text() == "id,mean\na,2\n"

    (place / "analysis" / "module.py").write_text("x = 2\n")
    assert ran(run(place)) == ["first", "second"]

    write_notebook("second", READS.format(data=str(place / "data"), name="other"))
    assert ran(run(place)) == ["second"]
    assert "tables/second.csv" not in files(place / "build")

    assert ran(run(place, fresh=True)) == ["first", "second"]


@pytest.mark.slow
def test_settings_count_but_not_those_that_say_where_to_write(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = place / "setting.csv"
    setting.write_text("1")
    monkeypatch.setenv("EVIDENCE_EXTERNAL", str(setting))
    run(place)
    monkeypatch.setenv("EVIDENCE_BUILD", str(place / "elsewhere"))
    assert ran(run(place)) == []
    setting.write_text("2")  # the file behind a setting counts, not its name only
    assert ran(run(place)) == ["first", "second"]


@pytest.mark.slow
def test_an_output_that_somebody_changed_is_made_again(place: Path) -> None:
    run(place)
    once = content(place / "build")
    (place / "build" / "tables" / "first.csv").write_text("tampered")
    (place / "build" / "notebooks" / "second.ipynb").unlink()
    assert ran(run(place)) == []  # what is kept is still whole
    assert content(place / "build") == once

    (kept,) = (place / "kept").glob("first-*/files/tables/first.csv")
    kept.write_text("tampered")
    assert ran(run(place)) == ["first"]
    assert content(place / "build") == once

    (kept,) = (place / "kept").glob("second-*/record.json")
    kept.write_text(kept.read_text()[:20])  # half-written
    assert ran(run(place)) == ["second"]
    assert content(place / "build") == once


@pytest.mark.slow
def test_steps_are_kept_like_notebooks_and_those_after_by_the_results(place: Path) -> None:
    called = []

    def judge(folder: Path) -> None:
        called.append("judge")
        (folder / "claims.json").write_text("{}")

    def cards(folder: Path) -> None:
        called.append("cards")
        (folder / "cards.json").write_text(json.dumps(files(folder)))

    def history(folder: Path) -> None:
        called.append("history")

    def go(commit: str = "first") -> list[str]:
        called.clear()
        after = [("cards", cards), ("history", history)]
        ran(run(place, steps=[("judge", judge)], after=after, reads={"history": commit}))
        return list(called)

    assert go() == ["judge", "cards", "history"]
    once = content(place / "build")
    assert go() == []
    assert content(place / "build") == once
    assert go("second") == ["history"]
    assert go() == ["history"]  # tidied up after the second
    assert content(place / "build") == once
    (place / "README.md").write_text("changed")  # a page may show it, a notebook may not
    assert go() == ["cards", "history"]
    (place / "data" / "published" / "rows.csv").write_text("id,mean\na,2\n")
    assert go() == ["judge", "cards", "history"]


@pytest.mark.slow
def test_what_was_made_while_the_data_changed_is_not_kept(
    place: Path, write_notebook: Callable[..., Path]
) -> None:
    table = place / "data" / "published" / "rows.csv"
    write_notebook("first", f"_ = open({str(table)!r}, 'a').write('b,2\\n')")
    run(place)
    assert ran(run(place)) == ["first", "second"]


@pytest.mark.slow
def test_two_notebooks_that_write_one_file_are_told(
    place: Path, write_notebook: Callable[..., Path]
) -> None:
    write = "import os, pathlib\n_ = pathlib.Path(os.environ['EVIDENCE_BUILD'], 'x.csv').write_text"
    write_notebook("first", f"{write}('1')")
    write_notebook("second", f"{write}('2')")
    (failure,) = run(place, jobs=1).failures
    assert "writes x.csv, which is already written by another" in failure.error


KILLED = """
import sys
from pathlib import Path
from analysis.inputs import read_inputs
from analysis.kept import Kept
from analysis.rerun import find_notebooks, rerun
place = Path(sys.argv[1])
kept = Kept(place / "kept", lambda: read_inputs(data=place / "data", root=place))
with rerun(find_notebooks(place / "notebooks"), place / "build", kept=kept, jobs=1) as done:
    print(sum(n.kept for n in done.notebooks))
kept.tidy()
"""


def killed_after(place: Path, seconds: float) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(place)], stdout=subprocess.PIPE)
    with process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


@pytest.mark.slow
def test_killing_at_any_point_and_running_again_gives_the_same_end(place: Path) -> None:
    whole = place / "whole"
    run(place)
    (place / "build").rename(whole)
    seconds = random.Random(20)
    for _ in range(3):
        subprocess.run(["rm", "-rf", str(place / "kept"), str(place / "build")], check=True)
        for _ in range(2):
            killed_after(place, seconds.uniform(0.3, 5.0))
            # Never half a build: either none yet, or all of it.
            if (place / "build").exists():
                assert content(place / "build") == content(whole)
        run(place)
        assert content(place / "build") == content(whole)
        assert [path.name for path in place.glob(".*")] == []
        assert len(list((place / "kept").iterdir())) == 2


@pytest.mark.slow
def test_an_interrupted_run_is_taken_up_where_it_was(
    place: Path, write_notebook: Callable[..., Path]
) -> None:
    reached = place / "reached"
    wait = f"import time, pathlib\nif not pathlib.Path({str(reached)!r}).exists():\n"
    wait += f"    pathlib.Path({str(reached)!r}).touch()\n    time.sleep(600)"
    write_notebook("second", wait)
    command = [sys.executable, "-c", KILLED, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while not reached.exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    done = run(place)
    assert ran(done) == ["second"]
    assert {n.name: n.kept for n in done.notebooks} == {"first": True, "second": False}


@pytest.mark.slow
def test_a_kernel_that_lost_its_run_ends(place: Path, write_notebook: Callable[..., Path]) -> None:
    alive = place / "alive"
    cell = f"import os, time\n_ = open({str(alive)!r}, 'w').write(str(os.getpid()))"
    write_notebook("first", cell, "time.sleep(600)")
    command = [sys.executable, "-c", KILLED, str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while (not alive.exists() or not alive.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    kernel = int(alive.read_text())
    while time.monotonic() < end:
        try:
            os.kill(kernel, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the kernel outlived its run")

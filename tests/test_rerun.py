"""A run must be clean, must say where it stopped, and must never half-replace the last build."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import interruptible

from analysis.kernels import kernel_environ
from analysis.rerun import NoSuchNotebookError, Rerun, files, find_notebooks, rerun
from analysis.staging import recover, replace, staging

WRITE_FIGURE = """
import os, pathlib
folder = pathlib.Path(os.environ["EVIDENCE_BUILD"]) / "figures"
folder.mkdir(exist_ok=True)
_ = (folder / "gap.csv").write_text("effect\\n-3.4\\n")
"""

# What a kernel can see of the person who runs it.
LOOK_AROUND = """
import os, sys
print(sorted(name for name in ("PYTHONSTARTUP", "PYTHONPATH") if name in os.environ))
print(os.environ["OMP_NUM_THREADS"], os.environ["EVIDENCE_DATA"], sys.executable)
try:
    started
except NameError:
    print("clean")
"""


def run(notebooks: list[Path], build: Path, **options: object) -> Rerun:
    """Run and leave, as the command line does."""
    with rerun(notebooks, build, **options) as done:  # type: ignore[arg-type]
        return done


def outputs(path: Path) -> str:
    """The printed output of an executed notebook."""
    notebook = json.loads(path.read_text())
    printed = [o.get("text", "") for c in notebook["cells"] for o in c.get("outputs", [])]
    return "".join("".join(text) for text in printed)


def left_beside(build: Path) -> list[str]:
    return sorted(path.name for path in build.parent.glob(".*"))


@pytest.mark.slow
def test_a_run_writes_notebooks_and_what_they_make(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    build = tmp_path / "build"
    notebooks = [
        write_notebook("first", WRITE_FIGURE, "print('done'); {'a': 1}"),
        write_notebook("second", "import warnings\nwarnings.warn('odd')"),
    ]
    steps = [("claims", lambda folder: (folder / "claims.json").write_text("{}"))]
    first = run(notebooks, build, steps=steps, jobs=2)
    assert first.failures == ()
    assert files(build) == list(first.made)
    assert files(build) == [
        "claims.json",
        "figures/gap.csv",
        "notebooks/first.ipynb",
        "notebooks/second.ipynb",
    ]
    assert left_beside(build) == []
    assert outputs(build / "notebooks" / "first.ipynb").startswith("done")
    once = {name: (build / name).read_bytes() for name in files(build)}
    run(notebooks, build, steps=steps, jobs=1)
    again = {name: (build / name).read_bytes() for name in files(build)}
    assert {n for n in once if n.endswith(".ipynb") and once[n] != again[n]} == set()


@pytest.mark.slow
def test_a_kernel_sees_nothing_of_the_person(
    write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup" / "00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("started = True")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONSTARTUP", str(startup))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("EVIDENCE_DATA", "the-data")
    # Another kernel of the same name, first in line.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false"], "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    done = run([write_notebook("look", LOOK_AROUND)], tmp_path / "build")
    assert done.failures == ()
    seen = outputs(tmp_path / "build" / "notebooks" / "look.ipynb").splitlines()
    assert seen == ["[]", f"1 the-data {sys.executable}", "clean"]


@pytest.mark.slow
def test_a_failing_notebook_is_located_and_the_old_build_stays(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    build = tmp_path / "build"
    build.mkdir()
    (build / "claims.json").write_text("old")
    notebooks = [
        write_notebook("good", WRITE_FIGURE),
        write_notebook("bad", "x = 1", "# a comment\ny = 2\nx / 0", "never = True"),
        write_notebook("worse", "def f(:"),
        write_notebook("gone", "import os\nos._exit(1)"),
    ]
    with rerun(notebooks, build, jobs=2) as done:
        assert "figures/gap.csv" in done.made  # what went well can be looked at
    failures = {failure.notebook: failure for failure in done.failures}
    assert set(failures) == {"bad", "worse", "gone"}
    bad = failures["bad"]
    assert (bad.cell, bad.line, bad.error) == (2, "x / 0", "ZeroDivisionError: division by zero")
    assert str(bad) == "notebook bad, cell [2]: x / 0\n  ZeroDivisionError: division by zero"
    assert failures["worse"].line == "def f(:"
    assert failures["gone"].error.startswith("its kernel died")
    assert files(build) == ["claims.json"]
    assert left_beside(build) == []


@pytest.mark.slow
def test_a_cell_that_hangs_is_stopped(write_notebook: Callable[..., Path], tmp_path: Path) -> None:
    notebook = write_notebook("slow", "import time", "time.sleep(600)")
    done = run([notebook], tmp_path / "build", timeout=1)
    (failure,) = done.failures
    assert (failure.cell, failure.line) == (2, "time.sleep(600)")
    assert "longer" in failure.error


def test_a_file_that_is_no_notebook_is_a_failure_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text("{")
    (failure,) = run([path], tmp_path / "build").failures
    assert failure.notebook == "broken"
    assert "before its first cell" in str(failure)


def test_a_step_that_raises_ends_the_run_and_leaves_the_old_build(tmp_path: Path) -> None:
    build = tmp_path / "build"
    build.mkdir()
    (build / "claims.json").write_text("old")

    def step(folder: Path) -> None:
        (folder / "claims.json").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run([], build, steps=[("claims", step)])
    assert (build / "claims.json").read_text() == "old"
    assert left_beside(build) == []


@pytest.mark.slow
def test_a_run_of_some_notebooks_keeps_what_others_made(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    build = tmp_path / "build"
    (build / "tables").mkdir(parents=True)
    (build / "tables" / "models.csv").write_text("kept")
    done = run([write_notebook("first", WRITE_FIGURE)], build, keep_others=True)
    assert "tables/models.csv" not in done.made
    assert set(files(build)) == {*done.made, "tables/models.csv"}


@pytest.mark.slow
def test_what_is_made_from_the_results_comes_last_and_sees_all_of_them(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    build, seen = tmp_path / "build", []

    def cards(folder: Path) -> None:
        seen.append(files(folder))
        (folder / "cards.json").write_text("[]")

    (build / "tables").mkdir(parents=True)
    (build / "tables" / "models.csv").write_text("kept")
    notebook = write_notebook("first", WRITE_FIGURE)
    with rerun([notebook], build, after=[("cards", cards)], keep_others=True) as done:
        assert "cards.json" in done.made
        assert not (build / "cards.json").exists()  # not before the whole run went well
    assert {"figures/gap.csv", "tables/models.csv", "notebooks/first.ipynb"} <= set(seen[0])
    assert (build / "cards.json").exists()

    write_notebook("bad", "1 / 0")
    (build / "cards.json").write_text("old")
    run(find_notebooks(notebook.parent), build, after=[("cards", cards)])
    assert len(seen) == 1
    assert (build / "cards.json").read_text() == "old"


@pytest.mark.slow
def test_a_kernel_knows_which_notebook_it_runs(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebook = write_notebook("02-pain", "import os; print(os.environ['EVIDENCE_NOTEBOOK'])")
    assert run([notebook], tmp_path / "build").failures == ()
    assert outputs(tmp_path / "build" / "notebooks" / "02-pain.ipynb") == "02-pain\n"


INTERRUPTED = """
import sys
from pathlib import Path
from analysis.rerun import rerun
with rerun([Path(sys.argv[1])], Path(sys.argv[2])):
    pass
"""


@pytest.mark.slow
def test_an_interrupt_leaves_the_old_build_and_no_kernel(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    build, alive = tmp_path / "build", tmp_path / "alive"
    build.mkdir()
    (build / "claims.json").write_text("old")
    cell = f"import os, time\n_ = open({str(alive)!r}, 'w').write(str(os.getpid()))"
    notebook = write_notebook("long", WRITE_FIGURE, cell, "time.sleep(600)")
    command = [sys.executable, "-c", INTERRUPTED, str(notebook), str(build)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible)
    wait_for(lambda: alive.exists() and alive.read_text() != "")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in error
    assert files(build) == ["claims.json"]
    assert left_beside(build) == []
    wait_for(lambda: not runs(int(alive.read_text())))


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_notebooks_are_chosen_by_name_or_unique_part(tmp_path: Path) -> None:
    for name in ("01-pain", "02-sleep", "03-sleep-long"):
        (tmp_path / f"{name}.ipynb").touch()

    def names(*only: str) -> list[str]:
        return [path.stem for path in find_notebooks(tmp_path, only)]

    assert names() == ["01-pain", "02-sleep", "03-sleep-long"]
    assert (
        names("pain") == names("01-pain.ipynb") == names("notebooks/01-pain.ipynb") == ["01-pain"]
    )
    assert names("03", "02-sleep") == ["02-sleep", "03-sleep-long"]
    with pytest.raises(NoSuchNotebookError, match="no notebook is called 'mood'; there are: 01-"):
        names("mood")
    with pytest.raises(NoSuchNotebookError, match="more than one"):
        names("sleep")
    with pytest.raises(NoSuchNotebookError, match="no notebooks in"):
        find_notebooks(tmp_path / "empty")


def test_a_kernel_draws_in_the_library_s_own_style(tmp_path: Path) -> None:
    given = {"MPLBACKEND": "agg", "PATH": "/bin", "EVIDENCE_BUILD": "elsewhere"}
    environ = kernel_environ(given, tmp_path / "build", tmp_path)
    assert "MPLBACKEND" not in environ
    assert Path(environ["MATPLOTLIBRC"]).is_file()
    assert environ["EVIDENCE_BUILD"] == str(tmp_path / "build")
    assert environ["PATH"] == "/bin"


def test_a_killed_run_is_cleared_up_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "build"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".build.new-{dead.pid}", f".build.old-{dead.pid}", f".build.new-{os.getppid()}"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "from").write_text(name)
    # Killed between moving the old build away and moving the new one in: the old one comes back.
    recover(target)
    assert (target / "from").read_text() == f".build.old-{dead.pid}"
    # Another run that is still going keeps its folder.
    assert left_beside(target) == [f".build.new-{os.getppid()}"]


def test_staging_without_replacing_leaves_nothing(tmp_path: Path) -> None:
    with staging(tmp_path / "build") as folder:
        (folder / "half").touch()
    assert list(tmp_path.iterdir()) == []
    with staging(tmp_path / "build") as folder:
        (folder / "whole").touch()
        replace(folder, tmp_path / "build")
    assert files(tmp_path) == ["build/whole"]

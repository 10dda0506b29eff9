"""A kernel forked from a loaded process is the kernel that would have started by itself."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import warm
from analysis.rerun import files, find_notebooks, rerun

pytestmark = pytest.mark.skipif(not warm.usable(), reason="kernels are forked on Linux only")

IMPORTS = (
    "import json, statistics\nimport pandas as pd\nfrom analysis.stats import effects, pooling"
)
LOOK = """
import os, sys, threading
print(__name__, sys.argv[0].endswith("ipykernel_launcher.py") or sys.argv[0])
print(sorted(name for name in globals() if not name.startswith("_")))
print(os.getcwd(), os.environ.get("MPLBACKEND"), os.environ["PYTHONHASHSEED"], hash("massage"))
print(pd.options.display.max_rows, os.getppid() != 1, "" in sys.path)
"""
DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
CHANCE = "import random, numpy\nprint(random.random(), numpy.random.rand())"


def run(folder: Path, build: Path, *, cold: bool, jobs: int = 1) -> dict[str, bytes]:
    with rerun(find_notebooks(folder), build, cold=cold, jobs=jobs) as done:
        assert done.failures == ()
    return {name: (build / name).read_bytes() for name in files(build)}


def printed(notebook: bytes) -> str:
    cells = json.loads(notebook)["cells"]
    texts = [o.get("text", "") for cell in cells for o in cell.get("outputs", [])]
    return "".join("".join(text) for text in texts)


@pytest.mark.slow
def test_forked_and_started_kernels_give_the_same(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    write_notebook("look", IMPORTS, LOOK)
    write_notebook("draw", DRAW)
    folder = tmp_path / "notebooks"
    forked = run(folder, tmp_path / "a" / "build", cold=False)
    started = run(folder, tmp_path / "b" / "build", cold=True)
    assert b"image/png" in forked["notebooks/draw.ipynb"]
    assert forked["notebooks/draw.ipynb"] == started["notebooks/draw.ipynb"]
    there = printed(started["notebooks/look.ipynb"]).splitlines()[1:]
    assert printed(forked["notebooks/look.ipynb"]).splitlines()[1:] == there
    assert there


@pytest.mark.slow
def test_no_kernel_sees_what_another_did(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    spoil = "import pandas as pd, os\npd.options.display.max_rows = 7\nos.environ['SPOILT'] = '1'"
    look = "import pandas as pd, os\nprint(pd.options.display.max_rows, 'SPOILT' in os.environ)"
    write_notebook("1-spoil", spoil)
    write_notebook("2-look", look)
    write_notebook("3-chance", CHANCE)
    write_notebook("4-chance", CHANCE)
    made = run(tmp_path / "notebooks", tmp_path / "build", cold=False)
    assert printed(made["notebooks/2-look.ipynb"]) == "60 False\n"
    one, other = (printed(made[f"notebooks/{n}-chance.ipynb"]).split() for n in (3, 4))
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_what_notebooks_import_is_found_and_nothing_of_python_s_own(
    write_notebook: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = [write_notebook("first", IMPORTS, "%matplotlib inline", "import pandas")]
    (tmp_path / "broken.ipynb").write_text("{")
    assert warm.imported([*notebooks, tmp_path / "broken.ipynb"]) == [
        "pandas",
        "analysis.stats",
        "analysis.stats.effects",
        "analysis.stats.pooling",
    ]


@pytest.mark.slow
def test_where_nothing_can_be_forked_kernels_start_by_themselves(
    write_notebook: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "usable", lambda: False)
    write_notebook("first", "import sys; print(sys.argv[0].endswith('.py'))")
    made = run(tmp_path / "notebooks", tmp_path / "build", cold=False)
    assert printed(made["notebooks/first.ipynb"]) == "True\n"


@pytest.mark.slow
@pytest.mark.parametrize(("source", "ready"), [("", True), ("start()", False)])
def test_a_process_with_several_threads_is_not_copied(
    tmp_path: Path, source: str, ready: bool
) -> None:
    start = "import threading, time\n"
    start += "start = threading.Thread(target=time.sleep, args=[60], daemon=True).start\n"
    (tmp_path / "threaded.py").write_text(start + source)
    server = warm.Server(["threaded"], os.environ | {"PYTHONPATH": str(tmp_path)}, tmp_path)
    try:
        assert asyncio.run(server.ready()) is ready
    finally:
        server.close()

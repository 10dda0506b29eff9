"""Execute one notebook in one fresh kernel, and say where it stopped if it did.

A kernel sees this repository and its own environment, and nothing of the person who runs it: no
start-up files, no user packages, no other kernel that happens to be called `python3`, no personal
plot style.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import re
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from analysis.warm import Server, from_server
from analysis.without import without

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

CELL_TIMEOUT = 600  # seconds; a cell that takes longer hangs
LONGEST_SOCKET = 90  # characters; systems allow 104 or more, of which Jupyter adds some
KERNEL_TIMEOUT = 120  # seconds; a machine under load starts kernels slowly

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_KERNEL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")
_IN_CELL = re.compile(r"Cell In\[\d+\],? line (\d+)")


class Progress(Protocol):
    """Who is told how a run goes. Every method may be called from the event loop only."""

    def start(self, name: str, cells: int) -> None:
        """Something begins that has so many cells (0: not a notebook)."""

    def advance(self, name: str) -> None:
        """One more of its cells is done."""

    def finish(self, name: str, seconds: float, ok: bool) -> None:
        """It ended."""

    def keep(self, name: str) -> None:
        """It need not be done: nothing that it reads has changed."""


@dataclass(frozen=True)
class Failure:
    """Where a notebook stopped, and why.

    `cell` counts code cells from 1, as the numbers in brackets do in Jupyter; 0 means that the
    notebook did not get so far as a cell. `line` is the code that raised.
    """

    notebook: str
    cell: int
    line: str
    error: str
    traceback: str = ""

    def __str__(self) -> str:
        """One paragraph for a terminal."""
        where = f"cell [{self.cell}]" if self.cell else "before its first cell"
        code = f": {self.line}" if self.line else ""
        return f"notebook {self.notebook}, {where}{code}\n  {self.error}"


@dataclass(frozen=True)
class NotebookRun:
    """One executed notebook: its name without ending, how long it took, and how it failed if so.

    `kept` says that it was not executed: it and its inputs are as they were when it last was.
    """

    name: str
    seconds: float
    failure: Failure | None = None
    kept: bool = False


class Silent:
    """A `Progress` that tells nobody."""

    def start(self, name: str, cells: int) -> None:
        """Nothing."""

    def advance(self, name: str) -> None:
        """Nothing."""

    def finish(self, name: str, seconds: float, ok: bool) -> None:
        """Nothing."""

    def keep(self, name: str) -> None:
        """Nothing."""


def kernel_environ(environ: Mapping[str, str], folder: Path, private: Path) -> dict[str, str]:
    """The environment variables of a kernel: the caller's, without what would make runs differ.

    `folder` is where notebooks write, `private` an empty folder in place of the caller's settings.
    """
    strays = ("PYTHONSTARTUP", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "MPLBACKEND")
    kept = {key: value for key, value in environ.items() if key not in strays}
    libraries = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB", "BLIS")
    kept |= {f"{library}_NUM_THREADS": "1" for library in libraries}  # kernels share the machine
    kept |= {
        "EVIDENCE_BUILD": str(folder),
        "EVIDENCE_RESULTS": str(folder),  # results that are read are this run's, not the last one's
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib and matplotlib.origin:  # the library's own style, not the caller's
        kept["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
    return kept


async def execute(
    path: Path,
    folder: Path,
    build: Path,
    environ: Mapping[str, str],
    private: Path,
    *,
    timeout: int,
    told: Progress,
    server: Server | None = None,
) -> NotebookRun:
    """Execute the notebook at `path` and write it to `folder`/notebooks.

    Whatever goes wrong is in the result's `failure`, not raised. `build` is the place that `folder`
    will have later and that outputs are to speak of; `environ` the kernel's environment variables;
    `private` an empty folder; `timeout` seconds for one cell; `server` where kernels come from, if
    not started one by one.
    """
    with without("rfc3987_syntax"):  # builds forty parsers, for a kind of address no notebook has
        import nbformat

    name, started = path.stem, time.monotonic()
    failure: Failure | None = None
    at = _Position()
    try:
        notebook = nbformat.read(path, as_version=4)
        at.cells = [cell for cell in notebook.cells if _is_code(cell)]
        told.start(name, len(at.cells))

        def entered(cell: NotebookNode, **_: object) -> None:
            at.enter(cell)

        def left(cell: NotebookNode, **_: object) -> None:
            if _is_code(cell):
                told.advance(name)

        client = _client(
            notebook,
            private / f"{zlib.crc32(name.encode()):08x}.json",
            server,
            timeout=timeout,
            on_cell_execute=entered,
            on_cell_complete=left,
        )
        own = {**environ, "EVIDENCE_NOTEBOOK": name}  # who writes which file can be recorded
        await client.async_execute(env=own, cwd=str(path.parent.resolve()))
        _steady(notebook, folder, build)
        await asyncio.to_thread(_write, notebook, folder / "notebooks" / name)
    except Exception as error:
        task = asyncio.current_task()
        if task and task.cancelling():  # the run is being stopped: that is no failure
            raise asyncio.CancelledError from error
        # Whatever it is, the reader needs the notebook's name with it, and the other notebooks.
        failure = _failure(name, at, error)
    seconds = time.monotonic() - started
    told.finish(name, seconds, failure is None)
    return NotebookRun(name, seconds, failure)


class _Position:
    """Which code cell a notebook is in."""

    def __init__(self) -> None:
        self.cells: list[NotebookNode] = []
        self.number = 0

    def enter(self, cell: NotebookNode) -> None:
        self.number = next((n for n, c in enumerate(self.cells, 1) if c is cell), self.number)

    def source(self) -> list[str]:
        return self.cells[self.number - 1].source.splitlines() if self.number else []


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _client(
    notebook: NotebookNode, connection: Path, server: Server | None, **options: Any
) -> NotebookClient:
    """A client with a kernel of this very Python, whatever other kernels the machine knows."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class Client(NotebookClient):
        @contextlib.asynccontextmanager
        async def async_setup_kernel(self, **kwargs: Any) -> AsyncIterator[None]:
            # The parent's version takes over Ctrl-C for its own kernel; ours belongs to the run.
            try:
                await from_server(manager, server)
                await self.async_start_new_kernel(**kwargs)
                await self.async_start_new_kernel_client()
                yield
            finally:
                if self.km is not None:
                    await self._async_cleanup_kernel()

    # Files in a private folder, where the system has them and its limit on their names allows:
    # nobody else on the machine can listen, and no two kernels can want one port.
    private = os.name == "posix" and len(str(connection)) < LONGEST_SOCKET
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(connection),
        transport="ipc" if private else "tcp",
    )
    return Client(
        notebook,
        km=manager,
        startup_timeout=KERNEL_TIMEOUT,
        shutdown_kernel="immediate",
        record_timing=False,
        coalesce_streams=True,
        **options,
    )


def _failure(name: str, at: _Position, error: Exception) -> Failure:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    source = at.source()
    line = source[0].strip() if source else ""
    if isinstance(error, CellExecutionError):
        text = _ANSI.sub("", error.traceback)
        found = _IN_CELL.search(text)
        if found and int(found[1]) <= len(source):
            line = source[int(found[1]) - 1].strip()
        return Failure(name, at.number, line, f"{error.ename}: {error.evalue}", text)
    if isinstance(error, CellTimeoutError):
        return Failure(name, at.number, line, "took longer than a cell may take and was stopped")
    if isinstance(error, DeadKernelError):
        return Failure(name, at.number, line, "its kernel died (out of memory?)")
    return Failure(name, at.number, line, f"{type(error).__name__}: {error}")


def _steady(notebook: NotebookNode, folder: Path, build: Path) -> None:
    """Take out what differs between two runs of one thing: versions, process numbers, paths."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }

    def steady(text: str) -> str:
        return _KERNEL_FILE.sub("<cell>", text).replace(str(folder), str(build))

    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            if "text" in output:
                output.text = steady(output.text)
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/") and isinstance(value, str):
                    output.data[kind] = steady(value)


def _write(notebook: NotebookNode, place: Path) -> None:
    """Write `place`.ipynb; the website is for those without Jupyter."""
    import nbformat

    nbformat.write(notebook, place.with_name(place.name + ".ipynb"))

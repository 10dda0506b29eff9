"""Kernels that start in tenths of a second, because the libraries are loaded once for all of them.

Where the system can copy a process safely (Linux), kernels are forked from `analysis.forkserver`;
elsewhere, or when that does not come up, each starts by itself and is the same kernel, only later.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager

LONGEST_LOAD = 120  # seconds; a machine under load is slow to load libraries


class Forked:
    """A kernel forked from the server, with the few methods of `Popen` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        """The process `pid`, which leads a group of its own."""
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs; how it ended only its parent, the server, knows."""
        if self.returncode is None:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self.returncode = 1
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ended."""
        end = time.monotonic() + (timeout or float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class Server:
    """The other end of `analysis.forkserver`: starts it, and asks it for kernels."""

    def __init__(self, modules: Iterable[str], environ: Mapping[str, str], folder: Path) -> None:
        """Start it with these environment variables in this folder; it loads while we go on."""
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "analysis.forkserver", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(environ),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the run, which ends it
            )
        self._control.settimeout(LONGEST_LOAD)
        self._lines = self._control.makefile("r", encoding="utf-8")
        self._turn = asyncio.Lock()
        self._ready: bool | None = None
        self._send({"modules": list(modules)})

    async def ready(self) -> bool:
        """Wait until it has loaded; whether it can be used."""
        async with self._turn:
            if self._ready is None:
                self._ready = bool((await asyncio.to_thread(self._receive)).get("ready"))
        return self._ready

    async def kernel(self, connection: str, env: Mapping[str, str], cwd: str) -> Forked:
        """A kernel that speaks through the connection file.

        Raises
        ------
        OSError
            The server is gone.
        """
        async with self._turn:
            self._send({"connection_file": connection, "env": dict(env), "cwd": cwd})
            answer = await asyncio.to_thread(self._receive)
        if "pid" not in answer:
            raise OSError("the process that starts kernels is gone (out of memory?)")
        return Forked(answer["pid"])

    def close(self) -> None:
        """End it, and every kernel that is left."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:  # still loading
            self._process.kill()
            self._process.wait()
        self._lines.close()
        self._control.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        self._control.sendall(json.dumps(message).encode() + b"\n")

    def _receive(self) -> dict[str, Any]:
        try:
            answer = json.loads(self._lines.readline() or "{}")
        except (OSError, ValueError):
            return {}
        return answer if isinstance(answer, dict) else {}


def usable() -> bool:
    """Whether this system can copy a process with these libraries loaded."""
    return sys.platform == "linux"


@contextlib.contextmanager
def server(
    notebooks: Sequence[Path], environ: Mapping[str, str], folder: Path
) -> Iterator[Server | None]:
    """A server that loads what the notebooks import; None where it cannot be used."""
    if not usable() or not notebooks:
        yield None
        return
    started = Server(imported(notebooks), environ, folder)
    try:
        yield started
    finally:
        started.close()


def imported(notebooks: Iterable[Path]) -> list[str]:
    """The installed modules that notebooks import, in their order, each once.

    What cannot be read names none: to report that is the run's business.
    """
    found: dict[str, None] = {}
    for path in notebooks:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            for cell in cells:
                if cell["cell_type"] == "code":
                    found |= dict.fromkeys(_imports("".join(cell["source"])))
    return [name for name in found if name.split(".")[0] not in sys.stdlib_module_names]


def _imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic, or a mistake
        return
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


async def from_server(manager: AsyncKernelManager, server: Server | None) -> None:
    """Let the manager's kernel come from the server, if that has come up."""
    if server is None or not await server.ready():
        return
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    start = server.kernel

    class Provisioner(LocalProvisioner):
        async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ARG002
            kernel = await start(manager.connection_file, kwargs["env"], kwargs["cwd"])
            self.process = cast("Any", kernel)  # as much of a Popen as is asked for
            self.pid, self.pgid = kernel.pid, kernel.pid
            return self.connection_info

    manager.kernel_id = str(uuid.uuid4())
    manager.provisioner = Provisioner(
        kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager
    )

"""A process that has the libraries loaded, and becomes a notebook's kernel as often as it is asked.

Loading them takes seconds, a kernel's own start tenths of one. Every kernel is a copy of this
process as it was after loading: no notebook has run in it, none sees another. It runs by itself
(`python -m analysis.forkserver`, started by `analysis.warm`), so that it has one thread only: a
copy of a process with several could stand still for ever.

Requests come as lines of JSON on the socket whose number is the first argument, and so do answers.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any, NoReturn

from analysis.without import without

INLINE = "module://matplotlib_inline.backend_inline"  # what a kernel sets where none is asked for
KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
LOOK = 0.05  # seconds between two looks for kernels that ended


def main() -> None:
    """Load, say so, and serve until the other end of the socket is closed."""
    del sys.path[0]  # where it was started is no place for a kernel to find modules in
    control = socket.socket(fileno=int(sys.argv[1]))
    reader = control.makefile("r", encoding="utf-8")
    warm(json.loads(reader.readline())["modules"])
    _answer(control, {"ready": threads() == 1})
    kernels: set[int] = set()
    try:
        while True:
            ready, _, _ = select.select([control], [], [], LOOK)
            kernels -= _ended()
            if ready:
                line = _request(reader)
                if not line:
                    return
                kernel = _fork(json.loads(line), control)
                kernels.add(kernel)
                _answer(control, {"pid": kernel})
    finally:
        for kernel in kernels:  # whoever asked for them is gone
            with contextlib.suppress(OSError):
                os.killpg(kernel, signal.SIGKILL)


def warm(modules: Sequence[str]) -> None:
    """Load the modules as a kernel would, and have them do once what they put off till then.

    What does not load or goes wrong here is for the notebook that uses it to report.
    """
    os.environ["MPLBACKEND"] = INLINE
    # Nobody debugs a run, and to load the debugger takes each kernel a tenth of a second or more.
    with contextlib.suppress(Exception), without("debugpy"):
        importlib.import_module("ipykernel.debugger")
    for name in (*KERNEL, *modules):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if any(name.startswith("analysis.") for name in modules):
        with contextlib.suppress(Exception):
            importlib.import_module("analysis.rehearsal").rehearse()
    del os.environ["MPLBACKEND"]
    gc.collect()
    gc.freeze()  # what is there already is shared by the copies for as long as nobody touches it


def threads() -> int:
    """How many threads this process has, those of libraries included where the system tells."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names are all that is needed
    except OSError:
        return threading.active_count()


def _request(reader: IO[str]) -> str:
    """The next request; "" when whoever asks is gone, politely or not."""
    try:
        return reader.readline()
    except ConnectionError:
        return ""


def _answer(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _ended() -> set[int]:
    """The kernels that ended since the last look."""
    ended = set()
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ended.add(pid)
    return ended


def _fork(request: dict[str, Any], control: socket.socket) -> int:
    server = os.getpid()
    kernel = os.fork()
    if kernel == 0:
        try:
            control.close()
            _become_kernel(request, server)
        finally:
            os._exit(1)
    with contextlib.suppress(OSError):  # whichever of the two comes first
        os.setpgid(kernel, kernel)
    return kernel


def _become_kernel(request: dict[str, Any], server: int) -> NoReturn:
    """Be what `python -m ipykernel_launcher -f FILE` would be with this environment and folder."""
    os.setpgid(0, 0)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    time.tzset()
    random.seed()  # chance is each kernel's own
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    from ipykernel.kernelapp import launch_new_instance

    file = request["connection_file"]
    sys.argv = ["ipykernel_launcher", "-f", file]
    launch_new_instance(argv=["-f", file, f"--IPKernelApp.parent_handle={server}"])
    os._exit(0)


if __name__ == "__main__":
    main()

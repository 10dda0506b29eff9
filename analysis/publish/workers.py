"""Processes that make pixels while this one draws cards and writes pages.

They are started anew, not copied, so that they work on every system and whatever threads this
process has; what they are given to do should need few libraries, which each of them loads. They are
joblib's, which unlike Python's own do not run the caller's script once more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from joblib.externals.loky import ProcessPoolExecutor

LOOK = 0.5  # seconds between two looks for the process that started this one


class _Pool(ProcessPoolExecutor):  # type: ignore[misc]  # joblib has no types
    """Knows what it was given, so that what has not begun can be called off."""

    def __init__(self, most: int) -> None:
        super().__init__(most, initializer=_begin)
        self.given: list[Future[Any]] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        given: Future[Any] = super().submit(function, *args, **named)
        self.given.append(given)
        return given


@contextlib.contextmanager
def workers(most: int) -> Iterator[Executor]:
    """So many processes, which are gone when the block is left.

    What has not begun when an exception (Ctrl-C among them) leaves the block is not done at all.
    """
    pool = _Pool(most)
    try:
        yield pool
    except BaseException:
        for given in pool.given:
            given.cancel()
        raise
    finally:
        pool.shutdown()


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Let Ctrl-C wait until the block is left: some code in C makes another error of it."""
    usual, came = signal.getsignal(signal.SIGINT), []
    if not callable(usual) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if came:
        signal.raise_signal(signal.SIGINT)


def _begin() -> None:
    """Leave Ctrl-C to the process that started this one, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)

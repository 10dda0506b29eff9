"""Processes that make pixels while this one draws cards and writes pages.

They are started anew, not copied, so that they work on every system and whatever threads this
process has; what they are given to do should need few libraries, which each of them loads.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor


def processors() -> int:
    """How many processors we may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def workers(most: int) -> Iterator[Executor]:
    """So many processes, which are gone when the block is left.

    What has not begun when an exception (Ctrl-C among them) leaves the block is not done at all.
    """
    pool = ProcessPoolExecutor(most, multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
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
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

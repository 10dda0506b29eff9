"""Where independent pieces of work are done: here, on this machine's cores, or on a Dask cluster.

The pieces are cut before the place is chosen, and results come back in their order, so that every
place gives the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import joblib

Result = TypeVar("Result")

#: What is told of progress: pieces done so far, and pieces in all.
Progress = Callable[[int, int], None]

CONNECT_SECONDS = 10
LOCAL = {"loky": "loky", "processes": "loky", "threads": "threading"}
ADDRESSES = ("tcp://", "tls://", "ucx://", "ws://", "wss://", "inproc://")


class SchedulerError(OSError):
    """A scheduler was named that is not known or does not answer; the text says how to mend it."""


def run(
    work: Callable[..., Result],
    pieces: Sequence[tuple[Any, ...]],
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """``[work(*piece) for piece in pieces]``, wherever ``scheduler`` says.

    Parameters
    ----------
    work
        A function at the top level of a module, which another process can import.
    pieces
        The arguments of each call.
    scheduler
        None: one after another in this process. ``"processes"`` (or ``"loky"``) and ``"threads"``:
        on this machine's cores, through joblib. An address such as ``"tcp://10.0.0.5:8786"``: on
        the Dask cluster whose scheduler listens there; its workers need this package installed.
    progress
        Called with the number of pieces done and their total.

    Raises
    ------
    SchedulerError
        For a name that is none of these, or an address where no scheduler answers within
        :data:`CONNECT_SECONDS`.
    """
    done: list[Result] = []
    with _results(work, pieces, scheduler) as results:
        for result in results:
            done.append(result)
            if progress is not None:
                progress(len(done), len(pieces))
    return done


@contextmanager
def _results(
    work: Callable[..., Result], pieces: Sequence[tuple[Any, ...]], scheduler: str | None
) -> Iterator[Iterator[Result]]:
    calls = (joblib.delayed(work)(*piece) for piece in pieces)
    if scheduler is None:
        yield (work(*piece) for piece in pieces)
    elif scheduler in LOCAL:
        with joblib.parallel_config(backend=LOCAL[scheduler], n_jobs=-1):
            yield iter(joblib.Parallel(return_as="generator")(calls))
    elif scheduler.startswith(ADDRESSES):
        with _client(scheduler) as client, joblib.parallel_config(backend="dask", client=client):
            yield iter(joblib.Parallel(return_as="generator")(calls))
    else:
        raise SchedulerError(
            f"scheduler {scheduler!r} is not known: leave it out for this process, or name one of "
            f"{', '.join(LOCAL)}, or a Dask scheduler's address such as 'tcp://127.0.0.1:8786'"
        )


@contextmanager
def _client(address: str) -> Iterator[Any]:
    from distributed import Client  # as slow to load as all the rest, and seldom wanted

    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as problem:  # a timeout is an OSError
        raise SchedulerError(
            f"no Dask scheduler answers at {address} ({problem}): start one with "
            "`dask scheduler` and workers with `dask worker ADDRESS`, or leave the scheduler out"
        ) from problem
    with client:
        yield client

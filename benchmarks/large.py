"""One million simulated studies in 100,000 meta-analyses, in a process of its own for its memory.

``python -m benchmarks.large METHOD`` prints one JSON object: studies, analyses, seconds of the
call, peak memory of the whole process in MB and what it held before the call.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from analysis.stats.heterogeneity import Tau2
from analysis.stats.pooling import pool_many
from benchmarks.data import Studies, simulated


def _peak() -> float:
    """Peak resident memory in MB; Linux counts in kB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


def measure(studies: Studies, method: Tau2) -> dict[str, float]:
    """Seconds and memory of pooling all of ``studies``."""
    before, started = _peak(), time.perf_counter()
    table = pool_many(studies.effect, studies.variance, studies.group, tau2=method)
    seconds = time.perf_counter() - started
    return {
        "studies": len(studies.effect),
        "analyses": len(table),
        "seconds": seconds,
        "peak_mb": _peak(),
        "before_mb": before,
    }


if __name__ == "__main__":
    print(json.dumps(measure(simulated(100_000, 1_000_000), sys.argv[1])))  # type: ignore[arg-type]

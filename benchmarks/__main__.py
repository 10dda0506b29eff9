"""Run all benchmarks in one go, print one table and write docs/performance.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from analysis import paths
from benchmarks import report

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
# Settings that would make a machine's linear algebra behave as another's.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "EVIDENCE_BUILD", "EVIDENCE_RESULTS")


def main(arguments: list[str]) -> int:
    """Arguments are passed on to pytest: ``-k pooling`` times some, and writes no page."""
    environ = {name: value for name, value in os.environ.items() if name not in UNSET}
    environ |= dict.fromkeys(ONE_THREAD, "1")
    with tempfile.TemporaryDirectory() as folder:
        file, skipped = Path(folder) / "timed.json", Path(folder) / "skipped.json"
        environ["BENCHMARKS_SKIPPED"] = str(skipped)
        command = [
            *(sys.executable, "-m", "pytest", "benchmarks", "-q", "-n", "0"),
            *("-c", "benchmarks/pytest.ini", "--rootdir", ".", f"--benchmark-json={file}"),
            *arguments,
        ]
        done = subprocess.run(command, cwd=paths.root(), env=environ, check=False)
        if not file.is_file():
            return done.returncode or 1
        timed = json.loads(file.read_text("utf-8"))
        missing = json.loads(skipped.read_text("utf-8")) if skipped.is_file() else {}
    document = report.document(timed, missing, report.machine())
    print(report.as_text(document))
    if not arguments:
        report.write(document, paths.root() / "docs" / "performance.md", paths.build_dir())
    return done.returncode or int(any(row["holds"] is False for row in document["rows"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

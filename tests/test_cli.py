"""The command line: the verdicts, the last line and the exit code are what people rely on."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import evidence, interruptible, last_line

# Draws what the tables say about sham, as a real notebook would, without the time for a picture.
DRAW = """
import csv, json
from analysis import paths
with open(paths.data_dir() / "published" / "contrasts.csv", newline="") as handle:
    rows = [row for row in csv.DictReader(handle) if row["comparator"] == "sham"]
folder = paths.build_dir() / "figures"
folder.mkdir(exist_ok=True)
with open(folder / "gap.csv", "w", newline="") as handle:
    csv.writer(handle).writerows([["id", "mean"], *([r["contrast_id"], r["mean_t"]] for r in rows)])
_ = (folder / "gap.json").write_text(json.dumps({"title": "The gap", "claim": "pain"}))
_ = (folder / "gap.svg").write_text("<svg/>")
"""


@pytest.fixture
def places(collection: Path, write_notebook: Callable[..., Path]) -> Path:
    """A copy of the data, a notebook that draws from it, and nothing committed yet."""
    write_notebook("01-gap", DRAW)
    return collection


LEAK = """
from analysis import paths
folder = paths.build_dir() / "tables"
folder.mkdir(parents=True, exist_ok=True)
rows = "client_code,visit,days_since_first,pain_now,simulated\\nc-abcd-1234,1,0,6,no\\n"
_ = (folder / "mine.csv").write_text(rows)
"""


def reproduce(places: Path, *options: str) -> tuple[int, str, str]:
    return evidence("reproduce", "--notebooks", places / "notebooks", *options)


def change_a_sham_trial(places: Path, to: Callable[[str], str]) -> None:
    """Change the first massage arm's mean among the trials against sham."""
    path = places / "data" / "published" / "contrasts.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    row = next(r for r in rows if r["comparator"] == "sham" and r["mean_t"])
    row["mean_t"] = to(row["mean_t"])
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.slow
def test_from_nothing_committed_to_reproduced_to_what_moved(places: Path) -> None:
    code, out, _ = reproduce(places)
    assert code == 1
    assert "nothing is committed yet" in last_line(out)

    code, out, _ = reproduce(places, "--accept")
    assert code == 0
    assert last_line(out).startswith("accepted into results/")

    code, out, error = reproduce(places)
    assert code == 0
    assert last_line(out).startswith("reproduced: ")
    assert last_line(out).endswith("1 figure (1 byte-identical)")
    assert "\npain  " in out  # the verdicts
    assert "01-gap" in error  # the progress

    change_a_sham_trial(places, lambda mean: str(float(mean) + 1))
    code, out, _ = reproduce(places)
    assert code == 1
    assert last_line(out).startswith("differs: claim pain (")
    assert "; figure gap (1 value)" in last_line(out)
    assert out.count("\nclaim pain\n") == 1
    assert "\n  v sham, short: estimate " in out
    assert "figure gap: 1 of " in out

    code, out, _ = reproduce(places, "--json")
    document = json.loads(out)
    assert code == 1
    assert document["reproduced"] is False
    assert document["claims_moved"] == ["pain"]
    assert document["figures_moved"] == ["gap"]
    assert document["notebooks"][0]["ok"] is True


@pytest.mark.slow
def test_a_notebook_that_fails_is_named_last_and_nothing_is_accepted(
    places: Path, write_notebook: Callable[..., Path]
) -> None:
    assert reproduce(places, "--accept")[0] == 0
    write_notebook("02-bad", "x = 1", "x / 0")
    change_a_sham_trial(places, lambda mean: str(float(mean) + 1))
    code, out, _ = reproduce(places, "--accept")
    assert code == 1
    assert "notebook 02-bad, cell [2]: x / 0\n  ZeroDivisionError: division by zero" in out
    # A run that stops still says what moved: often the reason why it stopped.
    assert last_line(out).startswith("not reproduced: notebook 02-bad stopped in cell [2]; ")
    assert "figure gap" in last_line(out)
    assert "missing" not in out

    code, out, _ = reproduce(places, "--only", "gap", "--accept")
    assert code == 0
    assert reproduce(places, "--only", "gap")[0] == 0


@pytest.mark.slow
def test_a_table_of_real_clients_never_leaves_the_staging_folder(
    places: Path, write_notebook: Callable[..., Path]
) -> None:
    assert reproduce(places)[0] in (0, 1)
    kept = sorted(p.name for p in paths_of(places))
    write_notebook("02-leak", LEAK)
    code, out, error = reproduce(places)
    assert code == 2
    assert "tables/mine.csv" in out + error
    assert "c-abcd-1234" not in out + error
    assert sorted(p.name for p in paths_of(places)) == kept


def paths_of(places: Path) -> list[Path]:
    """Files of the last build."""
    return [p for p in (places / "build").rglob("*") if p.is_file()]


@pytest.mark.slow
def test_bad_data_ends_the_run_with_row_and_mend(places: Path) -> None:
    change_a_sham_trial(places, lambda _: "twelve")
    for command in (["validate"], ["reproduce", "--notebooks", places / "notebooks"]):
        code, out, error = evidence(*command)
        assert code == 2
        for word in ("contrasts.csv", "row ", "mean_t", "'twelve'", "To mend:"):
            assert word in out + error
        code, out, _ = evidence(*command, "--json")
        assert code == 2
        problem = json.loads(out)["problems"][0]
        assert (problem["file"], problem["column"], problem["value"]) == (
            "contrasts.csv",
            "mean_t",
            "twelve",
        )
    assert not (places / "build").exists()


def test_good_data_is_valid(places: Path) -> None:
    code, out, _ = evidence("validate")
    assert code == 0
    assert last_line(out).startswith("valid: ")
    code, out, _ = evidence("validate", "--json")
    assert json.loads(out)["valid"] is True


def test_wrong_use_exits_with_2(places: Path) -> None:
    assert evidence("reproduce", "--jobs", "0")[0] == 2
    assert evidence("no-such-command")[0] == 2
    code, _, error = reproduce(places, "--only", "mood")
    assert code == 2
    assert "there are: 01-gap" in error
    assert evidence("--help")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_says_so_and_keeps_the_last_build(
    places: Path, write_notebook: Callable[..., Path], sent: signal.Signals
) -> None:
    (places / "build").mkdir()
    (places / "build" / "claims.json").write_text("old")
    reached = places / "reached"
    write_notebook("02-long", f"open({str(reached)!r}, 'w'); import time; time.sleep(600)")
    command = [sys.executable, "-m", "analysis", "reproduce", "--jobs", "1"]
    command += ["--notebooks", places / "notebooks"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=interruptible)
    end = time.monotonic() + 120
    while not reached.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(sent)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert last_line(error) == "interrupted: what the last run made is as it was"
    assert "FAILED" not in error
    assert [p.name for p in (places / "build").iterdir()] == ["claims.json"]
    # What was finished is kept for the next run, and nothing else is left.
    assert sorted(p.name for p in places.glob(".*")) == [".build.kept"]
    write_notebook("02-long", "1 + 1")
    assert '"unchanged": true' in reproduce(places, "--json")[1]

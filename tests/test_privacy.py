"""Nothing that identifies gets through: the seeded corpora, the gate before publishing, git."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook
from planted import clean, corpus
from planted_measure import Measured, measure, sentence

from analysis.clients import identifiers
from analysis.clients.rawcolumns import announced
from analysis.clients.release import ReleaseError, check_publishable, unpublishable


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return measure(tmp_path_factory.mktemp("corpora"))


def test_none_of_the_planted_identifiers_gets_through(measured: Measured) -> None:
    assert measured.planted >= 200
    assert measured.leaks == ()
    assert measured.echoes == ()
    assert measured.left == ()


def test_every_planted_file_is_stopped(measured: Measured) -> None:
    assert measured.stopped == measured.planted
    assert measured.places >= 20


def test_clean_files_mostly_pass(measured: Measured) -> None:
    assert measured.clean >= 50
    assert measured.false_alarms <= measured.clean // 8


def test_the_page_gives_the_measured_numbers(root: Path, measured: Measured) -> None:
    page = (root / "docs" / "privacy.md").read_text(encoding="utf-8")
    spec = importlib.util.spec_from_file_location("page", root / "scripts" / "measure_privacy.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert page == script.with_result(page, sentence(measured))
    assert sentence(measured) in " ".join(page.split())


def test_the_corpora_are_the_same_every_time(tmp_path: Path) -> None:
    for make in (corpus, clean):
        one, two = make(tmp_path / f"{make.__name__}1"), make(tmp_path / f"{make.__name__}2")
        assert [(c.where, c.planted, c.path.name) for c in one] == [
            (c.where, c.planted, c.path.name) for c in two
        ]
        texts = [c.path for c in one if c.path.suffix == ".csv"]
        again = [c.path for c in two if c.path.suffix == ".csv"]
        assert [p.read_bytes() for p in texts] == [p.read_bytes() for p in again]


@pytest.mark.parametrize(
    "text",
    [
        "Zubaida felt fine",
        "felt fine, said Zubaida",
        "her sister Anneliese came along",
        "ZUBAIDA QADIR",
        "met Rose Hill",
        "works with Grace",
        "\u200bmar\u200bia",
        "M.G.",
        "Мария",
        "moved to Tallahassee",
    ],
)
def test_names_in_sentences(text: str) -> None:
    assert identifiers.in_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sat and Sun were worse than Mon to Fri",
        "In May less, in August more pain",
        "Will try again; may need a rest",
        "Mark on the skin gone. Rose at six, slept well.",
        "C5/C6, 3-4 sets of 10, 60-90 min, 7/10",
        "120 degrees; 37.5 warm; 15,000 steps; 2024",
        "TMJ, ROM and SI joint",
        "1.5 hours at 0.333333333 of the dose",
    ],
)
def test_harmless_sentences_pass(text: str) -> None:
    assert identifiers.in_text(text) == []


@pytest.mark.parametrize(
    "heading",
    [
        "Client's full name",
        "E-Mail",
        "Tel.",
        "DOB",
        "Vorname",
        "ZIP code",
        "NHS no",
        "PatientMobile",
    ],
)
def test_headings_that_announce_an_identifier(heading: str) -> None:
    assert announced(heading)


def _log(folder: Path, name: str, clients: int, *, simulated: str = "no") -> Path:
    rows = [f"c-0000-{i:04d},1,0,5,swedish,{simulated}" for i in range(clients)]
    header = "client_code,visit,days_since_first,pain_now,kind,simulated"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_table_of_clients_is_not_published(tmp_path: Path) -> None:
    _log(tmp_path, "site/deep/table.csv", 4)
    with pytest.raises(ReleaseError) as caught:
        check_publishable(tmp_path)
    (problem,) = caught.value.problems
    assert problem.file == "site/deep/table.csv"
    assert problem.what == "4 of 4 clients are not hidden among 5 look-alikes"


def test_what_is_simulated_or_suppressed_may_be_published(tmp_path: Path) -> None:
    _log(tmp_path, "example.csv", 2, simulated="yes")
    _log(tmp_path, "many.csv", 5)
    check_publishable(tmp_path)
    assert len(unpublishable(tmp_path, k=6)) == 1
    path = _log(tmp_path, "mixed.csv", 3, simulated="yes")
    path.write_text(path.read_text().replace("0002,1,0,5,swedish,yes", "0002,1,0,5,swedish,no"))
    assert [p.file for p in unpublishable(tmp_path)] == ["mixed.csv"]


def test_a_raw_or_renamed_table_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("client,pain_now\nC1,5\n")
    (tmp_path / "renamed.csv").write_text("x,y\nc-7k3m-9q2x,5\n")
    (tmp_path / "nameless.csv").write_text("pain_now,pain_worst,sleep_hours,stiffness\n1,2,3,4\n")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / ".secret").write_text("0" * 64)
    (tmp_path / "page.html").write_text("<td>c-7k3m-9q2x</td>")
    (tmp_path / "data.json").write_text('{"client_code": "C1"}')
    (tmp_path / "fine.csv").write_text("claim,verdict\npain,supported\n")
    (tmp_path / "fine.html").write_text("<p>the column client_code is required</p>")
    book = Workbook()
    book.worksheets[0].append(["client_code", "pain_now"])
    book.worksheets[0].append(["C1", 5])
    book.save(tmp_path / "book.xlsx")
    bad = {".secret", "book.xlsx", "data.json", "nameless.csv", "old.xls", "page.html", "raw.csv"}
    assert {p.file for p in unpublishable(tmp_path)} == bad | {"renamed.csv"}


def test_what_the_project_publishes_may_be_published(root: Path) -> None:
    for folder in ("results", "docs", "data"):
        ours = [p for p in unpublishable(root / folder) if p.file != "clients/.secret"]
        assert ours == [], folder


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_git_would_not_add_a_raw_file_a_log_or_the_secret(root: Path, tmp_path: Path) -> None:
    shutil.copy(root / ".gitignore", tmp_path)
    ours = ["README.md", "format.md", "template.csv", "template.xlsx", "example.csv"]
    theirs = ["raw.csv", "raw.xlsx", "log.csv", "example2.csv", ".secret", "2024/raw.csv", "a.html"]
    theirs += ["template-mine.xlsx", ".log-x.part", "example.xlsx"]
    for name in [*ours, *theirs]:
        path = tmp_path / "data" / "clients" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    git = shutil.which("git") or ""
    subprocess.run([git, "init", "-q", tmp_path], check=True)
    subprocess.run([git, "-C", tmp_path, "add", "-A"], check=True)
    listed = subprocess.run(
        [git, "-C", tmp_path, "ls-files", "data"], check=True, capture_output=True, text=True
    )
    assert sorted(listed.stdout.split()) == sorted(f"data/clients/{name}" for name in ours)

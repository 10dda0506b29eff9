"""A bare clone must make its own environment, notice when it is broken, and pin what it uses."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import analysis

VERSION = "{}.{}".format(*sys.version_info)


def load(root: Path, name: str) -> ModuleType:
    """A script as a module: scripts are not part of the package."""
    spec = importlib.util.spec_from_file_location(name, root / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def make_env(root: Path) -> Any:
    return load(root, "make_env")


@pytest.fixture
def clone(tmp_path: Path, make_env: Any) -> Path:
    """A repository with an environment that its stamp calls whole."""
    clone = tmp_path / "clone"
    bin_dir = clone / ".venv" / "bin"
    bin_dir.mkdir(parents=True)
    (bin_dir / "python").symlink_to(sys.executable)
    site = clone / ".venv" / "lib" / f"python{VERSION}" / "site-packages"
    for package in ("numpy-2.0.dist-info", "rich-15.0.dist-info"):
        (site / package).mkdir(parents=True)
    (clone / "requirements.lock").write_text("numpy==2.0\n")
    (clone / "pyproject.toml").write_text("")
    make_env.write_stamp(str(clone), str(clone / ".venv"), sys.version_info[:3])
    return clone


def wrong(make_env: Any, clone: Path, wanted: str = "") -> tuple[str, str]:
    found: tuple[str, str] = make_env.whats_wrong(str(clone), str(clone / ".venv"), wanted)
    return found


def test_a_whole_environment_needs_no_work(make_env: Any, clone: Path) -> None:
    assert wrong(make_env, clone) == ("nothing", "")
    assert wrong(make_env, clone, sys.executable) == ("nothing", "")
    assert make_env.ensure(str(clone)) is False


def test_an_extra_package_is_nobody_s_business(make_env: Any, clone: Path) -> None:
    site = clone / ".venv" / "lib" / f"python{VERSION}" / "site-packages"
    (site / "ipdb-1.0.dist-info").mkdir()
    assert wrong(make_env, clone) == ("nothing", "")


def break_nothing_but(what: str, clone: Path) -> Path:
    """Break the environment in one way; returns where the clone is afterwards."""
    venv = clone / ".venv"
    site = venv / "lib" / f"python{VERSION}" / "site-packages"
    stamp = venv / "evidence-stamp.json"
    if what == "never made":
        shutil.rmtree(venv)
    elif what == "interrupted":
        stamp.unlink()
    elif what == "half a stamp":
        stamp.write_text('{"lock": ')
    elif what == "moved":
        return clone.rename(clone.with_name("elsewhere"))
    elif what == "python gone":
        (venv / "bin" / "python").unlink()
        (venv / "bin" / "python").symlink_to(clone / "nowhere")
    elif what == "python upgraded":
        stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": [3, 11, 0]}))
    elif what == "lock changed":
        (clone / "requirements.lock").write_text("numpy==2.1\n")
    elif what == "package upgraded":
        (site / "numpy-2.0.dist-info").rename(site / "numpy-2.1.dist-info")
    elif what == "pyproject changed":
        (clone / "pyproject.toml").write_text("[project]\n")
    return clone


@pytest.mark.parametrize(
    ("what", "needed", "reason"),
    [
        ("never made", "all", ""),
        ("interrupted", "all", "not finished"),
        ("half a stamp", "all", "not finished"),
        ("moved", "all", "moved"),
        ("python gone", "all", "no longer runs"),
        ("python upgraded", "all", "another version"),
        ("lock changed", "all", "requirements.lock has changed"),
        ("package upgraded", "all", "packages are missing"),
        ("pyproject changed", "package", "pyproject.toml has changed"),
    ],
)
def test_what_is_wrong_with_an_environment_is_noticed(
    make_env: Any, clone: Path, what: str, needed: str, reason: str
) -> None:
    found = wrong(make_env, break_nothing_but(what, clone))
    assert found[0] == needed
    assert reason in found[1]


def test_another_python_is_noticed_when_asked_for(make_env: Any, clone: Path) -> None:
    other = fake_python(clone / "python3.12", [3, 12, 99])
    assert wrong(make_env, clone, str(other)) == ("all", "another Python is asked for")


def fake_python(path: Path, version: list[int]) -> Path:
    """Something that answers as a Python of that version would."""
    path.write_text(f"#!/bin/sh\necho '{json.dumps([version, '/usr'])}'\n")
    path.chmod(0o755)
    return path


def test_a_python_that_does_not_fit_is_refused_with_the_mend(make_env: Any, tmp_path: Path) -> None:
    for version in ([3, 10, 4], [3, 14, 0]):
        old = fake_python(tmp_path / "python", version)
        with pytest.raises(make_env.SetupError, match=r"3\.11, 3\.12 or 3\.13") as error:
            make_env.find_python(str(old))
        assert f"{old} is {'.'.join(map(str, version))}" in str(error.value)
        assert "make PYTHON=" in str(error.value)
    with pytest.raises(make_env.SetupError, match="does not run"):
        make_env.find_python("/bin/false")
    fitting = fake_python(tmp_path / "python", [3, 12, 4])
    assert make_env.find_python(str(fitting)) == (str(fitting), [3, 12, 4])


def test_a_python_without_the_venv_module_is_told_how_to_get_it(
    make_env: Any, tmp_path: Path
) -> None:
    lacking = fake_python(tmp_path / "python", [3, 12, 4])
    lacking.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(make_env.SetupError, match=r"apt install python3\.12-venv"):
        make_env.build_with_pip(str(tmp_path), str(tmp_path / ".venv"), str(lacking), [3, 12, 4])


@pytest.mark.slow
def test_a_set_up_that_fails_says_why_and_is_not_taken_for_whole(
    make_env: Any, clone: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    digest = "0" * 64
    (clone / "requirements.lock").write_text(f"no-such-thing==1 --hash=sha256:{digest}\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setattr(make_env.shutil, "which", lambda name: None if name == "uv" else name)
    with pytest.raises(make_env.SetupError, match="no-such-thing"):
        make_env.ensure(str(clone), sys.executable)
    assert wrong(make_env, clone) == ("all", "the last set-up was not finished")
    assert "requirements.lock has changed" in capfd.readouterr().err


@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")
def test_packages_come_compiled_even_where_python_writes_no_bytecode(
    make_env: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    about = "tiny-1.0.dist-info"
    files = {
        "tiny.py": "x = 1\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (files | {f"{about}/RECORD": record}).items():
            archive.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = f"tiny @ {wheel.as_uri()} --hash=sha256:{digest}\n"
    (tmp_path / "requirements.lock").write_text(lock)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    uv, venv = shutil.which("uv") or "", tmp_path / ".venv"
    subprocess.run([uv, "venv", "-q", "--no-project", "-p", sys.executable, venv], check=True)
    make_env.fetch_with_uv(str(tmp_path), str(venv), uv)
    site = venv / "lib" / f"python{VERSION}" / "site-packages"
    assert [found.name for found in site.rglob("tiny.*.pyc")]


def test_any_python_3_can_read_the_set_up_script(root: Path) -> None:
    tree = ast.parse((root / "scripts" / "make_env.py").read_text(), feature_version=(3, 7))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, newer)] == []


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_names_its_targets_and_what_it_lacks(root: Path, tmp_path: Path) -> None:
    make = shutil.which("make") or ""
    shown = subprocess.run([make, "-C", root, "help"], capture_output=True, text=True, check=True)
    for target in ("reproduce", "test", "accept", "lab", "lint", "lock", "clean"):
        assert f"make {target} " in shown.stdout
    # A machine without any Python.
    shutil.copy(root / "Makefile", tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")
    environ = {"PATH": str(tmp_path / "bin")}
    lacking = subprocess.run(
        [make, "-C", tmp_path, "env"], capture_output=True, text=True, env=environ, check=False
    )
    assert lacking.returncode != 0
    assert "install Python 3.11, 3.12 or 3.13" in lacking.stderr


def lock_lines(root: Path) -> list[str]:
    return (root / "requirements.lock").read_text().splitlines()


def test_the_lock_holds_names_versions_and_hashes_only(root: Path) -> None:
    pinned = re.compile(r"[a-z0-9._-]+==[^ ]+( ; [^\\]+)? \\")
    hashed = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    odd = [n for n in lock_lines(root) if not (pinned.fullmatch(n) or hashed.fullmatch(n))]
    assert odd == []  # in particular no addresses: whoever installs chooses the index


def test_the_lock_pins_every_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    wanted += project["build-system"]["requires"]
    pinned = {line.split("==")[0] for line in lock_lines(root) if "==" in line}
    names = {re.split(r"[\[<>=; ]", name)[0].replace("_", "-") for name in wanted}
    assert names - pinned == set()


def test_environment_yml_has_the_lock_s_versions(root: Path) -> None:
    environment = yaml.safe_load((root / "environment.yml").read_text())
    (pip,) = (d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert pip[-1] == "-e ."
    lock = [n.removesuffix(" \\") for n in lock_lines(root) if not n.startswith("    --hash")]
    assert sorted(pip[:-1]) == sorted(lock)
    python = next(d for d in environment["dependencies"] if str(d).startswith("python="))
    assert python.split("=")[1] in ("3.11", "3.12", "3.13")


def test_environment_yml_is_as_generated(root: Path) -> None:
    generator = load(root, "make_environment_yml")
    lock = (root / "requirements.lock").read_text()
    assert (root / "environment.yml").read_text() == generator.environment_yml(lock)


def test_the_citation_file_names_this_version_and_invents_nothing(root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "license"} <= set(citation)
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert str(citation["version"]) == project["version"] == analysis.__version__
    assert not {"doi", "url", "repository-code", "identifiers"} & set(citation)


def test_the_changelog_knows_this_version_or_what_is_to_come(root: Path) -> None:
    text = (root / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text or f"## [{analysis.__version__}]" in text


def test_importing_the_package_or_its_command_loads_nothing_heavy() -> None:
    heavy = ("IPython", "matplotlib", "nbclient", "nbconvert", "numpy", "pandas", "pandera")
    heavy += ("scipy", "seaborn", "statsmodels", "zmq")
    code = (
        "import sys, analysis, analysis.evidence, analysis.publish, analysis.stats, analysis.cli;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_records_of_clients_and_what_runs_write_are_never_committed(
    root: Path, tmp_path: Path
) -> None:
    shutil.copy(root / ".gitignore", tmp_path)
    git = shutil.which("git") or ""
    subprocess.run([git, "init", "-q", tmp_path], check=True)

    def ignored(path: str) -> bool:
        command = [git, "-C", tmp_path, "check-ignore", "-q", path]
        return subprocess.run(command, check=False).returncode == 0

    for path in ("data/clients/log.csv", "build/claims.json", ".build.new-1/x", ".venv/bin/python"):
        assert ignored(path)
    for path in ("data/clients/README.md", "data/clients/example.csv", "results/claims.json"):
        assert not ignored(path)


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_the_machine_script_is_executable_bash(root: Path) -> None:
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run([shutil.which("bash") or "", "-n", script], check=True)

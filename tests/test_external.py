"""A declared data set: found only where it is the declared one, fetched once, never trusted."""

from __future__ import annotations

import functools
import hashlib
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.clients import external

CONTENT = b"id,pain\n1,4\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine with one file; its address and its folder."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "tiny.csv").write_bytes(CONTENT)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/tiny.csv", folder
    server.shutdown()
    server.server_close()
    thread.join()


def declare(folder: Path, url: str, content: bytes = CONTENT) -> Path:
    """A data folder that declares one data set at ``url``."""
    folder.mkdir(exist_ok=True)
    (folder / "external.toml").write_text(
        f'[tiny]\nurl = "{url}"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        'file = "tiny.csv"\nlicence = "CC0-1.0"\nsource_id = "x"\ncitation = "c"\ndoi = "d"\n'
        'what = "w"\nuse = "u"\n[tiny.reported]\n'
    )
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(external.VARIABLE, raising=False)
    return tmp_path / "cache"


def test_fetched_once_and_found_afterwards_without_the_server(
    served: tuple[str, Path], own_cache: Path, tmp_path: Path
) -> None:
    url, folder = served
    data = declare(tmp_path / "data", url)
    assert external.find("tiny", data) is None
    got = external.fetch("tiny", data)
    assert got.read_bytes() == CONTENT
    assert got.is_relative_to(own_cache)
    (folder / "tiny.csv").unlink()
    assert external.fetch("tiny", data) == got == external.find("tiny", data)


def test_something_else_at_the_address_is_refused_and_not_kept(
    served: tuple[str, Path], own_cache: Path, tmp_path: Path
) -> None:
    url, _ = served
    data = declare(tmp_path / "data", url, b"something else")
    with pytest.raises(external.ExternalError, match="could not be fetched"):
        external.fetch("tiny", data)
    assert external.find("tiny", data) is None


def test_a_changed_copy_is_refused_with_both_hashes(
    served: tuple[str, Path], own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = declare(tmp_path / "data", served[0])
    copy = tmp_path / "tiny.csv"
    copy.write_bytes(CONTENT)
    monkeypatch.setenv(external.VARIABLE, str(copy))
    assert external.find("tiny", data) == copy
    monkeypatch.setenv(external.VARIABLE, str(tmp_path))  # the folder will do
    assert external.find("tiny", data) == copy
    copy.write_bytes(CONTENT.replace(b"4", b"5"))
    with pytest.raises(external.ExternalError, match="SHA-256") as error:
        external.find("tiny", data)
    assert external.declared(data)["tiny"].sha256 in str(error.value)


def test_a_variable_that_leads_nowhere_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(external.VARIABLE, str(tmp_path / "gone.csv"))
    with pytest.raises(external.ExternalError, match="EVIDENCE_EXTERNAL is set"):
        external.find("ashar2022")


def test_an_address_that_does_not_answer_says_what_to_do(own_cache: Path, tmp_path: Path) -> None:
    data = declare(tmp_path / "data", "http://127.0.0.1:9/tiny.csv")
    with pytest.raises(external.ExternalError, match="EVIDENCE_EXTERNAL to the file"):
        external.fetch("tiny", data)


def test_what_is_declared_is_open_and_not_in_the_repository(root: Path) -> None:
    for data_set in external.declared().values():
        assert data_set.licence == "CC0-1.0"
        assert data_set.url.startswith("https://")
        assert len(data_set.sha256) == 64
        listed = subprocess.run(
            ["git", "ls-files", f"*{data_set.file}", f"*{Path(data_set.url).name}"],
            cwd=root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert listed.stdout == ""

"""The draft check on files: formats, lines, refusals, the command, and nothing injected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from bs4 import BeautifulSoup
from command import evidence, last_line

from analysis import paths
from analysis.publish.draft.reading import DraftError, read_sentences, sentences_of

KEYS = {"line", "text", "claim", "judgement", "why", "rewording", "cite"}
CLAIM = "Massage relieves pain."


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def lines(text: str, form: str) -> list[tuple[int, str]]:
    return [(s.line, s.text) for s in sentences_of(text, form)]


def test_json_is_the_contract(tmp_path: Path) -> None:
    draft = write(tmp_path, "a.txt", f"Welcome.\n\n{CLAIM}\nMassage may help with sleep.\n")
    code, out, _ = evidence("check", draft, "--json")
    document = json.loads(out)
    assert code == 1
    assert set(document) == {"findings"}
    assert all(set(finding) == KEYS for finding in document["findings"])
    assert [(f["line"], f["claim"], f["judgement"]) for f in document["findings"]] == [
        (3, "pain", "overclaim"),
        (4, "sleep", "fair"),
    ]


def test_exit_codes(tmp_path: Path) -> None:
    fair = write(tmp_path, "fair.md", "Massage may help with sleep.")
    trap = write(tmp_path, "trap.md", "Massage detoxifies the body.")
    assert evidence("check", fair)[0] == 0
    assert evidence("check", trap)[0] == 1
    assert evidence("check", tmp_path / "missing.md")[0] == 2


def test_the_terminal_shows_place_and_advice(tmp_path: Path) -> None:
    draft = write(tmp_path, "a.md", f"# Hello\n\n{CLAIM}\n")
    _, out, _ = evidence("check", draft)
    assert "line 3: Massage relieves pain." in out
    assert "You may write:" in out
    assert last_line(out).startswith("a.md: sentences that go too far: 1")


def test_terminal_and_page_count_the_same_sentences(tmp_path: Path) -> None:
    # one sentence with an overclaim and a trap, and one with two overclaims
    draft = write(
        tmp_path,
        "a.md",
        "Massage flushes toxins and relieves pain.\n\n"
        "Massage improves sleep and lowers cortisol.\n\n"
        "Massage may help with sleep.\n",
    )
    page = tmp_path / "a.html"
    _, out, _ = evidence("check", draft, "--html", page)
    told = "sentences that go too far: 1; sentences with a trap: 1; fair sentences: 1"
    assert told in last_line(out)
    assert told in page.read_text(encoding="utf-8").replace(". ", "; ").lower()


def test_markdown_prose_only_with_its_lines() -> None:
    text = (
        "---\ntitle: Massage cures cancer\n---\n# One\n\nTwo is\nlong. Three [four](http://x/five).\n"
        "\n```\ncode\n```\n\n    more code\n\n> Quoted.\n\n- six\n- seven `x`\n\n<p>eight</p>\n"
        "<!-- hidden -->\n\n![nine](z.png)\n"
    )
    assert lines(text, "markdown") == [
        (4, "One"), (6, "Two is long."), (7, "Three four."), (15, "Quoted."), (17, "six"),
        (18, "seven \u2026"), (20, "eight"), (23, "nine"),
    ]  # fmt: skip
    assert [s.quoted for s in sentences_of(text, "markdown")].count(True) == 1


def test_html_prose_only_with_its_lines() -> None:
    text = (
        "<html><head><title>One</title><style>p{}</style>\n<script>var a = '<p>no</p>';</script>\n"
        "</head><body>\n<!-- Massage\ncures -->\n<p>Two &amp;\n<b>th</b>ree.\nFour.</p>\n"
        "<blockquote>Five.</blockquote><p title='a>b'>1 < 2.</p></body></html>"
    )
    assert lines(text, "html") == [
        (1, "One"), (6, "Two & three."), (8, "Four."), (9, "Five."), (9, "1 < 2."),
    ]  # fmt: skip


def test_plain_text_bullets_headings_and_wrapped_lines() -> None:
    text = "Our benefits\nWe say\nmany things. And\nmore.\n- one\n- two\n"
    assert lines(text, "text") == [
        (1, "Our benefits"), (2, "We say many things."), (3, "And more."), (5, "one"), (6, "two"),
    ]  # fmt: skip


def test_windows_line_ends_and_byte_order_marks(tmp_path: Path) -> None:
    marked = write(tmp_path, "a.txt", b"\xef\xbb\xbfHello.\r\n\r\n" + CLAIM.encode())
    assert [(s.line, s.text) for s in read_sentences(marked)] == [(1, "Hello."), (3, CLAIM)]
    wide = write(tmp_path, "b.txt", CLAIM.encode("utf-16"))
    assert [s.text for s in read_sentences(wide)] == [CLAIM]


def test_word_counts_paragraphs(tmp_path: Path) -> None:
    draft = docx.Document()
    draft.add_paragraph("Welcome.")
    draft.add_paragraph("")
    draft.add_paragraph(CLAIM)
    draft.add_table(1, 1).cell(0, 0).text = "Massage lowers cortisol."
    draft.save(str(tmp_path / "a.docx"))
    code, out, _ = evidence("check", tmp_path / "a.docx")
    assert code == 1
    assert "paragraph 3: Massage relieves pain." in out
    assert "paragraph 4: Massage lowers cortisol." in out


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert lines("Dr. Smith et al. Wrote it. Yes.", "text") == [
        (1, "Dr. Smith et al. Wrote it."),
        (1, "Yes."),
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("binary.txt", b"\x89PNG\r\n\x1a\n" + bytes(2000), "save"),
        ("nul.txt", b"a\0b" * 100, "not text"),
        ("latin.txt", "Müde nach der Massage".encode("latin-1"), "UTF-8"),
        ("deep.html", "<div>" * 5000 + CLAIM, "deep"),
        ("marks.md", "[" * 30_000, "which no person wrote"),
        ("fake.docx", b"no archive", "not a Word file"),
        ("scan.pdf", b"%PDF", "save the text"),
    ],
)
def test_hostile_files_are_refused_with_a_mend(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    file = write(tmp_path, name, content)
    code, out, complaint = evidence("check", file, "--json")
    assert code == 2
    assert name in complaint
    assert told in complaint
    assert set(json.loads(out)) == {"error", "problems"}


def test_what_is_no_file_or_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(100_000_000)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.md").mkdir()
    for name, told in [
        ("large.txt", "too large"),
        ("pipe.txt", "plain file"),
        ("folder.md", "folder"),
    ]:
        code, _, complaint = evidence("check", tmp_path / name)
        assert code == 2
        assert told in complaint


def test_archives_that_unpack_without_end_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(30_000_000))
    with zipfile.ZipFile(tmp_path / "other.docx", "w") as packed:
        packed.writestr("a.txt", "b")
    for name, told in [("bomb.docx", "more than a draft can hold"), ("other.docx", "not a Word")]:
        with pytest.raises(DraftError, match=told):
            read_sentences(tmp_path / name)


def test_a_word_file_cannot_pull_in_other_files(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    secret = write(tmp_path, "secret.txt", "Massage relieves secret pain.")
    xml = (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><w:document xmlns:w="http://schemas.'
        'openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )
    with (
        zipfile.ZipFile(tmp_path / "a.docx") as good,
        zipfile.ZipFile(tmp_path / "b.docx", "w") as bad,
    ):
        for part in good.namelist():
            bad.writestr(part, xml if part == "word/document.xml" else good.read(part))
    assert not any("secret" in s.text for s in read_sentences(tmp_path / "b.docx"))


def test_broken_results_are_told_not_thrown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = write(tmp_path, "a.md", CLAIM)
    monkeypatch.setenv("EVIDENCE_RESULTS", str(tmp_path))
    assert "claims.json" in evidence("check", draft)[2]
    write(tmp_path, "claims.json", '{"data_version": "1", "claims": [{"id": "pain"}]}')
    code, _, complaint = evidence("check", draft)
    assert code == 2
    assert "claims.json lacks or misspells" in complaint
    document = json.loads((paths.root() / "results" / "claims.json").read_text(encoding="utf-8"))
    for answer in document["claims"][0]["answers"]:
        del answer["detail"]
    write(tmp_path, "claims.json", json.dumps(document))
    assert "lacks or misspells 'detail'" in evidence("check", draft)[2]


NASTY = (
    '<script>alert("x")</script> <img src=x onerror=alert(1)> massage relieves pain & =cmd|"/c" '
    "[a](javascript:alert(1)) </mark></style>.\n"
)


def test_a_draft_cannot_inject_anything_into_the_page(tmp_path: Path) -> None:
    draft = write(tmp_path, "<b onclick=x>.txt", NASTY)
    out = tmp_path / "out.html"
    code, _, _ = evidence("check", draft, "--html", out)
    assert code == 1
    page = BeautifulSoup(out.read_text(encoding="utf-8"), "html.parser")
    assert not page.find_all(["script", "img", "b", "iframe"])
    assert all(a["href"].startswith("#") for a in page.find_all("a"))
    assert not any(name.startswith("on") for tag in page.find_all(True) for name in tag.attrs)
    assert '<script>alert("x")</script>' in page.get_text()
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy is not None
    assert "default-src 'none'" in str(policy["content"])


def test_the_page_marks_and_explains(tmp_path: Path) -> None:
    draft = write(tmp_path, "a.md", f"Welcome.\n\n{CLAIM}\n")
    evidence("check", draft, "--html", tmp_path / "out.html")
    page = BeautifulSoup((tmp_path / "out.html").read_text(encoding="utf-8"), "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "en-GB"
    mark = page.find("mark")
    assert mark is not None
    assert CLAIM in mark.get_text()
    targets = {a["href"] for a in page.find_all("a")}
    assert targets <= {f"#{tag['id']}" for tag in page.find_all(id=True)}
    assert "Welcome." in page.get_text()


def test_a_page_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    draft = write(tmp_path, "a.md", CLAIM)
    code, _, complaint = evidence("check", draft, "--html", tmp_path / "no" / "out.html")
    assert code == 2
    assert "name a file" in complaint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.md"]


def test_a_draft_cannot_steer_the_terminal(tmp_path: Path) -> None:
    draft = write(
        tmp_path, "a.txt", "Massage relieves pain \x1b[31m[red]now[/red]\x1b]0;title\x07."
    )
    _, out, _ = evidence("check", draft)
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "[red]now[/red]" in out


def test_a_formula_stays_text(tmp_path: Path) -> None:
    draft = write(tmp_path, "a.txt", '=HYPERLINK("http://x") massage relieves pain.')
    _, out, _ = evidence("check", draft, "--json")
    finding = json.loads(out)["findings"][0]
    assert "HYPERLINK" not in finding["rewording"] + finding["cite"] + finding["why"]


def test_the_measured_quality_on_the_page_is_current() -> None:
    root = Path(__file__).resolve().parents[1]
    script = root / "scripts" / "measure_draft_check.py"
    run = subprocess.run([sys.executable, str(script), "--check"], check=False, cwd=root)
    assert run.returncode == 0, "run scripts/measure_draft_check.py"

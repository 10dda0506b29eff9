"""Files that are not in our form: encoding, line ends, columns, ragged rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from table_files import Cells, about, data, file, fresh, only, put, rewrite, row_of

from analysis.evidence import tables
from analysis.evidence.schemas import SCHEMAS

__all__ = ["data"]  # a fixture that pytest finds here


def test_wrong_encoding_names_byte_and_line(data: Path) -> None:
    where = row_of(data, "bruck2021", "studies")
    raw = file(data, "studies").read_bytes().replace("Brück".encode(), "Brück".encode("latin-1"))
    file(data, "studies").write_bytes(raw)
    problem = next(p for p in fresh(data) if p.file == "studies.csv")
    assert about(problem) == ("studies.csv", where, None, "0xFC")
    assert problem.what == f"byte {raw.index(0xFC) + 1} of the file (on line {where}) is not UTF-8"
    assert "as UTF-8" in problem.mend


def test_utf16_is_named(data: Path) -> None:
    text = file(data).read_text(encoding="utf-8")
    file(data).write_text(text, encoding="utf-16")
    with pytest.raises(tables.DataError, match="UTF-16, not UTF-8"):
        tables.load("contrasts", data)


def test_byte_order_mark(data: Path) -> None:
    file(data).write_bytes(b"\xef\xbb\xbf" + file(data).read_bytes())
    problem = only(data)
    assert about(problem) == ("contrasts.csv", 1, None, "EF BB BF")
    assert problem.what == "the file starts with a byte order mark (BOM)"
    assert problem.mend == "save it as UTF-8 without BOM"


@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_foreign_line_ends(data: Path, ending: bytes) -> None:
    file(data).write_bytes(file(data).read_bytes().replace(b"\n", ending))
    problem = only(data)
    assert about(problem) == ("contrasts.csv", 1, None, "\\r")
    assert "CRLF" in problem.what
    assert "sed -i" in problem.mend


def test_bom_and_crlf_do_not_hide_a_bad_figure(data: Path) -> None:
    put(data, 2, "sd_t", "0")
    raw = file(data).read_bytes().replace(b"\n", b"\r\n")
    file(data).write_bytes(b"\xef\xbb\xbf" + raw)
    assert {p.column for p in fresh(data)} == {None, "sd_t"}


def test_nul_byte(data: Path) -> None:
    file(data).write_bytes(file(data).read_bytes().replace(b"48.7", b"48\x007"))
    assert "NUL byte" in str(next(p for p in fresh(data) if p.file == "contrasts.csv"))


def test_missing_file_empty_file_and_header_only(data: Path) -> None:
    header = file(data, "thresholds").read_bytes().split(b"\n")[0] + b"\n"
    for content, words in ((None, "no such file"), (b"", "is empty"), (header, "but no row")):
        if content is None:
            file(data, "thresholds").unlink()
        else:
            file(data, "thresholds").write_bytes(content)
        problem = only(data)
        assert problem.file == "thresholds.csv"
        assert words in problem.what
        assert "restore" in problem.mend


def test_missing_column_guesses_the_misspelling(data: Path) -> None:
    rewrite(data, lambda cells: cells[0].__setitem__(cells[0].index("sd_t"), "sdt"))
    missing, unknown = (p for p in fresh(data) if p.file == "contrasts.csv")
    assert about(missing) == ("contrasts.csv", 1, "sd_t", None)
    assert (missing.what, missing.mend) == ("the column is missing", "rename 'sdt'")
    assert about(unknown) == ("contrasts.csv", 1, "sdt", "sdt")
    assert unknown.what == "the column is not known"


def test_missing_column_does_not_hide_a_bad_figure(data: Path) -> None:
    put(data, 3, "n_t", "1")

    def drop_note(cells: Cells) -> None:
        at = cells[0].index("note")
        for row in cells:
            del row[at]

    rewrite(data, drop_note)
    found = [p for p in fresh(data) if p.file == "contrasts.csv"]
    assert [(p.row, p.column) for p in found] == [(1, "note"), (3, "n_t")]
    assert "add it" in found[0].mend


def test_column_twice(data: Path) -> None:
    rewrite(data, lambda cells: cells[0].__setitem__(cells[0].index("sd_t"), "sd_c"))
    with pytest.raises(tables.DataError, match="column sd_c: the column stands twice"):
        tables.load("contrasts", data)


@pytest.mark.parametrize(("change", "more"), [(lambda r: r.append("x"), 1), (list.pop, -1)])
def test_ragged_row(data: Path, change: Callable[[list[str]], object], more: int) -> None:
    header = len(SCHEMAS["contrasts"].columns)
    rewrite(data, lambda rows: change(rows[4]) and None)
    problem = next(p for p in fresh(data) if p.file == "contrasts.csv")
    assert about(problem) == ("contrasts.csv", 5, "(all)", f"{header + more} cells")
    assert problem.what == f"the row does not have {header} cells as the header has"
    assert "quotes" in problem.mend


def test_empty_line_and_unclosed_quote(data: Path) -> None:
    lines = file(data).read_bytes().split(b"\n")
    file(data).write_bytes(b"\n".join([*lines[:3], b"", *lines[3:]]))
    with pytest.raises(tables.DataError, match=r"row 4.*'0 cells'"):
        tables.load("contrasts", data)
    file(data).write_bytes(b"\n".join([*lines[:3], b'"' + lines[3], *lines[4:]]))
    with pytest.raises(tables.DataError, match=r"row 4: cannot be read as CSV from here on"):
        tables.load("contrasts", data)


def test_rows_are_counted_as_a_spreadsheet_does(data: Path) -> None:
    """A line break inside a quoted cell does not start a new row."""
    put(data, 2, "note", "one\ntwo\nthree")
    put(data, 4, "n_t", "1")
    assert only(data).row == 4

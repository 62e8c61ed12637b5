"""Hostile texts become visible; spreadsheets find no formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.tables import cell, csv_bytes, guarded
from pipeline.report.text import plain, span, visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain – ümlaut 漢字 €", "plain – ümlaut 漢字 €"),
        ("a\u202eb", r"a\u{202E}b"),
        ("\x1b[31m", r"\u{1B}[31m"),
        ("\x00", r"\u{0}"),
        ("two\r\nlines\t", r"two\u{D}\u{A}lines\u{9}"),
        ("zero\u200bwidth\ufeff", r"zero\u{200B}width\u{FEFF}"),
        ("\U000e0041tag", r"\u{E0041}tag"),
        (r"DOM\user", r"DOM\user"),
        (r"\u{202E}", r"\u{5C}u{202E}"),
    ],
)
def test_hidden_characters_are_shown(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(st.text())
def test_what_is_shown_hides_nothing_and_can_be_read_back(raw: str) -> None:
    shown = visible(raw)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert re.sub(r"\\u\{([0-9A-F]+)\}", lambda mark: chr(int(mark[1], 16)), shown) == raw


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u3000", "  "])
def test_formulas_are_guarded_in_any_width(before: str, sign: str) -> None:
    assert guarded(f"{before}{sign}HYPERLINK(1)") == f"'{before}{sign}HYPERLINK(1)"


@given(st.text())
def test_no_cell_starts_with_a_trigger(raw: str) -> None:
    folded = unicodedata.normalize("NFKC", cell(raw))
    assert not folded.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0"))
    assert not folded.strip().startswith(("=", "+", "-", "@"))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_a_file_reads_back_as_it_was_shown(rows: list[list[str]]) -> None:
    data = csv_bytes(["a", "b"], [dict(zip("ab", row, strict=True)) for row in rows]).decode()
    found = list(csv.reader(io.StringIO(data, newline="")))
    assert found == [["a", "b"], *([cell(value) for value in row] for row in rows)]
    assert data.count("\r\n") == len(rows) + 1


def test_numbers_keep_their_sign() -> None:
    assert [cell(-5), cell(-0.5), cell(None), cell(True)] == ["-5", "-0.5", "", "true"]


def test_templates_print_nothing_raw() -> None:
    assert [plain(None), plain(False), plain(41500), plain("\x07")] == ["–", "no", "41\u202f500", r"\u{7}"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(28800, "8 h"), (5400, "1 h 30 min"), (45, "45 s"), (0, "0 s"), (90000, "1 d 1 h")]
)
def test_lengths_of_time(seconds: int, shown: str) -> None:
    assert span(seconds) == shown

"""Names and justifications come from attackers; a terminal must survive them."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.terminal import console, print_json, table, visible

HOSTILE = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202eoperator\u200b[bold]x[/bold] :smile: http://a.example\r\nnext"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(show: Callable[[], None], stream: io.StringIO) -> str:
    with redirect_stdout(stream):
        show()
    return stream.getvalue()


@given(st.text())
def test_nothing_unseen_is_left(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert shown == text or not text.isprintable()


def test_what_is_hidden_is_written_out() -> None:
    assert visible("a\x1b[31m\u202eb") == "a\\x1b[31m\\u202eb"
    assert visible("Jürgen Żółć 管理") == "Jürgen Żółć 管理"
    assert visible(None) == ""
    assert visible(datetime(2026, 10, 17, 6, 15, tzinfo=UTC)) == "2026-10-17T06:15:00Z"


def test_a_table_on_a_terminal_shows_data_as_data() -> None:
    out = printed(lambda: table(console(False, width=200), [HOSTILE], [[HOSTILE]]), Terminal())
    assert "[bold]x[/bold] :smile:" in out
    assert "\\x1b]0;title\\x07" in out
    assert {"\x07", "\x9b", "\u202e", "\u200b", "\r"}.isdisjoint(out)
    assert out.replace("\x1b[1m", "").replace("\x1b[0m", "").count("\x1b") == 0


def test_a_table_in_a_pipe_cuts_nothing() -> None:
    out = printed(lambda: table(console(), ["a", "b"], [["x" * 500, 1], ["y", None]]), io.StringIO())
    assert [line.split() for line in out.splitlines()] == [["a", "b"], ["x" * 500, "1"], ["y"]]


def test_json_is_ascii_and_always_json() -> None:
    @dataclass
    class Held:
        at: datetime
        share: float
        name: str
        raw: bytes

    held = Held(datetime(2026, 10, 17, tzinfo=UTC), float("nan"), HOSTILE, b"\x00\xff")
    out = printed(lambda: print_json([held, {"x": (1, None, True)}]), io.StringIO())
    assert out.isascii()
    assert json.loads(out) == [
        {"at": "2026-10-17T00:00:00.000000Z", "share": None, "name": HOSTILE, "raw": "00ff"},
        {"x": [1, None, True]},
    ]

from __future__ import annotations

import pytest

from pipeline.forward.pacing import LONGEST, wait_seconds

DATE = "Mon, 02 Nov 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (" 2.5 ", 2.5),
        ("86400", LONGEST),
        ("9" * 12, LONGEST),
        ("Mon, 02 Nov 2026 08:00:09 GMT", 9.0),
        ("Tue, 03 Nov 2026 08:00:00 GMT", LONGEST),
    ],
)
def test_retry_after_is_honoured_and_capped(retry_after: str, seconds: float) -> None:
    assert wait_seconds(1, retry_after, DATE, 0.0) == seconds


@pytest.mark.parametrize(
    "nonsense", [None, "", "-5", "soon", "nan", "inf", "1e9", "٣", "Mon, 02 Nov 2026 07:00:00 GMT", "Mon, 99 Foo"]
)
def test_without_a_usable_one_the_wait_doubles(nonsense: str | None) -> None:
    assert [wait_seconds(n, nonsense, DATE, 0.5) for n in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 8.0]


def test_a_date_needs_the_servers_own_clock() -> None:
    assert wait_seconds(1, "Mon, 02 Nov 2026 08:00:09 GMT", None, 0.5) == 1.0


def test_jitter_spreads_but_never_shortens_what_was_asked() -> None:
    assert wait_seconds(1, "7", DATE, 0.9) == pytest.approx(7.9)
    assert wait_seconds(3, None, DATE, 0.0) == 2.0
    assert wait_seconds(40, None, DATE, 0.9) == LONGEST

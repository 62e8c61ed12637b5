"""The raw index: chained, durable line by line, and honest about damage."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import IntegrityError
from pipeline.store.ledger import GapEntry, Ledger, SkipEntry

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def note(reason: str) -> SkipEntry:
    return SkipEntry("users", "run-1", reason, NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = Ledger(tmp_path / "raw" / "index.ndjson")
    for reason in ("first", "second", "third"):
        ledger.append(note(reason))
    return ledger.path


def reasons(path: Path) -> list[str]:
    return [entry.reason for _, entry in Ledger(path).entries() if isinstance(entry, SkipEntry)]


def test_entries_come_back_in_order_and_numbered(path: Path) -> None:
    ledger = Ledger(path)
    assert ledger.append(GapEntry("directory_audits", "run-2", NOON, NOON, "retention", NOON)) == 4
    assert [seq for seq, _ in ledger.entries(after=2)] == [3, 4]
    assert Ledger(path).head == ledger.head


def test_the_head_names_all_that_came_before(path: Path) -> None:
    one, other = Ledger(path), Ledger(path.parent / "other" / "index.ndjson")
    for reason in ("first", "SECOND", "third"):
        other.append(note(reason))
    assert one.head != other.head


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_line_torn_by_a_crash_is_dropped_and_the_next_one_follows(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    ledger = Ledger(path)
    assert ledger.seq == 2
    ledger.append(note("again"))
    assert reasons(path) == ["first", "second", "again"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [lines[0].replace(b"first", b"FIRST"), *lines[1:]],
        lambda lines: [lines[0], lines[2]],
        lambda lines: [lines[1], lines[0], lines[2]],
        lambda lines: [lines[0], lines[0], *lines[1:]],
        lambda lines: [lines[0], b"{}\n", lines[2]],
    ],
    ids=["changed", "missing", "swapped", "inserted", "garbage"],
)
def test_any_change_of_an_earlier_line_is_found(path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(IntegrityError, match=r"index\.ndjson: line \d"):
        reasons(path)

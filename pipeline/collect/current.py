"""What is already held: the newest complete snapshot of a list, and the items that new segments may refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from ..model import Window
from ..store import Store
from ..store.ledger import SegmentEntry
from ..store.segments import Known, known_items, read_lines

MOST_REFERRED = 32
"""A snapshot whose items would lie in more segments than this is written whole."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """The newest complete answer to an endpoint; `holder` is the segment with its lines: itself or an equal one."""

    seq: int
    holder: int
    items: int
    content: str
    finished_at: datetime
    path: str
    refers_to: tuple[int, ...]

    @property
    def segments(self) -> tuple[int, ...]:
        """All segments that hold its items."""
        return (*self.refers_to, self.holder)


def newest(store: Store, source: str) -> Snapshot | None:
    """The current snapshot of `source`, None before the first."""
    rows = store.rows(
        """
        SELECT s.seq, h.seq AS holder, s.items, s.content, s.finished_at, h.path, h.refers_to
        FROM segment s JOIN segment h ON h.seq = coalesce(s.same_as, s.seq)
        WHERE s.source = ? AND s.kind = 'snapshot'
        ORDER BY s.seq DESC LIMIT 1
        """,
        [source],
    )
    return Snapshot(**rows[0] | {"refers_to": tuple(rows[0]["refers_to"])}) if rows else None


def parents(store: Store, snapshot: Snapshot) -> list[tuple[str | None, int]]:
    """Page by page, the group it belongs to and its number of items."""
    rows = store.rows("SELECT parent, items FROM segment_page WHERE seq = ? ORDER BY page", [snapshot.holder])
    return [(row["parent"], row["items"]) for row in rows]


def items(store: Store, source: str, shape: type[T]) -> Iterator[T]:
    """The items of the current snapshot of `source`, read as `shape`; none before the first."""
    snapshot = newest(store, source)
    if snapshot is None:
        return
    decoder = msgspec.json.Decoder(shape)
    elsewhere = {
        (seq, line.p, line.n): line.e
        for seq, entry in _held(store, snapshot.refers_to)
        for line in read_lines(store.ledger.raw, entry)
    }
    for line in read_lines(store.ledger.raw, _entry(source, snapshot.path)):
        yield decoder.decode(line.e if line.r is None else elsewhere[line.r])


def known_of(store: Store, snapshot: Snapshot | None) -> Known:
    """The items that the next snapshot may refer to."""
    if snapshot is None or len(snapshot.segments) > MOST_REFERRED:
        return {}
    return known_items(store.ledger.raw, _held(store, snapshot.segments))


def known_around(store: Store, source: str, window: Window) -> Known:
    """The items of a stream's segments whose windows touch `window`."""
    rows = store.rows(
        "SELECT seq FROM segment WHERE source = ? AND kind = 'stream' AND since <= ? AND until >= ? ORDER BY seq",
        [source, window.until, window.since],
    )
    return known_items(store.ledger.raw, _held(store, [row["seq"] for row in rows]))


def _held(store: Store, segments: Sequence[int]) -> list[tuple[int, SegmentEntry]]:
    """(sequence, what reading its lines needs) of segments that have a file."""
    if not segments:
        return []
    sql = "SELECT seq, source, path FROM segment WHERE path IS NOT NULL AND list_contains(?, seq) ORDER BY seq"
    return [(row["seq"], _entry(row["source"], row["path"])) for row in store.rows(sql, [list(segments)])]


def _entry(source: str, path: str) -> SegmentEntry:
    """As much of an index entry as finding its file takes."""
    return SegmentEntry(source, "", "", _EPOCH, _EPOCH, 0, 0, "", path=path)

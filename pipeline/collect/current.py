"""What is already held: the newest complete snapshot of a list, and the items that new segments may refer to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from ..model import Window
from ..store import Store
from ..store.ledger import SegmentEntry
from ..store.segments import Known, known_items, read_lines

MOST_REFERRED = 32
"""A snapshot whose items would lie in more segments than this is written whole."""

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """The newest complete answer to an endpoint; `holder` is the segment with its lines: itself or an equal one."""

    seq: int
    holder: int
    items: int
    content: str
    finished_at: datetime
    refers_to: tuple[int, ...]

    @property
    def segments(self) -> tuple[int, ...]:
        """All segments that hold its items."""
        return (*self.refers_to, self.holder)


def newest(store: Store, source: str) -> Snapshot | None:
    """The current snapshot of `source`, None before the first."""
    rows = store.rows(
        """
        SELECT s.seq, h.seq AS holder, s.items, s.content, s.finished_at, h.refers_to
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


def items(store: Store, source: str, shape: type[T]) -> Iterator[tuple[str | None, T]]:
    """(group or None, item) of the current snapshot of `source`, items read as `shape`; nothing before the first."""
    snapshot = newest(store, source)
    if snapshot is None:
        return
    groups = [parent for parent, _ in parents(store, snapshot)]
    decoder = msgspec.json.Decoder(shape)
    for page, item in _lines(store, snapshot):
        yield groups[page], decoder.decode(item)


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


def _lines(store: Store, snapshot: Snapshot) -> Iterator[tuple[int, bytes]]:
    held = dict(_held(store, snapshot.segments))
    elsewhere = {
        (seq, line.p, line.n): bytes(line.e)
        for seq in snapshot.refers_to
        for line in read_lines(store.ledger.raw, held[seq])
        if line.r is None
    }
    for line in read_lines(store.ledger.raw, held[snapshot.holder]):
        yield line.p, bytes(line.e) if line.r is None else elsewhere[line.r]


def _held(store: Store, segments: Sequence[int]) -> list[tuple[int, SegmentEntry]]:
    """(sequence, what reading its lines needs) of segments that have a file."""
    rows = store.rows(
        """
        SELECT seq, source, kind, run_id, started_at, finished_at, items, new_items, content, path FROM segment
        WHERE path IS NOT NULL AND list_contains(?, seq) ORDER BY seq
        """,
        [list(segments)],
    )
    return [(row.pop("seq"), SegmentEntry(**row)) for row in rows]

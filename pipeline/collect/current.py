"""What is already held: the newest complete snapshot of a list, and the items that new segments may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from ..decoders import decoder
from ..model import Window
from ..store import Store
from ..store.ledger import SegmentEntry
from ..store.segments import Known, known_items, read_lines
from .doubt import Held
from .ends import has_ended

MOST_REFERRED = 32
"""A snapshot whose items would lie in more segments than this is written whole."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class _Object(msgspec.Struct):
    id: str


_object = decoder(_Object)


@dataclass(frozen=True)
class Snapshot:
    """The newest complete answer to an endpoint; `holder` is the segment with its lines: itself or an equal one."""

    seq: int
    holder: int
    items: int
    content: str
    finished_at: datetime
    answers_sha256: str
    path: str
    refers_to: tuple[int, ...]

    @property
    def segments(self) -> tuple[int, ...]:
        """All segments that hold its items."""
        return (*self.refers_to, self.holder)


@dataclass(frozen=True)
class _Told:
    """When an answer was finished, and where its items are."""

    at: datetime
    path: str
    refers_to: tuple[int, ...]


class Holdings:
    """What a tenant's store holds of every list; `refresh` takes in what landed since."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._newest: dict[str, Snapshot] = {}
        store.adopt()
        self._load()

    def refresh(self) -> None:
        """Bring the record up to the raw index, so that snapshots of this run count."""
        if self.store.adopt():
            self._load()

    def newest(self, source: str) -> Snapshot | None:
        """The current snapshot of `source`, None before the first."""
        return self._newest.get(source)

    def parents(self, source: str) -> list[tuple[str | None, int]]:
        """Page by page of the current snapshot, the parent it belongs to and its number of items."""
        snapshot = self.newest(source)
        if snapshot is None:
            return []
        sql = "SELECT parent, items FROM segment_page WHERE seq = ? ORDER BY page"
        return [(row["parent"], row["items"]) for row in self.store.rows(sql, [snapshot.holder])]

    def standing(self, source: str, now: datetime) -> dict[str | None, int]:
        """Items of the current snapshot of `source` by parent, without those that have ended by `now`."""
        snapshot = self.newest(source)
        if snapshot is None:
            return {}
        told = _Told(snapshot.finished_at, snapshot.path, snapshot.refers_to)
        return self._standing(source, told, self.parents(source), now)

    def doubted(self, source: str, now: datetime | None = None) -> Iterator[Held]:
        """The answers held since the current snapshot of `source`, newest first, each read when it is asked for.

        With `now`, without the items that have ended by then.
        """
        snapshot = self.newest(source)
        rows = self.store.rows(
            """
            SELECT s.finished_at, s.path, s.refers_to,
                list({'parent': p.parent, 'items': p.items} ORDER BY p.page) FILTER (p.seq IS NOT NULL) AS pages
            FROM segment s LEFT JOIN segment_page p USING (seq)
            WHERE s.source = ? AND s.kind = 'snapshot' AND s.held IS NOT NULL AND s.seq > ?
            GROUP BY s.seq, s.finished_at, s.path, s.refers_to ORDER BY s.seq DESC
            """,
            [source, snapshot.seq if snapshot else 0],
        )
        for row in rows:
            pages = [(page["parent"], page["items"]) for page in row["pages"] or ()]
            told = _Told(row["finished_at"], row["path"], tuple(row["refers_to"]))
            left = counts(pages) if now is None else self._standing(source, told, pages, now)
            yield Held(left, told.at)

    def _standing(
        self, source: str, told: _Told, pages: Sequence[tuple[str | None, int]], now: datetime
    ) -> dict[str | None, int]:
        left = counts(pages)
        if any(left.values()):
            for page, item in self._lines(source, told.path, told.refers_to):
                left[pages[page][0]] -= has_ended(item, told.at, now)
        return left

    def items(self, source: str, shape: type[T]) -> Iterator[T]:
        """The items of the current snapshot of `source` that have the `shape`; none before the first."""
        reads = decoder(shape)
        for _, item in self._current(source):
            try:
                yield reads.decode(item)
            except ValueError:
                continue

    def keys(self, source: str) -> Iterator[str]:
        """The items' ids in the current snapshot, each behind its parent's key and a slash where it has a parent."""
        parents = [parent for parent, _ in self.parents(source)]
        for page, item in self._current(source):
            try:
                ident = _object.decode(item).id
            except ValueError:
                continue
            yield f"{parents[page]}/{ident}" if parents[page] else ident

    def _current(self, source: str) -> Iterator[tuple[int, msgspec.Raw]]:
        """Page and bytes of every item of the current snapshot."""
        snapshot = self.newest(source)
        if snapshot is not None:
            yield from self._lines(source, snapshot.path, snapshot.refers_to)

    def _lines(self, source: str, path: str, refers_to: Sequence[int]) -> Iterator[tuple[int, msgspec.Raw]]:
        """Page and bytes of every item of a snapshot, references followed."""
        elsewhere = {
            (seq, line.p, line.n): line.e
            for seq, entry in self._held(refers_to)
            for line in read_lines(self.store.ledger.raw, entry)
        }
        for line in read_lines(self.store.ledger.raw, _entry(source, path)):
            yield line.p, line.e if line.r is None else elsewhere[line.r]

    def known(self, source: str) -> Known:
        """The items that the next snapshot of `source` may refer to."""
        snapshot = self.newest(source)
        if snapshot is None or len(snapshot.segments) > MOST_REFERRED:
            return {}
        return known_items(self.store.ledger.raw, self._held(snapshot.segments))

    def known_around(self, source: str, window: Window, *, touching: bool = True) -> Known:
        """The items of a stream's segments whose windows overlap `window`, or, if `touching`, only share an end."""
        signs = ("<=", ">=") if touching else ("<", ">")
        rows = self.store.rows(
            f"""SELECT seq FROM segment WHERE source = ? AND kind = 'stream'
            AND since {signs[0]} ? AND until {signs[1]} ? ORDER BY seq""",
            [source, window.until, window.since],
        )
        return known_items(self.store.ledger.raw, self._held([row["seq"] for row in rows]))

    def items_around(self, source: str, window: Window, runs: Iterable[str]) -> Iterator[bytes]:
        """The items that segments of these runs hold themselves, of those whose windows touch `window`."""
        rows = self.store.rows(
            """SELECT seq FROM segment WHERE source = ? AND kind = 'stream' AND since <= ? AND until >= ?
            AND list_contains(?, run_id) ORDER BY seq""",
            [source, window.until, window.since, list(runs)],
        )
        for _, entry in self._held([row["seq"] for row in rows]):
            yield from (bytes(line.e) for line in read_lines(self.store.ledger.raw, entry) if line.r is None)

    def _load(self) -> None:
        rows = self.store.rows(
            """
            SELECT s.source, s.seq, h.seq AS holder, s.items, s.content, s.finished_at, h.path, h.refers_to,
                h.answers_sha256
            FROM segment s JOIN segment h ON h.seq = coalesce(s.same_as, s.seq)
            WHERE s.seq IN (SELECT max(seq) FROM segment WHERE kind = 'snapshot' AND held IS NULL GROUP BY source)
            """
        )
        self._newest = {row.pop("source"): Snapshot(**row | {"refers_to": tuple(row["refers_to"])}) for row in rows}

    def _held(self, segments: Sequence[int]) -> list[tuple[int, SegmentEntry]]:
        """(sequence, what reading its lines needs) of segments that have a file."""
        if not segments:
            return []
        sql = "SELECT seq, source, path FROM segment WHERE path IS NOT NULL AND list_contains(?, seq) ORDER BY seq"
        return [(row["seq"], _entry(row["source"], row["path"])) for row in self.store.rows(sql, [list(segments)])]


def counts(pages: Iterable[tuple[str | None, int]]) -> dict[str | None, int]:
    """Items by parent, of the pages of a walk."""
    found: dict[str | None, int] = {}
    for parent, items in pages:
        found[parent] = found.get(parent, 0) + items
    return found


def _entry(source: str, path: str) -> SegmentEntry:
    """As much of an index entry as finding its file takes."""
    return SegmentEntry(source, "", "", _EPOCH, _EPOCH, 0, 0, "", 0, "", path=path)

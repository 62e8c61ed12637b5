"""Complete snapshots, from segments to rows: which of them say something new, and their items in temp table `item`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from ..errors import IntegrityError
from .context import Context
from .statements import execute, insert, run

PER_PARENT = frozenset(
    {
        *("group_assignment_instances", "group_eligibility_instances"),
        *("group_assignment_requests", "group_eligibility_requests"),
        *("group_policies", "group_members", "group_owners", "review_instances", "review_decisions"),
    }
)
"""One walk over many parents, groups or reviews: each page belongs to its own."""

BATCH_ITEMS = 100_000
"""Items read at once; a snapshot is never split."""

_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


@dataclass(frozen=True)
class Walk:
    """A snapshot that differs from the one before it. `at` never runs backwards within a source."""

    seq: int
    holder: int
    """The segment with its lines: itself, or an equal earlier one."""
    at: datetime
    items: int


@dataclass(frozen=True)
class _Seen:
    seq: int
    items: int
    content: str
    at: datetime


def changed(con: duckdb.DuckDBPyConnection, context: Context, source: str) -> list[Walk]:
    """The pending snapshots of `source` that say something else than the one before them, in order.

    One that is held is none: it never reads as "all removed".
    """
    found: list[Walk] = []
    pending = context.of(source)
    if not pending:
        return found
    before = _before(con, context, source, pending[0][0])
    for seq, segment in pending:
        if segment.kind != "snapshot" or segment.held is not None:
            continue
        seen = _Seen(seq, segment.items, segment.content, max(segment.finished_at, before.at if before else _EARLIEST))
        if before is None or _differs(con, source, before, seen):
            found.append(Walk(seq, seq if segment.same_as is None else segment.same_as, seen.at, segment.items))
        before = seen
    return found


_EARLIEST = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _before(con: duckdb.DuckDBPyConnection, context: Context, source: str, first: int) -> _Seen | None:
    row = con.execute(
        """SELECT arg_max(seq, seq), arg_max(items, seq), arg_max(content, seq), max(finished_at) FROM segment
        WHERE tenant_id = ? AND source = ? AND kind = 'snapshot' AND seq < ? AND held IS NULL""",
        [context.tenant_id, source, first],
    ).fetchone()
    return _Seen(*row) if row and row[0] is not None else None


def _differs(con: duckdb.DuckDBPyConnection, source: str, before: _Seen, seen: _Seen) -> bool:
    """Equal items may still belong to other parents: members do not name their group."""
    if before.content != seen.content:
        return True
    return source in PER_PARENT and _parents(con, before.seq) != _parents(con, seen.seq)


def _parents(con: duckdb.DuckDBPyConnection, seq: int) -> list[tuple[str | None, int]]:
    """Page by page, the group it belongs to and its number of items; of an equal answer they stand under its equal."""
    return con.execute(
        """SELECT parent, items FROM segment_page WHERE seq = (
            SELECT CASE WHEN EXISTS (FROM segment_page own WHERE own.seq = s.seq) THEN s.seq ELSE s.same_as END
            FROM segment s WHERE s.seq = ?) ORDER BY page""",
        [seq],
    ).fetchall()


def batches(walks: Sequence[Walk]) -> Iterator[list[Walk]]:
    """The walks in order, in portions that fit in memory."""
    portion: list[Walk] = []
    for walk in walks:
        if portion and sum(held.items for held in portion) + walk.items > BATCH_ITEMS:
            yield portion
            portion = []
        portion.append(walk)
    if portion:
        yield portion


def load(con: duckdb.DuckDBPyConnection, context: Context, walks: Sequence[Walk], shape: str) -> int:
    """Fill temp tables `walk` (k = 1, 2, …) and `item` (k, seq, seen_at, parent, p, n, e); returns the number of walks.

    References are followed. `shape` is the DuckDB type of an item; a field of another type than it says is null. A walk
    with an item that cannot be read goes to quarantine whole: a hole must not read as a removal. Raises IntegrityError
    where a file is missing or damaged.
    """
    while walks:
        _fill(con, context, walks, shape)
        unreadable = {seq for (seq,) in con.execute(_UNREADABLE).fetchall()}
        if not unreadable:
            return len(walks)
        for seq in unreadable:
            execute(con, _QUARANTINE, tenant=context.tenant_id, seq=seq)
        walks = [walk for walk in walks if walk.seq not in unreadable]
    return 0


def _fill(con: duckdb.DuckDBPyConnection, context: Context, walks: Sequence[Walk], shape: str) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE walk (k INTEGER, seq BIGINT, holder BIGINT, seen_at TIMESTAMPTZ)")
    insert(con, "walk", [(k, walk.seq, walk.holder, walk.at) for k, walk in enumerate(walks, 1)])
    files = _files(con, context.raw)
    con.execute("CREATE OR REPLACE TEMP TABLE walk_file (seq BIGINT, filename VARCHAR)")
    insert(con, "walk_file", [(seq, str(path)) for seq, path in files.items()])
    try:
        execute(con, _READ.format(shape=shape), files=[str(path).translate(_GLOB) for path in files.values()])
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise IntegrityError(f"a segment's file cannot be read: {error}") from error
    run(con, "20_items")


_UNREADABLE = """SELECT w.seq FROM walk w JOIN segment s ON s.seq = w.holder
LEFT JOIN (SELECT k, count(e.id) AS items FROM item GROUP BY k) i USING (k)
WHERE coalesce(i.items, 0) <> s.items"""

_QUARANTINE = """INSERT INTO quarantine BY NAME
SELECT tenant_id, source, 'malformed' AS reason, 'an item of the snapshot cannot be read; it is not applied' AS detail,
    finished_at AS noted_at, run_id, seq AS segment, path, sha256
FROM segment WHERE tenant_id = $tenant AND seq = $seq"""

_READ = """CREATE OR REPLACE TEMP TABLE line AS
SELECT f.seq, l.p, l.n, l.r, l.e
FROM read_ndjson($files, columns = {{p: 'INTEGER', n: 'INTEGER', r: 'BIGINT[]', e: '{shape}'}},
    filename = true, ignore_errors = true, maximum_object_size = 33554432) l
JOIN walk_file f USING (filename)"""


def _files(con: duckdb.DuckDBPyConnection, raw: Path) -> dict[int, Path]:
    """The files of the walks in temp table `walk` and of the segments they refer to."""
    rows = con.execute(
        """SELECT seq, path FROM segment WHERE path IS NOT NULL AND seq IN (
            SELECT holder FROM walk
            UNION SELECT unnest(s.refers_to) FROM segment s JOIN walk w ON w.holder = s.seq) ORDER BY seq"""
    ).fetchall()
    return {seq: raw / path for seq, path in rows}

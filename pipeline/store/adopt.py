"""Bring the database's record of collection in line with the raw index; repeating it adds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from .chain import GENESIS, Mark
from .ledger import Entry, GapEntry, Ledger, QuarantineEntry, SegmentEntry, SkipEntry, UnfinishedEntry

DERIVED = ("segment", "segment_page", '"window"', "gap", "quarantine", "skipped", "unfinished", "import_line")
"""Tables that hold nothing but what the index says."""

INDEX, JOURNAL = "index", "journal"
"""Marks in table `meta`: how far the database has followed the raw index and the journal."""


@dataclass
class _Rows:
    tables: dict[str, list[Sequence[object]]] = field(default_factory=lambda: {name: [] for name in DERIVED})


def adopt(connection: duckdb.DuckDBPyConnection, ledger: Ledger, tenant_id: str) -> int:
    """Add every index entry the database has not seen, in one transaction; returns how many there were."""
    mark = before = chain_mark(connection, INDEX)
    if mark == ledger.chain.end:
        return 0
    rows = _Rows()
    for entry, mark in ledger.chain.read(before):
        _add(rows, tenant_id, mark.seq, entry)
    connection.execute("BEGIN")
    try:
        _insert(connection, rows)
        set_chain_mark(connection, INDEX, mark)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return mark.seq - before.seq


def _insert(connection: duckdb.DuckDBPyConnection, rows: _Rows) -> None:
    for table, values in rows.tables.items():
        if values:
            # Whole columns at once: row by row, a thousand pages would take a second.
            columns = [list(column) for column in zip(*values, strict=True)]
            marks = ", ".join(["unnest(?)"] * len(columns))
            connection.execute(f"INSERT INTO {table} SELECT {marks}", columns)


def adopted(connection: duckdb.DuckDBPyConnection) -> int:
    """Sequence of the last index entry the database knows, 0 for none."""
    return chain_mark(connection, INDEX).seq


def get_text(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """A mark that is no number, None where it was never set."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchone()
    return str(row[0]) if row else None


def get_mark(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """A progress mark, 0 where it was never set."""
    return int(get_text(connection, name) or 0)


def set_mark(connection: duckdb.DuckDBPyConnection, name: str, value: int | str) -> None:
    """Set a progress mark; part of whatever transaction is open."""
    connection.execute("DELETE FROM meta WHERE name = ?", [name])
    connection.execute("INSERT INTO meta VALUES (?, ?)", [name, str(value)])


def chain_mark(connection: duckdb.DuckDBPyConnection, name: str) -> Mark:
    """How far the database has followed a chain."""
    seq, offset, head = (get_text(connection, name) or f"0 0 {GENESIS}").split()
    return Mark(int(seq), int(offset), head)


def set_chain_mark(connection: duckdb.DuckDBPyConnection, name: str, mark: Mark) -> None:
    """The database has followed a chain up to here; part of whatever transaction is open."""
    set_mark(connection, name, f"{mark.seq} {mark.offset} {mark.head}")


def _add(rows: _Rows, tenant: str, seq: int, entry: Entry) -> None:
    match entry:
        case SegmentEntry():
            _add_segment(rows, tenant, seq, entry)
        case GapEntry(source, run_id, since, until, reason, noted_at):
            rows.tables["gap"].append((tenant, source, since, until, reason, noted_at, run_id))
        case UnfinishedEntry(source, run_id, since, until, reason, noted_at):
            rows.tables["unfinished"].append((tenant, source, seq, since, until, reason, noted_at, run_id))
        case SkipEntry(source, run_id, reason, noted_at):
            rows.tables["skipped"].append((tenant, source, reason, noted_at, run_id))
        case QuarantineEntry() as q:
            place = (q.origin, q.line, None, None, None, q.path, q.sha256)
            rows.tables["quarantine"].append((tenant, q.source, q.reason, q.detail, q.noted_at, q.run_id, *place))


def _add_segment(rows: _Rows, tenant: str, seq: int, e: SegmentEntry) -> None:
    span = (e.started_at, e.finished_at, e.since, e.until)
    kept = (e.path, e.same_as, e.refers_to, e.sha256, e.bytes)
    came = (e.content, e.answers, e.answers_sha256)
    imported, doubted = (e.file_sha256, e.assume_tenant), (e.held, e.accepted)
    rows.tables["segment"].append(
        (tenant, seq, e.source, e.kind, e.run_id, *span, e.items, e.new_items, *came, *kept, *imported, *doubted)
    )
    for number, p in enumerate(e.pages):
        answer = (p.url, p.status, p.server_time, p.request_id, p.length, p.sha256, p.items, p.parent)
        rows.tables["segment_page"].append((tenant, seq, number, *answer))
        rows.tables["import_line"] += ((tenant, seq, number, *run) for run in p.lines)
    if e.kind == "stream" and e.since and e.until:
        counts = (e.answers, e.items, e.run_id, e.backfill)
        rows.tables['"window"'].append((tenant, e.source, e.since, e.until, e.finished_at, seq, *counts))

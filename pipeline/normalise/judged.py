"""The careful way of audit events: a temp table of all lines, in which each is judged before any becomes an event."""

from __future__ import annotations

import duckdb

from ..errors import IntegrityError
from ..model import NormaliseSummary
from ..store.segments import read_lines
from . import repeats
from .context import Context, Segment
from .portions import Portion
from .reading import prepare, reading
from .shapes import filled
from .statements import execute, number, run, statements

_UNREADABLE = "CREATE OR REPLACE TEMP TABLE unreadable (segment BIGINT, page INTEGER, ordinal INTEGER)"

_REFUSED = "SELECT (SELECT count(*) FROM batch WHERE fault IS NOT NULL) + (SELECT count(*) FROM unreadable)"


def take(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> NormaliseSummary:
    """Take the events of one portion, within the transaction that is open.

    Raises IntegrityError where a file is missing or holds something else than the index says.
    """
    _read(con, context, portion)
    _find_unreadable(con, context, portion)
    between = repeats.span(con, portion)
    repeated = repeats.find(con, context, between)
    run(con, "15_insert", tenant=context.tenant_id, source=portion.source)
    conflicts = repeats.compare(con, context, portion, between) if repeated else 0
    refused = number(con, _REFUSED) + conflicts
    if refused:
        run(con, "18_quarantine", tenant=context.tenant_id)
    return NormaliseSummary(
        events=portion.items - repeated - refused + conflicts,
        duplicates=repeated - conflicts,
        quarantined=refused,
    )


def _read(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> None:
    """Fill temp table `batch` and make the temp views upon it."""
    flat, (load, *views) = prepare(con, context, portion, lenient=True), statements("12_batch")
    own = None if portion.assume_tenant else context.tenant_id
    with reading():
        execute(con, filled(load, flat=flat), files=portion.patterns(context.raw), own=own)
    for view in views:
        con.execute(view)
    run(con, "13_children")


def _find_unreadable(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> None:
    """Fill temp table `unreadable` with the lines DuckDB passed over, of segments that came out short."""
    con.execute(_UNREADABLE)
    read = dict(con.execute("SELECT segment, count(*) FROM batch GROUP BY segment").fetchall())
    for seq, segment in portion.segments:
        if read.get(seq, 0) != segment.new_items:
            lost = _lost(con, context, seq, segment)
            con.executemany("INSERT INTO unreadable VALUES (?, ?, ?)", [[seq, page, ordinal] for page, ordinal in lost])


def _lost(con: duckdb.DuckDBPyConnection, context: Context, seq: int, segment: Segment) -> list[tuple[int, int]]:
    held = [(line.p, line.n) for line in read_lines(context.raw, segment) if line.r is None]
    if len(held) != segment.new_items:
        path = context.raw / (segment.path or "")
        raise IntegrityError(f"{path}: holds {len(held)} items, the index says {segment.new_items}")
    read = set(con.execute("SELECT page, ordinal FROM batch WHERE segment = ?", [seq]).fetchall())
    return [place for place in held if place not in read]

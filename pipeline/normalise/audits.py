"""Audit events of every shape into `audit_event` and, where the vocabulary calls them relevant, the tables beside it.

Set-based from the files on: a portion of segments is read once, into a flat temp table that carries targets and details
only of relevant rows. Every line ends as an event, a duplicate, a row of quarantine, or is a reference to such a line.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from ..errors import IntegrityError
from ..model import NormaliseSummary
from ..store.segments import read_lines
from . import repeats, shapes
from .context import EVENT_SOURCES, Context, Segment
from .portions import Portion, longest_line
from .statements import execute, run

_UNREADABLE = "CREATE OR REPLACE TEMP TABLE unreadable (segment BIGINT, page INTEGER, ordinal INTEGER)"

_UNKNOWN = """SELECT count(DISTINCT activity) FROM audit_event
WHERE tenant_id = $tenant AND segment >= $first AND from_pim(event_id, service, activity)
    AND lower(trim(activity)) NOT IN (SELECT activity_key FROM vocabulary)"""

_REFUSED = "SELECT (SELECT count(*) FROM batch WHERE fault IS NOT NULL) + (SELECT count(*) FROM unreadable)"


def take(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> NormaliseSummary:
    """Take the events of one portion, within the transaction that is open.

    Raises IntegrityError where a file is missing or holds something else than the index says.
    """
    _read(con, context, portion)
    _find_unreadable(con, context, portion)
    between = repeats.span(con, portion)
    repeated = repeats.find(con, context, between)
    run(con, "14_insert", tenant=context.tenant_id, source=portion.source)
    conflicts = repeats.compare(con, context, portion, between) if repeated else 0
    refused = _number(con, _REFUSED) + conflicts
    if refused:
        run(con, "17_quarantine", tenant=context.tenant_id)
    taken = sum(segment.new_items for _, segment in portion.segments)
    return NormaliseSummary(
        events=taken - repeated - refused + conflicts,
        duplicates=repeated - conflicts,
        quarantined=refused,
    )


def count_unknown(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """How many activities of PIM the pending segments brought that the vocabulary does not know."""
    if not context.of(*EVENT_SOURCES):
        return NormaliseSummary()
    run(con, "10_macros")
    found = _number(con, _UNKNOWN, {"tenant": context.tenant_id, "first": context.segments[0][0]})
    return NormaliseSummary(unknown_activities=found)


def _read(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> None:
    """Fill temp tables `batch_page`, `batch` and `picked`, joined in temp view `flat`."""
    run(con, "10_batch_page", tenant=context.tenant_id, segments=[seq for seq, _ in portion.segments])
    run(con, "10_macros")
    statement = shapes.flatten(portion.source, longest_line(con, context, portion))
    own = None if portion.assume_tenant else context.tenant_id
    try:
        execute(con, statement, files=portion.patterns(context.raw), tenant=own)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise IntegrityError(f"a segment's file cannot be read: {error}") from error
    run(con, "12_picked")


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


def _number(con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None) -> int:
    row = con.execute(sql, parameters).fetchone()
    return int(row[0]) if row else 0

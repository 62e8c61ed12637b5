"""An id that comes again: the first in order of segments stays; what says the same is a duplicate, else a conflict.

"The same" is what silver keeps of a row, so that one event may come by several roads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from .context import Context
from .portions import Portion
from .statements import execute, number, run, statements

SLACK = timedelta(hours=1)
"""How far apart two tellings of one event may lie and still be found. An event's time never changes in Graph."""

EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))

COMPARED = (
    *("activity", "category", "service", "operation", "result", "result_reason", "correlation_id", "request_id"),
    *("actor_kind", "actor_id", "actor_name", "actor_upn", "actor_ip", "actor_app_id"),
    *("target_user_id", "target_user_name", "target_user_upn", "target_group_id", "target_group_name"),
    *("target_role_id", "target_role_name", "target_app_id", "target_app_name"),
)

_TIME = """CASE WHEN abs(epoch_us(kept.occurred_at) - epoch_us(told.occurred_at))
    >= CASE WHEN same_road THEN 1 ELSE 1_000_000 END THEN 'occurred_at' END"""


def span(con: duckdb.DuckDBPyConnection, portion: Portion) -> tuple[datetime, datetime]:
    """Between which times an event of the batch may be held already. Only for a file's events may that be any time."""
    row = con.execute("SELECT min(occurred_at), max(occurred_at) FROM batch WHERE fault IS NULL").fetchone()
    if portion.is_import or row is None or row[0] is None:
        return EVER
    return row[0] - SLACK, row[1] + SLACK


def find(con: duckdb.DuckDBPyConnection, context: Context, between: tuple[datetime, datetime]) -> int:
    """Fill temp table `repeated` with the rows of the batch that bring no new id; returns how many.

    `told_again` is left empty: `compare` fills it.
    """
    run(con, "14_repeated", tenant=context.tenant_id, since=between[0], until=between[1])
    return number(con, "SELECT count(*) FROM repeated")


def compare(
    con: duckdb.DuckDBPyConnection, context: Context, portion: Portion, between: tuple[datetime, datetime]
) -> int:
    """Fill temp table `told_again` once the batch's new events are in; returns how many repeated rows contradict."""
    differences = ", ".join((_TIME, *map(_difference, COMPARED)))
    told = {"tenant": context.tenant_id, "source": portion.source, "since": between[0], "until": between[1]}
    execute(con, statements("16_told_again")[0].replace("{differences}", differences), **told)
    run(con, "17_children_told_again", **told)
    return number(con, "SELECT count(*) FROM told_again WHERE len(differing) > 0")


def _difference(column: str) -> str:
    kept, told = f"kept.{column}", f"told.{column}"
    return (
        f"CASE WHEN {kept} IS DISTINCT FROM {told} AND (same_road OR ({kept} IS NOT NULL AND {told} IS NOT NULL)) "
        f"THEN '{column}' END"
    )

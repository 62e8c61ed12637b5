"""`pim_request`: one row a PIM request, out of audit events and, for groups, the schedule requests themselves.

A request is made anew whenever a new segment says something about it, from everything known about it, so that the order
in which things arrive leaves no trace.
"""

from __future__ import annotations

import hashlib
import json

import duckdb

from ..config import Tickets
from ..errors import ConfigError
from ..model import NormaliseSummary
from .context import EVENT_SOURCES, Context
from .statements import run
from .walks import batches, changed, load

LISTS = {"group_assignment_requests": "assignment", "group_eligibility_requests": "eligibility"}
"""Sources of schedule requests. Those of roles need a permission to write: nothing here asks for it."""

SHAPE = """STRUCT(id VARCHAR, groupId VARCHAR, accessId VARCHAR, principalId VARCHAR, "action" VARCHAR, status VARCHAR,
    isValidationOnly VARCHAR, createdDateTime VARCHAR, completedDateTime VARCHAR, justification VARCHAR,
    createdBy STRUCT("user" STRUCT(id VARCHAR, displayName VARCHAR),
        application STRUCT(id VARCHAR, displayName VARCHAR)),
    ticketInfo STRUCT(ticketNumber VARCHAR, ticketSystem VARCHAR),
    scheduleInfo STRUCT(startDateTime VARCHAR,
        expiration STRUCT("type" VARCHAR, endDateTime VARCHAR, duration VARCHAR)))"""

_TICKETS_MARK = "tickets"


def build(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Bring `pim_request` up to the pending segments, and wholly anew where the ticket settings changed.

    Raises ConfigError for a ticket pattern the database cannot use.
    """
    _check_pattern(con, context.settings.tickets)
    run(con, "29_macros")
    first = context.segments[0][0] if context.segments else None
    if context.of(*EVENT_SOURCES):
        run(con, "21_step_event", tenant=context.tenant_id, first=first)
        if _count(con, "step_event"):
            run(con, "21_step", tenant=context.tenant_id)
    _take_schedules(con, context)
    if _settings_changed(con, context.settings.tickets):
        first = 0
    return NormaliseSummary(requests=0 if first is None else _recompute(con, context, first))


def _take_schedules(con: duckdb.DuckDBPyConnection, context: Context) -> None:
    for source, name in LISTS.items():
        for walks in batches(changed(con, context, source)):
            if load(con, context, walks, SHAPE):
                run(con, "21_schedule_request", tenant=context.tenant_id, list=name)


def _recompute(con: duckdb.DuckDBPyConnection, context: Context, first: int) -> int:
    """Make anew the requests touched since segment `first`, and those beside them whose ends they may change.

    Returns how many that were.
    """
    run(con, "22_touched", tenant=context.tenant_id, first=first)
    run(con, "23_beside", tenant=context.tenant_id, first=first)
    touched = _count(con, "touched")
    tickets = context.settings.tickets
    told = {"pattern": tickets.pattern, "in_justification": tickets.in_justification}
    for name in ("24_told", "25_asked", "26_ended", "27_pim_request") if touched else ():
        run(con, name, tenant=context.tenant_id, **told)
    return touched


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _check_pattern(con: duckdb.DuckDBPyConnection, tickets: Tickets) -> None:
    """RE2 knows no look-around and no back-references, which Python would take."""
    try:
        row = con.execute("SELECT regexp_matches('', ?)", [tickets.pattern]).fetchone()
    except duckdb.Error as error:
        raise ConfigError([f"[tickets] pattern {tickets.pattern!r}: {_reason(error)}"]) from error
    if row and row[0]:
        raise ConfigError([f"[tickets] pattern {tickets.pattern!r} matches an empty text"])


def _reason(error: duckdb.Error) -> str:
    return str(error).removeprefix("Invalid Input Error: ").splitlines()[0]


def _settings_changed(con: duckdb.DuckDBPyConnection, tickets: Tickets) -> bool:
    """Whether `ticket_state` follows other settings than when it was last made; notes the new ones."""
    said = json.dumps([tickets.pattern, tickets.in_justification])
    digest = hashlib.sha256(said.encode()).hexdigest()
    before = con.execute("SELECT value FROM meta WHERE name = ?", [_TICKETS_MARK]).fetchone()
    if before and before[0] == digest:
        return False
    con.execute("DELETE FROM meta WHERE name = ?", [_TICKETS_MARK])
    con.execute("INSERT INTO meta VALUES (?, ?)", [_TICKETS_MARK, digest])
    return True

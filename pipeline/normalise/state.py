"""Snapshots of state into histories: roles, principals, groups, assignments, policies, licences, access reviews,
Conditional Access, PIM alerts."""

from __future__ import annotations

import duckdb

from ..model import NormaliseSummary
from .context import Context
from .governance import GOVERNANCE
from .histories import SNAPSHOTS, Snapshot
from .intervals import apply
from .statements import execute, run, statements
from .walks import batches, changed, load


def build(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Bring every history up to the newest complete snapshot of its source. Raises IntegrityError."""
    run(con, "29_macros")
    taken = sum(_take(con, context, snapshot) for snapshot in SNAPSHOTS + GOVERNANCE)
    if context.of("groups", "group_resources", "group_writeback"):
        run(con, "35_entra_group", tenant=context.tenant_id)
    if context.of("role_policies", "group_policies") or _settings_changed(con, context):
        run(con, "52_policy_assumed", tenant=context.tenant_id)
    return NormaliseSummary(snapshots=taken)


def _settings_changed(con: duckdb.DuckDBPyConnection, context: Context) -> bool:
    """Whether an event just taken tells of a changed policy; it may be older than the policy's first snapshot."""
    first = context.segments[0][0] if context.segments else None
    return first is not None and bool(
        con.execute(
            """SELECT 1 FROM audit_event
            WHERE tenant_id = ? AND segment >= ? AND lower(trim(activity)) = 'update role setting in pim' LIMIT 1""",
            [context.tenant_id, first],
        ).fetchone()
    )


def _take(con: duckdb.DuckDBPyConnection, context: Context, snapshot: Snapshot) -> int:
    """Take the pending walks of one source and return how many said something new."""
    taken = 0
    for walks in batches(changed(con, context, snapshot.source)):
        count = load(con, context, walks, snapshot.shape)
        taken += count
        for history in snapshot.histories if count else ():
            (select,) = statements(history.select)
            execute(con, f"CREATE OR REPLACE TEMP TABLE seen AS {select}", **snapshot.parameters)
            apply(con, context.tenant_id, history)
    return taken

"""Silver made again from raw: everything derived is dropped, what cannot be derived stays."""

from __future__ import annotations

from datetime import datetime

import duckdb

from ..config import Settings, Tenant
from ..model import NormaliseSummary
from ..store import Store

KEPT = frozenset({"meta", "migration", "run", "rule_run", "finding", "alert", "outbox", "waiver"})
"""Tables that raw data cannot give back."""

MARKS = ("adopted", "events", "normalised", "tickets")
"""How far the derived tables reach, in table `meta`."""


def rebuild(store: Store, tenant: Tenant, settings: Settings, *, run_id: str, now: datetime) -> NormaliseSummary:
    """Make every derived row again. Killed on the way, the next normalising goes on where it stood.

    Raises IntegrityError, ContentError, ConfigError.
    """
    from . import normalise  # the package's own frame, whole only after this module

    with store.transaction() as con:
        for table in derived(con):
            con.execute(f'DELETE FROM "{table}"')
        con.execute("DELETE FROM meta WHERE list_contains(?, name)", [list(MARKS)])
    store.adopt()
    return normalise(store, tenant, settings, run_id=run_id, now=now)


def derived(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that raw data, content and configuration give, in order."""
    rows = con.execute(
        """SELECT table_name FROM duckdb_tables()
        WHERE database_name = current_database() AND NOT temporary AND NOT internal ORDER BY table_name"""
    ).fetchall()
    return [name for (name,) in rows if name not in KEPT]

"""The database made again: silver from raw data, what raw cannot give back from the journal."""

from __future__ import annotations

from datetime import datetime

import duckdb

from ..config import Settings, Tenant
from ..model import NormaliseSummary
from ..store import Store, journal

KEPT = frozenset({"meta", "migration", *journal.TABLES})
"""Tables that raw data cannot give back."""


def rebuild(store: Store, tenant: Tenant, settings: Settings, *, run_id: str, now: datetime) -> NormaliseSummary:
    """Make every row again in a new database; the old one goes when the new one is whole.

    Raises IntegrityError where raw data or the journal are damaged, ContentError, ConfigError: the old database is back
    once the store is closed, as it is at the next opening after a kill on the way.
    """
    from . import normalise  # the package's own frame, whole only after this module

    store.renew()
    done = normalise(store, tenant, settings, run_id=run_id, now=now)
    store.keep_renewed()
    return done


def derived(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that raw data, content and configuration give, in order."""
    rows = con.execute(
        """SELECT table_name FROM duckdb_tables()
        WHERE database_name = current_database() AND NOT temporary AND NOT internal ORDER BY table_name"""
    ).fetchall()
    return [name for (name,) in rows if name not in KEPT]

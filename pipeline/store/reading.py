"""Somebody else's SQL on a tenant's database: it can read the tables and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from ..errors import UsageError
from . import TenantFolder
from .database import connect
from .lock import hold


@contextmanager
def reading(folder: TenantFolder, wait_seconds: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tenant's database, read-only and without access to files or network, under the tenant's lock.

    Raises UsageError where there is none yet, BusyError, StorageError.
    """
    if not folder.database.exists():
        if folder.index.exists():
            raise UsageError(f"{folder.root.name}: the database is gone; `pimtrail rebuild` makes it again")
        raise UsageError(f"{folder.root.name}: nothing is collected yet; `pimtrail run` does")
    with hold(folder.lock, wait_seconds):
        con = connect(folder.database, read_only=True)
        try:
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
            yield con
        finally:
            con.close()


def select(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows. Raises UsageError with DuckDB's words where it refuses."""
    try:
        cursor = con.execute(sql, list(parameters))
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    except duckdb.Error as error:
        raise UsageError(str(error)) from error

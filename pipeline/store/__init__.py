"""Everything kept about one tenant: raw segments and their index, the database, the lock.

data/<tenant>/raw/index.ndjson, raw/<source>/…   what Graph answered, byte-exact: the truth
data/<tenant>/pimtrail.duckdb                    silver, findings, outbox, the record of runs
data/<tenant>/lock, status.json, alerts.jsonl, reports/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from .adopt import adopt
from .database import connect
from .ledger import Ledger
from .lock import hold


@dataclass(frozen=True)
class TenantFolder:
    """Where a tenant's files lie; `root` is `data/<tenant name>`."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def database(self) -> Path:
        return self.root / "pimtrail.duckdb"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def status(self) -> Path:
        return self.root / "status.json"

    @property
    def alerts(self) -> Path:
        return self.root / "alerts.jsonl"

    @property
    def reports(self) -> Path:
        return self.root / "reports"


class Store:
    """A tenant's store, open for one run. `con` is the DuckDB connection (None only inside `released`)."""

    def __init__(self, folder: TenantFolder, tenant_id: str) -> None:
        self.folder, self.tenant_id = folder, tenant_id
        self.ledger = Ledger(folder.raw / "index.ndjson")
        self._connection: duckdb.DuckDBPyConnection | None = connect(folder.database)

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The open connection. Raises RuntimeError while another process reads the database."""
        if self._connection is None:
            raise RuntimeError("the database is released to a reader")
        return self._connection

    def adopt(self) -> int:
        """Take the raw index's new entries into the database; returns how many."""
        return adopt(self.con, self.ledger, self.tenant_id)

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The result of a query as dicts, in its order."""
        cursor = self.con.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All of the block's changes or none of them."""
        self.con.execute("BEGIN")
        try:
            yield self.con
        except BaseException:
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")

    @contextmanager
    def released(self) -> Iterator[Path]:
        """Checkpoint and close, so that another process may read the file; the tenant's lock stays held."""
        self.close()
        try:
            yield self.folder.database
        finally:
            self._connection = connect(self.folder.database)

    def close(self) -> None:
        """Checkpoint and close the connection."""
        if self._connection is not None:
            self._connection.execute("CHECKPOINT pimtrail")
            self._connection.close()
            self._connection = None


@contextmanager
def open_store(folder: TenantFolder, tenant_id: str, wait_seconds: float = 30.0) -> Iterator[Store]:
    """Hold the tenant's lock and open its store, brought in line with the raw index.

    Raises BusyError, StorageError, IntegrityError.
    """
    with hold(folder.lock, wait_seconds):
        store = Store(folder, tenant_id)
        try:
            store.adopt()
            yield store
        finally:
            store.close()

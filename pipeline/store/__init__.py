"""Everything kept about one tenant: raw segments and their index, the database, the lock.

data/<tenant>/raw/index.ndjson, raw/<source>/…   what Graph answered, byte-exact: the truth
data/<tenant>/journal/journal.ndjson             what cannot be derived from it: findings, alerts, deliveries, runs
data/<tenant>/pimtrail.duckdb                    tables made from these two
data/<tenant>/lock, status.json, alerts.jsonl, reports/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from .adopt import INDEX, JOURNAL, adopt, chain_mark, set_chain_mark
from .database import aside, connect, drop, put_aside, put_back, relations
from .journal import Changes, open_journal
from .ledger import Ledger
from .lock import hold
from .replaying import replay


@dataclass(frozen=True)
class TenantFolder:
    """Where a tenant's files lie; `root` is `data/<tenant name>`."""

    root: Path

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def index(self) -> Path:
        return self.raw / "index.ndjson"

    @property
    def journal(self) -> Path:
        return self.root / "journal" / "journal.ndjson"

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

    def __init__(self, folder: TenantFolder, tenant_id: str, *, anew: bool = False) -> None:
        self.folder, self.tenant_id, self._renewed = folder, tenant_id, anew
        self._connection: duckdb.DuckDBPyConnection | None = connect(folder.database)
        try:
            self.ledger = Ledger(folder.index, chain_mark(self.con, INDEX))
            self.journal = open_journal(folder.journal)
            self.journal.open(chain_mark(self.con, JOURNAL))
            self.catch_up()
        except BaseException:
            self.con.close()
            raise

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The open connection. Raises RuntimeError while another process reads the database."""
        if self._connection is None:
            raise RuntimeError("the database is released to a reader")
        return self._connection

    def adopt(self) -> int:
        """Take the raw index's new entries into the database; returns how many."""
        return adopt(self.con, self.ledger, self.tenant_id)

    @property
    def chain_head(self) -> str:
        """`<head of the raw index>:<head of the journal>`: noted elsewhere, it vouches for all that came before."""
        return f"{self.ledger.head}:{self.journal.end.head}"

    def catch_up(self) -> None:
        """Bring the database in line with the raw index and the journal. Raises IntegrityError."""
        self.adopt()
        replay(self.con, self.journal)

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The result of a query as dicts, in its order."""
        cursor = self.con.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def relations(self) -> frozenset[str]:
        """The names of all tables and views."""
        return relations(self.con)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All of the block's changes to derived tables or none of them."""
        self.con.execute("BEGIN")
        try:
            yield self.con
        except BaseException:
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")

    @contextmanager
    def journalled(self) -> Iterator[Changes]:
        """All of the block's changes or none of them; they are in the journal before the database has them."""
        replay(self.con, self.journal)
        with self.transaction() as con:
            changes = Changes(con)
            yield changes
            if changes.made:
                set_chain_mark(con, JOURNAL, self.journal.append(changes.made))

    @contextmanager
    def released(self) -> Iterator[Path]:
        """Checkpoint and close, so that another process may read the file; the tenant's lock stays held."""
        self.close()
        try:
            yield self.folder.database
        finally:
            self._connection = connect(self.folder.database)

    def renew(self) -> None:
        """Go on in a new database, made from raw index and journal; until `keep_renewed` the old one is put aside."""
        if not self._renewed:
            self.close()
            put_aside(self.folder.database)
            self._connection, self._renewed = connect(self.folder.database), True
            self.catch_up()

    def keep_renewed(self) -> None:
        """The new database is whole: drop the old one."""
        self._renewed = False
        drop(aside(self.folder.database))

    def close(self) -> None:
        """Checkpoint and close the connection."""
        if self._connection is not None:
            self._connection.execute("CHECKPOINT pimtrail")
            self._connection.close()
            self._connection = None


@contextmanager
def open_store(
    folder: TenantFolder, tenant_id: str, wait_seconds: float = 30.0, *, anew: bool = False
) -> Iterator[Store]:
    """Hold the tenant's lock and open its store, brought in line with raw index and journal.

    `anew` begins a new database, as `Store.renew` does, without opening one that may be damaged. Raises BusyError,
    StorageError, IntegrityError.
    """
    with hold(folder.lock, wait_seconds), _old_or_new(folder.database, anew):
        store = Store(folder, tenant_id, anew=anew)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def _old_or_new(database: Path, anew: bool) -> Iterator[None]:
    """A new database that was not finished, now or by a run that was killed, gives way to the old one."""
    put_back(database)
    if anew:
        put_aside(database)
    try:
        yield
    finally:
        put_back(database)

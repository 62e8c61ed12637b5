"""A tenant's database beside one made from raw index and journal: which tables hold other rows. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from . import Store, TenantFolder
from .chain import GENESIS, Mark
from .database import connect


@contextmanager
def remade(folder: TenantFolder, tenant_id: str) -> Iterator[Store]:
    """A store elsewhere, gone with the block, that index and journal alone have made. Both must be whole."""
    with TemporaryDirectory(prefix="pimtrail-verify-") as place:
        mirror = TenantFolder(Path(place) / folder.root.name)
        mirror.root.mkdir()
        for name in ("raw", "journal"):
            (mirror.root / name).symlink_to((folder.root / name).absolute())
        store = Store(mirror, tenant_id)
        try:
            yield store
        finally:
            store.close()


class Kept:
    """The database under examination, opened for reading. Raises StorageError where it cannot be opened."""

    def __init__(self, folder: TenantFolder, beside: Path) -> None:
        self.con = connect(folder.database, read_only=True)
        self.con.execute(f"ATTACH '{str(beside).replace(chr(39), chr(39) * 2)}' AS remade (READ_ONLY)")

    def tables(self) -> list[str]:
        """Its tables, in order."""
        rows = self.con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'pimtrail' AND NOT internal ORDER BY ALL"
        )
        return [name for (name,) in rows.fetchall()]

    def marks(self, database: str = "pimtrail") -> dict[str, str]:
        """Its progress marks by name, or those of `remade`."""
        return dict(self.con.execute(f"SELECT name, value FROM {database}.meta").fetchall())

    def mark(self, name: str) -> Mark:
        """How far it followed the index or the journal."""
        seq, offset, head = self.marks().get(name, f"0 0 {GENESIS}").split()
        return Mark(int(seq), int(offset), head)

    def made_by(self) -> str | None:
        """Version of the last run."""
        row = self.con.execute("SELECT version FROM run ORDER BY started_at DESC, run_id DESC LIMIT 1").fetchone()
        return str(row[0]) if row else None

    def faults(self, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(table, what is wrong) for those that cannot be read to the last byte or hold other rows."""
        for table in tables:
            try:
                lost, added = self._count("remade", "pimtrail", table), self._count("pimtrail", "remade", table)
            except duckdb.Error as error:
                yield table, str(error).splitlines()[0]
                continue
            if lost or added:
                yield table, f"{lost} rows of it are lost or changed, {added} are not what raw data and journal say"

    def unreadable(self, tables: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(table, what is wrong) for those that cannot be read to the last byte."""
        for table in tables:
            try:
                self.con.execute(f'SELECT count(*), bit_xor(hash(t)) FROM "{table}" t').fetchall()
            except duckdb.Error as error:
                yield table, str(error).splitlines()[0]

    def _count(self, left: str, right: str, table: str) -> int:
        row = self.con.execute(
            f'SELECT count(*) FROM (SELECT * FROM {left}."{table}" EXCEPT ALL SELECT * FROM {right}."{table}")'
        ).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of both databases."""
        self.con.close()

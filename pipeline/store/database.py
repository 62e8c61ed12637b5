"""One DuckDB file a tenant: opening it, and the numbered migrations that give it its shape."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ..errors import StorageError
from .files import sync_folder

STORAGE_VERSION = "v1.5.0"
"""File format that analysts' tools of the 1.5 line still open."""

_SCHEMA = Path(__file__).parent / "schema"


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the database at `path` with sessions in UTC; a writable one is created and brought to the newest schema.

    Raises StorageError where the file is damaged, from a newer pimtrail, or cannot be written.
    """
    try:
        if not read_only and not path.exists():
            _create(path)
        connection = _attach(path, read_only)
        if not read_only:
            _migrate(connection, path)
    except duckdb.Error as error:
        raise StorageError(f"{path}: {error}") from error
    return connection


def _attach(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without a place of its own an in-memory connection spills into the folder the process happens to stand in.
    spill = f"{os.fspath(path)}.tmp"
    connection = duckdb.connect(":memory:", config={"checkpoint_threshold": "256MB", "temp_directory": spill})
    options = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}'"
    connection.execute(f"ATTACH {_quoted(path)} AS pimtrail ({options})")
    connection.execute("USE pimtrail")
    connection.execute("SET TimeZone = 'UTC'")
    if not read_only:
        path.chmod(0o600)
    return connection


def _create(path: Path) -> None:
    """Make an empty database elsewhere and move it here: half of one, left by a kill or a full disk, opens no more."""
    new = path.with_name(f".{path.name}.new")
    drop(new)
    connection = _attach(new, read_only=False)
    try:
        _migrate(connection, new)
    finally:
        connection.close()
    drop(path)
    _move(new, path)
    sync_folder(path.parent)


def put_aside(path: Path) -> None:
    """Give way to a new database: the one at `path`, if any, is the old one from now on."""
    drop(aside(path))
    _move(path, aside(path))


def put_back(path: Path) -> None:
    """Put the old database, if there is one, in the place of the new."""
    if aside(path).exists():
        drop(path)
        _move(aside(path), path)


def aside(path: Path) -> Path:
    """Where the old database lies while a new one is made."""
    return path.with_name(f"{path.name}.old")


def drop(path: Path) -> None:
    """Remove a database and what belongs to it."""
    for each in (path, _log(path)):
        each.unlink(missing_ok=True)


def _move(path: Path, to: Path) -> None:
    # The log first: a database without it is merely behind, a log without its database belongs to nothing.
    for source, target in ((_log(path), _log(to)), (path, to)):
        if source.exists():
            source.replace(target)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def relations(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of the database's tables and views; temporary ones are not its."""
    rows = connection.execute(
        """
        SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()
        UNION ALL SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
        """
    ).fetchall()
    return frozenset(name for (name,) in rows)


def _quoted(path: Path) -> str:
    text = os.fspath(path).replace("'", "''")
    return f"'{text}'"


def migrations() -> Iterator[tuple[int, str]]:
    """(number, SQL) of every migration, in order."""
    for file in sorted(_SCHEMA.glob("[0-9][0-9][0-9][0-9]_*.sql")):
        yield int(file.name[:4]), file.read_text(encoding="utf-8")


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL)")
    row = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
    done = int(row[0]) if row else 0
    known = list(migrations())
    if done > known[-1][0]:
        raise StorageError(f"{path}: written by a newer pimtrail (schema {done}, this one knows {known[-1][0]})")
    pending = [(number, sql) for number, sql in known if number > done]
    if pending:  # all or none, and waiting for the disk once
        connection.execute("BEGIN")
        for number, sql in pending:
            connection.execute(sql)
            connection.execute("INSERT INTO migration VALUES (?)", [number])
        connection.execute("COMMIT")

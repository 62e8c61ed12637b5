"""The database file: its shape, its format, and what happens to a wrong one."""

from pathlib import Path

import duckdb
import pytest

from pipeline.errors import StorageError
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.database import connect, migrations


def test_a_new_database_has_every_migration(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.duckdb")
    applied = [row[0] for row in connection.execute("SELECT number FROM migration ORDER BY number").fetchall()]
    assert applied == [number for number, _ in migrations()]
    connection.close()
    again = connect(tmp_path / "a.duckdb")
    assert again.execute("SELECT count(*) FROM migration").fetchone() == (len(applied),)


def test_every_silver_row_knows_its_tenant(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.duckdb")
    without = connection.execute(
        """SELECT table_name FROM duckdb_tables() WHERE database_name = 'pimtrail'
           AND table_name NOT IN ('meta', 'migration') AND table_name NOT IN (
               SELECT table_name FROM duckdb_columns() WHERE column_name = 'tenant_id')"""
    ).fetchall()
    assert without == []


def test_sessions_run_in_utc_whatever_the_machine_says(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.duckdb")
    assert connection.execute("SELECT TIMESTAMPTZ '2026-10-01T12:00:00+02'::VARCHAR").fetchone() == (
        "2026-10-01 10:00:00+00",
    )


def test_what_does_not_fit_in_memory_stays_beside_the_database(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.duckdb")
    assert connection.execute("SELECT current_setting('temp_directory')").fetchone() == (f"{tmp_path}/a.duckdb.tmp",)


def test_a_file_from_a_newer_pimtrail_is_refused(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.duckdb")
    connection.execute("INSERT INTO migration VALUES (9999)")
    connection.close()
    with pytest.raises(StorageError, match=r"a\.duckdb: written by a newer pimtrail"):
        connect(tmp_path / "a.duckdb")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StorageError, match=r"a\.duckdb"):
        connect(tmp_path / "a.duckdb")


def test_the_file_is_for_its_owner_alone_and_of_the_old_format(tmp_path: Path) -> None:
    connect(tmp_path / "a.duckdb").close()
    assert (tmp_path / "a.duckdb").stat().st_mode & 0o077 == 0
    plain = duckdb.connect(str(tmp_path / "a.duckdb"), read_only=True)
    versions = plain.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'a'").fetchone()
    assert versions is not None and "v1.5" in str(versions[0])


def test_a_released_database_can_be_read_by_another_and_is_open_again_afterwards(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "contoso"), "t") as store:
        store.con.execute("INSERT INTO meta VALUES ('seen', '7')")
        with store.released() as path:
            other = duckdb.connect(str(path), read_only=True)
            assert other.execute("SELECT value FROM meta WHERE name = 'seen'").fetchone() == ("7",)
            other.close()
            with pytest.raises(RuntimeError):
                _ = store.con
        assert store.rows("SELECT value FROM meta WHERE name = 'seen'") == [{"value": "7"}]


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "contoso"), "t") as store:
        with pytest.raises(ZeroDivisionError):
            _write_and_fail(store)
        assert store.rows("SELECT * FROM meta WHERE name = 'half'") == []


def _write_and_fail(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute("INSERT INTO meta VALUES ('half', '1')")
        raise ZeroDivisionError

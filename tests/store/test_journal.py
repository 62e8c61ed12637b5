"""The journal: every change is in it before the database has it, and makes the same rows again."""

import json
import os
import resource
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import IntegrityError, StorageError
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.database import connect
from pipeline.store.journal import TABLES, Change, Changes
from pipeline.store.replaying import Replaying

TENANT = "00000000-0000-0000-0000-00000000000a"
AT = datetime(2026, 11, 2, 8, 0, 0, 123456, tzinfo=UTC)


def row(identity: str, **columns: object) -> dict[str, object]:
    """An alert's row in the outbox."""
    told = {"tenant_id": TENANT, "sink": "jsonl", "alert_id": identity, "revision": 1, "state": "pending"}
    return told | {"enqueued_at": AT, "attempts": 0, "sent_at": None, "error": None, "tried_at": None} | columns


def held(store: Store) -> list[dict[str, Any]]:
    return store.rows("SELECT * FROM outbox ORDER BY ALL")


@pytest.fixture
def folder(tmp_path: Path) -> TenantFolder:
    return TenantFolder(tmp_path / "contoso")


@pytest.fixture
def store(folder: TenantFolder) -> Iterator[Store]:
    with open_store(folder, TENANT) as opened:
        yield opened


def test_a_transaction_is_one_line_however_many_rows_it_has(folder: TenantFolder, store: Store) -> None:
    with store.journalled() as changes:
        changes.insert("outbox", [row(str(number)) for number in range(1000)])
        changes.update("outbox", ("alert_id",), [{"alert_id": "7", "state": "sent"}])
    (line,) = folder.journal.read_bytes().splitlines()
    assert [change["op"] for change in json.loads(line)["entry"]] == ["insert", "update"]
    assert len(line) < 1000 * 40, "what all rows have in common stands there once"


def test_nothing_changed_is_no_line(folder: TenantFolder, store: Store) -> None:
    with store.journalled() as changes:
        changes.insert("outbox", [])
    assert not folder.journal.exists()


def test_a_transaction_that_fails_is_neither_in_the_journal_nor_in_the_database(
    folder: TenantFolder, store: Store
) -> None:
    with pytest.raises(ZeroDivisionError), store.journalled() as changes:
        changes.insert("outbox", [row("a")])
        raise ZeroDivisionError
    assert not folder.journal.exists() and held(store) == []


def test_what_was_journalled_but_not_committed_is_there_at_the_next_opening(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        made = Changes(connect(folder.root / "another.duckdb"))
        made.insert("outbox", [row("a")])
        store.journal.append(made.made)
        assert held(store) == []
    with open_store(folder, TENANT) as store:
        assert held(store) == [row("a")]
        assert store.journal.end.seq == 1


def test_a_commit_the_database_refused_is_made_up_for_by_the_next_transaction(store: Store) -> None:
    made = Changes(connect(store.folder.root / "another.duckdb"))
    made.insert("outbox", [row("a")])
    store.journal.append(made.made)
    with store.journalled() as changes:
        changes.update("outbox", ("alert_id",), [{"alert_id": "a", "state": "sent"}])
    assert held(store) == [row("a", state="sent")]


def test_a_lost_database_comes_back_by_opening(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        with store.journalled() as changes:
            changes.insert("outbox", [row("a"), row("b", error='“x”\x00\n{"'), row("c", error="x" * 70000)])
        with store.journalled() as changes:
            changes.update("outbox", ("alert_id",), [{"alert_id": "a", "sent_at": AT, "state": "sent"}])
            changes.delete("outbox", [{"alert_id": "c"}])
        before = held(store)
    assert len(before) == 2
    folder.database.unlink()
    with open_store(folder, TENANT) as store:
        assert held(store) == before


def test_a_line_for_a_table_of_another_kind_is_refused(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        store.journal.append([Change("delete", "segment; DROP TABLE run", ["seq"], [[1]], match=["seq"])])
    with pytest.raises(IntegrityError, match="no table of the journal"), open_store(folder, TENANT):
        pass


def test_a_journal_that_lost_what_the_database_has_is_refused(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        for name in "ab":
            with store.journalled() as changes:
                changes.insert("outbox", [row(name)])
    whole = folder.journal.read_bytes()
    for damaged in (whole[:-1], whole[: whole.index(b"\n") + 1], whole.replace(b'"b"', b'"c"'), b""):
        folder.journal.write_bytes(damaged)
        with pytest.raises(IntegrityError, match="journal"), open_store(folder, TENANT):
            pass
        assert folder.journal.read_bytes() == damaged, "what is broken is not touched"
    folder.journal.unlink()
    with pytest.raises(IntegrityError, match="is missing"), open_store(folder, TENANT):
        pass


def test_opening_reads_no_further_back_than_the_database_is(folder: TenantFolder) -> None:
    """Years of history cost nothing at each run: an early line nobody needs is not even looked at."""
    with open_store(folder, TENANT) as store:
        for name in "abc":
            with store.journalled() as changes:
                changes.insert("outbox", [row(name)])
    whole = folder.journal.read_bytes()
    folder.journal.write_bytes(whole.replace(b'"a"', b'"x"'))
    with open_store(folder, TENANT) as store:
        assert len(held(store)) == 3


def test_rows_of_one_change_name_the_same_columns(store: Store) -> None:
    with pytest.raises(ValueError, match="same columns"), store.journalled() as changes:
        changes.insert("waiver", [{"waiver_id": "a", "reason": "x"}, {"waiver_id": "b"}])


def test_a_disk_that_is_full_keeps_the_line_out_and_the_next_one_whole(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        with store.journalled() as changes:
            changes.insert("outbox", [row("a")])
        size, limits = folder.journal.stat().st_size, resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, limits[1]))
        try:
            with pytest.raises(StorageError, match="journal"), store.journalled() as changes:
                changes.insert("outbox", [row("b")])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert folder.journal.stat().st_size == size
        with store.journalled() as changes:
            changes.insert("outbox", [row("c")])
        assert [each["alert_id"] for each in held(store)] == ["a", "c"]


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENT = st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
ROW = st.fixed_dictionaries(
    {
        "finding_id": st.sampled_from("abcd"),
        "surface": TEXT,
        "resolved_at": MOMENT,
        "confidence": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "revision": st.integers(-(2**31), 2**31 - 1),
        "onboarding": st.booleans(),
    }
)
STEP = st.tuples(st.sampled_from(["insert", "update", "delete"]), st.lists(ROW, min_size=1, max_size=4))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=8))
def test_lines_make_the_same_rows_again(two: tuple[Any, Any], steps: list[tuple[str, list[Mapping[str, Any]]]]) -> None:
    one, other = two
    for con in two:
        con.execute("DELETE FROM finding")
    changes = Changes(one)
    for op, rows in steps:
        if op == "insert":
            changes.insert("finding", rows)
        elif op == "update":
            once = list({each["finding_id"]: each for each in rows}.values())
            named = ("surface", "finding_id") if len(rows) % 2 else ("finding_id",)
            changes.update("finding", named, once)
        else:
            changes.delete("finding", [{"finding_id": each["finding_id"], "surface": each["surface"]} for each in rows])
    text = msgspec.json.encode(changes.made)
    again = Replaying(other)
    for change in msgspec.json.decode(text, type=list[Change]):
        again.take([change])
    again.flush()
    rows_of = [con.execute("SELECT * FROM finding ORDER BY ALL").fetchall() for con in two]
    assert rows_of[0] == rows_of[1]


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]]:
    """Two databases with a table `finding` whose columns all take null."""
    made = []
    for _ in range(2):
        con = duckdb.connect(":memory:")
        con.execute("SET TimeZone = 'UTC'")
        con.execute(
            "CREATE TABLE finding (finding_id VARCHAR, surface VARCHAR, resolved_at TIMESTAMPTZ, confidence DOUBLE,"
            " revision INTEGER, onboarding BOOLEAN)"
        )
        made.append(con)
    yield made[0], made[1]
    for con in made:
        con.close()


def test_no_statement_changes_a_journalled_table_but_a_change() -> None:
    """Whoever writes to these tables by hand loses it with the database."""
    package = Path(__file__).parents[2] / "pipeline"
    writing = [f"{verb} {table}" for verb in ("INSERT INTO", "UPDATE", "DELETE FROM") for table in TABLES]
    found = [
        f"{path.relative_to(package)}: {words}"
        for path in [*package.rglob("*.py"), *package.rglob("*.sql")]
        for words in writing
        if f"{words} " in path.read_text(encoding="utf-8") or f"{words}{os.linesep}" in path.read_text(encoding="utf-8")
    ]
    assert found == []

"""Any change of raw data, journal or database is found, and looking changes nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline.config import Settings, Tenant
from pipeline.errors import IntegrityError
from pipeline.normalise import normalise, rebuild
from pipeline.store import TenantFolder, open_store
from pipeline.store.database import connect
from pipeline.store.verify import read_record
from pipeline.verifying import Verdict, verify
from tests.normalise.landing import NOW, TENANT, Landing
from tests.normalise.telling import activation
from tests.store.keeping import alert, copied, evidence, keep, tree

CONTOSO = Tenant(name="contoso", tenant_id=TENANT)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> TenantFolder:
    return keep(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def folder(kept: TenantFolder, tmp_path: Path) -> TenantFolder:
    return copied(kept, tmp_path / "data")


def verdict(folder: TenantFolder, *heads: str) -> Verdict:
    return verify(Settings(data_dir=folder.root.parent), CONTOSO, heads, now=NOW)


def told(folder: TenantFolder) -> list[str]:
    found = verdict(folder)
    assert found.exit_code == (7 if found.faults else 0)
    return [str(fault) for fault in found.faults]


def test_what_is_as_it_was_kept_is_said_in_figures(folder: TenantFolder) -> None:
    before, found = tree(folder), verdict(folder)
    assert (found.faults, found.notes, found.exit_code) == ((), (), 0)
    assert (found.entries, found.lines, found.segments, found.answers) == (12, 8, 6, 10)
    assert found.tables >= 25
    assert tree(folder) == before


def test_a_read_only_copy_can_be_examined(folder: TenantFolder) -> None:
    for path in [*folder.root.rglob("*"), folder.root]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert told(folder) == []
    finally:
        for path in [folder.root, *folder.root.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_without_a_database_raw_data_and_journal_are_examined(folder: TenantFolder) -> None:
    folder.database.unlink()
    before, found = tree(folder), verdict(folder)
    assert found.faults == () and "no database" in found.notes[0]
    assert tree(folder) == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_raw_data_or_journal_is_found(
    kept: TenantFolder, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(kept, tmp_path_factory.mktemp("flip"))
    path = folder.root / data.draw(st.sampled_from(evidence(folder)))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert read_record(folder).faults
    shutil.rmtree(folder.root.parent)


def lines_damaged(lines: list[bytes], damage: str, one: int, other: int) -> list[bytes]:
    match damage:
        case "deleted":
            return lines[:one] + lines[one + 1 :]
        case "doubled":
            return [*lines[: one + 1], lines[one], *lines[one + 1 :]]
        case "swapped":
            lines[one], lines[other] = lines[other], lines[one]
            return lines
        case "cut":
            return lines[:one]
    return [*lines[:one], lines[other].replace(b'"seq":', b'"seq":1'), *lines[one:]]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_line_deleted_doubled_swapped_cut_or_inserted_is_found(
    kept: TenantFolder, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(kept, tmp_path_factory.mktemp("lines"))
    path = data.draw(st.sampled_from([folder.index, folder.journal]))
    lines = path.read_bytes().splitlines(keepends=True)
    one, other = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=2, max_size=2, unique=True))
    damage = data.draw(st.sampled_from(["deleted", "doubled", "swapped", "cut", "inserted"]))
    path.write_bytes(b"".join(lines_damaged(lines, damage, one, other)))
    faults = read_record(folder).faults
    assert faults
    if damage in {"doubled", "swapped", "inserted"}:
        first = {"doubled": one + 1, "swapped": min(one, other), "inserted": one}[damage]
        at = sum(map(len, path.read_bytes().splitlines(keepends=True)[:first]))
        name = str(path.relative_to(folder.root))
        assert (name, first + 1, at) in {(fault.file, fault.line, fault.byte) for fault in faults}
    shutil.rmtree(folder.root.parent)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_file_deleted_emptied_cut_swapped_or_inserted_is_found(
    kept: TenantFolder, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(kept, tmp_path_factory.mktemp("files"))
    names = evidence(folder)
    one, other = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True))
    path, content = folder.root / one, (folder.root / one).read_bytes()
    match data.draw(st.sampled_from(["deleted", "emptied", "cut", "longer", "swapped", "replaced", "inserted"])):
        case "deleted":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        case "longer":
            path.write_bytes(content + b"\0")
        case "swapped":
            assume((folder.root / other).read_bytes() != content)
            path.write_bytes((folder.root / other).read_bytes())
            (folder.root / other).write_bytes(content)
        case "replaced":
            assume((folder.root / other).read_bytes() != content)
            path.write_bytes((folder.root / other).read_bytes())
        case "inserted":
            shutil.copy(path, folder.raw / "users" / data.draw(st.sampled_from(["x", "00000099.ndjson.zst", "y.tmp"])))
    assert read_record(folder).faults
    shutil.rmtree(folder.root.parent)


def test_a_fault_names_file_line_and_byte(folder: TenantFolder) -> None:
    lines = folder.index.read_bytes().splitlines(keepends=True)
    folder.index.write_bytes(b"".join([*lines[:4], lines[4].replace(b"malformed", b"MALFORMED"), *lines[5:]]))
    place = f"raw/index.ndjson: line 6 (byte {sum(map(len, lines[:5]))}) does not follow from the line before it"
    assert place in told(folder)
    (segment,) = (folder.raw / "users").rglob("00000003.ndjson.zst")
    shutil.copy(next((folder.raw / "directory_audits").rglob("*.zst")), segment)
    found = told(folder)
    assert (
        f"{segment.relative_to(folder.root)}: does not match the hash it was kept under (line 3 of the index)" in found
    )


CHANGED = {
    "outbox": "UPDATE outbox SET state = 'pending' WHERE alert_id = 'run-2'",
    "alert": "DELETE FROM alert WHERE alert_id = 'run-1'",
    "run": "INSERT INTO run SELECT * FROM run LIMIT 1",
    "gap": "DELETE FROM gap",
    "segment": "UPDATE segment SET items = items + 1 WHERE seq = 1",
    "audit_event": "UPDATE audit_event SET actor_ip = '192.0.2.99' WHERE segment > 1",
    "pim_request": "UPDATE pim_request SET justification = 'CHG-1' WHERE request_id = 'r1'",
    "principal_history": "DELETE FROM principal_history",
}


def test_rows_lost_changed_or_added_in_the_database_are_found_and_rebuild_heals(folder: TenantFolder) -> None:
    con = connect(folder.database)
    for statement in CHANGED.values():
        con.execute(statement)
    con.close()
    assert {fault.split(":")[1] for fault in told(folder)} == {f" table {name}" for name in CHANGED}
    with open_store(folder, TENANT, anew=True) as store:
        rebuild(store, CONTOSO, Settings(), run_id="run-3", now=NOW)
    assert told(folder) == []


def test_a_log_of_the_database_that_is_lost_is_found_and_the_next_opening_heals(
    folder: TenantFolder, tmp_path: Path
) -> None:
    """What DuckDB itself says nothing about: its file without the log beside it, or a damaged log."""
    with open_store(folder, TENANT) as store:
        with store.journalled() as changes:
            changes.insert("alert", [alert("lost")])
        crashed = copied(folder, tmp_path / "crashed")
    log = crashed.root / "pimtrail.duckdb.wal"
    assert told(crashed) == [] and log.exists()
    whole = log.read_bytes()
    for damaged in (whole[: len(whole) // 2], b""):
        log.write_bytes(damaged)
        assert told(crashed) == ["pimtrail.duckdb: has the journal up to line 8 of 9; the next run brings the rest"]
    with open_store(crashed, TENANT) as store:
        assert store.rows("SELECT count(*) AS n FROM alert WHERE alert_id = 'lost'") == [{"n": 1}]
    assert told(crashed) == []


def test_an_older_copy_of_the_database_is_found_and_the_next_opening_heals(folder: TenantFolder) -> None:
    old = folder.database.read_bytes()
    with open_store(folder, TENANT) as store, store.journalled() as changes:
        changes.insert("alert", [alert("new")])
    folder.database.write_bytes(old)
    assert told(folder) == ["pimtrail.duckdb: has the journal up to line 8 of 9; the next run brings the rest"]
    with open_store(folder, TENANT):
        pass
    assert told(folder) == []


def test_another_tenants_database_is_found(folder: TenantFolder, tmp_path: Path) -> None:
    other = copied(folder, tmp_path / "other")
    with open_store(other, TENANT) as store, store.journalled() as changes:
        changes.insert("alert", [alert("elsewhere")])
    shutil.copy(other.database, folder.database)
    assert told(folder) == [
        "pimtrail.duckdb: follows a journal that is not this one; `pimtrail rebuild` makes it again"
    ]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_of_the_database_is_found_or_touches_no_row(
    kept: TenantFolder, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = copied(kept, tmp_path_factory.mktemp("bits"))
    content = bytearray(folder.database.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    folder.database.write_bytes(content)
    if not verdict(folder).faults:
        assert rows(folder) == rows(kept)
    shutil.rmtree(folder.root.parent)


def rows(folder: TenantFolder) -> dict[str, list[str]]:
    con = connect(folder.database, read_only=True)
    names = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL").fetchall()
    found = {name: sorted(map(str, con.execute(f'SELECT * FROM "{name}"').fetchall())) for (name,) in names}
    con.close()
    return found


def test_a_database_that_does_not_open_is_found_and_rebuild_heals(folder: TenantFolder) -> None:
    folder.database.write_bytes(b"no database" * 1000)
    assert "pimtrail.duckdb" in told(folder)[0]
    with open_store(folder, TENANT, anew=True) as store:
        rebuild(store, CONTOSO, Settings(), run_id="run-3", now=NOW)
    assert told(folder) == []
    assert not [path.name for path in folder.root.iterdir() if ".old" in path.name]


def test_a_rebuild_that_fails_leaves_the_old_database(folder: TenantFolder) -> None:
    """A damaged segment does not cost the rows the database still has."""
    before = rows(folder)
    next((folder.raw / "directory_audits").rglob("*.zst")).write_bytes(b"damaged")
    with pytest.raises(IntegrityError, match="segment"), open_store(folder, TENANT, anew=True) as store:
        rebuild(store, CONTOSO, Settings(), run_id="run-3", now=NOW)
    assert rows(folder) == before


def test_a_rebuild_that_was_killed_is_undone_at_the_next_opening(folder: TenantFolder) -> None:
    before = rows(folder)
    folder.database.rename(folder.root / "pimtrail.duckdb.old")
    folder.database.write_bytes(b"half a database")
    with open_store(folder, TENANT):
        pass
    assert rows(folder) == before


@pytest.mark.parametrize("choose", [lambda a, b: a, lambda a, b: b, lambda a, b: f"{a}:{b}"])
def test_a_head_noted_elsewhere_is_in_the_chain(folder: TenantFolder, choose: Callable[[str, str], str]) -> None:
    noted = json.loads(folder.status.read_bytes())["chain_head"].split(":")
    assert verdict(folder, choose(*noted)).faults == ()
    (fault,) = verdict(folder, choose("f" * 64, "e" * 64)).faults
    assert fault.file == "--head"


def test_what_is_collected_but_not_yet_normalised_is_no_fault(folder: TenantFolder) -> None:
    with open_store(folder, TENANT) as store:
        Landing(store).events(activation("r9", 9))
        store.adopt()
    found = verdict(folder)
    assert found.faults == () and "not in the tables yet" in found.notes[0]
    with open_store(folder, TENANT) as store:
        normalise(store, CONTOSO, Settings(), run_id="run-3", now=NOW)
    assert verdict(folder).notes == ()

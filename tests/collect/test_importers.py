"""Files into the raw record: what is kept, what is passed over, and what a second import adds."""

from __future__ import annotations

import gzip
import json
import os
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect import import_paths
from pipeline.errors import StorageError, UsageError
from pipeline.model import CollectSummary
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.ledger import Ledger, SegmentEntry
from pipeline.store.segments import bodies

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as opened:
        yield opened


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


def graph(number: int) -> bytes:
    return json.dumps({"id": f"g{number}", "activityDateTime": "2026-11-01T10:00:00Z"}).encode()


def monitor(number: int, category: str = "AuditLogs") -> bytes:
    properties = {"id": f"m{number}", "activityDateTime": "2026-11-01T10:00:00Z"}
    return json.dumps({"operationName": "x", "category": category, "properties": properties}).encode()


def table(number: int) -> bytes:
    return json.dumps({"TimeGenerated": "2026-11-01T10:00:00Z", "LoggedByService": "PIM", "Id": f"t{number}"}).encode()


def lines(*rows: bytes) -> bytes:
    return b"\n".join(rows) + b"\n"


def bring(store: Store, *paths: Path, assume_tenant: bool = False) -> CollectSummary:
    return import_paths(store, paths, run_id="r1", now=NOW, assume_tenant=assume_tenant)


def segments(store: Store) -> dict[int, SegmentEntry]:
    return {seq: entry for seq, entry in store.ledger.entries() if isinstance(entry, SegmentEntry)}


def pages(store: Store, source: str) -> list[bytes]:
    held = segments(store)
    return [body for e in held.values() if e.source == source for body in bodies(store.folder.raw, e, held)]


def quarantine(store: Store) -> list[tuple[str, str, int]]:
    found = store.rows("SELECT origin, reason, line FROM quarantine ORDER BY origin, line")
    return [(row["origin"], row["reason"], row["line"]) for row in found]


def test_a_file_comes_back_to_the_byte_in_pages_of_a_thousand(store: Store, exports: Path) -> None:
    data = b"\xef\xbb\xbf" + b"\r\n".join(graph(n) for n in range(2_500)) + b"\r\n\r\n"
    (exports / "a.jsonl").write_bytes(data)
    summary = bring(store, exports / "a.jsonl")
    assert (summary.pages, summary.items, summary.new_items, summary.quarantined) == (3, 2_500, 2_500, 0)
    assert b"".join(pages(store, "graph_import")) == data
    (entry,) = segments(store).values()
    assert (entry.kind, entry.run_id, entry.assume_tenant) == ("import", "r1", False)
    assert [(page.url, page.items) for page in entry.pages] == [
        ("file:a.jsonl#0", 1_000),
        ("file:a.jsonl#1", 1_000),
        ("file:a.jsonl#2", 500),
    ]
    assert {page.server_time for page in entry.pages} == {NOW}


def test_a_printed_page_comes_back_to_the_byte(store: Store, exports: Path) -> None:
    data = json.dumps({"@odata.context": "c", "value": [json.loads(graph(n)) for n in range(3)]}, indent=2).encode()
    (exports / "page.json").write_bytes(data)
    assert bring(store, exports).items == 3
    assert pages(store, "graph_import") == [data]


def test_shapes_may_be_mixed_and_every_row_goes_somewhere(store: Store, exports: Path) -> None:
    rows = [graph(1), monitor(1), b"{torn", table(1), b'{"x":1}', graph(2), b"[]", b"7"]
    (exports / "mixed.ndjson").write_bytes(lines(*rows))
    summary = bring(store, exports)
    assert (summary.items, summary.quarantined) == (4, 3)
    held = {entry.source: entry.items for entry in segments(store).values()}
    assert held == {"graph_import": 2, "monitor": 1, "log_analytics": 1}
    origin = "file:exports/mixed.ndjson"
    assert quarantine(store) == [(origin, "malformed", 3), (origin, "unknown_shape", 5), (origin, "unknown_shape", 8)]


def test_rejected_bytes_are_kept_and_can_be_checked(store: Store, exports: Path) -> None:
    (exports / "a.jsonl").write_bytes(lines(graph(1), b'{"id":"\xff"}', b"{torn"))
    bring(store, exports)
    row = store.rows("SELECT DISTINCT path, sha256, source FROM quarantine")[0]
    kept = (store.folder.raw / row["path"]).read_bytes()
    assert kept == b'\n{"id":"\xff"}\n{torn\n'
    assert row["source"] == "import"
    assert not list(store.folder.raw.rglob("*.tmp"))


@pytest.mark.parametrize("change", [lambda data: data, gzip.compress], ids=["as it was", "packed since"])
def test_content_that_is_in_is_passed_over_and_said_so(store: Store, exports: Path, change: object) -> None:
    assert callable(change)
    data = lines(graph(1), b"{torn", graph(2))
    (exports / "a.json").write_bytes(data)
    bring(store, exports)
    before = (store.ledger.seq, store.ledger.head)
    (exports / "a.json").rename(exports / "b.json")
    (exports / "b.json").write_bytes(change(data))
    again = bring(store, exports)
    assert (again.items, again.quarantined) == (0, 0)
    assert (again.files, again.files_before, again.skipped) == (0, 1, ())
    assert (store.ledger.seq, store.ledger.head) == before


def test_files_without_a_good_row_are_told_each_time_and_kept_once(store: Store, exports: Path) -> None:
    (exports / "a.jsonl").write_bytes(lines(b"{torn", b"{torn too"))
    (exports / "b.jsonl.gz").write_bytes(gzip.compress(lines(graph(1)))[:-9])
    (exports / "c.json").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(UsageError, match=r"nothing to import in .*a\.jsonl: malformed.*b\.jsonl\.gz: malformed"):
            bring(store, exports)
        assert store.rows("SELECT count(*) AS n FROM quarantine") == [{"n": 3}]
    (exports / "d.json").write_bytes(lines(graph(1)))
    summary = bring(store, exports)
    assert (summary.files, summary.quarantined) == (1, 0)
    assert [skipped.reason.split(": ")[1] for skipped in summary.skipped][:1] == ["holds no rows"]


def test_a_file_without_rows_is_no_failure(store: Store, exports: Path) -> None:
    (exports / "PT1H.json").write_bytes(b"\n")
    assert [skipped.reason for skipped in bring(store, exports).skipped] == ["exports/PT1H.json: holds no rows"]


def test_a_file_that_grew_adds_only_its_new_rows(store: Store, exports: Path) -> None:
    path = exports / "PT1H.json"
    path.write_bytes(lines(*(monitor(n) for n in range(5))))
    bring(store, path)
    path.write_bytes(lines(*(monitor(n) for n in range(8))))
    summary = bring(store, path)
    assert (summary.items, summary.new_items) == (8, 3)
    assert pages(store, "monitor")[1] == path.read_bytes()


def test_vouching_for_the_tenant_afterwards_brings_every_row_again(store: Store, exports: Path) -> None:
    (exports / "a.jsonl").write_bytes(lines(monitor(1), monitor(2)))
    bring(store, exports)
    summary = bring(store, exports, assume_tenant=True)
    assert (summary.items, summary.new_items) == (2, 2)
    assert store.rows("SELECT assume_tenant FROM segment ORDER BY seq") == [
        {"assume_tenant": False},
        {"assume_tenant": True},
    ]
    for assume_tenant in (False, True):
        assert bring(store, exports, assume_tenant=assume_tenant).items == 0


def test_killed_between_two_sources_of_a_file_the_next_import_completes_it(store: Store, exports: Path) -> None:
    (exports / "a.jsonl").write_bytes(lines(graph(1), b"{torn", monitor(1), graph(2)))
    index = store.ledger.path
    bring(store, exports)
    kept = index.read_bytes().splitlines(keepends=True)
    assert len(kept) == 3
    root = store.folder.root.parent
    for entries in (1, 2):
        folder = TenantFolder(root / f"killed-{entries}")
        folder.raw.mkdir(parents=True)
        for held in store.folder.raw.glob("*/"):
            (folder.raw / held.name).symlink_to(held)
        (folder.raw / "index.ndjson").write_bytes(b"".join(kept[:entries]))
        with open_store(folder, TENANT) as other:
            summary = bring(other, exports)
            assert summary.quarantined == 0
            assert other.rows(
                "SELECT source, sum(new_items)::INT AS n FROM segment GROUP BY source ORDER BY source"
            ) == [
                {"source": "graph_import", "n": 2},
                {"source": "monitor", "n": 1},
            ]
            assert bring(other, exports).items == 0


def test_a_folder_is_searched_and_what_is_no_export_is_named(store: Store, exports: Path) -> None:
    inner = exports / "y=2026" / "h=01"
    inner.mkdir(parents=True)
    (inner / "PT1H.json").write_bytes(lines(monitor(1)))
    (exports / "z.jsonl.zst").write_bytes(lines(graph(1)))
    (exports / "README.md").write_text("{}")
    (exports / ".hidden.json").write_bytes(lines(graph(2)))
    (exports / "audit.csv").write_text("Date (UTC),Activity")
    (exports / "loop").symlink_to(exports)
    (exports / "out.json").symlink_to(exports.parent / "contoso" / "lock")
    (exports / "in.json").symlink_to(inner / "PT1H.json")
    os.mkfifo(exports / "pipe.json")
    summary = bring(store, exports, inner / "PT1H.json")
    assert summary.items == 2
    assert [skipped.reason for skipped in summary.skipped] == [
        "exports/README.md: not a .json, .jsonl, .ndjson or .zip file",
        "exports/audit.csv: a CSV lacks the events' ids or details; export JSON instead",
        "exports/loop: a link to a folder",
        "exports/out.json: a link that leads out of the folder",
        "exports/pipe.json: not a regular file",
    ]
    urls = [row["url"] for row in store.rows("SELECT url FROM segment_page ORDER BY seq")]
    assert urls == ["file:exports/in.json#0", "file:exports/z.jsonl.zst#0"]


def test_a_name_with_hostile_signs_can_be_recorded(store: Store, exports: Path) -> None:
    name = os.fsdecode(b"a\xff\n\x1b[31m.json")
    (exports / name).write_bytes(lines(graph(1)))
    bring(store, exports)
    url = store.rows("SELECT url FROM segment_page")[0]["url"]
    assert url == "file:exports/a\\xff\\u000a\\u001b[31m.json#0"


def test_a_bomb_is_told_and_not_unpacked_further(store: Store, exports: Path) -> None:
    zeros = gzip.compress(b"\0" * (8 << 20)) * 40
    (exports / "bomb.json.gz").write_bytes(zeros)
    (exports / "good.json").write_bytes(lines(graph(1)))
    summary = bring(store, exports)
    assert (summary.items, summary.quarantined) == (1, 1)
    assert quarantine(store) == [("file:exports/bomb.json.gz", "too_large", 1)]


def test_a_broken_document_and_a_file_full_of_rubbish_are_one_entry_each(store: Store, exports: Path) -> None:
    (exports / "broken.json").write_bytes(json.dumps({"value": [json.loads(graph(1))]}, indent=1).encode()[:-3])
    (exports / "good.json").write_bytes(lines(graph(1)))
    (exports / "rubbish.json").write_bytes(b"rubbish\n" * 5_000)
    (exports / "unknown.json").write_bytes(lines(*(b'{"x":%d}' % n for n in range(1_500))))
    summary = bring(store, exports)
    assert (summary.items, summary.quarantined) == (1, 3)
    assert [reason for _, reason, _ in quarantine(store)] == ["malformed", "malformed", "unknown_shape"]
    for row in store.rows("SELECT origin, path FROM quarantine"):
        original = exports / Path(row["origin"]).name
        assert (store.folder.raw / row["path"]).read_bytes() == original.read_bytes()


def test_rows_of_other_logs_are_counted_and_left_alone(store: Store, exports: Path) -> None:
    signin = json.dumps({"TimeGenerated": "2026-11-01T10:00:00Z", "Type": "SigninLogs"}).encode()
    (exports / "hub.json").write_bytes(lines(monitor(0, "SignInLogs"), monitor(1), monitor(2, "SignInLogs"), signin))
    summary = bring(store, exports)
    assert (summary.items, summary.quarantined) == (1, 0)
    assert [skipped.reason for skipped in summary.skipped] == [
        "exports/hub.json: 2 records of category 'SignInLogs', not AuditLogs",
        "exports/hub.json: 1 rows of the table 'SigninLogs', not AuditLogs",
    ]


def test_only_rows_of_other_logs_are_nothing_to_import(store: Store, exports: Path) -> None:
    (exports / "hub.json").write_bytes(lines(*(monitor(n, "SignInLogs") for n in range(1_500))))
    with pytest.raises(UsageError, match="1,500 records of category 'SignInLogs'"):
        bring(store, exports)


def test_faults_of_the_command_line(store: Store, exports: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        bring(store, exports / "absent.json")
    with pytest.raises(UsageError, match="nothing to import"):
        bring(store, exports)
    assert store.ledger.seq == 0


def test_a_file_named_outright_may_have_any_name(store: Store, exports: Path) -> None:
    (exports / "audit.log").write_bytes(lines(graph(1)))
    assert bring(store, exports / "audit.log").items == 1


@pytest.mark.parametrize("rejected", [b"", b"{torn"])
def test_a_disk_that_refuses_leaves_nothing_half_recorded(store: Store, exports: Path, rejected: bytes) -> None:
    (exports / "a.jsonl").write_bytes(lines(graph(1), rejected))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, limits[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            bring(store, exports)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(store.folder.raw.rglob("*.ndjson*"))
    assert Ledger(store.folder.raw / "index.ndjson").seq == 0

"""Where files come from: archives, standard input, files that grow, and what is refused of them."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect import import_paths
from pipeline.errors import UsageError
from pipeline.model import CollectSummary, ImportProgress
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.imports import coverage

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as opened:
        yield opened


def row(number: int, day: int = 1, tenant: str = TENANT) -> bytes:
    properties = {"id": f"m{number}", "activityDateTime": f"2026-10-{day:02d}T10:00:{number:02d}.1234567Z"}
    record = {"operationName": "x", "category": "AuditLogs", "tenantId": tenant, "properties": properties}
    return json.dumps(record).encode() + b"\n"


def bring(store: Store, *paths: Path, **more: object) -> CollectSummary:
    return import_paths(store, paths, run_id="r1", now=NOW, **more)  # type: ignore[arg-type]


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


def urls(store: Store) -> list[str]:
    return [found["url"] for found in store.rows("SELECT url FROM segment_page ORDER BY seq, page")]


def test_members_of_an_archive_are_read_where_they_lie(store: Store, tmp_path: Path) -> None:
    members = {
        "../../etc/h=01/PT1H.json": row(1),
        "/root/\x1b.json.gz": gzip.compress(row(2)),
        "inner.zip": b"PK\x03\x04",
        "notes.txt": b"",
    }
    before = {path for path in tmp_path.rglob("*") if path.suffix != ".zst"}
    summary = bring(store, archive(tmp_path / "a.zip", **members))
    assert (summary.files, summary.items) == (2, 2)
    assert urls(store) == ["file:a.zip!../../etc/h=01/PT1H.json#0", "file:a.zip!/root/\\u001b.json.gz#0"]
    assert [skipped.reason.split(":")[0] for skipped in summary.skipped] == ["a.zip!inner.zip", "a.zip!notes.txt"]
    new = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path not in before}
    assert new == {"a.zip", "contoso"}
    assert bring(store, tmp_path / "a.zip").files_before == 2


def test_archives_that_are_no_log_are_refused_whole(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    archive(folder / "bomb.zip", **{"a.json": b"\0" * (300 << 20)})
    archive(folder / "many.zip", **{f"{n}.json": b"" for n in range(10_001)})
    (folder / "torn.zip").write_bytes(archive(tmp_path / "good.zip", **{"a.json": row(1)}).read_bytes()[:-30])
    (folder / "good.json").write_bytes(row(2))
    summary = bring(store, folder)
    assert (summary.items, summary.quarantined) == (1, 3)
    found = store.rows("SELECT origin, reason FROM quarantined ORDER BY origin")
    assert [(each["origin"], each["reason"]) for each in found] == [
        ("in/bomb.zip", "too_large"),
        ("in/many.zip", "too_large"),
        ("in/torn.zip", "malformed"),
    ]


def test_a_locked_archive_is_refused(store: Store, tmp_path: Path) -> None:
    data = bytearray(archive(tmp_path / "a.zip", **{"a.json": row(1)}).read_bytes())
    for start in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[start] |= 1  # the flag that says it is encrypted
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(UsageError, match="encrypted"):
        bring(store, tmp_path / "a.zip")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_stream_is_a_file_without_a_name(store: Store, pack: object) -> None:
    assert callable(pack)
    data = row(1) + b"{torn\n" + row(2)
    summary = bring(store, Path("-"), stream=io.BytesIO(pack(data)))
    assert (summary.files, summary.items, summary.quarantined) == (1, 2, 1)
    assert store.rows("SELECT origin, line FROM quarantined") == [{"origin": "-", "line": 2}]
    assert bring(store, Path("-"), stream=io.BytesIO(data)).files_before == 1
    assert not list(store.folder.root.glob("tmp*"))


def test_pipes_and_devices_are_not_opened(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", Path("/dev/zero")):
        with pytest.raises(UsageError, match="neither a file nor a folder"):
            bring(store, path)


def test_a_file_that_may_not_be_read_stops_no_other(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(row(1))
    (tmp_path / "b.json").write_bytes(row(2))

    def grow(at: ImportProgress) -> None:
        if at.files == 1:
            (tmp_path / "b.json").unlink(missing_ok=True)

    summary = bring(store, tmp_path / "a.json", tmp_path / "b.json", progress=grow)
    assert (summary.items, summary.unfinished) == (1, ("b.json: cannot be read: No such file or directory",))


def test_a_grown_file_one_vouches_for_adds_only_its_new_rows(store: Store, tmp_path: Path) -> None:
    for count in (2, 5):
        (tmp_path / "PT1H.json").write_bytes(b"".join(row(n, tenant="other") for n in range(count)))
        summary = bring(store, tmp_path / "PT1H.json", assume_tenant=True)
    assert (summary.items, summary.new_items) == (5, 3)


def test_times_covered_are_told_in_stretches_and_move_no_watermark(store: Store, tmp_path: Path) -> None:
    for name, days in (("a", (1, 2)), ("b", (2, 3)), ("c", (20,))):
        (tmp_path / f"{name}.json").write_bytes(b"".join(row(day, day) for day in days) + row(30, 28, "other"))
    bring(store, *sorted(tmp_path.glob("*.json")))
    (told,) = coverage(store)
    assert (told["source"], told["files"], told["rows"]) == ("monitor", 3, 8)
    spans = [(span["since"].day, span["until"].day) for span in told["stretches"]]
    assert spans == [(1, 3), (20, 20)]
    assert store.rows('SELECT * FROM "window"') == []


def test_progress_counts_files_and_rows(store: Store, tmp_path: Path) -> None:
    told: list[ImportProgress] = []
    for name in "ab":
        (tmp_path / f"{name}.json").write_bytes(b"".join(row(n) for n in range(3)) + name.encode())
    bring(store, *sorted(tmp_path.glob("*.json")), progress=told.append)
    assert told == [ImportProgress(1, 2, 4), ImportProgress(2, 2, 8)]

from __future__ import annotations

import resource
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.forward import JsonlSink, forward
from pipeline.forward.sink import Parcel, Sent
from pipeline.store import outbox

from .alerts import T0, at, contoso, raise_alert, raise_many, record


def parcels(*ids: str) -> list[Parcel]:
    return [Parcel((each, 1), record(each).encode()) for each in ids]


def text(*ids: str) -> bytes:
    return b"".join(parcel.line + b"\n" for parcel in parcels(*ids))


def test_the_records_land_as_frozen_in_event_order(tmp_path: Path) -> None:
    with contoso(tmp_path) as store:
        records = raise_many(store, 30, sinks=("jsonl",))
        summary = forward(store, [JsonlSink(store.folder.alerts)], run_id="r1", clock=at(T0))
        assert (summary.sent, summary.pending, summary.quarantined, summary.held) == (30, 0, 0, None)
        assert store.folder.alerts.read_text("utf-8").splitlines() == records
        again = forward(store, [JsonlSink(store.folder.alerts)], run_id="r2", clock=at(T0))
        assert again.sent == 0
        assert len(store.folder.alerts.read_bytes().splitlines()) == 30
        assert stat.S_IMODE(store.folder.alerts.stat().st_mode) == 0o600


def test_each_revision_is_a_line(tmp_path: Path) -> None:
    with contoso(tmp_path) as store:
        for revision in (1, 2):
            raise_alert(store, "a", sinks=("jsonl",), revision=revision, at=T0 + timedelta(minutes=revision))
        forward(store, [JsonlSink(store.folder.alerts)], run_id="r1", clock=at(T0 + timedelta(hours=1)))
        lines = store.folder.alerts.read_text("utf-8").splitlines()
        assert lines == [record("a", Revision=1), record("a", Revision=2)]


def test_killed_after_the_write_before_the_mark_adds_no_line(tmp_path: Path) -> None:
    with contoso(tmp_path) as store:
        raise_many(store, 20, sinks=("jsonl",))
        sink = JsonlSink(store.folder.alerts)
        sink_held = [Parcel(w.key, w.record.encode()) for w in outbox.pending(store.con, "jsonl", 20)]
        list(sink.deliver(sink_held))
        before = store.folder.alerts.read_bytes()
        raise_alert(store, "f" * 64, sinks=("jsonl",), at=T0 + timedelta(minutes=15))
        summary = forward(store, [sink], run_id="r2", clock=at(T0 + timedelta(minutes=15)))
        assert (summary.sent, summary.pending) == (21, 0)
        assert store.folder.alerts.read_bytes() == before + record("f" * 64).encode() + b"\n"


@pytest.mark.parametrize("kept", [0, 1, 700, 1200])
def test_killed_within_the_write_tears_no_line(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(text("old") + text("a", "b")[:kept])
    assert list(JsonlSink(path).deliver(parcels("a", "b"))) == [Sent((("a", 1), ("b", 1)))]
    assert path.read_bytes() == text("old", "a", "b")


def test_a_file_that_is_one_torn_line_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b"x" * 200_000)
    list(JsonlSink(path).deliver(parcels("a")))
    assert path.read_bytes() == text("a")


def test_killed_after_the_write_graver_alerts_that_come_first_then_add_no_line(tmp_path: Path) -> None:
    path, written = tmp_path / "alerts.jsonl", [f"{number:03}" for number in range(40)]
    sink = JsonlSink(path)
    list(sink.deliver(parcels(*written)))
    list(sink.deliver(parcels("grave", *written[:20])))
    list(sink.deliver(parcels(*written[20:])))
    assert path.read_bytes() == text(*written, "grave")


def test_a_file_that_was_rotated_away_is_begun_anew(tmp_path: Path) -> None:
    path, sink = tmp_path / "alerts.jsonl", JsonlSink(tmp_path / "alerts.jsonl")
    list(sink.deliver(parcels("a")))
    path.rename(tmp_path / "alerts.jsonl.1")
    list(sink.deliver(parcels("b")))
    assert (path.read_bytes(), (tmp_path / "alerts.jsonl.1").read_bytes()) == (text("b"), text("a"))


def test_a_full_disk_is_a_storage_error_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(text("old"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(text("old")) + 100, hard))
    try:
        with pytest.raises(StorageError, match=r"alerts\.jsonl"):
            list(JsonlSink(path).deliver(parcels("a", "b")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == text("old")
    list(JsonlSink(path).deliver(parcels("a", "b")))
    assert path.read_bytes() == text("old", "a", "b")


def test_a_folder_in_place_of_the_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Is a directory"):
        list(JsonlSink(tmp_path).deliver(parcels("a")))


def test_a_damaged_record_is_quarantined_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    with contoso(tmp_path) as store:
        raise_alert(store, "a", "{torn", sinks=("jsonl",))
        raise_alert(store, "b", '{"AlertId":\n"b"}', sinks=("jsonl",))
        summary = forward(store, [JsonlSink(store.folder.alerts)], run_id="r1", clock=at(T0))
        assert (summary.sent, summary.quarantined, summary.pending) == (1, 1, 0)
        assert store.folder.alerts.read_bytes() == b'{"AlertId":"b"}\n'
        assert "not a record" in store.rows("SELECT error FROM outbox WHERE alert_id = 'a'")[0]["error"]

"""Lines that become no event: each goes to quarantine with its place and a reason, and stops nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import IntegrityError
from pipeline.store import Store, TenantFolder, open_store

from . import writing as w


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), w.TENANT) as held:
        yield held


def without(item: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}


HOSTILE: dict[str, tuple[w.Item, str]] = {
    "no id": (without(w.event(), "id"), "no_id"),
    "null id": (w.event(id=None), "no_id"),
    "blank id": (w.event("  "), "no_id"),
    "id is an object": (w.event(id={"a": 1}), "malformed"),
    "id is a list": (w.event(id=["a"]), "malformed"),
    "item is null": (b"null", "malformed"),
    "item is a list": (b"[1]", "no_id"),
    "item is a text": (b'"x"', "no_id"),
    "no time": (without(w.event("x1"), "activityDateTime"), "bad_time"),
    "no zone": (w.event("x2", activityDateTime="2026-10-05T11:00:00"), "bad_time"),
    "leap second": (w.event("x3", activityDateTime="2026-06-30T23:59:60Z"), "bad_time"),
    "no such day": (w.event("x4", activityDateTime="2026-02-30T00:00:00Z"), "bad_time"),
    "year one": (w.event("x5", activityDateTime="0001-01-01T00:00:00Z"), "bad_time"),
    "far future": (w.event("x6", activityDateTime="9999-12-31T23:59:59.9999999Z"), "bad_time"),
    "infinity": (w.event("x7", activityDateTime="infinity"), "bad_time"),
    "named zone": (w.event("x8", activityDateTime="2026-10-05T11:00:00 Europe/Zurich"), "bad_time"),
    "absurd offset": (w.event("x9", activityDateTime="2026-10-05T11:00:00+25:00"), "bad_time"),
    "time is a number": (w.event("x10", activityDateTime=1759662000), "bad_time"),
    "bytes are no UTF-8": (b'{"id":"x11\xff","activityDateTime":"2026-10-05T11:00:00Z"}', "malformed"),
}


def test_every_hostile_line_is_named_and_the_rest_goes_on(store: Store) -> None:
    good = [w.event(f"Directory_{n}") for n in range(len(HOSTILE) + 1)]
    mixed = [good[0]]
    for (item, _), follower in zip(HOSTILE.values(), good[1:], strict=True):
        mixed += [item, follower]
    seq = w.land(store, [mixed[:7], mixed[7:]])
    found = w.bring(store)
    assert (found.events, found.quarantined, found.duplicates) == (len(good), len(HOSTILE), 0)
    places = [(0, n) for n in range(7)] + [(1, n) for n in range(len(mixed) - 7)]
    expected = [(reason, seq, *places[2 * k + 1]) for k, (_, reason) in enumerate(HOSTILE.values())]
    assert w.refused(store) == expected
    assert [row["event_id"] for row in w.events(store)] == sorted(item["id"] for item in good)


def test_quarantine_says_where_from_and_when(store: Store) -> None:
    w.land(store, [[], [w.event(activityDateTime="soon")]])
    w.bring(store)
    (row,) = store.rows("SELECT * FROM quarantine")
    assert (row["tenant_id"], row["source"], row["run_id"]) == (w.TENANT, "directory_audits", "run-1")
    assert (row["detail"], row["origin"]) == ("soon", "https://graph.example/")
    assert row["noted_at"] == datetime(2026, 10, 5, 12, 1, tzinfo=UTC)


def test_values_of_other_types_cost_only_themselves(store: Store) -> None:
    odd = w.event(
        activityDisplayName={"a": 1},
        initiatedBy="nobody",
        targetResources=[None, 7, "x", {"type": ["User"]}, w.target("User", "u-2", "Bob"), {"type": "User"}],
        additionalDetails={"key": "a"},
        result=["success"],
        category=None,
    )
    row = w.only(store, odd)
    assert (row["activity"], row["actor_id"], row["category"]) == ('{"a":1}', None, None)
    assert (row["target_user_id"], row["target_user_name"]) == ("u-2", "Bob")


def test_relevant_targets_of_other_types_do_not_stop_the_rest(store: Store) -> None:
    who = w.target("User", "u-2", "Bob")
    who["modifiedProperties"] = [None, 5, {"displayName": 7, "newValue": {"a": '"'}}, {"newValue": '"'}]
    w.only(store, w.pim(targetResources=[None, 7, who], additionalDetails=[None, 3, {"value": "x"}, {"key": "k"}]))
    assert store.rows("SELECT key, value FROM audit_detail") == [{"key": "k", "value": None}]
    assert len(store.rows("SELECT * FROM audit_target WHERE id = 'u-2'")) == 4


def test_times_with_a_zone(store: Store) -> None:
    times = {
        "2026-10-05T11:00:00.9999999Z": "2026-10-05T11:00:00.999999",
        "2026-10-05T11:00:00.5Z": "2026-10-05T11:00:00.5",
        "2026-10-05T11:00:00Z": "2026-10-05T11:00:00",
        "2026-10-05T11:00:00.1234567+00:00": "2026-10-05T11:00:00.123456",
        "2026-10-06T01:00:00+14:00": "2026-10-05T11:00:00",
        "2026-10-05T11:00:00-0030": "2026-10-05T11:30:00",
    }
    w.land(store, [[w.event(written, activityDateTime=written) for written in times]])
    w.bring(store)
    found = {row["event_id"]: row["occurred_at"] for row in w.events(store)}
    assert found == {written: datetime.fromisoformat(read).replace(tzinfo=UTC) for written, read in times.items()}
    assert {row["time_basis"] for row in w.events(store)} == {"zoned"}


def test_a_file_that_is_gone_or_cut_short_stops_the_run(store: Store) -> None:
    w.land(store, [[w.event(f"Directory_{n}", resultReason=f"{n * 7919:064x}" * 20) for n in range(200)]])
    store.adopt()
    (row,) = store.rows("SELECT path FROM segment")
    path = store.folder.raw / row["path"]
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:100] + b"\0\0\0\0" + whole[104:], None):
        path.unlink()
        if damaged is not None:
            path.write_bytes(damaged)
        with pytest.raises(IntegrityError, match="00000001"):
            w.bring(store)
        assert w.events(store) == []
    path.write_bytes(whole)
    assert w.bring(store).events == 200


def test_lines_and_their_ends_agree(store: Store) -> None:
    """Every line is an event, a duplicate or a row of quarantine."""
    items = [
        w.event("a"),
        w.event("a"),
        w.event("a", result="failure"),
        w.event(id=None),
        w.pim("b"),
        b"[1]",
        w.pim("b"),
    ]
    w.land(store, [items])
    found = w.bring(store)
    assert (found.events, found.duplicates, found.quarantined) == (2, 2, 3)
    assert found.events + found.duplicates + found.quarantined == len(items)
    assert (len(w.events(store)), len(w.refused(store))) == (2, 3)

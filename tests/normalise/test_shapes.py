"""Three shapes, one event: Graph's, Azure Monitor's and that of the Log Analytics table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.normalise import shapes
from pipeline.store import Store, TenantFolder, open_store

from . import writing as w

OTHER = "99999999-9c0a-4c0b-9a3e-2f1d0c5e7a01"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), w.TENANT) as held:
        yield held


def monitor(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The row of the same event in a diagnostic setting's stream."""
    row = {
        "time": item["activityDateTime"],
        "resourceId": f"/tenants/{w.TENANT}/providers/Microsoft.aadiam",
        "operationName": item["activityDisplayName"],
        "category": "AuditLogs",
        "tenantId": w.TENANT,
        "resultSignature": "None",
        "durationMs": "0",
        "Level": 4,
        "properties": {**item, "activityDateTime": item["activityDateTime"].replace("Z", "+00:00")},
    }
    return {**row, **more}


def log_analytics(item: dict[str, Any], *, as_text: bool = True, **more: Any) -> dict[str, Any]:
    """The row of the same event in the table AuditLogs: TenantId is the workspace, times have three digits."""
    dynamic = json.dumps if as_text else lambda value: value
    at = item["activityDateTime"][:23] + "Z"
    row = {
        "TenantId": "11111111-0000-0000-0000-000000000000",
        "TimeGenerated": at,
        "ResourceId": f"/tenants/{w.TENANT}/providers/Microsoft.aadiam",
        "OperationName": item["activityDisplayName"],
        "Category": item["category"],
        "CorrelationId": item["correlationId"],
        "Level": "4",
        "Id": item["id"],
        "InitiatedBy": dynamic(item["initiatedBy"]),
        "TargetResources": dynamic(item["targetResources"]),
        "AdditionalDetails": dynamic(item["additionalDetails"]),
        "LoggedByService": item["loggedByService"],
        "Result": item["result"],
        "ResultReason": item["resultReason"],
        "AADTenantId": w.TENANT.upper(),
        "ActivityDisplayName": item["activityDisplayName"],
        "ActivityDateTime": at,
        "AADOperationType": item["operationType"],
    }
    return {**row, **more}


def test_types_of_columns() -> None:
    item = {"id": "VARCHAR", "of": [{"a b": "VARCHAR"}]}
    assert shapes.sql_type(item) == 'STRUCT("id" VARCHAR, "of" STRUCT("a b" VARCHAR)[])'
    assert shapes.json_structure(item) == """'{"id": "VARCHAR", "of": [{"a b": "VARCHAR"}]}'"""
    assert shapes.columns({"id": "VARCHAR"}) == (
        """{p: 'INTEGER', n: 'INTEGER', r: 'BIGINT[]', e: 'STRUCT("id" VARCHAR)'}"""
    )
    with pytest.raises(TypeError):
        shapes.sql_type({"a": 1})


@pytest.mark.parametrize("road", ["monitor", "log_analytics", "log_analytics objects", "graph_import"])
def test_every_road_tells_the_same(store: Store, road: str) -> None:
    told = [w.pim(resultReason="patching"), w.event(initiatedBy={"user": w.PERSON})]
    w.land(store, [told])
    w.bring(store)
    straight = {row["event_id"]: row for row in w.events(store)}
    children = [store.rows(f"SELECT * EXCLUDE (event_id, occurred_at) FROM {t} ORDER BY ALL") for t in w.CHILDREN]
    for table in ("audit_event", *w.CHILDREN):
        store.con.execute(f"DELETE FROM {table}")
    source = road.split()[0]
    shaped: dict[str, Any] = {"monitor": monitor, "graph_import": dict, "log_analytics": log_analytics}
    how = {"as_text": False} if "objects" in road else {}
    w.land(store, [[shaped[source](item, **how) for item in told]], source=source)
    assert w.bring(store).events == 2
    loose = {"source", "segment", "occurred_at", "ingested_at"}
    for row in w.events(store):
        expected = straight[row["event_id"]]
        assert {k: v for k, v in row.items() if k not in loose} == {k: v for k, v in expected.items() if k not in loose}
        assert abs((row["occurred_at"] - expected["occurred_at"]).total_seconds()) < 0.001
    again = [store.rows(f"SELECT * EXCLUDE (event_id, occurred_at) FROM {t} ORDER BY ALL") for t in w.CHILDREN]
    assert again == children


def test_one_event_from_many_roads_is_one_event(store: Store) -> None:
    told = w.pim(initiatedBy={"user": w.PERSON})
    w.land(store, [[told]])
    w.bring(store)
    w.land(store, [[monitor(told, callerIpAddress="192.0.2.77")]], source="monitor")
    w.land(store, [[log_analytics(told)]], source="log_analytics")
    w.land(store, [[{**told, "initiatedBy": {"user": {**w.PERSON, "displayName": None}}}]], source="graph_import")
    found = w.bring(store)
    assert (found.events, found.duplicates, found.quarantined) == (0, 3, 0)
    w.land(store, [[monitor({**told, "result": "failure"})]], source="monitor")
    assert w.bring(store).quarantined == 1
    (row,) = store.rows("SELECT * FROM quarantine")
    assert (row["reason"], row["detail"].split()[0]) == ("id_conflict", "result")


def test_an_imported_row_of_another_tenant_is_foreign(store: Store) -> None:
    item = w.event("a")
    place = f"/tenants/{OTHER}/providers/Microsoft.aadiam"
    rows = [
        monitor(item, tenantId=OTHER),
        monitor(item, tenantId=None, resourceId=place),
        monitor(item, tenantId="tenant-123"),
    ]
    w.land(store, [rows], source="monitor")
    exported = [log_analytics(item, AADTenantId=OTHER), log_analytics(item, AADTenantId=None, ResourceId=place)]
    w.land(store, [exported], source="log_analytics")
    found = w.bring(store)
    assert (found.events, found.quarantined) == (0, 5)
    assert {row["reason"] for row in store.rows("SELECT reason FROM quarantine")} == {"foreign_tenant"}
    w.land(store, [[monitor(item, tenantId="tenant-123")]], source="monitor", assume_tenant=True)
    assert w.bring(store).events == 1


def test_a_row_that_names_no_tenant_is_the_tenants(store: Store) -> None:
    nowhere = {"tenantId": None, "resourceId": "/subscriptions/s-1"}
    w.land(store, [[monitor(w.event("a"), **nowhere), monitor(w.event("b"), resourceId=None)]], source="monitor")
    assert w.bring(store).events == 2


def test_times_without_a_zone_are_utc_where_publishers_drop_it(store: Store) -> None:
    bare = "2024-09-23 14:33:09.049661100"
    item = w.event("a", activityDateTime=bare)
    w.land(store, [[monitor(item), monitor(w.event("b"))]], source="monitor")
    w.land(store, [[log_analytics(w.event("c"), ActivityDateTime=None, TimeGenerated=bare)]], source="log_analytics")
    w.land(store, [[w.event("d", activityDateTime=bare)]], source="graph_import")
    w.bring(store)
    told = {row["event_id"]: (row["occurred_at"], row["time_basis"]) for row in w.events(store)}
    at = datetime(2024, 9, 23, 14, 33, 9, 49661, tzinfo=UTC)
    assert told == {
        "a": (at, "assumed_utc"),
        "b": (datetime(2026, 10, 5, 11, 0, 0, 123456, tzinfo=UTC), "zoned"),
        "c": (at, "assumed_utc"),
    }
    assert [row[0] for row in w.refused(store)] == ["bad_time"]


def test_rows_of_monitor_without_their_properties(store: Store) -> None:
    whole = monitor(w.event("a"))
    lacking = {key: value for key, value in whole["properties"].items() if key != "id"}
    w.land(store, [[{**whole, "properties": lacking}, {**whole, "properties": None}, whole]], source="monitor")
    w.bring(store)
    assert [row[0] for row in w.refused(store)] == ["no_id", "no_id"]


def test_log_analytics_columns_that_are_cut_off(store: Store) -> None:
    item = w.pim("a")
    broken = [
        log_analytics(item, **{name: '[{"id":"x'}) for name in ("InitiatedBy", "TargetResources", "AdditionalDetails")
    ]
    empty = log_analytics(w.event("b"), InitiatedBy="", TargetResources=None, AdditionalDetails="[]")
    w.land(store, [[*broken, empty]], source="log_analytics")
    found = w.bring(store)
    assert (found.events, found.quarantined) == (1, 3)
    assert {row[0] for row in w.refused(store)} == {"malformed"}


def test_the_callers_address_is_the_last_resort(store: Store) -> None:
    nobody = {"user": {**w.PERSON, "ipAddress": None}}
    rows = [w.pim("PIM_a", initiatedBy=nobody), w.event("b", initiatedBy=nobody), w.event("c")]
    w.land(store, [[monitor(item, callerIpAddress="203.0.113.9") for item in rows]], source="monitor")
    w.bring(store)
    assert [row["actor_ip"] for row in w.events(store)] == ["192.0.2.9", "203.0.113.9", "198.51.100.7"]


IN_ANOTHER_ZONE = """
import sys
from pathlib import Path
from pipeline.store import TenantFolder, open_store
from tests.normalise import test_shapes as t, writing as w
with open_store(TenantFolder(Path(sys.argv[1])), w.TENANT) as store:
    bare = [w.event(f"a{n}", activityDateTime=f"2026-{m} 02:30:00") for n, m in enumerate(("03-29", "10-25", "07-01"))]
    w.land(store, [[t.monitor(item) for item in bare]], source="monitor")
    w.land(store, [[w.event(f"b{n}", activityDateTime=f"2026-10-25T0{n}:59:59.9999999+02:00") for n in range(4)]])
    w.bring(store)
    times = "SELECT event_id, epoch_us(occurred_at), time_basis FROM audit_event ORDER BY 1"
    print(store.con.execute(times).fetchall())
"""


def test_the_machines_zone_changes_nothing(tmp_path: Path) -> None:
    zones = ("UTC", "Europe/Berlin", "Asia/Kathmandu")
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", IN_ANOTHER_ZONE, str(tmp_path / zone)],
            env={**os.environ, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for zone in zones
    ]
    told = [run.communicate(timeout=60)[0] for run in runs]
    assert told[0].count("a") >= 3
    assert told[0] == told[1] == told[2]

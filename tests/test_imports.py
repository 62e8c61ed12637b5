"""Files from end to end: where a refused row stood, one event by several roads, and an import that is killed."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect import import_paths
from pipeline.config import Settings, Tenant
from pipeline.normalise import normalise
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.imports import tally
from tests.normalise.writing import TENANT, event, land, pim

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
CONTOSO = Tenant(name="contoso", tenant_id=TENANT)
Item = dict[str, Any]


def line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def monitor(item: Item, tenant: str = TENANT) -> Item:
    """The record Azure Monitor makes of an event: the unused half of the actor is left out, the zone is an offset."""
    actor = {name: each for name, each in item["initiatedBy"].items() if each}
    at = item["activityDateTime"].replace("Z", "+00:00")
    return {
        "time": item["activityDateTime"],
        "resourceId": f"/tenants/{tenant}/providers/Microsoft.aadiam",
        "operationName": item["activityDisplayName"],
        "category": "AuditLogs",
        "tenantId": tenant,
        "correlationId": item["correlationId"],
        "properties": {**item, "activityDateTime": at, "initiatedBy": actor},
    }


def row(item: Item) -> Item:
    """The row of table AuditLogs: milliseconds, and JSON within strings."""
    return {
        "TenantId": "workspace",
        "AADTenantId": TENANT,
        "TimeGenerated": item["activityDateTime"][:23] + "Z",
        "ActivityDateTime": item["activityDateTime"][:23] + "Z",
        "OperationName": item["activityDisplayName"],
        "ActivityDisplayName": item["activityDisplayName"],
        "Category": item["category"],
        "CorrelationId": item["correlationId"],
        "Id": item["id"],
        "LoggedByService": item["loggedByService"],
        "AADOperationType": item["operationType"],
        "Result": item["result"],
        "ResultReason": item["resultReason"],
        "InitiatedBy": json.dumps(item["initiatedBy"]),
        "TargetResources": json.dumps(item["targetResources"]),
        "AdditionalDetails": json.dumps(item["additionalDetails"]),
        "Type": "AuditLogs",
    }


def answer(items: list[Item]) -> bytes:
    rows = [row(item) for item in items]
    columns = [{"name": name, "type": "string"} for name in row(event())]
    return line(
        {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [[*each.values()] for each in rows]}]}
    )


ROADS: dict[str, Callable[[list[Item]], bytes]] = {
    "graph": lambda items: line({"value": items}),
    "storage": lambda items: b"".join(line(monitor(item)) for item in items),
    "hub": lambda items: b"".join(json.dumps({"records": [monitor(item)]}, indent=1).encode() for item in items),
    "export": lambda items: b"".join(line(row(item)) for item in items),
    "query": answer,
}


def take(store: Store, paths: list[Path], run_id: str = "r1", only_land: bool = False) -> None:
    import_paths(store, paths, run_id=run_id, now=NOW)
    if only_land:
        return
    normalise(store, CONTOSO, Settings(tenants=(CONTOSO,)), run_id=run_id, now=NOW)


def silver(store: Store) -> dict[str, list[dict[str, Any]]]:
    """What does not say by which road it came."""
    return {
        "audit_event": store.rows(
            """SELECT * EXCLUDE (segment, page, ordinal, source, ingested_at, time_basis)
            REPLACE (date_trunc('millisecond', occurred_at) AS occurred_at) FROM audit_event ORDER BY event_id"""
        ),
        "audit_target": store.rows("SELECT * EXCLUDE (occurred_at) FROM audit_target ORDER BY ALL"),
        "audit_detail": store.rows("SELECT * EXCLUDE (occurred_at) FROM audit_detail ORDER BY ALL"),
        "pim_request": store.rows("SELECT request_id, action, outcome FROM pim_request ORDER BY ALL"),
    }


ITEMS = [
    event("Directory_1"),
    pim("PIM_1"),
    pim("PIM_2", result="failure", resultReason="Denied"),
    event("Directory_2"),
]


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_an_event_is_one_by_any_roads_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Graph live among them; which road comes first decides only `source`."""
    order = data.draw(st.permutations([*ROADS, "live"]))
    shares = {
        road: data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, unique_by=lambda e: e["id"])) for road in order
    }
    folder = tmp_path_factory.mktemp("roads")
    with (
        open_store(TenantFolder(folder / "one"), TENANT) as store,
        open_store(TenantFolder(folder / "all"), TENANT) as other,
    ):
        first: dict[str, str] = {}
        for road in order:
            if road == "live":
                land(other, [shares[road]])
            else:
                (folder / f"{road}.json").write_bytes(ROADS[road](shares[road]))
                take(other, [folder / f"{road}.json"], only_land=data.draw(st.booleans()))
            for item in shares[road]:
                first.setdefault(item["id"], road)
        take_all = [item for item in ITEMS if item["id"] in first]
        (folder / "plain.json").write_bytes(ROADS["graph"](take_all))
        take(store, [folder / "plain.json"])
        take(other, [folder / "plain.json"], "r2")
        assert silver(other) == silver(store)
        assert other.rows("SELECT * FROM quarantine") == []
        sources = {each["event_id"]: each["source"] for each in other.rows("SELECT event_id, source FROM audit_event")}
    kinds = {"graph": "graph_import", "storage": "monitor", "hub": "monitor", "live": "directory_audits"}
    assert sources == {ident: kinds.get(road, "log_analytics") for ident, road in first.items()}


def test_every_refused_row_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    """Rows of three kinds, blanks, rubbish and a printed batch between them; refused by normalise and by import."""
    foreign = monitor(event("x"), tenant="00000000-0000-0000-0000-00000000000f")
    nameless = {**event("y"), "id": ""}
    lines = [
        line(event("Directory_1")),
        line(foreign),
        b"\n",
        b"{torn\n",
        line(nameless),
        line(row(event("Directory_2"))),
    ]
    lines += [line(foreign), json.dumps({"records": [monitor(event("z")), foreign]}, indent=1).encode() + b"\n"]
    lines += [line(nameless), line({**event("Directory_1"), "result": "failure"})]
    (tmp_path / "mixed#3.json").write_bytes(b"".join(lines))
    text = (tmp_path / "mixed#3.json").read_text().splitlines()
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as store:
        take(store, [tmp_path / "mixed#3.json"])
        found = store.rows("SELECT origin, line, reason FROM quarantined ORDER BY line")
        assert {each["origin"] for each in found} == {"mixed#3.json"}
        told = [(each["reason"], text[each["line"] - 1]) for each in found]
        counted = {each.source: each for each in tally(store, "r1")}
    assert [reason for reason, _ in told] == [
        *("foreign_tenant", "malformed", "no_id", "foreign_tenant", "foreign_tenant", "no_id", "id_conflict")
    ]
    shown = [json.dumps(foreign), "{torn", json.dumps(nameless), json.dumps(foreign), "  {", json.dumps(nameless)]
    assert [each for _, each in told][:6] == shown
    assert {
        source: (each.rows, each.events, each.duplicates, sum(each.quarantined.values()))
        for source, each in counted.items()
    } == {"graph_import": (4, 1, 0, 3), "monitor": (4, 1, 0, 3), "log_analytics": (1, 1, 0, 0), "import": (1, 0, 0, 1)}


IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.collect import import_paths
from pipeline.store import TenantFolder, open_store
with open_store(TenantFolder(Path(sys.argv[1])), sys.argv[3]) as store:
    print("open", flush=True)
    import_paths(store, [Path(sys.argv[2])], run_id="r", now=datetime(2026, 11, 1, tzinfo=UTC),
        progress=lambda at: print(at.files, flush=True))
"""


def test_killed_again_and_again_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    tree, files = tmp_path / "tree", 60
    for number in range(files):
        hour = tree / f"h={number:02d}" / "PT1H.json"
        hour.parent.mkdir(parents=True)
        hour.write_bytes(b"".join(line(monitor(event(f"{number}-{n}"))) for n in range(3)) + b"{torn %d\n" % number)
    command = [sys.executable, "-c", IMPORT, str(tmp_path / "contoso"), str(tree), TENANT]
    for fatal in (7, 25, 40):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for told in process.stdout:
                if told.strip().isdigit() and int(told) == fatal:
                    process.kill()
                    break
            assert process.wait(60) == -signal.SIGKILL
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as store:
        summary = import_paths(store, [tree], run_id="last", now=NOW)
        assert summary.files_before >= 40
        assert summary.files + summary.files_before == files
        normalise(store, CONTOSO, Settings(tenants=(CONTOSO,)), run_id="last", now=NOW)
        assert store.rows("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM audit_event") == [
            {"n": files * 3, "ids": files * 3}
        ]
        assert store.rows("SELECT sum(new_items)::INT AS n FROM segment") == [{"n": files * 3}]
        assert store.rows("SELECT count(*) AS n, count(DISTINCT origin) AS files FROM quarantined") == [
            {"n": files, "files": files}
        ]

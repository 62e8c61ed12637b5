"""The alert record: who did what to whom, from the row or from what silver knows."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.model import iso
from pipeline.store import Store
from pipeline.store.record import ALERT_COLUMNS
from tests.detect.silver import NOON, SQL, STATE, STATE_SQL, TENANT_ID, Runner, activation, book, opened, put, snapshot
from tests.detect.silver import write_rule as written

REQUEST = "SELECT request_id, starts_at AS occurred_at FROM pim_request WHERE starts_at BETWEEN $since AND $until"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as held:
        yield held


def record(store: Store, tmp_path: Path, sql: str, **head: Any) -> dict[str, Any]:
    """The record of the one alert a rule raises; its sentences name no column."""
    plain = {"message": "m", "why": "w", "reads": ["pim_request"], "tactics": ["Persistence", "Impact"]}
    written(tmp_path / "rules", "mine.rule", sql, **plain | head)
    summary = Runner(store, book(tmp_path / "rules")).run()
    assert summary.failures == ()
    [row] = store.rows("SELECT record FROM alert")
    told: dict[str, Any] = json.loads(row["record"])
    assert list(told) == [name for name, _ in ALERT_COLUMNS]
    return told


def test_what_every_record_says(store: Store, tmp_path: Path) -> None:
    put(store, "pim_request", activation("r1"))
    told = record(store, tmp_path, REQUEST, controls=["iso27001:A.8.2"], techniques=["T1078.004"])
    expected = {
        "TimeGenerated": "2026-10-17T13:00:00.000000Z",
        "DetectedTime": "2026-10-17T13:00:00.000000Z",
        "Revision": 1,
        "Status": "New",
        "SchemaVersion": "1.0",
        "RunId": "run-1",
        "RuleId": "mine.rule",
        "RuleVersion": "1.0.0",
        "EntraTenantId": TENANT_ID,
        "TenantName": "contoso",
        "Severity": "Medium",
        "ConfidenceScore": 0.5,
        "Tactics": "Persistence,Impact",
        "Techniques": "T1078.004",
        "AlertName": "m",
        "AlertDescription": "w",
        "DedupKey": "mine.rule|p1|t1",
        "ControlIds": ["iso27001:A.8.2"],
        "RemediationSteps": "Look.",
        "ReportUrl": None,
        "OutOfHours": None,
        "IsBreakGlass": None,
        "EventStartTime": "2026-10-17T12:00:00.000000Z",
        "RequestId": "r1",
    }
    assert {name: told[name] for name in expected} == expected


def test_an_activation_is_by_and_to_the_same_person(store: Store, tmp_path: Path) -> None:
    asked = {"requester_id": "a1", "requester_name": "Anna", "requester_kind": "user", "actor_ip": "192.0.2.7"}
    said = {"justification": "because", "ticket_number": "CHG-1", "ticket_system": "SNOW", "correlation_id": "c1"}
    put(store, "pim_request", activation("r1", expires_at=NOON, ended_at=None, **asked, **said))
    told = record(store, tmp_path, REQUEST)
    for side in ("Actor", "Target"):
        person = {part: told[f"{side}{part}"] for part in ("ObjectId", "Upn", "Name", "Type")}
        assert person == {"ObjectId": "p1", "Upn": "eva@contoso.example", "Name": "Eva Schmid", "Type": "User"}
    expected = {
        "Surface": "EntraRole",
        "RoleName": "Teams Administrator",
        "RoleDefinitionId": "t1",
        "RoleScope": "/",
        "GroupName": None,
        "GroupObjectId": None,
        "GroupAccess": None,
        "SourceIp": "192.0.2.7",
        "CorrelationId": "c1",
        "Justification": "because",
        "TicketNumber": "CHG-1",
        "TicketSystem": "SNOW",
        "EventEndTime": "2026-10-17T12:00:00.000000Z",
        "EvidenceIds": ["event of r1"],
    }
    assert {name: told[name] for name in expected} == expected


def test_of_a_grant_one_grants_and_the_other_receives(store: Store, tmp_path: Path) -> None:
    asked = {"requester_id": "a1", "requester_upn": "anna@contoso.example", "requester_kind": "service_principal"}
    group = {"surface": "group", "access": "owner", "target_id": "g1", "target_name": "sg-sap", "scope": None}
    put(store, "pim_request", activation("r1", request_kind="eligible", subject_kind="group", **asked, **group))
    told = record(store, tmp_path, REQUEST)
    expected = {
        "ActorObjectId": "a1",
        "ActorUpn": "anna@contoso.example",
        "ActorType": "ServicePrincipal",
        "TargetObjectId": "p1",
        "TargetType": "Group",
        "Surface": "Group",
        "RoleName": None,
        "GroupName": "sg-sap",
        "GroupObjectId": "g1",
        "GroupAccess": "owner",
        "DedupKey": "mine.rule|p1|g1",
    }
    assert {name: told[name] for name in expected} == expected


def test_a_state_is_about_a_principal(store: Store, tmp_path: Path) -> None:
    held = {"surface": "group", "principal_id": "u1", "target_id": "g1", "access": "member", "kind": "eligible"}
    put(store, "assignment_history", held)
    put(store, "principal_history", {"principal_id": "u1", "name": "Urs", "upn": "urs@contoso.example", "kind": "user"})
    put(store, "entra_group_history", {"group_id": "g1", "name": "sg-sap"})
    snapshot(store, "group_eligibility_instances", 1)
    sql = STATE_SQL.replace("target_id,", "target_id, access,")
    told = record(store, tmp_path, sql, **STATE)
    expected = {
        "TargetObjectId": "u1",
        "TargetName": "Urs",
        "TargetUpn": "urs@contoso.example",
        "TargetType": "User",
        "ActorObjectId": None,
        "GroupName": "sg-sap",
        "GroupObjectId": "g1",
        "GroupAccess": "member",
        "EvidenceIds": [],
        "Context": {"onboarding": True},
    }
    assert {name: told[name] for name in expected} == expected
    [row] = store.rows("SELECT subject_id, subject_name, target_id, target_name, surface FROM finding")
    assert list(row.values()) == ["u1", "Urs", "g1", "sg-sap", "group"]


def test_the_row_stands_above_what_silver_knows(store: Store, tmp_path: Path) -> None:
    put(store, "pim_request", activation("r1"))
    sql = REQUEST.replace(
        "request_id,",
        """request_id, 'robot' AS actor_name, 'ServicePrincipal' AS actor_type, 'app' AS actor_app_id,
        7 AS ticket_number, 'group' AS surface, 'sg' AS group_name, true AS out_of_hours, 0.8 AS usual,
        ['a'] AS targets, NULL AS subject_name, ['e1', 'e2'] AS event_ids,
        completed_at AS event_end_time, 'x' AS "Weekday",""",
    )
    told = record(store, tmp_path, sql)
    expected = {
        "ActorName": "robot",
        "ActorType": "ServicePrincipal",
        "ActorAppId": "app",
        "ActorObjectId": "p1",
        "TicketNumber": "7",
        "Surface": "Group",
        "GroupName": "sg",
        "GroupObjectId": "t1",
        "OutOfHours": True,
        "TargetName": "Eva Schmid",
        "EvidenceIds": ["e1", "e2"],
        "RoleName": None,
        "EventEndTime": "2026-10-17T12:00:00.000000Z",
        "Context": {"usual": 0.8, "targets": ["a"], "weekday": "x", "onboarding": True},
    }
    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("accounts", "flag"),
    [
        ([], None),
        ([{"member": "bg1@contoso.example", "principal_id": "b1"}], False),
        ([{"member": "bg1@contoso.example", "principal_id": "P1"}], True),
        ([{"member": "Eva@contoso.example", "principal_id": None}], True),
    ],
)
def test_emergency_accounts_are_marked(
    store: Store, tmp_path: Path, accounts: list[dict[str, Any]], flag: bool | None
) -> None:
    put(store, "pim_request", activation("r1"))
    put(store, "break_glass", *accounts)
    assert record(store, tmp_path, REQUEST)["IsBreakGlass"] is flag


def test_a_matter_of_no_surface_belongs_to_the_tenant(store: Store, tmp_path: Path) -> None:
    put(store, "pim_request", activation("r1"))
    sql = (
        "SELECT 'x' AS request_id, starts_at AS occurred_at FROM pim_request WHERE starts_at BETWEEN $since AND $until"
    )
    told = record(store, tmp_path, sql)
    assert (told["Surface"], told["DedupKey"]) == ("Tenant", "mine.rule||")


def test_hostile_names_stay_data(store: Store, tmp_path: Path) -> None:
    name = '</script>{{ 7 * 7 }}\r\nforged\u202e line\x00, "quoted" \U0001f319'
    put(store, "pim_request", activation("r1", subject_name=name, justification="=cmd|' /C calc'!A0\n{% raw %}"))
    told = record(store, tmp_path, SQL, reads=["activation"], message="{{ subject_name }}")
    assert told["TargetName"] == name.replace("\x00", "␀")
    assert told["Justification"] == "=cmd|' /C calc'!A0\n{% raw %}"
    assert told["AlertName"] == '</script>{{ 7 * 7 }} forged\u202e line , "quoted" \U0001f319'
    [row] = store.rows("SELECT record FROM alert")
    assert "\n" not in row["record"]


def test_an_alert_judged_as_of_the_past_waits_since_now(store: Store, tmp_path: Path) -> None:
    put(store, "pim_request", activation("r1"))
    written(tmp_path / "rules", "mine.rule", REQUEST, message="m", why="w", reads=["pim_request"])
    Runner(store, book(tmp_path / "rules")).run(raised_at=NOON + timedelta(days=90))
    [row] = store.rows("SELECT record, enqueued_at FROM alert JOIN outbox USING (alert_id)")
    told = json.loads(row["record"])
    assert row["enqueued_at"] == NOON + timedelta(days=90)
    assert (told["TimeGenerated"], told["DetectedTime"][:10]) == (iso(NOON + timedelta(days=90)), "2026-10-17")

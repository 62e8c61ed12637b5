"""The parser and the workbook's queries, run: each alert once as it stands, and what was raised by nobody."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from deploy.sentinel.rules import kql

from .kusto import Row, Workspace

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
H = timedelta(hours=1)
ROLE = "62e90394-69f5-4237-9190-012177145e10"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    """An alert that was resolved, one that grew graver and came twice, one of a group."""
    made = Workspace()
    standing = {"RuleId": "posture.standing_role", "RoleName": "Global Administrator", "RoleDefinitionId": ROLE.upper()}
    person = {"TargetUpn": "anna@contoso.example", "TargetName": "Anna", "TenantName": "contoso"}
    revisions: list[tuple[str, int, int, Row]] = [
        ("gone", 1, 50, standing | {"Status": "New"}),
        ("gone", 2, 20, standing | {"Status": "Resolved"}),
        ("graver", 1, 30, standing | {"Status": "New", "Severity": "Low"}),
        ("graver", 2, 10, standing | {"Status": "New", "Severity": "High"}),
        ("graver", 2, 10, standing | {"Status": "New", "Severity": "High"}),
        (
            "group",
            1,
            3,
            {"RuleId": "drift.permanent_eligible", "Status": "New", "GroupName": "sg-a", "Severity": "Low"},
        ),
        ("young", 1, 1, {"RuleId": "activation.off_hours", "Status": "New", "Severity": "Low"}),
    ]
    for number, (alert, revision, hours, row) in enumerate(revisions):
        values = person | row | {"AlertId": alert, "Revision": revision, "TimeGenerated": NOW - hours * H}
        made.arrive("PimAlerts_CL", values, NOW - hours * H + number * timedelta(minutes=1))
    made.texts("PimRoleTiers", "SearchKey Tier", [(ROLE, "tier0")])
    made.texts("PimTenants", "SearchKey TenantName", [("T1", "contoso"), ("t2", "fabrikam")])
    details = {"Custom Details": json.dumps({"AlertId": ["graver"], "Revision": ["2"]})}
    made.texts("SecurityAlert", "ExtendedProperties", [(json.dumps(details),), ("{}",), ("",)])
    beat = {"EntraTenantId": "t1", "TenantName": "contoso", "LagSeconds": 300.0, "AlertsPending": 0}
    for hours in (2, 1):
        made.arrive("PimHeartbeat_CL", beat | {"TimeGenerated": NOW - hours * H, "GapsOpen": hours}, NOW - hours * H)
    return made


def test_the_parser_gives_each_alert_once_as_it_stands(workspace: Workspace) -> None:
    rows = {row["AlertId"]: row for row in workspace.query(kql("PimAlerts"), NOW)}
    assert {alert: (row["Revision"], row["Status"]) for alert, row in rows.items()} == {
        "gone": (2, "Resolved"),
        "graver": (2, "New"),
        "group": (1, "New"),
        "young": (1, "New"),
    }
    assert rows["graver"]["Severity"] == "High"


def test_alerts_are_counted_without_copies(workspace: Workspace) -> None:
    assert sum(row["Alerts"] for row in workspace.query(kql("workbook_alerts"), NOW)) == 5


def test_standing_privilege_is_what_is_not_resolved_with_its_tier(workspace: Workspace) -> None:
    rows = workspace.query(kql("workbook_standing"), NOW)
    assert sorted((row["AlertId"], row["Held"], row["Tier"] or None, row["Who"]) for row in rows) == [
        ("graver", "Global Administrator", "tier0", "anna@contoso.example"),
        ("group", "sg-a", None, "anna@contoso.example"),
    ]


def test_each_tenant_shows_its_newest_heartbeat_or_none(workspace: Workspace) -> None:
    rows = {row["Tenant"]: row for row in workspace.query(kql("workbook_tenants"), NOW)}
    assert rows.keys() == {"contoso", "fabrikam"}
    assert (rows["contoso"]["GapsOpen"], rows["contoso"]["LagMinutes"]) == (1, 5)
    assert rows["fabrikam"]["LastBeat"] is None


def test_what_no_rule_raised_is_found(workspace: Workspace) -> None:
    rows = workspace.query(kql("workbook_unraised"), NOW)
    assert sorted({row["AlertId"] for row in rows}) == ["gone", "group"]


def test_rules_are_counted(workspace: Workspace) -> None:
    rows = {
        row["RuleId"]: (row["Alerts"], row["High"], row["Open"]) for row in workspace.query(kql("workbook_rules"), NOW)
    }
    assert rows["posture.standing_role"] == (2, 1, 1)

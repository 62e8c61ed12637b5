"""The table of endpoints: what goes over the wire for each row."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.collect.endpoints import DAILY, HOURLY, TABLE, Kind

ROWS = {endpoint.name: endpoint for endpoint in TABLE}
GROUP = "00000000-0000-0000-0000-000000000077"


def test_names_are_unique_and_the_order_is_licences_events_state() -> None:
    names = [endpoint.name for endpoint in TABLE]
    assert len(set(names)) == len(names) == 17
    assert names[:2] == ["subscribed_skus", "directory_audits"]
    assert names.index("group_members") < names.index("group_owners")
    assert [e.kind for e in TABLE].index(Kind.PER_GROUP) > names.index("groups")


def test_nothing_asks_for_a_right_to_write() -> None:
    assert not [endpoint.name for endpoint in TABLE if "Write" in endpoint.permission]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("subscribed_skus", "/v1.0/subscribedSkus"),
        (
            "directory_audits",
            "/v1.0/auditLogs/directoryAudits?$filter=activityDateTime%20ge%20A%20and%20activityDateTime%20le%20B"
            "&$orderby=activityDateTime%20asc&$top=999",
        ),
        (
            "role_policies",
            "/v1.0/policies/roleManagementPolicyAssignments?"
            "$filter=scopeId%20eq%20%27/%27%20and%20scopeType%20eq%20%27DirectoryRole%27&$expand=policy($expand%3Drules)",
        ),
        ("group_resources", "/beta/identityGovernance/privilegedAccess/group/resources?$select=id"),
        (
            "group_assignment_requests",
            "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests?"
            f"$filter=groupId%20eq%20%27{GROUP}%27",
        ),
        (
            "group_policies",
            f"/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId%20eq%20%27{GROUP}%27%20and%20"
            "scopeType%20eq%20%27Group%27&$expand=policy($expand%3Drules)",
        ),
        ("group_members", f"/v1.0/groups/{GROUP}/members?$select=id,displayName,userPrincipalName,appId&$top=999"),
    ],
)
def test_addresses(name: str, address: str) -> None:
    assert ROWS[name].address(group=GROUP, since="A", until="B") == address


def test_sign_in_activity_is_selected_with_a_premium_licence_only() -> None:
    assert "signInActivity" not in ROWS["users"].address()
    assert ",signInActivity&" in ROWS["users"].address(premium=True)


def test_cadence() -> None:
    now = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert {e.name for e in TABLE if e.cadence is HOURLY} == {"role_policies", "group_policies"}
    assert ROWS["users"].cadence is DAILY
    assert ROWS["users"].is_due(None, now)
    assert not ROWS["users"].is_due(now - timedelta(hours=23), now)
    assert ROWS["users"].is_due(now - timedelta(hours=24), now)
    assert ROWS["users"].is_due(now - timedelta(hours=23, minutes=58), now), "a run a little early is still on time"
    assert ROWS["role_assignment_instances"].is_due(now, now)

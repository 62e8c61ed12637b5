"""The table of endpoints: what goes over the wire for each row."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.collect.endpoints import CA_RATE, DAILY, HOURLY, TABLE, Kind

ROWS = {endpoint.name: endpoint for endpoint in TABLE}
GROUP = "00000000-0000-0000-0000-000000000077"


def test_names_are_unique_and_the_order_is_licences_events_state() -> None:
    names = [endpoint.name for endpoint in TABLE]
    assert len(set(names)) == len(names) == 26
    assert names[:2] == ["subscribed_skus", "directory_audits"]
    assert names.index("group_members") < names.index("group_owners")
    asked_of = {e.name: e.parents for e in TABLE if e.kind is Kind.PER_PARENT}
    assert all(parents and names.index(parents) < names.index(name) for name, parents in asked_of.items())
    assert not [e.name for e in TABLE if e.kind is not Kind.PER_PARENT and (e.parents or e.places)]


def test_a_parent_is_named_by_as_many_parts_as_it_has() -> None:
    decisions = ROWS["review_decisions"]
    assert decisions.places == ("definition", "instance")
    assert decisions.of(f"{GROUP}/i") == (
        f"/v1.0/identityGovernance/accessReviews/definitions/{GROUP}/instances/i/decisions?$top=100"
    )
    assert ROWS["group_members"].places == ROWS["group_policies"].places == ("group",)
    with pytest.raises(ValueError, match="zip"):
        decisions.of(GROUP)


def test_conditional_access_is_asked_once_a_second_at_most() -> None:
    paced = {e.name: e.rate for e in TABLE if "conditionalAccess" in e.path or "authenticationStrength" in e.path}
    assert set(paced) == {"ca_policies", "auth_strengths", "auth_contexts"}
    assert set(paced.values()) == {CA_RATE}
    assert CA_RATE.requests / CA_RATE.seconds <= 1


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
        (
            "pim_alerts",
            "/beta/identityGovernance/roleManagementAlerts/alerts?"
            "$filter=scopeId%20eq%20%27/%27%20and%20scopeType%20eq%20%27DirectoryRole%27&$expand=alertDefinition",
        ),
        ("group_writeback", "/beta/groups?$select=id,writebackConfiguration&$top=999"),
        ("access_reviews", "/v1.0/identityGovernance/accessReviews/definitions?$top=100"),
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
    assert {e.name for e in TABLE if e.cadence is HOURLY} == {
        *("role_policies", "group_policies", "pim_alerts"),
        *("ca_policies", "auth_strengths", "auth_contexts"),
    }
    assert ROWS["users"].cadence is DAILY
    assert ROWS["users"].is_due(None, now)
    assert not ROWS["users"].is_due(now - timedelta(hours=23), now)
    assert ROWS["users"].is_due(now - timedelta(hours=24), now)
    assert ROWS["users"].is_due(now - timedelta(hours=23, minutes=58), now), "a run a little early is still on time"
    assert ROWS["role_assignment_instances"].is_due(now, now)

"""Silence is an alert: of a tenant that stops, that never began, that cannot send, that cannot read."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.sentinel.rules import kql

from .kusto import Row, Workspace

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
M = timedelta(minutes=1)
ONE, TWO = (f"00000000-0000-0000-0000-00000000000{digit}" for digit in "ab")


@pytest.fixture(scope="module")
def shared() -> Workspace:
    return Workspace("TimeGenerated EntraTenantId TenantName WatermarkTime LagSeconds AlertsPending")


@pytest.fixture
def workspace(shared: Workspace) -> Workspace:
    """One tenant is expected, and nothing has arrived."""
    shared.empty()
    shared.texts("PimTenants", "SearchKey TenantName", [(ONE.upper(), "contoso")])
    return shared


def beats(workspace: Workspace, *minutes: int, tenant: str = ONE, skew: timedelta = 0 * M, **values: object) -> None:
    """Heartbeats that arrived so many minutes ago; `skew`: how far the sender's clock is ahead."""
    for ago in minutes:
        row = {"EntraTenantId": tenant, "TenantName": "contoso", "AlertsPending": 0, "LagSeconds": 120.0}
        row |= {"TimeGenerated": NOW - ago * M + skew, "WatermarkTime": NOW - (ago + 2) * M} | values
        workspace.arrive("PimHeartbeat_CL", row, NOW - ago * M)


def alerts(workspace: Workspace) -> dict[str, Row]:
    return {row["TenantId"]: row for row in workspace.query(kql("silence"), NOW)}


def reasons(workspace: Workspace) -> dict[str, str]:
    return {tenant: row["Reason"] for tenant, row in alerts(workspace).items()}


def test_all_is_well(workspace: Workspace) -> None:
    beats(workspace, *range(5, 300, 15))
    assert alerts(workspace) == {}


def test_a_tenant_never_heard_of_is_known_from_the_watchlist(workspace: Workspace) -> None:
    (row,) = alerts(workspace).values()
    assert (row["TenantId"], row["Tenant"], row["Reason"], row["Severity"]) == (ONE, "contoso", "unheard", "High")
    assert row["Title"] == "Nothing was heard of pimtrail for contoso"


def test_one_that_stops_is_noticed_after_an_hour(workspace: Workspace) -> None:
    beats(workspace, *range(59, 300, 15))
    assert reasons(workspace) == {}
    workspace.empty()
    beats(workspace, *range(61, 300, 15))
    row = alerts(workspace)[ONE]
    assert (row["Reason"], row["LastHeartbeat"], row["StartTime"]) == ("silent", "2026-11-02 10:59", NOW - 61 * M)


def test_a_clock_that_is_ahead_hides_no_silence(workspace: Workspace) -> None:
    beats(workspace, 90, skew=timedelta(hours=20))
    assert reasons(workspace) == {ONE: "silent"}


def test_each_tenant_is_judged_by_itself_also_one_nobody_listed(workspace: Workspace) -> None:
    beats(workspace, 5, 20)
    beats(workspace, 70, tenant=TWO, TenantName="fabrikam")
    row = alerts(workspace)[TWO]
    assert (reasons(workspace), row["Tenant"]) == ({TWO: "silent"}, "fabrikam")


def test_without_a_watchlist_those_heard_of_are_watched(workspace: Workspace) -> None:
    workspace.texts("PimTenants", "SearchKey TenantName", [])
    assert reasons(workspace) == {}
    beats(workspace, 90)
    assert reasons(workspace) == {ONE: "silent"}


def test_alerts_that_wait_for_an_hour_are_a_backlog(workspace: Workspace) -> None:
    beats(workspace, *range(5, 90, 15), AlertsPending=7)
    row = alerts(workspace)[ONE]
    assert (row["Reason"], row["Severity"], row["Pending"]) == ("backlog", "Medium", "7")
    beats(workspace, 50)
    assert reasons(workspace) == {}


def test_a_burst_is_no_backlog_yet(workspace: Workspace) -> None:
    beats(workspace, 5, 20, 35, AlertsPending=400)
    assert reasons(workspace) == {}


@pytest.mark.parametrize("values", [{"LagSeconds": 7201.0}, {"LagSeconds": None, "WatermarkTime": None}])
def test_one_that_runs_but_does_not_read_is_blind(workspace: Workspace, values: dict[str, object]) -> None:
    beats(workspace, *range(5, 100, 15), **values)
    assert reasons(workspace) == {}
    beats(workspace, 130)
    row = alerts(workspace)[ONE]
    assert (row["Reason"], row["Severity"]) == ("blind", "High")
    assert row["Title"] == "pimtrail no longer reads the audit log of contoso"

"""What is asked of Graph, as a table in the order of asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from urllib.parse import quote

from .pacing import Rate

AUDIT_RATE = Rate(5, 10.25, overall=Rate(122, 10.25))
"""Reports allow five requests in ten seconds, and 122 for all tenants of an application; a quarter of a second is left
for networks that differ."""

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
_SLACK = timedelta(minutes=5)
"""A run that starts a little early is still on time: cadence is kept by schedule, not by stopwatch."""


class Kind(Enum):
    """How an endpoint is read."""

    STREAM = "stream"
    """Events, window by window."""
    WHOLE = "whole"
    """A list of the whole tenant."""
    PER_GROUP = "per_group"
    """One list a group, all of them one walk."""


@dataclass(frozen=True)
class Endpoint:
    """One row. `path` and `filter` may hold {group}, {since} and {until}; `cadence` None means each run."""

    name: str
    path: str
    kind: Kind
    permission: str
    filter: str | None = None
    select: tuple[str, ...] = ()
    premium_select: tuple[str, ...] = ()
    """Properties that only a tenant with Entra ID P1 or P2 may select."""
    expand: str | None = None
    order: str | None = None
    top: int | None = None
    version: str = "v1.0"
    needs_p2: bool = False
    cadence: timedelta | None = None
    rate: Rate | None = None

    @property
    def in_pim(self) -> bool:
        """Whether it is asked of groups in PIM, not of every group that matters."""
        return self.kind is Kind.PER_GROUP and self.needs_p2

    def address(self, *, premium: bool = False, **values: str) -> str:
        """Path and query, with the braces filled from `values`."""
        select = (*self.select, *(self.premium_select if premium else ()))
        options = {
            "$filter": self.filter and self.filter.format(**values),
            "$select": ",".join(select),
            "$expand": self.expand,
            "$orderby": self.order,
            "$top": self.top and str(self.top),
        }
        query = "&".join(f"{name}={quote(text, safe='(),:/$')}" for name, text in options.items() if text)
        return f"/{self.version}{self.path.format(**values)}" + (f"?{query}" if query else "")

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether it is time to ask again, `last` being when it was answered before."""
        return last is None or self.cadence is None or now - last >= self.cadence - _SLACK


_GROUP_PIM = "/identityGovernance/privilegedAccess/group"
_RULES = "policy($expand=rules)"
_MEMBER = ("id", "displayName", "userPrincipalName", "appId")
_ELIGIBILITY = "PrivilegedEligibilitySchedule.Read.AzureADGroup"
_ASSIGNMENT = "PrivilegedAssignmentSchedule.Read.AzureADGroup"


def _of_group(name: str, path: str, permission: str) -> Endpoint:
    return Endpoint(
        name, f"{_GROUP_PIM}/{path}", Kind.PER_GROUP, permission, filter="groupId eq '{group}'", needs_p2=True
    )


def _of_roles(name: str, path: str, permission: str) -> Endpoint:
    return Endpoint(name, f"/roleManagement/directory/{path}", Kind.WHOLE, permission, needs_p2=True)


TABLE = (
    Endpoint("subscribed_skus", "/subscribedSkus", Kind.WHOLE, "LicenseAssignment.Read.All"),
    Endpoint(
        "directory_audits",
        "/auditLogs/directoryAudits",
        Kind.STREAM,
        "AuditLog.Read.All",
        filter="activityDateTime ge {since} and activityDateTime le {until}",
        order="activityDateTime asc",
        top=999,
        rate=AUDIT_RATE,
    ),
    Endpoint(
        "role_definitions",
        "/roleManagement/directory/roleDefinitions",
        Kind.WHOLE,
        "RoleManagement.Read.Directory",
        cadence=DAILY,
    ),
    _of_roles("role_assignment_instances", "roleAssignmentScheduleInstances", "RoleAssignmentSchedule.Read.Directory"),
    _of_roles(
        "role_eligibility_instances", "roleEligibilityScheduleInstances", "RoleEligibilitySchedule.Read.Directory"
    ),
    Endpoint(
        "role_policies",
        "/policies/roleManagementPolicyAssignments",
        Kind.WHOLE,
        "RoleManagement.Read.Directory",
        filter="scopeId eq '/' and scopeType eq 'DirectoryRole'",
        expand=_RULES,
        needs_p2=True,
        cadence=HOURLY,
    ),
    Endpoint(
        "group_resources",
        f"{_GROUP_PIM}/resources",
        Kind.WHOLE,
        "PrivilegedAccess.Read.AzureADGroup",
        select=("id",),
        version="beta",
        needs_p2=True,
    ),
    Endpoint(
        "groups",
        "/groups",
        Kind.WHOLE,
        "Group.Read.All",
        select=(
            *("id", "displayName", "groupTypes", "securityEnabled", "mailEnabled", "isAssignableToRole"),
            *("membershipRule", "membershipRuleProcessingState", "onPremisesSyncEnabled", "createdDateTime"),
        ),
        top=999,
        cadence=DAILY,
    ),
    Endpoint(
        "users",
        "/users",
        Kind.WHOLE,
        "User.Read.All",
        select=(
            *("id", "displayName", "userPrincipalName", "accountEnabled", "userType", "onPremisesSyncEnabled"),
            "createdDateTime",
        ),
        premium_select=("signInActivity",),
        top=500,
        cadence=DAILY,
    ),
    Endpoint(
        "service_principals",
        "/servicePrincipals",
        Kind.WHOLE,
        "Application.Read.All",
        select=("id", "appId", "displayName", "accountEnabled", "servicePrincipalType", "appOwnerOrganizationId"),
        top=999,
        cadence=DAILY,
    ),
    _of_group("group_assignment_instances", "assignmentScheduleInstances", _ASSIGNMENT),
    _of_group("group_eligibility_instances", "eligibilityScheduleInstances", _ELIGIBILITY),
    _of_group("group_assignment_requests", "assignmentScheduleRequests", _ASSIGNMENT),
    _of_group("group_eligibility_requests", "eligibilityScheduleRequests", _ELIGIBILITY),
    Endpoint(
        "group_policies",
        "/policies/roleManagementPolicyAssignments",
        Kind.PER_GROUP,
        "RoleManagementPolicy.Read.AzureADGroup",
        filter="scopeId eq '{group}' and scopeType eq 'Group'",
        expand=_RULES,
        needs_p2=True,
        cadence=HOURLY,
    ),
    Endpoint(
        "group_members",
        "/groups/{group}/members",
        Kind.PER_GROUP,
        "GroupMember.Read.All",
        select=_MEMBER,
        top=999,
        cadence=DAILY,
    ),
    Endpoint(
        "group_owners",
        "/groups/{group}/owners",
        Kind.PER_GROUP,
        "GroupMember.Read.All",
        select=_MEMBER,
        top=999,
        cadence=DAILY,
    ),
)
"""Licences come first, since they say how far back the audit log reaches; members before owners, since they nest."""

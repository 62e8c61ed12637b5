"""What is asked of Graph, as a table in the order of asking."""

from __future__ import annotations

from .endpoint import DAILY, GROUPS, HOURLY, Endpoint, Kind, Licence
from .pacing import Rate

__all__ = ["AUDIT_RATE", "CA_RATE", "DAILY", "GROUPS", "HOURLY", "TABLE", "Endpoint", "Kind", "Licence"]

AUDIT_RATE = Rate(5, 10.15, overall=Rate(122, 10.15))
"""Reports allow five requests in ten seconds, and 122 for all tenants of an application; a little is left for networks
that differ, and what they take beyond it a 429 makes good."""

CA_RATE = Rate(1, 1.1)
"""Conditional Access allows one request a second, for all applications of the tenant together."""

_GROUP_PIM = "/identityGovernance/privilegedAccess/group"
_REVIEWS = "/identityGovernance/accessReviews/definitions"
_RULES = "policy($expand=rules)"
_TENANT_WIDE = "scopeId eq '/' and scopeType eq 'DirectoryRole'"
_MEMBER = ("id", "displayName", "userPrincipalName", "appId")
_ELIGIBILITY = "PrivilegedEligibilitySchedule.Read.AzureADGroup"
_ASSIGNMENT = "PrivilegedAssignmentSchedule.Read.AzureADGroup"
_POLICY = ("policy", "policy_approver")


def _of_group(name: str, path: str, permission: str, fills: str) -> Endpoint:
    return Endpoint(
        *(name, f"{_GROUP_PIM}/{path}", Kind.PER_PARENT, permission, (fills,), GROUPS),
        filter="groupId eq '{group}'",
        licence=Licence.P2,
        has_ends=path.endswith("Instances"),
    )


def _of_roles(name: str, path: str, permission: str) -> Endpoint:
    return Endpoint(
        *(name, f"/roleManagement/directory/{path}", Kind.WHOLE, permission, ("assignment",)),
        licence=Licence.P2,
        has_ends=True,
    )


def _people(name: str, path: str) -> Endpoint:
    return Endpoint(
        *(name, f"/groups/{{group}}/{path}", Kind.PER_PARENT, "GroupMember.Read.All", ("group_edge",), GROUPS),
        select=_MEMBER,
        top=999,
        cadence=DAILY,
    )


def _reviews(name: str, path: str, fills: str, parents: str | None = None) -> Endpoint:
    kind = Kind.PER_PARENT if parents else Kind.WHOLE
    return Endpoint(
        *(name, f"{_REVIEWS}{path}", kind, "AccessReview.Read.All", (fills,), parents),
        top=100,
        licence=Licence.P2,
        cadence=DAILY,
    )


def _access(name: str, path: str, permission: str, fills: str) -> Endpoint:
    return Endpoint(*(name, path, Kind.WHOLE, permission, (fills,)), licence=Licence.P1, cadence=HOURLY, rate=CA_RATE)


TABLE = (
    Endpoint("subscribed_skus", "/subscribedSkus", Kind.WHOLE, "LicenseAssignment.Read.All", ("licence",)),
    Endpoint(
        *("directory_audits", "/auditLogs/directoryAudits", Kind.STREAM, "AuditLog.Read.All"),
        fills=("audit_event", "pim_request", "activation"),
        filter="activityDateTime ge {since} and activityDateTime le {until}",
        order="activityDateTime asc",
        top=999,
        rate=AUDIT_RATE,
    ),
    Endpoint(
        *("role_definitions", "/roleManagement/directory/roleDefinitions", Kind.WHOLE),
        *("RoleManagement.Read.Directory", ("role",)),
        cadence=DAILY,
    ),
    Endpoint(
        *("role_assignments", "/roleManagement/directory/roleAssignments", Kind.WHOLE),
        *("RoleManagement.Read.Directory", ("role_assignment",)),
    ),
    _of_roles("role_assignment_instances", "roleAssignmentScheduleInstances", "RoleAssignmentSchedule.Read.Directory"),
    _of_roles(
        "role_eligibility_instances", "roleEligibilityScheduleInstances", "RoleEligibilitySchedule.Read.Directory"
    ),
    Endpoint(
        *("role_policies", "/policies/roleManagementPolicyAssignments", Kind.WHOLE),
        *("RoleManagement.Read.Directory", _POLICY),
        filter=_TENANT_WIDE,
        expand=_RULES,
        licence=Licence.P2,
        cadence=HOURLY,
    ),
    Endpoint(
        *("group_resources", f"{_GROUP_PIM}/resources", Kind.WHOLE),
        *("PrivilegedAccess.Read.AzureADGroup", ("entra_group",)),
        select=("id",),
        version="beta",
        licence=Licence.P2,
    ),
    Endpoint(
        *("groups", "/groups", Kind.WHOLE, "Group.Read.All", ("entra_group",)),
        select=(
            *("id", "displayName", "groupTypes", "securityEnabled", "mailEnabled", "isAssignableToRole"),
            *("isManagementRestricted", "membershipRule", "membershipRuleProcessingState"),
            *("onPremisesSyncEnabled", "createdDateTime"),
        ),
        top=999,
        cadence=DAILY,
    ),
    Endpoint(
        *("group_writeback", "/groups", Kind.WHOLE, "Group.Read.All", ("entra_group",)),
        select=("id", "writebackConfiguration"),
        top=999,
        version="beta",
        cadence=DAILY,
    ),
    Endpoint(
        *("users", "/users", Kind.WHOLE, "User.Read.All", ("principal",)),
        select=(
            *("id", "displayName", "userPrincipalName", "accountEnabled", "userType", "onPremisesSyncEnabled"),
            "createdDateTime",
        ),
        premium_select=("signInActivity",),
        top=500,
        cadence=DAILY,
    ),
    Endpoint(
        *("service_principals", "/servicePrincipals", Kind.WHOLE, "Application.Read.All", ("principal",)),
        select=("id", "appId", "displayName", "accountEnabled", "servicePrincipalType", "appOwnerOrganizationId"),
        top=999,
        cadence=DAILY,
    ),
    _of_group("group_assignment_instances", "assignmentScheduleInstances", _ASSIGNMENT, "assignment"),
    _of_group("group_eligibility_instances", "eligibilityScheduleInstances", _ELIGIBILITY, "assignment"),
    _of_group("group_assignment_requests", "assignmentScheduleRequests", _ASSIGNMENT, "pim_request"),
    _of_group("group_eligibility_requests", "eligibilityScheduleRequests", _ELIGIBILITY, "pim_request"),
    Endpoint(
        *("group_policies", "/policies/roleManagementPolicyAssignments", Kind.PER_PARENT),
        *("RoleManagementPolicy.Read.AzureADGroup", _POLICY, GROUPS),
        filter="scopeId eq '{group}' and scopeType eq 'Group'",
        expand=_RULES,
        licence=Licence.P2,
        cadence=HOURLY,
    ),
    _people("group_members", "members"),
    _people("group_owners", "owners"),
    _reviews("access_reviews", "", "access_review"),
    _reviews("review_instances", "/{definition}/instances", "review_instance", "access_reviews"),
    _reviews(
        *("review_decisions", "/{definition}/instances/{instance}/decisions", "review_decision"), "review_instances"
    ),
    _access("ca_policies", "/identity/conditionalAccess/policies", "Policy.Read.All", "ca_policy"),
    _access("auth_strengths", "/policies/authenticationStrengthPolicies", "Policy.Read.All", "auth_strength"),
    _access(
        *("auth_contexts", "/identity/conditionalAccess/authenticationContextClassReferences"),
        *("AuthenticationContext.Read.All", "auth_context"),
    ),
    Endpoint(
        *("pim_alerts", "/identityGovernance/roleManagementAlerts/alerts", Kind.WHOLE),
        *("RoleManagementAlert.Read.Directory", ("pim_alert",)),
        filter=_TENANT_WIDE,
        expand="alertDefinition",
        version="beta",
        licence=Licence.P2,
        cadence=HOURLY,
    ),
)
"""Licences come first, since they say how far back the audit log reaches; a list comes before those that ask about its
items, and members before owners, since they nest."""


def permissions() -> tuple[str, ...]:
    """Every permission the table needs, all of them for reading."""
    return tuple(sorted({endpoint.permission for endpoint in TABLE}))

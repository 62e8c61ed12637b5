"""What each kind of snapshot tells, and the histories it is kept in: the table to read when a state source is added.

What watches over PIM (reviews, Conditional Access, alerts) stands in `governance`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class History:
    """A table of validity intervals and how one snapshot fills it.

    `select` names the SQL file that makes its rows out of the items. Rows are told apart by `key`; another `state`
    opens a new interval; `latest` columns follow the newest snapshot without one. `scope` is the part of the table
    this snapshot speaks about.
    """

    table: str
    select: str
    key: tuple[str, ...]
    state: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    scope: str = "true"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the tenant and the interval."""
        return (*self.key, *self.state, *self.latest)


@dataclass(frozen=True)
class Snapshot:
    """A source of state: the DuckDB type of its items and the histories they fill.

    `parameters` are those of the histories' SQL files.
    """

    source: str
    shape: str
    histories: tuple[History, ...]
    parameters: dict[str, str] = field(default_factory=dict)


def text(*names: str) -> str:
    return ", ".join(f"{name} VARCHAR" for name in names)


_APPROVER = f'STRUCT("@odata.type" VARCHAR, {text("id", "userId", "groupId", "description", "displayName")})[]'
_APPROVAL = (
    "STRUCT(isApprovalRequired VARCHAR, isApprovalRequiredForExtension VARCHAR, "
    f"approvalStages STRUCT({text('isApproverJustificationRequired', 'approvalStageTimeOutInDays')}, "
    f"primaryApprovers {_APPROVER}, escalationApprovers {_APPROVER})[])"
)
_RULE = (
    f"STRUCT({text('id', 'isExpirationRequired', 'maximumDuration', 'isEnabled', 'claimValue')}, "
    "enabledRules VARCHAR[], isDefaultRecipientsEnabled VARCHAR, notificationRecipients VARCHAR[], "
    f"setting {_APPROVAL})[]"
)
_POLICY_ITEM = (
    f"STRUCT({text('id', 'policyId', 'scopeId', 'roleDefinitionId')}, "
    f"policy STRUCT({text('id', 'lastModifiedDateTime')}, "
    f"lastModifiedBy STRUCT({text('id', 'displayName')}), rules {_RULE}))"
)
_POLICY = (
    *("max_activation", "requires_mfa", "auth_context_id", "requires_justification", "requires_ticket"),
    *("requires_approval", "permanent_eligible_allowed", "permanent_active_allowed", "max_eligible", "max_active"),
    *("notify_on_eligible", "notify_on_active", "notify_on_activation", "notification_recipients", "basis"),
    *("eligible_requires", "active_requires", "requires_approval_for_extension", "requires_approver_justification"),
    *("approval_timeout_days", "notify_requestor_on_eligible", "notify_requestor_on_active"),
    *("notify_requestor_on_activation", "notify_approver_on_eligible", "notify_approver_on_active"),
    "notify_approver_on_activation",
)
_ITEM = text(
    *("id", "principalId", "roleDefinitionId", "groupId", "accessId", "directoryScopeId", "appScopeId"),
    *("memberType", "assignmentType", "startDateTime", "endDateTime"),
)


def _policies(source: str, surface: str) -> Snapshot:
    held = f"surface = '{surface}' AND basis = 'observed'"
    named = "access IS NOT NULL" if surface == "group" else "access IS NULL"
    key = ("policy_id", "target_id", "access")
    return Snapshot(
        source,
        _POLICY_ITEM,
        (
            History(
                *("policy_history", "50_policy", key, ("surface", *_POLICY)),
                *(("modified_at", "modified_by"), held),
            ),
            History(
                *("policy_approver", "51_policy_approver", (*key, "approver_kind", "approver_id"), ("approver_name",)),
                scope=named,
            ),
        ),
        {"surface": surface},
    )


def _instances(source: str, surface: str, kind: str) -> Snapshot:
    state = ("assignment_type", "principal_id", "target_id", "access", "scope", "member_type", "starts_at", "ends_at")
    key = ("assignment_id", "surface", "kind")
    held = f"surface = '{surface}' AND kind = '{kind}'"
    history = History("assignment_history", "40_assignment", key, state, scope=held)
    return Snapshot(source, f"STRUCT({_ITEM})", (history,), {"surface": surface, "kind": kind})


def _principals(source: str, select: str, kind: str, shape: str) -> Snapshot:
    state = ("kind", "name", "upn", "app_id", "enabled", "user_type", "synced", "created_at")
    history = History(
        *("principal_history", select, ("principal_id",), state, ("last_sign_in_at",)), scope=f"kind = '{kind}'"
    )
    return Snapshot(source, shape, (history,))


def _edges(source: str, edge: str) -> Snapshot:
    key = ("group_id", "member_id", "edge")
    history = History("group_edge", "36_group_edge", key, ("member_kind",), scope=f"edge = '{edge}'")
    return Snapshot(source, 'STRUCT(id VARCHAR, "@odata.type" VARCHAR)', (history,), {"edge": edge})


_PLANS = f"STRUCT({text('servicePlanName', 'provisioningStatus')})[]"
_SIGN_IN = text("lastSignInDateTime", "lastNonInteractiveSignInDateTime", "lastSuccessfulSignInDateTime")
_PERSON = text(
    *("id", "displayName", "userPrincipalName", "accountEnabled", "userType"),
    *("onPremisesSyncEnabled", "createdDateTime"),
)
_GROUP = text(
    *("id", "displayName", "securityEnabled", "isAssignableToRole", "isManagementRestricted", "membershipRule"),
    *("onPremisesSyncEnabled", "createdDateTime"),
)
_GROUP_STATE = (
    *("name", "kind", "is_role_assignable", "membership_rule", "synced", "writeback", "management_restricted"),
    "created_at",
)

SNAPSHOTS = (
    Snapshot(
        "role_definitions",
        f"STRUCT({text('id', 'templateId', 'displayName', 'isBuiltIn', 'isEnabled')})",
        (History("role_history", "30_role", ("role_id",), ("name", "is_built_in", "is_enabled")),),
    ),
    _principals("users", "31_user", "user", f"STRUCT({_PERSON}, signInActivity STRUCT({_SIGN_IN}))"),
    _principals(
        *("service_principals", "32_service_principal", "service_principal"),
        shape=f"STRUCT({text('id', 'appId', 'displayName', 'accountEnabled', 'createdDateTime')})",
    ),
    Snapshot(
        "groups",
        f"STRUCT({_GROUP}, groupTypes VARCHAR[], writebackConfiguration STRUCT(isEnabled VARCHAR))",
        (History("group_object", "33_group_object", ("group_id",), _GROUP_STATE),),
    ),
    Snapshot(
        "group_writeback",
        f"STRUCT(id VARCHAR, writebackConfiguration STRUCT({text('isEnabled', 'onPremisesGroupType')}))",
        (
            History(
                *("group_writeback", "37_group_writeback", ("group_id",), ("is_enabled", "on_premises_type")),
            ),
        ),
    ),
    Snapshot(
        "group_resources",
        "STRUCT(id VARCHAR)",
        (History("group_onboarding", "34_group_onboarding", ("group_id",)),),
    ),
    _edges("group_members", "member"),
    _edges("group_owners", "owner"),
    Snapshot(
        "role_assignments",
        f"STRUCT({_ITEM})",
        (History("role_assignment", "41_role_assignment", ("assignment_id",), ("principal_id", "role_id", "scope")),),
    ),
    _instances("role_assignment_instances", "entra_role", "active"),
    _instances("role_eligibility_instances", "entra_role", "eligible"),
    _instances("group_assignment_instances", "group", "active"),
    _instances("group_eligibility_instances", "group", "eligible"),
    _policies("role_policies", "entra_role"),
    _policies("group_policies", "group"),
    Snapshot(
        "subscribed_skus",
        f"STRUCT({text('id', 'skuId', 'skuPartNumber', 'capabilityStatus', 'consumedUnits')}, "
        f"prepaidUnits STRUCT(enabled VARCHAR), servicePlans {_PLANS})",
        (
            History(
                *("licence", "55_licence", ("sku_id",), ("sku_name", "has_p2", "has_governance", "enabled_units")),
                latest=("consumed_units",),
            ),
        ),
    ),
)
"""Every source of PIM's own state and of the directory's, and what becomes of it."""

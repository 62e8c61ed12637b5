"""PIM settings out of policies whose rules come in any order."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.normalise.statements import run

from .landing import Item, Landing
from .test_state import GROUP, READER, hour, spans

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


STAGE = {"isApproverJustificationRequired": True, "approvalStageTimeOutInDays": 1, "primaryApprovers": []}
APPROVAL = {"isApprovalRequired": False, "isApprovalRequiredForExtension": True, "approvalStages": [STAGE]}
LEVELS = ("eligible", "active", "activation")


def rules(**changes: Any) -> list[dict[str, Any]]:
    """The rules of a policy as the service sets them up; `changes` replace fields by rule id."""
    told: dict[str, dict[str, Any]] = {
        "Expiration_Admin_Eligibility": {"isExpirationRequired": True, "maximumDuration": "P365D"},
        "Expiration_Admin_Assignment": {"isExpirationRequired": False, "maximumDuration": "P180D"},
        "Expiration_EndUser_Assignment": {"isExpirationRequired": True, "maximumDuration": "PT8H"},
        "Enablement_EndUser_Assignment": {"enabledRules": ["MultiFactorAuthentication", "Justification"]},
        "Enablement_Admin_Eligibility": {"enabledRules": []},
        "Enablement_Admin_Assignment": {"enabledRules": ["MultiFactorAuthentication", "Justification"]},
        "Approval_EndUser_Assignment": {"setting": APPROVAL},
        "AuthenticationContext_EndUser_Assignment": {"isEnabled": False, "claimValue": "c1"},
    }
    for recipient in ("Admin", "Requestor", "Approver"):
        for level in ("Admin_Eligibility", "Admin_Assignment", "EndUser_Assignment"):
            reached = {"isDefaultRecipientsEnabled": True, "notificationRecipients": []}
            told[f"Notification_{recipient}_{level}"] = reached
    return [{"id": name} | fields | changes.get(name, {}) for name, fields in told.items()]


def role_policy(told: list[dict[str, Any]]) -> Item:
    policy = {"id": "DirectoryRole_p1", "rules": told}
    named = {"policyId": "DirectoryRole_p1", "scopeId": "/", "scopeType": "DirectoryRole", "roleDefinitionId": READER}
    return {"id": f"DirectoryRole_p1_{READER}", "policy": policy} | named


def group_policy(access: str, told: list[dict[str, Any]]) -> Item:
    ident = f"Group_{GROUP}_{access}"
    named = {"policyId": ident, "scopeId": GROUP, "scopeType": "Group", "roleDefinitionId": access}
    return {"id": f"{ident}_{access}", "policy": {"id": ident, "rules": told}} | named


def change(land: Landing, surface: str, target: str, at: datetime, access: str | None = None) -> None:
    """A settings-change event, as the step before state leaves it."""
    role, group = (target, None) if surface == "entra_role" else (None, target)
    land.store.con.execute(
        """INSERT INTO audit_event BY NAME SELECT ? AS tenant_id, 'e' || ?::VARCHAR AS event_id, ? AS occurred_at,
        ? AS ingested_at, 'directory_audits' AS source, 'Update role setting in PIM' AS activity, ? AS surface,
        ? AS target_role_id, ? AS target_role_name, ? AS target_group_id, 'zoned' AS time_basis, 1000 AS segment,
        0 AS page, 0 AS ordinal""",
        [land.store.tenant_id, at, at, at, surface, role, access, group],
    )


OBSERVED = "(SELECT * FROM policy_history WHERE basis = 'observed')"


def test_rules_are_found_by_id_in_any_order(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy(rules())])
    land.snapshot("role_policies", [role_policy(rules()[::-1])])
    land.normalise()
    told = land.rows(f"SELECT * EXCLUDE (tenant_id) FROM {OBSERVED}")
    assert told == [
        {"policy_id": "DirectoryRole_p1", "surface": "entra_role", "target_id": READER, "access": None}
        | {"max_activation": 8 * 3600, "requires_mfa": True, "auth_context_id": None, "requires_justification": True}
        | {"requires_ticket": False, "requires_approval": False, "permanent_eligible_allowed": False}
        | {"permanent_active_allowed": True, "max_eligible": 365 * 86400, "max_active": None}
        | {"notify_on_eligible": True, "notify_on_active": True, "notify_on_activation": True}
        | {"notification_recipients": [], "valid_from": hour(1), "valid_to": None, "basis": "observed"}
        | {"eligible_requires": [], "active_requires": ["Justification", "MultiFactorAuthentication"]}
        | {"requires_approval_for_extension": True, "requires_approver_justification": True}
        | {"approval_timeout_days": 1, "modified_at": None, "modified_by": None}
        | {f"notify_{who}_on_{what}": True for who in ("requestor", "approver") for what in LEVELS}
    ]


def test_a_change_closes_and_reopens(land: Landing) -> None:
    softer = {"Enablement_EndUser_Assignment": {"enabledRules": ["ticketing"]}}
    context = {"AuthenticationContext_EndUser_Assignment": {"isEnabled": True}}
    land.per_group("group_policies", {GROUP: [group_policy("member", rules()), group_policy("owner", rules())]})
    land.per_group(
        "group_policies",
        {GROUP: [group_policy("owner", rules()), group_policy("member", rules(**softer, **context))]},
    )
    land.normalise()
    assert spans(land, OBSERVED, "access", "requires_mfa", "requires_ticket", "auth_context_id") == [
        ("member", False, True, "c1", hour(2), None),
        ("member", True, False, None, hour(1), hour(2)),
        ("owner", True, False, None, hour(1), None),
    ]


def test_a_missing_rule_is_unknown(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy([{"id": "Expiration_EndUser_Assignment"}])])
    land.normalise()
    columns = "requires_mfa, requires_ticket, requires_approval, permanent_eligible_allowed, notify_on_active"
    assert set(land.rows(f"SELECT {columns} FROM {OBSERVED}")[0].values()) == {None}


def test_nobody_is_told_where_recipients_are_off_and_none_is_named(land: Landing) -> None:
    off = {"isDefaultRecipientsEnabled": False}
    named = off | {"notificationRecipients": ["soc@contoso.example", "a@contoso.example"]}
    quiet = {"Notification_Admin_Admin_Eligibility": off, "Notification_Admin_Admin_Assignment": named}
    land.snapshot("role_policies", [role_policy(rules(**quiet))])
    land.normalise()
    assert land.rows(
        f"SELECT notify_on_eligible, notify_on_active, notify_on_activation, notification_recipients FROM {OBSERVED}"
    ) == [
        {"notify_on_eligible": False, "notify_on_active": True, "notify_on_activation": True}
        | {"notification_recipients": ["a@contoso.example", "soc@contoso.example"]}
    ]


def test_approvers(land: Landing) -> None:
    def approving(*who: dict[str, Any]) -> Item:
        stages = [{"primaryApprovers": list(who), "escalationApprovers": []}]
        setting = {"isApprovalRequired": True, "approvalStages": stages}
        return role_policy(rules(Approval_EndUser_Assignment={"setting": setting}))

    person = {"@odata.type": "#microsoft.graph.singleUser", "userId": "U1", "description": "Anna"}
    group = {"@odata.type": "#microsoft.graph.groupMembers", "groupId": "g1", "description": "sg-approvers"}
    manager = {"@odata.type": "#microsoft.graph.requestorManager", "managerLevel": 1}
    land.snapshot("role_policies", [approving(person, group, manager)])
    land.snapshot("role_policies", [approving(group, manager)])
    land.normalise()
    assert spans(land, "policy_approver", "approver_kind", "approver_id", "approver_name") == [
        ("group", "g1", "sg-approvers", hour(1), None),
        ("manager", None, None, hour(1), None),
        ("user", "u1", "Anna", hour(1), hour(2)),
    ]
    assert land.rows(f"SELECT DISTINCT requires_approval FROM {OBSERVED}") == [{"requires_approval": True}]


def test_before_the_first_snapshot_the_earliest_settings_are_assumed(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy(rules())])
    land.normalise()
    assert spans(land, "policy_history", "basis", "max_activation") == [
        ("assumed", 8 * 3600, EPOCH, hour(1)),
        ("observed", 8 * 3600, hour(1), None),
    ]


def test_but_not_across_a_change_the_log_shows_also_when_it_shows_it_late(land: Landing) -> None:
    both = [group_policy("member", rules()), group_policy("owner", rules())]
    land.per_group("group_policies", {GROUP: both})
    land.snapshot("role_policies", [role_policy(rules())])
    land.normalise()
    changed, later = datetime(2026, 9, 20, tzinfo=UTC), hour(30)
    change(land, "group", GROUP.upper(), changed, "Member")
    change(land, "entra_role", READER, later)
    land.snapshot("users", [{"id": "u1"}])
    land.normalise()
    assumed = "(SELECT * FROM policy_history WHERE basis = 'assumed')"
    assert spans(land, assumed, "surface", "access") == [
        ("entra_role", None, EPOCH, hour(2)),
        ("group", "member", changed, hour(1)),
        ("group", "owner", EPOCH, hour(1)),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT8H", 28800),
        ("PT30M", 1800),
        ("P365D", 365 * 86400),
        ("P1Y", 365 * 86400),
        ("P1M", 30 * 86400),
        ("PT1M", 60),
        ("P1DT2H3M4S", 93784),
        ("P2W", 14 * 86400),
        ("PT1.5S", 1),
        ("8h", None),
        ("", None),
        (None, None),
    ],
)
def test_durations(land: Landing, text: str | None, seconds: int | None) -> None:
    run(land.store.con, "29_macros")
    assert land.store.con.execute("SELECT iso_seconds(?)", [text]).fetchone() == (seconds,)

"""PIM settings of a role or of one access to a group, as a policy with its seventeen rules."""

from dataclasses import dataclass
from datetime import datetime

from .clock import RETAINED_FROM, whole
from .seeds import chance
from .world import Principal, Row, Target, World

NEVER = datetime.min.replace(tzinfo=RETAINED_FROM.tzinfo)


@dataclass(frozen=True)
class Settings:
    """What an activation and a grant must obey."""

    hours: int = 8
    enabled: tuple[str, ...] = ("MultiFactorAuthentication", "Justification")
    approvers: tuple[Principal, ...] = ()
    approval: bool = False
    context: str | None = None
    permanent_eligible: bool = False
    permanent_active: bool = False
    recipients: tuple[str, ...] = ()
    notify: bool = True
    changed_by: Principal | None = None


def set_policy(world: World, target: Target, settings: Settings, since: datetime = NEVER) -> None:
    """From `since` on the target obeys these settings."""
    world.policies.setdefault(target.key, []).append((since, settings))


def settings_at(world: World, target: Target, now: datetime) -> Settings:
    """The settings that hold at an instant; the service's own defaults where nobody set any."""
    held = [settings for since, settings in world.policies.get(target.key, []) if since <= now]
    return held[-1] if held else Settings()


def assignment(world: World, target: Target, now: datetime) -> Row:
    """The policy assignment with its policy and rules, as `$expand=policy($expand=rules)` answers it."""
    group = target.surface == "group"
    scope, kind = (target.id, "Group") if group else ("/", "DirectoryRole")
    owner = target.id if group else world.tenant_id
    policy_id = f"{kind}_{owner}_{world.guid('policy', target.key)}"
    role_id = target.access or target.id
    return {
        "id": f"{policy_id}_{role_id}",
        "policyId": policy_id,
        "scopeId": scope,
        "scopeType": kind,
        "roleDefinitionId": role_id,
        "policy": {
            "id": policy_id,
            "displayName": kind,
            "description": kind,
            "isOrganizationDefault": False,
            "scopeId": scope,
            "scopeType": kind,
            **_last_change(world, target, now),
            "rules": _rules(world, target, settings_at(world, target, now)),
        },
    }


def _last_change(world: World, target: Target, now: datetime) -> Row:
    changes = [item for item in world.policies.get(target.key, []) if NEVER < item[0] <= now and item[1].changed_by]
    if not changes:
        return {"lastModifiedDateTime": None, "lastModifiedBy": None}
    since, settings = changes[-1]
    who = settings.changed_by
    by = {"displayName": who.name, "id": who.id} if who else None
    return {"lastModifiedDateTime": whole(since), "lastModifiedBy": by}


def _rules(world: World, target: Target, held: Settings) -> list[Row]:
    rules = [
        _expiration("Admin", "Eligibility", not held.permanent_eligible, "P365D"),
        _expiration("Admin", "Assignment", not held.permanent_active, "P180D"),
        _expiration("EndUser", "Assignment", True, f"PT{held.hours}H"),
        _enablement("Admin", "Eligibility", []),
        _enablement("Admin", "Assignment", ["Justification"]),
        _enablement("EndUser", "Assignment", list(held.enabled)),
        _approval(held),
        {
            **_head("AuthenticationContext", "EndUser", "Assignment"),
            "isEnabled": held.context is not None,
            "claimValue": held.context,
        },
        *_notifications(held),
    ]
    chance(world.name, "rule order", target.key).shuffle(rules)
    return rules


def _head(name: str, caller: str, level: str, kind: str | None = None) -> Row:
    return {
        "@odata.type": f"#microsoft.graph.unifiedRoleManagementPolicy{kind or name}Rule",
        "id": f"{name}_{caller}_{level}",
        "target": {
            "caller": caller,
            "operations": ["All"],
            "level": level,
            "inheritableSettings": [],
            "enforcedSettings": [],
            "targetObjects": [],
        },
    }


def _expiration(caller: str, level: str, required: bool, longest: str) -> Row:
    return {**_head("Expiration", caller, level), "isExpirationRequired": required, "maximumDuration": longest}


def _enablement(caller: str, level: str, enabled: list[str]) -> Row:
    return {**_head("Enablement", caller, level), "enabledRules": enabled}


def _approval(held: Settings) -> Row:
    approvers = [
        {
            "@odata.type": "#microsoft.graph.singleUser" if who.kind == "User" else "#microsoft.graph.groupMembers",
            "isBackup": False,
            "id": who.id,
            "description": who.name,
        }
        for who in held.approvers
    ]
    stage = {
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": True,
        "escalationTimeInMinutes": 0,
        "isEscalationEnabled": False,
        "primaryApprovers": approvers,
        "escalationApprovers": [],
    }
    return {
        **_head("Approval", "EndUser", "Assignment"),
        "setting": {
            "isApprovalRequired": held.approval,
            "isApprovalRequiredForExtension": False,
            "isRequestorJustificationRequired": True,
            "approvalMode": "SingleStage",
            "approvalStages": [stage],
        },
    }


def _notifications(held: Settings) -> list[Row]:
    rows = []
    for caller, level in (("Admin", "Eligibility"), ("Admin", "Assignment"), ("EndUser", "Assignment")):
        for recipient in ("Admin", "Requestor", "Approver"):
            head = _head("Notification", caller, level)
            head["id"] = f"Notification_{recipient}_{caller}_{level}"
            rows.append(
                {
                    **head,
                    "notificationType": "Email",
                    "recipientType": recipient,
                    "notificationLevel": "All",
                    "isDefaultRecipientsEnabled": held.notify,
                    "notificationRecipients": list(held.recipients) if recipient == "Admin" else [],
                }
            )
    return rows

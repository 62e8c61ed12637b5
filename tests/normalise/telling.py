"""Tells stories of PIM in Graph's words: audit rows and schedule requests. All of it is synthetic."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .landing import TENANT, Item

MORNING = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
GROUP = "018a15f8-cbd9-55d7-b2cd-5f4ed1c6cb68"
ANNA = "00000000-0000-4000-8000-0000000000aa"
BEAT = "00000000-0000-4000-8000-0000000000bb"
NAMES = {ANNA: "Anna", BEAT: "Beat"}
PIM = {"id": "9dfd627f-bdc5-4b1c-af9d-c85097fdeff8", "displayName": "Azure AD PIM", "userPrincipalName": None}

ASKED = "Add member to role requested (PIM activation)"
APPROVAL = "Add member to role approval requested (PIM activation)"
APPROVED = "Add member to role request approved (PIM activation)"
DENIED = "Add member to role request denied (PIM activation)"
CANCELED = "Add member to role canceled (PIM activation)"
LAPSED = "PIM activation request expired"
DONE = "Add member to role completed (PIM activation)"
ENDED = "Remove member from role (PIM activation expired)"
LEAVING = "Remove member from role requested (PIM deactivate)"
LEFT = "Remove member from role completed (PIM deactivate)"


def after(minutes: float) -> datetime:
    """Some minutes after the story begins."""
    return MORNING + timedelta(minutes=minutes)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def person(ident: str) -> dict[str, Any]:
    name = NAMES[ident]
    return {"id": ident, "displayName": name, "userPrincipalName": f"{name.lower()}@contoso.example"}


def row(
    activity: str,
    minutes: float,
    request: str | None = None,
    *,
    actor: str | Mapping[str, Any] = ANNA,
    subject: Item | None = None,
    access: str | None = None,
    correlation: str | None = None,
    result: str = "success",
    **details: str | None,
) -> Item:
    """A PIM row about a role, or with `access` about a group; `details` are additional details by key."""
    at = after(minutes)
    told = {"ResourceOriginId": GROUP if access else "/", "TemplateId": None if access else READER, **details}
    told["RequestId"] = details.get("RequestId", request)
    who = person(actor) if isinstance(actor, str) else actor
    correlation = correlation or f"c-{activity}-{request}-{minutes}"
    return {
        "id": f"PIM_{correlation}_{TENANT}_{int(at.timestamp() * 1e6)}_{activity}",
        "category": "GroupManagement" if access else "RoleManagement",
        "correlationId": correlation,
        "result": result,
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": iso(at),
        "loggedByService": "PIM",
        "operationType": "Update",
        "initiatedBy": {"user": {"ipAddress": None, **who}, "app": None},
        "targetResources": [
            _role(access),
            {"type": "Request", "id": request} if request else {"type": "Other", "id": None},
            {"type": "User", **person(ANNA)} if subject is None else subject,
            *([{"type": "Group", "id": GROUP, "displayName": "sg-a"}] if access else []),
        ],
        "additionalDetails": [{"key": key, "value": value} for key, value in told.items() if value is not None],
    }


def _role(access: str | None) -> Item:
    if access:
        return {"type": "Role", "id": f"r-{access}", "displayName": access.capitalize(), "modifiedProperties": []}
    template = {"displayName": "TemplateId", "oldValue": '""', "newValue": f'"{READER}"'}
    return {"type": "Role", "id": "o-1", "displayName": "Security Reader", "modifiedProperties": [template]}


def activation(request: str, minutes: float = 0, hours: float = 2, **more: Any) -> list[Item]:
    """Asked and completed."""
    span = {"StartTime": iso(after(minutes)), "ExpirationTime": iso(after(minutes + hours * 60))}
    told = {"Justification": "work", **span, **more}
    return [row(ASKED, minutes, request, **told), row(DONE, minutes + 0.7, request, **told)]


def expiry(request: str | None, minutes: float, **more: Any) -> Item:
    """The service's own row about an activation that ran out."""
    return row(ENDED, minutes, actor=PIM, RoleAssignmentRequestId=request, RequestId=None, **more)


def schedule(request: str, minutes: float = 0, **more: Any) -> Item:
    """A group's schedule request as Graph lists it."""
    return {
        "id": request,
        "status": "Provisioned",
        "createdDateTime": iso(after(minutes)),
        "completedDateTime": iso(after(minutes + 1)),
        "createdBy": {"user": {"id": ANNA, "displayName": None}, "application": None},
        "accessId": "member",
        "groupId": GROUP,
        "principalId": ANNA,
        "action": "selfActivate",
        "isValidationOnly": False,
        "justification": "work",
        "scheduleInfo": {
            "startDateTime": iso(after(minutes)),
            "expiration": {"type": "afterDuration", "endDateTime": None, "duration": "PT2H"},
        },
        "ticketInfo": {"ticketNumber": None, "ticketSystem": None},
    } | more

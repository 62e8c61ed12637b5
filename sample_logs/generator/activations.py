"""The life of an activation: asked, perhaps approved, completed, ended."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .clock import SECOND, whole
from .core_rows import twin
from .pim_rows import PIM_ACTOR, PimRow, pim_row
from .seeds import chance
from .world import Activation, GroupRequest, Principal, Row, Target, World

ASKED = "Add member to role requested (PIM activation)"
APPROVAL = "Add member to role approval requested (PIM activation)"
DECISIONS = {
    "approved": "Add member to role request approved (PIM activation)",
    "denied": "Add member to role request denied (PIM activation)",
    "canceled": "Add member to role canceled (PIM activation)",
    "expired": "PIM activation request expired",
}
COMPLETED = "Add member to role completed (PIM activation)"
EXPIRED = "Remove member from role (PIM activation expired)"
STATUS = {"denied": "Denied", "canceled": "Canceled", "expired": "Failed"}


@dataclass(frozen=True)
class Ask:
    """What somebody asks for, and what becomes of it. Times are UTC."""

    person: Principal
    target: Target
    at: datetime
    hours: float = 2
    justification: str = "Work on the service"
    ticket: str | None = None  # goes into the request of a group
    details: tuple[tuple[str, str], ...] = ()  # extra keys in the audit details
    starts: datetime | None = None  # when another start than now is asked for
    approver: Principal | None = None
    decided: datetime | None = None
    decision: str = "approved"
    ended: datetime | None = None  # deactivated by the person
    request: bool = True  # whether the list of a group's requests has it
    late: datetime | None = None  # when the completion can first be read
    by: Principal | None = None  # who asks, where it is not the person
    entitled: bool = True  # False: the person may not, or only through a group


def activate(world: World, ask: Ask) -> str:
    """Tells the whole story of one request and gives its id."""
    _possible(world, ask)
    request_id = world.guid("request", ask.person.key, ask.target.key, ask.at)
    world.tickets += [(number, ask.at) for number in _numbers(ask)]
    ask = replace(ask, at=_jitter(world, request_id, "click", ask.at))
    asked = PimRow(
        ASKED,
        _jitter(world, request_id, "asked", ask.at),
        ask.by or ask.person,
        ask.target,
        ask.person,
        world.guid("correlation", request_id),
        request_id,
        ask.justification,
        ask.starts or ask.at,
        (ask.starts or ask.at) + timedelta(hours=ask.hours),
        "Update",
        extra=(("AuditType", "ActivateRole"), *ask.details),
    )
    world.add(asked.at, pim_row(world, asked))
    refused = ask.decision != "approved"
    if ask.decided or refused:
        _decide(world, ask, asked)
    if refused:
        _record(world, ask, request_id, ask.at, STATUS[ask.decision])
        return request_id
    starts = max(ask.starts or ask.at, ask.decided or ask.at)
    _complete(world, ask, asked, starts)
    _record(world, ask, request_id, starts, "Provisioned")
    return request_id


def _possible(world: World, ask: Ask) -> None:
    if ask.entitled and not any(world.eligibilities(ask.person, ask.target, ask.at)):
        raise ValueError(f"{ask.person.key} is not eligible for {ask.target.name} at {ask.at}")
    for held in world.activations:
        if held.person == ask.person and held.target.key == ask.target.key and held.holds(ask.at):
            raise ValueError(f"{ask.person.key} already holds {ask.target.name} at {ask.at}")


def _numbers(ask: Ask) -> list[str]:
    """The tickets it names, wherever a number may stand."""
    said = (ask.ticket or "", ask.justification, *(value for _, value in ask.details))
    return [number for text in said for number in re.findall(r"[A-Z]{3}-[0-9]{4,}", text)]


def _jitter(world: World, *name: object) -> datetime:
    at = name[-1]
    assert isinstance(at, datetime)
    return at + timedelta(microseconds=chance(world.name, *name).randrange(40_000, 900_000))


def _decide(world: World, ask: Ask, asked: PimRow) -> None:
    decided = ask.decided or ask.at + timedelta(minutes=4)
    if ask.decision != "canceled":
        wanted = replace(asked, activity=APPROVAL, at=asked.at + timedelta(seconds=1, milliseconds=431))
        world.add(wanted.at, pim_row(world, wanted))
    actor = ask.person if ask.decision == "canceled" else PIM_ACTOR if ask.decision == "expired" else ask.approver
    if actor is None:
        raise ValueError(f"nobody decides on {ask.person.key}'s request at {ask.at}")
    reason = "Looks right, go ahead" if ask.decision == "approved" else "Please use the change window"
    at = _jitter(world, asked.request_id, "decided", decided)
    row = replace(asked, activity=DECISIONS[ask.decision], at=at, actor=actor, justification=reason)
    world.add(at, pim_row(world, row))


def _complete(world: World, ask: Ask, asked: PimRow, starts: datetime) -> None:
    dice = chance(world.name, "provisioning", asked.request_id)
    live = starts + timedelta(seconds=dice.randrange(40, 47), microseconds=dice.randrange(1_000_000))
    expires = starts + timedelta(hours=ask.hours)
    added = twin(world, live - timedelta(seconds=3, milliseconds=210), ask.target, ask.person, False, True)
    if added:
        world.add(live, added, ask.late)
    done = replace(asked, activity=COMPLETED, at=live, starts=starts, ends=expires)
    world.add(live, pim_row(world, done), ask.late)
    ended = ask.ended or expires
    assert isinstance(asked.request_id, str)
    world.activations.append(
        Activation(asked.request_id, ask.person, ask.target, starts, expires, ended, ask.late or live)
    )
    if ended < SECOND:
        _end(world, ask, done, ended)


def _end(world: World, ask: Ask, done: PimRow, ended: datetime) -> None:
    gone = twin(world, ended + timedelta(milliseconds=904), ask.target, ask.person, False, False)
    if gone:
        world.add(ended + timedelta(milliseconds=904), gone)
    if ask.ended:
        _deactivate(world, ask, done, ended)
        return
    origin = (("OriginRoleAssignmentId", world.guid("origin", done.request_id)),)
    extra = (("AuditType", "RemoveActivatedRole"), ("ActionType", "Revoke"), *origin)
    row = PimRow(
        EXPIRED,
        ended + timedelta(seconds=6, microseconds=chance(world.name, "expiry", done.request_id).randrange(900_000)),
        PIM_ACTOR,
        ask.target,
        ask.person,
        world.guid("expiry correlation", done.request_id),
        operation="Delete",
        extra=(*extra, ("RoleAssignmentRequestId", done.request_id or "")),
    )
    world.add(row.at, pim_row(world, row))


def _deactivate(world: World, ask: Ask, done: PimRow, ended: datetime) -> None:
    own_id = world.guid("deactivation", done.request_id)
    link = (("RoleAssignmentRequestId", done.request_id or ""),) if ask.target.surface == "entra_role" else ()
    row = replace(
        done,
        activity="Remove member from role requested (PIM deactivate)",
        at=_jitter(world, own_id, "asked", ended),
        correlation=world.guid("correlation", own_id),
        request_id=own_id,
        justification=None,
        starts=None,
        ends=None,
        operation="Delete",
        extra=(("AuditType", "DeactivateRole"), *link),
    )
    world.add(row.at, pim_row(world, row))
    finished = replace(
        row,
        activity="Remove member from role completed (PIM deactivate)",
        at=row.at + timedelta(seconds=2, milliseconds=77),
    )
    world.add(finished.at, pim_row(world, finished))
    if ask.target.surface == "group" and ask.request:
        told = _request(world, ask, own_id, ended) | {
            "action": "selfDeactivate",
            "justification": None,
            "scheduleInfo": None,
        }
        steps = ((ended, "Revoked"),)
        world.requests.append(GroupRequest(ask.target.id, "assignment", ended, told, steps))


def _record(world: World, ask: Ask, request_id: str, done: datetime, status: str) -> None:
    if ask.target.surface != "group" or not ask.request:
        return
    pending = "PendingApproval" if ask.decided else "PendingProvisioning"
    settled = max(done, ask.decided or done) + timedelta(seconds=45)
    told = _request(world, ask, request_id, ask.at)
    world.requests.append(
        GroupRequest(ask.target.id, "assignment", ask.at, told, ((ask.at, pending), (ask.late or settled, status)))
    )


def _request(world: World, ask: Ask, request_id: str, created: datetime) -> Row:
    minutes = round(ask.hours * 60)
    length = f"PT{minutes // 60}H" if minutes % 60 == 0 else f"PT{minutes}M"
    number = ask.ticket
    return {
        "id": request_id,
        "status": "PendingProvisioning",
        "createdDateTime": whole(created),
        "completedDateTime": whole(created + timedelta(seconds=1)),
        "approvalId": request_id if ask.decided else None,
        "customData": None,
        "createdBy": {"application": None, "device": None, "user": {"displayName": None, "id": ask.person.id}},
        "accessId": ask.target.access,
        "groupId": ask.target.id,
        "principalId": ask.person.id,
        "action": "selfActivate",
        "isValidationOnly": False,
        "justification": ask.justification,
        "scheduleInfo": {
            "startDateTime": whole(ask.starts or ask.at),
            "recurrence": None,
            "expiration": {"type": "afterDuration", "endDateTime": None, "duration": length},
        },
        "ticketInfo": {"ticketNumber": number, "ticketSystem": "ServiceNow" if number else None},
        "targetScheduleId": request_id,
    }

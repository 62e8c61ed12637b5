"""Assignments administrators give, change and take away, with the events PIM writes about it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .clock import whole
from .core_rows import twin
from .pim_rows import PIM_ACTOR, PimRow, pim_row
from .world import Grant, GroupRequest, Principal, Row, Target, World


@dataclass(frozen=True)
class Order:
    """An administrator's order to give `subject` the target; `ends` None means for ever."""

    actor: Principal
    subject: Principal
    target: Target
    at: datetime
    ends: datetime | None = None
    kind: str = "eligible"
    reason: str = "Requested by the line manager"
    scope: str = "/"
    canceled: bool = False


def standing(
    world: World,
    subject: Principal,
    target: Target,
    since: datetime | None,
    ends: datetime | None = None,
    kind: str = "eligible",
    scope: str = "/",
) -> Grant:
    """An assignment from before the log begins: no event tells of it."""
    ident = world.guid("grant", kind, subject.key, target.key, since, scope)
    grant = Grant(ident, kind, target, subject, since, ends, scope=scope)
    world.grants.append(grant)
    return grant


def give(world: World, order: Order) -> Grant:
    """Requested and completed now, with the twin of Core Directory; or requested and canceled."""
    request_id = world.guid("grant request", order.subject.key, order.target.key, order.at)
    verb = "Add eligible member to role in PIM" if order.kind == "eligible" else "Add member to role in PIM"
    span = "timebound" if order.ends else "permanent"
    asked = PimRow(
        f"{verb} requested ({span})",
        order.at + timedelta(milliseconds=214),
        order.actor,
        order.target,
        order.subject,
        world.guid("correlation", request_id),
        request_id,
        order.reason,
        order.at,
        order.ends,
        scope=order.scope,
    )
    world.add(asked.at, pim_row(world, asked))
    step = "canceled" if order.canceled else "completed"
    done = replace(asked, activity=f"{verb} {step} ({span})", at=asked.at + timedelta(seconds=1, microseconds=871_320))
    world.add(done.at, pim_row(world, done))
    grant = Grant(world.guid("grant", request_id), order.kind, order.target, order.subject, order.at, order.ends)
    grant.scope, grant.request_id = order.scope, request_id
    if not order.canceled:
        _twin(world, done.at, grant, added=True)
        world.grants.append(grant)
    _record(
        world,
        order.actor,
        grant,
        order.at,
        "adminAssign",
        "Canceled" if order.canceled else "Provisioned",
        order.reason,
    )
    return grant


def take(world: World, actor: Principal, grant: Grant, at: datetime, reason: str = "No longer needed") -> None:
    """Removes the assignment."""
    grant.removed = at
    span = "timebound" if grant.end_at(at) else "permanent"
    what = "eligible member" if grant.kind == "eligible" else "member"
    request_id = world.guid("removal", grant.id)
    asked = PimRow(
        f"Remove {what} from role in PIM requested ({span})",
        at + timedelta(milliseconds=97),
        actor,
        grant.target,
        grant.principal,
        world.guid("correlation", request_id),
        request_id,
        reason,
        operation="Delete",
        scope=grant.scope,
    )
    done = replace(
        asked,
        activity=f"Remove {what} from role in PIM completed ({span})",
        at=asked.at + timedelta(seconds=1, microseconds=402_117),
    )
    world.add(asked.at, pim_row(world, asked))
    world.add(done.at, pim_row(world, done))
    _twin(world, done.at, grant, added=False)
    _record(world, actor, replace(grant, request_id=request_id), at, "adminRemove", "Revoked", reason)


def bound(world: World, actor: Principal, grant: Grant, at: datetime, ends: datetime) -> None:
    """Gives a permanent assignment an end."""
    grant.bounded = (at, ends)
    request_id = world.guid("update", grant.id)
    asked = PimRow(
        "Add eligible member to role in PIM requested (timebound)",
        at + timedelta(milliseconds=131),
        actor,
        grant.target,
        grant.principal,
        world.guid("correlation", request_id),
        request_id,
        "Yearly renewal instead of for ever",
        at,
        ends,
        scope=grant.scope,
    )
    done = replace(
        asked,
        activity="Add eligible member to role in PIM completed (timebound)",
        at=asked.at + timedelta(seconds=1, microseconds=90_210),
    )
    world.add(asked.at, pim_row(world, asked))
    world.add(done.at, pim_row(world, done))
    changed = replace(grant, request_id=request_id, ends=ends)
    _record(world, actor, changed, at, "adminUpdate", "Provisioned", asked.justification or "")


def extend(world: World, admin: Principal, grant: Grant, at: datetime, ends: datetime) -> None:
    """The holder asks for a later end and an administrator agrees."""
    grant.bounded = (at + timedelta(hours=2), ends)
    request_id = world.guid("extension", grant.id)
    asked = PimRow(
        "Update eligible member in PIM requested (extend)",
        at,
        grant.principal,
        grant.target,
        grant.principal,
        world.guid("correlation", request_id),
        request_id,
        "The project runs on",
        at,
        ends,
    )
    agreed = replace(
        asked,
        activity="Update member in PIM approved by admin (extend/renew)",
        at=at + timedelta(hours=2),
        actor=admin,
        justification="Agreed with the project lead",
    )
    world.add(asked.at, pim_row(world, asked))
    world.add(agreed.at, pim_row(world, agreed))


def lapse(world: World, grant: Grant) -> None:
    """The end of a time-bound eligibility, as the service itself tells it."""
    if grant.ends is None:
        raise ValueError("a permanent assignment does not lapse")
    at = grant.ends + timedelta(seconds=7, microseconds=310_455)
    row = PimRow(
        "Remove eligible member from role in PIM completed (timebound)",
        at,
        PIM_ACTOR,
        grant.target,
        grant.principal,
        world.guid("lapse", grant.id),
        operation="Delete",
    )
    world.add(at, pim_row(world, row))


def _twin(world: World, at: datetime, grant: Grant, added: bool) -> None:
    earlier = at - timedelta(milliseconds=640)
    row = twin(world, earlier, grant.target, grant.principal, grant.kind == "eligible", added)
    if row:
        world.add(earlier, row)


def _record(world: World, actor: Principal, grant: Grant, at: datetime, action: str, status: str, reason: str) -> None:
    if grant.target.surface != "group":
        return
    kind = "noExpiration" if grant.ends is None else "afterDateTime"
    row: Row = {
        "id": grant.request_id,
        "status": status,
        "createdDateTime": whole(at),
        "completedDateTime": whole(at + timedelta(seconds=1)),
        "approvalId": None,
        "customData": None,
        "createdBy": {"application": None, "device": None, "user": {"displayName": None, "id": actor.id}},
        "accessId": grant.target.access,
        "groupId": grant.target.id,
        "principalId": grant.principal.id,
        "action": action,
        "isValidationOnly": False,
        "justification": reason,
        "scheduleInfo": {
            "startDateTime": whole(at),
            "recurrence": None,
            "expiration": {"type": kind, "endDateTime": whole(grant.ends), "duration": None},
        },
        "ticketInfo": {"ticketNumber": None, "ticketSystem": None},
        "targetScheduleId": grant.id,
    }
    kind_of_list = "eligibility" if grant.kind == "eligible" else "assignment"
    world.requests.append(GroupRequest(grant.target.id, kind_of_list, at, row, ((at, status),)))

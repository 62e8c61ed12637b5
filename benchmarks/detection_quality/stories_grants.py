"""Stories about access given and taken: around PIM, for ever, to the wrong account, for a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sample_logs.generator.clock import whole
from sample_logs.generator.core_rows import Kind
from sample_logs.generator.grants import standing, take
from sample_logs.generator.groups import add_group, join
from sample_logs.generator.people import add_guest, add_person, add_synced
from sample_logs.generator.pim_rows import PIM_ACTOR, changed, resource, role_entry, service_row
from sample_logs.generator.world import Principal, Target

from .cast import GLOBAL
from .plot import Plot, Story
from .teams import HIGH_IMPACT, HOLDS
from .tenant import Tenant
from .upkeep import ADD

SHORT = ("Groups Administrator", "Teams Administrator", "SharePoint Administrator", "User Administrator")


def role_around(plot: Plot) -> None:
    """A role assigned directly, and taken away again after ten days."""
    role, who, actor = plot.tenant.role(plot.dice.choice(SHORT)), plot.staff(), plot.admin()
    at = plot.at("12:15")
    properties = [
        changed(f"Role.{name}", value)
        for name, value in (("ObjectID", role.object_id), ("DisplayName", role.name), ("TemplateId", role.id))
    ]
    entry = resource("User", who.id, who.name, *properties, userPrincipalName=who.upn)
    kind = Kind("Add member to role", "Core Directory", "RoleManagement", "Assign")
    plot.row(kind, at, actor, entry, resource("Role", role.object_id, None))
    _notice(plot, role, who, at + timedelta(seconds=9))
    grant = standing(plot.tenant, who, role, at, kind="active")
    plot.must("grant.outside_pim", "high", subject_id=who.id, target_id=role.id, day=plot.day)
    plot.must("posture.standing_role", "high", principal_id=who.id, target_id=role.id)
    plot.mark(who.id)

    def deed(tenant: Tenant, noon: datetime) -> None:
        grant.removed = noon
        gone = resource(
            "User",
            who.id,
            who.name,
            *(changed(p["displayName"], None, "x") for p in properties),
            userPrincipalName=who.upn,
        )
        plot.row(
            Kind("Remove member from role", "Core Directory", "RoleManagement", "Unassign"),
            noon,
            actor,
            gone,
            resource("Role", role.object_id, None),
        )

    plot.later(10, deed)


def _notice(plot: Plot, role: Target, who: Principal, at: datetime) -> None:
    """PIM tells that it was passed by."""
    entries = [
        role_entry(plot.tenant, role),
        resource("User", who.id, who.name),
        resource("Directory", plot.tenant.tenant_id, "Northwind"),
    ]
    plot.tenant.add(
        at,
        service_row(
            plot.tenant, "Add member to role outside of PIM (permanent)", "RoleManagement", at, PIM_ACTOR, entries
        ),
    )


def group_around(plot: Plot) -> None:
    """Membership of a guarded group given directly, for ten days."""
    group, who, actor = plot.tenant.member(plot.dice.choice((*HIGH_IMPACT[:4], *HOLDS))), plot.staff(), plot.admin()
    plot.membership(plot.at("10:05"), actor, who, group, added=True)
    plot.later(10, lambda tenant, noon: plot.membership(noon, actor, who, group, added=False))
    plot.must("grant.outside_pim", "high", subject_id=who.id, target_id=group.id, day=plot.day)
    plot.must("posture.standing_group_member", "high", principal_id=who.id, target_id=group.id)
    plot.mark(who.id)


def owner(plot: Plot) -> None:
    """Somebody becomes able to own a group, activates it a week later, and adds a friend."""
    group, friend = plot.tenant.owner(plot.dice.choice(HIGH_IMPACT[:4])), plot.staff()
    person, _ = plot.anybody(guarded=True, surface="group")
    grant = plot.give(person.who, group, plot.at("09:10"), 60)

    def deed(tenant: Tenant, noon: datetime) -> None:
        there = plot.on(noon)
        at = there.at("13:05")
        request_id = there.activate(person, there.ask(person, group, at))
        there.membership(at + timedelta(minutes=40), person.who, friend, group, added=True)
        there.later(3, lambda tenant, noon: there.membership(noon, there.admin(), friend, group, added=False))
        there.must("activation.owner_adds_member", "high", request_id=request_id)
        there.must("grant.outside_pim", "high", subject_id=friend.id, target_id=group.id, day=there.day)
        there.mark(friend.id)

    plot.later(7, deed)
    plot.take_later(grant, 11)


def smash_and_grab(plot: Plot) -> None:
    """A role given actively and taken away within the hour."""
    role, admin = plot.tenant.role(plot.dice.choice(SHORT)), plot.admin()
    at = plot.at("17:20")
    grant = plot.give(plot.staff(), role, at, 30, kind="active", actor=admin)
    take(plot.tenant, admin, grant, at + timedelta(minutes=plot.dice.randrange(15, 90)))
    plot.must("grant.smash_and_grab", "high", grant_id=grant.request_id)


def used_at_once(plot: Plot) -> None:
    """Made eligible, and active some minutes later."""
    person, _ = plot.anybody()
    names = [
        name for name in SHORT if not any(plot.tenant.eligibilities(person.who, plot.tenant.role(name), plot.noon))
    ]
    role, at = plot.tenant.role(plot.dice.choice(names)), plot.at("15:30")
    grant = plot.give(person.who, role, at)
    ask = plot.ask(person, role, at + timedelta(minutes=plot.dice.randrange(3, 13)))
    plot.must("activation.soon_after_grant", "high", request_id=plot.activate(person, ask))
    plot.take_later(grant, 9)


def for_ever(plot: Plot) -> None:
    """Eligible without end."""
    role = plot.tenant.role(plot.dice.choice(SHORT))
    grant = plot.give(plot.staff(), role, plot.at("14:10"), None)
    plot.must("grant.permanent_eligible", request_id=grant.request_id)
    plot.must("drift.permanent_eligible", "high", principal_id=grant.principal.id, target_id=role.id)
    plot.mark(grant.principal.id)
    plot.take_later(grant, 10)


def active_for_ever(plot: Plot) -> None:
    """Active without end."""
    role = plot.tenant.role(plot.dice.choice(SHORT))
    grant = plot.give(plot.staff(), role, plot.at("14:20"), None, kind="active")
    plot.must("grant.permanent_active", "high", request_id=grant.request_id)
    plot.must("posture.standing_role", "high", principal_id=grant.principal.id, target_id=role.id)
    plot.mark(grant.principal.id)
    plot.take_later(grant, 10)


def oneself(plot: Plot) -> None:
    """An administrator of PIM makes themselves eligible."""
    admin = plot.admin()
    grant = plot.give(admin, plot.tenant.role("Exchange Administrator"), plot.at("09:25"), 90, actor=admin)
    plot.must("grant.self", "high", request_id=grant.request_id)
    plot.mark(admin.id, grant.target.id)
    plot.take_later(grant, 9)


def guest(plot: Plot) -> None:
    """A guest made eligible."""
    who = add_guest(plot.tenant, plot.title.replace(" ", "."), plot.title.title(), "partner.example")
    _born(plot, who, plot.noon - timedelta(days=60))
    role = plot.tenant.role("Global Reader")
    grant = plot.give(who, role, plot.at("11:05"), 90)
    plot.must("grant.guest", "high", request_id=grant.request_id)
    plot.must("posture.guest_privileged", "high", principal_id=who.id, target_id=role.id)
    plot.mark(who.id)
    plot.take_later(grant, 12)


def new_account(plot: Plot) -> None:
    """An account made in the morning and equipped in the afternoon."""
    who = add_person(plot.tenant, plot.title.replace(" ", "."), plot.title.title(), "Contractor")
    at = plot.at("08:20")
    _born(plot, who, at)
    plot.row(ADD, at, plot.admin(), resource("User", who.id, who.name, userPrincipalName=who.upn))
    grant = plot.give(who, plot.tenant.role(plot.dice.choice(SHORT)), plot.at("15:00"), 90)
    plot.must("grant.new_account", "high", request_id=grant.request_id)
    plot.mark(who.id)
    plot.take_later(grant, 9)


def _born(plot: Plot, who: Principal, at: datetime) -> None:
    plot.tenant.lives[who.id] = (at, None)
    plot.tenant.facts[who.id]["createdDateTime"] = whole(at)


def synced(plot: Plot) -> None:
    """An account from on-premises made eligible."""
    who = add_synced(plot.tenant, plot.title.replace(" ", "."), plot.title.title(), "Server operator")
    _born(plot, who, plot.noon - timedelta(days=400))
    role = plot.tenant.role("User Administrator")
    grant = plot.give(who, role, plot.at("11:35"), 90)
    plot.must("posture.synced_privileged", "high", principal_id=who.id, target_id=role.id)
    plot.mark(who.id)
    plot.take_later(grant, 10)


def application(plot: Plot) -> None:
    """A role given to an application."""
    role = plot.tenant.role("User Administrator")
    grant = plot.give(plot.tenant.apps["deploy"], role, plot.at("13:45"), 60, kind="active")
    plot.must("grant.service_principal", request_id=grant.request_id)
    plot.mark(grant.principal.id)
    plot.take_later(grant, 9)


def bulk(plot: Plot) -> None:
    """A dozen people made eligible within three quarters of an hour."""
    admin, start = plot.admin(), plot.at("16:05")
    for number in range(12):
        at = start + timedelta(minutes=3 * number, seconds=plot.dice.randrange(50))
        grant = plot.give(
            plot.tenant.people[f"staff{number + 5:02d}"], plot.tenant.role("Directory Readers"), at, 90, actor=admin
        )
        plot.mark(grant.principal.id, grant.target.id)
        plot.take_later(grant, 8 + number % 3)
    plot.must("grant.bulk", "high", requester_id=admin.id, direction="granted", day=plot.day)


def nested(plot: Plot) -> None:
    """An ordinary group made eligible in a group that holds a role."""
    group = plot.tenant.groups.get("team-partners") or add_group(plot.tenant, "team-partners")
    if not plot.tenant.members[group.id]:
        join(plot.tenant, "team-partners", "staff01", "staff02")
    target = plot.tenant.member("grp-mail-admins")
    grant = plot.give(group, target, plot.at("10:55"), 90)
    plot.must("posture.escalation_path", "high", principal_id=group.id, target_id=target.id)
    plot.mark(group.id)
    plot.mark("staff01")
    plot.take_later(grant, 12)


def kings(plot: Plot) -> None:
    """Three more people who may become Global Administrator."""
    role = plot.tenant.role(GLOBAL)
    for number in range(3):
        grant = plot.give(plot.tenant.people[f"staff{number + 20}"], role, plot.at(f"11:{number}5"), 90)
        plot.mark(grant.principal.id)
        plot.take_later(grant, 11)
    plot.must("posture.too_many_global_admins", target_id=role.id)
    plot.mark(role.id)


GRANTS: tuple[tuple[str, int, Story], ...] = (
    ("role around", 4, role_around),
    ("group around", 4, group_around),
    ("owner", 3, owner),
    ("smash and grab", 4, smash_and_grab),
    ("used at once", 4, used_at_once),
    ("for ever", 4, for_ever),
    ("active for ever", 3, active_for_ever),
    ("oneself", 3, oneself),
    ("guest", 3, guest),
    ("new account", 3, new_account),
    ("synced", 2, synced),
    ("application", 3, application),
    ("bulk", 2, bulk),
    ("nested", 2, nested),
    ("kings", 1, kings),
)

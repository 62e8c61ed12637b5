"""Stories about what is changed, switched off or forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from sample_logs.generator.clock import whole
from sample_logs.generator.contoso_admin import change_settings
from sample_logs.generator.core_rows import Kind
from sample_logs.generator.directory import change
from sample_logs.generator.groups import add_group
from sample_logs.generator.pim_rows import changed, resource, service_row
from sample_logs.generator.policies import Settings, settings_at
from sample_logs.generator.reviews import Verdict, add_instance, add_review, role_query
from sample_logs.generator.world import Principal

from .cast import EMERGENCY, MAIL, target_of
from .plot import Plot, Story
from .teams import HIGH_IMPACT
from .tenant import Tenant
from .upkeep import DISABLE

WEAK = Settings(24, (), recipients=(), permanent_eligible=True, notify=False)
LAX = Settings(8, ("Justification",), recipients=MAIL)
SETTINGS = (
    "no_approval",
    "no_strong_auth",
    "no_justification_or_ticket",
    "activation_too_long",
    "permanent_allowed",
    "notifications_off",
)


def weakened(plot: Plot) -> None:
    """The settings of something important ask for nothing any more, and are put right after ten days."""
    names = ("Security Administrator", "Application Administrator", "sg-prod-databases")
    target, actor = target_of(plot.tenant, plot.dice.choice(names)), plot.admin()
    before = settings_at(plot.tenant, target, plot.noon)
    change_settings(plot.tenant, plot.at("17:40"), actor, target, WEAK)
    plot.must("drift.policy_weakened", "high", target_id=target.id, access=target.access)
    for name in SETTINGS:
        plot.must(f"posture.{name}", "low", target_id=target.id, access=target.access)
    plot.mark(target.id)
    plot.tenant.weak[target.key] = plot.title

    def deed(tenant: Tenant, noon: datetime) -> None:
        change_settings(tenant, noon, actor, target, before)
        del tenant.weak[target.key]

    plot.later(10, deed)


def lax(plot: Plot) -> None:
    """One setting less: no second factor, no context."""
    target, actor = (
        target_of(plot.tenant, plot.dice.choice(("Teams Administrator", "Groups Administrator"))),
        plot.admin(),
    )
    before = settings_at(plot.tenant, target, plot.noon)
    change_settings(plot.tenant, plot.at("16:50"), actor, target, LAX)
    plot.must("drift.policy_weakened", "high", target_id=target.id)
    plot.must("posture.no_strong_auth", "high", target_id=target.id)
    plot.mark(target.id)
    plot.later(9, lambda tenant, noon: change_settings(tenant, noon, actor, target, before))


def silenced(plot: Plot) -> None:
    """One of PIM's alerts switched off."""
    alert = resource("Other", "TooManyGlobalAdminsAssignedToTenantAlert", "There are too many global administrators")
    at = plot.at("18:10")
    row = service_row(plot.tenant, "Disable PIM alert", "RoleManagement", at, plot.admin(), [alert])
    plot.tenant.add(at, row)
    plot.must("drift.alerts_disabled", "high", change_id=row["id"])


def offboarded(plot: Plot) -> None:
    """A group taken out of PIM for ten days."""
    group, actor, at = plot.tenant.groups[HIGH_IMPACT[-1]], plot.admin(), plot.at("12:40")
    since = plot.tenant.onboarded.pop(group.id)
    entry = resource("Group", group.id, group.name, groupType="unknownFutureValue")
    plot.tenant.add(at, service_row(plot.tenant, "Offboarded resource from PIM", "GroupManagement", at, actor, [entry]))
    plot.must("drift.group_offboarded", "high", target_id=group.id)
    plot.must("posture.group_not_in_pim", "high", target_id=group.id)
    plot.mark(group.id)

    def deed(tenant: Tenant, noon: datetime) -> None:
        tenant.onboarded[group.id] = since
        tenant.add(noon, service_row(tenant, "Onboarded resource to PIM", "GroupManagement", noon, actor, [entry]))

    plot.later(10, deed)


def shadow(plot: Plot) -> None:
    """A role-assignable group, gone again after two hours."""
    actor, at = plot.admin(), plot.at("17:05")
    group = Principal(plot.title, plot.tenant.guid("group", plot.title), plot.title, "Group")
    changes = [changed("DisplayName", f'["{plot.title}"]'), changed("IsAssignableToRole", "[true]")]
    entry = resource("Group", group.id, None, *changes, groupType="azureAD")
    row_id = plot.row(Kind("Add group", "Core Directory", "GroupManagement", "Add"), at, actor, entry)
    gone = Kind("Delete group", "Core Directory", "GroupManagement", "Delete")
    plot.row(gone, at + timedelta(hours=2), actor, resource("Group", group.id, None, groupType="azureAD"))
    plot.must("grant.role_assignable_group", event_id=row_id)


def emergency_acts(plot: Plot) -> None:
    """An emergency account does something."""
    account = plot.tenant.people[EMERGENCY[0]]
    who = plot.staff()
    kind = Kind("Update user", "Core Directory", "UserManagement", "Update")
    plot.row(kind, plot.at("19:40"), account, resource("User", who.id, who.name, userPrincipalName=who.upn))
    plot.must("breakglass.touched", "high", principal_id=account.id, day=plot.day, how="acted")


def emergency_signs_in(plot: Plot) -> None:
    """An emergency account signs in, and the log of the directory says nothing of it."""
    account = plot.tenant.people[EMERGENCY[1]]
    plot.tenant.facts[account.id]["signInActivity"] = {"lastSignInDateTime": whole(plot.at("22:12"))}
    plot.must("breakglass.touched", "high", principal_id=account.id, how="signed in")
    plot.mark(account.id)


def emergency_disabled(plot: Plot) -> None:
    """An emergency account is disabled for nine days."""
    account, actor = plot.tenant.people[EMERGENCY[0]], plot.admin()
    at = plot.at("15:15")
    change(plot.tenant, account, at, accountEnabled=False)
    plot.row(DISABLE, at, actor, resource("User", account.id, account.name, userPrincipalName=account.upn))
    plot.must("breakglass.missing", "high")
    plot.must("breakglass.touched", "high", principal_id=account.id, day=plot.day, how="changed")
    plot.mark("break_glass")
    plot.mark(account.id)
    kind = Kind("Enable account", "Core Directory", "UserManagement", "Enable")

    def deed(tenant: Tenant, noon: datetime) -> None:
        change(tenant, account, noon, accountEnabled=True)
        plot.row(kind, noon, actor, resource("User", account.id, account.name, userPrincipalName=account.upn))

    plot.later(9, deed)


def forgotten(plot: Plot) -> None:
    """Somebody leaves and nobody takes anything away for three weeks."""
    person, _ = plot.anybody()
    person.until = plot.noon.date() + timedelta(days=1)
    at = plot.at("17:30")
    change(plot.tenant, person.who, at, accountEnabled=False)
    plot.row(
        DISABLE, at, plot.admin(), resource("User", person.who.id, person.who.name, userPrincipalName=person.who.upn)
    )
    plot.must("posture.dead_principal", principal_id=person.who.id)
    plot.mark(person.who.id)
    for grant in plot.tenant.grants_of(person.who, plot.noon):
        plot.take_later(grant, 21)


def not_applied(plot: Plot) -> None:
    """Denied in a review, and left in place for three weeks."""
    person, target = plot.anybody(guarded=True, surface="entra_role")
    begun = plot.noon - timedelta(days=14)
    name = f"{plot.title}: {target.name}"
    review = add_review(plot.tenant, name, role_query(target), auto_apply=False, since=begun)
    denied = Verdict(person.who, "Deny", plot.tenant.people["lead1"], "Moved to another team", recommended="Deny")
    add_instance(plot.tenant, review, target, begun, "Completed", [denied])
    plot.must("posture.review_not_applied", "high", principal_id=person.who.id, target_id=target.id)
    plot.mark(person.who.id, target.id)
    plot.tenant.denied.add((person.who.id, target.key))
    for grant in plot.tenant.grants_of(person.who, plot.noon):
        if grant.target.key == target.key:
            plot.take_later(grant, 21)


def vanished(plot: Plot) -> None:
    """An eligibility that is gone without a trace in the log."""
    person, target = plot.anybody()
    grant = next(each for each in plot.tenant.grants_of(person.who, plot.noon) if each.target.key == target.key)
    grant.removed = plot.at("20:10")
    plot.must("drift.unexplained_change", principal_id=person.who.id, target_id=target.id, change="vanished")
    plot.mark(person.who.id, target.id)


def unfit(plot: Plot) -> None:
    """An approver is disabled and stays an approver for twelve days."""
    lead = plot.tenant.people["lead7"]
    keys = [key for key, chosen in plot.tenant.approvers.items() if lead in chosen]
    at = plot.at("16:30")
    change(plot.tenant, lead, at, accountEnabled=False)
    plot.row(DISABLE, at, plot.admin(), resource("User", lead.id, lead.name))
    for key in keys:
        plot.tenant.approvers[key] = [who for who in plot.tenant.approvers[key] if who != lead]
        ident, access = key.split("/")
        plot.must(
            "approval.unfit_approver",
            "high",
            target_id=ident,
            access=None if access == "role" else access,
            approver_id=lead.id,
        )
    plot.mark(lead.id)

    def deed(tenant: Tenant, noon: datetime) -> None:
        change(tenant, lead, noon, accountEnabled=True)
        for key in keys:
            tenant.approvers[key].append(lead)

    plot.later(12, deed)


def unclassified(plot: Plot) -> None:
    """A group comes into PIM and nobody says how much it matters."""
    group = add_group(plot.tenant, plot.title.replace(" ", "-"))
    at, actor = plot.at("09:35"), plot.admin()
    plot.tenant.onboarded[group.id] = at
    entry = resource("Group", group.id, group.name, groupType="unknownFutureValue")
    plot.tenant.add(at, service_row(plot.tenant, "Onboarded resource to PIM", "GroupManagement", at, actor, [entry]))
    plot.must("posture.unclassified_target", "informational", target_id=group.id)
    plot.mark(group.id)


def unknown_word(plot: Plot) -> None:
    """PIM writes something nobody has heard of."""
    at, name = plot.at("11:11"), f"Reticulate splines in PIM ({plot.title})"
    plot.tenant.add(at, service_row(plot.tenant, name, "RoleManagement", at, plot.admin(), []))
    plot.must("meta.unknown_activity", "informational", activity=name)


def licences(plot: Plot) -> None:
    """Licences run out for ten days."""
    held = plot.tenant.licences
    plot.tenant.licences = [(name, 20, used) for name, _, used in held]
    plot.must("posture.licence_short", "low")
    plot.mark("p2")

    def deed(tenant: Tenant, noon: datetime) -> None:
        tenant.licences = held

    plot.later(10, deed)


STATE: tuple[tuple[str, int, Story], ...] = (
    ("weakened", 3, weakened),
    ("lax", 2, lax),
    ("silenced", 3, silenced),
    ("offboarded", 2, offboarded),
    ("shadow", 2, shadow),
    ("emergency acts", 2, emergency_acts),
    ("emergency signs in", 2, emergency_signs_in),
    ("emergency disabled", 1, emergency_disabled),
    ("forgotten", 3, forgotten),
    ("not applied", 2, not_applied),
    ("vanished", 3, vanished),
    ("unfit", 1, unfit),
    ("unclassified", 1, unclassified),
    ("unknown word", 1, unknown_word),
    ("licences", 1, licences),
)

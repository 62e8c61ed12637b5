"""What stands wrong at Contoso for long: settings that ask too little, and people who hold too much."""

from typing import Any

from .clock import local
from .grants import take
from .planting import ended, quiet, state, waived
from .posture import each, holding, settings_of, untold
from .world import Target, World

ZONE = "Europe/Zurich"
GLOBAL = "Global Administrator"
STANDING, MEMBER, SYNCED = "posture.standing_role", "posture.standing_group_member", "posture.synced_privileged"


def add_posture(world: World) -> None:
    """All of it; what looks alike and is in order stays silent."""
    _asked_too_little(world)
    _too_long(world)
    _without_end(world)
    _standing(world)
    _outsiders(world)
    _counted(world)
    _left(world)
    _authentication(world)
    _reviews(world)
    _ways(world)
    _accepted(world)


def _roles(world: World, *names: str) -> list[Target]:
    return [world.role(name) for name in names]


def _asked_too_little(world: World) -> None:
    tier0 = _roles(world, "Application Administrator", "Hybrid Identity Administrator", "Security Administrator")
    billing, rdp = world.role("Billing Administrator"), world.member("sg-rdp-prod-servers")
    story = "whoever is eligible activates it alone"
    each(world, "no_approval", "medium", story, *tier0, world.role(GLOBAL), rdp)
    story = "tier0, where the configuration demands a ticket, and its settings do not"
    each(
        *(world, "no_justification_or_ticket", "low", story, *tier0),
        world.role("Conditional Access Administrator"),
    )
    each(world, "no_justification_or_ticket", "low", "asks for nothing at all", billing)
    each(world, "notifications_off", "low", "all mails are switched off", billing)
    story = "all mails were switched off between the two dates"
    each(world, "notifications_off", "low", story, world.member("sg-sap-firefighters"), opened=1)
    pra, owner = world.role("Privileged Role Administrator"), world.owner("sg-rdp-prod-servers")
    quiet(world, "posture.no_approval", "asks two people for approval", **_texts(pra))
    quiet(world, "posture.no_approval", "nobody is eligible to own the group", **_texts(owner))
    quiet(world, "posture.notifications_off", "its mails go to a mailbox of its own", **_texts(pra))


def _too_long(world: World) -> None:
    tier0 = _roles(world, "Application Administrator", "Hybrid Identity Administrator")
    story = "eight hours of something that reaches everything"
    each(world, "activation_too_long", "low", story, *tier0, world.member("sg-rdp-prod-servers"))
    each(world, "activation_too_long", "low", "ten hours of a role of tier1", world.role("Helpdesk Administrator"))
    each(world, "activation_too_long", "low", "a whole day", world.role("Billing Administrator"))
    sap = world.member("sg-sap-firefighters")
    each(world, "activation_too_long", "low", "was raised to twelve hours between the two dates", sap, opened=1)
    exactly = world.role("Conditional Access Administrator")
    quiet(world, "posture.activation_too_long", "four hours, exactly what tier0 may", **_texts(exactly))


def _without_end(world: World) -> None:
    names = "Application,Compliance,Exchange,Helpdesk,Intune,SharePoint,Teams"
    roles = _roles(world, *(f"{name} Administrator" for name in names.split(",")))
    story = "its settings permit eligibility without end"
    each(world, "permanent_allowed", "medium", story, *roles, world.member("sg-rdp-prod-servers"))
    small = _roles(world, "Billing Administrator", "Global Reader", "Security Reader")
    groups = [world.member(name) for name in ("m365-cloud-platform", "sg-helpdesk-operators", "sg-sap-firefighters")]
    each(world, "permanent_allowed", "low", story, *small, *groups)
    story = "permits ownership without end; in PIM between the two dates"
    each(world, "permanent_allowed", "low", story, world.owner("sg-db-breakfix"), opened=1)
    untold(world, world.role("Contoso BitLocker Key Reader"), world.member("sg-odd"), *groups)
    untold(world, world.member("sg-db-breakfix"), opened=1)


def _standing(world: World) -> None:
    who, user_admin = world.people, world.role("User Administrator")
    held = [
        (who["walter.wyss"], world.role("Exchange Administrator"), "high", "held for good by a person", 0),
        (world.apps["hr"], user_admin, "high", "held for good by an application", 0),
        (who["zoe.zurcher"], world.role("Security Reader"), "medium", "made active for good on 12 October", 0),
        (who["karin.steiner"], user_admin, "high", "assigned outside PIM on 21 October", 1),
    ]
    for principal, role, severity, story, opened in held:
        keys = {"principal_id": principal.id, "target_id": role.id, "scope": "/"}
        state(world, STANDING, keys, story, severity, opened)
    for key, story in (("bg1", "an emergency account"), ("ines.iten", "active, with an end")):
        quiet(world, STANDING, story, principal_id=who[key].id)
    quiet(world, STANDING, "Microsoft's own application, reading", principal_id=world.apps["sync"].id)
    legacy = world.groups["sg-legacy-admins"]
    state(world, "posture.group_not_in_pim", {"target_id": legacy.id}, "holds a role and PIM does not guard it", "high")
    _members(world)


def _members(world: World) -> None:
    who, legacy, owner = world.people, world.member("sg-legacy-admins"), world.owner("sg-legacy-admins")
    rdp = world.member("sg-rdp-prod-servers")
    for person, target in ((who["walter.wyss"], legacy), (who["walter.wyss"], owner), (who["svc-backup"], legacy)):
        state(world, MEMBER, _held(person.id, target), "stands in a group that holds a role", "high")
    state(world, MEMBER, _held(who["svc-scan"].id, rdp), "stands in a group named high impact", "high")
    quiet(world, MEMBER, "a member with an end", principal_id=who["hugo.hofer"].id)
    quiet(world, MEMBER, "a member just then, by activation", principal_id=who["mei.tan"].id)
    quiet(world, MEMBER, "owns a group that opens nothing known", principal_id=who["simon.egli"].id)


def _outsiders(world: World) -> None:
    who = world.people
    sap, guest = world.member("sg-sap-firefighters"), "posture.guest_privileged"
    state(world, guest, holding(who["mo.farouk"], sap), "a guest eligible in a PIM group", "medium")
    reader = holding(who["li.chen"], world.role("Global Reader"))
    state(world, guest, reader, "a guest made eligible for a role between the two dates", "high", 1)
    quiet(world, guest, "a guest who holds nothing", principal_id=who["ana.silva"].id)
    backup, scan = who["svc-backup"], who["svc-scan"]
    legacy, rdp = world.member("sg-legacy-admins"), world.member("sg-rdp-prod-servers")
    state(world, SYNCED, holding(backup, legacy), "an account from on-premises in a group that holds a role", "high")
    state(world, SYNCED, holding(scan, rdp), "an account from on-premises in a group named high impact", "high")
    quiet(world, SYNCED, "from on-premises, in a group that opens nothing", principal_id=who["ad.sync.user"].id)


def _counted(world: World) -> None:
    story = "five people, of whom two are emergency accounts and three eligible"
    keys = {"target_id": world.role(GLOBAL).id}
    state(world, "posture.too_many_global_admins", keys, story, "medium")
    story = "thirty licences that bring PIM, and more people who need one"
    state(world, "posture.licence_short", {"licence_kind": "P2 or Governance"}, story, "low")


def _accepted(world: World) -> None:
    """What was found and accepted; both are findings still. Of the second the acceptance ran out."""
    anna = "anna.keller@contoso.example"
    connector, guest = world.apps["hr"], world.people["mo.farouk"]
    match = {"rule": STANDING, "subject": connector.name, "target": "User Administrator"}
    reason = "The HR connector creates accounts; its successor comes in spring"
    waived(world, connector, match, reason, "2027-03-31", owner=anna, ticket="CHG-10402")
    match = {"rule": "posture.guest_privileged", "subject": str(guest.upn)}
    waived(world, guest, match, "Partner for the SAP release", "2026-10-24", owner="gabriela.weber@contoso.example")


def _left(world: World) -> None:
    """Somebody left and kept a role; Anna took it away between the two dates."""
    left = world.named["left the company"]
    keys = {"principal_id": left.principal.id}
    state(world, "posture.dead_principal", keys, "disabled, and still eligible for a role", "medium")
    take(world, world.people["anna.keller"], left, local(ZONE, "2026-10-23 09:41:12"), "Left the company")
    ended(world, "posture.dead_principal", keys, "the role was taken away on 23 October")


def _authentication(world: World) -> None:
    strong, story = "no_strong_auth", "neither MFA nor a context is asked for"
    each(world, strong, "high", story, world.role("Helpdesk Administrator"))
    groups = world.member("m365-cloud-platform"), world.member("sg-sap-firefighters")
    each(world, strong, "medium", story, world.role("Billing Administrator"), *groups)
    story = "asks for a context whose policy only reports"
    each(world, strong, "high", story, world.role("Security Administrator"))
    guarded = world.role("Privileged Role Administrator")
    quiet(world, "posture.no_strong_auth", "its context demands phishing-resistant sign-in", **_texts(guarded))


def _reviews(world: World) -> None:
    roles = _roles(world, GLOBAL, "Privileged Role Administrator", "Application Administrator")
    roles += _roles(world, "Hybrid Identity Administrator", "Security Administrator")
    groups = world.member("sg-rdp-prod-servers"), world.member("sg-tier0-directory")
    for target in (*roles, *groups):
        keys = {"surface": target.surface, "target_id": target.id}
        state(world, "posture.no_access_review", keys, "tier0, and no review of it is finished", "medium")
    reviewed = world.role("Conditional Access Administrator")
    quiet(world, "posture.no_access_review", "reviewed in September", target_id=reviewed.id)
    raj = world.people["raj.kumar"]
    (kept,) = (row for row in world.kept if row.endpoint == "review_instances" and _is(row.row, reviewed))
    keys = {"principal_id": raj.id, "target_id": reviewed.id, "instance_id": str(kept.row["id"])}
    state(world, "posture.review_not_applied", keys, "denied in September, and nobody took the role away", "high")
    kept_out = world.people["old.joiner"].id
    quiet(world, "posture.review_not_applied", "denied, and gone", principal_id=kept_out)


def _is(row: dict[str, Any], target: Target) -> bool:
    return str(row["scope"]["query"]).endswith(target.id)


def _ways(world: World) -> None:
    partners, exchange = world.groups["sg-mail-partners"], world.member("sg-pim-exchange-admins")
    keys = {"way": "nested group", "principal_id": partners.id, "target_id": exchange.id, "access": "member"}
    state(world, "posture.escalation_path", keys, "an ordinary group nested where a role is held", "high")
    vienna = world.groups["sg-team-vienna"]
    quiet(world, "posture.escalation_path", "nested where no role is held", principal_id=vienna.id)
    rdp = world.groups["sg-rdp-prod-servers"]
    state(world, "posture.writeback_gap", {"target_id": rdp.id}, "opens servers and is not written back", "medium")


def _held(principal_id: str, target: Target) -> dict[str, str | None]:
    return {"principal_id": principal_id, "target_id": target.id, "access": target.access}


def _texts(target: Target) -> dict[str, str]:
    return {name: str(value) for name, value in settings_of(target).items() if value is not None}

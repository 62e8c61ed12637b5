"""The rest of a directory's log: users, groups, applications, devices, sign-in methods, invitations."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from .core_rows import Kind, by_app, by_user, directory_row
from .pim_rows import changed, resource
from .seeds import chance
from .world import Principal, Row, World

CORE, METHODS, RESET = "Core Directory", "Authentication Methods", "Self-service Password Management"
USERS, GROUPS, APPS = "UserManagement", "GroupManagement", "ApplicationManagement"
SYNC_ACCOUNT = "On-Premises Directory Synchronization Service Account"
# what happens, how often, to what, and who does it
KINDS: tuple[tuple[Kind, int, str, str], ...] = (
    (Kind("Update user", CORE, USERS, "Update"), 22, "User", "sync"),
    (Kind("Change user license", CORE, USERS, "Update"), 6, "User", "admin"),
    (Kind("Reset user password", CORE, USERS, "Update"), 5, "User", "helpdesk"),
    (Kind("Change user password", CORE, USERS, "Update"), 5, "User", "self"),
    (Kind("Update StsRefreshTokenValidFrom Timestamp", CORE, USERS, "Update"), 8, "User", "self"),
    (Kind("Set force change user password", CORE, USERS, "Update"), 2, "User", "helpdesk"),
    (Kind("Add member to group", CORE, GROUPS, "Assign"), 12, "Membership", "admin"),
    (Kind("Remove member from group", CORE, GROUPS, "Unassign"), 6, "Membership", "admin"),
    (Kind("Update group", CORE, GROUPS, "Update"), 5, "Group", "sync"),
    (Kind("Set group license", CORE, GROUPS, "Update"), 1, "Group", "admin"),
    (Kind("Start applying group based license to users", CORE, GROUPS, "Update"), 2, "Group", "app"),
    (Kind("Finish applying group based license to users", CORE, GROUPS, "Update"), 2, "Group", "app"),
    (Kind("Update application", CORE, APPS, "Update"), 3, "Application", "app"),
    (Kind("Update service principal", CORE, APPS, "Update"), 4, "ServicePrincipal", "app"),
    (Kind("Add app role assignment grant to user", CORE, APPS, "Assign"), 3, "ServicePrincipal", "admin"),
    (Kind("Consent to application", CORE, APPS, "Assign"), 1, "ServicePrincipal", "self"),
    (Kind("Add delegated permission grant", CORE, APPS, "Assign"), 1, "ServicePrincipal", "self"),
    (Kind("Register device", "Device Registration Service", "Device", "Add"), 4, "Device", "device"),
    (Kind("Add registered owner to device", CORE, "Device", "Assign"), 3, "Device", "device"),
    (Kind("Update device", CORE, "Device", "Update"), 12, "Device", "device"),
    (Kind("Delete device", CORE, "Device", "Delete"), 2, "Device", "admin"),
    (Kind("Device no longer compliant", CORE, "Device", "Update"), 2, "Device", "app"),
    (Kind("User registered security info", METHODS, USERS, "Add", METHODS), 4, "User", "self"),
    (Kind("User started security info registration", METHODS, USERS, "Add", METHODS), 3, "User", "self"),
    (Kind("User deleted security info", METHODS, USERS, "Delete", METHODS), 1, "User", "self"),
    (Kind("Invite external user", "Invited Users", USERS, "Add", "Invited Users"), 2, "User", "admin"),
    (Kind("Redeem external user invite", "Invited Users", USERS, "Update", "Invited Users"), 1, "User", "self"),
    (Kind("Reset password (self-service)", RESET, USERS, "Update", "SSPR"), 2, "User", "self"),
    (Kind("Self-service password reset flow activity progress", RESET, USERS, "Update", "SSPR"), 4, "User", "self"),
    (Kind("Unlock user account (self-service)", RESET, USERS, "Update", "SSPR"), 1, "User", "self"),
    (
        Kind("Request to join a group", "Self-service Group Management", GROUPS, "Update", "SSGM"),
        2,
        "Group",
        "self",
    ),
    (Kind("Import", "Account Provisioning", "ProvisioningManagement", "Update", "Sync"), 6, "User", "hr"),
    (Kind("Export", "Account Provisioning", "ProvisioningManagement", "Update", "Sync"), 4, "User", "hr"),
    (Kind("Update policy", CORE, "Policy", "Update"), 1, "Policy", "admin"),
    (Kind("Create access review", "Access Reviews", "Policy", "Create", "Access Reviews"), 1, "Policy", "admin"),
)


def scatter(world: World, since: datetime, until: datetime, count: int, admins: list[str], plain: list[str]) -> None:
    """`count` ordinary rows over a span, by the named administrators and to the named people, thinner at night."""
    dice = chance(world.name, "ordinary", since, count)
    weights = [weight for _, weight, _, _ in KINDS]
    span = int((until - since).total_seconds())
    for _ in range(count):
        at = since + timedelta(seconds=dice.randrange(span), microseconds=dice.randrange(1_000_000))
        while (at.hour < 6 or at.hour > 17 or at.weekday() > 4) and dice.random() < 0.8:
            at = since + timedelta(seconds=dice.randrange(span), microseconds=dice.randrange(1_000_000))
        kind, _, sort, actor = dice.choices(KINDS, weights)[0]
        person = world.people[dice.choice(plain)]
        targets = ENTRIES[sort](world, dice, person, kind)
        world.add(at, directory_row(world, kind, at, _actor(world, dice, actor, person, admins), targets))


def _actor(world: World, dice: Random, sort: str, person: Principal, admins: list[str]) -> Row:
    if sort == "self":
        return by_user(person)
    if sort == "sync":
        sync = Principal(
            "sync", world.guid("sync account"), "On-Premises Directory Synchronization Service Account", "User"
        )
        return by_user(sync) if dice.random() < 0.5 else by_app(None, "Microsoft Graph Command Line Tools")
    if sort == "device":
        return by_app(None, "Device Registration Service")
    if sort == "hr":
        return by_app(world.apps.get("hr"), "HR Onboarding Connector")
    if sort == "app":
        return by_app(world.apps.get("deploy"), "Microsoft Entra Group Based Licensing")
    return by_user(world.people[dice.choice(admins)])


def _user(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    changes = []
    if kind.activity == "Update user":
        name = dice.choice(("JobTitle", "TelephoneNumber", "Department", "StrongAuthenticationPhoneAppDetail"))
        changes = [changed(name, f"[{dice.randrange(100)}]", "[]"), changed("Included Updated Properties", name)]
    return [resource("User", person.id, person.name, *changes, userPrincipalName=person.upn)]


def _group(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    group = world.groups[dice.choice(_everyday(world))]
    return [resource("Group", group.id, group.name, changed("Description", "[text]", "[]"), groupType="azureAD")]


def _membership(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    group = world.groups[dice.choice(_everyday(world))]
    pairs = (("Group.ObjectID", group.id), ("Group.DisplayName", group.name))
    added = kind.operation == "Assign"
    changes = [changed(name, value) if added else changed(name, None, value) for name, value in pairs]
    who = resource("User", person.id, person.name, *changes, userPrincipalName=person.upn)
    return [who, resource("Group", group.id, None, groupType="azureAD")]


def _everyday(world: World) -> list[str]:
    """Groups whose membership nobody guards."""
    return [key for key in world.groups if key.startswith(("lic-", "m365-all", "dyn-"))]


def _app(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    app = world.apps[dice.choice(sorted(world.apps))]
    sort = "Application" if "application" in kind.activity and kind.operation == "Update" else "ServicePrincipal"
    return [resource(sort, app.id, app.name, changed("Included Updated Properties", "KeyDescription", ""))]


def _device(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    name = f"NB-{dice.randrange(1000, 1060)}"
    return [resource("Device", world.guid("device", name), name)]


def _policy(world: World, dice: Random, person: Principal, kind: Kind) -> list[Row]:
    name = dice.choice(("Default Policy", "Quarterly review of guests", "Token lifetime"))
    return [resource("Policy", world.guid("policy object", name), name)]


Entries = Callable[[World, Random, Principal, Kind], list[Row]]
ENTRIES: dict[str, Entries] = {
    "User": _user,
    "Group": _group,
    "Membership": _membership,
    "Application": _app,
    "ServicePrincipal": _app,
    "Device": _device,
    "Policy": _policy,
}

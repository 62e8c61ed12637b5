"""What watches over PIM at Contoso, and where it does not: a context nobody enforces, a denial nobody carried out."""

from .clock import local
from .governance import add_alerts, add_ca, add_context, add_strengths, change_kept, modified, own_strength
from .reviews import Verdict, add_instance, add_review, member_query, role_query
from .world import World

ZONE = "Europe/Zurich"


def add_governance(world: World) -> None:
    """Contexts c1 and c2 are asked for by PIM; c1 is enforced, the policy for c2 only reports."""
    _conditional_access(world)
    _reviews(world)
    outside = "RolesAssignedOutsidePrivilegedIdentityManagement"
    add_alerts(world, {"NoMfaOnRoleActivation": 2, outside: 1, "StaleSignIn": 1})
    world.written_back[world.groups["sg-sap-firefighters"].id] = "universalSecurityGroup"


def _conditional_access(world: World) -> None:
    strengths = add_strengths(world)
    keys = own_strength(world, "Passkeys of the help desk", ("fido2",), local(ZONE, "2026-03-02 09:15"))
    add_context(world, "c1", "Privileged access")
    add_context(world, "c2", "Step-up for security")
    add_context(world, "c3", "Retired", available=False)
    group = world.groups["sg-ca-exclusions"].id
    strong = {"excludeGroups": [group]}
    add_ca(
        *(world, "CA100 Phishing-resistant for privileged access"),
        users=strong,
        contexts=("c1",),
        strength=strengths["Phishing-resistant MFA"],
        every_time=True,
    )
    report = "enabledForReportingButNotEnforced"
    add_ca(world, "CA101 Step-up for security (pilot)", state=report, contexts=("c2",), controls=("mfa",))
    desk = {"includeUsers": [], "includeRoles": [world.role("Helpdesk Administrator").id]}
    add_ca(world, "CA200 Passkeys at the help desk", users=desk, strength=keys)
    bg = [world.people["bg1"].id, world.people["bg2"].id]
    everybody = add_ca(world, "CA001 MFA for all", users={"excludeUsers": bg}, controls=("mfa",))
    add_ca(world, "CA002 Block old protocols", controls=("block",), clients=("exchangeActiveSync", "other"))
    add_ca(world, 'CA999 "draft" <b>do not use</b>', state="disabled", contexts=("c3",), controls=("mfa",))
    at = local(ZONE, "2026-10-22 16:48:09")
    more = [*bg, world.people["svc-scan"].id]
    change_kept(world, everybody, at, **modified(everybody, at, excludeUsers=more))


def _reviews(world: World) -> None:
    who, role = world.people, world.role("Conditional Access Administrator")
    anna, begins = who["anna.keller"], local(ZONE, "2026-09-21 08:00")
    review = add_review(
        *(world, "Quarterly: Conditional Access Administrator", role_query(role)), auto_apply=False, since=begins
    )
    kept = Verdict(who["hamza.yilmaz"], "Approve", anna, "Runs the rollout of passkeys")
    denied = Verdict(who["raj.kumar"], "Deny", anna, "Moved to night operations in May", recommended="Deny")
    add_instance(world, review, role, begins, "Completed", [kept, denied])
    _members(world)
    _unfinished(world)


def _members(world: World) -> None:
    who, sap = world.people, world.member("sg-sap-firefighters")
    gabriela, begins = who["gabriela.weber"], local(ZONE, "2026-09-28 08:00")
    review = add_review(world, "Quarterly: SAP firefighters", member_query(sap), auto_apply=True, since=begins)
    verdicts = [
        Verdict(who["luca.bianchi"], "Approve", gabriela, "Night batch", "AppliedSuccessfully"),
        Verdict(who["old.joiner"], "Deny", gabriela, "Left", "AppliedSuccessfully"),
    ]
    add_instance(world, review, sap, begins, "Applied", verdicts)


def _unfinished(world: World) -> None:
    """Begun between the two dates, and nobody has looked yet."""
    who, rdp = world.people, world.member("sg-rdp-prod-servers")
    begins = local(ZONE, "2026-10-19 08:00")
    review = add_review(
        world, "Yearly: production servers", member_query(rdp), auto_apply=True, since=begins, months=12
    )
    waiting = [Verdict(who[key]) for key in ("mei.tan", "raj.kumar", "hugo.hofer")]
    add_instance(world, review, rdp, begins, "InProgress", waiting)

"""Contoso: who works there, which groups and settings there are, and what everybody held before the log begins."""

from datetime import UTC, datetime

from .contoso_permanent import add_permanent
from .grants import standing
from .groups import add_group, join, own
from .people import MS_PIM_APP_ID, add_app, add_guest, add_person, add_synced
from .policies import Settings, set_policy
from .roles import add_roles
from .world import Principal, Target, World

YEAR_END = datetime(2027, 3, 31, 22, 0, tzinfo=UTC)
SINCE = datetime(2026, 4, 1, 7, 30, tzinfo=UTC)
TICKETED = ("MultiFactorAuthentication", "Justification", "Ticketing")

ADMINS = {
    "anna.keller": ("Anna Keller", "Head of identity"),
    "beat.frei": ("Beat Frei", "Identity engineer"),
    "chiara.rossi": ("Chiara Rossi", "SOC analyst"),
    "daniel.huber": ("Daniel Huber", "Helpdesk lead"),
    "eva.schmid": ("Eva Schmid", "Messaging engineer"),
    "fabian.meier": ("Fabian Meier", "Platform engineer"),
    "gabriela.weber": ("Gabriela Weber", "SAP lead"),
    "hamza.yilmaz": ("Hamza Yılmaz", "Server engineer"),
    "irina.novak": ("Irina Nováková", "Collaboration engineer"),
    "jonas.baumann": ("Jonas Baumann", "Platform engineer"),
    "karin.steiner": ("Karin Steiner", "Client engineer"),
    "luca.bianchi": ("Luca Bianchi", "Night batch operator"),
    "petra.vogel": ("Petra Vogel", "Application owner"),
    "simon.egli": ('Simon "Sim" O\'Egli', "Database engineer"),
    "tamara.zbinden": ('=HYPERLINK("http://intranet.example/x","Tamara Zbinden")', "Database engineer"),
}
ABROAD = {
    "mei.tan": ("Mei Tan 🌙", "Night operations", "Asia/Singapore"),
    "raj.kumar": ("Raj Kumar", "Night operations", "Asia/Singapore"),
    "nina.gruber": ("Nina Gruber", "Service desk Vienna", "Europe/Vienna"),
    "oskar.wagner": ("Oskar Wagner", "Service desk Vienna", "Europe/Vienna"),
    "paul.leitner": ("Paul Leitner", "Service desk Vienna", "Europe/Vienna"),
}
STAFF = (
    "Alice Amrein,Bruno Bühler,Carla Caduff,Dario Dietrich,Elena Etter,Felix Fuchs,Greta Gasser,Hugo Hofer,Ines Iten,"
    "Jan Jost,Kim Kunz,Lea Lang,Marco Moser,Nora Nef,Olga Ott,Pius Portmann,Rita Roth,Sven Suter,Tina Tobler,"
    "Urs Ulrich,Vera Vogt,Walter Wyss,Yara Yersin,Zoe Zürcher"
)


def add_cast(world: World) -> None:
    """Everything that is true on the first day."""
    _people(world)
    _apps(world)
    _groups(world)
    add_roles(world, custom="Contoso BitLocker Key Reader")
    world.licences = [("SPE_E5", 30, 30), ("SPE_E3", 40, 28), ("EXCHANGESTANDARD", 25, 12)]
    _settings(world)
    _eligible(world)
    _active(world)
    add_permanent(world)


def _people(world: World) -> None:
    for key, (name, title) in ADMINS.items():
        add_person(world, key, name, title)
    for key, (name, title, zone) in ABROAD.items():
        add_person(world, key, name, title, zone=zone)
    for name in STAFF.split(","):
        plain = name.lower().replace(" ", ".").translate(str.maketrans("üöä", "uoa"))
        add_person(world, plain, name)
    add_person(world, "rlo.tester", "Remo \u202etset\u202c Tester", "Contractor")
    add_person(world, "old.joiner", "Otto Alt", "Left the company", accountEnabled=False)
    for number in (1, 2):
        add_person(world, f"bg{number}", f"Emergency Access {number}", "Break glass")
    for key, name in (("svc-scan", "Service Scan"), ("svc-backup", "Service Backup"), ("ad.sync.user", "Ada Sync")):
        add_synced(world, key, name, "On-premises account")
    for key, name in (("li.chen", "Li Chen"), ("mo.farouk", "Mo Farouk"), ("ana.silva", "Ana Silva")):
        add_guest(world, key, name, "fabrikam.example")


def _apps(world: World) -> None:
    add_app(world, "ms-pim", "MS-PIM", MS_PIM_APP_ID)
    add_app(world, "deploy", "contoso-deploy-pipeline")
    add_app(world, "hr", "HR Onboarding Connector")
    add_app(world, "backup", "Cloud Backup <prod>")
    add_app(world, "sync", "Microsoft.Azure.SyncFabric", "00000014-0000-0000-c000-000000000000")
    add_app(world, "identity", "vm-batch-01", kind="ManagedIdentity")


def _groups(world: World) -> None:
    add_group(world, "sg-pim-exchange-admins", "role_assignable", onboarded=True)
    add_group(world, "sg-tier0-directory", "role_assignable", onboarded=True, isManagementRestricted=True)
    add_group(world, "sg-rdp-prod-servers", onboarded=True, description="Remote desktop to production servers")
    add_group(world, "sg-sap-firefighters", onboarded=True)
    add_group(world, "sg-helpdesk-operators", onboarded=True)
    add_group(world, "m365-cloud-platform", "m365", onboarded=True)
    add_group(world, "sg-odd", onboarded=True, name="sg-\"quoted\" & <img src=x onerror=alert(1)> 'ops'")
    add_group(world, "sg-db-breakfix")
    add_group(world, "sg-legacy-admins", "role_assignable")
    rule = '(user.accountEnabled -eq true) and (user.userType -eq "Member")'
    add_group(world, "dyn-all-employees", "dynamic", membershipRule=rule)
    add_group(world, "sg-onprem-fileshare", "synced")
    add_group(world, "sg-team-vienna")
    add_group(world, "sg-ca-exclusions")
    add_group(world, "sg-mail-partners")
    join(world, "sg-mail-partners", "tina.tobler", "yara.yersin")
    add_group(world, "m365-all-hands", "m365", visibility="Public")
    add_group(world, "lic-e5")
    join(world, "sg-team-vienna", "nina.gruber", "oskar.wagner", "paul.leitner")
    join(world, "sg-legacy-admins", "walter.wyss", "svc-backup")
    join(world, "sg-onprem-fileshare", "ad.sync.user", "svc-scan", "alice.amrein")
    join(world, "sg-ca-exclusions", "bg1", "bg2")
    join(world, "sg-rdp-prod-servers", "svc-scan")
    join(world, "dyn-all-employees", *(key for key, who in world.people.items() if "#EXT#" not in (who.upn or "")))
    own(world, "sg-team-vienna", "paul.leitner")
    own(world, "sg-legacy-admins", "walter.wyss")
    own(world, "m365-all-hands", "rita.roth")
    own(world, "sg-odd", "simon.egli")


def _settings(world: World) -> None:
    role, people = world.role, world.people
    iam = (people["anna.keller"], people["beat.frei"])
    guarded = Settings(2, TICKETED, iam, True, "c1", recipients=("iam@contoso.example",))
    set_policy(world, role("Global Administrator"), Settings(2, TICKETED, (), False, "c1"))
    set_policy(world, role("Privileged Role Administrator"), guarded)
    open_ended = Settings(8, permanent_eligible=True)
    for name in (
        "Exchange Administrator",
        "SharePoint Administrator",
        "Teams Administrator",
        "Compliance Administrator",
    ):
        set_policy(world, role(name), open_ended)
    for name in ("Intune Administrator", "Application Administrator", "Security Reader", "Global Reader"):
        set_policy(world, role(name), open_ended)
    set_policy(world, role("Helpdesk Administrator"), Settings(10, ("Justification",), permanent_eligible=True))
    set_policy(world, role("Billing Administrator"), Settings(24, (), permanent_eligible=True, notify=False))
    set_policy(world, role("Security Administrator"), Settings(4, (), (people["chiara.rossi"],), False, "c2"))
    set_policy(world, role("Conditional Access Administrator"), Settings(4, approvers=iam, approval=True))
    _group_settings(world, iam)


def _group_settings(world: World, iam: tuple[Principal, ...]) -> None:
    member, owner = world.member, world.owner
    lead = (world.people["gabriela.weber"],)
    open_ended = Settings(8, permanent_eligible=True)
    set_policy(world, member("sg-tier0-directory"), Settings(2, TICKETED, iam, True, "c1"))
    set_policy(world, owner("sg-tier0-directory"), Settings(1, TICKETED, iam, True, "c1"))
    set_policy(world, member("sg-rdp-prod-servers"), Settings(8, TICKETED, permanent_eligible=True))
    set_policy(world, owner("sg-rdp-prod-servers"), Settings(4, TICKETED))
    set_policy(world, member("sg-sap-firefighters"), Settings(8, ("Justification",), permanent_eligible=True))
    set_policy(world, owner("sg-sap-firefighters"), Settings(4, TICKETED))
    set_policy(world, member("sg-helpdesk-operators"), open_ended)
    set_policy(world, owner("sg-helpdesk-operators"), Settings(4, approvers=lead, approval=True))
    set_policy(world, member("sg-pim-exchange-admins"), Settings(8, recipients=("soc@contoso.example",)))
    set_policy(world, member("m365-cloud-platform"), Settings(8, ("Justification",), permanent_eligible=True))
    set_policy(world, member("sg-db-breakfix"), Settings(4, TICKETED))
    set_policy(world, owner("sg-db-breakfix"), open_ended)


def _eligible(world: World) -> None:
    """Time-bound eligibilities, all of them within the settings."""
    held: dict[str, tuple[Target, ...]] = {
        "anna.keller": (world.role("Privileged Role Administrator"), world.role("Global Administrator")),
        "beat.frei": _beat(world),
        "chiara.rossi": (world.role("Security Administrator"), world.role("Security Operator")),
        "daniel.huber": (world.role("Helpdesk Administrator"), world.role("Authentication Administrator")),
        "eva.schmid": (world.member("sg-pim-exchange-admins"), world.role("Teams Administrator")),
        "fabian.meier": (world.member("m365-cloud-platform"), world.role("Application Administrator")),
        "gabriela.weber": (world.member("sg-sap-firefighters"),),
        "hamza.yilmaz": (world.role("Hybrid Identity Administrator"), world.role("Conditional Access Administrator")),
        "irina.novak": (world.role("SharePoint Administrator"), world.role("Teams Administrator")),
        "jonas.baumann": (world.role("Global Administrator"), world.member("m365-cloud-platform")),
        "karin.steiner": (world.role("Intune Administrator"), world.role("Contoso BitLocker Key Reader")),
        "luca.bianchi": (world.member("sg-sap-firefighters"), world.role("Hybrid Identity Administrator")),
        "mei.tan": (world.member("sg-rdp-prod-servers"), world.role("Security Operator")),
        "raj.kumar": _raj(world),
        "nina.gruber": (world.role("User Administrator"),),
        "oskar.wagner": (world.role("User Administrator"),),
        "petra.vogel": _petra(world),
        "simon.egli": (world.member("sg-odd"), world.owner("sg-odd")),
        "tamara.zbinden": (world.role("Application Administrator"), world.member("sg-odd")),
        "vera.vogt": (world.role("Billing Administrator"),),
        "urs.ulrich": (world.role("License Administrator"),),
        "sven.suter": (world.role("Global Reader"),),
        "mo.farouk": (world.member("sg-sap-firefighters"),),
    }
    for key, targets in held.items():
        for target in targets:
            standing(world, world.people[key], target, SINCE, YEAR_END)


def _beat(world: World) -> tuple[Target, ...]:
    roles = ("Privileged Role Administrator", "Groups Administrator", "User Administrator", "Application Administrator")
    more = ("Conditional Access Administrator", "Authentication Administrator", "Hybrid Identity Administrator")
    return (*(world.role(name) for name in roles + more), world.member("sg-tier0-directory"))


def _raj(world: World) -> tuple[Target, ...]:
    groups = (world.member("sg-rdp-prod-servers"), world.member("sg-helpdesk-operators"))
    return (*groups, world.role("Conditional Access Administrator"))


def _petra(world: World) -> tuple[Target, ...]:
    roles = ("Application Administrator", "Groups Administrator", "License Administrator", "Global Reader")
    groups = ("m365-cloud-platform", "sg-odd", "sg-helpdesk-operators")
    return (*(world.role(name) for name in roles), *(world.member(name) for name in groups))


def _active(world: World) -> None:
    """Standing active assignments: emergency accounts, groups that hold roles, and a few that should not be."""
    give = [
        (world.people["bg1"], "Global Administrator"),
        (world.people["bg2"], "Global Administrator"),
        (world.people["walter.wyss"], "Exchange Administrator"),
        (world.groups["sg-pim-exchange-admins"], "Exchange Administrator"),
        (world.groups["sg-legacy-admins"], "User Administrator"),
        (world.apps["sync"], "Directory Readers"),
        (world.apps["hr"], "User Administrator"),
    ]
    for principal, role in give:
        standing(world, principal, world.role(role), None, kind="active")
    standing(world, world.people["ines.iten"], world.role("Security Reader"), SINCE, YEAR_END, kind="active")
    partners, exchange = world.groups["sg-mail-partners"], world.member("sg-pim-exchange-admins")
    standing(world, partners, exchange, SINCE, YEAR_END)
    left = standing(world, world.people["old.joiner"], world.role("Global Reader"), SINCE, YEAR_END)
    world.named["left the company"] = left
    rdp = world.member("sg-rdp-prod-servers")
    standing(world, world.people["hugo.hofer"], rdp, SINCE, YEAR_END, kind="active")

"""People and applications of a tenant, and their directory objects."""

from datetime import UTC, datetime, timedelta

from .clock import whole
from .seeds import chance
from .world import Principal, Row, World

LAST_SEEN = datetime(2026, 10, 16, 15, 0, tzinfo=UTC)
MS_PIM_APP_ID = "01fc33a7-78ba-4d2f-a4b7-768e336e890e"


def add_person(world: World, key: str, name: str, title: str = "Employee", **facts: object) -> Principal:
    """A person by the local part of the UPN. `facts` override fields of the user object; `zone` is where they sit."""
    zone = str(facts.pop("zone", world.zone))
    upn = str(facts.pop("upn", f"{key}@{world.domain}"))
    dice = chance(world.name, "person", key)
    network = "192.0.2" if dice.random() < 0.7 else "198.51.100"
    person = Principal(key, world.guid("user", key), name, "User", upn, f"{network}.{dice.randrange(2, 250)}", zone)
    world.people[key] = person
    world.facts[person.id] = _user(world, person, title, facts)
    return person


def add_guest(world: World, key: str, name: str, home: str) -> Principal:
    """A guest from another organisation's domain."""
    upn = f"{key}_{home}#EXT#@{world.domain}"
    mail = f"{key}@{home}"
    return add_person(world, key, name, "Consultant", upn=upn, userType="Guest", mail=mail, creationType="Invitation")


def add_synced(world: World, key: str, name: str, title: str) -> Principal:
    """An account that comes from the on-premises directory."""
    return add_person(world, key, name, title, onPremisesSyncEnabled=True, onPremisesSamAccountName=key[:20])


def add_app(world: World, key: str, name: str, app_id: str | None = None, kind: str = "Application") -> Principal:
    """An application's service principal."""
    app = Principal(key, world.guid("app", key), name, "ServicePrincipal")
    world.apps[key] = app
    world.facts[app.id] = {
        "id": app.id,
        "appId": app_id or world.guid("app id", key),
        "displayName": name,
        "accountEnabled": True,
        "servicePrincipalType": kind,
        "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a" if app_id else world.tenant_id,
        "createdDateTime": "2023-02-14T08:00:00Z",
        "tags": ["HideApp"] if app_id else ["WindowsAzureActiveDirectoryIntegratedApp"],
    }
    return app


def _user(world: World, person: Principal, title: str, facts: dict[str, object]) -> Row:
    dice = chance(world.name, "user object", person.key)
    created = datetime(2021, 1, 4, 7, tzinfo=UTC) + timedelta(days=dice.randrange(1500), seconds=dice.randrange(36000))
    seen = LAST_SEEN - timedelta(minutes=dice.randrange(4000))
    row: Row = {
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
        "mail": person.upn,
        "jobTitle": title,
        "accountEnabled": True,
        "userType": "Member",
        "creationType": None,
        "createdDateTime": whole(created),
        "onPremisesSyncEnabled": None,
        "onPremisesSamAccountName": None,
        "signInActivity": {
            "lastSignInDateTime": whole(seen),
            "lastSignInRequestId": world.guid("sign-in", person.key),
            "lastNonInteractiveSignInDateTime": whole(seen + timedelta(minutes=31)),
            "lastSuccessfulSignInDateTime": whole(seen),
        },
    }
    row.update(facts)
    return row

"""Access reviews, Conditional Access with its strengths and contexts, and PIM's own alerts, as Graph lists them."""

from dataclasses import replace
from datetime import datetime, timedelta

from .clock import CYCLES, seven, whole
from .world import Kept, Principal, Row, World

KEPT = ("access_reviews", "ca_policies", "auth_strengths", "auth_contexts", "pim_alerts")
NOBODY: Row = {"id": "00000000-0000-0000-0000-000000000000", "displayName": "", "userPrincipalName": ""}
BUILT_IN = datetime(2021, 12, 1, tzinfo=CYCLES[0].tzinfo)
PHISHING_RESISTANT = ("windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor")
STRENGTHS = {
    "Multifactor authentication": (*PHISHING_RESISTANT, "deviceBasedPush", "password,softwareOath", "password,sms"),
    "Passwordless MFA": (*PHISHING_RESISTANT, "deviceBasedPush"),
    "Phishing-resistant MFA": PHISHING_RESISTANT,
}
ALERTS = {
    "InvalidLicense": ("The organization doesn't have Microsoft Entra ID P2", "high"),
    "NoMfaOnRoleActivation": ("Roles don't require multi-factor authentication for activation", "high"),
    "RedundantAssignment": ("Administrators aren't using their privileged roles", "low"),
    "RolesAssignedOutsidePrivilegedIdentityManagement": ("Roles are being assigned outside of PIM", "high"),
    "SequentialActivationRenewals": ("Roles are being activated too frequently", "low"),
    "StaleSignIn": ("Potential stale accounts in a privileged role", "medium"),
    "TooManyGlobalAdminsAssignedToTenant": ("There are too many global administrators", "low"),
}


def kept(world: World, endpoint: str, parent: str | None, now: datetime) -> list[Row]:
    """The rows of a list, or of one parent's part of it, at an instant."""
    return [each.row for each in world.kept if (each.endpoint, each.parent) == (endpoint, parent) and each.holds(now)]


def change_kept(world: World, old: Row, at: datetime, **facts: object) -> Row:
    """From `at` on a row has other values."""
    (was,) = [each for each in world.kept if each.row is old]
    world.kept[world.kept.index(was)] = replace(was, until=at)
    row = old | facts
    world.kept.append(replace(was, row=row, since=at))
    return row


def add_strengths(world: World) -> dict[str, Row]:
    """The strengths every tenant has, by name."""
    told = {}
    for number, (name, combinations) in enumerate(STRENGTHS.items(), 2):
        told[name] = _strength(f"00000000-0000-0000-0000-{number:012d}", name, combinations, "builtIn", BUILT_IN)
        world.kept.append(Kept("auth_strengths", told[name]))
    return told


def own_strength(world: World, name: str, combinations: tuple[str, ...], since: datetime) -> Row:
    """A strength the tenant made itself."""
    row = _strength(world.guid("strength", name), name, combinations, "custom", since)
    world.kept.append(Kept("auth_strengths", row))
    return row


def _strength(ident: str, name: str, combinations: tuple[str, ...], kind: str, since: datetime) -> Row:
    return {
        "id": ident,
        "createdDateTime": whole(since),
        "modifiedDateTime": whole(since),
        "displayName": name,
        "description": f"{name}: {len(combinations)} combinations",
        "policyType": kind,
        "requirementsSatisfied": "mfa",
        "allowedCombinations": list(combinations),
        "combinationConfigurations": [],
    }


def add_context(world: World, ident: str, name: str, available: bool = True) -> None:
    """An authentication context class reference; `ident` is its claim value."""
    row = {"id": ident, "displayName": name, "description": f"{name}, asked for by PIM", "isAvailable": available}
    world.kept.append(Kept("auth_contexts", row))


def add_ca(
    world: World,
    name: str,
    *,
    state: str = "enabled",
    users: Row | None = None,
    contexts: tuple[str, ...] = (),
    controls: tuple[str, ...] = (),
    strength: Row | None = None,
    every_time: bool = False,
    clients: tuple[str, ...] = ("all",),
) -> Row:
    """A Conditional Access policy. `users` holds lists such as `excludeGroups`; everybody is included unless said."""
    everybody = {f"{verb}{what}": [] for what in ("Users", "Groups", "Roles") for verb in ("include", "exclude")}
    applications = {
        "includeApplications": [] if contexts else ["All"],
        "excludeApplications": [],
        "includeUserActions": [],
        "includeAuthenticationContextClassReferences": list(contexts),
        "applicationFilter": None,
    }
    row = {
        "id": world.guid("ca", name),
        "templateId": None,
        "displayName": name,
        "createdDateTime": "2025-02-04T10:12:33.1844102Z",
        "modifiedDateTime": None,
        "state": state,
        "sessionControls": {"signInFrequency": _frequency()} if every_time else None,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": list(clients),
            "platforms": None,
            "locations": None,
            "applications": applications,
            "users": {**everybody, "includeUsers": ["All"], **(users or {})},
        },
        "grantControls": _grant(controls, strength),
    }
    world.kept.append(Kept("ca_policies", row))
    return row


def modified(row: Row, at: datetime, **users: list[str]) -> Row:
    """The facts of a Conditional Access policy whose users somebody changed at an instant."""
    conditions = row["conditions"] | {"users": row["conditions"]["users"] | users}
    return {"conditions": conditions, "modifiedDateTime": seven(at, 4)}


def _frequency() -> Row:
    return {
        "isEnabled": True,
        "frequencyInterval": "everyTime",
        "authenticationType": "primaryAndSecondaryAuthentication",
        "type": None,
        "value": None,
    }


def _grant(controls: tuple[str, ...], strength: Row | None) -> Row:
    return {
        "operator": "OR",
        "builtInControls": list(controls),
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": strength,
    }


def add_alerts(world: World, active: dict[str, int]) -> None:
    """The alerts PIM ships, scanned at night before each date; `active` are those with something to say, and how much.

    They speak from the second date on, before that all are quiet.
    """
    for now in CYCLES:
        for kind, (name, severity) in ALERTS.items():
            count = active.get(kind, 0) if now == CYCLES[1] else 0
            row = _alert(world, kind, name, severity, count, now - timedelta(hours=4, minutes=11))
            since, until = (None, CYCLES[1]) if now == CYCLES[0] else (CYCLES[1], None)
            world.kept.append(Kept("pim_alerts", row, since=since, until=until))


def _alert(world: World, kind: str, name: str, severity: str, count: int, scanned: datetime) -> Row:
    ident = f"DirectoryRole_{world.tenant_id}_{kind}Alert"
    scope = {"scopeId": "/", "scopeType": "DirectoryRole"}
    return {
        "id": ident,
        "alertDefinitionId": ident,
        **scope,
        "incidentCount": count,
        "isActive": count > 0,
        "lastModifiedDateTime": whole(scanned),
        "lastScannedDateTime": whole(scanned),
        "alertDefinition": {
            "id": ident,
            "displayName": name,
            **scope,
            "description": name,
            "severityLevel": severity,
            "securityImpact": "Privileged access that nobody watches.",
            "mitigationSteps": "Open the alert and follow the steps.",
            "howToPrevent": "Assign roles through PIM only.",
            "isRemediatable": True,
            "isConfigurable": True,
        },
    }


def reviewer(who: Principal) -> Row:
    """A person as a review names them."""
    return {"id": who.id, "displayName": who.name, "userPrincipalName": who.upn}

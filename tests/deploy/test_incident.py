"""What an analyst gets of an alert: entities, details within Sentinel's limits, and never more values than it keeps."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.sentinel.rules import DETAILS, ENTITIES, kql
from pipeline.store.record import ALERT_COLUMNS

from .kusto import CUT, Row, Workspace

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BEGAN = datetime(2026, 11, 2, 2, 12, tzinfo=UTC)
ANNA = {"ObjectId": "0a", "Upn": "anna.keller@contoso.example", "Name": "Anna Keller", "Type": "User"}
APP = {"ObjectId": "0b", "Name": "backup-runner", "Type": "ServicePrincipal"}
GROUP = {"ObjectId": "0c", "Name": "sg-helpdesk", "Type": "Group"}
PLAIN: Row = {
    "Revision": 1,
    "Status": "New",
    "Severity": "Medium",
    "RuleId": "activation.off_hours",
    "TenantName": "contoso",
    "TimeGenerated": NOW - timedelta(minutes=7),
    "DetectedTime": NOW - timedelta(minutes=7),
    "AlertName": "Anna Keller activated Global Reader",
    "AlertDescription": "03:12 is outside 07:00-19:00.",
    "Tactics": "Persistence,PrivilegeEscalation",
    "Techniques": "T1078.004,T1098",
    "DedupKey": "a|b|c",
    "EntraTenantId": "00000000-0000-0000-0000-000000000001",
    "ConfidenceScore": 0.7,
    "ControlIds": ["nis2:21.2.i"],
    "EventStartTime": BEGAN,
    "RemediationSteps": "Ask the person.",
    "EvidenceIds": ["e1"],
    "Context": {"zone": "UTC"},
}


def part(side: str, of: dict[str, str]) -> Row:
    return {f"{side}{name}": value for name, value in of.items()}


CASES: dict[str, Row] = {
    "same": {**part("Actor", ANNA), **part("Target", ANNA), "SourceIp": "192.0.2.9"},
    "grant": {
        **part("Actor", ANNA),
        **part("Target", {**ANNA, "ObjectId": "0d", "Upn": "bob@contoso.example"}),
        "Justification": "Batch",
    },
    "guest": part("Target", {**ANNA, "Upn": "eve_fabrikam.example#EXT#@contoso.example"}),
    "nameless": part("Target", {"ObjectId": "0e", "Type": "User"}),
    "app": {**part("Actor", {**APP, "AppId": "9f"}), **part("Target", ANNA)},
    "target app": {**part("Actor", ANNA), **part("Target", APP)},
    "group": {**part("Target", GROUP), "GroupName": "sg-admins", "GroupObjectId": "0f", "GroupAccess": "member"},
    "itself": {**part("Target", GROUP), "GroupName": "sg-helpdesk", "GroupObjectId": "0c", "Justification": "outside"},
    "resource": {"RoleName": "Owner", "RoleScope": "/subscriptions/1/resourceGroups/rg"},
    "nobody": {
        "Tactics": None,
        "Techniques": None,
        "ControlIds": None,
        "EventStartTime": None,
        "AlertDescription": None,
    },
    "long": {
        **{name: "🌙" * 5_000 for name, kind in ALERT_COLUMNS if kind == "string" and name not in PLAIN},
        **dict.fromkeys(("AlertName", "AlertDescription", "RemediationSteps", "RuleId", "DedupKey"), "🌙" * 5000),
        "EntraTenantId": PLAIN["EntraTenantId"],
        "TenantName": "t" * 64,
        "ActorType": "User",
        "TargetType": "Group",
        "OutOfHours": False,
        "IsBreakGlass": False,
        "GroupAccess": "member",
        "ControlIds": ["🌙" * 50] * 50,
    },
    "quotes": {
        **dict.fromkeys(("Justification", "ActorUpn", "RoleName", "GroupName", "TicketNumber"), '"\\' * 2000),
        "Severity": "High",
        "OutOfHours": True,
        "IsBreakGlass": None,
    },
}
FILLERS = 60 - len(CASES)


def run(workspace: Workspace, rows: dict[str, Row]) -> dict[str, Row]:
    workspace.empty()
    for alert, row in rows.items():
        workspace.arrive("PimAlerts_CL", {**PLAIN, **row, "AlertId": alert}, NOW - timedelta(minutes=1))
    found = workspace.query(kql("prompt") + "\n" + kql("incident"), NOW)
    return {row["AlertId"] if row["DedupKey"] != "more" else "more": row for row in found}


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture(scope="module")
def shown(workspace: Workspace) -> dict[str, Row]:
    """The cases among sixty alerts of one run."""
    fillers = {f"z{number:02}": {"Severity": "Informational"} for number in range(FILLERS)}
    return run(workspace, CASES | fillers)


def entities(row: Row) -> list[tuple[str, dict[str, Any]]]:
    """What Sentinel makes of the mapping: identifiers without a value, and entities without identifiers, drop out."""
    made = [
        (kind, {identifier: row[column] for identifier, column in fields if row[column]}) for kind, *fields in ENTITIES
    ]
    return [(kind, fields) for kind, fields in made if fields]


def account(object_id: str, name: str, suffix: str = "contoso.example") -> tuple[str, dict[str, str]]:
    return "Account", {"AadUserId": object_id, "Name": name, "UPNSuffix": suffix}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("same", [account("0a", "anna.keller"), ("IP", {"Address": "192.0.2.9"})]),
        ("grant", [account("0a", "anna.keller"), account("0d", "bob")]),
        ("guest", [account("0a", "eve_fabrikam.example#EXT#")]),
        ("nameless", [("Account", {"AadUserId": "0e"})]),
        ("app", [account("0a", "anna.keller"), ("CloudApplication", {"Name": "backup-runner", "InstanceName": "9f"})]),
        (
            "target app",
            [account("0a", "anna.keller"), ("CloudApplication", {"Name": "backup-runner", "InstanceName": "0b"})],
        ),
        ("group", [("SecurityGroup", {"ObjectGuid": "0f"}), ("SecurityGroup", {"ObjectGuid": "0c"})]),
        ("itself", [("SecurityGroup", {"ObjectGuid": "0c"})]),
        ("resource", [("AzureResource", {"ResourceId": "/subscriptions/1/resourceGroups/rg"})]),
        ("nobody", []),
    ],
)
def test_entities_are_told_by_their_strongest_identifiers(
    shown: dict[str, Row], case: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    assert entities(shown[case]) == expected


def test_an_alert_has_its_own_words_times_and_grade(shown: dict[str, Row]) -> None:
    row = shown["same"]
    assert (row["Title"], row["Severity"]) == (PLAIN["AlertName"], "Medium")
    assert (row["Tactic"], row["Technique"], row["Techniques"]) == ("Persistence", "T1078", "T1078.004,T1098")
    assert (row["StartTime"], row["EndTime"]) == (BEGAN, BEGAN)
    assert shown["nobody"]["StartTime"] == PLAIN["DetectedTime"]
    assert row["Description"] == (
        "03:12 is outside 07:00-19:00.\n\nNext: Ask the person.\n\nEvidence: pimtrail show same"
    )
    assert "\n\nJustification as given: Batch\n\n" in shown["grant"]["Description"]
    assert "as given" not in shown["itself"]["Description"]
    assert (row["OutOfHours"], shown["quotes"]["OutOfHours"], row["Controls"]) == ("", "True", "nis2:21.2.i")


def details(row: Row) -> str:
    return json.dumps({key: [row[column]] for key, column in DETAILS.items() if row[column]}, ensure_ascii=False)


@pytest.mark.parametrize("case", ["long", "quotes"])
def test_nothing_is_over_a_limit(shown: dict[str, Row], case: str) -> None:
    """Over 2 KB details are dropped, over 256 bytes a title, over 5 KB a description: whoever names a group decides."""
    row = shown[case]
    assert len(details(row).encode()) <= 2_048
    for column, longest in (("Title", 256), ("Remediation", 256), ("Link", 256), ("Description", 5_000)):
        assert len(row[column].encode()) <= longest, column
    assert row["DedupKey"]


def test_what_fits_is_whole_and_what_does_not_says_so(shown: dict[str, Row]) -> None:
    assert shown["same"]["Actor"] == ANNA["Upn"]
    assert shown["long"]["Title"] == "🌙" * 63 + "..."
    assert len(shown["long"]["DedupKey"]) == 64


def test_what_is_gravest_is_shown_singly_and_the_rest_in_one(shown: dict[str, Row]) -> None:
    more = shown["more"]
    assert len(shown) == 50
    assert CASES.keys() < shown.keys()
    assert more["Title"] == "11 more alerts arrived together"
    assert (more["Severity"], more["Revision"], more["StartTime"]) == ("Informational", 0, BEGAN)
    assert "Rules: activation.off_hours" in more["Description"]


def test_a_few_alerts_leave_no_rest(workspace: Workspace, shown: dict[str, Row]) -> None:
    assert shown
    workspace.empty()
    for alert in "ab":
        workspace.arrive("PimAlerts_CL", {**PLAIN, "AlertId": alert}, NOW - timedelta(minutes=1))
    ranked, single = kql("incident").split("let single")
    more, _ = single[single.index("let more") :].split("union single")
    assert workspace.query(f"{kql('prompt')}\n{ranked}{more}more", NOW) == []


def test_the_macro_cuts_as_the_query_says(workspace: Workspace) -> None:
    workspace.empty()
    texts = ["", "a" * 47, "a" * 48, "a" * 49, "ü" * 24, "ü" * 25, "🌙" * 12, "🌙" * 13, "a" * 46 + "🌙"]
    for number, text in enumerate(texts):
        row = {"AlertId": str(number), "AlertName": text}
        workspace.arrive("PimAlerts_CL", row, NOW)
    (declared,) = CUT.findall(kql("incident"))
    reading = "PimAlerts_CL | project AlertId, Cut = cut(AlertName, 48) | order by AlertId asc"
    assert workspace.query(declared + reading, NOW) == workspace.query(reading, NOW)
    assert [row["Cut"] for row in workspace.query(reading, NOW)][6:] == ["🌙" * 12, "🌙" * 11 + "...", "a" * 11 + "..."]

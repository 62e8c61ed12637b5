"""What rules read about acts and changes: operations in a session, changed settings, tickets, addresses."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import NamedRange, Settings, Tenant
from pipeline.errors import ConfigError, ContentError
from pipeline.normalise import addresses, operations, tickets

from .landing import TENANT, Landing
from .telling import ANNA, BEAT, activation, after, iso
from .test_policies import change, group_policy, role_policy, rules
from .test_state import GROUP, READER, hour
from .writing import event

CAP = "Add Conditional Access policy"


def act(ident: str, minutes: float, who: str = ANNA, activity: str = CAP) -> dict[str, Any]:
    by = {"user": {"id": who, "displayName": "x", "userPrincipalName": "x@contoso.example"}, "app": None}
    return event(ident, activityDisplayName=activity, activityDateTime=iso(after(minutes)), initiatedBy=by)


def told(land: Landing, columns: str, source: str) -> list[tuple[Any, ...]]:
    land.normalise()
    return land.store.con.execute(f"SELECT {columns} FROM {source} ORDER BY ALL").fetchall()


def test_what_somebody_did_while_activated(land: Landing) -> None:
    early, others, late, plain = act("e1", -1), act("e2", 5, BEAT), act("e3", 120), act("e4", 5, activity="Update user")
    acts = [early, others, late, plain, act("e5", 0), act("e6", 119.9, activity="add owner to application ")]
    land.events([*activation("r1"), *acts])
    assert told(land, "request_id, event_id, category, activity", "session_act") == [
        ("r1", "e5", "conditional_access", CAP),
        ("r1", "e6", "credential", "Add owner to application"),
    ]


def test_settings_that_became_weaker_and_who_did_it(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy(rules())])
    softer = rules(
        Expiration_EndUser_Assignment={"maximumDuration": "PT10H"},
        Enablement_EndUser_Assignment={"enabledRules": ["Justification", "Ticketing"]},
    )
    land.snapshot("role_policies", [role_policy(softer)])
    land.normalise()
    change(land, "entra_role", READER, hour(1) + timedelta(minutes=20))
    change(land, "entra_role", READER, hour(1) + timedelta(minutes=30))
    change(land, "entra_role", GROUP, hour(1) + timedelta(minutes=40))
    change(land, "entra_role", READER, hour(2) + timedelta(minutes=1))
    columns = "property, old_value, new_value, weaker, changed_after, valid_from, changed_at"
    when = (hour(1), hour(2), hour(1) + timedelta(minutes=30))
    assert told(land, columns, "policy_change") == [
        ("max_activation", "28800", "36000", True, *when),
        ("requires_mfa", "true", "false", True, *when),
        ("requires_ticket", "false", "true", False, *when),
    ]


def test_an_authentication_context_in_place_of_mfa_is_not_weaker(land: Landing) -> None:
    land.per_group("group_policies", {GROUP: [group_policy("member", rules())]})
    context = rules(
        Enablement_EndUser_Assignment={"enabledRules": ["Justification"]},
        AuthenticationContext_EndUser_Assignment={"isEnabled": True},
    )
    land.per_group("group_policies", {GROUP: [group_policy("member", context)]})
    land.per_group("group_policies", {GROUP: [group_policy("member", rules())]})
    assert told(land, "valid_from, property, old_value, new_value, weaker, access, event_id", "policy_change") == [
        (hour(2), "auth_context", "none", "c1", False, "member", None),
        (hour(2), "requires_mfa", "true", "false", False, "member", None),
        (hour(3), "auth_context", "c1", "none", True, "member", None),
        (hour(3), "requires_mfa", "false", "true", False, "member", None),
    ]


def approved_by(*names: str, **said: Any) -> dict[str, Any]:
    who = [{"@odata.type": "#microsoft.graph.singleUser", "userId": f"u-{name}", "description": name} for name in names]
    stage = {"primaryApprovers": who, "isApproverJustificationRequired": True, "approvalStageTimeOutInDays": 1} | said
    return {"setting": {"isApprovalRequired": True, "isApprovalRequiredForExtension": True, "approvalStages": [stage]}}


def test_approvers_who_came_went_and_were_replaced(land: Landing) -> None:
    for names in (("Anna", "Beat"), ("Anna", "Beat", "Gabi"), ("Anna",), ("Gabi",), ()):
        land.per_group(
            "group_policies", {GROUP: [group_policy("owner", rules(Approval_EndUser_Assignment=approved_by(*names)))]}
        )
    land.normalise()
    change(land, "group", GROUP, hour(2) + timedelta(minutes=30), "Owner")
    columns = "valid_from, old_value, new_value, weaker, changed_after, len(event_ids)"
    assert told(land, columns, "policy_change WHERE property = 'approvers' AND access = 'owner'") == [
        (hour(2), "Anna, Beat", "Anna, Beat, Gabi", None, hour(1), 0),
        (hour(3), "Anna, Beat, Gabi", "Anna", True, hour(2), 1),
        (hour(4), "Anna", "Gabi", None, hour(3), 0),
        (hour(5), "Gabi", "none", True, hour(4), 0),
    ]


def test_approvers_of_a_policy_that_is_gone_or_new_have_not_changed(land: Landing) -> None:
    held = [group_policy("owner", rules(Approval_EndUser_Assignment=approved_by("Anna")))]
    land.per_group("group_policies", {GROUP: held})
    land.per_group("group_policies", {GROUP: []})
    land.per_group("group_policies", {GROUP: held})
    assert told(land, "property, valid_from", "policy_change") == []


def test_what_is_asked_of_who_grants_and_who_is_told(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy(rules(Approval_EndUser_Assignment=approved_by("Anna")))])
    fewer = rules(
        Approval_EndUser_Assignment=approved_by(
            "Anna", isApproverJustificationRequired=False, approvalStageTimeOutInDays=3
        ),
        Enablement_Admin_Eligibility={"enabledRules": ["Justification"]},
        Enablement_Admin_Assignment={"enabledRules": ["Justification"]},
        Notification_Approver_EndUser_Assignment={"isDefaultRecipientsEnabled": False},
    )
    land.snapshot("role_policies", [role_policy(fewer)])
    assert told(land, "property, old_value, new_value, weaker", "policy_change") == [
        ("active_requires", "Justification, MultiFactorAuthentication", "Justification", True),
        ("approval_timeout_days", "1", "3", None),
        ("eligible_requires", "none", "Justification", False),
        ("notify_approver_on_activation", "true", "false", True),
        ("requires_approver_justification", "true", "false", True),
    ]


def test_an_activation_without_limit_is_weaker_and_what_is_unknown_has_not_changed(land: Landing) -> None:
    land.snapshot("role_policies", [role_policy(rules())])
    free = rules(Expiration_EndUser_Assignment={"isExpirationRequired": False, "maximumDuration": None})
    free = [rule for rule in free if not rule["id"].startswith(("Approval", "Notification", "Enablement_Admin"))]
    land.snapshot("role_policies", [role_policy(free)])
    assert told(land, "property, old_value, new_value, weaker", "policy_change") == [
        ("max_activation", "28800", "none", True)
    ]


def test_the_last_snapshot_that_still_had_the_old_setting_bounds_the_change(land: Landing) -> None:
    first = land.snapshot("role_policies", [role_policy(rules())])
    land.same("role_policies", first)
    approval = rules(Approval_EndUser_Assignment={"setting": {"isApprovalRequired": True}})
    land.snapshot("role_policies", [role_policy(approval)])
    land.normalise()
    change(land, "entra_role", READER, hour(1) + timedelta(minutes=30))
    assert told(land, "property, changed_after, changed_at", "policy_change") == [("requires_approval", hour(2), None)]


def test_the_register_of_tickets(land: Landing, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(
        "\ufeffNumber,opened_at,closed_at,state,owner\n chg-1 ,2026-10-01T08:00:00+02:00,,open,x\n\n"
        "INC2,,2026-10-02T00:00:00Z,,\n",
        encoding="utf-8",
    )
    land.settings = Settings.model_validate({"tickets": {"register": str(path)}})
    found = told(land, "number, state, opened_at::VARCHAR, closed_at::VARCHAR, line", "ticket")
    assert found == [
        ("CHG-1", "open", "2026-10-01 06:00:00+00", None, 2),
        ("INC2", None, None, "2026-10-02 00:00:00+00", 4),
    ]
    assert told(land, "value", "setting WHERE name = 'tickets.register'") == [("true",)]


def test_every_fault_of_the_register_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(
        "number,state,opened_at,closed_at\n,open,,\nA-1,,yesterday,\na-1,,2026-10-01T08:00:00,\n"
        "B-2,,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z\n"
    )
    with pytest.raises(ConfigError) as told_off:
        tickets.read(path)
    assert told_off.value.faults == (
        f"{path}:2: number is missing",
        f"{path}:3: opened_at: 'yesterday' is no time such as 2026-10-01T08:00:00Z",
        f"{path}:4: A-1 stands on line 3 already",
        f"{path}:4: opened_at: '2026-10-01T08:00:00' has no zone; write 2026-10-01T08:00:00Z",
        f"{path}:5: closed_at is before opened_at",
    )
    path.write_text("id,state\n")
    with pytest.raises(ConfigError, match=r":1: column number, opened_at, closed_at is missing"):
        tickets.read(path)


def test_addresses_lie_in_networks_and_named_ranges(land: Landing) -> None:
    known = addresses.networks(
        [
            NamedRange(name="all", ranges=("192.0.2.0/24", "2001:db8::/32")),
            NamedRange(name="hq", ranges=("192.0.2.0/28",)),
        ]
    )
    texts = ["192.0.2.5", "192.0.2.77", "198.51.100.7", "2001:db8:1:2::9", "::ffff:192.0.2.5", "10.0.0.1:443", "no"]
    assert list(addresses.placed(texts, known)) == [
        ("192.0.2.5", "192.0.2.0/24", "hq"),
        ("192.0.2.77", "192.0.2.0/24", "all"),
        ("198.51.100.7", "198.51.100.0/24", None),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64", "all"),
        ("::ffff:192.0.2.5", "192.0.2.0/24", "hq"),
        ("10.0.0.1:443", None, None),
        ("no", None, None),
    ]
    land.tenant = Tenant(name="c", tenant_id=TENANT, named_ranges=(NamedRange(name="hq", ranges=("198.51.100.0/24",)),))
    land.events(activation("r1", ipaddr="198.51.100.7"))
    assert told(land, "ip, named_range", "source_address") == [("198.51.100.7", "hq")]
    assert told(land, "name, network", "named_range") == [("hq", "198.51.100.0/24")]


@pytest.mark.parametrize("text", ["192.0.2.1/24", "office", "192.0.2.0/33"])
def test_a_range_is_a_network(text: str) -> None:
    with pytest.raises(ValueError, match="is no range such as"):
        NamedRange(name="hq", ranges=(text,))


def test_sensitive_operations_are_activities_and_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    empty = "".join(f"{name}: []\n" for name in operations.CATEGORIES[1:])
    for entry, fault in (("[B]", "'B' is no activity"), ("[A, A]", "'A' stands under conditional_access already")):
        path.write_text(f"conditional_access: {entry}\n{empty}")
        with pytest.raises(ContentError, match=fault):
            operations.read(path, {"A"})
    path.write_text("role: []")
    with pytest.raises(ContentError, match="wants the lists"):
        operations.read(path, {"A"})

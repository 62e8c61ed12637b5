"""Snapshots become validity intervals: gone closes, changed reopens, unchanged stays one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.store import TenantFolder, open_store

from .landing import START, TENANT, Item, Landing

GROUP = "018a15f8-cbd9-55d7-b2cd-5f4ed1c6cb68"
OTHER = "2f3f35ba-a16f-5887-af94-edd94a46f3ff"
ANNA = "00000000-0000-4000-8000-0000000000aa"
BEAT = "00000000-0000-4000-8000-0000000000bb"
READER = "5d6b6bb7-de71-4623-b4af-96380a352509"


def hour(number: int) -> Any:
    """When the landing's nth segment was seen."""
    return START + timedelta(hours=number)


def eligible(ident: str, principal: str = ANNA, ends: str | None = None, **more: Any) -> Item:
    return {
        "id": f"{ident}-1-e",
        "principalId": principal,
        "roleDefinitionId": READER,
        "directoryScopeId": "/",
        "startDateTime": "2026-09-01T00:00:00.1234567Z",
        "endDateTime": ends,
        "memberType": "Direct",
        **more,
    }


def user(ident: str, name: str, seen: str | None = None, **more: Any) -> Item:
    sign_in = {"lastSignInDateTime": seen, "lastNonInteractiveSignInDateTime": None}
    upn = f"{name.lower()}@contoso.example"
    return {"id": ident, "displayName": name, "userPrincipalName": upn, "signInActivity": sign_in, **more}


def group(ident: str, name: str | None = "sg", **more: Any) -> Item:
    return {"id": ident, "displayName": name, "groupTypes": [], "securityEnabled": True, **more}


def spans(land: Landing, table: str, *columns: str) -> list[tuple[Any, ...]]:
    names = ", ".join((*columns, "valid_from", "valid_to"))
    return land.store.con.execute(f"SELECT {names} FROM {table} ORDER BY ALL").fetchall()


@pytest.mark.parametrize("refers", [False, True])
@pytest.mark.parametrize("at_once", [False, True])
def test_intervals_open_close_and_reopen(land: Landing, refers: bool, at_once: bool) -> None:
    land.refers = refers
    steps = [
        [eligible("a"), eligible("b")],
        [eligible("a"), eligible("b", ends="2027-01-01T00:00:00Z")],
        [eligible("a")],
        [eligible("a"), eligible("b", ends="2027-01-01T00:00:00Z")],
    ]
    for step in steps:
        land.snapshot("role_eligibility_instances", step, page=1)
        if not at_once:
            land.normalise()
    land.normalise()
    assert spans(land, "assignment_history", "assignment_id", "ends_at IS NULL") == [
        ("a-1-e", True, hour(1), None),
        ("b-1-e", False, hour(2), hour(3)),
        ("b-1-e", False, hour(4), None),
        ("b-1-e", True, hour(1), hour(2)),
    ]


def test_what_an_instance_says(land: Landing) -> None:
    land.snapshot("role_eligibility_instances", [eligible("a", principal=ANNA.upper())])
    land.snapshot(
        "role_assignment_instances",
        [eligible("b", ends="9999-12-31T23:59:59.9999999Z", assignmentType="ACTIVATED", memberType="inherited")],
    )
    land.normalise()
    rows = land.rows(
        "SELECT * EXCLUDE (tenant_id, valid_from, valid_to) FROM assignment_history ORDER BY assignment_id"
    )
    starts = rows[0]["starts_at"]
    assert starts.isoformat() == "2026-09-01T00:00:00.123456+00:00"
    common = {"surface": "entra_role", "principal_id": ANNA, "target_id": READER, "access": None, "scope": "/"}
    assert rows == [
        {"assignment_id": "a-1-e", "kind": "eligible", "assignment_type": None, "member_type": "direct"}
        | {"starts_at": starts, "ends_at": None}
        | common,
        {"assignment_id": "b-1-e", "kind": "active", "assignment_type": "activated", "member_type": "inherited"}
        | {"starts_at": starts, "ends_at": None}
        | common,
    ]


def test_equal_snapshots_change_nothing(land: Landing) -> None:
    first = land.snapshot("users", [user(ANNA, "Anna")])
    land.normalise()
    land.same("users", first)
    land.snapshot("users", [user(ANNA, "Anna")])
    land.normalise()
    assert spans(land, "principal_history", "name") == [("Anna", hour(1), None)]


def test_an_equal_of_an_older_snapshot_is_read_from_there(land: Landing) -> None:
    first = land.snapshot("users", [user(ANNA, "Anna")])
    land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "Beat")])
    land.same("users", first)
    land.normalise()
    assert spans(land, "principal_history", "name") == [("Anna", hour(1), None), ("Beat", hour(2), hour(3))]


def test_a_sign_in_alone_opens_no_interval(land: Landing) -> None:
    land.snapshot("users", [user(ANNA, "Anna", "2026-09-30T08:00:00Z"), user(BEAT, "Beat")])
    land.normalise()
    land.snapshot("users", [user(ANNA, "Anna", "2026-10-01T07:30:00Z"), user(BEAT, "Beat", accountEnabled=False)])
    land.snapshot("users", [user(ANNA, "Anna", None), user(BEAT, "Beat", accountEnabled=False)])
    land.normalise()
    rows = spans(land, "principal_history", "name", "last_sign_in_at::VARCHAR", "enabled")
    assert rows == [
        ("Anna", "2026-10-01 07:30:00+00", None, hour(1), None),
        ("Beat", None, False, hour(2), None),
        ("Beat", None, None, hour(1), hour(2)),
    ]


def test_a_held_answer_removes_nothing_and_one_that_counts_does(land: Landing) -> None:
    land.snapshot("users", [user(ANNA, "Anna")])
    land.per_group("group_members", {GROUP: [{"id": ANNA}], OTHER: []})
    land.snapshot("users", [], held="an empty answer where 1 stood before")
    land.per_group("group_members", {GROUP: [], OTHER: []})
    land.normalise()
    assert spans(land, "principal_history", "name") == [("Anna", hour(1), None)]
    land.snapshot("users", [])
    land.normalise()
    assert spans(land, "principal_history", "name") == [("Anna", hour(1), hour(5))]
    assert spans(land, "group_edge", "group_id", "edge") == [(GROUP, "member", hour(2), hour(4))]


def test_members_belong_to_the_group_of_their_page(land: Landing) -> None:
    """The same items on the same pages, but of another group: only the index tells."""
    kinds = {ANNA: "user", BEAT: "servicePrincipal"}
    items = {who: {"id": who, "@odata.type": f"#microsoft.graph.{kind}"} for who, kind in kinds.items()}
    first = land.per_group("group_owners", {GROUP: [items[ANNA], items[BEAT]]})
    land.per_group("group_owners", {OTHER: [items[ANNA], items[BEAT]]})
    land.same("group_owners", first)
    land.normalise()
    assert spans(land, "group_edge", "group_id", "member_id", "member_kind", "edge") == [
        (GROUP, ANNA, "user", "owner", hour(1), hour(2)),
        (GROUP, ANNA, "user", "owner", hour(3), None),
        (GROUP, BEAT, "service_principal", "owner", hour(1), hour(2)),
        (GROUP, BEAT, "service_principal", "owner", hour(3), None),
        (OTHER, ANNA, "user", "owner", hour(2), hour(3)),
        (OTHER, BEAT, "service_principal", "owner", hour(2), hour(3)),
    ]


def test_a_group_is_its_object_and_its_place_in_pim(land: Landing) -> None:
    land.snapshot("groups", [group(GROUP, "sg-a"), group(OTHER, "sg-b", groupTypes=["Unified"])])
    land.snapshot("group_resources", [{"id": GROUP}, {"id": ANNA}])
    land.snapshot("groups", [group(GROUP, "sg-a", isAssignableToRole=True)])
    land.snapshot("group_resources", [{"id": ANNA}])
    land.normalise()
    rows = spans(land, "entra_group_history", "name", "kind", "is_role_assignable", "is_onboarded")
    assert rows == [
        ("sg-a", "security", False, True, hour(2), hour(3)),
        ("sg-a", "security", False, None, hour(1), hour(2)),
        ("sg-a", "security", True, False, hour(4), None),
        ("sg-a", "security", True, True, hour(3), hour(4)),
        ("sg-b", "m365", False, False, hour(2), hour(3)),
        ("sg-b", "m365", False, None, hour(1), hour(2)),
        (None, None, None, True, hour(2), None),
    ]


def test_roles_go_by_their_template(land: Landing) -> None:
    land.snapshot("role_definitions", [{"id": "x", "templateId": READER, "displayName": "Security Reader"}])
    land.snapshot("role_definitions", [{"id": "x", "templateId": READER, "displayName": "Reader", "isBuiltIn": True}])
    land.normalise()
    assert spans(land, "role_history", "role_id", "name", "is_built_in") == [
        (READER, "Reader", True, hour(2), None),
        (READER, "Security Reader", None, hour(1), hour(2)),
    ]


def test_a_licence_counts_where_plan_and_subscription_are_in_force(land: Landing) -> None:
    def sku(ident: str, status: str, plan: str, provisioned: str, used: int) -> Item:
        plans = [{"servicePlanName": plan, "provisioningStatus": provisioned}]
        told = {"skuId": ident, "capabilityStatus": status, "servicePlans": plans, "consumedUnits": used}
        return {"id": f"t_{ident}", "skuPartNumber": ident, "prepaidUnits": {"enabled": 60}, **told}

    def all_of(used: int) -> list[Item]:
        return [
            sku("good", "Enabled", "AAD_PREMIUM_P2", "Success", used),
            sku("lapsed", "Suspended", "AAD_PREMIUM_P2", "Success", used),
            sku("off", "Enabled", "AAD_PREMIUM_P2", "Disabled", used),
            sku("other", "Enabled", "Entra_Identity_Governance", "Success", used),
        ]

    land.snapshot("subscribed_skus", all_of(57))
    land.snapshot("subscribed_skus", all_of(58))
    land.normalise()
    rows = spans(land, "licence", "sku_id", "has_p2", "has_governance", "enabled_units", "consumed_units")
    assert rows == [
        ("good", True, False, 60, 58, hour(1), None),
        ("lapsed", False, False, 60, 58, hour(1), None),
        ("off", False, False, 60, 58, hour(1), None),
        ("other", False, True, 60, 58, hour(1), None),
    ]


def test_names_are_kept_to_the_character(land: Landing) -> None:
    hostile = "'; DROP TABLE x; -- \u202e<script>\u0000\U0001f319\\\" {{ 7*7 }} $1 =cmd()"
    land.snapshot("groups", [group(GROUP, hostile)])
    land.snapshot("users", [user(ANNA, "Anna", displayName=hostile)])
    land.normalise()
    found = land.rows("SELECT name FROM entra_group UNION ALL SELECT name FROM principal")
    assert [row["name"] for row in found] == [hostile, hostile]


def test_unexpected_types_are_unknown_not_fatal(land: Landing) -> None:
    land.snapshot("groups", [group(GROUP, groupTypes="Unified", isAssignableToRole={"x": 1}), group(OTHER, name=None)])
    land.normalise()
    assert [row[:3] for row in spans(land, "entra_group_history", "group_id", "kind", "is_role_assignable")] == [
        (GROUP, "security", False),
        (OTHER, "security", False),
    ]


def test_a_snapshot_with_an_item_nobody_can_read_is_quarantined_whole(land: Landing) -> None:
    land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "Beat")])
    bad = land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "\ud800")])
    land.snapshot("users", [user(ANNA, "Anne"), user(BEAT, "Beat")])
    land.normalise()
    assert spans(land, "principal_history", "name") == [
        ("Anna", hour(1), hour(3)),
        ("Anne", hour(3), None),
        ("Beat", hour(1), None),
    ]
    assert land.rows("SELECT source, reason, segment FROM quarantine") == [
        {"source": "users", "reason": "malformed", "segment": bad}
    ]


def test_a_server_clock_that_runs_backwards_makes_no_backward_interval(land: Landing) -> None:
    land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "Beat")], at=hour(5))
    land.snapshot("users", [user(ANNA, "Anna")], at=hour(3))
    land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "Beat")], at=hour(6))
    land.normalise()
    assert spans(land, "principal_history", "name") == [("Anna", hour(5), None), ("Beat", hour(6), None)]


def test_a_folder_with_glob_characters_is_read(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "a[b]*"), TENANT) as store:
        land = Landing(store)
        land.snapshot("users", [user(ANNA, "Anna")])
        land.normalise()
        assert len(spans(land, "principal_history")) == 1

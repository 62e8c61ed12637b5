"""What an audit event becomes: every column from where it stands, never from its position."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.store import Store, TenantFolder, open_store

from . import writing as w


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), w.TENANT) as held:
        yield held


def each(store: Store, items: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The event each item becomes; the items' names are their ids."""
    w.land(store, [[{**item, "id": name} for name, item in items.items()]])
    w.bring(store)
    return {row["event_id"]: row for row in w.events(store)}


def test_a_row_of_the_directory(store: Store) -> None:
    seq = w.land(store, [[w.event("Directory_0")], [w.event("Directory_1"), w.event("Directory_2")]])
    assert w.bring(store).events == 3
    row = w.events(store)[2]
    assert row == {
        "tenant_id": w.TENANT,
        "event_id": "Directory_2",
        "occurred_at": datetime(2026, 10, 5, 11, 0, 0, 123456, tzinfo=UTC),
        "ingested_at": w.NOON + timedelta(minutes=1),
        "source": "directory_audits",
        "activity": "Update user",
        "category": "UserManagement",
        "service": "Core Directory",
        "operation": "Update",
        "result": "success",
        "result_reason": None,
        "correlation_id": "c-1",
        "request_id": None,
        "surface": None,
        "actor_kind": "user",
        "actor_id": "u-1",
        "actor_name": "Ada",
        "actor_upn": "ada@contoso.example",
        "actor_ip": "198.51.100.7",
        "actor_app_id": None,
        "target_user_id": "u-2",
        "target_user_name": "Bob",
        "target_user_upn": "bob@contoso.example",
        "target_group_id": None,
        "target_group_name": None,
        "target_role_id": None,
        "target_role_name": None,
        "target_app_id": None,
        "target_app_name": None,
        "time_basis": "zoned",
        "segment": seq,
        "page": 1,
        "ordinal": 1,
    }


def test_an_activation(store: Store) -> None:
    row = w.only(store, w.pim(initiatedBy={"user": {**w.PERSON, "ipAddress": None}, "app": None}))
    assert row["surface"] == "entra_role"
    assert (row["operation"], row["request_id"], row["actor_ip"]) == ("ActivateRole", "request-1", "192.0.2.9")
    assert (row["target_role_id"], row["target_role_name"]) == ("role-template", "Security Reader")
    assert (row["target_user_id"], row["target_user_upn"]) == ("u-1", "ada@contoso.example")


def test_the_category_of_a_pim_row_tells_its_surface(store: Store) -> None:
    surfaces = {
        "RoleManagement": "entra_role",
        "GroupManagement": "group",
        "ResourceManagement": "azure_resource",
        "ApplicationManagement": None,
    }
    found = each(store, {category: w.pim(category=category) for category in surfaces})
    assert {category: row["surface"] for category, row in found.items()} == surfaces


def test_pim_is_known_by_service_or_id_or_activity(store: Store) -> None:
    twin = {"loggedByService": "Core Directory", "activityDisplayName": "Add member to role"}
    found = each(
        store,
        {
            "service": w.pim(**{**twin, "loggedByService": " pim "}),
            "PIM_id": w.pim(**twin),
            "activity": w.pim(loggedByService="Core Directory"),
            "none of them": w.pim(**twin),
        },
    )
    surfaces = {name: row["surface"] for name, row in found.items()}
    assert surfaces.pop("none of them") is None
    assert set(surfaces.values()) == {"entra_role"}


@pytest.mark.parametrize("swapped", [False, True])
def test_a_group_is_not_taken_for_its_member_or_its_role(store: Store, swapped: bool) -> None:
    group, member = w.target("Group", "g-1", "sg-admins"), w.target("Group", "g-2", "sg-helpdesk")
    targets = [w.target("Role", "r-1", "Owner"), *([group, member] if swapped else [member, group])]
    told = w.details(ResourceOriginId="g-1", RoleDefinitionOriginId="r-1")
    row = w.only(store, w.pim(category="GroupManagement", targetResources=targets, additionalDetails=told))
    assert (row["surface"], row["target_group_id"], row["target_group_name"]) == ("group", "g-1", "sg-admins")
    assert (row["target_role_id"], row["target_role_name"]) == (None, "Owner")


def test_a_group_without_further_word_stands_after_its_member(store: Store) -> None:
    targets = [w.target("Group", "g-2", "sg-helpdesk"), w.target("Group", "g-1", "sg-admins")]
    row = w.only(store, w.pim(category="GroupManagement", targetResources=targets, additionalDetails=[]))
    assert row["target_group_id"] == "g-1"


def test_core_directory_names_a_group_among_the_members_properties(store: Store) -> None:
    who = w.target("User", "u-2", None, **{"Group.ObjectID": "g-1", "Group.DisplayName": 'sg "quoted"'})
    targets = [w.target("Group", "g-1", None), who]
    row = w.only(
        store, w.event(category="GroupManagement", activityDisplayName="Add member to group", targetResources=targets)
    )
    assert (row["target_group_id"], row["target_group_name"], row["target_user_id"]) == ("g-1", 'sg "quoted"', "u-2")


def test_core_directory_tells_a_removed_role_by_its_old_value(store: Store) -> None:
    who = w.target("User", "u-2", "Bob")
    who["modifiedProperties"] = [
        {"displayName": "Role.TemplateId", "oldValue": '"t-1"', "newValue": None},
        {"displayName": "Role.DisplayName", "oldValue": '"Global Reader"', "newValue": '""'},
    ]
    removed = w.event(
        category="RoleManagement",
        activityDisplayName="Remove member from role",
        targetResources=[who, w.target("Role", "object-1", None)],
        initiatedBy={"user": None, "app": {"appId": None, "displayName": "MS-PIM", "servicePrincipalId": "sp-1"}},
    )
    row = w.only(store, removed)
    assert (row["target_role_id"], row["target_role_name"], row["surface"]) == ("t-1", "Global Reader", None)
    assert (row["actor_kind"], row["actor_id"], row["actor_name"]) == ("system", "sp-1", "MS-PIM")


def test_who_acted(store: Store) -> None:
    cases = {
        "person": ({"user": w.PERSON, "app": None}, "user", "u-1"),
        "pim": ({"user": {"id": "x", "displayName": "Azure AD PIM", "userPrincipalName": None}}, "system", "x"),
        "namesake": ({"user": {**w.PERSON, "displayName": "Azure AD PIM"}}, "user", "u-1"),
        "app": ({"user": None, "app": {"displayName": "S", "servicePrincipalId": "sp"}}, "service_principal", "sp"),
        "empty user": ({"user": {"id": None}, "app": {"displayName": "S"}}, "service_principal", None),
        "nobody": ({"user": None, "app": None}, None, None),
        "nothing": (None, None, None),
    }
    found = each(store, {name: w.event(initiatedBy=told) for name, (told, _, _) in cases.items()})
    assert {name: (row["actor_kind"], row["actor_id"]) for name, row in found.items()} == {
        name: (kind, ident) for name, (_, kind, ident) in cases.items()
    }


def test_the_request_among_the_details(store: Store) -> None:
    cases: dict[str, tuple[dict[str, str | None], str | None]] = {
        "both": ({"RoleAssignmentRequestId": "r-2", "RequestId": "r-1"}, "r-1"),
        "one": ({"RoleAssignmentRequestId": "r-2"}, "r-2"),
        "none": ({"RequestId": "", "Request": "r-3"}, None),
    }
    who = [w.target("User", "u-1", "Ada")]
    found = each(
        store,
        {name: w.pim(targetResources=who, additionalDetails=w.details(**told)) for name, (told, _) in cases.items()},
    )
    assert {name: row["request_id"] for name, row in found.items()} == {name: want for name, (_, want) in cases.items()}


def test_children_are_kept_of_relevant_activities_only(store: Store) -> None:
    who = w.target("User", "u-1", "Ada", upn="ada@contoso.example", Colour="blue")
    who["modifiedProperties"].append({"displayName": "Raw", "oldValue": None, "newValue": "no JSON"})
    relevant = w.pim(
        targetResources=[who, w.target("Directory", "d-1", None)], additionalDetails=w.details(a="1", b="")
    )
    w.land(store, [[relevant, w.event(additionalDetails=w.details(c="3"))]])
    w.bring(store)
    targets = store.rows("SELECT type, id, name, upn, property, old, new FROM audit_target ORDER BY ALL")
    assert [tuple(row.values()) for row in targets] == [
        ("Directory", "d-1", None, None, None, None, None),
        ("User", "u-1", "Ada", "ada@contoso.example", "Colour", None, "blue"),
        ("User", "u-1", "Ada", "ada@contoso.example", "Raw", None, "no JSON"),
    ]
    told = store.rows("SELECT event_id, occurred_at, key, value FROM audit_detail ORDER BY ALL")
    assert [(row["event_id"], row["key"], row["value"]) for row in told] == [("PIM_1", "a", "1"), ("PIM_1", "b", None)]
    assert {row["occurred_at"] for row in told} == {w.events(store)[1]["occurred_at"]}


def test_an_activity_is_known_whatever_its_blanks_and_case(store: Store) -> None:
    odd = "  add MEMBER to role Completed (pim activation) "
    w.land(store, [[w.pim(activityDisplayName=odd), w.pim()]])
    found = w.bring_all(store)
    assert (found.unknown_activities, found.duplicates) == (0, 1)
    assert w.events(store)[0]["activity"] == "Add member to role completed (PIM activation)"


def test_an_unknown_activity_of_pim_is_kept_and_counted(store: Store) -> None:
    new = [w.pim(f"PIM_{n}", activityDisplayName=f"Something new in PIM {n % 2}") for n in range(4)]
    w.land(store, [[*new, w.event(activityDisplayName="Something else")]])
    found = w.bring_all(store)
    assert (found.events, found.unknown_activities) == (5, 2)
    assert store.rows("SELECT count(DISTINCT event_id) AS n FROM audit_detail") == [{"n": 4}]
    assert w.bring_all(store).unknown_activities == 0


def test_what_attackers_choose_arrives_unchanged(store: Store) -> None:
    evil = "=1+1\x00\x1b[31m\u202e\"';DROP TABLE audit_event;--\n{}$tenant " + "ü" * 50_000
    item = w.pim(
        initiatedBy={"user": {**w.PERSON, "displayName": evil}, "app": None},
        targetResources=[w.target("User", "u-1", evil, Name=evil)],
        additionalDetails=w.details(Justification=evil),
    )
    row = w.only(store, item)
    assert (row["actor_name"], row["target_user_name"]) == (evil, evil)
    assert store.rows("SELECT name, new FROM audit_target") == [{"name": evil, "new": evil}]
    assert store.rows("SELECT value FROM audit_detail") == [{"value": evil}]


def test_a_line_longer_than_usual_is_read(store: Store) -> None:
    long = "x" * (9 << 20)
    assert w.only(store, w.event(resultReason=long))["result_reason"] == long


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "a*b[c] {d} %20"), w.TENANT) as held:
        assert w.only(held, w.event())["event_id"] == "Directory_1"


def test_nothing_pending_changes_nothing(store: Store) -> None:
    w.land(store, [[]])
    w.land(store, [[w.event(), w.pim()]])
    first, second = w.bring_all(store), w.bring_all(store)
    assert (first.events, second.events, second.duplicates) == (2, 0, 0)
    assert len(w.events(store)) == 2

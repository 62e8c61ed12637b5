"""Who can reach what: chains over membership, ownership and assignments, standing and eligible."""

import os
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from pipeline.config import Tenant

from .landing import START, TENANT, Item, Landing
from .telling import DONE, row
from .test_state import ANNA, BEAT, GROUP, OTHER, READER, eligible, group, user

THIRD = "00000000-0000-4000-8000-0000000000c3"
COLUMNS = "principal_name, target_name, access, how, path"


def setting(
    target: str, access: str | None = None, *, approval: bool = False, mfa: bool = False, context: str = ""
) -> Item:
    """A policy assignment with the rules that matter here."""
    rules: list[dict[str, Any]] = [
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"] if mfa else []},
        {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": approval}},
        {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": bool(context), "claimValue": context},
    ]
    scope = {"scopeId": target} if access else {"scopeId": "/"}
    return (
        {"id": f"{target}-{access}", "policyId": f"{target}-{access}", "roleDefinitionId": access or target}
        | scope
        | {"policy": {"id": f"{target}-{access}", "rules": rules}}
    )


def in_group(ident: str, who: str, access: str = "member", **more: Any) -> Item:
    return {"id": ident, "principalId": who, "groupId": GROUP, "accessId": access, "memberType": "Direct", **more}


def edges(*members: tuple[str, str]) -> list[Item]:
    return [{"id": who, "@odata.type": f"#microsoft.graph.{kind}"} for who, kind in members]


def directory(land: Landing, *groups: Item) -> None:
    land.snapshot("users", [user(ANNA, "Anna"), user(BEAT, "Beat")])
    land.snapshot(
        "role_definitions", [{"id": READER, "templateId": READER, "displayName": "Reader", "isBuiltIn": True}]
    )
    land.snapshot("groups", groups or [group(GROUP, "sg-a"), group(OTHER, "sg-b")])


def ways(land: Landing, columns: str = COLUMNS, where: str = "true") -> list[tuple[Any, ...]]:
    land.normalise()
    return land.store.con.execute(f"SELECT {columns} FROM privilege_path WHERE {where} ORDER BY ALL").fetchall()


def test_a_role_held_outright(land: Landing) -> None:
    directory(land)
    land.snapshot(
        "role_eligibility_instances", [eligible("a"), eligible("b", BEAT, directoryScopeId="/administrativeUnits/7")]
    )
    land.snapshot(
        "role_assignment_instances",
        [eligible("c", assignmentType="Activated"), eligible("d", assignmentType="Assigned")],
    )
    assert ways(
        land, "principal_name, how, hops, activations, ends_at, path, path_ids, group_ids, entry_id, holder_id"
    ) == [
        ("Anna", "eligible", 1, 1, None, "Anna → eligible for Reader", [ANNA, READER], [], READER, ANNA),
        ("Anna", "standing", 1, 0, None, "Anna → holds Reader", [ANNA, READER], [], READER, ANNA),
        *[
            (
                "Beat",
                "eligible",
                1,
                1,
                None,
                "Beat → eligible for Reader over /administrativeUnits/7",
                [BEAT, READER],
                [],
                READER,
                BEAT,
            )
        ],
    ]


def test_through_a_group_in_a_group(land: Landing) -> None:
    directory(land)
    land.snapshot("role_assignment_instances", [eligible("r", GROUP, assignmentType="Assigned")])
    land.snapshot("group_resources", [{"id": GROUP}])
    land.per_group("group_eligibility_instances", {GROUP: [in_group("e", OTHER, endDateTime="2027-01-01T00:00:00Z")]})
    land.per_group("group_members", {OTHER: edges((ANNA, "user")), GROUP: edges((BEAT, "user"))})
    found = ways(land, "principal_name, target_name, how, hops, path, entry_id, holder_id, ends_at IS NULL")
    assert found == [
        (
            "Anna",
            "Reader",
            "eligible",
            3,
            "Anna → member of sg-b → eligible member of sg-a → holds Reader",
            OTHER,
            GROUP,
            False,
        ),
        ("Anna", "sg-a", "eligible", 2, "Anna → member of sg-b → eligible member of sg-a", OTHER, OTHER, False),
        ("Beat", "Reader", "standing", 2, "Beat → member of sg-a → holds Reader", GROUP, GROUP, True),
        ("Beat", "sg-a", "standing", 1, "Beat → member of sg-a", GROUP, BEAT, True),
        ("sg-a", "Reader", "standing", 1, "sg-a → holds Reader", READER, GROUP, True),
        ("sg-b", "Reader", "eligible", 2, "sg-b → eligible member of sg-a → holds Reader", GROUP, GROUP, False),
        ("sg-b", "sg-a", "eligible", 1, "sg-b → eligible member of sg-a", GROUP, OTHER, False),
    ]


def test_groups_in_a_circle_come_to_an_end(land: Landing) -> None:
    directory(land, group(GROUP, "sg-a"), group(OTHER, "sg-b"), group(THIRD, "sg-c"))
    land.snapshot("role_assignment_instances", [eligible("r", GROUP, assignmentType="Assigned")])
    nested = {
        GROUP: [(OTHER, "group"), (GROUP, "group")],
        OTHER: [(THIRD, "group")],
        THIRD: [(GROUP, "group"), (ANNA, "user")],
    }
    land.per_group("group_members", {name: edges(*members) for name, members in nested.items()})
    found = ways(land, "principal_name, hops", "target_name = 'Reader'")
    assert found == [("Anna", 4), ("sg-a", 1), ("sg-b", 2), ("sg-c", 3)]


def test_an_owner_gets_what_members_get_unless_a_rule_says_who_they_are(land: Landing) -> None:
    dynamic = group(OTHER, "sg-b", groupTypes=["DynamicMembership"], membershipRule='user.department -eq "IT"')
    directory(land, group(GROUP, "sg-a"), dynamic)
    land.snapshot(
        "role_assignment_instances", [eligible(each, each, assignmentType="Assigned") for each in (GROUP, OTHER)]
    )
    land.per_group("group_owners", {GROUP: edges((ANNA, "user")), OTHER: edges((ANNA, "user"))})
    assert ways(land, "path, by_ownership, access", "principal_kind = 'user'") == [
        ("Anna → owner of sg-a", False, "owner"),
        ("Anna → owner of sg-a → holds Reader", True, None),
        ("Anna → owner of sg-b", False, "owner"),
    ]


def test_the_weakest_policy_on_the_way(land: Landing) -> None:
    directory(land)
    land.snapshot("role_eligibility_instances", [eligible("r", GROUP)])
    land.snapshot("role_policies", [setting(READER, approval=True, mfa=True, context="c1")])
    land.per_group("group_policies", {GROUP: [setting(GROUP, "member", mfa=True)]})
    land.per_group("group_eligibility_instances", {GROUP: [in_group("e", ANNA), in_group("o", ANNA, "owner")]})
    asked = "weakest_requires_approval, weakest_requires_mfa, weakest_requires_auth_context"
    columns = f"entry_access, {asked}, demands_approval, demands_mfa, demands_auth_context, auth_context_ids"
    assert ways(land, columns, "principal_id <> target_id AND target_name = 'Reader' AND principal_kind = 'user'") == [
        ("member", False, True, False, True, True, True, ["c1"]),
        ("owner", None, None, None, True, True, True, ["c1"]),
    ]
    assert ways(land, asked, "principal_kind = 'group'") == [(True, True, True)]


def test_nothing_is_asked_on_a_standing_way(land: Landing) -> None:
    directory(land)
    land.snapshot("role_assignment_instances", [eligible("r", assignmentType="Assigned")])
    assert ways(land, "weakest_requires_mfa, weakest_requires_approval, demands_mfa, auth_context_ids") == [
        (None, None, False, [])
    ]


def test_who_is_a_member_only_while_activated_does_not_stand_there(land: Landing) -> None:
    directory(land)
    land.snapshot("group_resources", [{"id": GROUP}])
    land.per_group("group_eligibility_instances", {GROUP: [in_group("e", ANNA)]})
    active = in_group(
        "a", ANNA, assignmentType="Activated", startDateTime="2026-10-01T11:00:00Z", endDateTime="2026-10-01T14:00:00Z"
    )
    land.per_group("group_assignment_instances", {GROUP: [active]})
    land.per_group("group_members", {GROUP: edges((ANNA, "user"))}, at=START + timedelta(hours=7))
    assert ways(land, "how", "principal_name = 'Anna'") == [("eligible",)]
    land.per_group("group_assignment_instances", {GROUP: []}, at=START + timedelta(hours=9))
    assert ways(land, "how", "principal_name = 'Anna'") == [("eligible",)], "the list of members is older than its end"
    land.per_group("group_members", {GROUP: edges((ANNA, "user"))}, at=START + timedelta(hours=24))
    assert ways(land, "how", "principal_name = 'Anna'") == [("eligible",), ("standing",)]


def test_of_groups_only_those_that_matter_are_targets(land: Landing) -> None:
    land.tenant = Tenant(name="contoso", tenant_id=TENANT, on_premises=("SG-B",))
    directory(land)
    land.per_group("group_members", {GROUP: edges((ANNA, "user")), OTHER: edges((ANNA, "user"))})
    assert ways(land) == [("Anna", "sg-b", "member", "standing", "Anna → member of sg-b")]
    assert land.store.con.execute("SELECT named, target_id FROM on_premises").fetchall() == [("SG-B", OTHER)]


def test_an_activation_by_request_alone_explains_a_membership(land: Landing) -> None:
    directory(land)
    land.snapshot("group_resources", [{"id": GROUP}])
    land.events(
        [row(DONE, 0, "r-1", access="member", ExpirationTime="2026-10-01T16:00:00Z", StartTime="2026-10-01T08:00:00Z")]
    )
    land.per_group("group_members", {GROUP: edges((ANNA, "user"))}, at=START + timedelta(hours=4))
    requested = land.rows
    found = ways(land, "how")
    assert [each["outcome"] for each in requested("SELECT outcome FROM pim_request")] == ["completed"] and found == []


def test_a_name_in_the_configuration_is_enough_to_make_it_anew(land: Landing) -> None:
    directory(land)
    land.per_group("group_members", {GROUP: edges((ANNA, "user")), OTHER: edges((ANNA, "user"))})
    assert ways(land) == []
    land.tenant = Tenant(name="contoso", tenant_id=TENANT, high_impact=("sg-b",))
    assert ways(land) == [("Anna", "sg-b", "member", "standing", "Anna → member of sg-b")]


PEOPLE = [f"00000000-0000-4000-8000-{number:012x}" for number in range(1, 5)]
GROUPS = [GROUP, OTHER, THIRD]
Play = dict[str, Any]


def _next(dice: Random, land: Landing, held: Play) -> None:
    """Something happens in the tenant: something that the table is made of, or something that it is not."""
    who, where, other = dice.choice(PEOPLE), dice.choice(GROUPS), dice.choice([*GROUPS, *PEOPLE])
    match dice.randrange(11):
        case 0 | 1 as list_of:
            kind = "group" if other in GROUPS else "user"
            members = held[list_of].setdefault(where, {})
            members.pop(other, None) if other in members else members.update({other: kind})
            pages = {each: edges(*members.items()) for each, members in held[list_of].items()}
            land.per_group(("group_members", "group_owners")[list_of], pages)
        case 2:
            land.snapshot("role_assignment_instances", [eligible("r", where, assignmentType="Assigned")])
        case 3:
            land.snapshot("role_eligibility_instances", [eligible("e", other, ends="2027-01-01T00:00:00Z")])
        case 4:
            land.per_group(
                "group_eligibility_instances", {where: [in_group("g", who, dice.choice(["member", "owner"]))]}
            )
        case 5:
            land.snapshot("role_policies", [setting(READER, approval=dice.random() < 0.5, mfa=dice.random() < 0.5)])
        case 6:
            ruled = {"membershipRule": "user.department -eq 1"} if dice.random() < 0.5 else {}
            names = [group(each, f"sg-{dice.randrange(3)}") for each in GROUPS[1:]]
            land.snapshot("groups", [group(GROUP, "sg-a", isAssignableToRole=dice.random() < 0.5, **ruled), *names])
        case 7:
            land.snapshot("users", [user(each, f"Person{dice.randrange(9)}") for each in PEOPLE])
        case 8:
            impact = ("sg-a",) if dice.random() < 0.5 else ()
            land.tenant = Tenant(name="contoso", tenant_id=TENANT, high_impact=impact, on_premises=impact[:0])
        case 9:
            person = {"type": "User", "id": who, "displayName": "Somebody"}
            land.events([row(DONE, 60 * len(land.landed), f"r-{len(land.landed)}", access="member", subject=person)])
        case 10:
            land.snapshot("group_resources", [{"id": each} for each in GROUPS if dice.random() < 0.5])


@pytest.mark.parametrize("seed", range(int(os.environ.get("PATH_SEEDS", "3"))))
def test_it_stands_as_if_it_had_been_made_anew(land: Landing, seed: int) -> None:
    """Whatever happens between two runs, and however much of it: what is left alone is what would be made."""
    dice, made = Random(seed), 0
    held: Play = {0: {}, 1: {}}
    directory(land, *(group(each, f"sg-{each[-2:]}") for each in GROUPS))
    for _ in range(12):
        before = land.store.rows("SELECT value FROM meta WHERE name = 'privilege_path'")
        for _ in range(dice.randrange(3)):
            _next(dice, land, held)
        found = ways(land, "*")
        made += before != land.store.rows("SELECT value FROM meta WHERE name = 'privilege_path'")
        land.store.con.execute("DELETE FROM meta WHERE name = 'privilege_path'")
        assert ways(land, "*") == found
    assert 0 < made < 12

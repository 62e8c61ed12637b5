"""State and events of a tenant tell the same story."""

from datetime import datetime

import pytest

from .files import DATES, LICENSED, Row, activations, details, entry, events, instant, load, role_of

STATES = [(tenant, cycle) for tenant in LICENSED for cycle in (0, 1)]
Held = set[tuple[str, str, str | None]]


def now(cycle: int) -> datetime:
    return datetime.fromisoformat(f"{DATES[cycle]}T06:15:00+00:00")


def instances(tenant: str, cycle: int, kind: str) -> list[tuple[tuple[str, str, str | None], Row]]:
    date = DATES[cycle]
    rows: list[tuple[tuple[str, str, str | None], Row]]
    rows = [((r["principalId"], r["roleDefinitionId"], None), r) for r in load(tenant, date, f"role_{kind}_instances")]
    for group, listed in load(tenant, date, f"group_{kind}_instances").items():
        rows += [((r["principalId"], group, r["accessId"].lower()), r) for r in listed]
    return rows


def ended(tenant: str, cycle: int) -> list[tuple[tuple[str, str, str | None], datetime]]:
    """Who lost what when, as the rows say that were there by then."""
    words = ("Remove member from role (PIM activation expired)", "Remove member from role completed (PIM deactivate)")
    return [
        ((entry(row, "User")["id"], *role_of(row)), instant(row["activityDateTime"]))
        for seen, row in events(tenant)
        if seen <= cycle and row["activityDisplayName"] in words
    ]


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_activated_instances_are_the_activations_still_running(tenant: str, cycle: int) -> None:
    gone = ended(tenant, cycle)
    running: Held = set()
    for act in activations(tenant):
        which = act.person, act.target, act.access
        over = any(who == which and act.starts < at for who, at in gone)
        if act.cycle <= cycle and not over:
            running.add(which)
    held = {which for which, row in instances(tenant, cycle, "assignment") if row["assignmentType"] == "Activated"}
    assert held == running


@pytest.mark.parametrize("tenant", LICENSED)
def test_every_ended_activation_says_so(tenant: str) -> None:
    gone = ended(tenant, 1)
    for act in activations(tenant):
        if act.expires < now(1):
            which = act.person, act.target, act.access
            assert any(who == which and act.starts < at and (at - act.expires).total_seconds() < 60 for who, at in gone)


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_granted_eligibilities_are_held_until_taken(tenant: str, cycle: int) -> None:
    """The last word of the log about a person and a target is what the snapshot shows."""
    last: dict[tuple[str, str, str | None, str], tuple[str, bool]] = {}
    for seen, row in events(tenant):
        words = row["activityDisplayName"]
        plane = row["category"] in ("RoleManagement", "GroupManagement")
        if (
            seen <= cycle
            and plane
            and "eligible member" in words
            and "completed" in words
            and row["loggedByService"] == "PIM"
        ):
            who = entry(row, "User") or entry(row, "Group")
            which = (who["id"], *role_of(row), details(row)["ResourceOriginId"])
            last[which] = max(last.get(which, ("", False)), (row["activityDateTime"], words.startswith("Add")))
    held = {which for which, _ in instances(tenant, cycle, "eligibility")}
    assert {which[:3]: True for which in last if which[:3] in held} == {
        w[:3]: True for w, (_, there) in last.items() if there
    }


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_activated_people_were_eligible(tenant: str, cycle: int) -> None:
    """Directly, or as one who is or may become a member of a group that is; the log tells what is so no more."""
    eligible = {which for which, _ in instances(tenant, cycle, "eligibility")}
    members = load(tenant, DATES[cycle], "group_members")
    through = {(m["id"], t, a) for holder, t, a in eligible for m in members.get(holder, [])}
    through |= {(who, t, a) for holder, t, a in eligible for who, group, _ in eligible if group == holder}
    taken = {
        (entry(row, "User")["id"], *role_of(row))
        for seen, row in events(tenant)
        if row["activityDisplayName"].startswith("Remove eligible member from role in PIM completed")
    }
    for act in activations(tenant):
        if act.cycle == cycle:
            assert (act.person, act.target, act.access) in eligible | through | taken


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_every_id_is_known_to_the_directory(tenant: str, cycle: int) -> None:
    date = DATES[cycle]
    known = {row["id"] for name in ("users", "groups", "service_principals") for row in load(tenant, date, name)}
    roles = {row["templateId"] for row in load(tenant, date, "role_definitions")}
    for kind in ("assignment", "eligibility"):
        for (principal, target, access), _ in instances(tenant, cycle, kind):
            assert principal in known
            assert target in (roles if access is None else known)
    for listed in load(tenant, date, "group_members").values():
        assert {row["id"] for row in listed} <= known


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_activated_members_are_listed_as_members(tenant: str, cycle: int) -> None:
    for access in ("member", "owner"):
        lists = load(tenant, DATES[cycle], f"group_{access}s")
        for (principal, group, held), _ in instances(tenant, cycle, "assignment"):
            if held == access:
                assert principal in {row["id"] for row in lists[group]}


@pytest.mark.parametrize(("tenant", "cycle"), STATES)
def test_group_requests_speak_of_the_same_acts_as_the_log(tenant: str, cycle: int) -> None:
    said = {details(row).get("RequestId") for seen, row in events(tenant) if seen <= cycle}
    for kind in ("assignment", "eligibility"):
        for listed in load(tenant, DATES[cycle], f"group_{kind}_requests").values():
            assert {row["id"] for row in listed} <= said


@pytest.mark.parametrize("tenant", LICENSED)
def test_twins_are_written_by_the_application_not_a_person(tenant: str) -> None:
    twins = [row for _, row in events(tenant) if (row["initiatedBy"]["app"] or {}).get("displayName") == "MS-PIM"]
    assert len(twins) > 100
    assert {row["loggedByService"] for row in twins} == {"Core Directory"}
    correlations = {row["correlationId"] for _, row in events(tenant) if row["loggedByService"] == "PIM"}
    assert not correlations & {row["correlationId"] for row in twins}

"""Silver follows from raw alone: made again it is equal, and how things arrived leaves no trace in it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import Settings, Tenant
from pipeline.normalise import rebuild
from pipeline.normalise.rebuild import KEPT, derived
from pipeline.store import open_store

from . import telling as t
from .landing import NOW, TENANT, Item, Landing, folder
from .telling import ANNA, BEAT, GROUP, activation, expiry, row, schedule
from .test_policies import group_policy, role_policy, rules
from .test_state import OTHER, eligible, group, user

Rows = list[tuple[Any, ...]]
ARRIVAL = {"pim_request": ("ingested_at", "segment"), "audit_event": ("ingested_at", "segment", "page", "ordinal")}
"""Columns that say how a row arrived."""


def tables(land: Landing, *names: str, without: dict[str, Sequence[str]] | None = None) -> dict[str, Rows]:
    """The rows of the given tables, of all derived ones for none, in one order."""
    found: dict[str, Rows] = {}
    for name in names or derived(land.store.con):
        left_out = ", ".join((without or {}).get(name, ()))
        columns = f"* EXCLUDE ({left_out})" if left_out else "*"
        found[name] = land.store.con.execute(f'SELECT {columns} FROM "{name}" ORDER BY ALL').fetchall()
    return found


STORY: list[Item] = [
    *activation("r1"),
    expiry("r1", 120.2),
    *activation("r2", 125),
    *(row(name, at, "d1") for name, at in ((t.LEAVING, 150), (t.LEFT, 150.1))),
    *activation("r3", 0, access="member"),
    expiry(None, 120.3, access="member"),
    *activation("r4", 128, access="member", TicketNumber=""),
    row(t.ASKED, 300, "r5", Justification="CHG-1234"),
    row(t.APPROVED, 303, "r5", actor=BEAT),
    row(t.DONE, 304, "r5"),
    row(t.LEFT, 310, "d5", RoleAssignmentRequestId="r5"),
    row(t.ASKED, 400, "r6"),
    row(t.DENIED, 401, "r6", actor=BEAT, result="failure"),
    row("Add eligible member to role in PIM completed (permanent)", 500, "g1", actor=BEAT),
    row("Remove eligible member from role in PIM completed (timebound)", 600, actor=t.PIM, correlation="c"),
    row(t.LEFT, 700, "r2", RequestId="r2"),
]


def tangle(dice: Random) -> list[Item]:
    """Few holdings, many activations, ends of every sort: linked, loose, linked to nothing or to another's."""
    told: list[Item] = []
    for number in range(14):
        begins = dice.randrange(900)
        held: dict[str, Any] = dice.choice([{"TemplateId": "a"}, {"TemplateId": "b"}, {"access": "member"}])
        told += activation(f"q{number}", begins, dice.choice([0.5, 1, 2]), **held)[: dice.choice([1, 2, 2])]
        links = [None, "nothing", f"q{number}", f"q{dice.randrange(14)}"]
        if dice.random() < 0.4:
            told.append(expiry(dice.choice(links), begins + dice.randrange(1, 150), **held))
        if dice.random() < 0.5:
            who, own = dice.choice([ANNA, BEAT]), dice.choice([f"d{number}", f"q{number}", None])
            link = {"RoleAssignmentRequestId": dice.choice(links)}
            told.append(row(t.LEFT, begins + dice.randrange(1, 100), own, actor=who, **link, **held))
    return told


def snapshots(land: Landing, step: int, reverse: bool = False) -> list[Callable[[], int]]:
    """State as it stands at a step: things come, change and go."""
    turn: Callable[[Sequence[Item]], list[Item]] = lambda items: list(items)[::-1] if reverse else list(items)  # noqa: E731
    softer = {"Enablement_EndUser_Assignment": {"enabledRules": []}} if step else {}
    people = [user(ANNA, "Anna", f"2026-09-0{step + 1}T00:00:00Z"), user(BEAT, "Beat", enabled=step > 1)]
    held = [eligible("a"), *([eligible("b", BEAT)] if step == 1 else []), eligible("c", GROUP)]
    asked = [schedule("r3"), schedule("r4", 128), *([schedule("r7", 800)] if step == 1 else [])]
    return [
        lambda: land.snapshot("users", turn(people), page=1 + step),
        lambda: land.snapshot("role_eligibility_instances", turn(held), page=2),
        lambda: land.snapshot("groups", turn([group(GROUP, "sg-a"), group(OTHER, f"sg-{step // 2}")])),
        lambda: land.snapshot("group_resources", [{"id": GROUP}, *([{"id": OTHER}] if step else [])]),
        lambda: land.snapshot("role_policies", [role_policy(turn(rules(**softer)))]),
        lambda: land.per_group(
            "group_policies", {GROUP: turn([group_policy(a, rules()) for a in ("member", "owner")])}
        ),
        lambda: land.per_group("group_members", {GROUP: [{"id": ANNA}], OTHER: [{"id": BEAT}] if step < 2 else []}),
        lambda: land.per_group("group_assignment_requests", {GROUP: turn(asked)}),
    ]


def tell_in_pieces(land: Landing, dice: Random, refers: bool = True) -> None:
    """Everything in small segments, normalised here and there on the way."""
    land.refers = refers
    events = dice.sample(STORY, len(STORY))
    for step in range(3):
        acts = snapshots(land, step)
        dice.shuffle(acts)
        for act in acts:
            act()
            if events and dice.random() < 0.7:
                count = dice.randrange(1, 6)
                land.events(events[:count] + dice.sample(STORY, 1))
                events = events[count:]
            if dice.random() < 0.15:
                land.normalise()
    land.events(events)
    land.normalise()


def test_small_steps_and_a_rebuild_give_the_same(land: Landing) -> None:
    tell_in_pieces(land, Random(7))
    before = tables(land)
    rebuild(land.store, land.tenant, land.settings, run_id="run-2", now=NOW)
    after = tables(land)
    assert [name for name in before if before[name] != after[name]] == []
    filled = (
        "pim_request",
        "assignment_history",
        "policy_history",
        "entra_group_history",
        "schedule_request",
        "pim_step",
    )
    assert all(before[name] for name in filled)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_however_ends_are_tangled_a_rebuild_gives_the_same(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    told = tangle(dice)
    with open_store(folder(tmp_path / f"{seed}-{dice.random()}"), TENANT) as store:
        land = Landing(store)
        dice.shuffle(told)
        while told:
            count = dice.randrange(1, 9)
            land.events(told[:count])
            told = told[count:]
            if dice.random() < 0.4:
                land.normalise()
        land.normalise()
        before = tables(land, "pim_request", "pim_step")
        rebuild(store, land.tenant, land.settings, run_id="run-2", now=NOW)
        assert tables(land, "pim_request", "pim_step") == before


def test_a_rebuild_keeps_what_raw_cannot_give_back(land: Landing) -> None:
    land.events(STORY)
    land.normalise()
    with land.store.journalled() as changes:
        run = {"tenant_id": TENANT, "run_id": "r", "command": "x", "started_at": NOW, "version": "1"}
        changes.insert("run", [run])
    con = land.store.con
    con.execute("INSERT INTO pim_request BY NAME SELECT * REPLACE ('made up' AS request_id) FROM pim_request LIMIT 1")
    rebuild(land.store, land.tenant, land.settings, run_id="run-2", now=NOW)
    assert land.rows("SELECT count(*) AS n FROM run") == [{"n": 1}]
    assert land.rows("SELECT * FROM pim_request WHERE request_id = 'made up'") == []


def test_every_table_is_either_kept_or_derived(land: Landing) -> None:
    """A new table is derived unless it is named here: whoever adds one decides."""
    assert set(derived(land.store.con)) | KEPT == {
        *("meta", "migration", "run", "rule_run", "finding", "alert", "outbox", "waiver"),
        *("segment", "segment_page", "window", "gap", "quarantine", "skipped", "unfinished", "import_line"),
        *("audit_event", "audit_target", "audit_detail", "pim_step", "schedule_request", "pim_request"),
        *("assignment_history", "policy_history", "policy_approver", "role_history", "principal_history"),
        *("group_object", "group_onboarding", "entra_group_history", "group_edge", "licence"),
        *("calendar", "holiday", "on_call", "tier", "break_glass", "high_impact", "on_premises", "baseline", "setting"),
        *("group_writeback", "role_assignment", "access_review", "review_instance", "review_decision_history"),
        *("ca_policy_history", "auth_strength", "auth_context", "pim_alert"),
        *("privilege_path", "ticket", "sensitive_operation", "named_range", "source_address"),
    }


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """The requests of the story, told in order and at once."""
    with open_store(folder(tmp_path_factory.mktemp("in order")), TENANT) as store:
        land = Landing(store)
        land.events(STORY)
        land.per_group("group_assignment_requests", {GROUP: [schedule("r3"), schedule("r4", 128)]})
        land.normalise()
        return tables(land, "pim_request", without=ARRIVAL)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), size=st.integers(4, 9))
def test_requests_do_not_depend_on_order_paging_or_repetition(
    in_order: dict[str, Rows], tmp_path: Path, seed: int, size: int
) -> None:
    dice = Random(seed)
    with open_store(folder(tmp_path / f"{seed}-{size}-{dice.random()}"), TENANT) as store:
        land = Landing(store)
        lots = dice.sample(STORY, len(STORY)) + dice.sample(STORY, 5)
        for start in range(0, len(lots), size):
            land.events(lots[start : start + size], page=dice.randrange(1, 4))
            if start // size == 1:
                land.per_group("group_assignment_requests", {GROUP: [schedule("r4", 128), schedule("r3")]})
            if dice.random() < 0.3:
                land.normalise()
        land.normalise()
        land.per_group("group_assignment_requests", {GROUP: [schedule("r3"), schedule("r4", 128)]})
        land.normalise()
        assert tables(land, "pim_request", without=ARRIVAL) == in_order


def test_state_does_not_depend_on_paging_or_the_order_of_items(tmp_path: Path) -> None:
    found = []
    for reverse in (False, True):
        with open_store(folder(tmp_path / str(reverse)), TENANT) as store:
            land = Landing(store, refers=reverse)
            for step in range(3):
                for act in snapshots(land, step, reverse):
                    act()
            land.normalise()
            derived_from_raw = ("assignment_history", "policy_history", "group_edge", "entra_group_history")
            found.append(tables(land, *derived_from_raw, "principal_history", "role_history"))
    assert found[0] == found[1]


def test_a_step_that_fails_leaves_nothing_behind(land: Landing) -> None:
    land.events(activation("r1"))
    land.normalise()
    land.events(activation("r2", 200))
    land.settings = Settings.model_validate({"tickets": {"pattern": "(?=x)"}})
    with pytest.raises(Exception, match="pattern"):
        land.normalise()
    assert land.rows("SELECT count(*) AS n FROM audit_event") == [{"n": 2}]
    land.settings = Settings()
    land.normalise()
    assert land.rows("SELECT count(*) AS n FROM pim_request") == [{"n": 2}]


def test_two_snapshots_of_one_instant_leave_the_later(land: Landing) -> None:
    first = land.at + timedelta(hours=1)
    land.tenant = Tenant(name="contoso", tenant_id=TENANT)
    for name in ("Anna", "Anne"):
        land.snapshot("users", [user(ANNA, name)], at=first)
        land.normalise()
    assert land.rows("SELECT name, valid_from, valid_to FROM principal_history") == [
        {"name": "Anne", "valid_from": first, "valid_to": None}
    ]

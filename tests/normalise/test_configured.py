"""The configuration as tables, against the directory as it stands."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings, Tenant
from pipeline.content import rules_dir
from pipeline.errors import ConfigError, ContentError
from pipeline.normalise import baseline, tiers

from .landing import TENANT, Item, Landing
from .test_state import ANNA, BEAT, GROUP, OTHER, READER, eligible, group, user

APP = "00000000-0000-4000-8000-0000000000cc"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"


def tenant(**fields: Any) -> Tenant:
    return Tenant.model_validate({"name": "contoso", "tenant_id": TENANT, "time_zone": "Europe/Zurich"} | fields)


def people(land: Landing, *users: Item) -> None:
    land.snapshot("users", users or [user(ANNA, "Anna"), user(BEAT, "Beat")])


def table(land: Landing, columns: str, source: str) -> list[tuple[Any, ...]]:
    return land.store.con.execute(f"SELECT {columns} FROM {source} ORDER BY ALL").fetchall()


def test_the_tenants_hours_and_holidays(land: Landing) -> None:
    land.tenant = tenant(working_hours="mon-tue 07:00-19:00", holidays="CH-ZH")
    people(land)
    land.normalise()
    assert table(land, "* EXCLUDE (tenant_id)", "calendar") == [
        (0, "tenant", None, None, "Europe/Zurich", "mon-tue 07:00-19:00", weekday, 420, 1140, 0) for weekday in (1, 2)
    ]
    days = table(land, "calendar_id, day, name", "holiday")
    assert {day.year for _, day, _ in days} == {2025, 2026, 2027}
    assert (0, date(2026, 8, 1), "National Day") in days


def test_a_shift_across_midnight_is_two_rows_and_never_is_one_without_a_day(land: Landing) -> None:
    nights = {"members": ["anna@contoso.example"], "working_hours": ["sun 20:00-08:00", "mon 09:00-24:00"]}
    land.tenant = tenant(working_hours="never", calendars=[nights])
    people(land)
    land.normalise()
    columns = "calendar_id, working_hours, weekday, opens_minute, closes_minute, shift_offset"
    text = "sun 20:00-08:00, mon 09:00-24:00"
    assert table(land, columns, "calendar") == [
        (0, "never", None, None, None, None),
        (1, text, 1, 0, 480, -1),
        (1, text, 1, 540, 1440, 0),
        (1, text, 7, 1200, 1440, 0),
    ]


def test_a_calendar_takes_the_tenants_holidays_only_in_its_zone(land: Landing) -> None:
    calendars = [
        {"members": ["anna@contoso.example"], "time_zone": "Asia/Singapore"},
        {"members": ["beat@contoso.example"], "working_hours": "mon-fri 06:00-15:00"},
        {"members": ["sg-vienna"], "time_zone": "Europe/Vienna", "holidays": "AT"},
    ]
    land.tenant = tenant(holidays="CH", calendars=calendars)
    people(land)
    land.normalise()
    national = "calendar_id, day", "holiday WHERE (month(day), day(day)) IN ((8, 1), (10, 26)) AND year(day) = 2026"
    assert table(land, *national) == [(0, date(2026, 8, 1)), (2, date(2026, 8, 1)), (3, date(2026, 10, 26))]
    assert table(land, "DISTINCT calendar_id, zone", "calendar") == [
        (0, "Europe/Zurich"),
        (1, "Asia/Singapore"),
        (2, "Europe/Zurich"),
        (3, "Europe/Vienna"),
    ]


def test_on_call(land: Landing) -> None:
    span = {"from": "2026-10-19T00:00:00+02:00", "to": "2026-10-26T00:00:00Z"}
    land.tenant = tenant(calendars=[{"members": ["Anna@contoso.example", "sg-ops"], "on_call": [span]}])
    land.normalise()
    began, ended = datetime(2026, 10, 18, 22, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    assert table(land, "* EXCLUDE (tenant_id)", "on_call") == [
        (1, "anna@contoso.example", began, ended),
        (2, "sg-ops", began, ended),
    ]


def test_whose_calendar_holds_person_over_group_over_tenant(land: Landing) -> None:
    nested = "00000000-0000-4000-8000-0000000000dd"
    carl = user("00000000-0000-4000-8000-0000000000ee", "Carl")
    dora = user("00000000-0000-4000-8000-0000000000ff", "Dora")
    calendars = [{"members": ["SG-Ops", "Anna@contoso.example"]}, {"members": [OTHER]}]
    land.tenant = tenant(calendars=calendars)
    people(land, user(ANNA, "Anna"), user(BEAT, "Beat"), carl, dora)
    land.snapshot("groups", [group(GROUP, "sg-ops"), group(OTHER, "sg-x"), group(nested, "sg-nested")])
    members = {GROUP: [ANNA, nested], OTHER: [BEAT, carl["id"]], nested: [BEAT]}
    land.per_group("group_members", {name: [{"id": who} for who in held] for name, held in members.items()})
    land.normalise()
    found = dict(table(land, "principal_id, calendar_id", "person_calendar"))
    assert [found[who] for who in (ANNA, BEAT, carl["id"], dora["id"])] == [2, 1, 3, 0]


def test_a_group_name_that_two_groups_have_gives_nobody_its_calendar(land: Landing) -> None:
    land.tenant = tenant(calendars=[{"members": ["sg-ops"], "working_hours": "mon-sun 00:00-24:00"}])
    people(land)
    land.snapshot("groups", [group(GROUP, "sg-ops"), group(OTHER, "SG-OPS")])
    land.per_group("group_members", {GROUP: [{"id": ANNA}], OTHER: [{"id": BEAT}]})
    land.normalise()
    assert dict(table(land, "principal_id, calendar_id", "person_calendar")) == {ANNA: 0, BEAT: 0}
    assert table(land, "DISTINCT member, member_id", "calendar") == [("sg-ops", None), (None, None)]


def test_break_glass_goes_by_upn_or_id_never_by_display_name(land: Landing) -> None:
    land.tenant = tenant(break_glass=["BG1@contoso.example", ANNA.upper(), "Beat"])
    people(land, user(ANNA, "Anna"), user(BEAT, "Beat"), user(APP, "Bg1"))
    land.normalise()
    assert table(land, "member, principal_id", "break_glass") == [
        (ANNA, ANNA),
        ("beat", None),
        ("bg1@contoso.example", APP),
    ]


def test_high_impact_means_every_group_of_the_name(land: Landing) -> None:
    land.tenant = tenant(high_impact=["sg-rdp", "Security Reader", "sg-unknown"])
    land.snapshot("groups", [group(GROUP, "SG-RDP"), group(OTHER, "sg-rdp")])
    land.snapshot("role_definitions", [{"id": READER, "displayName": "Security Reader"}])
    land.normalise()
    named = [("Security Reader", READER), ("sg-rdp", GROUP), ("sg-rdp", OTHER), ("sg-unknown", None)]
    assert table(land, "named, target_id", "high_impact") == named
    wanted = f"tier WHERE target_id IN ('{READER}', '{GROUP}', '{OTHER}')"
    assert table(land, "target_id, tier, basis", wanted) == [
        (GROUP, "tier0", "high_impact"),
        (OTHER, "tier0", "high_impact"),
        (READER, "tier0", "high_impact"),
    ]


def test_a_group_takes_the_strongest_tier_of_the_roles_it_holds(land: Landing) -> None:
    land.snapshot("groups", [group(GROUP, "sg-a"), group(OTHER, "sg-b")])
    active = eligible("c", principal=OTHER, assignmentType="Assigned")
    held = [eligible("a", principal=GROUP), eligible("b", principal=GROUP, roleDefinitionId=GLOBAL)]
    land.snapshot("role_eligibility_instances", [*held, eligible("d", principal=ANNA)])
    land.snapshot("role_assignment_instances", [active])
    land.normalise()
    assert table(land, "surface, target_id, tier, basis", "tier WHERE surface = 'group'") == [
        ("group", GROUP, "tier0", "holds_role"),
        ("group", OTHER, "tier2", "holds_role"),
    ]
    assert table(land, "tier, basis", f"tier WHERE target_id = '{GLOBAL}'") == [("tier0", "list")]
    land.snapshot("role_eligibility_instances", [eligible("a", principal=GROUP)])
    land.normalise()
    assert table(land, "tier", f"tier WHERE target_id = '{GROUP}'") == [("tier2",)]


def test_settings(land: Landing) -> None:
    tickets = {"required_tiers": ["tier0", "tier1"], "pattern": "T-[0-9]+", "in_justification": True}
    land.settings = Settings.model_validate({"tickets": tickets})
    land.normalise()
    assert table(land, "name, value", "setting") == [
        ("tickets.in_justification", "true"),
        ("tickets.pattern", "T-[0-9]+"),
        ("tickets.register", "false"),
        ("tickets.required_tier", "tier0"),
        ("tickets.required_tier", "tier1"),
    ]


def test_a_second_run_fills_the_same_rows(land: Landing) -> None:
    land.tenant = tenant(calendars=[{"members": ["anna@contoso.example"]}], break_glass=["x@y.example"], holidays="CH")
    people(land)
    land.normalise()
    names = ("calendar", "holiday", "setting", "tier", "break_glass")
    before = [table(land, "*", name) for name in names]
    land.normalise()
    assert [table(land, "*", name) for name in names] == before
    assert all(before)


BASELINE = """
accepted:
  - {principal: anna@contoso.example, target: Security Reader, reason: r, owner: o, ticket: 1234, expires: 2027-06-30}
  - {principal: sg-a, target: sg-b, access: member, reason: nested}
  - {principal: nobody, target: nothing, reason: 'gone'}
"""


def test_the_baseline_is_resolved_to_ids(land: Landing, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(BASELINE)
    land.tenant = tenant(baseline=file)
    people(land)
    land.snapshot("groups", [group(GROUP, "sg-a"), group(OTHER, "sg-b")])
    land.snapshot("role_definitions", [{"id": READER, "displayName": "Security Reader"}])
    land.normalise()
    columns = "principal, target, principal_id, target_id, access, reason, owner, ticket, expires"
    assert table(land, columns, "baseline") == [
        ("anna@contoso.example", "Security Reader", ANNA, READER, None, "r", "o", "1234", date(2027, 6, 30)),
        ("nobody", "nothing", None, None, None, "gone", None, None, None),
        ("sg-a", "sg-b", GROUP, OTHER, "member", "nested", None, None, None),
    ]


def test_a_name_two_groups_have_accepts_nothing(land: Landing, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text("accepted: [{principal: sg-a, target: Security Reader, reason: r}]")
    land.tenant = tenant(baseline=file)
    land.snapshot("groups", [group(GROUP, "sg-a"), group(OTHER, "sg-a")])
    land.normalise()
    assert table(land, "principal_id", "baseline") == [(None,)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("accepted: [{principal: a, target: b}]", ["entry 1: reason is missing"]),
        ("accepted: [{principal: ' ', target: b, reason: c}]", ["entry 1: principal is missing"]),
        ("accepted: [{principal: a, target: b, reason: c, until: 1}]", ["entry 1: unknown key 'until'"]),
        ("accepted: [{principal: a, target: b, reason: c, access: guest}]", ["entry 1: access is member or owner"]),
        ("accepted: [{principal: a, target: b, reason: c, expires: soon}]", ["entry 1: expires: 'soon' is no date"]),
        ("accepted: [{principal: [a], target: b, reason: c}]", ["entry 1: principal is no text"]),
        ("accepted: [x, {target: b, reason: c}]", ["entry 1: is no list", "entry 2: principal is missing"]),
        ("accepted: 5", ["wants one list called accepted"]),
        ("allowed: []", ["wants one list called accepted"]),
        ("accepted: [", ["cannot be read"]),
    ],
)
def test_faults_of_a_baseline_name_file_and_entry(tmp_path: Path, text: str, says: list[str]) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        baseline.read(file)
    assert len(caught.value.faults) == len(says)
    assert all(str(file) in fault and part in fault for fault, part in zip(caught.value.faults, says, strict=True))


def test_an_empty_or_missing_baseline(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text("accepted:\n")
    assert baseline.read(file) == ()
    with pytest.raises(ConfigError, match=r"absent\.yaml: cannot be read"):
        baseline.read(tmp_path / "absent.yaml")


def test_the_shipped_tiers_are_sound() -> None:
    found = dict(tiers.read(rules_dir() / "lists" / "role_tiers.yaml"))
    assert found[GLOBAL] == "tier0"
    assert found[READER] == "tier2"


@pytest.mark.parametrize("text", ["tier0: []", "tier0: [{id: a}]\ntier1: []\ntier2: []", "- x"])
def test_faulty_tiers(tmp_path: Path, text: str) -> None:
    file = tmp_path / "role_tiers.yaml"
    file.write_text(text)
    with pytest.raises(ContentError, match=r"role_tiers\.yaml"):
        tiers.read(file)

"""What has ended by itself is not missing: lists that say until when an item stands."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config
from pipeline.collect.endpoints import TABLE
from pipeline.collect.ends import LINGERS, has_ended
from pipeline.normalise import normalise, rebuild
from tests.collect.rig import DAY, HOUR, MINUTE, NOW, Rig, guid
from tests.fakes.graph import RESOURCES

ROLES = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
ACTIVE = "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleInstances"
EVENING = NOW + 6 * HOUR
ONE, OTHER = guid(1), guid(2)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SPANS = st.timedeltas(timedelta(days=-3), timedelta(days=3))


def item(end: object) -> bytes:
    return json.dumps({"id": "a", "endDateTime": end}).encode()


@given(SPANS, SPANS, SPANS, ZONES)
def test_an_item_has_ended_from_its_end_on_in_whatever_zone_it_is_told(
    end: timedelta, told: timedelta, now: timedelta, zone: timezone
) -> None:
    at = (NOW + end).astimezone(zone).isoformat()
    assert has_ended(item(at), NOW + told, NOW + now) == (end <= now and told - end < LINGERS)


@pytest.mark.parametrize(
    "end",
    [
        "2026-11-01T18:00:00Z",
        "2026-11-01T18:00:00.0000000Z",
        "2026-11-01T17:59:59.9999999Z",
        "2026-11-01T17:59:59.877Z",
        "2026-11-01T19:00:00+01:00",
    ],
)
def test_ends_as_graph_writes_them(end: str) -> None:
    assert has_ended(item(end), NOW, EVENING)
    assert not has_ended(item(end), NOW, EVENING - timedelta(seconds=1))


@pytest.mark.parametrize(
    "end",
    [
        *(None, "", "soon", "2026-11-01", "2026-11-01T18:00:00", "2026-11-31T18:00:00Z", 1793556000, True),
        *(["2026-11-01T18:00:00Z"], {"at": "2026-11-01T18:00:00Z"}),
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999Z", "2026-11-01T18:00:00Z\u0000"),
    ],
)
def test_what_is_no_end_ends_nothing(end: object) -> None:
    assert not has_ended(item(end), NOW, EVENING + 1000 * DAY)


@pytest.mark.parametrize("whole", [b"{}", b"7", b"null", b'["endDateTime"]'])
def test_what_is_no_object_ends_never(whole: bytes) -> None:
    assert not has_ended(whole, NOW, EVENING)


def test_only_instances_go_by_themselves() -> None:
    lists = {f"{of}_{kind}_instances" for of in ("role", "group") for kind in ("assignment", "eligibility")}
    assert {endpoint.name for endpoint in TABLE if endpoint.has_ends} == lists


def active(number: int, end: datetime | str | None, of: str | None = None) -> dict[str, Any]:
    target = {"groupId": of, "accessId": "member"} if of else {"roleDefinitionId": guid(77)}
    told = f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(end, datetime) else end
    return {
        "id": f"{number}",
        "principalId": guid(number),
        "assignmentType": "Activated",
        "endDateTime": told,
        **target,
    }


def held(contoso: Rig, source: str = "role_assignment_instances") -> list[str | None]:
    contoso.store.adopt()
    return [row["held"] for row in contoso.rows(f"SELECT held FROM segment WHERE source = '{source}' ORDER BY seq")]


def standing(contoso: Rig) -> int:
    """How many assignments the tables show as current, the same after a rebuild."""
    settings, sql = config.Settings(tenants=(contoso.tenant,)), "SELECT * FROM assignment_history ORDER BY ALL"
    normalise(contoso.store, contoso.tenant, settings, run_id="n", now=contoso.graph.now)
    found = contoso.rows(sql)
    rebuild(contoso.store, contoso.tenant, settings, run_id="r", now=contoso.graph.now)
    assert contoso.rows(sql) == found
    return sum(row["valid_to"] is None for row in found)


@pytest.mark.parametrize("active_at_noon", [1, 30])
def test_at_night_nobody_is_active_and_nothing_is_missing(contoso: Rig, active_at_noon: int) -> None:
    contoso.graph.lists[ROLES] = [active(n, EVENING) for n in range(active_at_noon)]
    contoso.collect()
    assert standing(contoso) == active_at_noon
    contoso.graph.lists[ROLES] = []
    assert contoso.collect(after=6 * HOUR).unfinished == ()
    assert held(contoso) == [None, None]
    assert standing(contoso) == 0
    assert contoso.rows("SELECT seq FROM segment WHERE accepted IS NOT NULL") == [], "nobody had to believe anything"


def test_what_should_still_stand_is_missed_among_what_has_ended(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [active(0, None), *(active(n, EVENING) for n in range(1, 31))]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    (told,) = contoso.collect(after=7 * HOUR).unfinished
    assert "an empty answer where 1 stood before, beside 30 that have ended: held" in told
    contoso.graph.lists[ROLES] = [active(0, None)]
    assert contoso.collect(after=HOUR).unfinished == ()


@pytest.mark.parametrize("end", ["soon", "2026-11-01T18:00:00", "0001-01-01T00:00:00Z", None])
def test_an_end_that_is_none_excuses_nothing(contoso: Rig, end: str | None) -> None:
    contoso.graph.lists[ROLES] = [active(0, end)]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    assert len(contoso.collect(after=DAY).unfinished) == 1
    contoso.accept = frozenset({"role_assignment_instances"})
    assert contoso.collect(after=HOUR).unfinished == ()


def test_the_servers_clock_decides_what_has_ended(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [active(0, EVENING)]
    contoso.off = 3 * DAY
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    assert len(contoso.collect(after=5 * HOUR).unfinished) == 1


def test_a_held_answer_is_right_once_what_it_lacked_has_ended(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [active(0, EVENING), active(1, EVENING + HOUR)]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    for after in (5 * HOUR, HOUR):
        assert len(contoso.collect(after=after).unfinished) == 1
        assert standing(contoso) == 2
    assert contoso.collect(after=HOUR).unfinished == ()
    first, second = (
        "an empty answer where 2 stood before",
        "an empty answer where 1 stood before, beside 1 that have ended",
    )
    assert held(contoso) == [None, first, second, None]
    assert standing(contoso) == 0


@pytest.mark.parametrize(("end", "is_believed"), [(NOW + HOUR, True), (None, False)])
def test_a_shrunk_answer_is_confirmed_by_what_is_left_of_it(
    contoso: Rig, end: datetime | None, is_believed: bool
) -> None:
    contoso.graph.lists[ROLES] = [active(n, None) for n in range(200)]
    contoso.collect()
    contoso.graph.lists[ROLES] = [active(n, end if n >= 20 else None) for n in range(70)]
    assert len(contoso.collect(after=30 * MINUTE).unfinished) == 1
    contoso.graph.lists[ROLES] = [active(n, None) for n in range(20)]
    assert (contoso.collect(after=30 * MINUTE).unfinished == ()) is is_believed


def unchanged(contoso: Rig) -> None:
    contoso.collect(after=HOUR)


def grown(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [active(100, EVENING), *contoso.graph.lists[ROLES]]
    contoso.collect(after=HOUR)


@pytest.mark.parametrize("between", [[unchanged], [grown], [grown, unchanged], [grown, grown]])
def test_what_an_answer_refers_to_ends_too(contoso: Rig, between: list[Callable[[Rig], None]]) -> None:
    contoso.graph.lists[ROLES] = [active(n, EVENING) for n in range(50)]
    contoso.collect()
    for step in between:
        step(contoso)
    contoso.graph.lists[ROLES] = []
    assert contoso.collect(after=6 * HOUR).unfinished == ()


def test_each_group_is_asked_what_it_should_still_have(contoso: Rig) -> None:
    contoso.graph.lists[RESOURCES] = [{"id": ONE}, {"id": OTHER}]
    until = {ONE: EVENING, OTHER: EVENING + DAY}
    members = contoso.graph.of_group[ACTIVE] = {
        group: [active(n, end, group) for n in range(60)] for group, end in until.items()
    }
    contoso.collect()
    members[ONE] = []
    assert contoso.collect(after=6 * HOUR).unfinished == ()
    members[OTHER] = members[OTHER][:10]
    members[ONE] = [active(n, EVENING + DAY, ONE) for n in range(60)]
    (told,) = contoso.collect(after=HOUR).unfinished
    assert f"10 items of {OTHER} where 60 stood before: held" in told
    assert contoso.collect(after=DAY).unfinished == ()
    assert held(contoso, "group_assignment_instances")[-1] is None

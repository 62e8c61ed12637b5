"""State: whole lists only, unchanged ones by reference, and nothing partial ever reads as complete."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import config
from pipeline.collect import open_graph
from pipeline.collect.calls import Calls
from pipeline.collect.current import Holdings
from pipeline.collect.endpoints import TABLE
from pipeline.collect.http import Request, Response, Transport, response
from pipeline.collect.walk import Task
from pipeline.normalise import normalise, rebuild
from pipeline.report.registers import query
from pipeline.store import TenantFolder, open_store
from pipeline.store.runs import status as status_of
from tests.collect.rig import DAY, HOUR, MINUTE, NOW, TENANT, Rig, collect_list, guid
from tests.fakes.graph import DECISIONS, INSTANCES, MEMBERS, OWNERS, POLICIES, RESOURCES, REVIEWS, status

USERS, GROUPS = "/v1.0/users", "/v1.0/groups"
ELIGIBLE = "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
ROLES = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
PIM, PLAIN, HOLDER, NAMED, NESTED, DEEP = (guid(n) for n in range(1, 7))
IN_GROUP = {"@odata.type": "#microsoft.graph.group"}


def user(number: int, name: str = "somebody") -> dict[str, Any]:
    return {"id": guid(number), "displayName": name}


def segments(contoso: Rig, source: str) -> list[dict[str, Any]]:
    return contoso.rows(f"SELECT seq, items, new_items, same_as FROM segment WHERE source = '{source}' ORDER BY seq")


def parents(contoso: Rig, source: str) -> set[str]:
    sql = f"SELECT DISTINCT parent FROM segment_page JOIN segment USING (seq) WHERE source = '{source}'"
    return {row["parent"] for row in contoso.rows(sql)}


def test_an_unchanged_list_is_a_reference_and_a_changed_one_refers_to_what_stayed(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [user(n) for n in range(10)]
    contoso.collect()
    contoso.collect()
    contoso.graph.lists[ROLES][3] = user(3, "renamed")
    contoso.collect()
    first, second, third = segments(contoso, "role_assignment_instances")
    assert (first["new_items"], second["new_items"], third["new_items"]) == (10, 0, 1)
    assert (first["same_as"], second["same_as"], third["same_as"]) == (None, first["seq"], None)
    names = [row["displayName"] for row in contoso.items("role_assignment_instances")]
    assert names == ["somebody"] * 20 + ["somebody"] * 3 + ["renamed"] + ["somebody"] * 6


class OneList(Transport):
    """Answers every request with `rows`."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def handle_request(self, request: Request) -> Response:
        headers = {"Content-Type": "application/json", "Date": "Sun, 01 Nov 2026 12:00:00 GMT"}
        return response(200, headers, json.dumps({"value": self.rows}).encode())


def test_a_list_that_changes_each_time_is_written_whole_now_and_then(tmp_path: Path) -> None:
    (endpoint,) = [row for row in TABLE if row.name == "role_assignment_instances"]
    transport = OneList([user(n) for n in range(50)])
    tenant = config.Tenant(name="contoso", tenant_id=TENANT)
    with (
        open_store(TenantFolder(tmp_path), TENANT) as store,
        open_graph(config.Graph(), None, transport) as graph,
    ):
        for number in range(40):
            task = Task(
                Holdings(store), tenant, config.Collect(), Calls(graph, lambda seconds: None), f"run{number}", NOW
            )
            collect_list(task, endpoint)
            transport.rows[number] = user(number, "renamed")
        store.adopt()
        written = [row["new_items"] for row in store.rows("SELECT new_items FROM segment ORDER BY seq")]
        (most,) = store.rows("SELECT max(len(refers_to)) AS segments FROM segment")
    assert written == [50] + [1] * 32 + [50] + [1] * 6
    assert most["segments"] == 32


INSTANCES_OF_ROLES = "role_assignment_instances"


def held_now(contoso: Rig) -> list[Any]:
    contoso.store.adopt()
    return [
        row["held"]
        for row in contoso.rows(f"SELECT held FROM segment WHERE source = '{INSTANCES_OF_ROLES}' ORDER BY seq")
    ]


def silver(contoso: Rig) -> list[dict[str, Any]]:
    """What the tables say of role assignments, the same after a rebuild."""
    settings, sql = config.Settings(tenants=(contoso.tenant,)), "SELECT * FROM assignment_history ORDER BY ALL"
    normalise(contoso.store, contoso.tenant, settings, run_id="n", now=contoso.graph.now)
    found = contoso.rows(sql)
    rebuild(contoso.store, contoso.tenant, settings, run_id="r", now=contoso.graph.now)
    assert contoso.rows(sql) == found
    return found


def holder(number: int) -> dict[str, Any]:
    return {"id": str(number), "principalId": guid(number), "roleDefinitionId": guid(77), "assignmentType": "Assigned"}


def test_an_empty_answer_does_not_replace_a_list_until_it_came_for_a_day(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [holder(1)]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    summary = contoso.collect(after=HOUR)
    assert summary.unfinished == (
        "role_assignment_instances: an empty answer where 1 stood before: held, the earlier answer stays current; "
        "it counts once it came 3 times in a row over 24 hours, "
        "or at once with `pimtrail collect --accept role_assignment_instances`",
    )
    assert len(contoso.collect(after=HOUR).unfinished) == 1
    (told,) = status_of(contoso.store, contoso.graph.now)["held"]
    assert (told["source"], told["times"], told["since"]) == (INSTANCES_OF_ROLES, 2, NOW + HOUR)
    assert [row["valid_to"] for row in silver(contoso)] == [None]
    assert contoso.collect(after=DAY).unfinished == ()
    why = "an empty answer where 1 stood before"
    assert held_now(contoso) == [None, why, why, None]
    (told,) = contoso.rows("SELECT accepted FROM segment WHERE accepted IS NOT NULL")
    assert told["accepted"] == f"{why}; the same came 3 times in a row since 2026-11-01T13:00:00Z"
    (row,) = silver(contoso)
    assert row["valid_to"] == contoso.graph.now
    assert status_of(contoso.store, contoso.graph.now)["held"] == []
    became = [each["became"] for each in contoso.rows(query("held"))]
    assert became == ["held: the answer before stayed current"] * 2 + ["taken"]
    contoso.graph.lists[ROLES] = [holder(1)]
    assert contoso.collect(after=HOUR).unfinished == ()
    assert [row["valid_to"] is None for row in silver(contoso)] == [False, True]


def test_what_comes_back_after_an_empty_answer_was_never_gone(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [holder(1)]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    contoso.collect(after=HOUR)
    contoso.graph.lists[ROLES] = [holder(1), holder(2)]
    assert contoso.collect(after=HOUR).unfinished == ()
    first, second = silver(contoso)
    assert (first["valid_from"], first["valid_to"]) == (NOW, None)
    assert second["valid_from"] == contoso.graph.now
    contoso.graph.lists[ROLES] = []
    assert len(contoso.collect(after=DAY).unfinished) == 1, "the earlier doubt counts no more"


def test_a_list_that_loses_most_of_itself_is_believed_when_it_says_so_again(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [holder(n) for n in range(100)]
    contoso.collect()
    contoso.graph.lists[ROLES] = [holder(n) for n in range(30)]
    (told,) = contoso.collect(after=15 * MINUTE).unfinished
    assert "30 items where 100 stood before: held" in told
    assert sum(row["valid_to"] is None for row in silver(contoso)) == 100
    assert contoso.collect(after=15 * MINUTE).unfinished == ()
    assert sum(row["valid_to"] is None for row in silver(contoso)) == 30


def test_the_operator_can_have_an_answer_believed_at_once(contoso: Rig) -> None:
    contoso.graph.lists[ROLES] = [holder(1)]
    contoso.collect()
    contoso.graph.lists[ROLES] = []
    contoso.accept = frozenset({INSTANCES_OF_ROLES})
    assert contoso.collect(after=HOUR).unfinished == ()
    (told,) = contoso.rows("SELECT accepted FROM segment WHERE accepted IS NOT NULL")
    assert told["accepted"].endswith("; accepted by the operator")
    assert [row["valid_to"] for row in silver(contoso)] == [contoso.graph.now]


def test_a_list_that_is_due_once_a_day_is_asked_again_at_once_where_it_was_held(contoso: Rig) -> None:
    contoso.graph.lists[USERS] = [user(n) for n in range(100)]
    contoso.collect()
    contoso.graph.lists[USERS] = [user(n) for n in range(10)]
    contoso.collect(after=DAY)
    assert contoso.collect(after=15 * MINUTE).unfinished == ()
    assert [row["items"] for row in segments(contoso, "users")] == [100, 10, 10]


def test_one_group_that_loses_most_of_its_members_holds_the_walk_once(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.of_group[MEMBERS][PIM] = [user(n) for n in range(100, 160)]
    contoso.graph.of_group[MEMBERS][HOLDER] = [user(n) for n in range(200, 400)]
    contoso.collect()
    contoso.graph.of_group[MEMBERS][PIM] = []
    (told,) = contoso.collect(after=DAY).unfinished
    assert f"0 items of {PIM} where 60 stood before: held" in told
    assert contoso.collect(after=15 * MINUTE).unfinished == ()


def test_when_the_last_group_is_deleted_what_was_in_it_ends(contoso: Rig) -> None:
    contoso.graph.lists[RESOURCES] = [{"id": PIM}]
    contoso.graph.lists[GROUPS] = [{"id": PIM, "displayName": "sg"}, {"id": PLAIN, "displayName": "other"}]
    contoso.graph.of_group[MEMBERS] = {PIM: [user(50)]}
    contoso.collect()
    del contoso.graph.of_group[MEMBERS][PIM]
    contoso.graph.lists[GROUPS].pop(0)
    for hours in (24, 24, 24):
        contoso.collect(after=timedelta(hours=hours))
    assert [row["items"] for row in segments(contoso, "group_members")] == [1, 0, 0, 0]
    held = contoso.rows("SELECT held IS NOT NULL AS held FROM segment WHERE source = 'group_members' ORDER BY seq")
    assert [row["held"] for row in held] == [False, True, True, False]


def test_a_permission_lost_half_way_leaves_the_earlier_walk_current(contoso: Rig) -> None:
    world(contoso)
    contoso.collect()
    contoso.graph.fail(MEMBERS.format(group=HOLDER), status(403, code="Authorization_RequestDenied"))
    summary = contoso.collect(after=DAY)
    assert summary.unfinished == ()
    assert "group_members" in {skip.endpoint for skip in summary.skipped}
    assert len(segments(contoso, "group_members")) == 1


def test_an_incomplete_list_leaves_the_earlier_one_current(contoso: Rig) -> None:
    contoso.graph.page_size = 2
    contoso.graph.lists[ROLES] = [user(n) for n in range(5)]
    contoso.collect()
    contoso.graph.lists[ROLES] = [user(n) for n in range(4)]
    contoso.graph.fail(ROLES, *[status(503)] * 5, at=2)
    assert len(contoso.collect().unfinished) == 1
    assert len(segments(contoso, "role_assignment_instances")) == 1
    assert contoso.collect().unfinished == ()
    assert [row["items"] for row in segments(contoso, "role_assignment_instances")] == [5, 4]


def test_cadence_spares_what_changes_slowly(contoso: Rig) -> None:
    contoso.collect()
    contoso.collect(after=15 * MINUTE)
    assert [contoso.graph.asked(path) for path in (ROLES, POLICIES, USERS)] == [2, 1, 1]
    contoso.collect(after=45 * MINUTE)
    assert [contoso.graph.asked(path) for path in (ROLES, POLICIES, USERS)] == [3, 2, 1]
    contoso.collect(after=DAY - HOUR)
    assert [contoso.graph.asked(path) for path in (ROLES, POLICIES, USERS)] == [4, 3, 2]


def world(contoso: Rig) -> None:
    contoso.graph.lists[RESOURCES] = [{"id": PIM}]
    contoso.graph.lists[GROUPS] = [
        {"id": ident, "displayName": f"sg-{number}", "isAssignableToRole": False}
        for number, ident in enumerate((PIM, PLAIN, HOLDER, NAMED, NESTED, DEEP))
    ]
    contoso.graph.lists[ROLES] = [{"id": "a", "principalId": HOLDER}, {"id": "b", "principalId": guid(99)}]
    contoso.high_impact = ("SG-3",)
    contoso.graph.of_group[MEMBERS] = {PIM: [user(50), {"id": NESTED, **IN_GROUP}], NESTED: [{"id": DEEP, **IN_GROUP}]}
    contoso.graph.of_group[OWNERS] = {DEEP: [user(51)]}
    contoso.graph.of_group[ELIGIBLE] = {PIM: [{"id": "e", "groupId": PIM, "principalId": guid(50)}]}


def test_groups_that_matter_are_asked_one_by_one(contoso: Rig) -> None:
    world(contoso)
    assert contoso.collect().unfinished == ()
    assert parents(contoso, "group_eligibility_instances") == {PIM}
    assert parents(contoso, "group_policies") == {PIM}
    assert parents(contoso, "group_members") == {PIM, HOLDER, NAMED, NESTED, DEEP}
    assert parents(contoso, "group_owners") == {PIM, HOLDER, NAMED, NESTED, DEEP}
    assert [len(segments(contoso, name)) for name in ("group_members", "group_owners")] == [1, 1]
    assert contoso.ids("group_owners") == {guid(51)}


def test_a_group_holding_another_groups_access_is_asked_for_members(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.of_group[ELIGIBLE][PIM].append({"id": "f", "groupId": PIM, "principalId": PLAIN})
    contoso.collect()
    assert PLAIN in parents(contoso, "group_members")


def test_a_group_that_no_longer_exists_has_no_page_and_a_note(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.lists[RESOURCES].append({"id": guid(88)})
    summary = contoso.collect()
    assert summary.unfinished == ()
    assert guid(88) not in parents(contoso, "group_members")
    assert {(skip.endpoint, skip.reason) for skip in summary.skipped} == {
        ("group_members", f"groups that no longer exist (404): {guid(88)}"),
        ("group_owners", f"groups that no longer exist (404): {guid(88)}"),
    }


def test_a_shorter_list_of_groups_does_not_read_as_emptied_groups(contoso: Rig) -> None:
    world(contoso)
    contoso.collect()
    contoso.graph.fail(RESOURCES, status(403, code="Authorization_RequestDenied"))
    contoso.graph.lists[RESOURCES] = [{"id": PLAIN}]
    contoso.collect()
    contoso.collect()
    assert parents(contoso, "group_eligibility_instances") == {PIM, PLAIN}


def test_equal_items_under_another_group_are_not_taken_for_the_same_answer(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.of_group[MEMBERS] = {PIM: [user(50)]}
    contoso.graph.lists[GROUPS] = [{"id": PIM}, {"id": PLAIN}]
    contoso.graph.lists[ROLES] = []
    contoso.collect()
    contoso.graph.lists[GROUPS] = [{"id": PLAIN}]
    contoso.graph.lists[RESOURCES] = [{"id": PLAIN}]
    contoso.graph.of_group[MEMBERS] = {PLAIN: [user(50)]}
    contoso.collect(after=DAY)
    assert [row["same_as"] for row in segments(contoso, "group_members")] == [None, None]
    last = contoso.rows("SELECT parent FROM segment_page JOIN segment USING (seq) WHERE source = 'group_members'")
    assert [row["parent"] for row in last] == [PIM, PLAIN]


def test_a_new_group_is_asked_before_members_are_due(contoso: Rig) -> None:
    world(contoso)
    contoso.collect()
    contoso.graph.lists[RESOURCES].append({"id": PLAIN})
    contoso.collect(after=15 * MINUTE)
    assert PLAIN in parents(contoso, "group_members")
    assert len(segments(contoso, "group_members")) == 2
    contoso.collect(after=15 * MINUTE)
    assert len(segments(contoso, "group_members")) == 2


def test_an_id_that_is_no_guid_never_reaches_a_request(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.lists[RESOURCES].append({"id": "x' or groupId ne 'y"})
    contoso.graph.lists[RESOURCES].append({"id": "../users"})
    assert contoso.collect().unfinished == ()
    assert parents(contoso, "group_eligibility_instances") == {PIM}


def test_rows_of_an_odd_shape_do_not_stop_the_choice_of_groups(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.lists[GROUPS] += [{"displayName": "no id"}, {"id": 7}, {"id": guid(60), "displayName": ["a", "list"]}]
    contoso.graph.lists[ROLES] += [{"principalId": {"id": PLAIN}}, {}]
    contoso.graph.of_group[MEMBERS][PIM] += [{"id": None, **IN_GROUP}, {"@odata.type": 1}]
    assert contoso.collect().unfinished == ()
    assert parents(contoso, "group_members") == {PIM, HOLDER, NAMED, NESTED, DEEP}


def test_one_failing_group_leaves_the_whole_walk_unfinished(contoso: Rig) -> None:
    world(contoso)
    contoso.graph.fail(MEMBERS.format(group=HOLDER), *[status(500)] * 5)
    summary = contoso.collect()
    assert len(summary.unfinished) == 1
    assert summary.unfinished[0].startswith("group_members: 500")
    assert segments(contoso, "group_members") == []
    assert len(segments(contoso, "group_owners")) == 1


YEARLY, ONCE = guid(201), guid(202)


def reviewed(contoso: Rig) -> None:
    contoso.graph.lists[REVIEWS] = [{"id": YEARLY}, {"id": ONCE}]
    contoso.graph.of_group[INSTANCES] = {YEARLY: [{"id": guid(11)}, {"id": guid(12)}], ONCE: []}
    contoso.graph.of_group[DECISIONS] = {
        f"{YEARLY}/{guid(11)}": [{"id": "d1"}, {"id": "d2"}],
        f"{YEARLY}/{guid(12)}": [],
    }


def test_reviews_are_walked_from_definition_to_instance_to_decision(contoso: Rig) -> None:
    reviewed(contoso)
    assert contoso.collect().unfinished == ()
    assert parents(contoso, "review_instances") == {YEARLY, ONCE}
    assert parents(contoso, "review_decisions") == {f"{YEARLY}/{guid(11)}", f"{YEARLY}/{guid(12)}"}
    assert contoso.ids("review_decisions") == {"d1", "d2"}


def test_a_new_review_is_asked_about_before_the_others_are_due(contoso: Rig) -> None:
    reviewed(contoso)
    contoso.collect()
    contoso.graph.lists[REVIEWS].append({"id": guid(203)})
    contoso.graph.of_group[INSTANCES][guid(203)] = []
    contoso.collect(after=HOUR)
    assert len(segments(contoso, "review_instances")) == 1, "the list of reviews itself is read once a day"
    contoso.collect(after=DAY - HOUR)
    contoso.collect(after=HOUR)
    assert guid(203) in parents(contoso, "review_instances")
    assert len(segments(contoso, "review_instances")) == 2


def test_a_tenant_without_reviews_has_whole_and_empty_lists_of_them(contoso: Rig) -> None:
    summary = contoso.collect()
    assert not [skip for skip in summary.skipped if "review" in skip.endpoint]
    assert [row["items"] for row in segments(contoso, "review_decisions")] == [0]
    contoso.collect(after=DAY)
    first, second = segments(contoso, "review_decisions")
    assert second["same_as"] == first["seq"]


def test_reviews_that_may_not_be_read_leave_nothing_to_ask_about(contoso: Rig) -> None:
    contoso.graph.fail(REVIEWS, status(403, code="Authorization_RequestDenied"))
    summary = contoso.collect()
    reasons = {skip.endpoint: skip.reason for skip in summary.skipped if "review" in skip.endpoint}
    assert summary.unfinished == ()
    assert list(reasons) == ["access_reviews", "review_decisions", "review_instances"]
    assert "(needs AccessReview.Read.All and Entra ID P2 or ID Governance)" in reasons["access_reviews"]
    assert reasons["review_instances"] == "access_reviews could not be listed, so there is nothing to ask about"


@pytest.mark.parametrize("answer", [status(403), status(400, code="AadPremiumLicenseRequired")])
def test_without_a_licence_pim_is_skipped_with_its_reason(contoso: Rig, answer: Any) -> None:
    contoso.graph.fail(ROLES, answer)
    summary = contoso.collect(after=timedelta(0))
    assert summary.unfinished == ()
    reasons = [skip.reason for skip in summary.skipped if skip.endpoint == "role_assignment_instances"]
    assert len(reasons) == 1
    assert reasons[0].endswith("(needs RoleAssignmentSchedule.Read.Directory and Entra ID P2 or ID Governance)")

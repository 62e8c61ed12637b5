"""One row a PIM request, from ask to end, whatever order its parts arrive in."""

from datetime import datetime
from typing import Any

import pytest

from pipeline.config import Settings
from pipeline.errors import ConfigError

from . import telling as t
from .landing import Item, Landing
from .telling import ANNA, BEAT, GROUP, READER, activation, after, expiry, row, schedule

REQUESTS = "group_assignment_requests"


def only(land: Landing, request: str = "r1") -> dict[str, Any]:
    """The row of a request."""
    (found,) = land.rows(f"SELECT * FROM pim_request WHERE request_id = '{request}'")
    return found


def told(land: Landing, *events: Item) -> None:
    land.events(events)
    land.normalise()


def test_requested_and_completed_are_one_row(land: Landing) -> None:
    told(land, *activation("R1", ipaddr="192.0.2.7"))
    assert only(land) == {
        "tenant_id": land.store.tenant_id,
        "request_id": "r1",
        "surface": "entra_role",
        "request_kind": "activation",
        "action": "selfActivate",
        "permanent": None,
        **{f"{who}_{part}": value for who in ("requester", "subject") for part, value in ANNAS.items()},
        "target_id": READER,
        "target_name": "Security Reader",
        "access": None,
        "scope": "/",
        "requested_at": after(0),
        **dict.fromkeys(("decided_at", "decision", "approver_id", "approver_name", "approver_upn")),
        "starts_at": after(0),
        "completed_at": after(0.7),
        "expires_at": after(120),
        "ended_at": None,
        "ended_by": None,
        "outcome": "completed",
        "justification": "work",
        **dict.fromkeys(("ticket_number", "ticket_system", "ticket_source", "renews")),
        "ticket_state": "unknown",
        "actor_ip": "192.0.2.7",
        "correlation_id": f"c-{t.ASKED}-R1-0",
        "event_ids": [event["id"] for event in activation("R1")],
        "ingested_at": land.at,
        "segment": 1,
    }


ANNAS = {"id": ANNA, "name": "Anna", "upn": "anna@contoso.example", "kind": "user"}


def test_an_approved_activation_starts_when_it_was_approved(land: Landing) -> None:
    ask = {"StartTime": t.iso(after(0)), "Justification": "work"}
    told(
        land,
        row(t.ASKED, 0, "r1", **ask),
        row(t.APPROVAL, 0.1, "r1", actor=t.PIM),
        row(t.APPROVED, 12, "r1", actor=BEAT, Justification="fine with me"),
        row(t.DONE, 13, "r1", ExpirationTime=t.iso(after(132))),
    )
    found = only(land)
    assert [found[name] for name in ("starts_at", "decided_at", "decision", "outcome")] == [
        *(after(12), after(12)),
        *("approved", "completed"),
    ]
    assert (found["approver_id"], found["approver_upn"]) == (BEAT, "beat@contoso.example")
    assert (found["requester_id"], found["justification"]) == (ANNA, "work")


def test_what_becomes_of_a_request(land: Landing) -> None:
    cases = {
        t.DENIED: ("denied", "denied"),
        t.CANCELED: ("canceled", None),
        t.LAPSED: ("expired", None),
        t.APPROVAL: ("pending", None),
    }
    for number, activity in enumerate(cases):
        result = "failure" if activity == t.DENIED else "success"
        asked = row(t.ASKED, 0, f"r{number}", StartTime=t.iso(after(0)))
        land.events([asked, row(activity, 5, f"r{number}", actor=BEAT, result=result)])
    land.normalise()
    for number, (outcome, decision) in enumerate(cases.values()):
        found = only(land, f"r{number}")
        assert (found["outcome"], found["decision"], found["starts_at"]) == (outcome, decision, None)
    assert land.rows("SELECT * FROM activation") == []


def test_a_request_the_service_refused_has_failed(land: Landing) -> None:
    told(land, row(t.ASKED, 0, "r1", result="failure"))
    assert only(land)["outcome"] == "failed"


def test_an_expiry_row_ends_the_activation_it_names(land: Landing) -> None:
    told(land, *activation("r1"), *activation("r2", 200), expiry("r1", 120.1))
    assert [only(land)[name] for name in ("ended_at", "ended_by")] == [after(120.1), "expiry"]
    assert only(land, "r2")["ended_at"] is None
    assert only(land)["event_ids"][-1] == expiry("r1", 120.1)["id"]
    assert len(land.rows("SELECT * FROM pim_request")) == 2


def test_one_that_names_none_ends_the_latest_before_it(land: Landing) -> None:
    told(land, *activation("r1"), *activation("r2", 200), expiry(None, 320.1))
    assert (only(land)["ended_at"], only(land, "r2")["ended_at"]) == (None, after(320.1))


def test_an_expiry_row_may_come_alone_and_name_nothing(land: Landing) -> None:
    told(land, *activation("r1"))
    told(land, expiry(None, 120.1))
    assert (only(land)["ended_at"], only(land)["segment"]) == (after(120.1), 2)


def test_one_long_after_the_end_ends_nothing(land: Landing) -> None:
    told(land, *activation("r1"), expiry(None, 500))
    assert only(land)["ended_at"] is None


def test_a_deactivation_is_a_request_and_an_end(land: Landing) -> None:
    for role, link in (("a", "a-r1"), ("b", None), ("c", "of another time")):
        held = {"TemplateId": role}
        leaving = {"RoleAssignmentRequestId": link} | held
        land.events([*activation(f"{role}-r0", -300, **held), *activation(f"{role}-r1", **held)])
        land.events([row(t.LEAVING, 30, f"{role}-d", **leaving), row(t.LEFT, 30.1, f"{role}-d", **leaving)])
    land.normalise()
    for role in "abc":
        assert [only(land, f"{role}-r1")[name] for name in ("ended_at", "ended_by")] == [after(30.1), "self"]
        assert only(land, f"{role}-r0")["ended_at"] is None
        wanted = ["deactivation", "selfDeactivate", "completed"]
        assert [only(land, f"{role}-d")[name] for name in ("request_kind", "action", "outcome")] == wanted


def test_a_deactivation_by_somebody_else(land: Landing) -> None:
    told(land, *activation("r1"), row(t.LEFT, 30, "d1", actor=BEAT))
    assert (only(land)["ended_by"], only(land, "d1")["action"]) == ("admin", "adminRemove")


def test_a_deactivation_under_the_activations_own_id_only_ends_it(land: Landing) -> None:
    told(land, *activation("r1"), row(t.LEFT, 30, "r1"))
    assert [only(land)[name] for name in ("request_kind", "ended_at", "ended_by")] == ["activation", after(30), "self"]


def test_what_is_made_anew_is_made_with_everything_beside_it(land: Landing) -> None:
    """An odd row ties r1 to another role: something new about that role must not cost r1 its end."""
    odd = row(t.LEAVING, 30, "r1", RoleAssignmentRequestId="x1", TemplateId="a")
    told(land, *activation("r1", TemplateId="a"), odd, expiry(None, 120.1, TemplateId="a"))
    told(land, *activation("x1", TemplateId="b"), *activation("r2", 125, TemplateId="a"))
    told(land, *activation("x2", 300, TemplateId="b"))
    assert (only(land)["ended_at"], only(land, "r2")["renews"]) == (after(120.1), "r1")


def test_the_twin_of_core_directory_is_no_request(land: Landing) -> None:
    core = {"loggedByService": "Core Directory", "activityDisplayName": "Add member to role", "id": "Directory_x_y_1"}
    told(land, *activation("r1"), row(t.DONE, 0.6) | core)
    assert len(only(land)["event_ids"]) == 2
    assert len(land.rows("SELECT * FROM pim_request")) == 1


def test_a_row_without_any_request_id_goes_by_its_correlation(land: Landing) -> None:
    gone = "Remove eligible member from role in PIM completed (timebound)"
    told(land, row(gone, 0, actor=t.PIM, correlation="ABC"))
    found = only(land, "correlation:abc")
    assert (found["request_kind"], found["requester_kind"], found["subject_id"]) == ("removal", "system", ANNA)


def test_asked_within_ten_minutes_of_the_end_renews(land: Landing) -> None:
    cases = {109: None, 110.5: "110.5-first", 129: "129-first", 131: None}
    for asked in cases:
        held = {"TemplateId": f"role {asked}"}
        land.events([*activation(f"{asked}-first", **held), *activation(f"{asked}-next", asked, **held)])
    land.normalise()
    found = land.rows("SELECT request_id, renews FROM pim_request WHERE request_id LIKE '%next'")
    assert {row["request_id"]: row["renews"] for row in found} == {f"{at}-next": who for at, who in cases.items()}


def test_another_target_is_not_renewed(land: Landing) -> None:
    told(land, *activation("r1", access="member"), *activation("r2", 121, access="owner"), *activation("r3", 121))
    assert {found["renews"] for found in land.rows("SELECT renews FROM pim_request")} == {None}


def test_the_end_that_counts_for_renewal_is_the_true_one(land: Landing) -> None:
    told(land, *activation("r1"), row(t.LEFT, 30, "d1"), *activation("r2", 35))
    assert only(land, "r2")["renews"] == "r1"


def test_a_grant_with_or_without_end(land: Landing) -> None:
    cases = {"completed (permanent)": True, "completed (timebound)": False, "canceled (renew)": None}
    grants = [row(f"Add eligible member to role in PIM {words}", 0, words, actor=BEAT) for words in cases]
    told(land, *grants)
    for words, permanent in cases.items():
        found = only(land, words)
        assert (found["request_kind"], found["permanent"], found["requester_id"]) == ("eligible", permanent, BEAT)


def test_an_extension_is_done_when_an_administrator_agrees(land: Landing) -> None:
    land.events([row("Update eligible member in PIM requested (extend)", 0, "x1", Justification="runs on")])
    land.normalise()
    assert only(land, "x1")["outcome"] == "pending"
    agreed = "Update member in PIM approved by admin (extend/renew)"
    told(land, row(agreed, 60, "x1", actor=BEAT, Justification="yes"))
    found = only(land, "x1")
    wanted = ("request_kind", "action", "outcome", "completed_at", "approver_id", "justification")
    assert [found[name] for name in wanted] == ["eligible", "selfExtend", "completed", after(60), BEAT, "runs on"]


def test_a_group_in_the_words_of_roles(land: Landing) -> None:
    told(land, *activation("r1", access="owner"))
    found = only(land)
    assert [found[name] for name in ("surface", "target_id", "target_name", "access", "scope")] == [
        *("group", GROUP, "sg-a", "owner"),
        None,
    ]


def test_a_group_that_is_given_a_place_in_a_group(land: Landing) -> None:
    nested = {"type": "Group", "id": "00000000-0000-4000-8000-0000000000dd", "displayName": "sg-nested"}
    activity = "Add eligible member to role in PIM completed (permanent)"
    told(land, row(activity, 0, "g1", actor=BEAT, access="member", subject=nested))
    found = only(land, "g1")
    assert [found[name] for name in ("subject_id", "subject_name", "subject_kind", "target_id")] == [
        *(nested["id"], "sg-nested", "group"),
        GROUP,
    ]


def test_azure_resources_are_kept_apart(land: Landing) -> None:
    told(land, *[event | {"category": "ResourceManagement"} for event in activation("r1")])
    assert only(land)["surface"] == "azure_resource"
    assert land.rows("SELECT * FROM activation") == []


def test_a_schedule_request_alone(land: Landing) -> None:
    land.per_group(REQUESTS, {GROUP: [schedule("R1")]})
    land.normalise()
    found = only(land)
    wanted = ("surface", "request_kind", "action", "outcome", "subject_id", "requester_id", "target_id", "access")
    assert [found[name] for name in wanted] == [
        *("group", "activation", "selfActivate", "completed"),
        *(ANNA, ANNA, GROUP, "member"),
    ]
    times = [after(0), after(0), after(1), after(120)]
    assert [found[name] for name in ("requested_at", "starts_at", "completed_at", "expires_at")] == times
    assert (found["ticket_state"], found["event_ids"], found["segment"]) == ("absent", [], 1)


def test_the_kinds_of_schedule_requests(land: Landing) -> None:
    cases = {
        ("group_assignment_requests", "SELFACTIVATE"): ("activation", "selfActivate"),
        ("group_assignment_requests", "selfDeactivate"): ("deactivation", "selfDeactivate"),
        ("group_assignment_requests", "adminAssign"): ("active", "adminAssign"),
        ("group_assignment_requests", "adminRemove"): ("removal", "adminRemove"),
        ("group_eligibility_requests", "adminAssign"): ("eligible", "adminAssign"),
        ("group_eligibility_requests", "adminextend"): ("eligible", "adminExtend"),
        ("group_eligibility_requests", "adminRemove"): ("removal", "adminRemove"),
    }
    for listed in ("group_assignment_requests", "group_eligibility_requests"):
        asked = [schedule(f"{name}/{action}", action=action) for name, action in cases if name == listed]
        land.per_group(listed, {GROUP: asked})
    land.normalise()
    for (listed, action), wanted in cases.items():
        found = only(land, f"{listed}/{action.lower()}")
        assert (found["request_kind"], found["action"]) == wanted


def test_the_status_of_a_schedule_request(land: Landing) -> None:
    cases = {
        "PendingApproval": "pending",
        "Denied": "denied",
        "canceled": "canceled",
        "TimedOut": "expired",
        "Failed": "failed",
        "Revoked": "completed",
        "AdminDenied": "denied",
        None: "pending",
    }
    land.per_group(REQUESTS, {GROUP: [schedule(f"r-{status}", status=status) for status in cases]})
    land.normalise()
    for status, outcome in cases.items():
        assert only(land, f"r-{status}".lower())["outcome"] == outcome


def test_a_schedule_request_stays_when_graph_forgets_it_and_follows_while_it_does_not(land: Landing) -> None:
    waiting = schedule("r1", status="PendingApproval", completedDateTime=None)
    for step in ([waiting], [waiting, schedule("r2")], [schedule("r1"), schedule("r2")], []):
        land.per_group(REQUESTS, {GROUP: step})
        land.normalise()
    assert [(only(land, name)["outcome"], only(land, name)["segment"]) for name in ("r1", "r2")] == [
        ("completed", 3),
        ("completed", 2),
    ]


def test_mere_validations_are_no_requests(land: Landing) -> None:
    land.per_group(REQUESTS, {GROUP: [schedule("r1", isValidationOnly=True)]})
    land.normalise()
    assert land.rows("SELECT * FROM pim_request") == []


def test_events_and_schedule_are_one_row(land: Landing) -> None:
    land.events(activation("r1", access="member"))
    land.per_group(REQUESTS, {GROUP: [schedule("r1", ticketInfo={"ticketNumber": "CHG-1", "ticketSystem": "SNOW"})]})
    land.normalise()
    found = only(land)
    wanted = (
        "ticket_state",
        "ticket_source",
        "ticket_number",
        "ticket_system",
        "target_name",
        "subject_upn",
        "segment",
    )
    assert [found[name] for name in wanted] == [
        *("present", "request", "CHG-1", "SNOW", "sg-a"),
        *("anna@contoso.example", 2),
    ]
    assert len(found["event_ids"]) == 2


TICKETS: list[tuple[dict[str, Any], bool, tuple[str, str | None, str | None]]] = [
    ({}, False, ("unknown", None, None)),
    ({"TicketNumber": "4711"}, False, ("present", "details", "4711")),
    ({"ticketNumber": "4711", "ticketSystem": "S"}, False, ("present", "details", "4711")),
    ({"TicketNumber": ""}, False, ("absent", None, None)),
    ({"TicketNumber": " \u200b\u00a0"}, False, ("absent", None, None)),
    ({"Justification": "for CHG-12345 now"}, False, ("present", "justification", "CHG-12345")),
    ({"Justification": "for chg 12345 now"}, False, ("unknown", None, None)),
    ({"Justification": "no number"}, True, ("absent", None, None)),
    ({"Justification": "CHG-12345", "TicketNumber": ""}, True, ("present", "justification", "CHG-12345")),
    ({"TicketSystem": "ServiceNow"}, False, ("unknown", None, None)),
]


@pytest.mark.parametrize("in_justification", [False, True])
def test_a_ticket_is_present_absent_or_unknown(land: Landing, in_justification: bool) -> None:
    land.settings = Settings.model_validate({"tickets": {"in_justification": in_justification}})
    cases = {f"r{number}": case for number, case in enumerate(TICKETS) if case[1] == in_justification}
    told(land, *(event for name, case in cases.items() for event in activation(name, **case[0])))
    for name, (_, _, wanted) in cases.items():
        found = only(land, name)
        assert (found["ticket_state"], found["ticket_source"], found["ticket_number"]) == wanted


def test_what_a_schedule_request_says_of_its_ticket(land: Landing) -> None:
    cases = {"none": (None, "absent"), "blank": ("  ", "absent"), "some": ("CHG-1", "present")}
    asked = [schedule(name, ticketInfo=number and {"ticketNumber": number}) for name, (number, _) in cases.items()]
    land.per_group(REQUESTS, {GROUP: asked})
    land.normalise()
    assert {name: only(land, name)["ticket_state"] for name in cases} == {
        name: state for name, (_, state) in cases.items()
    }


def test_other_ticket_settings_judge_everything_anew(land: Landing) -> None:
    told(land, *activation("r1", Justification="as in T-1"), *activation("r2", 300, Justification="none"))
    assert {row["ticket_state"] for row in land.rows("SELECT ticket_state FROM pim_request")} == {"unknown"}
    land.settings = Settings.model_validate({"tickets": {"pattern": "T-[0-9]", "in_justification": True}})
    land.normalise()
    assert (only(land)["ticket_number"], only(land, "r2")["ticket_state"]) == ("T-1", "absent")


@pytest.mark.parametrize(("pattern", "says"), [(r"(?=CHG)\w+", "invalid perl operator"), ("x*", "an empty text")])
def test_a_pattern_the_database_cannot_use(land: Landing, pattern: str, says: str) -> None:
    land.settings = Settings.model_validate({"tickets": {"pattern": pattern}})
    with pytest.raises(ConfigError, match=rf"\[tickets\] pattern .*{says}"):
        land.normalise()


def test_hostile_texts_are_kept_to_the_character(land: Landing) -> None:
    hostile = "'; DROP TABLE pim_request; -- \u202e<img src=x>\u0000 {{7*7}} $pattern\r\n=cmd|' /C calc'!A0 \U0001f319"
    actor = t.person(ANNA) | {"displayName": hostile}
    told(land, *activation("r1", Justification=hostile, actor=actor, subject={"type": "User", **actor}))
    found = only(land)
    assert [found[name] for name in ("justification", "requester_name", "subject_name")] == [hostile] * 3


def test_only_what_was_touched_moves_on(land: Landing) -> None:
    told(land, *activation("r1"), *activation("r2", 200), *activation("r3", 200, access="member"))
    told(land, expiry("r2", 320))
    assert [only(land, name)["segment"] for name in ("r1", "r2", "r3")] == [1, 2, 1]


def test_a_late_ask_completes_an_older_row(land: Landing) -> None:
    asked, done = activation("r1")
    told(land, done)
    assert (only(land)["requested_at"], only(land)["outcome"]) == (None, "completed")
    told(land, asked)
    found: datetime = only(land)["requested_at"]
    assert (found, only(land)["segment"]) == (after(0), 2)

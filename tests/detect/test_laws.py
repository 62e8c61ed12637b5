"""Each law of the corpus is broken once."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.detect.laws import lint
from tests.detect.silver import SQL, STATE, STATE_SQL, book, write_rule

ROLE = {"activation": [{"request_id": "r", "surface": "entra_role"}]}
GROUP = {"activation": [{"request_id": "r", "surface": "group"}]}
TESTS = [
    {"name": "role", "given": ROLE, "expect": [{"request_id": "r"}]},
    {"name": "group", "given": GROUP, "expect": [{"request_id": "r"}]},
    {"name": "nothing", "given": {}, "expect": []},
    {"name": "nearly", "near": True, "given": {}, "expect": []},
]


def faults(folder: Path, sql: str = SQL, **head: Any) -> list[str]:
    write_rule(folder, "mine.rule", sql, **{"tests": TESTS} | head)
    return [fault.message for fault in lint(book(folder))]


def test_a_good_rule_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path) == []


def test_a_good_state_rule_has_none(tmp_path: Path) -> None:
    assert faults(tmp_path, STATE_SQL, **STATE) == []


def test_a_state_rule_says_which_surface_it_speaks_of(tmp_path: Path) -> None:
    head = STATE | {"keys": ["principal_id"]}
    assert faults(tmp_path, STATE_SQL.replace("surface, ", ""), **head) == [
        "a state rule of several surfaces returns a column surface"
    ]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"reads": ["activation", "policy"]}, "reads and the statement differ in policy"),
        ({"reads": ["policy"]}, "reads and the statement differ in activation, policy"),
        ({"params": {"n": {"type": "integer", "default": 1, "doc": "d"}}}, "parameter n is declared and not used"),
        ({"keys": ["request_id", "nothing"]}, "the statement returns no column nothing"),
        ({"message": "{{ nobody }}"}, "message: the statement returns no column nobody"),
        ({"why": "{{ x.y }}"}, "why: Getattr is not allowed in a sentence"),
        ({"tests": TESTS[2:]}, "tests lack a hit"),
        ({"tests": TESTS[:1] + TESTS[2:]}, "tests lack a hit given rows of surface group"),
        ({"tests": TESTS[1:]}, "tests lack a hit given rows of surface entra_role"),
        ({"tests": TESTS[:2] + TESTS[3:]}, "tests lack a miss"),
        ({"tests": TESTS[:3]}, "tests lack a near-miss (near: true)"),
        ({"tests": [*TESTS, TESTS[0]]}, "two tests are called 'role'"),
        ({"needs": ["role_policies"]}, "only a state rule rests on snapshots"),
        ({"needs": ["mailboxes"]}, "no snapshot is called 'mailboxes'"),
    ],
)
def test_headers(tmp_path: Path, head: dict[str, Any], message: str) -> None:
    assert message in faults(tmp_path, **head)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (SQL.replace("$until", "$limit"), "$limit is not declared under params"),
        (SQL.replace("$since", "$until"), "an event rule binds $since and $until"),
        (SQL.replace("request_id,", "request_id, event_ids[1] AS e,"), "no positional access"),
        (SQL.replace("surface,", "surface, 'x' AS alert_id,"), "column alert_id is the engine's to fill"),
        (SQL.replace("surface,", "surface, nonsense,"), "Binder Error"),
        (SQL + "; SELECT 2", "wants one statement, has 2"),
        (SQL.replace("activation", "finding"), "reads 'finding', which is no table of silver"),
    ],
)
def test_statements(tmp_path: Path, sql: str, message: str) -> None:
    assert any(found.startswith(message) for found in faults(tmp_path, sql))


EVENTS = """SELECT event_id AS request_id, occurred_at, actor_name AS subject_name, target_role_name AS target_name
FROM audit_event WHERE occurred_at >= $since AND occurred_at <= $until AND """


def test_activities_stand_in_the_vocabulary(tmp_path: Path) -> None:
    known = "activity IN ('Add member to role completed (PIM activation)', 'ADD MEMBER TO GROUP')"
    assert faults(tmp_path, EVENTS + known, reads=["audit_event"]) == []
    found = faults(tmp_path, EVENTS + "lower(activity) = 'add member to role (pim activation)'", reads=["audit_event"])
    assert found == ["no activity is called 'add member to role (pim activation)'"]


def test_a_category_that_forgets_groups_is_a_fault(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.rule", EVENTS + "\ncategory = 'RoleManagement'", reads=["audit_event"], tests=TESTS)
    (fault,) = lint(book(tmp_path))
    assert fault.level == "error"
    assert "GroupManagement" in fault.message
    assert (tmp_path / "mine" / "rule.sql").read_text().splitlines()[fault.line - 1].startswith("category")
    both = EVENTS + "category IN ('RoleManagement', 'GroupManagement')"
    assert faults(tmp_path, both, reads=["audit_event"]) == []
    assert faults(tmp_path, EVENTS + "category = 'RoleManagement'", reads=["audit_event"], surface=["entra_role"]) == []


def test_a_category_is_one_that_is_logged_or_listed(tmp_path: Path) -> None:
    wrong = EVENTS + "category IN ('RoleManagment', 'GroupManagement')"
    assert faults(tmp_path, wrong, reads=["audit_event"]) == ["no category is called 'RoleManagment'"]
    assert faults(tmp_path, EVENTS + "category = 'usermanagement'", reads=["audit_event"]) == []
    assert faults(tmp_path, EVENTS + "category = 'conditional_access'", reads=["audit_event"]) == []


def test_a_comment_does_not_end_early(tmp_path: Path) -> None:
    assert "the header may not hold */, which ends the comment" in faults(tmp_path, title="a */ b")


def test_files_that_cannot_be_read_are_told_too(tmp_path: Path) -> None:
    write_rule(tmp_path, "mine.bad", severity="grave")
    write_rule(tmp_path, "mine.worse", keys=["nothing"], tests=TESTS)
    assert [fault.rule_id for fault in lint(book(tmp_path))] == ["mine.bad", "mine.worse"]

"""Inline tests say what differs, and use the rule exactly as the engine does."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.detect.inline import TestResult, run_tests
from pipeline.detect.rulefile import load_rules
from pipeline.errors import ContentError
from tests.detect.silver import SQL, book, write_rule

EVA: dict[str, Any] = {
    "request_id": "r1",
    "surface": "group",
    "starts_at": "2026-10-08T08:00:00Z",
    "subject_name": "Eva",
}
UNDONE: dict[str, Any] = {"request_id": "r2", "request_kind": "activation", "outcome": "pending", "surface": "group"}


def result(folder: Path, sql: str = SQL, head: dict[str, Any] | None = None, **case: Any) -> TestResult:
    whole = {"name": "t", "given": {"activation": [EVA]}, "expect": [{"request_id": "r1"}]} | case
    write_rule(folder, "mine.rule", sql, **{"tests": [whole]} | (head or {}))
    (found,) = run_tests(book(folder), ["mine.rule"])
    return found


@pytest.mark.parametrize(
    "expected",
    [
        {"request_id": "r1", "surface": "group"},
        {"occurred_at": "2026-10-08T08:00:00Z"},
        {"occurred_at": "2026-10-08T10:00:00+02:00"},
        {"target_name": None},
        {"message": "Eva activated ", "why": "every activation is told"},
    ],
)
def test_passes_by_subset(tmp_path: Path, expected: dict[str, Any]) -> None:
    assert result(tmp_path, expect=[expected]).detail == ""


@pytest.mark.parametrize(
    ("case", "detail"),
    [
        ({"expect": []}, "1 found too many"),
        ({"expect": [{"request_id": "r2"}]}, "expected {'request_id': 'r2'}, found [{'request_id': 'r1'}]"),
        ({"expect": [{"request_id": "r1"}] * 2}, "found nothing"),
        ({"expect": [{"nothing": None}]}, "expected {'nothing': None}"),
        ({"expect": [{"request_id": "r1", "occurred_at": "2026-10-08T08:00:01Z"}]}, "expected"),
        ({"given": {"mailbox": []}}, "'mailbox' is no table or view of silver"),
        ({"given": {"finding": []}}, "'finding' is no table or view of silver"),
        ({"given": {"activation": [{"colour": 1}]}}, "activation has no column colour"),
        ({"given": {"activation": [{"starts_at": "soon"}]}}, "Conversion Error"),
        ({"params": {"limit": 3}}, "no parameter is called limit"),
    ],
)
def test_fails_with_what_differs(tmp_path: Path, case: dict[str, Any], detail: str) -> None:
    found = result(tmp_path, **case)
    assert not found.passed
    assert detail in found.detail
    assert "\n" not in found.detail


def test_views_are_worked_out_from_the_tables_given(tmp_path: Path) -> None:
    whole = {
        "request_kind": "activation",
        "outcome": "completed",
        "starts_at": "2026-10-08T08:00:00Z",
        "surface": "group",
    }
    assert result(tmp_path, given={"pim_request": [whole | {"request_id": "r1"}, UNDONE]}).passed


def test_the_window_is_the_tests_own(tmp_path: Path) -> None:
    assert result(tmp_path, as_of="2026-10-08T07:59:59Z", expect=[]).passed
    assert result(tmp_path, since="2026-10-08T08:00:01Z", expect=[]).passed
    assert result(tmp_path, since="2026-10-08T08:00:00Z", as_of="2026-10-08T08:00:00Z").passed


def test_parameters_are_bound_and_checked(tmp_path: Path) -> None:
    head = {"params": {"name": {"type": "string", "default": "Eva", "doc": "d"}}}
    sql = SQL + " AND subject_name = $name"
    assert result(tmp_path, sql, head).passed
    assert result(tmp_path, sql, head, params={"name": "'; DROP TABLE activation; --"}, expect=[]).passed
    assert "is no string" in result(tmp_path, sql, head, params={"name": 3}).detail


def test_tests_leave_no_trace(tmp_path: Path) -> None:
    write_rule(
        tmp_path,
        "mine.rule",
        tests=[
            {"name": "one", "given": {"activation": [EVA]}, "expect": [{}]},
            {"name": "none", "given": {}, "expect": []},
            {"name": "not even of a view", "given": {"pim_request": [UNDONE]}, "expect": []},
        ],
    )
    assert [(found.name, found.detail) for found in run_tests(book(tmp_path))] == [
        *(("one", ""), ("none", ""), ("not even of a view", ""))
    ]


def test_what_may_not_be_run_is_not_run(tmp_path: Path) -> None:
    found = result(tmp_path, "SELECT * FROM read_text('/etc/passwd')")
    assert (found.name, found.passed) == ("may be run", False)
    assert found.where.endswith(f"rule.sql:{book(tmp_path).get('mine.rule').file.sql_line}")


def test_a_place_in_the_file(tmp_path: Path) -> None:
    found = result(tmp_path, expect=[])
    line = int(found.where.rsplit(":", 1)[1])
    assert "name: t" in (tmp_path / "mine" / "rule.sql").read_text().splitlines()[line - 1]


def test_an_unknown_rule_is_told() -> None:
    with pytest.raises(ContentError):
        run_tests(load_rules(), ["no.rule"])

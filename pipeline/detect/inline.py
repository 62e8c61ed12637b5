"""Inline tests: a rule's statement over the rows its header gives, in memory, checked as in the sandbox."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import duckdb

from ..store.workbench import Workbench, workbench
from . import sentences, syntax
from .execute import execute
from .rulefile import BOUND, Case, Rule, Rulebook


@dataclass(frozen=True)
class TestResult:
    """One inline test. `detail` says in one line what differed, empty where it passed."""

    __test__: ClassVar[bool] = False

    rule_id: str
    name: str
    passed: bool
    near: bool = False
    detail: str = ""
    where: str = ""


def run_tests(rulebook: Rulebook, ids: Sequence[str] = ()) -> list[TestResult]:
    """Every test of the named rules, of all of them where none is named. Raises ContentError for an unknown id."""
    rules = [rulebook.get(rule_id) for rule_id in ids] or list(rulebook.rules)
    return [result for rule in rules for result in _tests(workbench(), rule)]


def _tests(bench: Workbench, rule: Rule) -> Iterator[TestResult]:
    offences = syntax.check(rule.sql, syntax.readable(bench.relations))
    if offences:
        where = f"{rule.label}:{rule.sql_line(offences[0].offset)}"
        yield TestResult(rule.id, "may be run", False, detail=offences[0].message, where=where)
        return
    for case in rule.head.tests:
        detail = _detail(bench, rule, case)
        where = f"{rule.label}:{rule.case_line(case.name)}"
        yield TestResult(rule.id, case.name, not detail, case.near, detail, where)


def _detail(bench: Workbench, rule: Rule, case: Case) -> str:
    try:
        return difference(case.expect, findings(bench, rule, case))
    except (duckdb.Error, ValueError) as error:
        return " ".join(str(error).split())


def findings(bench: Workbench, rule: Rule, case: Case) -> list[dict[str, Any]]:
    """The rows the rule finds in what the test gives, with their sentences as `message` and `why`."""
    for name in sorted(case.given.keys() - syntax.readable(bench.relations)):
        raise ValueError(f"given: {name!r} is no table or view of silver")
    with bench.filled(case.given):
        answer = execute(bench.con, rule.sql, parameters(rule, case.params, case.as_of, case.since))
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    said = (("message", rule.head.message), ("why", rule.head.why))
    return [row | {name: sentences.render(text, row) for name, text in said} for row in rows]


def parameters(rule: Rule, chosen: Mapping[str, Any], as_of: str, since: str) -> dict[str, Any]:
    """What the statement binds, and only that: DuckDB refuses a parameter too many. Raises ValueError."""
    if unknown := chosen.keys() - rule.head.params.keys():
        raise ValueError(f"no parameter is called {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {"as_of": as_of, "since": since, "until": as_of}
    for name, param in rule.head.params.items():
        values[name] = param.checked(chosen.get(name, param.default))
    bound = rule.file.bound & (BOUND | rule.head.params.keys())
    return {name: values[name] for name in sorted(bound)}


def difference(expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> str:
    """What differs, in one line: every expected row must be within one found row of its own, and none be left."""
    left = list(found)
    for row in expected:
        match = next((candidate for candidate in left if _within(row, candidate)), None)
        if match is None:
            return f"expected {dict(row)}, found {_told(row, left)}"
        left.remove(match)
    return f"{len(left)} found too many, the first {_told({}, left[:1])}" if left else ""


def _told(row: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> object:
    """What was found, of the columns that were asked for."""
    return [{name: held.get(name) for name in row or held} for held in found] or "nothing"


def _within(expected: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(name in found and _same(value, found[name]) for name, value in expected.items())


def _same(wanted: Any, held: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(held, bool):
        return wanted is held
    if isinstance(wanted, int | float) and isinstance(held, int | float):
        return math.isclose(wanted, held, rel_tol=1e-9, abs_tol=1e-12)
    if hasattr(wanted, "isoformat"):
        wanted = wanted.isoformat()
    if isinstance(wanted, str) and isinstance(held, str):
        return wanted == held or (_moment(wanted) is not None and _moment(wanted) == _moment(held))
    return bool(wanted == held)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if "T" in text or " " in text else None

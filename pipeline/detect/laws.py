"""The laws of the corpus: what a rule file must keep to beyond being well-formed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import yaml

from ..content import rules_dir
from ..errors import ContentError
from ..store.workbench import Workbench, workbench
from . import sentences, syntax
from .execute import execute
from .inline import parameters
from .record import COLUMNS, SETTABLE
from .rulefile import BOUND, Case, Fault, Rule, Rulebook
from .windows import SOURCES


@dataclass(frozen=True)
class _Case:
    """A rule on the bench, read once for all laws."""

    rule: Rule
    reading: syntax.Reading
    columns: tuple[str, ...] | None
    """What it returns, None where it cannot be run."""


def lint(rulebook: Rulebook) -> list[Fault]:
    """Every fault of every rule, those of unreadable files first; then by file and line."""
    found = list(rulebook.faults)
    for rule in rulebook.rules:
        found += sorted(_faults(workbench(), rule), key=lambda fault: fault.line)
    return found


def _faults(bench: Workbench, rule: Rule) -> Iterator[Fault]:
    offences = syntax.check(rule.sql, syntax.readable(bench.relations))
    yield from (rule.fault(offence.message, rule.sql_line(offence.offset)) for offence in offences)
    columns = None
    if not offences:
        try:
            columns = _columns(bench, rule)
        except (duckdb.Error, ValueError) as error:
            yield rule.fault(str(error).splitlines()[0], rule.file.sql_line)
    case = _Case(rule, syntax.read(rule.sql), columns)
    for law in LAWS:
        yield from law(case)


def _columns(bench: Workbench, rule: Rule) -> tuple[str, ...]:
    bound = parameters(rule, {}, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    return tuple(execute(bench.con, rule.sql, bound)["columns"])


def _comment_ends_once(case: _Case) -> Iterator[Fault]:
    text = case.rule.file.path.read_text(encoding="utf-8").split("--- */\n", 1)[0]
    if "*/" in text:
        yield case.rule.fault(
            "the header may not hold */, which ends the comment", text[: text.index("*/")].count("\n") + 1
        )


def _reads_are_told(case: _Case) -> Iterator[Fault]:
    used, told = set(case.reading.relations), {name.lower() for name in case.rule.head.reads}
    if used != told:
        differs = ", ".join(sorted(used ^ told))
        yield case.rule.fault(f"reads and the statement differ in {differs}", case.rule.line("reads"))


def _parameters_are_declared(case: _Case) -> Iterator[Fault]:
    rule, bound = case.rule, case.reading.parameters
    for name in sorted(bound - BOUND - rule.head.params.keys()):
        yield rule.fault(f"${name} is not declared under params", rule.line("params"))
    for name in sorted(rule.head.params.keys() - bound):
        yield rule.fault(f"parameter {name} is declared and not used", rule.line("params"))
    if rule.head.kind == "event" and not {"since", "until"} <= bound:
        yield rule.fault("an event rule binds $since and $until", rule.file.sql_line)


def _columns_suffice(case: _Case) -> Iterator[Fault]:
    rule, columns = case.rule, case.columns
    if columns is None:
        return
    for name in [name for name in (*rule.head.keys, "occurred_at") if name not in columns]:
        yield rule.fault(f"the statement returns no column {name}", rule.line("keys"))
    if rule.head.kind == "state" and len(rule.head.surface) > 1 and "surface" not in columns:
        yield rule.fault("a state rule of several surfaces returns a column surface", rule.line("surface"))
    for name in sorted((COLUMNS & set(columns)) - SETTABLE.keys() - _ENGINE_READS):
        yield rule.fault(f"column {name} is the engine's to fill", rule.file.sql_line)
    for key, text in (("message", rule.head.message), ("why", rule.head.why)):
        faults = sentences.faults(text)
        unknown = sorted(sentences.names(text) - set(columns)) if not faults else []
        for message in [*faults, *(f"the statement returns no column {name}" for name in unknown)]:
            yield rule.fault(f"{key}: {message}", rule.line(key))


_ENGINE_READS = {"surface", "severity", "target_name"}


def _activities_are_known(case: _Case) -> Iterator[Fault]:
    for name, offset in case.reading.activities.items():
        if name.strip().lower() not in _vocabulary():
            yield case.rule.fault(f"no activity is called {name!r}", case.rule.sql_line(offset))


def _categories_are_known(case: _Case) -> Iterator[Fault]:
    for name, offset in case.reading.categories.items():
        if name.strip().lower() not in _categories():
            yield case.rule.fault(f"no category is called {name!r}", case.rule.sql_line(offset))


def _groups_are_not_forgotten(case: _Case) -> Iterator[Fault]:
    categories = case.reading.categories
    if "group" in case.rule.head.surface and "RoleManagement" in categories and "GroupManagement" not in categories:
        line = case.rule.sql_line(categories["RoleManagement"])
        yield case.rule.fault("PIM for Groups writes category GroupManagement: it is forgotten here", line)


def _tests_suffice(case: _Case) -> Iterator[Fault]:
    rule, tests = case.rule, case.rule.head.tests
    wanted = {
        "a hit": any(test.expect for test in tests),
        "a miss": any(not test.expect and not test.near for test in tests),
        "a near-miss (near: true)": any(not test.expect and test.near for test in tests),
    }
    for surface in set(rule.head.surface) & {"entra_role", "group"}:
        wanted[f"a hit given rows of surface {surface}"] = any(_shows(test, surface) for test in tests if test.expect)
    for what, there in wanted.items():
        if not there:
            yield rule.fault(f"tests lack {what}", rule.line("tests"))
    names = [test.name for test in tests]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield rule.fault(f"two tests are called {name!r}", rule.line("tests"))


def _shows(test: Case, surface: str) -> bool:
    return any(row.get("surface") == surface for rows in test.given.values() for row in rows)


def _needs_are_snapshots(case: _Case) -> Iterator[Fault]:
    rule = case.rule
    for name in sorted(set(rule.head.needs) - SOURCES):
        yield rule.fault(f"no snapshot is called {name!r}", rule.line("needs"))
    if rule.head.needs and rule.head.kind == "event":
        yield rule.fault("only a state rule rests on snapshots", rule.line("needs"))


LAWS = (
    _comment_ends_once,
    _reads_are_told,
    _parameters_are_declared,
    _columns_suffice,
    _activities_are_known,
    _categories_are_known,
    _groups_are_not_forgotten,
    _tests_suffice,
    _needs_are_snapshots,
)


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(entry["activity"].strip().lower() for entry in _list("activities.yaml", list))


@cache
def _categories() -> frozenset[str]:
    """Of audit events, and of sensitive operations."""
    logged = {name for entry in _list("activities.yaml", list) for name in entry["categories"]}
    return frozenset(name.lower() for name in logged | set(_list("sensitive_operations.yaml", dict)))


@cache
def _list(name: str, kind: type) -> Any:
    path = rules_dir() / "lists" / name
    try:
        loaded = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"cannot be read: {error}", path) from error
    if not isinstance(loaded, kind):
        raise ContentError("has another shape", path)
    return loaded

"""`pimtrail rules …`: the rules there are, their tests and laws; `judging` adds what needs a tenant's data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from . import judging
from .invocation import Invocation, command
from .terminal import console, print_json, table, text, visible

if TYPE_CHECKING:
    from ..config import Settings
    from ..detect import Rulebook

app = typer.Typer(
    help="The rules: list, show, test, lint, explain, backtest.", no_args_is_help=True, rich_markup_mode=None
)

judging.add_to(app)

FAULTY = 2
"""Exit code where a rule, or a test of one, is not as it must be."""

_Id = Annotated[str, typer.Argument(metavar="RULE", help="For example activation.off_hours.")]
_Ids = Annotated[list[str] | None, typer.Argument(metavar="RULE", help="These rules; all where none is named.")]


def _read(here: Invocation, only: Sequence[str] = ()) -> tuple[Settings, Rulebook]:
    from ..detect import load_rules

    settings = here.settings()
    return settings, load_rules(settings.content.rules, only)


@command(app, "list")
def list_rules(here: Invocation) -> int:
    """List the rules, as configured."""
    settings, book = _read(here)
    columns = ("rule", "kind", "severity", "status", "enabled", "title")
    rows = []
    for rule in book.rules:
        own = settings.rules.get(rule.id)
        severity = (own and own.severity) or rule.head.severity
        enabled = "no" if own and not own.enabled else "yes"
        rows.append((rule.id, rule.head.kind, severity.value, rule.head.status, enabled, rule.head.title))
    if here.json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(console(here.color), columns, rows)
    return _faults(here, book)


@command(app)
def show(here: Invocation, rule: _Id) -> int:
    """Print a rule's file: what it finds, why, its tests and its SQL."""
    _, book = _read(here, [rule])
    found = book.get(rule)
    source = found.file.path.read_text(encoding="utf-8")
    if here.json:
        print_json(
            {"rule": found.id, "file": found.label, "header": found.head.model_dump(mode="json"), "sql": found.sql}
        )
    else:
        sys.stdout.writelines(visible(line) + "\n" for line in source.splitlines())
    return 0


@command(app)
def test(here: Invocation, rules: _Ids = None) -> int:
    """Run the tests inside rule files."""
    from ..detect import run_tests

    _, book = _read(here, rules or ())
    results = run_tests(book, rules or ())
    failed = [each for each in results if not each.passed]
    if here.json:
        print_json(results)
    else:
        out = console(here.color)
        for each in failed:
            out.print(text(f"{each.where}: {each.rule_id}: {each.name}: {each.detail}", "red"))
        tested = len({each.rule_id for each in results})
        out.print(text(f"{len(results) - len(failed)} of {len(results)} tests of {tested} rules pass"))
    return FAULTY if failed else _faults(here, book)


@command(app)
def lint(here: Invocation, rules: _Ids = None) -> int:
    """Check rule files against the laws they live by."""
    from ..detect import lint

    _, book = _read(here, rules or ())
    for rule in set(rules or ()) - {fault.rule_id for fault in book.faults}:
        book.get(rule)
    found = lint(book)
    if here.json:
        print_json(found)
    else:
        out = console(here.color)
        for fault in found:
            out.print(text(f"{fault.where}: {fault.level}: {fault.rule_id}: {fault.message}"))
        out.print(text(f"{len(book.rules)} rules, {len(found)} faults"))
    return FAULTY if any(fault.level == "error" for fault in found) else 0


def _faults(here: Invocation, book: Rulebook) -> int:
    """Tell of files that could not be read as rules."""
    for fault in book.faults:
        sys.stderr.write(f"pimtrail: {visible(f'{fault.where}: {fault.message}')}\n")
    return FAULTY if book.faults else 0

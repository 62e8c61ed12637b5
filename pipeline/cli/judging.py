"""`pimtrail rules explain` and `rules backtest`: a rule against what one tenant has collected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .invocation import Invocation, command
from .terminal import console, print_json, table, text
from .timeline import moment_of

if TYPE_CHECKING:
    from ..config import Settings, Tenant
    from ..detect.backtest import Backtest
    from ..detect.explain import Explained
    from ..store import Store

_Rule = Annotated[str, typer.Argument(metavar="RULE", help="For example activation.off_hours.")]
_Finding = Annotated[
    str, typer.Option("--finding", metavar="ID", help="A finding's id, or its beginning: why it is one.")
]
_From = Annotated[str, typer.Option("--from", metavar="TIME", help="ISO 8601 with a zone, or a day in UTC.")]
_To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Exclusive; now where not given.")]


def add_to(app: typer.Typer) -> None:
    """Make this module's functions commands of `app`."""
    for function in (explain, backtest):
        command(app)(function)


def explain(here: Invocation, rule: _Rule, finding: _Finding = "") -> int:
    """Say what a rule reads and since when, how it is set, and why it found something."""
    from ..detect import load_rules
    from ..detect.explain import explain as explained

    settings = here.settings()
    with _opened(here, settings) as (store, _):
        told = explained(store, settings, load_rules(settings.content.rules), rule, datetime.now(UTC), finding)
    if here.json:
        print_json(told)
    else:
        _print(here, told)
    return 0


def backtest(here: Invocation, rule: _Rule, since: _From, until: _To = None) -> int:
    """Say what a rule would have found in a span, by day and person. Nothing is stored or sent."""
    from ..detect import load_rules
    from ..detect.backtest import backtest as tested

    settings = here.settings()
    begin, end = moment_of("--from", since), moment_of("--to", until) if until else datetime.now(UTC)
    if begin >= end:
        raise UsageError("--from is not before --to")
    book = load_rules(settings.content.rules)
    with _opened(here, settings) as (store, tenant):
        told = tested(store, tenant, settings, book, rule, begin, end)
    if here.json:
        print_json(told)
    else:
        _print_found(here, told)
    return 0


@contextmanager
def _opened(here: Invocation, settings: Settings) -> Iterator[tuple[Store, Tenant]]:
    from ..store import TenantFolder, open_store

    tenant = here.one_tenant(settings)
    folder = TenantFolder(settings.data_dir / tenant.name)
    if not folder.database.exists():
        raise UsageError(f"{tenant.name}: nothing is collected yet; `pimtrail run` does")
    with open_store(folder, tenant.tenant_id) as store:
        yield store, tenant


def _print(here: Invocation, told: Explained) -> None:
    out = console(here.color)
    days = "" if told.history_days is None else f"; silent until {min(told.history_days, 30):g} days are covered"
    judged = "the newest complete snapshots" if told.since is None else f"from {_when(told.since)}"
    last = (
        f"{told.last_status} as of {_when(told.last_as_of)}, {told.last_found} found"
        if told.last_as_of
        else "never ran"
    )
    said = [
        ("rule", f"{told.rule_id}: {told.title}"),
        ("set", f"{'on' if told.enabled else 'off'}, severity {told.severity}"),
        *(("parameter", f"{name} = {json.dumps(value)}") for name, value in told.params.items()),
        *(("reads", _read(each.name, each.rows, each.snapshots)) for each in told.reads),
        ("judges next", f"{judged}, looking back {told.lookback_days:g} days further{days}"),
        ("waits", told.waiting),
        ("last run", f"{last}{': ' + told.last_error if told.last_error else ''}"),
        ("open findings", told.open_findings),
        *(("false positive", each) for each in told.false_positives),
        *(("blind spot", each) for each in told.blind_spots),
    ]
    table(out, ("", ""), [row for row in said if row[1] is not None])
    if told.finding:
        table(out, ("finding", ""), list(_reasons(told.finding)))


def _read(name: str, rows: int, snapshots: tuple[str, ...]) -> str:
    return f"{name}, {rows:,} rows" + (f", from {', '.join(snapshots)}" if snapshots else "")


def _reasons(row: Any) -> Iterator[tuple[str, object]]:
    record = row["record"]
    yield "what", row["title"]
    yield "why", row["why"]
    yield "when", row["occurred_at"]
    yield "identity", json.dumps(row["keys"])
    yield "state", f"{row['status']}, revision {row['revision']}, first seen {_when(row['first_seen_at'])}"
    for name in ("waived_by", "suppressed", "resolved_reason"):
        if row[name]:
            yield name.replace("_", " "), row[name]
    yield from ((name, json.dumps(value)) for name, value in (record.get("Context") or {}).items())
    yield "evidence", ", ".join(record.get("EvidenceIds") or []) or "none"


def _print_found(here: Invocation, told: Backtest) -> None:
    out = console(here.color)
    table(
        out,
        ("day", "who", "severity", "what", "found already", "waived by"),
        [(w.day, w.who, w.severity, w.title, "yes" if w.known else "no", w.waived_by) for w in told.found],
    )
    people, days = Counter(w.who for w in told.found), {w.day for w in told.found}
    out.print(text(f"{len(told.found)} findings of {told.rule_id} on {len(days)} days about {len(people)}"))
    for who, count in people.most_common(10):
        out.print(text(f"{count:6}  {who}"))
    if told.silent:
        out.print(text(told.silent))


def _when(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%MZ")

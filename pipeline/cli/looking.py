"""The commands that only look: how tenants stand, SQL, one alert."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import ConfigError, UsageError
from .delivery import remarks
from .invocation import Invocation, command
from .terminal import console, print_json, table, text

if TYPE_CHECKING:
    from ..config import Tenant
    from ..store import TenantFolder

SHORTEST_ID = 6

NEAR = 0.75
"""Of the overlap: events that are later than this may soon be later than all of it."""

MOST_STRETCHES = 5
"""Stretches of imported times told one by one."""

_DELIVERIES = """
SELECT revision, sink, state, enqueued_at, sent_at, attempts, error FROM outbox WHERE alert_id = ? ORDER BY ALL
"""

_EVIDENCE = """
SELECT occurred_at AS time, activity, coalesce(actor_name, actor_upn, actor_id) AS "by",
    coalesce(target_role_name, target_group_name, target_app_name) AS "what",
    coalesce(target_user_upn, target_user_name) AS whom, result, event_id AS event
FROM audit_event WHERE event_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY occurred_at, event_id
"""


def add_to(app: typer.Typer) -> None:
    """Make this module's functions commands of `app`."""
    for function in (status, query, show):
        command(app)(function)


def status(here: Invocation) -> int:
    """Say how each tenant stands, without opening its database."""
    from ..identity import expiry_words
    from ..store import TenantFolder
    from ..store.runs import read_status

    settings = here.settings()
    tenants, now = here.tenants(settings), datetime.now(UTC)
    held = {each.name: read_status(TenantFolder(settings.data_dir / each.name)) for each in tenants}
    ending = {each.name: _certificate(each) for each in tenants}
    if here.json:
        known = {name: state or {"tenant": name, "last_run": None} for name, state in held.items()}
        print_json([state | {"certificate_expires_at": ending[name][0]} for name, state in known.items()])
        return 0
    out = console(here.color)
    columns = ("tenant", "last run", "exit", "read up to", "lag", "gaps", "skipped", "open findings", "alerts waiting")
    table(out, columns, [_state(name, state, now) for name, state in held.items()])
    for name, state in held.items():
        ends, fault = ending[name]
        late = _late(state or {}, settings.collect.overlap)
        waiting = remarks(state or {}, settings, now)
        for told in [*_remarks(state or {}), *waiting, *filter(None, (late, expiry_words(ends, now), fault))]:
            out.print(text(f"{name}: {told}"))
    return 0


def _certificate(tenant: Tenant) -> tuple[datetime | None, str | None]:
    """When the certificate that signs in ends, or why that cannot be said here."""
    from ..identity import credential_expires_at

    try:
        return credential_expires_at(tenant.auth), None
    except ConfigError as error:
        return None, str(error)


def query(
    here: Invocation, sql: Annotated[str, typer.Argument(help="One SELECT; `SHOW TABLES` lists what there is.")]
) -> int:
    """Run SQL on a tenant's tables, reading only."""
    from ..store.reading import reading, select

    with reading(_folder(here)) as con:
        names, rows = select(con, sql)
    if here.json:
        keys = [name if names.count(name) == 1 else f"{name}:{place}" for place, name in enumerate(names)]
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
    else:
        table(console(here.color), names, rows)
    return 0


def show(here: Invocation, alert: Annotated[str, typer.Argument(help="An AlertId, or its beginning.")]) -> int:
    """Show an alert: its record, the events behind it, where it went."""
    from ..store.reading import reading, select

    if len(alert) < SHORTEST_ID:
        raise UsageError(f"at least {SHORTEST_ID} characters of an AlertId are needed")
    with reading(_folder(here)) as con:
        _, found = select(con, "SELECT DISTINCT alert_id FROM alert WHERE starts_with(alert_id, lower(?))", alert)
        if len(found) != 1:
            raise UsageError(f"{'no alert begins' if not found else f'{len(found)} alerts begin'} with {alert!r}")
        _, records = select(con, "SELECT record FROM alert WHERE alert_id = ? ORDER BY revision", found[0][0])
        revisions = [json.loads(record) for (record,) in records]
        deliveries = _dicts(*select(con, _DELIVERIES, found[0][0]))
        evidence = _dicts(*select(con, _EVIDENCE, revisions[-1].get("EvidenceIds") or []))
    _print_alert(here, revisions, deliveries, evidence)
    return 0


def _dicts(names: list[str], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def _print_alert(
    here: Invocation,
    revisions: list[dict[str, Any]],
    deliveries: list[dict[str, Any]],
    evidence: list[dict[str, Any]],
) -> None:
    if here.json:
        told = {"record": revisions[-1], "revisions": revisions, "deliveries": deliveries, "evidence": evidence}
        print_json(told)
        return
    out = console(here.color)
    said = [(name, value) for name, value in revisions[-1].items() if value is not None]
    table(out, ("field", "value"), [(n, json.dumps(v) if isinstance(v, dict | list) else v) for n, v in said])
    for part in (evidence, deliveries):
        if part:
            table(out, [*part[0]], [[*each.values()] for each in part])
    person = revisions[-1].get("TargetUpn") or revisions[-1].get("TargetObjectId")
    if person:
        out.print(text(f"before and after: pimtrail timeline {person} --around {revisions[-1]['EventStartTime']}"))


def _folder(here: Invocation) -> TenantFolder:
    from ..store import TenantFolder

    settings = here.settings()
    return TenantFolder(settings.data_dir / here.one_tenant(settings).name)


def _state(name: str, state: dict[str, Any] | None, now: datetime) -> list[object]:
    if state is None:
        return [name, "never", *[""] * 7]
    last, reached = state["last_run"] or {}, state["watermark"]
    lag = _duration((now - datetime.fromisoformat(reached)).total_seconds()) if reached else "nothing read"
    findings = ", ".join(f"{count} {severity}" for severity, count in state["open_findings"].items())
    when = f"{_minute(last.get('started_at'))} {last.get('command', '')}"
    counts = (len(state["gaps"]), len(state["skipped"]), findings or "none", state["alerts"]["pending"])
    return [name, when, last.get("exit_code"), _minute(reached), lag, *counts]


def _remarks(state: dict[str, Any]) -> list[str]:
    last = (state.get("last_run") or {}).get("summary") or {}
    told = [f"last run: {last['error']}"] if last.get("error") else []
    reasons: dict[str, list[str]] = {}
    for each in state.get("skipped", ()):
        reasons.setdefault(each["reason"], []).append(each["source"])
    told += [f"skipped {_blind(sources)}: {reason}" for reason, sources in reasons.items()]
    told += [_held(each) for each in state.get("held", ())]
    told += [_imported(each) for each in state.get("imports", ())]
    if state.get("quarantine"):
        counts = ", ".join(f"{count:,} {reason}" for reason, count in state["quarantine"].items())
        told.append(f'quarantine: {counts}; pimtrail query "SELECT * FROM quarantined" says where')
    told += [
        f"not read: {_minute(each['since'])} to {_minute(each['until'])}, {each['reason']}; asked again by each run"
        for each in state.get("unfinished", ())
    ]
    return told + [
        f"gap in {gap['source']}: {_minute(gap['since'])} to {_minute(gap['until'])}, {gap['reason']}"
        for gap in state.get("gaps", ())
    ]


def _imported(each: dict[str, Any]) -> str:
    what = f"imported {each['source']}: {each['rows']:,} rows, {each['files']:,} files"
    spans = [f"{_minute(span['since'])} to {_minute(span['until'])}" for span in each["stretches"]]
    more = [f"and {len(spans) - MOST_STRETCHES} more stretches"] if len(spans) > MOST_STRETCHES else []
    return f"{what}, {'; '.join([*spans[:MOST_STRETCHES], *more]) or 'no times'}"


def _late(state: dict[str, Any], overlap: timedelta) -> str | None:
    """What to say of events that came late in the last run; more where the overlap hardly reached them."""
    read = ((state.get("last_run") or {}).get("summary") or {}).get("collect") or {}
    if not read.get("late"):
        return None
    said = f"{read['late']:,} events came late, still missing {_duration(read['late_seconds'])} after they happened"
    if read["late_seconds"] < NEAR * overlap.total_seconds():
        return said
    return f"{said}; [collect] overlap is {_duration(overlap.total_seconds())}: a longer one finds such events sooner"


def _held(each: dict[str, Any]) -> str:
    told = f"held {each['source']}: {each['reason']}, told {each['times']} times since {_minute(each['since'])}"
    return f"{told}; what stood before stays current until `pimtrail collect --accept {each['source']}` or confirmed"


def _blind(sources: list[str]) -> str:
    """The lists, and the tables that stay without news for want of them."""
    from ..collect.endpoints import TABLE

    fills = [name for endpoint in TABLE if endpoint.name in sources for name in endpoint.fills]
    return ", ".join(sources) + (f" (no news in {', '.join(dict.fromkeys(fills))})" if fills else "")


def _minute(moment: str | None) -> str:
    return moment[:16].replace("T", " ") + "Z" if moment else ""


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"

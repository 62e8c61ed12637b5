"""What `pimtrail demo` prints: at most 40 lines of at most 100 columns."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..model import Severity
from ..store import TenantFolder
from ..store.reading import reading, select
from .demo import Shown
from .terminal import console, text, visible

WIDTH = 100
SHOWN = 10
"""Alerts told one by one, two lines each."""

_COLORS = {"High": "bold red", "Medium": "yellow", "Low": "cyan", "Informational": ""}
_COUNTS = """
SELECT (SELECT count(*) FROM audit_event), (SELECT count(*) FROM pim_request),
    (SELECT count(*) FROM assignment_history WHERE valid_to IS NULL),
    (SELECT min(occurred_at) FROM audit_event), (SELECT max(occurred_at) FROM audit_event),
    (SELECT list(since ORDER BY since) FROM gap), (SELECT list(until ORDER BY since) FROM gap)
"""

Record = dict[str, Any]


def page(shown: Shown, color: bool) -> None:
    """Print the page."""
    alerts = newest(shown.out / "alerts.jsonl")
    out = console(color, width=WIDTH)
    for line, style in _lines(shown, alerts):
        out.print(text(clipped(line), style))


def newest(path: Path) -> list[Record]:
    """The newest revision of every alert, the gravest first; rules of one severity take turns."""
    records: dict[str, Record] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        record = json.loads(line)
        records[record["AlertId"]] = max(
            record, records.get(record["AlertId"], record), key=lambda each: each["Revision"]
        )
    standing = [record for record in records.values() if record["Status"] == "New"]
    grave = sorted({record["Severity"] for record in standing}, key=lambda word: -Severity(word.lower()).weight)
    return [record for word in grave for record in _in_turn([r for r in standing if r["Severity"] == word])]


def clipped(line: str, width: int = WIDTH) -> str:
    """`line` without anything unseen, cut to `width`."""
    plain = visible(line)
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def _in_turn(records: Sequence[Record]) -> Iterator[Record]:
    rules: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda each: (each["RuleId"], each["EventStartTime"], each["AlertId"])):
        rules.setdefault(record["RuleId"], []).append(record)
    for turn in zip_longest(*rules.values()):
        yield from (record for record in turn if record is not None)


def _lines(shown: Shown, alerts: Sequence[Record]) -> Iterator[tuple[str, str]]:
    runs = " and ".join(f"{moment:%d %B %Y %H:%M} UTC" for moment in shown.moments)
    yield f"{len(shown.settings.tenants)} synthetic tenants, a cycle each at {runs}:", "bold"
    yield "collect from Graph's pages → normalise → detect → forward → report", ""
    yield from ((line, "") for line in _tenants(shown, alerts))
    yield "", ""
    yield f"Alerts that stand: {len(alerts)}, {_severities(alerts)}", "bold"
    for record in alerts[:SHOWN]:
        yield _what(record), _COLORS[record["Severity"]]
        yield f"        {record['AlertDescription']}", ""
    if len(alerts) > SHOWN:
        yield f"… and {len(alerts) - SHOWN} more.", ""
    yield "", ""
    yield from ((line, "") for line in _outputs(shown))


def _tenants(shown: Shown, alerts: Sequence[Record]) -> Iterator[str]:
    wide = max(len(tenant.name) for tenant in shown.settings.tenants)
    for tenant in shown.settings.tenants:
        with reading(TenantFolder(shown.settings.data_dir / tenant.name)) as con:
            _, [(events, requests, assignments, since, until, *gap)] = select(con, _COUNTS)
        told = [record for record in alerts if record["TenantName"] == tenant.name]
        yield (
            f"  {tenant.name:<{wide}} {events:>6,} events {_span(since, until)} {requests:>4} PIM requests"
            f" {assignments:>4} assignments {len(told):>3} alerts"
        )
        for begins, ends in zip(*(each or () for each in gap), strict=True):
            yield f"  {'':<{wide}} gap {_span(begins, ends)}: the log had been deleted before it could be read"


def _what(record: Record) -> str:
    who = record["TargetName"] or record["TargetUpn"] or record["ActorName"] or record["ActorUpn"] or "?"
    access = f"{record['GroupAccess']} of " if record["GroupAccess"] else ""
    what = record["RoleName"] or (record["GroupName"] and access + record["GroupName"]) or ""
    when = datetime.fromisoformat(record["EventStartTime"])
    head = f"{record['Severity']:<6}  {when:%d %b %H:%M}  {record['TenantName']:<8}  {clipped(who, 20):<20}"
    return f"{head}  {clipped(what, 24):<24}  {record['RuleId']}"


def _outputs(shown: Shown) -> Iterator[str]:
    here = os.path.relpath(shown.out)
    place = here if len(here) < len(str(shown.out)) else str(shown.out)
    pages = [path for path in shown.reports if path.suffix == ".html"]
    config = f"--config {place}/pimtrail.toml"
    yield f"Alerts     {place}/alerts.jsonl"
    yield f"Reports    {place}/{pages[0].name if pages else ''} and {len(pages) - 1} more"
    yield f"Databases  {place}/data/<tenant>/pimtrail.duckdb"
    yield f'Ask them   pimtrail query {config} --tenant contoso "FROM activation"'
    yield "Your own   pimtrail init, then pimtrail doctor, then pimtrail run"


def _severities(alerts: Sequence[Record]) -> str:
    counts = Counter(record["Severity"].lower() for record in alerts)
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "none"


def _span(since: datetime | None, until: datetime | None) -> str:
    return f"{since:%d %b} to {until:%d %b}" if since and until else "none"

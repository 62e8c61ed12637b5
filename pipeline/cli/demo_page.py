"""What `pimtrail demo` prints: at most 40 lines of at most 100 columns."""

from __future__ import annotations

import json
import os
import shutil
import sys
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
    (SELECT list([since::VARCHAR, until::VARCHAR, reason] ORDER BY since) FROM gap)
"""

Record = dict[str, Any]


def page(shown: Shown, color: bool) -> None:
    """Print the page."""
    alerts, resolved = standing(shown.out / "alerts.jsonl")
    out = console(color, width=WIDTH)
    for line, style in _lines(shown, alerts, resolved):
        out.print(text(clipped(line), style))
    for line in _outputs(shown):
        out.print(text(line), soft_wrap=True)


def standing(path: Path) -> tuple[list[Record], int]:
    """Alerts that are not resolved, the gravest first and rules taking turns, and how many are resolved."""
    records: dict[str, Record] = {}
    for line in path.read_bytes().split(b"\n") if path.exists() else ():
        if not line:
            continue
        record = json.loads(line)
        records[record["AlertId"]] = max(
            record, records.get(record["AlertId"], record), key=lambda each: each["Revision"]
        )
    left = [record for record in records.values() if record["Status"] == "New"]
    grave = sorted({record["Severity"] for record in left}, key=lambda word: -Severity(word.lower()).weight)
    ordered = [record for word in grave for record in _in_turn([each for each in left if each["Severity"] == word])]
    return ordered, len(records) - len(left)


def clipped(line: str, width: int = WIDTH) -> str:
    """`line` without anything unseen, cut to `width` columns."""
    from rich.cells import cell_len, set_cell_size

    plain = visible(line)
    return plain if cell_len(plain) <= width else set_cell_size(plain, width - 1).rstrip() + "…"


def fitted(cell: str, width: int) -> str:
    """`cell` in exactly `width` columns."""
    from rich.cells import set_cell_size

    return set_cell_size(clipped(cell, width), width)


def _in_turn(records: Sequence[Record]) -> Iterator[Record]:
    rules: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda each: (each["RuleId"], each["EventStartTime"], each["AlertId"])):
        rules.setdefault(record["RuleId"], []).append(record)
    for turn in zip_longest(*rules.values()):
        yield from (record for record in turn if record is not None)


def _lines(shown: Shown, alerts: Sequence[Record], resolved: int) -> Iterator[tuple[str, str]]:
    runs = " and ".join(f"{moment:%d %B %Y %H:%M} UTC" for moment in shown.moments)
    yield f"{len(shown.settings.tenants)} synthetic tenants, a cycle each at {runs}:", "bold"
    yield "collect from Graph's pages → normalise → detect → forward → report", ""
    yield from ((line, "") for line in _tenants(shown, alerts))
    yield "", ""
    yield f"{len(alerts)} alerts stand, {_severities(alerts)}; {resolved} are resolved.", "bold"
    yield "The gravest first, rules taking turns, times in UTC:", ""
    for record in alerts[:SHOWN]:
        yield _what(record, shown.moments[-1].year), _COLORS[record["Severity"]]
        yield f"       {record['AlertDescription']}", ""
    if len(alerts) > SHOWN:
        yield f"… and {len(alerts) - SHOWN} more.", ""
    yield "", ""


def _tenants(shown: Shown, alerts: Sequence[Record]) -> Iterator[str]:
    wide = max(len(tenant.name) for tenant in shown.settings.tenants)
    for tenant in shown.settings.tenants:
        with reading(TenantFolder(shown.settings.data_dir / tenant.name)) as con:
            _, [(events, requests, assignments, since, until, gaps)] = select(con, _COUNTS)
        told = [record for record in alerts if record["TenantName"] == tenant.name]
        yield (
            f"  {tenant.name:<{wide}} {events:>6,} events {_span(since, until)} {requests:>4} PIM requests"
            f" {assignments:>4} assignments {len(told):>3} alerts"
        )
        for begins, ends, reason in gaps or ():
            span = _span(datetime.fromisoformat(begins), datetime.fromisoformat(ends))
            yield f"  {'':<{wide}} a gap from {span}: {reason}"


def _what(record: Record, year: int) -> str:
    who = record["TargetName"] or record["TargetUpn"] or record["ActorName"] or record["ActorUpn"] or "-"
    several = "the tenant" if record["Surface"] == "Tenant" else "several targets"
    what = record["RoleName"] or record["GroupName"] or several
    when = datetime.fromisoformat(record["EventStartTime"])
    day = f"{when:%d %b %H:%M}" if when.year == year else f"{when:%d %b %Y} "
    head = f"{record['Severity']:<6} {day} {fitted(record['TenantName'], 8)} {fitted(who, 17)}"
    return f"{head} {fitted(what, 20)} {record['RuleId']}"


def _outputs(shown: Shown) -> Iterator[str]:
    place, command = _shortest(shown.out), "pimtrail"
    if not shutil.which(command) and (beside := Path(sys.executable).with_name(command)).exists():
        command = _shortest(beside)
    pages = [path for path in shown.reports if path.suffix == ".html"]
    config = f"--config {place}/pimtrail.toml"
    yield f"Alerts     {place}/alerts.jsonl"
    yield f"Reports    {place}/{pages[0].name if pages else ''} and {len(pages) - 1} more"
    yield f"Databases  {place}/data/<tenant>/pimtrail.duckdb"
    yield f'Ask them   {command} query {config} --tenant contoso "SHOW TABLES"'
    yield f"Your own   {command} init, then doctor, then run"


def _shortest(path: Path) -> str:
    """`path` as it is shortest to type here."""
    return min(os.path.relpath(path), str(path), key=len)


def _severities(alerts: Sequence[Record]) -> str:
    counts = Counter(record["Severity"].lower() for record in alerts)
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "none"


def _span(since: datetime | None, until: datetime | None) -> str:
    return f"{since:%d %b} to {until:%d %b}" if since and until else "none"

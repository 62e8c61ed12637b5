"""What a store must hold of a world, promise by promise (design §12). Each check names its promise and fails by itself.

The raw store is read by `second_reader`, which shares no code with the collector; silver by SQL.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.verifying import verify
from tests.machine.world import World
from tests.samples import ASKED_WHEN
from tests.second_reader import Held, read
from tests.site import Site

OVERLAP = timedelta(hours=2)
EVENTS = "directory_audits"


def check(world: World) -> None:
    """All that must hold after every step, whatever went wrong in it."""
    if not world.site.folder.database.exists():
        return
    held = read(world.site.folder.raw)
    check_windows(world, held)
    check_silver(world, held)
    check_alerts(world)


def check_windows(world: World, held: Held) -> None:
    """I4: a window that is on record holds every event that Graph showed when its reading began, if only apart."""
    apart = _quarantined(world)
    for seq, entry in held.segments.items():
        if entry["source"] != EVENTS or entry["kind"] != "stream" or entry.get("since") is None:
            continue
        since, until, begun = (_time(entry[name]) for name in ("since", "until", "started_at"))
        assert since < until <= begun, f"I4: window {seq} ends ahead of the server's clock"
        kept = begun - (world.graph.kept or timedelta(days=3650))
        due = {i for i, e in world.events.items() if since <= e.at <= until and e.visible <= begun and e.at >= kept}
        told = {str(json.loads(item).get("id")) for item in held.items(seq)}
        missing = {
            ident
            for ident in due
            if ident not in told and (world.events[ident].is_event or ident.encode() not in apart)
        }
        assert not missing, f"I4: window {seq} {since} to {until} is on record without {missing}"


def check_silver(world: World, held: Held) -> None:
    """I2, I3 and that nothing received is unaccounted for."""
    rows = world.site.rows("SELECT event_id, segment, page, ordinal, occurred_at FROM audit_event")
    doubled = [ident for ident, count in Counter(row[0] for row in rows).items() if count > 1]
    assert not doubled, f"I3: more than one row for {doubled}"
    for ident, seq, page, ordinal, at in rows:
        line = held.lines[seq, page, ordinal]
        assert isinstance(line, bytes), f"I2: {ident} points at a reference"
        assert json.loads(line) in world.events[ident].versions, f"I2: {ident} is not what Graph said"
        assert at == world.events[ident].at, f"I2: {ident} has another time"
    taken = {(seq, page, ordinal) for _, seq, page, ordinal, _ in rows}
    refused = set(world.site.rows("SELECT segment, page, ordinal FROM quarantine WHERE segment IS NOT NULL"))
    known, reached = {row[0] for row in rows}, _normalised(world)
    for place, line in held.lines.items():
        if held.segments[place[0]]["source"] == EVENTS and isinstance(line, bytes) and place[0] <= reached:
            told = place in taken or place in refused or json.loads(line)["id"] in known
            assert told, f"R11: {place} is neither an event, nor a duplicate, nor in quarantine: {line[:200]!r}"


def check_alerts(world: World) -> None:
    """I7 and I8: no alert without its finding and place in the outbox, nothing at the sink that is no alert."""
    site = world.site
    alerts = dict(site.rows("SELECT (alert_id, revision)::VARCHAR, record FROM alert"))
    waiting = {key for (key,) in site.rows("SELECT (alert_id, revision)::VARCHAR FROM outbox")}
    assert waiting == alerts.keys(), "I8: alerts and outbox differ"
    lost = site.rows("SELECT alert_id FROM alert WHERE alert_id NOT IN (SELECT finding_id FROM finding)")
    assert not lost, f"I8: alerts without a finding: {lost}"
    evidence = site.rows("SELECT alert_id, unnest(from_json(record->'EventIds', '[\"VARCHAR\"]')) AS e FROM alert")
    known = site.events()
    assert {e for _, e in evidence if e} <= known, "I8: an alert names events that are not held"
    lines = site.folder.alerts.read_text(encoding="utf-8").splitlines() if site.folder.alerts.exists() else []
    sent: dict[str, str] = {}
    for line in lines:
        told = json.loads(line)
        key = f"({told['AlertId']}, {told['Revision']})"
        assert key in alerts, f"I7: the sink has {key}, which is no alert"
        assert sent.setdefault(key, line) == line, f"I7: two different records for {key}"


def check_verified(world: World) -> None:
    """I10, one half: `verify` is content with what nobody touched."""
    settings = world.site.settings
    found = verify(settings, settings.tenants[0], now=world.now)
    assert found.exit_code == 0, f"I10: nobody touched it, and yet {[str(fault) for fault in found.faults]}"


def check_flipped(world: World, place: Path, number: int) -> None:
    """I10, the other half: one bit of anything on record, changed in a copy at `place`, is found."""
    there = Site(place, name=world.site.name)
    shutil.copytree(world.site.folder.root, there.folder.root)
    held = read(there.folder.raw)
    files = [there.folder.index, there.folder.journal]
    files += [there.folder.raw / entry["path"] for entry in held.entries.values() if entry.get("path")]
    file = sorted(files)[number % len(files)]
    data = bytearray(file.read_bytes())
    data[number * 7919 % len(data)] ^= 1 << number % 8
    file.write_bytes(data)
    found = verify(there.settings, there.settings.tenants[0], now=world.now)
    assert found.exit_code == 7, f"I10: byte {number * 7919 % len(data)} of {file.name} was changed unseen"


def check_complete(world: World) -> None:
    """I1: every event that showed within the overlap is in silver, or inside a gap that is told."""
    gaps = [(since, until) for since, until in world.site.rows("SELECT since, until FROM gap")]
    [(begins,)] = world.site.rows('SELECT min(since) FROM "window"')
    got = world.site.events()
    missing = {
        ident: event
        for ident, event in world.events.items()
        if event.is_event and ident not in got and event.visible <= world.now and event.at >= begins
    }
    lost = {
        ident
        for ident, event in missing.items()
        if event.visible - event.at <= OVERLAP and not any(since <= event.at <= until for since, until in gaps)
    }
    assert not lost, f"I1: {lost} are neither held nor in a gap"


def check_watermark(world: World, told: datetime | None, before: datetime | None) -> None:
    """I4: the watermark is what windows and gaps say without a hole, never ahead of the server, never going back."""
    spans = world.site.rows(
        f"""SELECT since, until FROM "window" WHERE source = '{EVENTS}' UNION ALL
        SELECT since, until FROM gap WHERE source = '{EVENTS}' ORDER BY ALL"""
    )
    [(begins,)] = world.site.rows(f"SELECT min(since) FROM \"window\" WHERE source = '{EVENTS}'")
    reached = None
    for since, until in spans:
        if begins is not None and until >= begins:
            if reached is not None and since > reached:
                break
            reached = max(reached or until, until)
    assert told == reached, f"I4: the watermark says {told}, windows and gaps say {reached}"
    assert reached is None or reached <= world.now, "I4: the watermark is ahead of the server's clock"
    assert before is None or (reached is not None and reached >= before), "I4: the watermark went back"


def facts(world: World) -> dict[str, set[str]]:
    """What stands at the moment, without who asked when: equal for every way of collecting the same world (I5, I6)."""
    told_twice = [ident for ident, event in world.events.items() if len(event.versions) > 1]
    held = {"audit_event": _rows(world, "audit_event", f"event_id NOT IN {_list(told_twice)}")}
    for table in ("assignment_history", "principal_history", "role_history", "entra_group_history", "group_edge"):
        held[table] = _rows(world, table, "valid_to IS NULL")
    return held


def _rows(world: World, table: str, condition: str) -> set[str]:
    columns = [
        row[0] for row in world.site.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", table)
    ]
    left_out = ASKED_WHEN | {"valid_from", "valid_to", "ingested_at"}
    kept = ", ".join(f'"{name}"' for name in dict.fromkeys(columns) if name not in left_out)
    rows = world.site.rows(f"SELECT {kept} FROM {table} WHERE {condition}")
    doubled = [row for row, count in Counter(rows).items() if count > 1]
    assert not doubled, f"I6: {table} says twice {doubled[:3]}"
    return {str(row) for row in rows}


def _list(names: list[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in ["", *names]) + ")"


def _normalised(world: World) -> int:
    marks: list[tuple[Any, ...]] = world.site.rows("SELECT value FROM meta WHERE name = 'events'")
    return int(marks[0][0]) if marks else 0


def _quarantined(world: World) -> bytes:
    """All bytes that lie apart."""
    files = sorted((world.site.folder.raw / "quarantine").rglob("*.*"))
    return b"\n".join(path.read_bytes() for path in files if path.is_file())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)

"""The record of runs, and `status.json`: how a tenant stands, for those who may not open its database."""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from dataclasses import asdict
from datetime import datetime
from typing import Any

from .. import __version__
from ..config import Settings
from ..errors import IntegrityError
from ..model import CycleSummary, Severity, iso
from . import Store, TenantFolder, imports, outbox
from .coverage import still_open, watermark
from .files import replacing

_SKIPPED = """
SELECT source, reason FROM skipped
WHERE run_id = (
    SELECT run_id FROM run WHERE command IN ('run', 'collect') ORDER BY started_at DESC, run_id DESC LIMIT 1)
ORDER BY source, reason
"""

_QUARANTINE = "SELECT reason, count(*) AS n FROM quarantine GROUP BY reason ORDER BY reason"

_HELD = """
SELECT source, arg_max(held, seq) AS reason, min(finished_at) AS since, count(*) AS times FROM segment s
WHERE kind = 'snapshot' AND held IS NOT NULL AND NOT EXISTS (
    FROM segment later WHERE later.source = s.source AND later.kind = 'snapshot' AND later.held IS NULL
        AND later.seq > s.seq)
GROUP BY source ORDER BY source
"""


def begin(store: Store, run_id: str, command: str, started_at: datetime, settings: Settings) -> None:
    """Note that a run has begun, by whom and with which settings; a row without an end is a run that was killed."""
    try:
        operator = getpass.getuser()
    except (KeyError, OSError):
        operator = None
    said = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()
    row = {"tenant_id": store.tenant_id, "run_id": run_id, "command": command, "started_at": started_at}
    where = {"version": __version__, "operator": operator, "host": socket.gethostname(), "config_sha256": said}
    with store.journalled() as changes:
        changes.insert("run", [row | where])


def end(store: Store, summary: CycleSummary, finished_at: datetime) -> None:
    """Note how a run ended, and what Graph's clock said."""
    row = {
        "run_id": summary.run_id,
        "finished_at": finished_at,
        "exit_code": summary.exit_code,
        "server_time": summary.collect.server_time,
        "clock_drift_seconds": summary.collect.clock_drift_seconds,
        "chain_head": store.chain_head,
        "summary": to_json(summary),
    }
    with store.journalled() as changes:
        changes.update("run", ("run_id",), [row])


def worst_alert(store: Store, run_id: str) -> Severity | None:
    """The gravest new alert the run raised."""
    rows = store.rows("SELECT DISTINCT severity FROM alert WHERE run_id = ? AND status = 'New'", [run_id])
    return max((Severity(row["severity"].lower()) for row in rows), key=lambda each: each.weight, default=None)


def status(store: Store, now: datetime) -> dict[str, Any]:
    """How the tenant stands: the content of `status.json`, times as datetimes."""
    last = store.rows("SELECT * FROM run ORDER BY started_at DESC, run_id DESC LIMIT 1")
    good = store.rows("SELECT max(finished_at) AS at FROM run WHERE command = 'run' AND exit_code = 0")[0]["at"]
    reached = watermark(store)
    return {
        "tenant": store.folder.root.name,
        "tenant_id": store.tenant_id,
        "version": __version__,
        "written_at": now,
        "last_run": last[0] | {"summary": json.loads(last[0]["summary"] or "null")} if last else None,
        "last_good_run_at": good,
        "watermark": reached,
        "lag_seconds": (now - reached).total_seconds() if reached else None,
        "gaps": store.rows("SELECT source, since, until, reason FROM gap ORDER BY since, source"),
        "unfinished": [{"since": e.since, "until": e.until, "reason": e.reason} for e in still_open(store)],
        "skipped": store.rows(_SKIPPED),
        "held": store.rows(_HELD),
        "imports": imports.coverage(store),
        "quarantined": store.rows("SELECT count(*) AS n FROM quarantine")[0]["n"],
        "quarantine": {row["reason"]: row["n"] for row in store.rows(_QUARANTINE)},
        "open_findings": _open_findings(store),
        "alerts": _alerts(store, now),
        "chain_head": store.chain_head,
    }


def write_status(store: Store, now: datetime) -> None:
    """Put `status.json` in place, whole or not at all. Raises StorageError."""
    with replacing(store.folder.status) as handle:
        handle.write(to_json(status(store, now), indent=2).encode() + b"\n")


def read_status(folder: TenantFolder) -> dict[str, Any] | None:
    """What the last run wrote, times as text; None before the first. Raises IntegrityError for a damaged file."""
    try:
        held: dict[str, Any] = json.loads(folder.status.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{folder.status}: {error}") from error
    return held


def to_json(value: object, indent: int | None = None) -> str:
    """A summary or status as JSON in ASCII: no control or bidirectional character gets out as itself."""
    return json.dumps(asdict(value) if isinstance(value, CycleSummary) else value, default=_plain, indent=indent)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"no JSON for {value!r}")


def _open_findings(store: Store) -> dict[str, int]:
    rows = store.rows("SELECT severity, count(*) AS n FROM finding WHERE status = 'open' GROUP BY ALL ORDER BY ALL")
    return {row["severity"]: row["n"] for row in rows}


def _alerts(store: Store, now: datetime) -> dict[str, Any]:
    rows = store.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state")
    states = {"pending": 0, "sent": 0, "quarantined": 0} | {row["state"]: row["n"] for row in rows}
    sinks = [row["sink"] for row in store.rows("SELECT DISTINCT sink FROM outbox")]
    oldest = outbox.oldest_pending_seconds(store.con, sinks, now)
    return {**states, "oldest_pending_seconds": oldest, "sinks": outbox.standing(store.con)}

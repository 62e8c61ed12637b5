"""What `status` and `doctor` say of alerts that have not arrived: how many, since when, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..config import Settings

TOO_LATE = timedelta(hours=47)
"""A row that comes two days after its TimeGenerated is given another one by Azure."""


def remarks(state: dict[str, Any], settings: Settings, now: datetime) -> Iterator[str]:
    """What is worth saying of alerts that wait or were refused, from what stands in `status.json`."""
    used = "sentinel" if settings.sentinel else "jsonl"
    for sink in (state.get("alerts") or {}).get("sinks", ()):
        if sink["pending"]:
            yield _waiting(sink, sink["sink"] == used, _last_words(state), now)
        if sink["quarantined"]:
            yield _refused(sink)


def _waiting(sink: dict[str, Any], used: bool, last_words: str | None, now: datetime) -> str:
    since = datetime.fromisoformat(sink["oldest_pending_at"])
    said = f"{_alerts(sink['pending'], 'waits', 'wait')} for {sink['sink']}, the oldest since {since:%Y-%m-%d %H:%M}Z"
    if not used:
        return f"{said}: it is not configured any more, so nothing sends them"
    reason = next((each["error"] for each in sink["reasons"] if each["state"] == "pending"), None)
    late = "; rows over two days late get the time of their arrival as TimeGenerated, EventStartTime stays"
    why = reason or last_words or "not tried yet, `pimtrail forward` does"
    return f"{said}: {why}{late if now - since > TOO_LATE else ''}"


def _refused(sink: dict[str, Any]) -> str:
    told = [each for each in sink["reasons"] if each["state"] == "quarantined"]
    said = f"{_alerts(sink['quarantined'], 'was', 'were')} refused by {sink['sink']} and not sent since"
    if told:
        said += f": {told[0]['error']} (pimtrail show {told[0]['alert_id'][:12]})"
    more = f"; {len(told) - 1} other reasons" if len(told) > 1 else ""
    return f"{said}{more}; once it is put right: pimtrail forward --retry-quarantined"


def _alerts(count: int, one: str, many: str) -> str:
    return f"{count:,} alert {one}" if count == 1 else f"{count:,} alerts {many}"


def _last_words(state: dict[str, Any]) -> str | None:
    done = ((state.get("last_run") or {}).get("summary") or {}).get("forward") or {}
    told: str | None = done.get("held") or done.get("delayed")
    return told

"""The register of tickets: what people named, opened before and closed after, and what was planted in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .clock import SECOND, whole
from .seeds import chance
from .world import World

HEAD = "number,state,opened_at,closed_at"


def register(worlds: Sequence[World]) -> str:
    """All tickets of all tenants as one CSV file, by number."""
    used: dict[str, list[datetime]] = {}
    for world in worlds:
        for number, at in world.tickets:
            used.setdefault(number, []).append(at)
    spans = {number: _span(number, times) for number, times in used.items()}
    spans |= {number: span for world in worlds for number, span in world.register.items()}
    lines = [_line(number, *span) for number, span in sorted(spans.items()) if span]
    return "\n".join([HEAD, *lines]) + "\n"


def _span(number: str, times: list[datetime]) -> tuple[datetime, datetime | None]:
    """Opened some days before its first use, closed after its last unless that is still to come."""
    dice = chance("ticket", number)
    opened = min(times) - timedelta(minutes=dice.randrange(60, 6000))
    closed = max(times) + timedelta(minutes=dice.randrange(200, 4000))
    return opened, closed if closed < SECOND else None


def _line(number: str, opened: datetime, closed: datetime | None) -> str:
    return f"{number},{'closed' if closed else 'open'},{_minute(opened)},{_minute(closed) if closed else ''}"


def _minute(at: datetime) -> str:
    return str(whole(at.replace(second=0, microsecond=0)))

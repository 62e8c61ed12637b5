"""What `Retry-After` says, in every form that servers give it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_DATE = re.compile(r"[A-Za-z]{3}, ?\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d(?: ?(?:GMT|UTC|[+-]\d{4}))")


def seconds_told(text: str, server_time: datetime | None) -> float | None:
    """Seconds to wait, the longest of several; a date counts by the server's own clock. None where nothing is usable.

    >>> seconds_told("7", None), seconds_told("7, 12", None), seconds_told("-5", None)
    (7.0, 12.0, None)
    """
    rest = _DATE.sub("", text)
    told = [float(part.strip()[:12]) for part in rest.split(",") if _SECONDS.fullmatch(part.strip())]
    told += _until(_DATE.findall(text), server_time)
    return max(told, default=None)


def _until(dates: list[str], server_time: datetime | None) -> Iterator[float]:
    for text in dates if server_time else ():
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            continue
        if moment.tzinfo is not None and server_time is not None:
            yield max(0.0, (moment.astimezone(UTC) - server_time).total_seconds())

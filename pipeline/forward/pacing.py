"""How long to wait before trying again."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

TRIES = 5
LONGEST = 60.0
"""Seconds: nobody's Retry-After keeps a run for longer."""


def wait_seconds(attempt: int, retry_after: str | None, server_date: str | None, jitter: float) -> float:
    """Seconds to wait after the `attempt`th failure (1, 2, …); `jitter` lies in [0, 1).

    `retry_after` is taken as seconds or as an HTTP date, the latter against `server_date`, the server's own clock.
    Nonsense in either counts as absent.
    """
    backoff = 2.0 ** (attempt - 1) * (0.5 + jitter)
    asked = _asked(retry_after, server_date)
    return min(LONGEST, backoff if asked is None else asked + jitter)


def _asked(retry_after: str | None, server_date: str | None) -> float | None:
    text = (retry_after or "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text, re.ASCII):
        return float(text)
    until, since = _moment(text), _moment(server_date or "")
    if until is None or since is None or until < since:
        return None
    return (until - since).total_seconds()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

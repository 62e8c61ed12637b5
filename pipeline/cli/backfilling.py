"""`collect --since --until`: how far it is while it runs, and what came of it at the end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import UsageError, worst_exit
from .invocation import Invocation
from .terminal import print_json, visible

if TYPE_CHECKING:
    from ..model import BackfillProgress, CycleSummary

ON_TERMINAL, ELSEWHERE = 0.2, 30.0
"""Seconds from one word about progress to the next."""


class Progress:
    """Says how far each back-fill is: on a terminal one line that changes, elsewhere a line now and then."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock, self._is_live = stream, clock, stream.isatty()
        self._told: dict[str, float] = {}
        self._guard = threading.Lock()

    def __call__(self, tenant: str, at: BackfillProgress) -> None:
        with self._guard:
            now, is_done = self._clock(), at.read >= at.asked
            is_due = now - self._told.get(tenant, float("-inf")) >= (ON_TERMINAL if self._is_live else ELSEWHERE)
            if is_done and self._is_live:
                self._stream.write("\r\x1b[K")
            elif is_due:
                self._told[tenant] = now
                text = visible(f"{tenant}: {words(at)}")
                self._stream.write(f"\r\x1b[K{text}" if self._is_live else f"pimtrail: back-fill: {text}\n")
            self._stream.flush()


def words(at: BackfillProgress) -> str:
    """`12.5 of 29.0 days, 1,250,000 events, 480 events/s, about 57 min left`."""
    read, asked = at.read.total_seconds() / 86400, at.asked.total_seconds() / 86400
    left = at.seconds_left
    return f"{read:.1f} of {asked:.1f} days, {at.events:,} events, {at.events / max(at.seconds, 1.0):,.0f} events/s" + (
        f", about {_duration(left)} left" if left else ""
    )


def told_backfill(here: Invocation, since: str | None, until: str | None) -> int:
    """Fill, print what came of it; returns the exit code."""
    from ..backfilling import backfill_all

    first, last, now = _moment("--since", since), _moment("--until", until), datetime.now(UTC)
    if first and first >= (last or now):
        raise UsageError("--since is not before --until" if last else "--since lies in the future")
    settings = here.settings()
    given: dict[str, Any] = {} if here.quiet or here.json else {"tell": Progress(sys.stderr)}
    done = backfill_all(settings, here.tenants(settings), now=now, since=first, until=last, **given)
    if here.json:
        print_json(done)
    for each in done:
        if not (here.quiet or here.json) and each.run_id:
            sys.stdout.write(visible(_sentence(each)) + "\n")
        if each.error:
            sys.stderr.write(f"pimtrail: {visible(each.tenant)}: {visible(each.error)}\n")
    return worst_exit(each.exit_code for each in done)


def _sentence(done: CycleSummary) -> str:
    read = done.collect
    said = f"{done.tenant}: {read.items:,} events in {read.windows:,} windows, {read.new_items:,} of them new"
    lost = "".join(f"; out of reach: {gap.since:%Y-%m-%d %H:%MZ} to {gap.until:%Y-%m-%d %H:%MZ}" for gap in read.gaps)
    return said + lost


def _moment(flag: str, said: str | None) -> datetime | None:
    """A day or a time; one without a zone is UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(said) if said else None
    except ValueError:
        raise UsageError(
            f"{flag} {said!r} is no day or ISO 8601 time, such as 2026-10-17 or 2026-10-17T06:15Z"
        ) from None
    return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"

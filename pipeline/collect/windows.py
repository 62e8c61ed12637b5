"""Which spans of a stream to read next, from what was finished before. Pure functions; all spans include both ends.

Events can be read only some time after they happen. An instant is settled once a window that holds it was read at least
`overlap` later; what is not settled is read again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import Window
from ..store.coverage import merge, subtract

LONGEST = timedelta(days=1)
"""No window is longer: what must be read again after a fault stays small."""

RESWEEP_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Finished:
    """A window read to its end: its span, the server's time at its last answer, the run that read it, what it held."""

    since: datetime
    until: datetime
    finished_at: datetime
    run_id: str
    items: int = 0
    pages: int = 0
    backfill: bool = False
    """Asked for by itself; it is no part of what is collected from run to run."""


@dataclass(frozen=True)
class Plan:
    """`windows` to read, oldest first; `lost` spans that were not read and no longer can be."""

    windows: tuple[Window, ...]
    lost: tuple[Window, ...]


def plan(
    finished: Sequence[Finished],
    gaps: Sequence[Window],
    now: datetime,
    reach: timedelta,
    overlap: timedelta,
    resweep: timedelta,
    spots: Sequence[Window] = (),
) -> Plan:
    """What to read at server time `now`, when the service keeps events for `reach`.

    On a first run that is everything in reach, and nothing before it counts as lost. A gap that has come into reach,
    since a licence did, is tried. `spots` are small spans that failed before: each is a window of its own, so that it
    spoils no other.
    """
    now = whole(now)
    horizon = now - reach
    wanted = list(subtract(Window(horizon, now), settled(finished, overlap)))
    length = min(resweep, reach)
    if length and _is_resweep_due(finished, now, length, spots):
        wanted.append(Window(max(horizon, _last(finished, now) - length), now))
    windows = tuple(piece for span in merge(wanted) for part in around(span, spots) for piece in split(part))
    return Plan(windows, tuple(_lost(finished, gaps, horizon, overlap)))


def split(span: Window) -> Iterator[Window]:
    """`span` in pieces of at most a day; neighbours share an instant, since both of a window's ends belong to it."""
    since = span.since
    while span.until - since > LONGEST:
        yield Window(since, since + LONGEST)
        since += LONGEST
    yield Window(since, span.until)


def around(span: Window, spots: Iterable[Window]) -> Iterator[Window]:
    """`span` cut at both ends of every one of `spots`, in order."""
    ends = {end for spot in spots for end in (spot.since, spot.until) if span.since < end < span.until}
    marks = [span.since, *sorted(ends), span.until]
    yield from (Window(since, until) for since, until in itertools.pairwise(marks))


def settled(finished: Iterable[Finished], overlap: timedelta) -> Iterator[Window]:
    """The spans of which nothing more is expected: each was read at least `overlap` after its end."""
    for window in finished:
        until = min(window.until, whole(window.finished_at - overlap))
        if until > window.since:
            yield Window(window.since, until)


def whole(moment: datetime) -> datetime:
    """The second that `moment` lies in."""
    return moment.replace(microsecond=0)


def _is_resweep_due(finished: Sequence[Finished], now: datetime, length: timedelta, spots: Sequence[Window]) -> bool:
    """Whether no run of the last day read a span of `length` in one go, small spots apart."""
    recent = [window for window in finished if now - window.until < RESWEEP_EVERY and not window.backfill]
    for run_id in {window.run_id for window in recent}:
        spans = merge([*(Window(w.since, w.until) for w in finished if w.run_id == run_id), *spots])
        if any(span.until - span.since >= length and now - span.until < RESWEEP_EVERY for span in spans):
            return False
    return True


def _last(finished: Sequence[Finished], now: datetime) -> datetime:
    """From when a sweep counts back: now, or the last run before an outage, since what came late then was not read."""
    newest = max((window.until for window in finished if not window.backfill), default=now)
    return now if now - newest <= RESWEEP_EVERY else newest


def _lost(
    finished: Sequence[Finished], gaps: Sequence[Window], horizon: datetime, overlap: timedelta
) -> Iterator[Window]:
    """What is out of reach and was never settled: read too early for its late events, or not at all."""
    begun = [window.since for window in finished if not window.backfill]
    if begun and min(begun) < horizon:
        yield from subtract(Window(min(begun), horizon), [*settled(finished, overlap), *gaps])

"""Which spans of a stream to read next, from what was finished before. Pure functions; all spans include both ends.

Events can be read only some time after they happen. An instant is settled once a window that holds it was read at least
`overlap` later; what is not settled is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import Window
from ..store.coverage import merge

LONGEST = timedelta(days=1)
"""No window is longer: what must be read again after a fault stays small."""

RESWEEP_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Finished:
    """A window read to its end: its span, the server's time at its last answer, and the run that read it."""

    since: datetime
    until: datetime
    finished_at: datetime
    run_id: str


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
) -> Plan:
    """What to read at server time `now`, when the service keeps events for `reach`.

    On a first run that is everything in reach, and nothing before it counts as lost.
    """
    now = _whole(now)
    horizon = now - reach
    known = [*_settled(finished, overlap), *gaps]
    wanted = list(subtract(Window(horizon, now), known))
    length = min(resweep, reach)
    if length and _is_resweep_due(finished, now, length):
        wanted.append(Window(now - length, now))
    windows = tuple(piece for span in merge(wanted) for piece in split(span))
    return Plan(windows, tuple(_lost(finished, gaps, horizon)))


def split(span: Window) -> Iterator[Window]:
    """`span` in pieces of at most a day; neighbours share an instant, since both of a window's ends belong to it."""
    since = span.since
    while span.until - since > LONGEST:
        yield Window(since, since + LONGEST)
        since += LONGEST
    yield Window(since, span.until)


def subtract(span: Window, spans: Iterable[Window]) -> Iterator[Window]:
    """What of `span` lies outside `spans`, in order; the cut ends belong to both sides."""
    since = span.since
    for taken in merge(spans):
        if taken.until <= since:
            continue
        if taken.since >= span.until:
            break
        if taken.since > since:
            yield Window(since, taken.since)
        since = taken.until
    if since < span.until:
        yield Window(since, span.until)


def _settled(finished: Iterable[Finished], overlap: timedelta) -> Iterator[Window]:
    for window in finished:
        until = min(window.until, _whole(window.finished_at - overlap))
        if until > window.since:
            yield Window(window.since, until)


def _is_resweep_due(finished: Sequence[Finished], now: datetime, length: timedelta) -> bool:
    """Whether no run of the last day read a span of `length` in one go."""
    recent = [window for window in finished if now - window.until < RESWEEP_EVERY]
    for run_id in {window.run_id for window in recent}:
        spans = merge(Window(w.since, w.until) for w in finished if w.run_id == run_id)
        if any(span.until - span.since >= length and now - span.until < RESWEEP_EVERY for span in spans):
            return False
    return True


def _lost(finished: Sequence[Finished], gaps: Sequence[Window], horizon: datetime) -> Iterator[Window]:
    if not finished:
        return
    first = min(window.since for window in finished)
    if first < horizon:
        read = [Window(window.since, window.until) for window in finished]
        yield from subtract(Window(first, horizon), [*read, *gaps])


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)

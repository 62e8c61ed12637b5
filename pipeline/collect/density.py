"""How long a window may be, so that reading it stays around thirty pages."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..model import Window
from .windows import LONGEST, Finished

AIM_PAGES = 30
"""A walk of this length takes a minute at the rate allowed: little to repeat, and few pages only partly filled."""

SPARE = 0.1
"""Of a page, so that a window as dense as its neighbour does not just need one page more."""

MOST_PAGES = 4 * AIM_PAGES
"""A walk that comes this far is given up for shorter ones."""

EARLY_PAGES = 3
"""As long as so few pages were read, giving up a walk that will be too long costs little."""

SHORTEST = timedelta(minutes=1)
"""Windows are not made shorter than this for their number of events alone."""

ASKED = 999
"""Events a page, where its windows do not say otherwise."""


@dataclass
class Density:
    """What windows read so far say about the pages a span takes."""

    _seen: list[tuple[Window, float]] = field(default_factory=list)

    @classmethod
    def of(cls, finished: Iterable[Finished]) -> Density:
        """What earlier windows say; the newest reading of a span comes last and counts most."""
        density = cls()
        for each in sorted(finished, key=lambda each: each.finished_at):
            density.learn(Window(each.since, each.until), each.pages, each.items)
        return density

    def learn(self, window: Window, pages: int, items: int) -> None:
        """Take in one more finished window."""
        seconds = (window.until - window.since).total_seconds()
        if seconds >= SHORTEST.total_seconds():
            is_as_asked = pages <= math.ceil(items / ASKED) or pages <= 1
            self._seen.append((window, (items / ASKED if is_as_asked else pages) / seconds))

    def length(self, at: datetime) -> timedelta:
        """How long a window that begins or ends `at` may be: by the nearest one known, a day where none is."""
        if not self._seen:
            return LONGEST
        _, rate = min(reversed(self._seen), key=lambda seen: _distance(seen[0], at))
        return fitting(rate)


def fitting(pages_per_second: float) -> timedelta:
    """The length in whole seconds at which a span of this density takes the pages aimed at."""
    if pages_per_second * LONGEST.total_seconds() <= AIM_PAGES:
        return LONGEST
    return max(SHORTEST, timedelta(seconds=int((AIM_PAGES - SPARE) / pages_per_second)))


def outlook(window: Window, pages: int, items: int, seen: Window) -> timedelta | None:
    """How long the window should have been, where a walk in order of time should be given up after `pages` pages.

    `seen` spans from the first to the last of the `items` so far; how dense they lie there is taken for the rest of the
    window. None: go on.
    """
    if window.until - window.since <= SHORTEST:
        return None
    passed = max((seen.until - seen.since).total_seconds(), 1.0)
    a_page = passed / max(items - 1, 1) * items / pages
    expected = pages + max((window.until - seen.until).total_seconds(), 0.0) / a_page
    is_cheap = pages <= EARLY_PAGES or pages <= expected / 20
    if pages >= MOST_PAGES or (is_cheap and expected > 2 * AIM_PAGES):
        return min(fitting(1 / a_page), max((window.until - window.since) / 2, SHORTEST))
    return None


def cut(span: Window, length: timedelta, *, newest_first: bool) -> tuple[Window, Window | None]:
    """A piece of `span` of about `length` from the end that is read first, and what is left of it.

    What would be left over shorter than half a piece is shared evenly instead, so that no window is needlessly small.
    """
    whole_length = span.until - span.since
    if whole_length <= length:
        return span, None
    if whole_length < 1.5 * length:
        length = timedelta(seconds=int(whole_length.total_seconds() // 2) or 1)
    if newest_first:
        return Window(span.until - length, span.until), Window(span.since, span.until - length)
    return Window(span.since, span.since + length), Window(span.since + length, span.until)


def _distance(seen: Window, at: datetime) -> timedelta:
    return max(seen.since - at, at - seen.until, timedelta(0))

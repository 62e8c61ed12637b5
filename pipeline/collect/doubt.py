"""Whole answers that lack much of what stood before: held, told, and taken once they are confirmed.

An answer can be complete and wrong: a service half way through an outage, a permission that was narrowed. Taken at its
word it would read as everybody having lost everything, and resolve findings by the hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

FEW = 20
"""So many items may go without a question, as long as some stay."""

EMPTY_ANSWERS, EMPTY_FOR = 3, timedelta(hours=24)
"""An empty answer counts when it came so often in a row, and the first so long ago."""

SHRUNK_FOR = timedelta(minutes=10)
"""A shrunk one counts when it came twice in a row, with so much time between."""

Counts = Mapping[str | None, int]
"""Items by parent; a list of the whole tenant has one, None."""


@dataclass(frozen=True)
class Held:
    """An answer that was held, and when the server gave it."""

    counts: Counts
    at: datetime


def lack(before: Counts, now: Counts) -> str | None:
    """What makes an answer doubtful after `before`: nothing left, or more than half and more than a few gone.

    A parent is compared with itself where both have it; one that is gone was said to be gone, and counts in the whole.
    """
    was, left = sum(before.values()), sum(now.values())
    if was and not left:
        return f"an empty answer where {was} stood before"
    if _collapsed(was, left):
        return f"{left} items where {was} stood before"
    fallen = [parent for parent in before if parent in now and _collapsed(before[parent], now[parent])]
    return f"{now[fallen[0]]} items of {fallen[0]} where {before[fallen[0]]} stood before" if fallen else None


def confirmation(now: Counts, held: Iterable[Held], at: datetime) -> str | None:
    """Why a doubtful answer is taken after those `held` since the current one, newest first; None: it is held too."""
    alike = list[Held]()
    for earlier in held:
        if lack(earlier.counts, now) or lack(now, earlier.counts):
            break
        alike.append(earlier)
    empty = not sum(now.values())
    times, span = (EMPTY_ANSWERS, EMPTY_FOR) if empty else (2, SHRUNK_FOR)
    if len(alike) + 1 < times or at - alike[-1].at < span:
        return None
    return f"the same came {len(alike) + 1} times in a row since {alike[-1].at:%Y-%m-%dT%H:%M:%SZ}"


def condition(now: Counts) -> str:
    """What it takes until such an answer counts, for who reads that it is held."""
    if sum(now.values()):
        return "it counts if the next run is told the same"
    hours = int(EMPTY_FOR.total_seconds() // 3600)
    return f"it counts once it came {EMPTY_ANSWERS} times in a row over {hours} hours"


def _collapsed(was: int, left: int) -> bool:
    return was - left > FEW and 2 * left < was

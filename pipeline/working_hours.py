"""Working hours as the configuration writes them: `mon-fri 07:00-19:00`, several of them in a list, or `never`.

Hours are half-open: 19:00 is no longer at work. A span whose end is not after its start crosses midnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60

_SPAN = re.compile(r"(?P<days>[a-z,\- ]+?)\s+(?P<opens>\d{1,2}:\d\d)\s*-\s*(?P<closes>\d{1,2}:\d\d)")


@dataclass(frozen=True, order=True)
class Shift:
    """Minutes of one local weekday on which people work.

    `weekday` is ISO (1 Monday) and is the day the minutes fall on; `opens` counts from local midnight, `closes` is
    exclusive and at most 1440. `offset` is -1 for the part after midnight of a shift that began the day before, whose
    holidays count then; else 0.
    """

    weekday: int
    opens: int
    closes: int
    offset: int = 0


def shifts(text: str | Sequence[str]) -> tuple[Shift, ...]:
    """The shifts of a week in order, none for `never` or an empty list. Raises ValueError naming the part at fault."""
    parts = (text,) if isinstance(text, str) else tuple(text)
    return tuple(sorted({shift for part in parts for shift in _shifts(part)}))


def _shifts(text: str) -> Iterator[Shift]:
    plain = text.strip().lower()
    if plain == "never":
        return
    match = _SPAN.fullmatch(plain)
    if not match:
        raise ValueError(f"{text!r} is not of the form 'mon-fri 07:00-19:00'")
    opens, closes = _minutes(match["opens"]), _minutes(match["closes"])
    if opens in (closes, MIDNIGHT):
        raise ValueError(f"{text!r} is empty; a whole day is 00:00-24:00")
    for day in _days(match["days"]):
        if opens < closes:
            yield Shift(day, opens, closes)
            continue
        yield Shift(day, opens, MIDNIGHT)
        if closes:
            yield Shift(day % 7 + 1, 0, closes, -1)


def _days(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = (piece.strip() for piece in part.partition("-"))
        start, count = _day(first), (_day(last or first) - _day(first)) % 7 + 1
        yield from ((start + step) % 7 + 1 for step in range(count))


def _day(name: str) -> int:
    if name not in DAYS:
        raise ValueError(f"{name!r} is no day of the week; write {', '.join(DAYS)}")
    return DAYS.index(name)


def _minutes(clock: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    if minutes > 59 or hours * 60 + minutes > MIDNIGHT:
        raise ValueError(f"{clock!r} is no time of day")
    return hours * 60 + minutes

"""Items that say themselves until when they stand: what has ended is not missing."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ..decoders import decoder

LINGERS = timedelta(hours=1)
"""An item that was told so long after its end, or longer, does not go by that end."""


class _Ending(msgspec.Struct):
    at: datetime | None = msgspec.field(name="endDateTime", default=None)


_ending = decoder(_Ending)


def has_ended(item: bytes | msgspec.Raw, told: datetime, now: datetime) -> bool:
    """Whether an item that was `told` has ended by `now`, both times of the server's.

    One whose end is null, no time with a zone, or had long passed when it was told has none.
    """
    try:
        end = _ending.decode(item).at
    except ValueError:
        return False
    return end is not None and end.tzinfo is not None and end <= now and told - end < LINGERS

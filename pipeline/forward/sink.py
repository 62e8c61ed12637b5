"""What a sink is: it takes parcels in order and says, piece by piece, what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..store.outbox import Key


@dataclass(frozen=True)
class Parcel:
    """A revision on its way: the JSON object every sink gets, on one line and without its line end."""

    key: Key
    line: bytes


@dataclass(frozen=True)
class Sent:
    """The sink has these."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Refused:
    """The sink will never take these."""

    keys: tuple[Key, ...]
    error: str


@dataclass(frozen=True)
class Waits:
    """These and all after them wait for another run. `held`: until somebody puts right what `error` says."""

    keys: tuple[Key, ...]
    error: str
    held: bool


Outcome = Sent | Refused | Waits


class Sink(Protocol):
    """A place alerts go to."""

    @property
    def name(self) -> str:
        """As the outbox spells it."""

    @property
    def per_5_min(self) -> int | None:
        """Alerts it may get in five minutes; None: no limit."""

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Outcome]:
        """Send `parcels` in order. Each outcome is final when it comes out, and nothing follows a `Waits`."""

    def beat(self, line: bytes) -> Waits | None:
        """Send a heartbeat record; None where it arrived or the sink keeps none."""

    def close(self) -> None:
        """Give up connections; the sink can be used again afterwards."""

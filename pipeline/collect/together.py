"""All endpoints of a table: lists are fetched several at a time, and everything is on record in the table's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ..errors import PimtrailError, UnfinishedError
from .ahead import ahead
from .endpoint import GROUPS, Endpoint, Kind
from .faults import NoParentsError, RefusedError
from .snapshots import list_fetching, parents_fetching
from .streams import collect_stream
from .walk import Fetched, Task, note_skip

IN_FLIGHT = 4
"""Endpoints under way at once: the one being written, and those fetched meanwhile."""


@dataclass(frozen=True)
class _Here:
    """What is left to do where the record is written, with nothing fetched before."""

    land: Callable[[], object]

    def close(self) -> None:
        """Holds nothing."""


def collect_all(task: Task, table: Sequence[Endpoint], in_flight: int = IN_FLIGHT) -> list[str]:
    """Collect what is due; returns a line for each endpoint that did not finish.

    Raises AccessError where the token itself is refused, and StorageError.
    """
    lines = list[str]()
    for wave in waves(table):
        jobs = (_job(task, endpoint) for endpoint in wave)
        with closing(ahead(jobs, in_flight)) as outcomes:  # type: ignore[type-var]
            for endpoint, outcome in zip(wave, outcomes, strict=True):
                lines += _told(task, endpoint, lambda outcome=outcome: outcome.result().land())  # type: ignore[misc]
    return lines


def waves(table: Iterable[Endpoint]) -> Iterator[list[Endpoint]]:
    """The table in runs of endpoints none of which needs what another of the same run brings.

    The first, the licences, is needed by all that follow; parents before those that ask about them; whoever asks about
    groups needs every list of the whole tenant before it, the audit log, and owners also the members.
    """
    wave = list[Endpoint]()
    for endpoint in table:
        if wave and _needs(endpoint, wave):
            yield wave
            wave = []
        wave.append(endpoint)
    if wave:
        yield wave


def _needs(endpoint: Endpoint, wave: Sequence[Endpoint]) -> bool:
    names = {before.name for before in wave}
    if "subscribed_skus" in names or endpoint.parents in names:
        return True
    if endpoint.parents == GROUPS:
        return any(before.parents is None for before in wave) or "group_members" in names
    return False


def _job(task: Task, endpoint: Endpoint) -> Callable[[], Fetched | _Here]:
    """What to do in a thread. What cannot even be begun is told where it would have been landed."""
    if endpoint.kind is Kind.STREAM:
        return lambda: _Here(lambda: collect_stream(task, endpoint))
    prepare = list_fetching if endpoint.kind is Kind.WHOLE else parents_fetching
    try:
        return prepare(task, endpoint) or (lambda: _Here(lambda: None))
    except PimtrailError as error:
        return lambda error=error: _raise(error)  # type: ignore[misc]


def _raise(error: PimtrailError) -> _Here:
    raise error


def _told(task: Task, endpoint: Endpoint, land: Callable[[], object]) -> Iterator[str]:
    """A line where it did not finish; a refusal is a skip on record."""
    try:
        land()
    except NoParentsError as refusal:
        note_skip(task, endpoint.name, str(refusal))
    except RefusedError as refusal:
        note_skip(task, endpoint.name, f"{refusal} (needs {endpoint.wanted})")
    except UnfinishedError as error:
        yield f"{endpoint.name}: {error}"

"""Twenty questions in one request, and their answers one by one.

Each sub-request counts and is throttled on its own, so a batch saves journeys, not quota. Answers come in any order
and are given out in the order asked. What a batch cannot give (a host that has none, an answer too large or not to be
taken apart) is asked for one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..decoders import decoder
from ..store.segments import Answer
from .calls import TRIES, is_busy, reason, retry_after
from .endpoints import Endpoint
from .faults import AbsentError, BrokenWalkError, OutageError, OversizeError
from .http import Reply
from .walk import Task, pages

SIZE = 20
"""Sub-requests of one batch; Graph takes no more."""


class _Part(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, Any] = msgspec.field(default_factory=dict)
    body: msgspec.Raw = msgspec.Raw()


class _Parts(msgspec.Struct):
    responses: list[_Part]


def pages_of_each(
    task: Task, endpoint: Endpoint, asked: Sequence[tuple[str, str]], absent: list[str]
) -> Iterator[Answer]:
    """All pages of every (parent, address) in their order; a parent that no longer exists goes to `absent` instead.

    Raises what `pages` raises.
    """
    for start in range(0, len(asked), SIZE):
        some = asked[start : start + SIZE]
        replies = _replies(task, endpoint, [address for _, address in some])
        for number, (parent, address) in enumerate(some):
            try:
                yield from pages(task, endpoint, address, parent, replies.get(number))
            except AbsentError:
                absent.append(parent)


def _replies(task: Task, endpoint: Endpoint, addresses: Sequence[str]) -> dict[int, Reply]:
    """The answers by the number of their address, passing faults tried again; what is missing is to be asked alone."""
    found: dict[int, Reply] = {}
    if len(addresses) == 1:
        return found
    for attempt in range(1, TRIES + 1):
        waiting = {number: address for number, address in enumerate(addresses) if number not in found}
        came = _ask(task, endpoint, waiting)
        busy = [reply for reply in came.values() if is_busy(reply)]
        found |= {number: reply for number, reply in came.items() if not is_busy(reply)}
        if any(reply.status == 429 for reply in busy):
            task.calls.throttled(endpoint.rate)
        if not busy:
            return {number: reply for number, reply in found.items() if reply.status != 401}
        if attempt < TRIES:
            task.calls.rest(attempt, max(retry_after(reply) or 0 for reply in busy), reason(busy[0]))
    raise OutageError(f"{reason(busy[0])} (after {TRIES} tries)")


def _ask(task: Task, endpoint: Endpoint, addresses: Mapping[int, str]) -> dict[int, Reply]:
    """One batch, once. Empty where this Graph takes none; raises BrokenWalkError for an answer that is none."""
    if not task.calls.batches:
        return {}
    try:
        whole = task.calls.batch(endpoint.version, _question(endpoint, addresses), endpoint.rate, len(addresses))
    except OversizeError:
        return {}
    if whole.status != 200:
        task.calls.batches = False
        return {}
    try:
        return {number: _reply(part, whole) for number, part in _parts(whole, addresses).items()}
    except ValueError as error:
        task.calls.batches = False
        url, at = task.calls.graph.url(f"/{endpoint.version}/$batch"), whole.server_time
        raise BrokenWalkError(f"an answer that is no batch: {error}", url, whole.body, at) from error


def _question(endpoint: Endpoint, addresses: Mapping[int, str]) -> bytes:
    version = f"/{endpoint.version}"
    requests = [
        {"id": str(number), "method": "GET", "url": address.removeprefix(version)}
        for number, address in addresses.items()
    ]
    return msgspec.json.encode({"requests": requests})


def _parts(whole: Reply, addresses: Mapping[int, str]) -> dict[int, _Part]:
    """The parts by number. Raises ValueError unless there is exactly one for each address."""
    try:
        parts = decoder(_Parts).decode(whole.body).responses
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    numbers = {str(number): number for number in addresses}
    if sorted(part.id for part in parts) != sorted(numbers):
        raise ValueError(f"it answers {len(parts)} requests with other ids than the {len(numbers)} asked")
    return {numbers[part.id]: part for part in parts}


def _reply(part: _Part, whole: Reply) -> Reply:
    """A part as if it had come alone; the time is that of the batch."""
    headers = {name.lower(): str(value) for name, value in part.headers.items()}
    headers.setdefault("content-type", whole.headers.get("content-type", ""))
    return Reply(part.status, headers, bytes(part.body), whole.server_time)

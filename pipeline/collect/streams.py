"""Streams: one window, one walk, one segment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from ..errors import UnfinishedError
from ..model import Window
from ..store import Store
from ..store.ledger import GapEntry
from ..store.segments import Answer, SegmentWriter
from .endpoints import Endpoint
from .faults import OutageError
from .licence import is_premium, reach
from .walk import Task, Walked, land, pages
from .windows import Finished, Plan, plan

_TICK = timedelta(seconds=1)


class _Target(msgspec.Struct):
    id: str | None = None
    type: str | None = None


class _Event(msgspec.Struct):
    at: datetime | None = msgspec.field(name="activityDateTime", default=None)


class _GroupEvent(msgspec.Struct):
    category: str | None = None
    targets: list[_Target] | None = msgspec.field(name="targetResources", default=None)


_event = msgspec.json.Decoder(_Event)
_group_event = msgspec.json.Decoder(_GroupEvent)


def collect_stream(task: Task, endpoint: Endpoint) -> None:
    """Read every window that is due, oldest first, and note spans that are out of reach as gaps.

    Raises UnfinishedError naming the windows that did not finish; the others are kept. Where nothing was read before,
    the first failure ends it, so that the record never begins behind an unfinished window.
    """
    before = finished(task.store, endpoint.name)
    due = _plan(task, endpoint, before)
    for lost in due.lost:
        reason = "older than the audit log reaches back"
        entry = GapEntry(endpoint.name, task.run_id, lost.since, lost.until, reason, task.server_now)
        task.store.ledger.append(entry)
    faults, is_anchored = [], bool(before)
    for window in due.windows:
        try:
            _read(task, endpoint, window)
            is_anchored = True
        except UnfinishedError as error:
            faults.append(f"{window.since:%Y-%m-%dT%H:%MZ} to {window.until:%Y-%m-%dT%H:%MZ}: {error}")
            if isinstance(error, OutageError) or not is_anchored:
                break
    if faults:
        raise UnfinishedError("; ".join(faults))


def finished(store: Store, source: str) -> list[Finished]:
    """All windows of a stream that were read to their end."""
    rows = store.rows('SELECT since, until, finished_at, run_id FROM "window" WHERE source = ?', [source])
    return [Finished(**row) for row in rows]


def gaps(store: Store, source: str) -> list[Window]:
    """The spans of a stream noted as lost."""
    return [Window(**row) for row in store.rows("SELECT since, until FROM gap WHERE source = ?", [source])]


def _plan(task: Task, endpoint: Endpoint, before: list[Finished]) -> Plan:
    return plan(
        before,
        gaps(task.store, endpoint.name),
        task.server_now,
        reach(is_premium(task.held)),
        task.options.overlap,
        task.options.resweep,
    )


def _read(task: Task, endpoint: Endpoint, window: Window) -> None:
    address = endpoint.address(since=_literal(window.since), until=_literal(window.until))

    def walk() -> Iterator[Answer]:
        for answer in pages(task, endpoint, address):
            _examine(task, answer, window)
            yield answer

    def finish(writer: SegmentWriter, walked: Walked) -> None:
        until = min(window.until, walked.started_at)
        if until <= window.since:
            raise UnfinishedError("it lies ahead of the server's clock")
        writer.commit(window.since, until)
        if walked.items:  # the next window begins with the last instant of this one
            task.store.adopt()

    land(task, endpoint, walk, task.held.known_around(endpoint.name, window), finish)


def _examine(task: Task, answer: Answer, window: Window) -> None:
    """Prove that the filter was applied, and note the groups that PIM events name."""
    for item in answer.sliced.items:
        moment = _occurred(item)
        if moment is not None and not window.since - _TICK <= moment <= window.until + _TICK:
            raise UnfinishedError(
                f"an event of {moment:%Y-%m-%dT%H:%M:%SZ} outside the window: the filter was not applied"
            )
        if b"GroupManagement" in item and b"PIM" in item:
            task.groups_seen.update(_groups(item))


def _occurred(item: bytes) -> datetime | None:
    """When an event happened; None where it does not say so in a form we read, which is for `normalise` to judge."""
    try:
        moment = _event.decode(item).at
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None


def _groups(item: bytes) -> Iterator[str]:
    try:
        event = _group_event.decode(item)
    except ValueError:
        return
    if event.category == "GroupManagement":
        yield from (target.id for target in event.targets or () if target.type == "Group" and target.id)


def _literal(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

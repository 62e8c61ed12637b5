"""Snapshots: a whole list in one walk. Only a complete one becomes current, and an unchanged one is a reference.

One that lacks much of what stood before is on record, but held: it becomes current only once it is confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import UnfinishedError
from ..store.segments import Answer, SegmentWriter
from .batch import pages_of_each
from .current import Snapshot, counts
from .doubt import condition, confirmation, lack
from .endpoints import Endpoint
from .groups import groups_among
from .licence import is_premium
from .parents import parents_of
from .walk import Fetched, Task, Walked, fetch, note_skip, pages

Fetching = Callable[[], Fetched]
"""The part of a collection that any thread may do; what it gives is landed where the record is written."""


def list_fetching(task: Task, endpoint: Endpoint) -> Fetching | None:
    """How to read a list of the whole tenant; None if it is not due."""
    before = task.held.newest(endpoint.name)
    if not endpoint.is_due(before.finished_at if before else None, task.server_now):
        return None
    address = endpoint.address(premium=bool(endpoint.premium_select) and is_premium(task.held))

    def finish(writer: SegmentWriter, walked: Walked) -> None:
        _commit(task, endpoint, writer, walked, before)

    known = task.held.known(endpoint.name)
    return lambda: fetch(task, endpoint, lambda: pages(task, endpoint, address), known, finish)


def parents_fetching(task: Task, endpoint: Endpoint) -> Fetching | None:
    """How to read one list for each parent, all as one walk; None if it is not due and no parent is new.

    A parent that no longer exists has no page and is noted. Raises NoParentsError.
    """
    before = task.held.newest(endpoint.name)
    parents = parents_of(task, endpoint)
    if not endpoint.is_due(before.finished_at if before else None, task.server_now) and not parents.has_new:
        return None
    absent: list[str] = []

    def finish(writer: SegmentWriter, walked: Walked) -> None:
        if absent:
            note_skip(task, endpoint.name, f"{endpoint.parents} that no longer exist (404): {', '.join(absent)}")
        _commit(task, endpoint, writer, walked, before)

    known = task.held.known(endpoint.name)
    return lambda: fetch(task, endpoint, lambda: _over(task, endpoint, parents.keys, absent), known, finish)


def _over(task: Task, endpoint: Endpoint, parents: list[str], absent: list[str]) -> Iterator[Answer]:
    """The pages of every parent, and for members also of the groups found nested on the way."""
    absent.clear()
    waiting, asked = parents, set(parents)
    while waiting:
        nested: dict[str, None] = {}
        questions = [(parent, endpoint.of(parent)) for parent in waiting]
        for answer in pages_of_each(task, endpoint, questions, absent):
            if endpoint.name == "group_members":
                nested |= dict.fromkeys(found for found in groups_among(answer.sliced.items) if found not in asked)
            yield answer
        asked.update(nested)
        waiting = list(nested)


def _commit(task: Task, endpoint: Endpoint, writer: SegmentWriter, walked: Walked, before: Snapshot | None) -> None:
    """Make the walk part of the record. Raises UnfinishedError where it is held."""
    pages = task.held.parents(endpoint.name)
    doubt = _doubt(task, endpoint, walked)
    if doubt is not None:
        _commit_doubtful(task, endpoint, writer, walked, doubt)
        return
    is_same = before is not None and writer.content() == before.content
    if is_same and before is not None and pages == list(walked.pages):
        is_to_the_byte = writer.answers() == before.answers_sha256
        writer.commit(same=before.holder, is_to_the_byte=is_to_the_byte, at=task.server_now)
    else:
        writer.commit(at=task.server_now)


def _doubt(task: Task, endpoint: Endpoint, walked: Walked) -> str | None:
    """What makes the walk doubtful. Items are read only where their number alone does, so hardly ever."""
    before, now = counts(task.held.parents(endpoint.name)), counts(walked.pages)
    doubt = lack(before, now)
    if doubt is None or not endpoint.has_ends:
        return doubt
    standing = task.held.standing(endpoint.name, walked.finished_at)
    doubt, ended = lack(standing, now), sum(before.values()) - sum(standing.values())
    return f"{doubt}, beside {ended} that have ended" if doubt and ended else doubt


def _commit_doubtful(task: Task, endpoint: Endpoint, writer: SegmentWriter, walked: Walked, doubt: str) -> None:
    now = counts(walked.pages)
    held = task.held.doubted(endpoint.name, walked.finished_at if endpoint.has_ends else None)
    why = confirmation(now, held, task.server_now)
    if why is None and endpoint.name in task.accept:
        why = "accepted by the operator"
    if why is not None:
        writer.commit(at=task.server_now, accepted=f"{doubt}; {why}")
        return
    writer.commit(at=task.server_now, held=doubt)
    raise UnfinishedError(
        f"{doubt}: held, the earlier answer stays current; {condition(now)}, "
        f"or at once with `pimtrail collect --accept {endpoint.name}`"
    )

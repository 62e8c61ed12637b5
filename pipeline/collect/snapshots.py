"""Snapshots: a whole list in one walk. Only a complete one becomes current, and an unchanged one is a reference."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UnfinishedError
from ..store.segments import Answer, SegmentWriter
from .batch import pages_of_each
from .current import Snapshot
from .endpoints import Endpoint
from .faults import NoGroupsError
from .groups import asked_before, groups_among, groups_that_matter, in_order
from .licence import is_premium
from .walk import Task, Walked, land, note_skip, pages


def collect_list(task: Task, endpoint: Endpoint) -> None:
    """Read a list of the whole tenant if it is due. Raises UnfinishedError, RefusedError."""
    before = task.held.newest(endpoint.name)
    if not endpoint.is_due(before.finished_at if before else None, task.server_now):
        return
    address = endpoint.address(premium=bool(endpoint.premium_select) and is_premium(task.held))

    def finish(writer: SegmentWriter, walked: Walked) -> None:
        if before and before.items and not walked.items:
            raise UnfinishedError(f"an empty answer where {before.items} stood before; the earlier one stays current")
        _commit(task, endpoint, writer, walked, before)

    land(task, endpoint, lambda: pages(task, endpoint, address), task.held.known(endpoint.name), finish)


def collect_per_group(task: Task, endpoint: Endpoint) -> None:
    """Read one list for each group that matters, all as one walk, if it is due or a group is new.

    A group once asked is asked until it is gone, so that a shorter list of groups never reads as emptied groups. One
    that no longer exists has no page and is noted. Raises UnfinishedError, RefusedError.
    """
    before = task.held.newest(endpoint.name)
    asked = asked_before(task.held, endpoint.name)
    chosen = _choose(task, endpoint, asked)
    is_due = endpoint.is_due(before.finished_at if before else None, task.server_now)
    if not is_due and not task.choices[endpoint.in_pim].existing.intersection(chosen) - asked:
        return
    if not chosen:
        raise NoGroupsError(_why_none(task))
    absent: list[str] = []

    def finish(writer: SegmentWriter, walked: Walked) -> None:
        if not walked.pages:
            raise NoGroupsError(f"none of the {len(chosen)} groups asked about exists any more")
        _commit(task, endpoint, writer, walked, before)

    land(task, endpoint, lambda: _over(task, endpoint, chosen, absent), task.held.known(endpoint.name), finish)
    if absent:
        note_skip(task, endpoint.name, f"groups that no longer exist (404): {', '.join(absent)}")


def _choose(task: Task, endpoint: Endpoint, asked: set[str]) -> list[str]:
    """The groups that matter, that PIM events name and that were asked before; for owners also the nested ones."""
    in_pim = endpoint.in_pim
    if in_pim not in task.choices:
        task.choices[in_pim] = groups_that_matter(task.held, task.tenant, in_pim=in_pim)
    nested: set[str] = set()
    if not in_pim:
        task.held.refresh()
        nested = asked_before(task.held, "group_members")
    return in_order(task.choices[in_pim].matter | task.groups_seen | asked | nested)


def _over(task: Task, endpoint: Endpoint, groups: list[str], absent: list[str]) -> Iterator[Answer]:
    """The pages of every group, and for members also of the groups found nested on the way."""
    absent.clear()
    waiting, asked = groups, set(groups)
    while waiting:
        nested: dict[str, None] = {}
        questions = [(group, endpoint.address(group=group)) for group in waiting]
        for answer in pages_of_each(task, endpoint, questions, absent):
            if endpoint.name == "group_members":
                nested |= dict.fromkeys(found for found in groups_among(answer.sliced.items) if found not in asked)
            yield answer
        asked.update(nested)
        waiting = list(nested)


def _why_none(task: Task) -> str:
    if task.held.newest("group_resources") is None and task.held.newest("groups") is None:
        return "no group is known: neither the groups in PIM nor the tenant's groups could be listed"
    return "no group is in PIM, can hold or holds a role, or is named high impact"


def _commit(task: Task, endpoint: Endpoint, writer: SegmentWriter, walked: Walked, before: Snapshot | None) -> None:
    is_same = before is not None and writer.content() == before.content
    if is_same and before is not None and task.held.parents(endpoint.name) == list(walked.pages):
        writer.commit(same=before.holder, is_to_the_byte=writer.answers() == before.answers_sha256)
    else:
        writer.commit()

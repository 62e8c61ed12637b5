"""Who is asked about one by one: the parents of an endpoint that has a list for each of them.

A parent once asked is asked until it is gone, so that a shorter list of parents never reads as emptied ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .current import Holdings
from .endpoint import GROUPS, Endpoint
from .faults import NoParentsError
from .groups import groups_that_matter
from .walk import Task

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Parents:
    """Keys in order, and whether some exist that no walk has an answer of yet."""

    keys: list[str]
    has_new: bool


def parents_of(task: Task, endpoint: Endpoint) -> Parents:
    """The parents of an endpoint. Raises NoParentsError where nothing says whom to ask about."""
    task.held.refresh()
    asked = asked_before(task.held, endpoint.name)
    if endpoint.parents == GROUPS:
        return _groups(task, endpoint, asked)
    source = str(endpoint.parents)
    if task.held.newest(source) is None:
        raise NoParentsError(f"{source} could not be listed, so there is nothing to ask about")
    listed = in_order(task.held.keys(source))
    return Parents(in_order(asked.union(listed)), bool(set(listed) - asked))


def asked_before(held: Holdings, source: str) -> set[str]:
    """The parents that the newest walk of `source` has an answer of."""
    return {parent for parent, _ in held.parents(source) if parent}


def in_order(keys: Iterable[str]) -> list[str]:
    """The keys that may stand in a request, in lower case, each once."""
    lowered = {key.lower() for key in keys}
    return sorted(key for key in lowered if all(_GUID.fullmatch(part) for part in key.split("/")))


def _groups(task: Task, endpoint: Endpoint, asked: set[str]) -> Parents:
    """The groups that matter, that PIM events name and that were asked before; for owners also the nested ones."""
    in_pim = endpoint.in_pim
    if in_pim not in task.choices:
        task.choices[in_pim] = groups_that_matter(task.held, task.tenant, in_pim=in_pim)
    choice = task.choices[in_pim]
    nested = set() if in_pim else asked_before(task.held, "group_members")
    keys = in_order(choice.matter | task.groups_seen | asked | nested)
    if not keys:
        raise NoParentsError(_why_none(task))
    return Parents(keys, bool(choice.existing.intersection(keys) - asked))


def _why_none(task: Task) -> str:
    if task.held.newest("group_resources") is None and task.held.newest("groups") is None:
        return "no group is known: neither the groups in PIM nor the tenant's groups could be listed"
    return "no group is in PIM, can hold or holds a role, or is named high impact"

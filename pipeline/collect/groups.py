"""Which groups are asked about one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from ..config import Tenant
from ..store import Store
from .current import items, newest, parents
from .endpoints import Endpoint

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HELD = (
    *("role_assignment_instances", "role_eligibility_instances"),
    *("group_assignment_instances", "group_eligibility_instances"),
)


class _Object(msgspec.Struct):
    id: str
    kind: str | None = msgspec.field(name="@odata.type", default=None)


class _Group(msgspec.Struct):
    id: str
    name: str | None = msgspec.field(name="displayName", default=None)
    is_assignable: bool | None = msgspec.field(name="isAssignableToRole", default=None)


class _Instance(msgspec.Struct):
    principal_id: str | None = msgspec.field(name="principalId", default=None)


def groups_to_ask(store: Store, tenant: Tenant, endpoint: Endpoint, seen: Iterable[str]) -> list[str]:
    """The groups to walk over for `endpoint`, in order.

    In PIM: onboarded, role-assignable, or named by a PIM event (`seen`). For members and owners also those that hold
    something, are named high impact, or are nested in one of these. A group once asked is asked until it is gone, so
    that a shorter list of groups never reads as emptied groups.
    """
    groups = {group.id.lower(): group for _, group in items(store, "groups", _Group)}
    chosen = {found.id for _, found in items(store, "group_resources", _Object)}
    chosen |= {ident for ident, group in groups.items() if group.is_assignable}
    chosen |= asked_before(store, endpoint.name) | set(seen)
    if not endpoint.in_pim or newest(store, "group_resources") is None:
        chosen |= _holding(store, groups) | _named(groups.values(), tenant.high_impact) | _nested(store)
    return sorted(ident for ident in {name.lower() for name in chosen} if _GUID.fullmatch(ident))


def are_new(store: Store, endpoint: Endpoint, chosen: Iterable[str]) -> bool:
    """Whether some of `chosen` exist and were not asked in the newest walk: reason enough to walk before it is due."""
    existing = {group.id.lower() for _, group in items(store, "groups", _Group)}
    return bool(existing.intersection(chosen) - asked_before(store, endpoint.name))


def asked_before(store: Store, source: str) -> set[str]:
    """The groups that the newest walk of `source` has an answer of."""
    snapshot = newest(store, source)
    return {parent for parent, _ in parents(store, snapshot) if parent} if snapshot else set()


def groups_among(items_: Iterable[bytes]) -> list[str]:
    """The groups in an answer of members, in their order: they are nested and asked as well."""
    members = (_member.decode(item) for item in items_)
    return [m.id.lower() for m in members if m.kind == "#microsoft.graph.group" and _GUID.fullmatch(m.id.lower())]


_member = msgspec.json.Decoder(_Object)


def _holding(store: Store, groups: Iterable[str]) -> set[str]:
    holders = {
        held.principal_id.lower()
        for source in _HELD
        for _, held in items(store, source, _Instance)
        if held.principal_id is not None
    }
    return holders.intersection(groups)


def _named(groups: Iterable[_Group], names: Iterable[str]) -> set[str]:
    wanted = {name.casefold() for name in names}
    return {group.id for group in groups if not wanted.isdisjoint({group.id.casefold(), (group.name or "").casefold()})}


def _nested(store: Store) -> set[str]:
    return {found.id for _, found in items(store, "group_members", _Object) if found.kind == "#microsoft.graph.group"}

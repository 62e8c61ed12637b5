"""Which groups are asked about one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from ..config import Tenant
from ..store import Store
from .current import items, newest, parents

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


def groups_that_matter(store: Store, tenant: Tenant, *, in_pim: bool) -> frozenset[str]:
    """Groups that the lists of the whole tenant give reason to ask about.

    For PIM: onboarded or role-assignable. Otherwise, and where the groups in PIM cannot be listed, also those that hold
    something or are named high impact.
    """
    groups = {group.id.lower(): group for group in items(store, "groups", _Group)}
    chosen = {found.id.lower() for found in items(store, "group_resources", _Object)}
    chosen |= {ident for ident, group in groups.items() if group.is_assignable}
    if not in_pim or newest(store, "group_resources") is None:
        chosen |= _holding(store, groups) | _named(groups, tenant.high_impact)
    return frozenset(chosen)


def asked_before(store: Store, source: str) -> set[str]:
    """The groups that the newest walk of `source` has an answer of."""
    snapshot = newest(store, source)
    return {parent for parent, _ in parents(store, snapshot) if parent} if snapshot else set()


def in_order(groups: Iterable[str]) -> list[str]:
    """The ids that may stand in a request, in lower case, each once."""
    return sorted(ident for ident in {name.lower() for name in groups} if _GUID.fullmatch(ident))


def existing(store: Store) -> set[str]:
    """All groups of the newest list."""
    return {group.id.lower() for group in items(store, "groups", _Group)}


def groups_among(items_: Iterable[bytes]) -> list[str]:
    """The groups in an answer of members, in their order: they are nested and asked as well."""
    members = (_member.decode(item) for item in items_)
    return [m.id.lower() for m in members if m.kind == "#microsoft.graph.group" and _GUID.fullmatch(m.id.lower())]


_member = msgspec.json.Decoder(_Object)


def _holding(store: Store, groups: Iterable[str]) -> set[str]:
    holders = (held.principal_id for source in _HELD for held in items(store, source, _Instance))
    return {holder.lower() for holder in holders if holder is not None}.intersection(groups)


def _named(groups: Mapping[str, _Group], names: Iterable[str]) -> set[str]:
    wanted = {name.casefold() for name in names}
    return {ident for ident, group in groups.items() if wanted & {ident, (group.name or "").casefold()}}

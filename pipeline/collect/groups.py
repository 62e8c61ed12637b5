"""Which groups are asked about one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from ..config import Tenant
from ..decoders import decoder
from .current import Holdings

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


@dataclass(frozen=True)
class Groups:
    """Ids in lower case: groups there is reason to ask about, and all that exist."""

    matter: frozenset[str]
    existing: frozenset[str]


def groups_that_matter(held: Holdings, tenant: Tenant, *, in_pim: bool) -> Groups:
    """Groups that the lists of the whole tenant, this run's included, give reason to ask about.

    For PIM: onboarded or role-assignable. Otherwise, and where the groups in PIM cannot be listed, also those that hold
    something or are named high impact.
    """
    held.refresh()
    groups = {group.id.lower(): group for group in held.items("groups", _Group)}
    chosen = {found.id.lower() for found in held.items("group_resources", _Object)}
    chosen |= {ident for ident, group in groups.items() if group.is_assignable}
    if not in_pim or held.newest("group_resources") is None:
        chosen |= _holding(held, groups) | _named(groups, tenant.high_impact)
    return Groups(frozenset(chosen), frozenset(groups))


def groups_among(items: Iterable[bytes]) -> list[str]:
    """The groups in an answer of members, in their order: they are nested and asked as well."""
    found = []
    for item in items:
        try:
            member = _member.decode(item)
        except ValueError:
            continue
        if member.kind == "#microsoft.graph.group" and _GUID.fullmatch(member.id.lower()):
            found.append(member.id.lower())
    return found


_member = decoder(_Object)


def _holding(held: Holdings, groups: Iterable[str]) -> set[str]:
    holders = (given.principal_id for source in _HELD for given in held.items(source, _Instance))
    return {holder.lower() for holder in holders if holder is not None}.intersection(groups)


def _named(groups: Mapping[str, _Group], names: Iterable[str]) -> set[str]:
    wanted = {name.casefold() for name in names}
    return {ident for ident, group in groups.items() if wanted & {ident, (group.name or "").casefold()}}

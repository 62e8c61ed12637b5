"""What the tenant's licences mean for collection."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec

from .current import Holdings

PREMIUM = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})
"""Service plans that keep audit events for 30 days rather than 7."""

_MINIMUM = re.compile(
    r"minimum allowed time for activityDateTime is\W*([0-9][0-9TtZz:./+ -]*(?:[AP]M)?)", re.IGNORECASE
)
_SPELLINGS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S")

_ALIVE = frozenset({"enabled", "warning"})


class _Plan(msgspec.Struct):
    name: str | None = msgspec.field(name="servicePlanName", default=None)
    status: str | None = msgspec.field(name="provisioningStatus", default=None)


class _Sku(msgspec.Struct):
    state: str | None = msgspec.field(name="capabilityStatus", default=None)
    plans: list[_Plan] = msgspec.field(name="servicePlans", default_factory=list)


def is_premium(held: Holdings) -> bool:
    """Whether the newest known licences, this run's included, hold Entra ID P1 or P2; unknown counts as no."""
    held.refresh()
    return any(
        plan.name in PREMIUM and (plan.status or "Success").lower() == "success"
        for sku in held.items("subscribed_skus", _Sku)
        if (sku.state or "Enabled").lower() in _ALIVE
        for plan in sku.plans
    )


def reach(premium: bool) -> timedelta:
    """How far back events are asked for: what is kept less a day, since a query that begins earlier is refused."""
    return timedelta(days=29 if premium else 6)


def earliest_kept(refusal: str) -> datetime | None:
    """The time before which the service keeps nothing, rounded up to a second, where `refusal` says so.

    Its words are `Minimum allowed time for activityDateTime is …`; a time without a zone is UTC.
    """
    found = _MINIMUM.search(refusal)
    moment = _moment(found[1].strip(" .")) if found else None
    if moment is None:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for spelling in _SPELLINGS:
        try:
            return datetime.strptime(text, spelling).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None

"""What the tenant's licences mean for collection."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from .current import Holdings

PREMIUM = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})
"""Service plans that keep audit events for 30 days rather than 7."""

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

"""Directory objects as they stand at an instant."""

from datetime import datetime, timedelta

from .clock import FIRST, whole
from .seeds import chance
from .world import Principal, Row, World

PLANS = {
    "AAD_PREMIUM_P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
    "AAD_PREMIUM": "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
    "EXCHANGE_S_ENTERPRISE": "efb87545-963c-4e0d-99df-69c6916d9eb0",
}
SKUS = {
    "SPE_E5": ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", tuple(PLANS)),
    "SPE_E3": ("05e9a617-0261-4cee-bb44-138d3ef5d965", ("AAD_PREMIUM", "EXCHANGE_S_ENTERPRISE")),
    "EXCHANGESTANDARD": ("4b9405b0-7788-4568-add1-99614e613b69", ("EXCHANGE_S_ENTERPRISE",)),
}


def change(world: World, who: Principal, since: datetime, **facts: object) -> None:
    """From `since` on the object has these other values."""
    world.changes.setdefault(who.id, []).append((since, facts))


def exists(world: World, who: Principal, now: datetime) -> bool:
    """Whether the object is created and not yet deleted."""
    born, gone = world.lives.get(who.id, (None, None))
    return (born is None or born <= now) and (gone is None or now < gone)


def objects(world: World, named: dict[str, Principal], now: datetime) -> list[Row]:
    """The objects of one sort, in an order of their own."""
    rows = [_object(world, who, now) for who in named.values() if exists(world, who, now)]
    return sorted(rows, key=lambda row: chance(world.name, "object order", row["id"]).random())


def licences(world: World) -> list[Row]:
    """What `subscribedSkus` answers."""
    return [
        {
            "id": f"{world.tenant_id}_{SKUS[name][0]}",
            "accountId": world.tenant_id,
            "accountName": world.name,
            "appliesTo": "User",
            "capabilityStatus": "Enabled",
            "consumedUnits": used,
            "skuId": SKUS[name][0],
            "skuPartNumber": name,
            "prepaidUnits": {"enabled": bought, "lockedOut": 0, "suspended": 0, "warning": 0},
            "servicePlans": [
                {
                    "servicePlanId": PLANS[plan],
                    "servicePlanName": plan,
                    "provisioningStatus": "Success",
                    "appliesTo": "User",
                }
                for plan in SKUS[name][1]
            ],
            "subscriptionIds": [world.guid("subscription", name)],
        }
        for name, bought, used in world.licences
    ]


def _object(world: World, who: Principal, now: datetime) -> Row:
    row = dict(world.facts[who.id])
    for since, facts in world.changes.get(who.id, []):
        if since <= now:
            row |= facts
    signs_in = row.get("accountEnabled") and row.get("jobTitle") != "Break glass"
    if row.get("signInActivity") and now > FIRST and signs_in:
        seen = now - timedelta(minutes=chance(world.name, "seen", who.key).randrange(60, 6000))
        row["signInActivity"] = {**row["signInActivity"], "lastSignInDateTime": whole(seen)}
    return row

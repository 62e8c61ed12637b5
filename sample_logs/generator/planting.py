"""What is planted, and in the same breath what must come of it: found, or left alone."""

import json
from datetime import datetime

from .activations import Ask, activate
from .clock import CYCLES, FIRST
from .grants import Order, give
from .world import Grant, Principal, Row, World


def found(world: World, rule_id: str, keys: Row, at: datetime, story: str, severity: str = "medium") -> None:
    """The first cycle that can see the instant `at` must open this finding."""
    row = {"rule_id": rule_id, "keys": keys, "severity": severity, "story": story}
    world.opened.append((0 if at <= FIRST else 1, row))


def quiet(world: World, rule_id: str, story: str, **what: str) -> None:
    """This look-alike must stay silent."""
    world.silent.append({"rule_id": rule_id, "story": story, **what})


def plant(world: World, ask: Ask, *expected: tuple[str, str]) -> str:
    """An activation and the rules that must find it, each with its story."""
    request_id = activate(world, ask)
    for rule_id, story in expected:
        done = world.activations[-1]
        found(world, rule_id, {"request_id": request_id}, done.visible, story)
    return request_id


def spare(world: World, ask: Ask, *expected: tuple[str, str]) -> str:
    """An activation that these rules must leave alone, each with its story."""
    request_id = activate(world, ask)
    for rule_id, story in expected:
        quiet(world, rule_id, story, request_id=request_id)
    return request_id


def burst(world: World, asks: list[Ask], day: str, story: str) -> None:
    """Many activations of one person on one local day."""
    for ask in asks:
        activate(world, ask)
    keys = {"subject_id": asks[0].person.id, "local_day": day}
    found(world, "activation.unusual_frequency", keys, world.activations[-1].visible, story)


def state(world: World, rule_id: str, keys: Row, story: str, severity: str, opened: int = 0) -> None:
    """A condition that holds from the cycle `opened` on."""
    row = {"rule_id": rule_id, "keys": keys, "severity": severity, "story": story}
    world.opened.append((opened, row))


def ended(world: World, rule_id: str, keys: Row, story: str) -> None:
    """What the first cycle opened is put right when the second one looks."""
    world.ended.append({"rule_id": rule_id, "keys": keys, "story": story})


def grant_forever(world: World, order: Order, story: str) -> Grant:
    """A permanent eligibility granted before our eyes."""
    grant = give(world, order)
    keys = {"request_id": grant.request_id}
    found(world, "grant.permanent_eligible", keys, order.at, story)
    return grant


def drift(world: World, grant: Grant, story: str, severity: str = "medium", opened: int | None = None) -> Grant:
    """A permanent eligibility nobody accepted. `opened` names the cycle when it is not the first that can see it."""
    row = {"rule_id": "drift.permanent_eligible", "keys": _drift_keys(grant), "severity": severity, "story": story}
    first = opened if opened is not None else next(n for n, now in enumerate(CYCLES) if _open(grant, now))
    world.opened.append((first, row))
    world.drifts.append((first, grant, row))
    return grant


def resolved(world: World) -> list[tuple[int, Row]]:
    """What is gone again, with the cycle that sees it gone; asked once everything is told."""
    return [(1, row) for row in world.ended] + [
        (cycle, {name: row[name] for name in ("rule_id", "keys", "story")})
        for first, grant, row in world.drifts
        for cycle, now in enumerate(CYCLES)
        if cycle > first and not _open(grant, now)
    ]


def accepted(world: World, grant: Grant, target: str, reason: str, **more: str) -> Grant:
    """A permanent eligibility the baseline accepts, named by `target` and by the holder's UPN or id."""
    principal = more.pop("principal", grant.principal.upn or grant.principal.id)
    row: Row = {"principal": principal, "target": target}
    if grant.target.access:
        row["access"] = grant.target.access
    world.baseline.append({**row, "reason": reason, **more})
    if more.get("expires", "9999") > f"{CYCLES[-1]:%Y-%m-%d}":
        keys = {key: str(value) for key, value in _drift_keys(grant).items() if value is not None}
        quiet(world, "drift.permanent_eligible", f"accepted in the baseline: {reason}", **keys)
    return grant


def waived(world: World, who: Principal, match: Row, reason: str, expires: str, **more: str) -> None:
    """An entry of the waivers file about what `who` holds; one that ends before the second date is to be found."""
    world.waivers.append({"match": match, "reason": reason, **more, "expires": expires})
    for _, row in world.opened:
        if row["rule_id"] == match["rule"] and row["keys"].get("principal_id") == who.id:
            row["waived_until"] = expires
    if expires < f"{CYCLES[-1]:%Y-%m-%d}":
        keys = {"matches": json.dumps(match, ensure_ascii=False, sort_keys=True), "expires": expires}
        state(world, "meta.waiver_expired", keys, f"ran out: {reason}", "low", 1)


def _open(grant: Grant, now: datetime) -> bool:
    return grant.holds(now) and grant.end_at(now) is None


def _drift_keys(grant: Grant) -> Row:
    return {
        "surface": grant.target.surface,
        "principal_id": grant.principal.id,
        "target_id": grant.target.id,
        "access": grant.target.access,
        "scope": grant.scope if grant.target.surface == "entra_role" else None,
    }

"""Contoso's stories about who approves what: oneself, one another, without a look, or hardly an approver."""

from dataclasses import replace
from datetime import timedelta

from .activations import Ask, activate
from .clock import FIRST, SECOND, local
from .contoso_admin import change_settings
from .contoso_hours import zurich
from .planting import found, quiet
from .policies import set_policy, settings_at
from .posture import settings_of
from .world import Principal, Target, World

FAST, ALONE, FRESH, UNFIT = "approval.too_fast", "approval.self", "approval.new_approver", "approval.unfit_approver"
MUTUAL = "approval.reciprocal"


def add_approvals(world: World) -> None:
    """All of them; the denied requests are told with the people who asked again."""
    _fast(world)
    _alone(world)
    _fresh(world)
    _unfit(world)
    _each_other(world)
    _fewer(world)


def _fast(world: World) -> None:
    raj, beat, conditional = _people(world)
    for day in ("2026-10-21", "2026-10-23"):
        asked = local("Asia/Singapore", f"{day} 15:04:10")
        ask = Ask(raj, conditional, asked, 1, "Exclusion for the night batch", approver=beat)
        activate(world, replace(ask, decided=asked + timedelta(seconds=4)))
    keys = {"approver_id": beat.id, "week": "2026-10-19"}
    found(world, FAST, keys, zurich("2026-10-23 12:00"), "two requests of a week approved within seconds", "low")
    asked = local("Asia/Singapore", "2026-10-06 15:04:10")
    ask = Ask(raj, conditional, asked, 1, "Exclusion for the night batch", approver=beat)
    activate(world, replace(ask, decided=asked + timedelta(seconds=4)))
    quiet(world, FAST, "one in a week is no habit", approver_id=beat.id, week="2026-10-05")


def _alone(world: World) -> None:
    anna, roles = world.people["anna.keller"], world.role("Privileged Role Administrator")
    asked = zurich("2026-10-21 11:02:00")
    ask = Ask(anna, roles, asked, 1, "Review of the role settings", "CHG-21288", approver=anna)
    request_id = activate(world, replace(ask, decided=asked + timedelta(minutes=7)))
    at = asked + timedelta(minutes=8)
    found(world, ALONE, {"request_id": request_id}, at, "approved by whoever asked, which the service forbids", "high")


def _fresh(world: World) -> None:
    raj, beat, conditional = _people(world)
    karin = world.people["karin.steiner"]
    held = settings_at(world, conditional, FIRST)
    change_settings(
        world, zurich("2026-10-30 16:20:12"), beat, conditional, replace(held, approvers=(*held.approvers, karin))
    )
    asked = local("Asia/Singapore", "2026-10-31 16:01:30")
    ask = Ask(raj, conditional, asked, 1, "Exclusion for the patch night", approver=karin)
    request_id = activate(world, replace(ask, decided=asked + timedelta(minutes=9)))
    story = "approved by somebody who became an approver the day before"
    found(world, FRESH, {"request_id": request_id}, asked, story, "high")


def _unfit(world: World) -> None:
    owner, gone = world.owner("sg-helpdesk-operators"), world.people["old.joiner"]
    held = settings_at(world, owner, FIRST)
    set_policy(world, owner, replace(held, approvers=(*held.approvers, gone)))
    keys = {"surface": "group", "target_id": owner.id, "access": "owner", "approver_id": gone.id}
    found(world, UNFIT, keys, FIRST, "one of two approvers left the company; the account is disabled", "medium")


def _fewer(world: World) -> None:
    """Gabriela strikes one of two approvers off; the day after somebody became one elsewhere."""
    owner, gabriela = world.owner("sg-tier0-directory"), world.people["gabriela.weber"]
    held, at = settings_at(world, owner, FIRST), zurich("2026-10-29 17:48:05")
    change_settings(world, at, gabriela, owner, replace(held, approvers=held.approvers[:1]))
    keys = {**settings_of(owner), "seen_at": f"{SECOND:%Y-%m-%dT%H:%M:%S}.000000Z"}
    found(world, "drift.policy_weakened", keys, at, "one approver where there were two")
    _, _, conditional = _people(world)
    quiet(world, "drift.policy_weakened", "one more approver", target_id=conditional.id)


def _each_other(world: World) -> None:
    """Anna approves Beat's requests all the time; with this one Beat has approved as many of hers."""
    anna, beat = world.people["anna.keller"], world.people["beat.frei"]
    asked = zurich("2026-10-26 13:31:20")
    ask = Ask(anna, world.role("Privileged Role Administrator"), asked, 1, "Review of approvers", "CHG-21455")
    activate(world, replace(ask, approver=beat, decided=asked + timedelta(minutes=11)))
    first, second = sorted((anna.id, beat.id))
    keys = {"pattern": "mutual", "first_id": first, "second_id": second, "month": "2026-10"}
    found(world, MUTUAL, keys, asked, "three each, of one another")
    raj = world.people["raj.kumar"]
    quiet(world, MUTUAL, "one way only", first_id=min(raj.id, beat.id), second_id=max(raj.id, beat.id))


def _people(world: World) -> tuple[Principal, Principal, Target]:
    who = world.people
    return who["raj.kumar"], who["beat.frei"], world.role("Conditional Access Administrator")

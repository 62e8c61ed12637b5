"""Contoso's stories about how often: two bursts, and four habits that only look like one."""

from dataclasses import replace
from datetime import date, timedelta

from .activations import Ask, activate
from .clock import local
from .contoso_hours import zurich
from .planting import burst, quiet
from .seeds import chance
from .world import World

RULE = "activation.unusual_frequency"


def add_counts(world: World) -> None:
    """All of them."""
    _above_the_ceiling(world)
    _below_the_ceiling(world)
    _busy(world)
    _renewed(world)
    _denied(world)


def _above_the_ceiling(world: World) -> None:
    names = ("Groups", "User", "Application", "Authentication", "Hybrid Identity")
    asks = []
    for number in range(10):
        target = world.role(f"{names[number % 5]} Administrator")
        at = zurich("2026-10-14 07:42:11") + timedelta(minutes=61 * number + number**2 % 7)
        ended = at + timedelta(minutes=31, seconds=number * 5) if number % 3 else None
        asks.append(Ask(world.people["beat.frei"], target, at, 1, f"Clean-up, part {number + 1}", ended=ended))
    burst(world, asks, "2026-10-14", "ten activations in one day by somebody who makes one in a few days")


def _below_the_ceiling(world: World) -> None:
    roles = ("Application Administrator", "Groups Administrator", "License Administrator", "Global Reader")
    targets = [world.role(name) for name in roles]
    targets += [world.member(name) for name in ("m365-cloud-platform", "sg-odd", "sg-helpdesk-operators")]
    begun = zurich("2026-10-28 08:55:20")
    petra = world.people["petra.vogel"]
    asks = [
        Ask(petra, target, begun + timedelta(minutes=47 * n + n % 3), 1, "Audit") for n, target in enumerate(targets)
    ]
    burst(world, asks, "2026-10-28", "seven activations in one day by somebody who made two in six weeks")


def _busy(world: World) -> None:
    daniel = world.people["daniel.huber"]
    targets = [world.role("Helpdesk Administrator"), world.role("Authentication Administrator")]
    day = date(2026, 9, 18)
    while day < date(2026, 10, 31):
        dice = chance(world.name, "busy", day)
        times = (9, 11, 14, 16) if dice.random() < 0.2 else (9, 11, 14)
        for number, hour in enumerate(times if day.weekday() < 5 else ()):
            at = local(world.zone, f"{day} {hour:02d}:{dice.randrange(50):02d}:{dice.randrange(60):02d}")
            activate(world, Ask(daniel, targets[number % 2], at, 1, f"Caller {dice.randrange(1000, 9999)} locked out"))
        day += timedelta(days=1)
    quiet(world, RULE, "three or four every weekday is this person's habit", subject_id=daniel.id)


def _renewed(world: World) -> None:
    raj, target = world.people["raj.kumar"], world.member("sg-helpdesk-operators")
    at = local("Asia/Singapore", "2026-10-08 09:00:30")
    for number in range(5):
        activate(world, Ask(raj, target, at, 1, "Long migration"))
        at += timedelta(minutes=62 + number, seconds=20)
    story = "five in a row, each asked for within minutes of the last one's end: one piece of work"
    quiet(world, RULE, story, subject_id=raj.id, local_day="2026-10-08")


def _denied(world: World) -> None:
    hamza, anna = world.people["hamza.yilmaz"], world.people["anna.keller"]
    first = Ask(
        hamza,
        world.role("Conditional Access Administrator"),
        zurich("2026-10-15 08:02:13"),
        2,
        "Please",
        approver=anna,
        decision="denied",
    )
    for number in range(9):
        activate(world, replace(first, at=first.at + timedelta(minutes=41 * number)))
    story = "nine requests in one day, all denied: none became an activation"
    quiet(world, RULE, story, subject_id=hamza.id, local_day="2026-10-15")

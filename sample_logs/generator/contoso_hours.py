"""Contoso's stories about working hours: each found activation beside one that looks the same and is fine."""

from datetime import datetime, timedelta

from .activations import Ask
from .clock import FIRST, local
from .planting import plant, spare
from .world import World

RULE = "activation.off_hours"
SPACE = chr(0x2028)
HOSTILE = f"<script>alert('pim')</script> \u202elanruoj\u202c \x07\x1b[31m, \"quoted\", 'too'{SPACE}next line"
ENDLESS = "restart of the billing cluster; " * 150


def add_hours(world: World) -> None:
    """All of them."""
    _nights(world)
    _edges(world)
    _summer_time(world)
    _vienna(world)
    _on_call(world)
    _singapore(world)
    _over_midnight(world)
    _asked_and_begun(world)
    _late(world)


def zurich(text: str) -> datetime:
    """Zurich wall clock."""
    return local("Europe/Zurich", text)


def _nights(world: World) -> None:
    who = world.people
    security, rdp = world.role("Security Administrator"), world.member("sg-rdp-prod-servers")
    at = zurich("2026-09-29 03:12:07")
    plant(
        world,
        Ask(who["chiara.rossi"], security, at, 1, "Looking into an alert"),
        (RULE, "a role at 03:12 on a Tuesday"),
    )
    at = zurich("2026-10-03 14:20:31")
    ask = Ask(who["hamza.yilmaz"], rdp, at, 2, HOSTILE, "CHG-20931")
    plant(world, ask, (RULE, "a group's membership on a Saturday afternoon, with a hostile justification"))
    at = zurich("2026-10-07 22:45:02")
    ask = Ask(who["gabriela.weber"], world.owner("sg-sap-firefighters"), at, 3, "Month-end corrections", "INC-77120")
    plant(world, ask, (RULE, "a group's ownership at 22:45"))
    at = zurich("2026-10-24 11:02:44")
    plant(
        world,
        Ask(who["vera.vogt"], world.role("Billing Administrator"), at, 1, ENDLESS),
        (RULE, "a Saturday in October"),
    )
    at = zurich("2026-10-30 20:31:10")
    ask = Ask(who["tamara.zbinden"], world.member("sg-odd"), at, 1, '=cmd|"/c calc"!A1')
    plant(world, ask, (RULE, "a Friday evening, by somebody whose name is a spreadsheet formula"))
    at = zurich("2026-10-13 23:10:00")
    ask = Ask(who["hamza.yilmaz"], world.role("Conditional Access Administrator"), at, 1, "Late idea")
    denied = Ask(ask.person, ask.target, at, 1, ask.justification, approver=who["anna.keller"], decision="denied")
    spare(world, denied, (RULE, "asked for at 23:10 and denied: nothing ever started"))


def _edges(world: World) -> None:
    eva = world.people["eva.schmid"]
    teams, exchange = world.role("Teams Administrator"), world.member("sg-pim-exchange-admins")
    opening = Ask(eva, teams, zurich("2026-10-08 06:51"), 1, "Early release", starts=zurich("2026-10-08 07:00"))
    spare(world, opening, (RULE, "starts at 07:00:00 exactly: the first moment of the working day"))
    closing = Ask(
        eva, exchange, zurich("2026-10-08 18:52"), 1, "Mail flow", "CHG-21004", starts=zurich("2026-10-08 19:00")
    )
    plant(world, closing, (RULE, "starts at 19:00:00 exactly: the working day is over"))


def _summer_time(world: World) -> None:
    fabian, platform = world.people["fabian.meier"], world.member("m365-cloud-platform")
    early = datetime(2026, 10, 23, 5, 30, tzinfo=FIRST.tzinfo)
    spare(world, Ask(fabian, platform, early, 1, "Certificate swap"), (RULE, "05:30Z in summer time is 07:30"))
    later = early + timedelta(days=4)
    plant(
        world, Ask(fabian, platform, later, 1, "Certificate swap"), (RULE, "05:30Z after the clocks went back is 06:30")
    )


def _vienna(world: World) -> None:
    who, users = world.people, world.role("User Administrator")
    at = local("Europe/Vienna", "2026-10-26 10:04:18")
    plant(
        world, Ask(who["nina.gruber"], users, at, 2, "Joiners"), (RULE, "a holiday in Vienna, by the group's calendar")
    )
    ask = Ask(who["oskar.wagner"], users, at + timedelta(minutes=11), 2, "Joiners")
    spare(world, ask, (RULE, "the same holiday, but this person's own calendar knows none"))
    ask = Ask(who["irina.novak"], world.role("SharePoint Administrator"), at + timedelta(minutes=20), 2, "Site move")
    spare(world, ask, (RULE, "the same hour in Zurich, where it is an ordinary Monday"))


def _on_call(world: World) -> None:
    jonas, platform = world.people["jonas.baumann"], world.member("m365-cloud-platform")
    ask = Ask(jonas, platform, zurich("2026-10-21 02:10:09"), 2, "INC-78001 cluster down")
    spare(world, ask, (RULE, "at night within the week on call"))
    ask = Ask(jonas, platform, zurich("2026-10-28 02:10:41"), 2, "INC-78214 cluster slow")
    plant(world, ask, (RULE, "at night after the week on call"))


def _singapore(world: World) -> None:
    who, rdp = world.people, world.member("sg-rdp-prod-servers")
    mei, operator = who["mei.tan"], world.role("Security Operator")
    ask = Ask(mei, rdp, local("Asia/Singapore", "2026-10-01 09:30:15"), 4, "Patch night", "CHG-20877")
    spare(world, ask, (RULE, "03:30 in Zurich is 09:30 where this person works"))
    ask = Ask(mei, operator, local("Asia/Singapore", "2026-10-01 22:30:20"), 1, "Follow-up")
    plant(world, ask, (RULE, "16:30 in Zurich is 22:30 where this person works"))
    ask = Ask(mei, rdp, local("Asia/Singapore", "2026-10-11 10:00:00"), 4, "Patch night", "CHG-20912")
    spare(world, ask, (RULE, "a Sunday, but this calendar works every day"))
    ask = Ask(mei, rdp, local("Asia/Singapore", "2026-10-17 12:00:05"), 8, "Patch night", "CHG-21190")
    spare(world, ask, (RULE, "still running when the first snapshot is taken"))
    ask = Ask(who["raj.kumar"], rdp, local("Asia/Singapore", "2026-11-01 12:30:05"), 8, "Patch night", "CHG-21555")
    spare(world, ask, (RULE, "still running when the second snapshot is taken"))


def _over_midnight(world: World) -> None:
    luca, sap = world.people["luca.bianchi"], world.member("sg-sap-firefighters")
    hybrid = world.role("Hybrid Identity Administrator")
    spare(
        world, Ask(luca, sap, zurich("2026-10-14 23:30:12"), 2, "Batch"), (RULE, "23:30 in a shift from 22:00 to 06:00")
    )
    ask = Ask(luca, sap, zurich("2026-10-10 03:00:27"), 2, "Batch")
    spare(world, ask, (RULE, "Saturday 03:00 belongs to Friday's shift"))
    ask = Ask(luca, sap, zurich("2026-10-12 03:00:33"), 2, "Batch")
    plant(world, ask, (RULE, "Monday 03:00 would belong to Sunday's shift, and there is none"))
    plant(
        world,
        Ask(luca, hybrid, zurich("2026-10-20 14:00:51"), 1, "Sync fix"),
        (RULE, "14:00 is night for a night shift"),
    )


def _asked_and_begun(world: World) -> None:
    who, conditional = world.people, world.role("Conditional Access Administrator")
    beat, anna = who["beat.frei"], who["anna.keller"]
    asked, decided = zurich("2026-10-05 18:20:40"), zurich("2026-10-05 19:40:13")
    ask = Ask(beat, conditional, asked, 2, "New policy for guests", approver=anna, decided=decided)
    plant(world, ask, (RULE, "asked within hours, approved and so begun at 19:40"))
    asked, decided = zurich("2026-10-20 06:40:22"), zurich("2026-10-20 07:30:54")
    ask = Ask(beat, conditional, asked, 2, "Roll-out", approver=anna, decided=decided)
    spare(world, ask, (RULE, "asked before hours, approved and so begun at 07:30"))
    starts = zurich("2026-10-22 21:00")
    ask = Ask(
        who["karin.steiner"],
        world.role("Intune Administrator"),
        zurich("2026-10-22 16:05:10"),
        2,
        "Wave 3",
        starts=starts,
    )
    plant(world, ask, (RULE, "asked in the afternoon to begin at 21:00"))


def _late(world: World) -> None:
    who, late = world.people, FIRST + timedelta(minutes=23)
    at = datetime(2026, 10, 17, 5, 41, 19, tzinfo=FIRST.tzinfo)
    ask = Ask(who["karin.steiner"], world.role("Intune Administrator"), at, 3, "Broken profile", late=late)
    plant(world, ask, (RULE, "a Saturday; Graph shows the completion only after the first cycle"))
    asked, decided = FIRST - timedelta(minutes=20), FIRST + timedelta(minutes=16, seconds=40)
    conditional = world.role("Conditional Access Administrator")
    ask = Ask(
        who["raj.kumar"], conditional, asked, 2, "Emergency exclusion", approver=who["anna.keller"], decided=decided
    )
    spare(world, ask, (RULE, "waits for approval at the first cycle; 14:31 in Singapore once approved"))

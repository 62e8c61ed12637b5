"""Contoso: a bank-like company in Zurich with roles and groups under PIM, where many things are wrong."""

from datetime import timedelta

from .clock import FIRST, RETAINED_FROM, SECOND
from .contoso_admin import add_admin
from .contoso_approvals import add_approvals
from .contoso_around import add_around
from .contoso_cast import add_cast
from .contoso_conduct import add_conduct, add_first_uses
from .contoso_counts import add_counts
from .contoso_governance import add_governance
from .contoso_grants import add_grants
from .contoso_hours import add_hours
from .contoso_posture import add_posture
from .contoso_sessions import add_sessions
from .contoso_tickets import add_tickets
from .habits import Habit, follow
from .ordinary import scatter
from .world import World

TENANT_ID = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
ALWAYS_TICKETED = {"sg-pim-exchange-admins", "sg-tier0-directory"}
RARE = {"petra.vogel": 0.06, "beat.frei": 0.16, "anna.keller": 0.12, "vera.vogt": 0.1, "mo.farouk": 0.1}
OFTEN = ("chiara.rossi", "eva.schmid", "fabian.meier", "gabriela.weber", "hamza.yilmaz", "irina.novak", "jonas.baumann")
SOME = ("karin.steiner", "simon.egli", "tamara.zbinden", "urs.ulrich", "sven.suter")
VIENNA = ("nina.gruber", "oskar.wagner")


def tell() -> World:
    """The whole story of the tenant."""
    world = World("contoso", TENANT_ID, "contoso.example", "Europe/Zurich")
    add_cast(world)
    add_grants(world)
    add_counts(world)
    add_hours(world)
    add_tickets(world)
    add_admin(world)
    add_around(world)
    add_governance(world)
    add_conduct(world)
    add_approvals(world)
    add_sessions(world)
    add_posture(world)
    approvers = world.people["anna.keller"], world.people["beat.frei"]
    follow(world, _habits(world), approvers, ALWAYS_TICKETED)
    add_first_uses(world)
    _everything_else(world)
    return world


def _habits(world: World) -> list[Habit]:
    who = world.people
    habits = [Habit(who[key], rate) for key, rate in RARE.items()]
    habits += [Habit(who[key], 0.3) for key in OFTEN]
    habits += [Habit(who[key], 0.2) for key in SOME]
    habits += [Habit(who[key], 0.3, off=("2026-10-26",)) for key in VIENNA]
    habits += [Habit(who["mei.tan"], 0.3, 9, 17), Habit(who["raj.kumar"], 0.3, 9, 17)]
    return [*habits, Habit(who["luca.bianchi"], 0.2, 22, 23)]


def _everything_else(world: World) -> None:
    admins = ["anna.keller", "beat.frei", "daniel.huber", "karin.steiner", "walter.wyss"]
    quiet = {"bg1", "bg2", "old.joiner", "nadja.neu"}
    plain = [key for key in world.people if key not in quiet]
    scatter(world, RETAINED_FROM, FIRST - timedelta(minutes=30), 560, admins, plain)
    scatter(world, FIRST, SECOND - timedelta(minutes=30), 300, admins, plain)

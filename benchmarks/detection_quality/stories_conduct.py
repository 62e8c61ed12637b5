"""Stories about how people activate and approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sample_logs.generator.activations import activate
from sample_logs.generator.contoso_admin import change_settings
from sample_logs.generator.core_rows import Kind
from sample_logs.generator.pim_rows import resource
from sample_logs.generator.policies import settings_at

from .cast import TIER0
from .habits import KINDS
from .plot import ELSEWHERE, NobodyThereError, Plot, Story
from .teams import CREDENTIAL
from .tenant import Tenant

RESET = Kind("Reset user password", "Core Directory", "UserManagement", "Update")


def burst(plot: Plot) -> None:
    """Six activations more than on any other day, by whoever has the account."""
    person, _ = plot.anybody()
    targets = [
        target for target in plot.tenant.choices(person.who, plot.noon) if target.key not in plot.tenant.approvers
    ]
    for number in range(6):
        at = plot.at(f"{8 + number * 3 // 2:02d}:{30 * (number % 2):02d}")
        target = targets[number % len(targets)]
        plot.activate(person, plot.ask(person, target, at, 0.5, ended=at + timedelta(minutes=25)))
    plot.must("activation.unusual_frequency", subject_id=person.who.id, local_day=plot.day)


def night(plot: Plot) -> None:
    """A stolen account, used at night from elsewhere."""
    person, target = plot.anybody()
    at = plot.at(f"0{plot.dice.randrange(2, 5)}:{plot.dice.randrange(10, 60)}")
    ask = plot.ask(person, target, at)
    before = sum(at - timedelta(days=90) <= each < at for each in plot.tenant.acts[person.who.id])
    request_id = plot.activate(person, replace(ask, person=replace(person.who, ip=ELSEWHERE)))
    plot.must("activation.off_hours", request_id=request_id)
    if before >= 8:
        plot.must("activation.new_source_ip", "low", request_id=request_id)


def missing_ticket(plot: Plot) -> None:
    """A group that asks for a ticket, and none was given."""
    person, target = plot.anybody(guarded=True, surface="group")
    ask = plot.ask(person, target, plot.at("13:20"), ticket=None, justification="Disk is full again on that host")
    plot.must("activation.missing_ticket", request_id=plot.activate(person, ask))


def empty_ticket(plot: Plot) -> None:
    """A role of tier0 whose audit details carry an empty number."""
    person, target = plot.anybody(guarded=True, surface="entra_role")
    empty = (("TicketNumber", ""), ("TicketSystem", ""))
    ask = plot.ask(person, target, plot.at("14:40"), ticket=None, details=empty, justification="Review of the settings")
    plot.must("activation.missing_ticket", request_id=plot.activate(person, ask))


def wrong_ticket(plot: Plot) -> None:
    """A ticket that is none."""
    person, target = plot.anybody(guarded=True, surface="group")
    ask = plot.ask(person, target, plot.at("10:20"), ticket="asap", justification="As agreed with the owner")
    plot.activate(person, ask)
    plot.must("activation.invalid_ticket", "low", ticket="asap", subject_id=person.who.id)


def no_words(plot: Plot) -> None:
    """A justification that says nothing."""
    person, target = plot.anybody()
    plot.activate(person, plot.ask(person, target, plot.at("11:10"), justification="asdf"))
    plot.must("activation.weak_justification", "low", subject_id=person.who.id, day=plot.day)


def own_approval(plot: Plot) -> None:
    """What the service forbids: approved by whoever asked."""
    person, target = plot.anybody(guarded=True)
    plot.must(
        "approval.self",
        "high",
        request_id=plot.activate(person, plot.ask(person, target, plot.at("15:05"), approver=person.who)),
    )


def reset(plot: Plot) -> None:
    """The help desk sets another's password, and the account activates."""
    person, target = plot.anybody()
    at = plot.at("16:10")
    plot.row(
        RESET, at, plot.staff(), resource("User", person.who.id, person.who.name, userPrincipalName=person.who.upn)
    )
    request_id = plot.activate(person, plot.ask(person, target, at + timedelta(minutes=plot.dice.randrange(5, 50))))
    plot.must("activation.after_credential_reset", "high", request_id=request_id)


def backdoor(plot: Plot) -> None:
    """Somebody of the help desk gives an application another key while a role is active."""
    person, target = plot.anybody(team="helpdesk")
    at = plot.at("09:50")
    request_id = plot.activate(person, plot.ask(person, target, at, 2))
    app = plot.tenant.apps["deploy"]
    plot.row(
        KINDS[CREDENTIAL],
        at + timedelta(minutes=17),
        replace(person.who, ip=ELSEWHERE),
        resource("ServicePrincipal", app.id, app.name),
    )
    plot.must("activation.sensitive_followup", "high", request_id=request_id)


def second_opinion(plot: Plot) -> None:
    """Denied by one approver, and approved by another a little later."""
    person, target = plot.anybody(guarded=True)
    one, other = plot.dice.sample(plot.tenant.approvers[target.key], 2)
    at = plot.at("13:15")
    ask = plot.ask(person, target, at, approver=one, decided=at + timedelta(minutes=6))
    activate(plot.tenant, replace(ask, decision="denied"))
    later = at + timedelta(minutes=plot.dice.randrange(12, 50))
    plot.activate(person, replace(ask, at=later, approver=other, decided=later + timedelta(minutes=4)))
    keys = {"subject_id": person.who.id, "target_id": target.id, "day": plot.day}
    plot.must("activation.retry_after_denial", **keys)
    plot.must("approval.denied", "low", **keys)


def rubber_stamp(plot: Plot) -> None:
    """An approver who does not look, up to four times in a week."""
    monday = plot.noon - timedelta(days=plot.noon.weekday())
    plot.anybody(guarded=True)
    approver = plot.tenant.people[f"lead{plot.dice.randrange(8)}"]

    def deed(tenant: Tenant, noon: datetime) -> None:
        there = plot.on(noon)
        try:
            person, target = there.anybody(guarded=True)
        except NobodyThereError:
            return
        at = there.at("11:40")
        there.activate(person, there.ask(person, target, at, approver=approver, decided=at + timedelta(seconds=5)))

    for step in (7, 8, 9, 10):
        plot.tenant.plan((monday + timedelta(days=step)).date(), deed, plot.title)
    plot.must("approval.too_fast", "low", approver_id=approver.id, week=f"{monday + timedelta(days=7):%Y-%m-%d}")


def machine(plot: Plot) -> None:
    """An application asks on somebody's behalf."""
    person, target = plot.anybody()
    ask = plot.ask(person, target, plot.at("10:45"), by=plot.tenant.apps["deploy"])
    plot.must("activation.by_nonhuman", request_id=plot.activate(person, ask))


def too_long(plot: Plot) -> None:
    """Longer than the settings permit, which the service forbids."""
    person, target = plot.anybody()
    plot.must(
        "activation.exceeds_policy",
        "high",
        request_id=plot.activate(person, replace(plot.ask(person, target, plot.at("08:15")), hours=12)),
    )


def new_face(plot: Plot) -> None:
    """Somebody is made an approver, and approves a week later."""
    name = plot.dice.choice([name for name in TIER0 if plot.tenant.approvers.get(plot.tenant.role(name).key)][2:5])
    target, face = plot.tenant.role(name), plot.staff()
    held = settings_at(plot.tenant, target, plot.noon)
    change_settings(
        plot.tenant, plot.at("16:20"), plot.admin(), target, replace(held, approvers=(*held.approvers, face))
    )

    def deed(tenant: Tenant, noon: datetime) -> None:
        there = plot.on(noon)
        holders = [
            grant
            for grant in tenant.grants
            if grant.target.key == target.key and grant.kind == "eligible" and grant.holds(noon)
        ]
        person = next((tenant.crew[g.principal.key] for g in holders if g.principal.key in tenant.crew), None)
        if person is None:
            return
        at = there.at("13:30")
        ask = there.ask(person, target, at, approver=face, decided=at + timedelta(minutes=8))
        there.must("approval.new_approver", "high", request_id=there.activate(person, ask))

    plot.later(8 - plot.noon.weekday(), deed)
    plot.later(12, lambda tenant, noon: change_settings(tenant, noon, plot.admin(), target, held))


CONDUCT: tuple[tuple[str, int, Story], ...] = (
    ("burst", 30, burst),
    ("night", 16, night),
    ("missing ticket", 8, missing_ticket),
    ("empty ticket", 4, empty_ticket),
    ("wrong ticket", 6, wrong_ticket),
    ("no words", 8, no_words),
    ("own approval", 3, own_approval),
    ("reset", 6, reset),
    ("backdoor", 6, backdoor),
    ("second opinion", 5, second_opinion),
    ("rubber stamp", 3, rubber_stamp),
    ("machine", 3, machine),
    ("too long", 3, too_long),
    ("new face", 2, new_face),
)

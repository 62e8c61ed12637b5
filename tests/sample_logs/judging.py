"""The five headline rules in plain Python over the files alone: a second opinion on what was planted."""

import math
import re
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays as calendars
import yaml

from .files import DATES, ROOT, Activation, Row, activations, details, entry, events, instant, load, role_of, settings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PATTERN = re.compile(tomllib.loads((ROOT / "pimtrail.toml").read_text())["tickets"]["pattern"])
Keys = tuple[tuple[str, str | None], ...]
Found = set[tuple[int, Keys]]


def key(**parts: str | None) -> Keys:
    """Keys of a finding, comparable."""
    return tuple(sorted(parts.items()))


def off_hours(tenant: str) -> Found:
    """Activations that begin outside the person's calendar."""
    return {(act.cycle, key(request_id=act.request_id)) for act in activations(tenant) if _is_off(tenant, act)}


@cache
def calendar_of(tenant: str, upn: str) -> Row:
    """The person's calendar, else a group's, else the tenant's."""
    held = settings(tenant)
    listed = held.get("calendars", [])
    groups = {row["displayName"]: row["id"] for row in load(tenant, DATES[-1], "groups")}
    members = load(tenant, DATES[-1], "group_members")
    for calendar in listed:
        if upn in calendar["members"]:
            return dict(calendar)
    for calendar in listed:
        for name in calendar["members"]:
            if upn in {row.get("userPrincipalName") for row in members.get(groups.get(name), [])}:
                return dict(calendar)
    return held


def _is_off(tenant: str, act: Activation) -> bool:
    calendar = calendar_of(tenant, act.upn)
    for shift in calendar.get("on_call", []):
        if datetime.fromisoformat(shift["from"]) <= act.starts < datetime.fromisoformat(shift["to"]):
            return False
    local = act.starts.astimezone(ZoneInfo(calendar["time_zone"]))
    return not any(_within(calendar, local, local.date() - timedelta(days=back)) for back in (0, 1))


def _within(calendar: Row, local: datetime, day: date) -> bool:
    days, hours = calendar["working_hours"].split()
    first, last = (DAYS.index(name) for name in days.split("-"))
    if not first <= day.weekday() <= last or day in _free(calendar.get("holidays"), day.year):
        return False
    begin, end = (
        datetime.combine(day, datetime.fromisoformat(f"2026-01-01T{part}").time()) for part in hours.split("-")
    )
    end += timedelta(days=1) if end <= begin else timedelta()
    return begin <= local.replace(tzinfo=None) < end


def _free(code: str | None, year: int) -> Any:
    if code is None:
        return ()
    country, _, part = code.partition("-")
    return calendars.country_holidays(country, subdiv=part or None, years=year)


def missing_ticket(tenant: str) -> Found:
    """Activations that had to carry a ticket and provably did not."""
    return {(act.cycle, key(request_id=act.request_id)) for act in activations(tenant) if _lacks(tenant, act)}


def _lacks(tenant: str, act: Activation) -> bool:
    if PATTERN.search(act.justification) or not _ticket_wanted(tenant, act):
        return False
    if act.access is None:
        return dict(act.details).get("TicketNumber") == ""
    by_group = load(tenant, DATES[-1], "group_assignment_requests")
    requests = [row for row in by_group[act.target] if row["id"] == act.request_id]
    return bool(requests) and not requests[0]["ticketInfo"]["ticketNumber"]


def _ticket_wanted(tenant: str, act: Activation) -> bool:
    policy = policies(tenant, DATES[act.cycle])[act.target, act.access]
    return "Ticketing" in policy["Enablement_EndUser_Assignment"]["enabledRules"]


@cache
def policies(tenant: str, date: str) -> dict[tuple[str, str | None], dict[str, Row]]:
    """Rules by id, by target and access."""
    rows = {(row["roleDefinitionId"], None): row for row in load(tenant, date, "role_policies")}
    for group, listed in load(tenant, date, "group_policies").items():
        rows |= {(group, row["roleDefinitionId"]): row for row in listed}
    return {which: {rule["id"]: rule for rule in row["policy"]["rules"]} for which, row in rows.items()}


def permanent_grants(tenant: str) -> Found:
    """Completed grants of an eligibility without end."""
    return {
        (cycle, key(request_id=details(row)["RequestId"]))
        for cycle, row in events(tenant)
        if row["activityDisplayName"] == "Add eligible member to role in PIM completed (permanent)"
        and row["category"] in ("RoleManagement", "GroupManagement")
    }


def permanent_state(tenant: str, date: str) -> dict[Keys, str]:
    """Eligibilities without end that the baseline does not accept at a date, with their severity."""
    forbids = {
        which: rules["Expiration_Admin_Eligibility"]["isExpirationRequired"]
        for which, rules in policies(tenant, date).items()
    }
    state = {}
    for row in load(tenant, date, "role_eligibility_instances"):
        where = {"surface": "entra_role", "access": None, "scope": row["directoryScopeId"]}
        state[key(principal_id=row["principalId"], target_id=row["roleDefinitionId"], **where)] = row
    for group, listed in load(tenant, date, "group_eligibility_instances").items():
        for row in listed:
            where = {"surface": "group", "access": row["accessId"].lower(), "scope": None}
            state[key(principal_id=row["principalId"], target_id=group, **where)] = row
    accepted = _accepted(tenant, date)
    judged = {}
    for keys, row in state.items():
        held = dict(keys)
        which = held["principal_id"], held["target_id"], held["access"]
        if row["endDateTime"] is None and which not in accepted:
            judged[keys] = "high" if forbids[str(held["target_id"]), held["access"]] else "medium"
    return judged


def _accepted(tenant: str, date: str) -> set[tuple[str | None, str | None, str | None]]:
    ids = {row["userPrincipalName"]: row["id"] for row in load(tenant, date, "users")}
    for endpoint in ("groups", "role_definitions"):
        ids |= {row["displayName"]: row["id"] for row in load(tenant, date, endpoint)}
    entries = yaml.safe_load((ROOT / tenant / "baseline.yaml").read_text())["accepted"]
    return {
        (ids.get(row["principal"], row["principal"]), ids.get(row["target"], row["target"]), row.get("access"))
        for row in entries
        if str(row.get("expires", "9999-12-31")) >= date
    }


def daily_counts(tenant: str) -> dict[str, Counter[date]]:
    """Activations by person and local day; one that begins within ten minutes of the last one's end goes with it."""
    ended = _ends(tenant)
    counts: dict[str, Counter[date]] = {}
    last: dict[tuple[str, str, str | None], datetime] = {}
    for act in activations(tenant):
        which = act.person, act.target, act.access
        goes_on = which in last and act.starts - last[which] <= timedelta(minutes=10)
        last[which] = ended.get(act.request_id, act.expires)
        zone = ZoneInfo(calendar_of(tenant, act.upn)["time_zone"])
        if not goes_on:
            counts.setdefault(act.person, Counter())[act.starts.astimezone(zone).date()] += 1
    return counts


def _ends(tenant: str) -> dict[str, datetime]:
    """When the people themselves ended what they had activated."""
    left = defaultdict(list)
    for _, row in events(tenant):
        if row["activityDisplayName"] == "Remove member from role completed (PIM deactivate)":
            left[entry(row, "User").get("id"), *role_of(row)].append(instant(row["activityDateTime"]))
    return {
        act.request_id: when
        for act in activations(tenant)
        for when in left[act.person, act.target, act.access]
        if act.starts < when < act.expires
    }


def chance_of(count: int, rate: float, spread: float = 4.0) -> float:
    """P(X >= count) of a negative binomial with this mean and dispersion."""
    p = spread / (spread + rate)
    below = 0.0
    for x in range(count):
        log = math.lgamma(x + spread) - math.lgamma(spread) - math.lgamma(x + 1)
        below += math.exp(log + spread * math.log(p) + (x * math.log(1 - p) if rate else (0 if x == 0 else -math.inf)))
    return 1 - below

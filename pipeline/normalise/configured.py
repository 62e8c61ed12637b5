"""What the configuration says, as tables: made anew each time, against the directory as it is now."""

from __future__ import annotations

from dataclasses import astuple

import duckdb

from ..config import Tenant, Tickets
from ..content import rules_dir
from ..model import NormaliseSummary
from . import addresses, calendars, operations, tickets, tiers, vocabulary
from .baseline import Accepted, read
from .context import Context
from .names import Names, look_up
from .statements import insert

TABLES = (
    *("calendar", "holiday", "on_call", "setting", "tier", "break_glass", "high_impact", "on_premises", "baseline"),
    *("ticket", "sensitive_operation", "named_range", "source_address"),
)


def refill(con: duckdb.DuckDBPyConnection, context: Context) -> NormaliseSummary:
    """Fill the configured tables. Raises ConfigError for a faulty baseline or register, ContentError."""
    tenant_id, tenant = context.tenant_id, context.tenant
    accepted = read(tenant.baseline) if tenant.baseline else ()
    names = look_up(con, tenant_id, _texts(tenant, accepted))
    for table in TABLES:
        con.execute(f"DELETE FROM {table}")
    calendars.fill(con, tenant_id, calendars.calendars(tenant, names), _years(con))
    insert(con, "setting", [(tenant_id, *row) for row in _settings(context.settings.tickets)])
    insert(con, "break_glass", [(tenant_id, _plain(text), names.person(text)) for text in tenant.break_glass])
    insert(con, "high_impact", [(tenant_id, *row) for text in tenant.high_impact for row in _impact(text, names)])
    premises = [(text, group_id) for text in tenant.on_premises for group_id in names.groups(text) or (None,)]
    insert(con, "on_premises", [(tenant_id, *row) for row in premises])
    insert(con, "baseline", [(tenant_id, *_row(entry, names)) for entry in accepted])
    tiers.fill(con, tenant_id)
    _tickets(con, context)
    _operations(con, tenant_id)
    _addresses(con, context)
    return NormaliseSummary()


def _tickets(con: duckdb.DuckDBPyConnection, context: Context) -> None:
    register = context.settings.tickets.register_
    held = tickets.read(register) if register else ()
    insert(con, "ticket", [(context.tenant_id, *astuple(ticket)) for ticket in held])


def _operations(con: duckdb.DuckDBPyConnection, tenant_id: str) -> None:
    lists = rules_dir() / "lists"
    known = {each.activity for each in vocabulary.read(lists / "activities.yaml")}
    found = operations.read(lists / "sensitive_operations.yaml", known)
    insert(con, "sensitive_operation", [(tenant_id, *row) for row in found])


def _addresses(con: duckdb.DuckDBPyConnection, context: Context) -> None:
    known = addresses.networks(context.tenant.named_ranges)
    insert(con, "named_range", [(context.tenant_id, name, str(network)) for name, network in known])
    asked = con.execute("SELECT DISTINCT actor_ip FROM pim_request WHERE actor_ip IS NOT NULL ORDER BY 1").fetchall()
    found = addresses.placed((ip for (ip,) in asked), known)
    insert(con, "source_address", [(context.tenant_id, *row) for row in found])


def _texts(tenant: Tenant, accepted: tuple[Accepted, ...]) -> list[str]:
    """Every name the configuration uses."""
    members = [member for calendar in tenant.calendars for member in calendar.members]
    entries = [text for entry in accepted for text in (entry.principal, entry.target)]
    return [*members, *tenant.break_glass, *tenant.high_impact, *tenant.on_premises, *entries]


def _plain(text: str) -> str:
    return text.strip().lower()


def _impact(text: str, names: Names) -> list[tuple[str, str | None]]:
    return [(text, target_id) for target_id in names.targets(text)] or [(text, None)]


def _row(entry: Accepted, names: Names) -> tuple[object, ...]:
    ids = (names.principal(entry.principal), names.target(entry.target, entry.access))
    said = (entry.access, entry.reason, entry.owner, entry.ticket, entry.expires)
    return (entry.principal, entry.target, *ids, *said)


def _settings(said: Tickets) -> list[tuple[str, str]]:
    return [
        ("tickets.pattern", said.pattern),
        ("tickets.in_justification", str(said.in_justification).lower()),
        ("tickets.register", str(said.register_ is not None).lower()),
        *(("tickets.required_tier", tier) for tier in said.required_tiers),
    ]


def _years(con: duckdb.DuckDBPyConnection) -> range:
    """The years that data covers, and one more on either side; none before there is any."""
    row = con.execute(
        """SELECT min(since), max(until) FROM (
            SELECT year(min(occurred_at)) AS since, year(max(occurred_at)) AS until FROM audit_event
            UNION ALL SELECT year(min(started_at)), year(max(finished_at)) FROM segment)"""
    ).fetchone()
    if row is None or row[0] is None:
        return range(0)
    return range(max(row[0], row[1] - _REACH) - 1, row[1] + 2)


_REACH = 20
"""Years looked back at most: a single old event is not worth a century of holidays."""

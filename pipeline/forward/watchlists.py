"""What Microsoft Sentinel is told of the configuration, so that rules and analysts over there know it too."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import yaml

from ..config import Calendar, Settings, Tenant
from ..content import rules_dir

_HOURS = ("TimeZone", "WorkingHours", "Holidays")


def watchlists(settings: Settings) -> dict[str, str]:
    """CSV by the name of the template's parameter; the first column is the one to look up by. Empty: no rows."""
    tenants = settings.tenants
    return {
        "tenants": _csv(("EntraTenantId", "TenantName", *_HOURS), map(_tenant, tenants)),
        "calendars": _csv(
            ("Member", "EntraTenantId", "TenantName", *_HOURS, "OnCall"),
            (row for tenant in tenants for row in _calendars(tenant)),
        ),
        "roleTiers": _csv(("RoleDefinitionId", "RoleName", "Tier"), _tiers()),
        "breakGlass": _csv(
            ("Account", "EntraTenantId", "TenantName"),
            ((account, tenant.tenant_id, tenant.name) for tenant in tenants for account in tenant.break_glass),
        ),
    }


def _tenant(tenant: Tenant) -> tuple[str, ...]:
    return (tenant.tenant_id, tenant.name, tenant.time_zone, _text(tenant.working_hours), tenant.holidays or "")


def _calendars(tenant: Tenant) -> Iterable[tuple[str, ...]]:
    """Each member's hours, what a calendar leaves open filled in from the tenant; `*` is everybody else."""
    for calendar in tenant.calendars:
        for member in calendar.members:
            yield (member, tenant.tenant_id, tenant.name, *_hours(calendar, tenant), _on_call(calendar))
    yield ("*", tenant.tenant_id, tenant.name, *_tenant(tenant)[2:], "")


def _hours(calendar: Calendar, tenant: Tenant) -> tuple[str, str, str]:
    return (
        calendar.time_zone or tenant.time_zone,
        _text(calendar.working_hours or tenant.working_hours),
        calendar.holidays or tenant.holidays or "",
    )


def _on_call(calendar: Calendar) -> str:
    return "; ".join(f"{span.from_:%Y-%m-%dT%H:%M:%SZ}/{span.to:%Y-%m-%dT%H:%M:%SZ}" for span in calendar.on_call)


def _tiers() -> Iterable[tuple[str, str, str]]:
    text = (rules_dir() / "lists" / "role_tiers.yaml").read_text(encoding="utf-8")
    for tier, roles in yaml.safe_load(text).items():
        for role in roles or ():
            yield role["id"], role["name"], tier


def _text(hours: str | Sequence[str]) -> str:
    return hours if isinstance(hours, str) else ", ".join(hours)


def _csv(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    held = list(rows)
    if not held:
        return ""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *held])
    return out.getvalue()

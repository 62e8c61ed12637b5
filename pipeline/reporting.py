"""Reports of one or several tenants, each for itself: one that cannot be written does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from .config import Settings, Tenant
from .report import last_month, report
from .run import fault_of
from .store import TenantFolder, open_store


@dataclass(frozen=True)
class Written:
    """Reports of one tenant: the files, or why there are none."""

    tenant: str
    paths: tuple[Path, ...] = ()
    exit_code: int = 0
    error: str | None = None


def report_all(
    settings: Settings,
    tenants: Sequence[Tenant],
    frameworks: Sequence[str],
    *,
    now: datetime,
    period: tuple[date, date] | None = None,
    out: Path | None = None,
    formats: Sequence[str] | None = None,
) -> list[Written]:
    """The evidence of `period` (tenant-local days, the end exclusive; the last month) for each framework and tenant."""

    def write(tenant: Tenant) -> list[Path]:
        folder = TenantFolder(settings.data_dir / tenant.name)
        since, until = period or last_month(now, tenant.time_zone)
        form, place = formats or settings.report.formats, out or folder.reports
        with open_store(folder, tenant.tenant_id) as store:
            return report(store, tenant, settings, frameworks, since, until, now=now, out=place, formats=form)

    def one(tenant: Tenant) -> Written:
        try:
            return Written(tenant.name, tuple(write(tenant)))
        except Exception as error:  # noqa: BLE001 - a tenant's reports are a job
            code, text = fault_of(error)
            return Written(tenant.name, (), code, text)

    return [one(tenant) for tenant in tenants]

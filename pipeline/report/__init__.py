"""Evidence for assessors: metrics over one frozen read of the store, told per framework. It gives no opinion.

metrics (SQL, one a file) ──measure──▶ result rows ─┐
frameworks (YAML: control → metrics) ───────────────┼──render──▶ self-contained HTML, CSV populations
registers, provenance, trend (SQL) ─────────────────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .period import last_month

if TYPE_CHECKING:
    from ..config import Settings, Tenant
    from ..store import Store

__all__ = ["last_month", "report"]


def report(
    store: Store,
    tenant: Tenant,
    settings: Settings,
    frameworks: Sequence[str],
    since: date,
    until: date,
    *,
    now: datetime,
    out: Path,
    formats: Sequence[str] = ("html",),
) -> list[Path]:
    """Write the evidence of [since, until), tenant-local days, for each framework into `out`; returns what was written.

    All of them tell the same state of the store. Raises UsageError for an unknown framework or format or an empty
    period, StorageError where the disk refuses.
    """
    from .pack import write_pack

    return list(write_pack(store, tenant, settings, frameworks, since, until, now=now, out=out, formats=formats))

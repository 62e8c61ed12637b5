"""Cycles over the sample tenants, and what a store holds afterwards apart from who asked when."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import content
from pipeline.collect import open_graph
from pipeline.collect.replay import ReplayTransport
from pipeline.config import Settings
from pipeline.model import CycleSummary
from pipeline.run import WHOLE, cycle
from pipeline.settings_file import load
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select

FIRST, SECOND = "2026-10-17", "2026-11-01"
SILVER = (
    *("audit_event", "audit_target", "audit_detail", "pim_request", "assignment_history", "policy_history"),
    *("access_review", "review_instance", "review_decision_history", "ca_policy_history", "auth_strength"),
    *("auth_context", "pim_alert", "role_assignment", "group_writeback"),
    *("policy_approver", "role_history", "entra_group_history", "principal_history", "group_edge", "licence"),
    *("calendar", "holiday", "on_call", "tier", "break_glass", "high_impact", "baseline", "setting"),
)
STANDING = (*SILVER, "finding", "alert", "outbox", "gap")
"""Tables that say what is known; the others say how it came to be known."""

ASKED_WHEN = {
    *("run_id", "enqueued_at", "sent_at", "first_seen_at", "last_seen_at", "raised_at", "attempts", "noted_at"),
    *("record", "why", "segment", "page", "ordinal"),
}
"""Columns that say by which run, when, from which of several equal answers, or in words that name the runs before."""


def sample_settings(data_dir: Path) -> Settings:
    """The samples' configuration with its data elsewhere."""
    return load(content.samples_dir() / "pimtrail.toml", {"data_dir": data_dir}, environment={})


def copy_configuration(to: Path) -> Path:
    """The samples' configuration and what it names, in the folder `to`; its data is expected in `to/data`."""
    samples = content.samples_dir()
    for source in (samples / "pimtrail.toml", samples / "tickets.csv", *samples.glob("*/*.yaml")):
        target = to / source.relative_to(samples)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return to / "pimtrail.toml"


def play(settings: Settings, name: str, day: str = FIRST, stages: Sequence[str] = WHOLE, **given: Any) -> CycleSummary:
    """A cycle of the sample tenant as of 06:15 on `day`, unpaced."""
    (tenant,) = (each for each in settings.tenants if each.name == name)
    now = datetime.fromisoformat(f"{day}T06:15:00").replace(tzinfo=UTC)
    with open_graph(settings.graph, None, ReplayTransport(content.samples_dir() / name, day, now)) as graph:
        return cycle(settings, tenant, now=now, graph=graph, stages=stages, pause=lambda seconds: None, **given)


def holdings(folder: Path, tables: Sequence[str] = STANDING) -> dict[str, list[str]]:
    """The rows of each table, in an order of their own, without columns that tell who asked when."""
    held = {}
    with reading(TenantFolder(folder)) as con:
        for table in tables:
            names, _ = select(con, f"SELECT * FROM {table} LIMIT 0")
            kept = ", ".join(name for name in names if name not in ASKED_WHEN)
            held[table] = sorted(str(row) for row in select(con, f"SELECT {kept} FROM {table}")[1])
    return held

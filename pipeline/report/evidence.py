"""Everything a report says, gathered in one frozen read of the store. Renderers only lay it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import duckdb

from .. import __version__
from ..config import Settings, Tenant
from ..store import Store
from .framework import Control, Framework
from .measure import Measurement, measure
from .metric import Metric
from .period import Period
from .registers import Table, read_findings, read_table
from .sources import Sources, read_sources
from .trend import daily

if TYPE_CHECKING:
    import pandas as pd

COVERAGE = "DQ-01"
_TABLES = (
    *("activations", "assignments", "policies", "scope", "emergency"),
    *("walks", "runs", "snapshots", "funnel", "quarantine", "skipped", "held", "gaps"),
    *("uses_by_hour", "working_hours"),
)


@dataclass(frozen=True)
class Assessed:
    """A control with the measurements that speak to it and the findings whose rules name it."""

    control: Control
    measurements: tuple[Measurement, ...]
    findings: int


@dataclass(frozen=True)
class Reading:
    """What the store holds of a period, whichever framework asks."""

    period: Period
    measurements: Mapping[str, Measurement]
    sources: Sources
    tables: Mapping[str, Table]
    trend: pd.DataFrame
    chain_head: str
    chain_length: int


@dataclass(frozen=True)
class Evidence(Reading):
    """The content of one report: what was read, and how it speaks to one framework's controls."""

    tenant: Tenant
    entity: str
    framework: Framework
    controls: Mapping[str, Assessed]
    made_at: datetime
    version: str = __version__


def read(store: Store, metrics: Mapping[str, Metric], period: Period) -> Reading:
    """Read all of it in one transaction, so that every number comes from the same state of the store."""
    with store.transaction() as con:
        measurements, sources = _measure_all(con, metrics, period)
        known = {"since": period.begins, "until": period.ends, "as_of": period.ends, "zone": period.zone.key}
        tables = {name: read_table(con, name, known) for name in _TABLES}
        tables["findings"] = read_findings(con, known)
        trend = daily(con, period)
    return Reading(period, measurements, sources, tables, trend, store.ledger.head, store.ledger.seq)


def gather(reading: Reading, tenant: Tenant, settings: Settings, framework: Framework, *, now: datetime) -> Evidence:
    """What was read, as it speaks to a framework's controls."""
    found = reading.tables["findings"]
    assessed = {c.ref: _assess(c, framework, reading.measurements, found) for c in framework.controls}
    entity = settings.report.entity or tenant.name
    return Evidence(**vars(reading), tenant=tenant, entity=entity, framework=framework, controls=assessed, made_at=now)


def _measure_all(
    con: duckdb.DuckDBPyConnection, metrics: Mapping[str, Metric], period: Period
) -> tuple[dict[str, Measurement], Sources]:
    """Coverage first: what it says limits all the others."""
    moments = {"since": period.begins, "until": period.ends, "as_of": period.ends}
    coverage = measure(con, metrics[COVERAGE], moments, Sources())
    sources = read_sources(con, period, coverage.failing, coverage.tested)
    others = {id: measure(con, metric, moments, sources) for id, metric in metrics.items() if id != COVERAGE}
    return {COVERAGE: coverage, **others}, sources


def _assess(
    control: Control, framework: Framework, measurements: Mapping[str, Measurement], findings: Table
) -> Assessed:
    named = f"{framework.prefix}:{control.ref}"
    count = sum(named in row["controls"].split() for row in findings.rows)
    return Assessed(control, tuple(measurements[id] for id in control.metrics), count)

"""Reports from one state of the store: read it once, then write each framework in each format asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..config import Settings, Tenant
from ..errors import UsageError
from ..store import Store
from ..store.files import replacing
from .evidence import Evidence, gather, read
from .framework import load_framework
from .metric import load_metrics
from .page import render, trend_rows
from .period import make_period
from .registers import REGISTERS
from .tables import Written, write_csv

FORMATS = ("html", "csv")


def write_pack(
    store: Store,
    tenant: Tenant,
    settings: Settings,
    frameworks: Sequence[str],
    since: date,
    until: date,
    *,
    now: datetime,
    out: Path,
    formats: Sequence[str],
) -> Iterator[Path]:
    """See `pipeline.report.report`."""
    if unknown := set(formats) - set(FORMATS):
        raise UsageError(f"no format {', '.join(sorted(unknown))}; there are: {', '.join(FORMATS)}")
    controls = [load_framework(name) for name in frameworks]
    period = make_period(since, until, tenant.time_zone, now)
    reading = read(store, load_metrics(), period)
    for framework in controls:
        evidence = gather(reading, tenant, settings, framework, now=now)
        stem = f"{tenant.name}-{framework.framework}-{period.stem}"
        if "html" in formats:
            yield _write_html(evidence, out / f"{stem}.html")
        if "csv" in formats:
            yield _write_tables(evidence, out / stem)


def _write_html(evidence: Evidence, path: Path) -> Path:
    page = render(evidence).encode()
    with replacing(path) as handle:
        handle.write(page)
    return path


def _write_tables(evidence: Evidence, folder: Path) -> Path:
    files = [*_populations(evidence, folder), *_registers(evidence, folder), _trend(evidence, folder)]
    rows = [{"file": f.name, "rows": f.rows, "sha256": f.sha256} for f in files]
    write_csv(folder, "index.csv", (("file", ""), ("rows", ""), ("sha256", "")), rows)
    columns = [{"file": f.name, "column": name, "type": kind} for f in files for name, kind in f.columns]
    write_csv(folder, "columns.csv", (("file", ""), ("column", ""), ("type", "")), columns)
    return folder


def _populations(evidence: Evidence, folder: Path) -> list[Written]:
    return [
        write_csv(folder, it.metric.population_file, tuple(zip(it.columns, it.types, strict=True)), it.rows)
        for it in evidence.measurements.values()
        if it.columns
    ]


def _registers(evidence: Evidence, folder: Path) -> list[Written]:
    tables = [evidence.tables[name] for name in REGISTERS]
    return [write_csv(folder, f"registers/{table.name}.csv", table.columns, table.rows) for table in tables]


def _trend(evidence: Evidence, folder: Path) -> Written:
    rows: list[Mapping[str, Any]] = list(trend_rows(evidence.trend))
    columns = tuple((str(name), "DATE" if name == "day" else "BIGINT") for name in evidence.trend.columns)
    return write_csv(folder, "trend.csv", columns, rows)

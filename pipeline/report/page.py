"""The HTML edition: one file, no script, no network, every value of the data made visible and escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..content import reports_dir
from . import charts, text
from .evidence import COVERAGE, Evidence
from .measure import Measurement, Outcome
from .provenance import blind, funnel, snapshot_moments, top_limits, trust
from .registers import queries, query

CHAPTERS = (
    ("content", "Front page"),
    ("provenance", "Provenance"),
    ("gaps", "Gaps and limits"),
    ("reading", "How to read"),
    ("scope", "Scope"),
    ("controls", "Controls"),
    ("metrics", "Metric sheets"),
    ("activations", "Activations"),
    ("assignments", "Assignments"),
    ("policies", "Policies"),
    ("findings", "Findings"),
)
FAMILIES = (
    ("DQ", "Quality of the data"),
    ("PRV", "Privilege held"),
    ("POL", "Rules of activation"),
    ("ACT", "Privilege used"),
    ("SOD", "Segregation of duties"),
    ("DET", "Detection and delivery"),
)
KEY_NUMBERS = ("PRV-01", "PRV-02", "PRV-03", "PRV-10", "ACT-03", "ACT-04", "SOD-02", "DET-04")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_SHOWN = 100
_WIDEST = 9


def render(evidence: Evidence) -> str:
    """The whole page."""
    template = _environment().get_template("report.html.j2")
    return template.render(
        e=evidence,
        chapters=CHAPTERS,
        families=FAMILIES,
        weekdays=WEEKDAYS,
        zone=evidence.period.zone,
        severities=charts.SEVERITIES,
        outcomes=[str(outcome) for outcome in Outcome],
        most_shown=_MOST_SHOWN,
        trust=trust(evidence),
        blind=blind,
        key_numbers=[evidence.measurements[id] for id in KEY_NUMBERS],
        reachable=[it for it in evidence.controls.values() if it.control.relation != "out of reach"],
        top_limits=top_limits(evidence),
        funnel=funnel(evidence),
        plots=plots(evidence),
        limited=[it for it in evidence.measurements.values() if it.limits or it.result.outcome is Outcome.NOT_TESTED],
        waived=[row for row in evidence.tables["findings"].rows if row["waived_by"] is not None],
        held_back=[row for row in evidence.tables["findings"].rows if row["suppressed"] is not None],
        register_queries=[(name, hashlib.sha256(query(name).encode()).hexdigest()) for name in queries()],
        share=text.share,
        epoch=datetime.fromtimestamp(0, UTC),
        newest=max(evidence.sources.snapshots.values(), default=None),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(reports_dir() / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=text.plain,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        utc=text.utc,
        day=lambda moment: None if moment is None else text.utc(moment),
        local=text.local,
        span=text.span,
        coord=lambda value: f"{value:.1f}",
        words=lambda value: None if value is None else str(value).replace("_", " "),
        words_of=lambda value: {"entra_role": "Entra role", "service_principal": "service principal"}.get(value, value),
        listed=lambda value: ", ".join(value) if isinstance(value, list) else value,
        known=lambda value, yes, no: "not known" if value is None else yes if value else no,
        ended=lambda value: {"expiry": "ran out", "self": "given back", "admin": "ended by another"}.get(value, ""),
        tone=charts.tone,
        readable=readable,
    )
    environment.tests["in_family"] = lambda id, family: id.startswith(f"{family}-")
    return environment


@dataclass(frozen=True)
class Column:
    """A column of a sheet's exceptions. `form` is how its cells are laid out; `twin` stands small beneath them."""

    name: str
    label: str
    form: str
    twin: str | None = None


_TOGETHER = {"target_name", "surface", "access", "scope", "tier"}
"""Shown in one cell: the role or group, and what kind of it."""


def readable(measurement: Measurement) -> list[Column]:
    """The columns of a population that its sheet shows; ids of objects stay in the CSV edition."""
    hidden = {"row_id", "passes", "reason", *measurement.metric.header.measures}
    if {"target_name", "target_id", "surface"} <= set(measurement.columns):
        hidden |= _TOGETHER - {"target_name"}
    kinds = dict(zip(measurement.columns, measurement.types, strict=True))
    names = [name for name in kinds if name not in hidden and not name.endswith("_id")]
    upns = {name: f"{name.removesuffix('_name')}_upn" for name in names if name.endswith("_name")}
    shown = [name for name in names if name not in upns.values()][:_WIDEST]
    return [_column(name, kinds[name], upns[name] if upns.get(name) in kinds else None, hidden) for name in shown]


def _column(name: str, kind: str, twin: str | None, hidden: set[str]) -> Column:
    label = name.removesuffix("_name").replace("_", " ")
    if name == "target_name" and "surface" in hidden:
        return Column(name, "role or group", "target")
    if kind.startswith("TIMESTAMP"):
        return Column(name, label, "t")
    return Column(name, label, "who" if twin else "said" if name == "justification" else "cell", twin)


def plots(evidence: Evidence) -> dict[str, Any]:
    """Geometry and headlines of the pictures."""
    coverage = evidence.measurements[COVERAGE].rows
    begins, ends = evidence.period.begins, evidence.period.ends
    by_rule = charts.findings_chart(evidence.tables["findings"])
    heat = charts.heat_map(evidence.tables["uses_by_hour"], evidence.tables["working_hours"])
    return {
        "rights": charts.rights_chart(evidence.trend),
        "trend": trend_rows(evidence.trend),
        "by_rule": by_rule,
        "heat": heat,
        "coverage": charts.timeline(coverage, begins, ends),
        "snapshots": charts.marks(snapshot_moments(evidence), begins, ends),
        "headlines": _headlines(evidence, by_rule, heat),
    }


def trend_rows(trend: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame as plain values, missing ones as None."""
    return [
        {str(name): None if pd.isna(value) else value if name == "day" else int(value) for name, value in row.items()}
        for row in trend.to_dict("records")
    ]


def _headlines(evidence: Evidence, by_rule: Sequence[charts.StackedRow], heat: charts.HeatMap) -> dict[str, str]:
    days = [row for row in trend_rows(evidence.trend) if row["eligible"] is not None]
    rights = "No snapshot of rights was taken up to the end of the period"
    if days:
        first, last = days[0], days[-1]
        rights = (
            f"{_change('eligible', first['eligible'], last['eligible'])}, "
            f"{_change('standing', first['standing'], last['standing'])}"
        )
    findings = len(evidence.tables["findings"].rows)
    exceptions = sum(it.result.outcome is Outcome.EXCEPTIONS for it in evidence.measurements.values())
    return {
        "rights": rights[0].upper() + rights[1:],
        "by_rule": f"{findings} findings from {len(by_rule)} rules" if findings else "No findings",
        "heat": _busiest(heat),
        "matrix": f"{exceptions} of {len(evidence.measurements)} metrics noted exceptions",
    }


def _change(name: str, first: int, last: int) -> str:
    return f"{name} rights {'stayed at' if first == last else f'went from {first} to'} {last}"


def _busiest(heat: charts.HeatMap) -> str:
    cells = [cell for row in heat.rows for cell in row]
    total, off = sum(cell.value for cell in cells), sum(cell.value for cell in cells if not cell.at_work)
    if not total:
        return "No activations"
    if not any(cell.at_work for cell in cells):
        return f"{total} activations"
    return f"{off} of {total} activations began in hours that lie wholly outside working hours"

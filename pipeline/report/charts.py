"""Geometry of the plots, in SVG user units. Templates draw it; no text of the data enters here as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from .registers import Table

SEVERITIES = ("high", "medium", "low", "informational")


@dataclass(frozen=True)
class Line:
    """A series: its path's points (`x,y x,y …`, one text a stretch without a hole) and where its label stands."""

    name: str
    stretches: tuple[str, ...]
    label_x: float
    label_y: float
    last: int


@dataclass(frozen=True)
class Bar:
    """A rectangle with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    tone: str = ""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class RightsChart:
    """Lines of rights held above, bars of activations below, one x axis of days."""

    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    blind: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    most_activations: int


@dataclass(frozen=True)
class StackedRow:
    """A row of stacked bars: segments left to right."""

    label: str
    y: float
    segments: tuple[Bar, ...]
    total: int
    end: float


@dataclass(frozen=True)
class HeatCell:
    x: float
    y: float
    value: int
    step: int
    """0 for none, 1 to 4 by the share of the fullest cell."""
    at_work: bool


@dataclass(frozen=True)
class HeatMap:
    """Seven rows of 24 cells, Monday first, and outlines around working hours."""

    rows: tuple[tuple[HeatCell, ...], ...]
    outlines: tuple[Bar, ...]


def tone(severity: object) -> str:
    """The severity as a class name of the page: never a text of the data."""
    return str(severity) if severity in SEVERITIES else "informational"


def steps(most: int, wanted: int = 4) -> list[int]:
    """Round tick values from 0 to at least `most`."""
    for size in (n * 10**power for power in range(9) for n in (1, 2, 5)):
        if size * wanted >= most:
            break
    return list(range(0, max(size, -(-most // size) * size) + 1, size))


def rights_chart(trend: pd.DataFrame) -> RightsChart:
    """Eligible and standing rights and activations by day. The plot is 940 wide; lines 0..150, bars 180..230."""
    days = list(trend["day"])
    width = 940 / max(1, len(days))
    centre = [width * (n + 0.5) for n in range(len(days))]
    scale = steps(int(max(trend[["eligible", "standing"]].max().fillna(0))))
    lines = tuple(_line(name, centre, list(trend[name]), scale[-1]) for name in ("eligible", "standing"))
    most = int(max(trend["activations"].max(), 1))
    bars = tuple(
        _day_bar(n, width, day, int(count), most)
        for n, (day, count) in enumerate(zip(days, trend["activations"], strict=True))
    )
    ticks = tuple(
        Tick(centre[n], f"{day.day} {day:%b}" if n == 0 or day.day == 1 else str(day.day))
        for n, day in enumerate(days)
        if _ticked(n, len(days))
    )
    return RightsChart(
        _apart(lines),
        bars,
        _unobserved(trend, width),
        ticks,
        tuple(Tick(150 - 150 * value / scale[-1], str(value)) for value in scale),
        most,
    )


def _ticked(n: int, days: int) -> bool:
    every = next(step for step in (1, 2, 5, 7, 14, 30, 90, 400, 10**6) if days / step <= 12)
    return n % every == 0


def _line(name: str, centre: Sequence[float], values: Sequence[Any], top: int) -> Line:
    stretches: list[list[str]] = [[]]
    end, last = (0.0, 150.0), 0
    for x, value in zip(centre, values, strict=True):
        if pd.isna(value):
            stretches.append([])
            continue
        end, last = (x, 150 - 150 * int(value) / top), int(value)
        stretches[-1].append(f"{end[0]:.1f},{end[1]:.1f}")
    return Line(name, tuple(" ".join(part) for part in stretches if part), *end, last)


def _apart(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Labels at least 14 units from each other."""
    placed: list[Line] = []
    for line in sorted(lines, key=lambda line: line.label_y):
        y = max(line.label_y, placed[-1].label_y + 14) if placed else line.label_y
        placed.append(Line(line.name, line.stretches, line.label_x, y, line.last))
    return tuple(placed)


def _day_bar(n: int, width: float, day: Any, count: int, most: int) -> Bar:
    height = 50 * count / most
    return Bar(width * n + width * 0.15, 230 - height, width * 0.7, height, day.isoformat(), count)


def _unobserved(trend: pd.DataFrame, width: float) -> tuple[Bar, ...]:
    missing = [n for n, value in enumerate(trend["eligible"]) if pd.isna(value)]
    return (Bar(0, 0, width * len(missing), 150, "no snapshot yet", len(missing)),) if missing else ()


def findings_chart(findings: Table) -> tuple[StackedRow, ...]:
    """Findings by rule, most first, one segment a severity; 210 wide, 26 a row."""
    counts: dict[str, dict[str, int]] = {}
    for row in findings.rows:
        rule = counts.setdefault(row["rule_id"], dict.fromkeys(SEVERITIES, 0))
        rule[row["severity"]] = rule.get(row["severity"], 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    most = max((sum(by.values()) for by in counts.values()), default=1)
    return tuple(_stacked(rule, 26 * n, by, 210 / most) for n, (rule, by) in enumerate(ordered))


def _stacked(label: str, y: float, counts: Mapping[str, int], unit: float) -> StackedRow:
    x, segments = 0.0, []
    for severity, count in counts.items():
        if count:
            segments.append(Bar(x, y, count * unit, 16, severity, count, tone(severity)))
            x += count * unit
    return StackedRow(label, y, tuple(segments), sum(counts.values()), x)


def heat_map(uses: Table, hours: Table) -> HeatMap:
    """Cells are 20 wide and 22 high; an outline holds the equal hours of days that follow each other."""
    counts = {(row["weekday"], row["hour"]): int(row["activations"]) for row in uses.rows}
    most = max(counts.values(), default=1)
    rows = tuple(
        tuple(_heat_cell(day, hour, counts.get((day, hour), 0), most, hours) for hour in range(24))
        for day in range(1, 8)
    )
    return HeatMap(rows, _outlines(hours))


def _heat_cell(day: int, hour: int, count: int, most: int, hours: Table) -> HeatCell:
    at_work = any(
        row["weekday"] == day and row["opens_minute"] < 60 * (hour + 1) and row["closes_minute"] > 60 * hour
        for row in hours.rows
    )
    return HeatCell(hour * 20.0, (day - 1) * 22.0, count, -(-4 * count // most), at_work)


def _outlines(hours: Table) -> tuple[Bar, ...]:
    spans = sorted((row["opens_minute"], row["closes_minute"], row["weekday"]) for row in hours.rows)
    blocks: list[tuple[int, int, int, int]] = []
    for opens, closes, day in spans:
        if blocks and blocks[-1][:2] == (opens, closes) and blocks[-1][3] == day - 1:
            blocks[-1] = (opens, closes, blocks[-1][2], day)
        else:
            blocks.append((opens, closes, day, day))
    return tuple(
        Bar(opens / 3, (first - 1) * 22.0, (closes - opens) / 3, (last - first + 1) * 22.0, "working hours", 0)
        for opens, closes, first, last in blocks
    )


def timeline(spans: Sequence[Mapping[str, Any]], begins: datetime, ends: datetime) -> tuple[Bar, ...]:
    """Covered and missing spans of the log, 960 wide; a hole is never thinner than 2 units."""
    whole = (ends - begins).total_seconds()
    bars = []
    for span in spans:
        x = 960 * (span["begins"] - begins).total_seconds() / whole
        width = 960 * (span["ends"] - span["begins"]).total_seconds() / whole
        tone = "covered" if span["passes"] else "missing"
        bars.append(Bar(x, 0, max(width, 2.0), 22, tone, int(span["minutes"]), tone))
    return tuple(sorted(bars, key=lambda bar: bar.tone))


def marks(moments: Sequence[datetime], begins: datetime, ends: datetime) -> tuple[float, ...]:
    """Places of moments on the same axis; those outside the period are left out."""
    whole = (ends - begins).total_seconds()
    return tuple(960 * (m - begins).total_seconds() / whole for m in moments if begins <= m <= ends)

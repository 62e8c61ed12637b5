"""What the front and the Provenance page tell about the evidence itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .evidence import COVERAGE, Evidence
from .measure import Measurement
from .text import number, share, utc


@dataclass(frozen=True)
class Step:
    """A step of the funnel; `width` is that of its bar, by the logarithm of its count."""

    name: str
    count: int
    why: str
    width: float


@dataclass(frozen=True)
class Tile:
    """A figure of the trust strip, told by a metric or by a place in the report."""

    title: str
    figure: str
    note: str
    measurement: Measurement | None = None
    anchor: str = ""
    link: str = ""


_WHY = (
    ("pages", "pages read", "answers of Graph and imported files that touch the period"),
    ("items", "items in them", "up to 999 a page"),
    ("events", "distinct events", "windows overlap on purpose, so most items are read again; others were quarantined"),
    ("in_period", "in the period", "the windows at its ends reach beyond it, or events came in by another source"),
    ("pim", "of PIM", "all other directory activity is kept and not judged here"),
    ("requests", "PIM requests", "several events make one request, from ask to end"),
    ("activations", "activations", "grants, removals and requests that did not take effect are no activations"),
    ("judged", "activations judged", "by ACT-03 or ACT-04; the rest could not be judged"),
    ("exceptions", "with exceptions", "in ACT-03 or ACT-04; each is listed on their sheets"),
)


def funnel(evidence: Evidence) -> tuple[Step, ...]:
    """The counts from pages to exceptions, each with the reason it differs from the one before."""
    counts: dict[str, int] = {name: int(value) for name, value in evidence.tables["funnel"].rows[0].items()}
    tests = [evidence.measurements[id] for id in ("ACT-03", "ACT-04")]
    counts["judged"] = len({row["row_id"] for test in tests for row in test.rows if row["passes"] is not None})
    counts["exceptions"] = len({row["row_id"] for test in tests for row in test.exceptions})
    most = math.log1p(max(*counts.values(), 1))
    return tuple(Step(title, counts[n], why, 820 * math.log1p(counts[n]) / most) for n, title, why in _WHY)


def trust(evidence: Evidence) -> tuple[Tile, ...]:
    """The strip of the front page."""
    return (_coverage(evidence), *_counts(evidence), _chain(evidence), _extraction(evidence))


def _coverage(evidence: Evidence) -> Tile:
    found = evidence.measurements[COVERAGE]
    figure = share(found.passing, found.tested) or f"{number(found.passing)} of {number(found.tested)}"
    note = f"{number(found.passing)} of {number(found.tested)} minutes read; {number(found.failing)} missing"
    return Tile("Collection coverage", figure, note, found)


def _counts(evidence: Evidence) -> tuple[Tile, ...]:
    notes = {
        "DQ-02": ("Closed runs", "collection runs that read to the last page"),
        "DQ-06": ("Late events", "missing when their time was first read"),
        "DQ-10": ("Names resolved", "accounts in the log known from the directory"),
    }
    return tuple(_count(evidence.measurements[id], title, note) for id, (title, note) in notes.items())


def _count(found: Measurement, title: str, note: str) -> Tile:
    figure = f"{number(found.counted)} of {number(found.tested)}" if found.tested else "–"
    return Tile(title, figure, note, found)


def _chain(evidence: Evidence) -> Tile:
    note = f"{number(evidence.chain_length)} entries of the raw index follow from each other"
    return Tile("Hash chain", f"{evidence.chain_head[:8]}…", note, anchor="provenance", link="Provenance")


def _extraction(evidence: Evidence) -> Tile:
    ended = max((row["extraction_ended"] for row in evidence.tables["walks"].rows), default=None)
    drift = max((row["worst_drift_seconds"] or 0.0 for row in evidence.tables["runs"].rows), default=None)
    quarantined = sum(row["items"] for row in evidence.tables["quarantine"].rows)
    day, _, time = ("–" if ended is None else utc(ended)).partition(" ")
    clock = "not known" if drift is None else f"at most {drift:.1f} s"
    note = f"{time}; clock drift {clock}; {number(quarantined)} in quarantine".removeprefix("; ")
    return Tile("Extraction ended", day, note, anchor="gaps", link="Gaps and limits")


def blind(evidence: Evidence, source: str) -> list[Measurement]:
    """The metrics that say less, or nothing, without a source."""
    found = evidence.measurements.values()
    return [it for it in found if source in (*it.metric.header.needs, *it.metric.header.requires)]


def top_limits(evidence: Evidence) -> list[str]:
    """The three limits the front page names: those of this period first, then those that always hold."""
    limits = []
    missing = evidence.sources.uncovered_minutes
    if missing:
        limits.append(
            f"{number(missing)} of {number(evidence.sources.period_minutes)} minutes of the audit log were not read."
        )
    never = {name: why for name, why in evidence.sources.skipped.items() if name not in evidence.sources.snapshots}
    most_first = sorted(never, key=lambda name: (-len(blind(evidence, name)), name))
    limits += [
        f"{name.replace('_', ' ').capitalize()} could not be read: {never[name]}."
        for name in most_first
        if blind(evidence, name)
    ]
    limits += [f"{line[0].upper()}{line[1:]}." for line in evidence.sources.stale_lines()]
    unjudged = sum(found.unjudged for id, found in evidence.measurements.items() if id == "ACT-03")
    if unjudged:
        limits.append(
            f"Whether a ticket was given cannot be seen for {number(unjudged)} activations that should have one."
        )
    always = (
        "State is known from snapshots; a right that came and went between two of them shows only in the log.",
        "What a policy demands is shown, not which method a person used to sign in.",
        "Privilege outside Entra roles and PIM groups is not part of this evidence.",
    )
    return [*limits, *always][:3]


def snapshot_moments(evidence: Evidence) -> tuple[datetime, ...]:
    """When snapshots were taken, each moment once."""
    rows: tuple[Any, ...] = evidence.tables["snapshots"].rows
    return tuple(row["taken_at"] for row in rows)

"""Which segments of audit events are read together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ..store.segments import read_lines
from .context import EVENT_SOURCES, Context, Segment

PORTION_ITEMS = 240_000
"""Lines judged at once: about 1.1 KB of memory each."""

LARGE_ITEMS = 1_000_000
"""Events of a stream taken at once: they pass through memory, only their ids stay."""

USUAL_LINE = 4 << 20
"""Longest line DuckDB is told of, in bytes, unless a segment has a longer one; its buffers grow with it."""

_GLOB = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


@dataclass(frozen=True)
class Portion:
    """Consecutive segments of one source and one trust, as (sequence, segment) in order."""

    source: str
    assume_tenant: bool
    segments: tuple[tuple[int, Segment], ...]

    @property
    def last(self) -> int:
        """Sequence of its last segment."""
        return self.segments[-1][0]

    @property
    def sequences(self) -> list[int]:
        return [seq for seq, _ in self.segments]

    @property
    def items(self) -> int:
        """Lines that are no references."""
        return _items(self.segments)

    @property
    def is_import(self) -> bool:
        return any(segment.kind == "import" for _, segment in self.segments)

    def paths(self, raw: Path) -> list[str]:
        """Its files, in order."""
        return [str(raw / (segment.path or "")) for _, segment in self.segments]

    def patterns(self, raw: Path) -> list[str]:
        """Its files as DuckDB wants them, which takes a path for a pattern."""
        return [path.translate(_GLOB) for path in self.paths(raw)]


def portions(context: Context, after: int) -> Iterator[Portion]:
    """The pending segments of audit events after sequence `after`, in order, in portions that fit in memory."""
    held: list[tuple[int, Segment]] = []
    for seq, segment in context.of(*EVENT_SOURCES):
        if seq <= after or segment.path is None or segment.new_items == 0:
            continue
        if held and not _fits(held, segment):
            yield _portion(held)
            held = []
        held.append((seq, segment))
    if held:
        yield _portion(held)


def in_parts(portion: Portion, chosen: Collection[int]) -> Iterator[Portion]:
    """Those of its segments that are `chosen`, in portions whose lines fit in memory."""
    held: list[tuple[int, Segment]] = []
    for seq, segment in portion.segments:
        if seq not in chosen:
            continue
        if held and _items(held) + segment.new_items > PORTION_ITEMS:
            yield _portion(held)
            held = []
        held.append((seq, segment))
    if held:
        yield _portion(held)


def _fits(held: Sequence[tuple[int, Segment]], segment: Segment) -> bool:
    _, first = held[0]
    alike = [(one.source, one.kind, one.assume_tenant) for one in (first, segment)]
    return alike[0] == alike[1] and _items(held) + segment.new_items <= LARGE_ITEMS


def _items(held: Sequence[tuple[int, Segment]]) -> int:
    return sum(segment.new_items for _, segment in held)


def _portion(held: Sequence[tuple[int, Segment]]) -> Portion:
    _, first = held[0]
    return Portion(first.source, first.assume_tenant, tuple(held))


def longest_line(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> int:
    """What `maximum_object_size` must be for the portion. No item is longer than its page, and pages are short."""
    found = con.execute(
        "SELECT DISTINCT seq FROM segment_page WHERE list_contains($1, seq) AND length > $2",
        [portion.sequences, USUAL_LINE],
    ).fetchall()
    long = {seq for (seq,) in found}
    lines = (
        len(bytes(line.e))
        for seq, segment in portion.segments
        if seq in long
        for line in read_lines(context.raw, segment)
    )
    return max(lines, default=0) + USUAL_LINE

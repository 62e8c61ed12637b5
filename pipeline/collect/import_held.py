"""What the record holds of earlier imports, read once: so that no file costs a query."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..store import Store
from ..store.segments import Known, known_items

_FILES = """
SELECT file_sha256, bool_or(assume_tenant) AS assumed FROM segment
WHERE kind = 'import' AND file_sha256 IS NOT NULL GROUP BY file_sha256"""

_SEGMENTS = r"""
SELECT DISTINCT s.source, regexp_replace(p.url, '#\d+$', '') AS origin, s.assume_tenant, s.seq, s.path
FROM segment s JOIN segment_page p USING (tenant_id, seq)
WHERE s.kind = 'import' AND s.path IS NOT NULL ORDER BY s.seq"""

_REJECTS = """
SELECT origin, sha256, count(*) AS n FROM quarantine WHERE source = 'import' AND sha256 IS NOT NULL GROUP BY ALL"""


@dataclass(frozen=True)
class Place:
    """Where a segment's file lies."""

    path: str


@dataclass
class Held:
    """Kept up by those who add to the record."""

    files: dict[str, bool] = field(default_factory=dict)
    """SHA-256 of a content that is in whole, and whether the operator vouched for its tenant."""
    segments: Mapping[tuple[str, str, bool], list[tuple[int, Place]]] = field(default_factory=lambda: defaultdict(list))
    """(source, origin, whether vouched for) to segments of earlier runs with rows of that file."""
    rejects: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(origin, SHA-256 of the bytes) to entries in quarantine."""

    def has(self, sha256: str, assume_tenant: bool) -> bool:
        """Whether this content is in whole, on terms as wide."""
        return sha256 in self.files and self.files[sha256] >= assume_tenant

    def add(self, sha256: str, assume_tenant: bool) -> None:
        """A content is in whole."""
        self.files[sha256] = assume_tenant or self.files.get(sha256, False)

    def rows(self, raw: Path, source: str, origin: str, assume_tenant: bool) -> Known:
        """The rows from earlier, shorter states of the same file, on terms as wide: an export may still grow."""
        wide = self.segments[source, origin, True]
        narrow = [] if assume_tenant else self.segments[source, origin, False]
        return known_items(raw, sorted(wide + narrow, key=lambda held: held[0]))


def load(store: Store) -> Held:
    """All of it, from a store that is in line with its index."""
    held = Held()
    for row in store.rows(_FILES):
        held.files[row["file_sha256"]] = row["assumed"]
    for row in store.rows(_SEGMENTS):
        held.segments[row["source"], row["origin"], row["assume_tenant"]].append((row["seq"], Place(row["path"])))
    for row in store.rows(_REJECTS):
        held.rejects[row["origin"], row["sha256"]] = row["n"]
    return held

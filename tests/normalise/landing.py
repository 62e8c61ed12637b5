"""Lands synthetic Graph answers as raw segments, through the same writer that collect uses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.config import Settings, Tenant
from pipeline.normalise import normalise
from pipeline.store import Store, TenantFolder
from pipeline.store.segments import Answer, SegmentWriter, known_items
from pipeline.store.slicing import slice_items

TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
START = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
Item = Mapping[str, Any]
Pages = Sequence[tuple[str | None, Sequence[Item]]]


@dataclass
class Landing:
    """One tenant's store while segments are put into it; time goes on an hour with each unless told."""

    store: Store
    at: datetime = START
    settings: Settings = field(default_factory=Settings)
    tenant: Tenant = field(default_factory=lambda: Tenant(name="contoso", tenant_id=TENANT))
    refers: bool = False
    """Whether items already held are written as references."""
    previous: dict[str, list[int]] = field(default_factory=dict)
    landed: dict[int, Pages] = field(default_factory=dict)

    def snapshot(
        self,
        source: str,
        items: Sequence[Item],
        *,
        page: int = 1000,
        at: datetime | None = None,
        held: str | None = None,
    ) -> int:
        """A list of the whole tenant, cut into pages of `page` items; `held` is why it does not count."""
        pages = [items[start : start + page] for start in range(0, len(items), page)] or [[]]
        return self._land(source, "snapshot", [(None, part) for part in pages], at, held=held)

    def per_group(self, source: str, groups: Mapping[str, Sequence[Item]], *, at: datetime | None = None) -> int:
        """One walk over many groups, a page each."""
        return self._land(source, "snapshot", list(groups.items()), at)

    def events(self, rows: Sequence[Item], *, page: int = 999, at: datetime | None = None) -> int:
        """A window of the audit log."""
        pages = [rows[start : start + page] for start in range(0, len(rows), page)] or [[]]
        return self._land("directory_audits", "stream", [(None, part) for part in pages], at)

    def same(self, source: str, seq: int, *, at: datetime | None = None) -> int:
        """A snapshot equal to segment `seq`, kept as a reference to it alone."""
        return self._land(source, "snapshot", self.landed[seq], at, same=seq)

    def normalise(self) -> None:
        """Adopt what was landed and bring silver up to it."""
        self.store.adopt()
        normalise(self.store, self.tenant, self.settings, run_id="run-1", now=NOW)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.store.rows(sql)

    def _land(
        self,
        source: str,
        kind: str,
        pages: Pages,
        at: datetime | None,
        same: int | None = None,
        held: str | None = None,
    ) -> int:
        self.at = at or self.at + timedelta(hours=1)
        with SegmentWriter(self.store.ledger, source, kind, "run-1", self._known(source)) as writer:
            for parent, items in pages:
                rows = [json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass") for item in items]
                body = b'{"value": [' + b", ".join(rows) + b"]}"
                sliced = slice_items(body, rows)  # what collect would refuse must be survived here as well
                writer.add(Answer("https://graph.example/", 200, self.at, body, sliced, parent=parent))
            span = (self.at - timedelta(days=1), self.at) if kind == "stream" else (None, None)
            seq = writer.commit(*span, same=same, is_to_the_byte=same is not None, held=held)
        self.landed[seq] = pages
        if same is None:
            self.previous.setdefault(source, []).append(seq)
        return seq

    def _known(self, source: str) -> dict[bytes, tuple[int, int, int]]:
        if not self.refers:
            return {}
        held = dict(self.store.ledger.entries())
        return known_items(self.store.ledger.raw, [(seq, held[seq]) for seq in self.previous.get(source, [])])  # type: ignore[misc]


def folder(root: Path) -> TenantFolder:
    return TenantFolder(root / "contoso")

"""The same events twice: as pimtrail's raw segments, and as the bare compressed NDJSON anybody would load."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import zstandard

from pipeline.store import TenantFolder
from pipeline.store.ledger import Ledger
from pipeline.store.segments import Answer, SegmentWriter
from pipeline.store.slicing import Sliced

from .events import FIRST, days

PAGE = 999
URL = "https://graph.microsoft.com/v1.0/auditLogs/directoryAudits?$top=999"


def write(folder: Path, count: int) -> None:
    """Write `count` events to `folder`: a tenant's raw data under `tenant/`, bare files under `bare/`."""
    ledger = Ledger(TenantFolder(folder / "tenant").raw / "index.ndjson")
    (folder / "bare").mkdir()
    compressor = zstandard.ZstdCompressor(level=3)
    for number, events in enumerate(days(count)):
        since = FIRST + timedelta(days=number)
        add_segment(ledger, events, since, since + timedelta(days=1))
        bare = compressor.compress(b"".join(event + b"\n" for event in events))
        (folder / "bare" / f"{number:04d}.ndjson.zst").write_bytes(bare)


def add_segment(ledger: Ledger, events: Sequence[bytes], since: datetime, until: datetime) -> int:
    """One finished window as a segment; returns its sequence. The server answered five minutes after its end."""
    with SegmentWriter(ledger, "directory_audits", "stream", "benchmark") as writer:
        for start in range(0, max(1, len(events)), PAGE):
            writer.add(_answer(events[start : start + PAGE], until + timedelta(minutes=5)))
        return writer.commit(since, until)


def _answer(items: Sequence[bytes], at: datetime) -> Answer:
    sliced = Sliced(b'{"value":[', tuple(items), (b",",) * (len(items) - 1), b"]}")
    body = sliced.head + b",".join(items) + sliced.tail
    return Answer(URL, 200, at, body, sliced, hashlib.md5(body).hexdigest())

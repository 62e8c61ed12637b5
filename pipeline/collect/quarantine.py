"""What came and cannot be taken as data: on record with its bytes, its address and why."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from ..store.files import replacing
from ..store.ledger import QuarantineEntry
from ..store.segments import Answer
from .faults import BrokenWalkError

if TYPE_CHECKING:
    from .walk import Task


def quarantine(task: Task, source: str, fault: BrokenWalkError) -> None:
    """Keep the bytes that came instead of a page, named by their hash, once a run."""
    if fault.body is not None:
        _keep(task, source, fault.body, "malformed", str(fault), fault.url, fault.at or task.server_now)


def quarantine_items(task: Task, source: str, answer: Answer) -> None:
    """Keep what was rejected of a page, item by item, each once a run; its place in the page stands in the detail."""
    for item in answer.sliced.rejected:
        detail = f"item {item.ordinal} of its page: {item.reason}"
        _keep(task, source, item.body, "unreadable_item", detail, answer.url, answer.server_time)


def _keep(task: Task, source: str, body: bytes, reason: str, detail: str, origin: str, at: datetime) -> None:
    digest = hashlib.sha256(body).hexdigest()
    relative = f"quarantine/{source}/{digest[:32]}.body"
    path = task.store.ledger.raw / relative
    if not path.exists():
        with replacing(path) as handle:
            handle.write(body)
    if relative not in task.quarantined:
        task.quarantined.add(relative)
        task.store.ledger.append(
            QuarantineEntry(source, task.run_id, reason, detail, at, relative, digest, origin=origin)
        )

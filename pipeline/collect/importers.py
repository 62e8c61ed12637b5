"""Audit events from files, into the same raw segments as those from Graph.

A file may hold Graph pages or items, Azure Monitor records or rows of a Log Analytics table, also mixed, and may be
packed. Each row goes to a segment of its source or, with a reason, to quarantine; rows keep their bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from ..model import CollectSummary, ImportProgress, Skipped
from ..store import Store
from ..store.segments import SegmentWriter
from .import_files import STREAM, Found, find, spooled
from .import_held import Held, load
from .import_landing import Landing, Pages
from .import_rejects import Rejects, keep_whole
from .import_rows import MOST_DOCUMENT, Row, rows
from .import_unpack import Content, File, UnreadableError, WithheldError, measure, measure_packed

HOPELESS = 1_000
"""After so many rows, none of them an audit event, a file is rejected in one piece."""

MOST_TOLD = 20
"""Files named one by one among those that were passed over, or as the reason why nothing was imported."""

STEP = 5_000
"""Rows after which progress is told."""


@dataclass
class _Task:
    """One call: where to, for whom, and what came of it."""

    store: Store
    held: Held
    run_id: str
    now: datetime
    assume_tenant: bool
    progress: Callable[[ImportProgress], object]
    of: int = 0
    files: int = 0
    before: int = 0
    rows: int = 0
    quarantined: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)

    def skip(self, name: str, reason: str) -> None:
        """Note something that was passed over."""
        self.skipped.append(Skipped("import", f"{name}: {reason}"))

    def refuse(self, name: str, reason: str) -> None:
        """Note a file of which nothing could be taken."""
        self.refused.append(f"{name}: {reason}")

    def tell(self) -> None:
        """Say how far it is."""
        self.progress(ImportProgress(self.files + self.before, self.of, self.rows))


def import_paths(
    store: Store,
    paths: Sequence[Path],
    *,
    run_id: str,
    now: datetime,
    assume_tenant: bool = False,
    stream: BinaryIO | None = None,
    progress: Callable[[ImportProgress], object] = lambda _: None,
) -> CollectSummary:
    """Import files, those in folders and zip archives, and `stream` where a path is `-` (else standard input).

    A file whose content is in already is counted in `files_before`. `assume_tenant`: the rows are this tenant's,
    whatever tenant they name. Raises UsageError where a path is not there and where there is nothing to import,
    StorageError where the disk refuses.
    """
    with ExitStack() as stack:
        spool = None
        if STREAM in paths:
            spool = stack.enter_context(spooled(stream or sys.stdin.buffer, store.folder.root))
        found = find(paths, spool)
        task = _Task(store, load(store), run_id, now, assume_tenant, progress, of=len(found.files))
        first = store.ledger.seq
        for file in found.files:
            _import(task, file)
            task.tell()
    store.adopt()
    _tell_passed(task, found)
    if (task.refused or not found.files) and not (task.files or task.before or task.unfinished):
        raise UsageError(_nothing(paths, task.refused or [f"{name}: {reason}" for name, reason in found.passed]))
    return _summary(task, first)


def _tell_passed(task: _Task, found: Found) -> None:
    for name, reason in found.passed[:MOST_TOLD]:
        task.skip(name, reason)
    if len(found.passed) > MOST_TOLD:
        task.skip("files", f"{len(found.passed) - MOST_TOLD:,} more passed over like these")


def _nothing(paths: Sequence[Path], told: Sequence[str]) -> str:
    more = [f"and {len(told) - MOST_TOLD:,} more"] if len(told) > MOST_TOLD else []
    why = "; ".join([*told[:MOST_TOLD], *more]) or "no .json, .jsonl, .ndjson or .zip file"
    return f"nothing to import in {', '.join(map(str, paths))}: {why}"


def _import(task: _Task, file: File) -> None:
    try:
        _import_new(task, file)
    except WithheldError as why:
        task.unfinished.append(f"{file.name}: {why}")


def _import_new(task: _Task, file: File) -> None:
    try:
        content = measure(file)
    except UnreadableError as error:
        _reject(task, file, measure_packed(file), error, as_packed=True)
        return
    if task.held.has(content.sha256, task.assume_tenant):
        task.before += 1
        return
    try:
        _land(task, file, content)
    except UnreadableError as error:
        _reject(task, file, content, error)


def _land(task: _Task, file: File, content: Content) -> None:
    """Every row to where it belongs, and all of it into the record once the file was read to its end."""
    store, origin = task.store, f"file:{file.name}"
    with ExitStack() as stack:
        rejects = stack.enter_context(Rejects(store.ledger, origin))

        def begin(source: str) -> Pages:
            known = {} if file.spool else task.held.rows(store.ledger.raw, source, origin, task.assume_tenant)
            writer = stack.enter_context(SegmentWriter(store.ledger, source, "import", task.run_id, known))
            return Pages(writer, origin, task.now, None if task.assume_tenant else store.tenant_id.lower())

        landing = Landing(begin, rejects)
        _take(task, rows(file, content), landing, rejects)
        if landing.is_empty and rejects.are_broken_document:
            why = f"it is no JSON, neither as a whole nor line by line: {rejects.first.detail}"
            long = f"; of what does not come in lines only up to {MOST_DOCUMENT:,} bytes are read"
            raise UnreadableError(why + (long if content.size > MOST_DOCUMENT else ""))
        _commit(task, file, content, landing, rejects)


def _take(task: _Task, found: Iterable[Row], landing: Landing, rejects: Rejects) -> None:
    for row in found:
        landing.take(row)
        if row.body:
            task.rows += 1
            if task.rows % STEP == 0:
                task.tell()
        if landing.is_empty and rejects.count == HOPELESS:
            first = rejects.first
            raise UnreadableError(f"not one of its first {HOPELESS:,} rows is an event: {first.detail}", first.reason)


def _commit(task: _Task, file: File, content: Content, landing: Landing, rejects: Rejects) -> None:
    """The last segment carries the file's hash: without it a run that was killed here begins the file anew."""
    added = rejects.commit(task.held, task.run_id, task.now)
    task.quarantined += added
    for detail, count in sorted(landing.others.items()):
        task.skip(file.name, f"{count:,} {detail}")
    *before, last = landing.end() or (None,)
    for pages in (*before, last):
        if pages is not None:
            done = content.sha256 if pages is last else None
            pages.writer.commit(*pages.times.span, file_sha256=done, assume_tenant=task.assume_tenant)
    if last is not None:
        task.held.add(content.sha256, task.assume_tenant)
        task.files += 1
    elif rejects.count:
        task.refuse(file.name, f"{rejects.first.reason}, {rejects.first.detail}")
    elif landing.others:
        task.refuse(file.name, "; ".join(f"{count:,} {detail}" for detail, count in sorted(landing.others.items())))
    else:
        task.skip(file.name, "holds no rows")


def _reject(task: _Task, file: File, content: Content, why: UnreadableError, *, as_packed: bool = False) -> None:
    """Quarantine a file in one piece, as it lies on disk or as it unpacks."""
    store = task.store
    if keep_whole(store.ledger, task.held, file, content, why, task.run_id, task.now, as_packed=as_packed):
        task.quarantined += 1
    task.refuse(file.name, f"{why.reason}, {why}")


def _summary(task: _Task, first: int) -> CollectSummary:
    counts = task.store.rows(
        """SELECT coalesce(sum(items), 0)::BIGINT AS items, coalesce(sum(new_items), 0)::BIGINT AS new_items,
            coalesce(sum(answers), 0)::BIGINT AS pages
        FROM segment WHERE kind = 'import' AND seq > ?""",
        [first],
    )[0]
    refused = [Skipped("import", told) for told in task.refused[:MOST_TOLD]]
    return CollectSummary(
        **counts,
        files=task.files,
        files_before=task.before,
        quarantined=task.quarantined,
        skipped=(*task.skipped, *refused),
        unfinished=tuple(task.unfinished),
    )

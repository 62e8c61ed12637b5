"""Audit events from files, into the same raw segments as those from Graph.

A file may hold Graph pages or items, Azure Monitor records or rows of a Log Analytics table, also mixed, and may be
packed. Each row goes to a segment of its source or, with a reason, to quarantine; rows keep their bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..errors import UsageError
from ..model import CollectSummary, Skipped
from ..store import Store
from ..store.ledger import SegmentEntry
from ..store.segments import Known, SegmentWriter, known_items
from .import_files import Content, File, UnreadableError, find, measure, measure_packed
from .import_landing import Landing
from .import_rejects import Rejects, keep_whole
from .import_rows import rows

HOPELESS = 1_000
"""After so many rows, none of them an audit event, a file is rejected in one piece."""


@dataclass
class _Task:
    """One call: where to, for whom, and what came of it."""

    store: Store
    run_id: str
    now: datetime
    assume_tenant: bool
    segments: list[int] = field(default_factory=list)
    quarantined: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)

    def skip(self, name: str, reason: str) -> None:
        """Note a file that was passed over."""
        self.skipped.append(Skipped("import", f"{name}: {reason}"))


def import_paths(
    store: Store, paths: Sequence[Path], *, run_id: str, now: datetime, assume_tenant: bool = False
) -> CollectSummary:
    """Import files, and those in folders; a file whose content is in already is passed over and named in `skipped`.

    `assume_tenant`: the rows are this tenant's, whatever tenant they name. Raises UsageError where a path is not there
    or may not be read and where there is nothing to import, StorageError where the disk refuses.
    """
    files, passed = find(paths)
    if not files:
        raise UsageError(f"nothing to import in {', '.join(map(str, paths))}: no .json, .jsonl or .ndjson file")
    task = _Task(store, run_id, now, assume_tenant)
    for name in passed:
        task.skip(name, "not a .json, .jsonl or .ndjson file")
    for file in files:
        _import(task, file)
        store.adopt()
    return _summary(task)


def _import(task: _Task, file: File) -> None:
    try:
        content = measure(file)
    except UnreadableError as error:
        _reject(task, file, measure_packed(file), error, packed=True)
        return
    if _is_in(task, content):
        task.skip(file.name, "imported before")
        return
    try:
        _land(task, file, content)
    except UnreadableError as error:
        _reject(task, file, content, error)


def _land(task: _Task, file: File, content: Content) -> None:
    """Every row to where it belongs, and all of it into the record once the file was read to its end."""
    with ExitStack() as stack:
        rejects = stack.enter_context(Rejects(task.store.ledger, f"file:{file.name}"))

        def begin(source: str) -> SegmentWriter:
            known = {} if task.assume_tenant else _known(task.store, source, file)
            return stack.enter_context(SegmentWriter(task.store.ledger, source, "import", task.run_id, known))

        landing = Landing(begin, rejects, f"file:{file.name}", task.now)
        for row in rows(file, content):
            landing.take(row)
            if landing.is_empty and rejects.count == HOPELESS:
                first = rejects.first
                raise UnreadableError(
                    f"not one of its first {HOPELESS:,} rows is an event: {first.detail}", first.reason
                )
        if landing.is_empty and rejects.are_broken_document:
            raise UnreadableError(f"it is no JSON, neither as a whole nor line by line: {rejects.first.detail}")
        if measure(file) != content:
            task.unfinished.append(f"{file.name}: it changed while it was read; import it again")
            return
        _commit(task, file, content, landing, rejects)


def _commit(task: _Task, file: File, content: Content, landing: Landing, rejects: Rejects) -> None:
    """The last segment carries the file's hash: without it a run that was killed here begins the file anew."""
    added = rejects.commit(task.store, task.run_id, task.now)
    task.quarantined += added
    *before, last = landing.end() or (None,)
    for writer in (*before, last):
        if writer is not None:
            done = content.sha256 if writer is last else None
            task.segments.append(writer.commit(file_sha256=done, assume_tenant=task.assume_tenant))
    if last is None and not added:
        task.skip(file.name, "imported before" if rejects.count else "holds no rows")


def _reject(task: _Task, file: File, content: Content, why: UnreadableError, *, packed: bool = False) -> None:
    """Quarantine a file in one piece, as it lies on disk or as it unpacks."""
    if keep_whole(task.store, file, content, why, task.run_id, task.now, packed=packed):
        task.quarantined += 1
    else:
        task.skip(file.name, "imported before")


def _is_in(task: _Task, content: Content) -> bool:
    """Whether this content was imported whole, on terms as wide as now."""
    found = task.store.rows(
        "SELECT 1 FROM segment WHERE kind = 'import' AND file_sha256 = ? AND (assume_tenant OR NOT ?) LIMIT 1",
        [content.sha256, task.assume_tenant],
    )
    return bool(found)


def _known(store: Store, source: str, file: File) -> Known:
    """The rows held from earlier, shorter states of the same file: an export may still grow."""
    found = store.rows(
        """SELECT DISTINCT s.seq FROM segment s JOIN segment_page p USING (tenant_id, seq)
        WHERE s.kind = 'import' AND s.source = ? AND s.path IS NOT NULL AND starts_with(p.url, ?) ORDER BY s.seq""",
        [source, f"file:{file.name}#"],
    )
    wanted = {row["seq"] for row in found}
    held = store.ledger.entries(min(wanted) - 1) if wanted else ()
    segments = [(seq, entry) for seq, entry in held if seq in wanted and isinstance(entry, SegmentEntry)]
    return known_items(store.ledger.raw, segments)


def _summary(task: _Task) -> CollectSummary:
    counts = task.store.rows(
        """SELECT coalesce(sum(items), 0)::BIGINT AS items, coalesce(sum(new_items), 0)::BIGINT AS new_items,
            (SELECT count(*) FROM segment_page WHERE list_contains($1, seq)) AS pages
        FROM segment WHERE list_contains($1, seq)""",
        [task.segments],
    )[0]
    return CollectSummary(
        **counts,
        quarantined=task.quarantined,
        skipped=tuple(task.skipped),
        unfinished=tuple(task.unfinished),
    )

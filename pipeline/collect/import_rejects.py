"""Rows and files that cannot be taken: an entry each, and their bytes in `raw/quarantine/import/`."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from ..errors import StorageError
from ..store.files import replacing, sync_folder
from ..store.ledger import Ledger, QuarantineEntry
from .import_held import Held
from .import_rows import Row
from .import_unpack import Content, File, UnreadableError, opened, packed

SOURCE = "import"
MOST_KEPT = 64 << 20
"""Bytes of rejects kept of one file."""


@dataclass(frozen=True)
class Reject:
    """A row that was rejected: its line, and why."""

    line: int
    reason: str
    detail: str


class Rejects:
    """The rejected rows of one file, in their order; nothing is part of the record before `commit`."""

    def __init__(self, ledger: Ledger, origin: str) -> None:
        self._ledger, self._origin = ledger, origin
        self._faults: list[Reject] = []
        self._digest, self._size = hashlib.sha256(), 0
        self.are_broken_document = False
        """None of them is JSON, and the first reads like the first of many lines of one document."""

    def __enter__(self) -> Rejects:
        folder = self._ledger.raw / "quarantine"
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=folder, prefix=".walk-", suffix=".tmp", delete=False)
        return self

    def take(self, row: Row) -> None:
        """Add a row, or what follows the last one. Raises StorageError."""
        whole = row.lead + row.body
        data = whole[: MOST_KEPT - self._size]
        if row.reason is not None:
            if not self._faults:
                self.are_broken_document = row.body[:1] in b"{[" and row.body[-1:] in b"{[,"
            self.are_broken_document &= row.reason == "malformed"
            dropped = "" if len(data) == len(whole) else f" (its bytes are not kept: over {MOST_KEPT:,} of this file)"
            self._faults.append(Reject(row.line, row.reason, row.detail + dropped))
        self._size += len(data)
        self._digest.update(data)
        try:
            self._file.write(data)
        except OSError as error:
            raise StorageError(f"cannot write {self._file.name}: {error.strerror or error}") from error

    @property
    def count(self) -> int:
        return len(self._faults)

    @property
    def first(self) -> Reject:
        return self._faults[0]

    def commit(self, held: Held, run_id: str, now: datetime) -> int:
        """Make them part of the record; returns how many the record did not hold yet."""
        digest = self._digest.hexdigest()
        fresh = self._faults[held.rejects[self._origin, digest] :]  # Entries are made in the order of their lines.
        if not fresh:
            return 0
        path = self._place(digest)
        self._ledger.append(
            *(
                QuarantineEntry(SOURCE, run_id, fault.reason, fault.detail, now, path, digest, self._origin, fault.line)
                for fault in fresh
            )
        )
        held.rejects[self._origin, digest] += len(fresh)
        return len(fresh)

    def _place(self, digest: str) -> str:
        relative = f"quarantine/{SOURCE}/{digest[:32]}.rows"
        final = self._ledger.raw / relative
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            final.parent.mkdir(parents=True, exist_ok=True)
            Path(self._file.name).replace(final)
            sync_folder(final.parent)
        except OSError as error:
            raise StorageError(f"cannot write {final}: {error.strerror or error}") from error
        return relative

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


def keep_whole(
    ledger: Ledger,
    held: Held,
    file: File,
    content: Content,
    why: UnreadableError,
    run_id: str,
    now: datetime,
    *,
    as_packed: bool,
) -> bool:
    """Quarantine a file in one piece, unless it is there already. Its bytes are kept up to MOST_KEPT."""
    origin, relative = f"file:{file.name}", None
    if held.rejects[origin, content.sha256]:
        return False
    if content.size <= MOST_KEPT:
        relative = f"quarantine/{SOURCE}/{content.sha256[:32]}.file"
        with replacing(ledger.raw / relative) as kept, (packed if as_packed else opened)(file) as stream:
            shutil.copyfileobj(stream, kept)
    ledger.append(QuarantineEntry(SOURCE, run_id, why.reason, str(why), now, relative, content.sha256, origin, 1))
    held.rejects[origin, content.sha256] += 1
    return True

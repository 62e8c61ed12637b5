"""The index of raw data: one line an entry in `raw/index.ndjson`, each holding the SHA-256 of the line before it.

What is collected is what stands here: a segment file without an entry is an unfinished walk. The database's tables of
windows, segments, gaps, quarantine, skips and unfinished windows are derived from it (`adopt`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from ..errors import StorageError
from .chain import START, Chain, Mark
from .files import sync_folder


class PageEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer of a walk.

    `head`, `seams` and `tail` are the bytes around the items, as Latin-1 text; a single seam stands for all alike.
    """

    url: str
    status: int
    server_time: datetime
    length: int
    sha256: str
    items: int
    head: str
    tail: str
    seams: list[str] | str = ","
    request_id: str | None = None
    parent: str | None = None
    """The group a per-group answer belongs to."""
    breaks: dict[int, list[tuple[int, int]]] = {}
    lines: list[tuple[int, int, int]] = []
    """Of a file's page, where its rows begin: from ordinal a on they stand at line b, each c lines below the last."""


class SegmentEntry(msgspec.Struct, frozen=True, omit_defaults=True, tag="segment"):
    """A finished walk.

    `path` is relative to `raw/`; a snapshot equal to an earlier one has `same_as` and no file of its own.
    """

    source: str
    kind: str
    """`stream`, `snapshot` or `import`."""
    run_id: str
    started_at: datetime
    finished_at: datetime
    """Server time of the first and the last answer."""
    items: int
    new_items: int
    content: str
    """SHA-256 over the items in their order and pages."""
    answers: int
    """Number of pages."""
    answers_sha256: str
    """SHA-256 over the pages' bodies and parents, in their order."""
    since: datetime | None = None
    until: datetime | None = None
    path: str | None = None
    sha256: str | None = None
    bytes: int = 0
    same_as: int | None = None
    refers_to: list[int] = []
    """Segments that hold items this one only refers to."""
    pages: list[PageEntry] = []
    """Empty where all of them are the pages of `same_as`."""
    file_sha256: str | None = None
    """On the last segment of an imported file: the hash of its content, and that all of it is in."""
    assume_tenant: bool = False
    """The operator vouches that imported rows are the tenant's, whatever tenant they name."""
    backfill: bool = False
    """A window that was asked for by itself: the watermark does not begin with it."""
    held: str | None = None
    """Why a whole snapshot is not taken as current: it lacks too much of what stood before."""
    accepted: str | None = None
    """Why one that lacks so much was taken all the same."""


class GapEntry(msgspec.Struct, frozen=True, tag="gap"):
    """A span that can no longer be read, and why."""

    source: str
    run_id: str
    since: datetime
    until: datetime
    reason: str
    noted_at: datetime


class QuarantineEntry(msgspec.Struct, frozen=True, omit_defaults=True, tag="quarantine"):
    """Bytes that could not be taken as data; they lie at `path` (relative to `raw/`) or inside the segment named."""

    source: str
    run_id: str
    reason: str
    detail: str
    noted_at: datetime
    path: str | None = None
    sha256: str | None = None
    origin: str | None = None
    """File or URL it came from."""
    line: int | None = None


class SkipEntry(msgspec.Struct, frozen=True, tag="skip"):
    """An endpoint that was not asked or refused to answer for want of a permission, licence or group."""

    source: str
    run_id: str
    reason: str
    noted_at: datetime


class UnfinishedEntry(msgspec.Struct, frozen=True, tag="unfinished"):
    """A window that was asked and not read to its end, and why; it stays due."""

    source: str
    run_id: str
    since: datetime
    until: datetime
    reason: str
    noted_at: datetime


Entry = SegmentEntry | GapEntry | QuarantineEntry | SkipEntry | UnfinishedEntry


class Ledger:
    """The index at `path`, open for appending. Safe for several threads of one process under the tenant's lock.

    `known` is a mark read earlier: what stands before it is not read again.
    """

    def __init__(self, path: Path, known: Mark = START) -> None:
        self.path = path
        self.raw = path.parent
        self.chain = Chain[Entry](path, Entry)
        self._lock = threading.Lock()
        self.chain.open(known)

    @property
    def seq(self) -> int:
        """Number of the last entry (1, 2, …), 0 for none."""
        return self.chain.end.seq

    @property
    def head(self) -> str:
        """SHA-256 of the last entry's line: it stands for all that came before."""
        return self.chain.end.head

    def append(self, *entries: Entry) -> int:
        """Add `entries`, durably and in one write; returns the sequence number of the last."""
        with self._lock:
            return self.chain.append(*entries).seq

    def append_segment(self, source: str, day: str, temporary: Path, build: SegmentEntry) -> int:
        """Give a finished segment file its name and its entry in one step, so that sequence and name agree.

        Raises StorageError where the disk refuses; then the file has neither.
        """
        with self._lock:
            relative = f"{source}/{day}/{self.seq + 1:08d}.ndjson.zst"
            final = self.raw / relative
            try:
                final.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(final)
                sync_folder(final.parent)
                return self.chain.append(msgspec.structs.replace(build, path=relative)).seq
            except OSError as error:
                raise StorageError(f"cannot write {final}: {error.strerror or error}") from error
            except StorageError:
                final.unlink(missing_ok=True)
                raise

    def sweep(self) -> None:
        """Remove segment files that were given their name but, for a kill in between, no entry.

        Such a file lies in its source's newest folder and has a number that is still to come.
        """
        for source in self.raw.glob("*"):
            newest = max(source.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]"), default=source)
            for path in newest.glob("*.ndjson.zst"):
                if int(path.name.split(".")[0]) > self.seq:
                    path.unlink()

    def entries(self, after: int = 0) -> Iterator[tuple[int, Entry]]:
        """(sequence, entry) in order, those after sequence `after`.

        Raises IntegrityError at the first line that does not follow from the one before it.
        """
        return ((mark.seq, entry) for entry, mark in self.chain.read() if mark.seq > after)

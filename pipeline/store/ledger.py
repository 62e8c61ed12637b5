"""The index of raw data: one line an entry in `raw/index.ndjson`, each holding the SHA-256 of the line before it.

What is collected is what stands here: a segment file without an entry is an unfinished walk. The database's tables of
windows, segments, gaps, quarantine and skips are derived from it (`adopt`).
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..errors import IntegrityError, StorageError
from .files import sync_folder

GENESIS = "0" * 64


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


Entry = SegmentEntry | GapEntry | QuarantineEntry | SkipEntry


class _Line(msgspec.Struct, frozen=True):
    seq: int
    prev: str
    entry: Entry


class Ledger:
    """The index at `path`, open for appending. Safe for several threads of one process under the tenant's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = path.parent
        self._lock = threading.Lock()
        self.raw.mkdir(parents=True, exist_ok=True)
        self._cut_torn_line()
        self._starts: list[int] = [0]
        self.seq, self.head = self._last()

    def append(self, *entries: Entry) -> int:
        """Add `entries`, durably and in one write; returns the sequence number of the last (1, 2, …)."""
        with self._lock:
            return self._append(*entries)

    def append_segment(self, source: str, day: str, temporary: Path, build: SegmentEntry) -> int:
        """Give a finished segment file its name and its entry in one step, so that sequence and name agree."""
        with self._lock:
            relative = f"{source}/{day}/{self.seq + 1:08d}.ndjson.zst"
            final = self.raw / relative
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(final)
            sync_folder(final.parent)
            return self._append(msgspec.structs.replace(build, path=relative))

    def _append(self, *entries: Entry) -> int:
        head, lines = self.head, list[bytes]()
        for seq, entry in enumerate(entries, self.seq + 1):
            line = msgspec.json.encode(_Line(seq, head, entry))
            head = hashlib.sha256(line).hexdigest()
            lines.append(line + b"\n")
        fresh = not self.path.exists()
        try:
            with self.path.open("ab") as handle:
                handle.write(b"".join(lines))
                handle.flush()
                os.fsync(handle.fileno())
        except OSError as error:
            if self.path.exists():
                os.truncate(self.path, self._starts[-1])
            raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error
        if fresh:
            sync_folder(self.raw)
        for line in lines:
            self._starts.append(self._starts[-1] + len(line))
        self.seq, self.head = self.seq + len(lines), head
        return self.seq

    def entries(self, after: int = 0) -> Iterator[tuple[int, Entry]]:
        """(sequence, entry) in order, those after sequence `after`; the chain is checked from there on.

        Raises IntegrityError at the first line that does not follow from the one before it.
        """
        if after < self.seq:
            for line, _ in self._lines(max(after, 1)):
                if line.seq > after:
                    yield line.seq, line.entry

    def _last(self) -> tuple[int, str]:
        seq, head = 0, GENESIS
        for line, digest in self._lines(1):
            seq, head = line.seq, digest
        return seq, head

    def _lines(self, first: int) -> Iterator[tuple[_Line, str]]:
        """(line, its hash) from sequence `first` on, which must be one already read or the first of all."""
        if not self.path.exists():
            return
        expected, previous = first, GENESIS if first == 1 else None
        decoder = msgspec.json.Decoder(_Line)
        with self.path.open("rb") as handle:
            handle.seek(self._starts[first - 1])
            for raw in handle:
                text = raw.rstrip(b"\n")
                try:
                    line = decoder.decode(text)
                except ValueError as error:
                    raise IntegrityError(f"{self.path}: line {expected} is damaged: {error}") from error
                if line.seq != expected or (previous is not None and line.prev != previous):
                    raise IntegrityError(f"{self.path}: line {expected} does not follow from the line before it")
                previous = hashlib.sha256(text).hexdigest()
                yield line, previous
                expected += 1
                if expected > len(self._starts):
                    self._starts.append(self._starts[-1] + len(raw))

    def _cut_torn_line(self) -> None:
        """Drop what a crash left of a line that was never acknowledged."""
        if not self.path.exists():
            return
        with self.path.open("r+b") as handle:
            size = handle.seek(0, os.SEEK_END)
            whole = _end_of_last_line(handle, size)
            if whole != size:
                handle.truncate(whole)
                os.fsync(handle.fileno())


def _end_of_last_line(stream: BinaryIO, size: int) -> int:
    end = size
    while end > 0:
        start = max(0, end - 65536)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0

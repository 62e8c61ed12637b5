"""An append-only file of JSON lines, `{"seq", "prev", "entry"}`, each holding the SHA-256 of the line before it.

A `Mark` is a place between two lines. Whoever has read a chain up to a mark need not read it from the start again: the
line before the mark must still have the hash that stands in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from ..decoders import decoder
from ..errors import IntegrityError, StorageError
from .files import sync_folder

GENESIS = "0" * 64

T = TypeVar("T")


@dataclass(frozen=True)
class Mark:
    """Behind line `seq` (1, 2, …; 0 is the start), which ends at byte `offset` and whose SHA-256 is `head`."""

    seq: int = 0
    offset: int = 0
    head: str = GENESIS


START = Mark()


class BrokenChainError(IntegrityError):
    """Line `seq` of `path`, beginning at byte `offset`, is not the one that was written."""

    def __init__(self, path: Path, mark: Mark, what: str) -> None:
        self.path, self.seq, self.offset, self.what = path, mark.seq + 1, mark.offset, what
        super().__init__(f"{path}: line {self.seq} (byte {self.offset}) {what}")


class _Line(msgspec.Struct, Generic[T], frozen=True):
    seq: int
    prev: str
    entry: T


class Chain(Generic[T]):
    """The file at `path`, whose entries are of type `kind`. Reading changes nothing; `open` comes before appending."""

    def __init__(self, path: Path, kind: type[T] | object) -> None:
        self.path = path
        self.end = START
        self._decoder: msgspec.json.Decoder[_Line[T]] = decoder(_Line[kind])  # type: ignore[valid-type]

    def open(self, known: Mark = START) -> None:
        """Find the end, from a mark read earlier on, and drop what a crash left of a line never acknowledged.

        Raises IntegrityError where the line before `known` is gone or another one, or a line after it does not follow.
        """
        self.check(known)
        self._cut_torn_line()
        self.end = known
        for _, mark in self.read(known):
            self.end = mark

    def check(self, known: Mark) -> None:
        """Raise IntegrityError unless the line that ends at `known` still stands there."""
        if known.seq == 0:
            return
        if not self.path.exists():
            raise IntegrityError(f"{self.path}: is missing; it had {known.seq} lines")
        with self.path.open("rb") as handle:
            if handle.seek(0, os.SEEK_END) < known.offset:
                raise IntegrityError(f"{self.path}: ends before byte {known.offset}, where line {known.seq} ended")
            start = _end_of_last_line(handle, known.offset - 1)
            handle.seek(start)
            line = handle.read(known.offset - start)
        if line[-1:] != b"\n" or hashlib.sha256(line[:-1]).hexdigest() != known.head:
            raise IntegrityError(f"{self.path}: line {known.seq} (byte {start}) is not the one the database knows")

    def read(self, after: Mark = START) -> Iterator[tuple[T, Mark]]:
        """(entry, the mark behind it) in order. Raises BrokenChainError at the first that does not follow."""
        if not self.path.exists():
            return
        with self.path.open("rb") as handle:
            handle.seek(after.offset)
            for raw in handle:
                entry, after = self._follow(after, raw)
                yield entry, after

    def append(self, *entries: T) -> Mark:
        """Add `entries`, durably and in one write; returns the new end. Raises StorageError where the disk refuses."""
        mark, lines = self.end, list[bytes]()
        for entry in entries:
            line = msgspec.json.encode(_Line(mark.seq + 1, mark.head, entry))
            mark = Mark(mark.seq + 1, mark.offset + len(line) + 1, hashlib.sha256(line).hexdigest())
            lines.append(line + b"\n")
        self._write(b"".join(lines))
        self.end = mark
        return mark

    def _follow(self, before: Mark, raw: bytes) -> tuple[T, Mark]:
        if raw[-1:] != b"\n":
            raise BrokenChainError(self.path, before, "has no end")
        text = raw[:-1]
        try:
            line = self._decoder.decode(text)
        except (ValueError, RecursionError) as error:
            raise BrokenChainError(self.path, before, f"is damaged: {error}") from error
        if line.seq != before.seq + 1 or line.prev != before.head:
            raise BrokenChainError(self.path, before, "does not follow from the line before it")
        return line.entry, Mark(line.seq, before.offset + len(raw), hashlib.sha256(text).hexdigest())

    def _write(self, data: bytes) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            with self.path.open("xb" if fresh else "r+b") as handle:
                handle.seek(self.end.offset)
                handle.truncate()
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            if fresh:
                sync_folder(self.path.parent)
        except OSError as error:
            with suppress(OSError):
                os.truncate(self.path, self.end.offset)
            raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _cut_torn_line(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            whole = _end_of_last_line(handle, size)
        if whole != size:
            with self.path.open("r+b") as handle:
                handle.truncate(whole)
                os.fsync(handle.fileno())


def _end_of_last_line(stream: BinaryIO, size: int) -> int:
    """Where the last line end within the first `size` bytes is, 0 for none."""
    end = size
    while end > 0:
        start = max(0, end - 65536)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0

"""Alerts as lines of a file: the sink that needs nothing else."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import StorageError
from ..store.files import sync_folder
from .sink import Parcel, Sent, Waits

TAIL = 4 << 20
"""Bytes at the end of the file that are looked at for lines a killed run left; more where more is to be written."""


class JsonlSink:
    """Appends each record as one line to `path`, in the order it gets them, and keeps no heartbeats."""

    name = "jsonl"
    per_5_min = None

    def __init__(self, path: Path) -> None:
        self.path = path

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Sent]:
        """Append what the file lacks, durably. Raises StorageError where the disk refuses; the file is then as before.

        A run killed after it wrote, before that was noted, left lines that still count as waiting: the file's end is
        looked at, so that they do not appear twice.
        """
        try:
            with _appending(self.path) as handle:
                size = _cut_torn_line(handle)
                held = _last_lines(handle, size, max(TAIL, sum(len(parcel.line) + 1 for parcel in parcels)))
                fresh = b"".join(parcel.line + b"\n" for parcel in parcels if parcel.line not in held)
                _append(handle, size, fresh)
        except OSError as error:
            raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error
        yield Sent(tuple(parcel.key for parcel in parcels))

    def beat(self, line: bytes) -> Waits | None:
        """Heartbeats have no place among alerts."""
        return None

    def close(self) -> None:
        """Nothing is held open between deliveries."""


@contextmanager
def _appending(path: Path) -> Iterator[BinaryIO]:
    """The file, created for its owner alone, under a lock: several tenants may share one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(number, "r+b", buffering=0) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if fresh:
            sync_folder(path.parent)
        yield handle


def _append(handle: BinaryIO, size: int, data: bytes) -> None:
    try:
        handle.seek(size)
        view = memoryview(data)
        while view:
            view = view[handle.write(view) :]
        os.fsync(handle.fileno())
    except OSError:
        handle.truncate(size)
        raise


def _cut_torn_line(handle: BinaryIO) -> int:
    """Drop what a killed run left of a line; returns the size of the whole ones."""
    end = handle.seek(0, os.SEEK_END)
    whole = end
    while whole > 0:
        start = max(0, whole - 65_536)
        handle.seek(start)
        found = handle.read(whole - start).rfind(b"\n")
        whole = start if found < 0 else start + found + 1
        if found >= 0:
            break
    if whole != end:
        handle.truncate(whole)
    return whole


def _last_lines(handle: BinaryIO, size: int, span: int) -> set[bytes]:
    """The whole lines in the last `span` bytes."""
    start = max(0, size - span)
    handle.seek(max(0, start - 1))
    lines = handle.read(size - start + 1).split(b"\n")
    return set(lines if start == 0 else lines[1:]) - {b""}

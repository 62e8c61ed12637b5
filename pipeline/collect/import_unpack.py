"""Reading what a file holds without trusting its size: plain, gzip, zstd, or a member of a zip archive."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

MOST_BYTES = 4 << 30
"""A file that unpacks to more is not read."""

MOST_TIMES, UNSUSPICIOUS = 200, 256 << 20
"""Nor is one that unpacks to more than so many times its size, unless to no more than so many bytes: logs do not."""

MOST_MEMBERS = 10_000
"""Files of a zip archive; one of more is not read. Nothing is unpacked to disk, and a member's name is only a label."""

ZIP = b"PK\x03\x04"

_CHUNK = 1 << 20


class UnreadableError(Exception):
    """A file that is quarantined in one piece: `reason` is the record's word for it, the message says more."""

    def __init__(self, message: str, reason: str = "malformed") -> None:
        self.reason = reason
        super().__init__(message)


class WithheldError(Exception):
    """A file that cannot be read now: it may not be, it is gone, it changed meanwhile. Others are read all the same."""


@dataclass(frozen=True)
class File:
    """A file on disk, a member of an archive there, or a spooled stream.

    `name` is what the record calls it: its path below what was asked for, never above.
    """

    path: Path
    name: str
    member: str | None = None
    spool: BinaryIO | None = None


@dataclass(frozen=True)
class Content:
    """What a file holds once unpacked: bytes and their SHA-256."""

    size: int
    sha256: str


@contextmanager
def packed(file: File) -> Iterator[BinaryIO]:
    """The file as it lies on disk, of a member its archive. Raises WithheldError where it cannot be opened."""
    if file.spool is not None:
        file.spool.seek(0)
        yield file.spool
        return
    with _regular(file.path) as raw:
        yield raw


@contextmanager
def opened(file: File) -> Iterator[BinaryIO]:
    """The content of `file`, unpacked while it is read.

    Raises WithheldError where it cannot be opened, and UnreadableError from within the block where it does not unpack.
    """
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(packed(file))
            yield _unpacking(_member(raw, file.member, stack) if file.member is not None else raw)
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError, zipfile.BadZipFile) as error:
        raise UnreadableError(f"it does not unpack: {error}") from error


def measure(file: File) -> Content:
    """Read `file` once, keeping nothing. Raises UnreadableError where it does not unpack or unpacks to too much."""
    digest, size = hashlib.sha256(), 0
    with packed(file) as raw:
        most = min(MOST_BYTES, max(UNSUSPICIOUS, MOST_TIMES * raw.seek(0, os.SEEK_END)))
    with opened(file) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > most:
                raise UnreadableError(f"it unpacks to more than {most:,} bytes", "too_large")
    return Content(size, digest.hexdigest())


def measure_packed(file: File) -> Content:
    """The same of the bytes on disk."""
    with packed(file) as raw:
        digest = hashlib.file_digest(raw, "sha256")  # type: ignore[arg-type]
        return Content(raw.tell(), digest.hexdigest())


def _regular(path: Path) -> BinaryIO:
    """`path` opened so that neither a pipe nor a device that took its place can hold us up."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise WithheldError(f"cannot be read: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise WithheldError("is not a regular file")
    return os.fdopen(handle, "rb")


def _unpacking(raw: BinaryIO) -> BinaryIO:
    start = cast(io.BufferedReader, raw).peek(4)[:4]
    if start[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if start == b"\x28\xb5\x2f\xfd":
        plain = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False)
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, plain), _CHUNK))
    if start == ZIP:
        _members(raw)
        raise UnreadableError("a zip archive inside something else is not opened")
    return raw


def archive_members(file: File) -> list[str] | None:
    """The names of the files in a zip archive; None for any other file.

    Raises WithheldError where it cannot be opened, UnreadableError where it is damaged or holds too much.
    """
    with packed(file) as raw:
        return _members(raw) if raw.read(4) == ZIP else None


def _members(raw: BinaryIO) -> list[str]:
    size = raw.seek(0, os.SEEK_END)
    try:
        with zipfile.ZipFile(raw) as archive:
            listed = [each for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UnreadableError(f"it does not unpack: {error}") from error
    if len(listed) > MOST_MEMBERS:
        raise UnreadableError(f"an archive of {len(listed):,} files; up to {MOST_MEMBERS:,} are read", "too_large")
    # A member never yields more than it declares.
    if sum(each.file_size for each in listed) > min(MOST_BYTES, max(UNSUSPICIOUS, MOST_TIMES * size)):
        raise UnreadableError("an archive that unpacks to far more than logs do", "too_large")
    if len({each.filename for each in listed}) < len(listed):
        raise UnreadableError("an archive in which a name stands twice")
    return [each.filename for each in listed]


def _member(raw: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    try:
        return cast(BinaryIO, stack.enter_context(stack.enter_context(zipfile.ZipFile(raw)).open(name)))
    except (KeyError, NotImplementedError, RuntimeError) as error:  # RuntimeError: it wants a password
        raise UnreadableError(f"it does not unpack: {error.args[0]}") from error

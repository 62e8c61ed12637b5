"""Files to import: finding them, and reading what they hold without trusting their size."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from ..errors import UsageError

MOST_BYTES = 4 << 30
"""A file that unpacks to more is not read."""

MOST_TIMES, UNSUSPICIOUS = 200, 256 << 20
"""Nor is one that unpacks to more than so many times its size, unless to no more than so many bytes: logs do not."""

_FORMS = (".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".zst")
_CHUNK = 1 << 20


class UnreadableError(Exception):
    """A file that is quarantined in one piece: `reason` is the record's word for it, the message says more."""

    def __init__(self, message: str, reason: str = "malformed") -> None:
        self.reason = reason
        super().__init__(message)


@dataclass(frozen=True)
class File:
    """A file on disk and the name it has in the record: its path below what was asked for, never above."""

    path: Path
    name: str


@dataclass(frozen=True)
class Content:
    """What a file holds once unpacked: bytes and their SHA-256."""

    size: int
    sha256: str


def find(paths: Sequence[Path]) -> tuple[list[File], list[str]]:
    """The files to import in order of their names, folders searched, and the names of files there that are passed over.

    Raises UsageError for a path that is not there or is neither file nor folder.
    """
    files, passed = dict[Path, File](), list[str]()
    for path in paths:
        if path.is_dir():
            root = path.resolve()
            for held in sorted(_inside(root)):
                name = _printable(held.relative_to(root.parent))
                if _is_export(held):
                    files.setdefault(held.resolve(), File(held, name))
                else:
                    passed.append(name)
        elif path.is_file():
            files.setdefault(path.resolve(), File(path, _printable(Path(path.name))))
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return list(files.values()), passed


@contextmanager
def opened(file: File) -> Iterator[BinaryIO]:
    """The content of `file`, unpacked while it is read.

    Raises UsageError where it may not be read, and UnreadableError from within the block where it does not unpack.
    """
    try:
        with file.path.open("rb") as raw:
            yield _unpacking(raw)
    except PermissionError as error:
        raise UsageError(f"{file.path}: may not be read") from error
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableError(f"it does not unpack: {error}") from error


def measure(file: File) -> Content:
    """Read `file` once, keeping nothing. Raises UnreadableError where it does not unpack or unpacks to too much."""
    digest, size = hashlib.sha256(), 0
    with opened(file) as stream:
        most = min(MOST_BYTES, max(UNSUSPICIOUS, MOST_TIMES * file.path.stat().st_size))
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > most:
                raise UnreadableError(f"it unpacks to more than {most:,} bytes", "too_large")
    return Content(size, digest.hexdigest())


def measure_packed(file: File) -> Content:
    """The same of the bytes on disk."""
    with file.path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256")
        return Content(raw.tell(), digest.hexdigest())


def _unpacking(raw: BinaryIO) -> BinaryIO:
    start = raw.read(4)
    raw.seek(0)
    if start[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if start == b"\x28\xb5\x2f\xfd":
        plain = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=False)
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, plain), _CHUNK))
    return raw


def _inside(folder: Path) -> Iterator[Path]:
    """Regular files below `folder`; hidden ones are passed over, links to folders not followed."""
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(base, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _is_export(path: Path) -> bool:
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_FORMS)


def _printable(path: Path) -> str:
    """A name that any record can hold: bytes that are no UTF-8 and control characters are spelt out."""
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)

"""Files to import: finding them, and what each is called in the record."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..errors import UsageError
from .import_unpack import MOST_BYTES, File, UnreadableError, WithheldError, archive_members

STREAM = Path("-")
"""Named as a path: standard input."""

_FORMS = (".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".zst")
_NO_EXPORT = "not a .json, .jsonl, .ndjson or .zip file"
_CSV = "a CSV lacks the events' ids or details; export JSON instead"


@dataclass
class Found:
    """The files to import in order of their names; `passed` says why others were passed over."""

    files: list[File] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)


def find(paths: Sequence[Path], stream: BinaryIO | None = None) -> Found:
    """The files that `paths` name, those in folders and in zip archives, each once; `stream` is what `-` stands for.

    Raises UsageError for a path that is not there or is neither file nor folder.
    """
    found, seen = Found(), set[Path]()
    for path in paths:
        if path == STREAM and stream is not None:
            found.files.append(File(path, "-", spool=stream))
        elif path.is_dir():
            _search(path, seen, found)
        elif path.is_file():
            _add(path, printable(Path(path.name)), seen, found)
        elif path.exists():
            raise UsageError(f"{path}: is neither a file nor a folder; a stream comes in with `--import -`")
        else:
            raise UsageError(f"{path}: there is no such file or folder")
    return found


@contextmanager
def spooled(stream: BinaryIO, folder: Path) -> Iterator[BinaryIO]:
    """`stream` in a nameless file in `folder`, since a file is read more than once. Raises UsageError if too long."""
    with tempfile.TemporaryFile(dir=folder) as spool:
        while chunk := stream.read(1 << 20):
            if spool.tell() + len(chunk) > MOST_BYTES:
                raise UsageError(f"standard input holds more than {MOST_BYTES:,} bytes")
            spool.write(chunk)
        yield spool


def printable(path: Path) -> str:
    """A name that any record can hold: bytes that are no UTF-8 and control characters are spelt out."""
    text = os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _search(folder: Path, seen: set[Path], found: Found) -> None:
    root = folder.resolve()
    for path in sorted(_inside(root)):
        name = printable(path.relative_to(root.parent))
        if reason := _passed_over(path, root):
            found.passed.append((name, reason))
        else:
            _add(path, name, seen, found)


def _inside(folder: Path) -> Iterator[Path]:
    """What lies below `folder` and is no folder; hidden names are passed over, links to folders not followed."""
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if Path(base, name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(base, name) for name in (*names, *links) if not name.startswith("."))


def _passed_over(path: Path, root: Path) -> str | None:
    if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(root)):
        return "a link to a folder" if path.is_dir() else "a link that leads out of the folder"
    if not path.is_file():
        return "not a regular file"
    if path.suffix.lower() == ".csv":
        return _CSV
    return None if _is_export(path.name) or path.suffix.lower() == ".zip" else _NO_EXPORT


def _add(path: Path, name: str, seen: set[Path], found: Found) -> None:
    where = path.resolve()
    if where in seen:
        return
    seen.add(where)
    try:
        inner = archive_members(File(path, name))
    except (UnreadableError, WithheldError):
        inner = None  # Told when it is opened.
    if inner is None:
        found.files.append(File(path, name))
        return
    for member in inner:
        label = f"{name}!{printable(Path(member))}"
        if _is_export(member):
            found.files.append(File(path, label, member=member))
        else:
            found.passed.append((label, _NO_EXPORT))


def _is_export(name: str) -> bool:
    name = name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_FORMS)

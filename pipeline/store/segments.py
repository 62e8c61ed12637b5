"""Raw segments: one finished walk a file, one item a line, byte-exact.

A line is `{"p": page, "n": ordinal in the page, "e": <the item's bytes>}`; an item already held with the same bytes is
`{"p", "n", "r": [segment, page, ordinal]}` instead, since overlapping windows and snapshots read most things again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol

import msgspec
import zstandard

from ..decoders import decoder
from ..errors import IntegrityError, StorageError
from .ledger import Ledger, PageEntry, SegmentEntry
from .slicing import Sliced, join

Ref = tuple[int, int, int]
"""(segment sequence, page, ordinal) of a line that holds an item."""

Known = Mapping[bytes, Ref]
"""SHA-256 of an item's bytes to the line that holds them."""


class Line(msgspec.Struct):
    """One line of a segment: an item's bytes in `e`, or in `r` the line that holds them."""

    p: int
    n: int
    e: msgspec.Raw = msgspec.Raw()
    r: Ref | None = None


@dataclass(frozen=True)
class Answer:
    """One page as it came: `body` holds `sliced` to the byte. `parent` is the group a per-group answer belongs to."""

    url: str
    status: int
    server_time: datetime
    body: bytes
    sliced: Sliced
    request_id: str | None = None
    parent: str | None = None
    lines: Sequence[tuple[int, int, int]] = ()
    """Of a file's page: where its rows begin, as in `PageEntry`."""


@dataclass
class _Hashing:
    """A file that hashes what is written to it."""

    handle: BinaryIO
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size: int = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.handle.write(data)

    def flush(self) -> None:
        self.handle.flush()


class SegmentWriter:
    """Collects the pages of one walk; only `commit` makes it part of the record."""

    def __init__(self, ledger: Ledger, source: str, kind: str, run_id: str, known: Known | None = None) -> None:
        self._ledger, self._source, self._kind, self._run_id = ledger, source, kind, run_id
        self._known = known or {}
        self._pages: list[PageEntry] = []
        self._items = self._new_items = 0
        self._refers_to: set[int] = set()
        self._content = hashlib.sha256()
        self._answers = hashlib.sha256()

    def __enter__(self) -> SegmentWriter:
        folder = self._ledger.raw / self._source
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=folder, prefix=".walk-", suffix=".tmp", delete=False)
        self._hashing = _Hashing(self._file.file)  # type: ignore[arg-type]
        self._zstd = zstandard.ZstdCompressor(level=3).stream_writer(self._hashing, closefd=False)  # type: ignore[arg-type]
        return self

    def add(self, answer: Answer) -> None:
        """Keep one page. Raises StorageError where the disk refuses."""
        number, seams = len(self._pages), [seam.decode("latin-1") for seam in answer.sliced.seams]
        try:
            for ordinal, item in enumerate(answer.sliced.items):
                self._write_line(number, ordinal, item)
        except OSError as error:
            raise StorageError(f"cannot write {self._file.name}: {error.strerror or error}") from error
        digest = hashlib.sha256(answer.body).hexdigest()
        self._answers.update(f"{answer.parent or ''} {digest}\n".encode())
        self._pages.append(
            PageEntry(
                url=answer.url,
                status=answer.status,
                server_time=answer.server_time,
                length=len(answer.body),
                sha256=digest,
                items=len(answer.sliced.items),
                head=answer.sliced.head.decode("latin-1"),
                tail=answer.sliced.tail.decode("latin-1"),
                seams=seams[0] if len(set(seams)) == 1 else (seams or ","),
                request_id=answer.request_id,
                parent=answer.parent,
                breaks={n: list(found) for n, found in answer.sliced.breaks.items()},
                lines=list(answer.lines),
            )
        )

    def commit(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        same: int | None = None,
        *,
        at: datetime | None = None,
        is_to_the_byte: bool = False,
        **noted: Any,
    ) -> int:
        """Make the walk part of the record and return its sequence number.

        `at` is the time of a walk without a page; `since` and `until` are the window asked, or of an import the times
        it holds; `same` is an equal earlier snapshot to refer to instead, and `is_to_the_byte` says that its pages are
        equal too and need no second record; `noted` are further fields of the entry. Raises StorageError where the disk
        refuses.
        """
        self._finish(is_kept=same is None)
        entry = msgspec.structs.replace(self._entry(since, until, same, at), **noted)
        if same is not None:
            return self._ledger.append(msgspec.structs.replace(entry, pages=[]) if is_to_the_byte else entry)
        day = entry.started_at.strftime("%Y/%m/%d")
        return self._ledger.append_segment(self._source, day, Path(self._file.name), entry)

    def _finish(self, is_kept: bool) -> None:
        try:
            self._zstd.close()  # type: ignore[no-untyped-call]
            self._file.flush()
            if is_kept:
                os.fsync(self._file.fileno())
        except OSError as error:
            raise StorageError(f"cannot write {self._file.name}: {error.strerror or error}") from error

    def content(self) -> str:
        """SHA-256 over the items so far, in their order and pages."""
        return self._content.hexdigest()

    def answers(self) -> str:
        """SHA-256 over the bodies so far and the groups they belong to."""
        return self._answers.hexdigest()

    def _entry(
        self, since: datetime | None, until: datetime | None, same: int | None, at: datetime | None
    ) -> SegmentEntry:
        times = [page.server_time for page in self._pages] or ([at] if at else [])
        return SegmentEntry(
            source=self._source,
            kind=self._kind,
            run_id=self._run_id,
            started_at=min(times),
            finished_at=max(times),
            items=self._items,
            new_items=0 if same is not None else self._new_items,
            content=self.content(),
            answers=len(self._pages),
            answers_sha256=self.answers(),
            since=since,
            until=until,
            sha256=None if same is not None else self._hashing.digest.hexdigest(),
            bytes=0 if same is not None else self._hashing.size,
            same_as=same,
            refers_to=[] if same is not None else sorted(self._refers_to),
            pages=self._pages,
        )

    def _write_line(self, page: int, ordinal: int, item: bytes) -> None:
        digest = hashlib.sha256(item).digest()
        self._content.update(b"%d " % page + digest)
        self._items += 1
        if held := self._known.get(digest):
            self._refers_to.add(held[0])
            self._zstd.write(b'{"p":%d,"n":%d,"r":[%d,%d,%d]}\n' % (page, ordinal, *held))
        else:
            self._new_items += 1
            self._zstd.write(b'{"p":%d,"n":%d,"e":%b}\n' % (page, ordinal, item))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


class Kept(Protocol):
    """Anything that says where a segment's file lies: its entry in the index, its row in the database."""

    @property
    def path(self) -> str | None: ...


_line = decoder(Line)


def read_lines(raw: Path, entry: Kept) -> Iterator[Line]:
    """The lines of a segment's file, in order. Raises IntegrityError where the file is missing or damaged."""
    path = raw / (entry.path or "")
    try:
        with path.open("rb") as handle, zstandard.ZstdDecompressor().stream_reader(handle) as stream:
            rest = b""
            while chunk := stream.read(1 << 20):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield _line.decode(line)
    except (OSError, ValueError, zstandard.ZstdError) as error:
        raise IntegrityError(f"{path}: cannot be read as a segment: {error}") from error


def known_items(raw: Path, segments: Sequence[tuple[int, Kept]]) -> dict[bytes, Ref]:
    """The items that the given (sequence, segment)s hold themselves."""
    known: dict[bytes, Ref] = {}
    for seq, entry in segments:
        if entry.path is None:
            continue
        for line in read_lines(raw, entry):
            if line.r is None:
                known.setdefault(hashlib.sha256(bytes(line.e)).digest(), (seq, line.p, line.n))
    return known


def bodies(raw: Path, entry: SegmentEntry, segments: Mapping[int, SegmentEntry]) -> Iterator[bytes]:
    """The walk's answers put together again, page by page; `segments` finds those it refers to.

    Raises IntegrityError where a body no longer has the hash taken when it arrived.
    """
    holder = segments[entry.same_as] if entry.same_as is not None else entry
    for segment in (holder, *(segments[seq] for seq in holder.refers_to)):
        check_file(raw, segment)
    yield from rejoin(raw, entry, segments)


def rejoin(raw: Path, entry: SegmentEntry, segments: Mapping[int, SegmentEntry]) -> Iterator[bytes]:
    """As `bodies`, of files whose own hashes are known to be right."""
    holder = segments[entry.same_as] if entry.same_as is not None else entry
    held = {
        (seq, line.p, line.n): bytes(line.e)
        for seq in holder.refers_to
        for line in read_lines(raw, segments[seq])
        if line.r is None
    }
    items: dict[int, list[bytes]] = {}
    for line in read_lines(raw, holder):
        items.setdefault(line.p, []).append(bytes(line.e) if line.r is None else held[line.r])
    for number, page in enumerate(entry.pages or holder.pages):
        body = join(_sliced(page, items.get(number, [])))
        if hashlib.sha256(body).hexdigest() != page.sha256:
            raise IntegrityError(f"{raw / (holder.path or '')}: page {number} does not match its hash")
        yield body


def check_file(raw: Path, entry: SegmentEntry) -> None:
    """Raise IntegrityError unless the segment's file is there with the hash it was kept under."""
    path = raw / (entry.path or "")
    try:
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise IntegrityError(f"{path}: {error.strerror or error}") from error
    if digest != entry.sha256:
        raise IntegrityError(f"{path}: does not match the hash it was kept under")


def _sliced(page: PageEntry, items: list[bytes]) -> Sliced:
    count = max(0, len(items) - 1)
    seams = page.seams if isinstance(page.seams, list) else [page.seams] * count
    return Sliced(
        head=page.head.encode("latin-1"),
        items=tuple(items),
        seams=tuple(seam.encode("latin-1") for seam in seams[:count]),
        tail=page.tail.encode("latin-1"),
        breaks={n: tuple((at, byte) for at, byte in found) for n, found in page.breaks.items()},
    )

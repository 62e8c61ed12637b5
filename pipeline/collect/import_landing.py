"""Rows on their way into segments: each source of a file gets its own, in pages that together are the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..store.segments import Answer, SegmentWriter
from ..store.slicing import slice_items
from .import_rows import Row

MOST_ITEMS = 1_000
"""Rows of a page."""

MOST_PAGE = 32 << 20
"""Bytes after which a page ends early."""


class Destination(Protocol):
    """Takes rows, and what stands between them."""

    def take(self, row: Row) -> None: ...


class Pages:
    """The rows of one source: a page holds them with everything between them, to the byte."""

    def __init__(self, writer: SegmentWriter, origin: str, now: datetime) -> None:
        self.writer, self._origin, self._now = writer, origin, now
        self._parts, self._items, self._number, self._size = list[bytes](), list[bytes](), 0, 0

    def take(self, row: Row) -> None:
        """Add a row, or what follows the last one. Raises StorageError."""
        if row.body and (len(self._items) == MOST_ITEMS or self._size > MOST_PAGE):
            self.end()
        self._parts += (row.lead, row.body)
        self._size += len(row.lead) + len(row.body)
        if row.body:
            self._items.append(row.body)

    def end(self) -> None:
        """Write the page begun."""
        body = b"".join(self._parts)
        url, self._number = f"{self._origin}#{self._number}", self._number + 1
        self.writer.add(Answer(url, 200, self._now, body, slice_items(body, self._items)))
        self._parts, self._items, self._size = [], [], 0


class Landing:
    """Hands each row to its source or to `rejects`; `begin` opens a source's segment."""

    def __init__(self, begin: Callable[[str], SegmentWriter], rejects: Destination, origin: str, now: datetime) -> None:
        self._begin, self._rejects, self._origin, self._now = begin, rejects, origin, now
        self._pages: dict[str, Pages] = {}
        self._last: Destination | None = None

    @property
    def is_empty(self) -> bool:
        """No row was good."""
        return not self._pages

    def take(self, row: Row) -> None:
        """Take a row, or what follows the last one."""
        if row.source is not None:
            if row.source not in self._pages:
                self._pages[row.source] = Pages(self._begin(row.source), self._origin, self._now)
            self._last = self._pages[row.source]
        elif row.reason is not None:
            self._last = self._rejects
        if self._last is not None:
            self._last.take(row)

    def end(self) -> tuple[SegmentWriter, ...]:
        """Write the pages begun; the segments to commit."""
        for pages in self._pages.values():
            pages.end()
        return tuple(pages.writer for pages in self._pages.values())

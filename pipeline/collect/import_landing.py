"""Rows on their way into segments: each source of a file gets its own, in pages that together are the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..store.segments import Answer, SegmentWriter
from ..store.slicing import slice_items
from .import_rows import OTHER, Row
from .import_shapes import Times

MOST_ITEMS = 1_000
"""Rows of a page."""

MOST_PAGE = 32 << 20
"""Bytes after which a page ends early."""


class Destination(Protocol):
    """Takes rows, and what stands between them."""

    def take(self, row: Row) -> None: ...


class Places:
    """The lines in which a page's rows begin, as few runs of (ordinal, line, lines from one row to the next)."""

    def __init__(self) -> None:
        self.runs: list[tuple[int, int, int]] = []

    def add(self, ordinal: int, line: int) -> None:
        """The next row, and its line."""
        if self.runs:
            first, start, stride = self.runs[-1]
            if ordinal == first + 1:
                self.runs[-1] = (first, start, line - start)
                return
            if line == start + (ordinal - first) * stride:
                return
        self.runs.append((ordinal, line, 1))


class Pages:
    """The rows of one source: a page holds them with everything between them, to the byte."""

    def __init__(self, writer: SegmentWriter, origin: str, now: datetime, tenant_id: str | None = None) -> None:
        self.writer, self.times = writer, Times()
        """`times` are those of the rows that name no other tenant; None for `tenant_id` takes any."""
        self._origin, self._now, self._tenant_id, self._number = origin, now, tenant_id, 0
        self._begin()

    def _begin(self) -> None:
        self._parts, self._items, self._size, self._places = list[bytes](), list[bytes](), 0, Places()

    def take(self, row: Row) -> None:
        """Add a row, or what follows the last one. Raises StorageError."""
        if row.body and (len(self._items) == MOST_ITEMS or self._size > MOST_PAGE):
            self.end()
        self._parts += (row.lead, row.body)
        self._size += len(row.lead) + len(row.body)
        if row.body:
            self._places.add(len(self._items), row.line)
            self._items.append(row.body)
            if row.tenant is None or self._tenant_id in (None, row.tenant.lower()):
                self.times.add(row.at)

    def end(self) -> None:
        """Write the page begun."""
        body = b"".join(self._parts)
        url, self._number = f"{self._origin}#{self._number}", self._number + 1
        sliced = slice_items(body, self._items)
        self.writer.add(Answer(url, 200, self._now, body, sliced, lines=self._places.runs))
        self._begin()


class Landing:
    """Hands each row to its source or to `rejects`; `begin` opens a source's segment."""

    def __init__(self, begin: Callable[[str], Pages], rejects: Destination) -> None:
        self._begin, self._rejects = begin, rejects
        self._pages: dict[str, Pages] = {}
        self.others = Counter[str]()
        """Rows of other logs, counted and left alone."""
        self._last: Destination | None = None

    @property
    def is_empty(self) -> bool:
        """No row was good."""
        return not self._pages

    def take(self, row: Row) -> None:
        """Take a row, or what follows the last one."""
        if row.source is not None:
            if row.source not in self._pages:
                self._pages[row.source] = self._begin(row.source)
            self._last = self._pages[row.source]
        elif row.reason == OTHER:
            self.others[row.detail] += 1
            self._last = None
        elif row.reason is not None:
            self._last = self._rejects
        if self._last is not None:
            self._last.take(row)

    def end(self) -> tuple[Pages, ...]:
        """Write the pages begun; their segments are to be committed."""
        for pages in self._pages.values():
            pages.end()
        return tuple(self._pages.values())

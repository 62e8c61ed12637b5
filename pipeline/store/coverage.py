"""How far a stream is read: the watermark, derived from finished windows and noted gaps, never stored by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model import Window
from . import Store


def watermark(store: Store, source: str = "directory_audits") -> datetime | None:
    """Up to when `source` is read without a hole since its first window; None before that one."""
    return reached(
        _spans(store, 'SELECT since, until FROM "window" WHERE source = ?', source),
        _spans(store, "SELECT since, until FROM gap WHERE source = ?", source),
    )


def reached(read: Iterable[Window], gaps: Iterable[Window] = ()) -> datetime | None:
    """The end of the last window before which nothing is unread since the first one; a noted gap counts as read."""
    windows = list(read)
    if not windows:
        return None
    start = min(window.since for window in windows)
    noted = [gap for gap in gaps if gap.until >= start]
    return next(span.until for span in merge([*windows, *noted]) if span.until >= start)


def merge(spans: Iterable[Window]) -> list[Window]:
    """The same instants in as few spans as possible, in order."""
    merged: list[Window] = []
    for span in sorted(spans, key=lambda span: (span.since, span.until)):
        if merged and span.since <= merged[-1].until:
            merged[-1] = Window(merged[-1].since, max(merged[-1].until, span.until))
        else:
            merged.append(span)
    return merged


def _spans(store: Store, sql: str, source: str) -> list[Window]:
    return [Window(**row) for row in store.rows(sql, [source])]

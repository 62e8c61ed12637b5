"""How far a stream is read: the watermark, derived from finished windows and noted gaps, never stored by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..model import Window
from . import Store

AUDITS = "directory_audits"


@dataclass(frozen=True)
class Open:
    """A span that was asked and not read to its end, and why; `noted_at` is the server's time then."""

    since: datetime
    until: datetime
    reason: str
    noted_at: datetime
    seq: int


def watermark(store: Store, source: str = AUDITS) -> datetime | None:
    """Up to when `source` is read without a hole since collection began; None before its first window.

    What a back-fill read counts where it closes a hole, never as a beginning.
    """
    return reached(
        _spans(store, 'SELECT since, until FROM "window" WHERE source = ? AND NOT backfill', source),
        _spans(store, "SELECT since, until FROM gap WHERE source = ?", source),
        _spans(store, 'SELECT since, until FROM "window" WHERE source = ? AND backfill', source),
    )


def reached(read: Iterable[Window], gaps: Iterable[Window] = (), filled: Iterable[Window] = ()) -> datetime | None:
    """The end of the last window before which nothing is unread since the first of `read`.

    A noted gap counts as read, and so does what a back-fill `filled`; neither is where it begins.
    """
    windows = list(read)
    if not windows:
        return None
    start = min(window.since for window in windows)
    others = [span for span in (*gaps, *filled) if span.until >= start]
    return next(span.until for span in merge([*windows, *others]) if span.until >= start)


def still_open(store: Store, source: str = AUDITS) -> list[Open]:
    """What of the unfinished windows was neither read since nor noted as a gap, oldest first."""
    sql = "SELECT since, until, reason, noted_at, seq FROM unfinished WHERE source = ? ORDER BY seq DESC"
    notes = [Open(**row) for row in store.rows(sql, [source])]
    if not notes:
        return []
    read = store.rows('SELECT since, until, seq FROM "window" WHERE source = ?', [source])
    gaps = _spans(store, "SELECT since, until FROM gap WHERE source = ?", source)
    found: list[Open] = []
    for note in notes:  # the newest word on a span holds
        later = [Window(row["since"], row["until"]) for row in read if row["seq"] > note.seq]
        told = [Window(each.since, each.until) for each in found]
        rest = subtract(Window(note.since, note.until), [*later, *gaps, *told])
        found += [replace(note, since=span.since, until=span.until) for span in rest]
    return sorted(found, key=lambda each: each.since)


def merge(spans: Iterable[Window]) -> list[Window]:
    """The same instants in as few spans as possible, in order."""
    merged: list[Window] = []
    for span in sorted(spans, key=lambda span: (span.since, span.until)):
        if merged and span.since <= merged[-1].until:
            merged[-1] = Window(merged[-1].since, max(merged[-1].until, span.until))
        else:
            merged.append(span)
    return merged


def subtract(span: Window, spans: Iterable[Window]) -> Iterator[Window]:
    """What of `span` lies outside `spans`, in order; the cut ends belong to both sides."""
    since = span.since
    for taken in merge(spans):
        if taken.until <= since:
            continue
        if taken.since >= span.until:
            break
        if taken.since > since:
            yield Window(since, taken.since)
        since = taken.until
    if since < span.until:
        yield Window(since, span.until)


def _spans(store: Store, sql: str, source: str) -> list[Window]:
    return [Window(**row) for row in store.rows(sql, [source])]

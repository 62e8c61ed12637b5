"""The rows of a file, one after another, so that every byte of it belongs to exactly one of them.

A file is either one document (a page, a batch of records, an array, also pretty-printed) or lines, each of them a row
or again a page, batch or array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import msgspec

from .import_files import Content, File, UnreadableError, opened
from .import_shapes import MalformedError, UnknownShapeError, source_of, strict

MOST_LINE = 16 << 20
"""Bytes of a row; a longer one is quarantined unread."""

MOST_DOCUMENT = 128 << 20
"""Bytes of a document that does not come in lines."""

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_BLANKS = re.compile(rb"[ \t\r\n]*")
_MOST_BLANKS = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Row:
    """A row that begins in line `line` (1, 2, …); `lead` is what stands between it and the row before.

    `source` is the raw source it belongs to, None where `reason` and `detail` say why it belongs to none. One without a
    body is no row: its lead follows the row before.
    """

    line: int
    lead: bytes
    body: bytes = b""
    source: str | None = None
    reason: str | None = None
    detail: str = ""


def rows(file: File, content: Content) -> Iterator[Row]:
    """The rows of `file`, then what is left of it. Raises UnreadableError for what cannot be a log."""
    with opened(file) as stream:
        start = _first_text(stream)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableError("it is UTF-16; save it as UTF-8")
    if content.size <= MOST_DOCUMENT and not _is_json(start) and (data := _document(file)) is not None:
        yield from _expanded(1, b"", data)
        return
    with opened(file) as stream:
        yield from _lines(stream)


def _first_text(stream: BinaryIO) -> bytes:
    """The first line that is not blank."""
    for _, _, text in _cut_lines(stream):
        return text.removeprefix(_BOM)
    return b""


def _document(file: File) -> bytes | None:
    with opened(file) as stream:
        data = stream.read()
    return data if _is_json(data.removeprefix(_BOM)) else None


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (ValueError, RecursionError):
        return False
    return text.lstrip(_BLANK)[:1] in (b"{", b"[")


def _lines(stream: BinaryIO) -> Iterator[Row]:
    number, lead, is_torn = 1, b"", False
    for number, blanks, text in _cut_lines(stream):
        if is_torn and b"\n" not in blanks:
            yield Row(number, blanks + text)
        elif len(text) > MOST_LINE:
            detail = f"a line of more than {MOST_LINE:,} bytes"
            yield Row(number, lead + blanks, text, reason="too_long", detail=detail)
            lead = b""
        elif text:
            *found, end = _expanded(number, lead + blanks, text)
            yield from found
            lead = end.lead
        else:
            lead += blanks
        is_torn = not text.endswith(b"\n") and (is_torn or len(text) > MOST_LINE)
    yield Row(number, lead)


def _cut_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, blanks before it, line with its end) of each line that is not blank; last the blanks that are left.

    A line longer than MOST_LINE comes in pieces. Raises UnreadableError for a longer stretch of nothing than logs have.
    """
    number, data, is_last = 1, b"", False
    while not is_last:
        chunk = stream.read(_CHUNK)
        data, position, is_last = data + chunk, 0, not chunk
        while True:
            start = cast(re.Match[bytes], _BLANKS.match(data, position)).end()
            if start - position > _MOST_BLANKS:
                raise UnreadableError(f"more than {_MOST_BLANKS:,} blanks in a row")
            end = _end_of_line(data, start, is_last)
            if end == start:
                break
            number += data.count(b"\n", position, start)
            yield number, data[position:start], data[start:end]
            number, position = number + data.count(b"\n", start, end), end
        data = data[position:]
    yield number, data, b""


def _end_of_line(data: bytes, start: int, is_last: bool) -> int:
    """Where the line that begins at `start` ends, or a piece of an overlong one; `start` while that is not in sight."""
    if end := data.find(b"\n", start, start + MOST_LINE + 1) + 1:
        return end
    if len(data) - start > MOST_LINE:
        return start + MOST_LINE + 1
    return len(data) if is_last else start


def _expanded(number: int, lead: bytes, text: bytes) -> Iterator[Row]:
    """The rows in `text`, which begins in line `number`: those of an envelope or itself; then what is left of it."""
    position = 0
    for body in _cut(text):
        start = text.index(body, position)
        gap = text[position:start]
        number += gap.count(b"\n")
        yield _judged(number, lead + gap, body)
        number += body.count(b"\n")
        lead, position = b"", start + len(body)
    yield Row(number, lead + text[position:])


class _Envelope(msgspec.Struct):
    value: msgspec.Raw = msgspec.Raw(b"")
    records: msgspec.Raw = msgspec.Raw(b"")


def _cut(text: bytes) -> Iterator[bytes]:
    """The bytes of each row in a page, a batch of records or an array; anything else is one row."""
    inner = whole = text.removeprefix(_BOM).strip(_BLANK)
    try:
        if whole[:1] == b"{":
            envelope = msgspec.json.decode(whole, type=_Envelope)
            inner = next((raw for raw in map(bytes, (envelope.value, envelope.records)) if raw[:1] == b"["), whole)
        if inner[:1] == b"[":
            return (bytes(raw) for raw in msgspec.json.decode(inner, type=list[msgspec.Raw]))
    except (ValueError, RecursionError):
        """Not JSON: judged, and told, as one row."""
    return iter((whole,))


def _judged(number: int, lead: bytes, body: bytes) -> Row:
    if len(body) > MOST_LINE:
        return Row(number, lead, body, reason="too_long", detail=f"a row of more than {MOST_LINE:,} bytes")
    try:
        return Row(number, lead, body, source=source_of(strict(body)))
    except MalformedError as error:
        return Row(number, lead, body, reason="malformed", detail=str(error))
    except UnknownShapeError as error:
        return Row(number, lead, body, reason="unknown_shape", detail=str(error))

"""The rows of a file, one after another, so that every byte of it belongs to exactly one of them.

A file is either one document (a page, a batch of records, an array, the answer to a query, also pretty-printed) or
lines, each of them a row or again one of these; values may also share a line or go over several.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import msgspec

from ..decoders import decoder
from .import_shapes import MalformedError, OtherLogError, UnknownShapeError, source_of, strict, tenant_of, time_of
from .import_unpack import Content, File, UnreadableError, WithheldError, opened
from .import_values import as_object, joined, tables, values

MOST_LINE = 16 << 20
"""Bytes of a row; a longer one is quarantined unread."""

OTHER = "other_log"
"""Reason of a row that is nothing for pimtrail: counted, not quarantined."""

MOST_DOCUMENT = 128 << 20
"""Bytes of a document that does not come in lines."""

_BOM = b"\xef\xbb\xbf"
_CSV = re.compile(rb'"?(Date \(UTC\)|TimeGenerated|TimeGenerated \[UTC\]|CorrelationId|TenantId)"?[,;\t]')
_BLANK = b" \t\r\n"
_BLANKS = re.compile(rb"[ \t\r\n]*")
_MOST_BLANKS = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Row:
    """A row that begins in line `line` (1, 2, …); `lead` is what stands between it and the row before.

    `source` is the raw source it belongs to, None where `reason` and `detail` say why it belongs to none. One without a
    body is no row: its lead follows the row before. `at` and `tenant` are what the row says of itself.
    """

    line: int
    lead: bytes
    body: bytes = b""
    source: str | None = None
    reason: str | None = None
    detail: str = ""
    at: str | None = None
    tenant: str | None = None


def rows(file: File, content: Content) -> Iterator[Row]:
    """The rows of `file`, then what is left of it.

    Raises UnreadableError for what cannot be a log, and at its end WithheldError where it no longer is `content`.
    """
    with opened(file) as stream:
        start = _first_text(stream)
    _refuse(start)
    digest = hashlib.sha256()
    if content.size <= MOST_DOCUMENT and not _is_json(start) and (data := _document(file)) is not None:
        digest.update(data)
        yield from _expanded(1, b"", data)
    else:
        with opened(file) as stream:
            yield from _lines(stream, digest)
    if digest.hexdigest() != content.sha256:
        raise WithheldError("changed while it was read; import it again")


def _refuse(start: bytes) -> None:
    """Tell by its first line what is no log, and what to do about it."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableError("it is UTF-16; save it as UTF-8", "encoding")
    if _CSV.match(start):
        raise UnreadableError("a CSV lacks the events' ids or details; export JSON instead", "csv")
    if b"\0" in start[:1024]:
        raise UnreadableError("it is no text", "no_text")


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
        decoder(msgspec.Raw).decode(text)
    except (ValueError, RecursionError):
        return False
    return text.lstrip(_BLANK)[:1] in (b"{", b"[")


def _lines(stream: BinaryIO, digest: hashlib._Hash) -> Iterator[Row]:
    number, lead, is_torn = 1, b"", False
    for number, blanks, text, ends in joined(_cut_lines(stream, digest)):
        if is_torn and b"\n" not in blanks:
            yield Row(number, blanks + text)
        elif len(text) > MOST_LINE and not ends:
            detail = f"a line of more than {MOST_LINE:,} bytes"
            yield Row(number, lead + blanks, text, reason="too_long", detail=detail)
            lead = b""
        else:
            lead += blanks
            for value in values(text, ends):
                *found, end = _expanded(number, lead, value)
                yield from found
                number, lead = end.line, end.lead
        is_torn = not ends and not text.endswith(b"\n") and (is_torn or len(text) > MOST_LINE)
    yield Row(number, lead)


def _cut_lines(stream: BinaryIO, digest: hashlib._Hash | None = None) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, blanks before it, line with its end) of each line that is not blank; last the blanks that are left.

    A line longer than MOST_LINE comes in pieces. Raises UnreadableError for a longer stretch of nothing than logs have.
    """
    number, data, is_last = 1, b"", False
    while not is_last:
        chunk = stream.read(_CHUNK)
        if digest is not None:
            digest.update(chunk)
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
    position, is_told = 0, False
    for names, body in _cut(text):
        start = text.index(body, position)
        gap = text[position:start]
        number += gap.count(b"\n")
        yield _judged(number, lead + gap, body) if names is None else _told(number, names, body)
        number += body.count(b"\n")
        lead, position, is_told = b"", start + len(body), names is not None
    rest = text[position:]
    yield Row(number + rest.count(b"\n"), b"\n" if is_told else lead + rest)


class _Envelope(msgspec.Struct):
    value: msgspec.Raw = msgspec.Raw(b"")
    records: msgspec.Raw = msgspec.Raw(b"")
    tables: msgspec.Raw = msgspec.Raw(b"")


def _cut(text: bytes) -> Iterator[tuple[list[str] | None, bytes]]:
    """The bytes of each row in a page, a batch of records, an array or, with its columns, a query's answer.

    Anything else is one row.
    """
    inner = whole = text.removeprefix(_BOM).strip(_BLANK)
    if not whole:
        return
    try:
        if whole[:1] == b"{":
            envelope = decoder(_Envelope).decode(whole)
            if envelope.tables:
                found = tables(bytes(envelope.tables))
                yield from ((names, row) for names, array in found for row in _items(array))
                return
            inner = next((raw for raw in map(bytes, (envelope.value, envelope.records)) if raw[:1] == b"["), whole)
        if inner[:1] == b"[":
            yield from ((None, row) for row in _items(inner))
            return
    except (ValueError, RecursionError):
        """Not JSON: judged, and told, as one row."""
    yield None, whole


def _items(array: bytes) -> list[bytes]:
    return [bytes(raw) for raw in decoder(list[msgspec.Raw]).decode(array)]


def _told(number: int, names: list[str], row: bytes) -> Row:
    """A row of a query's answer as the object that every other export makes of it."""
    try:
        return _judged(number, b"\n", as_object(names, row))
    except ValueError as error:
        return Row(number, b"\n", row, reason="malformed", detail=str(error))


def _judged(number: int, lead: bytes, body: bytes) -> Row:
    if len(body) > MOST_LINE:
        return Row(number, lead, body, reason="too_long", detail=f"a row of more than {MOST_LINE:,} bytes")
    try:
        row = strict(body)
        source = source_of(row)
    except MalformedError as error:
        return Row(number, lead, body, reason="malformed", detail=str(error))
    except OtherLogError as error:
        return Row(number, lead, body, reason=OTHER, detail=str(error))
    except UnknownShapeError as error:
        return Row(number, lead, body, reason="unknown_shape", detail=str(error))
    assert isinstance(row, dict)
    return Row(number, lead, body, source, at=time_of(source, row), tenant=tenant_of(source, row))

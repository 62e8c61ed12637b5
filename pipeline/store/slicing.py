"""Cut an answer into its items without changing a byte, and put it together again.

One item becomes one line of a segment, so a line end inside an item (white space between tokens, never inside a
string) is written as a blank and its place remembered in `Sliced.breaks`. An item that cannot be taken as data stays
where it is, between its neighbours, and is told in `Sliced.rejected`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from ..decoders import decoder
from .scanning import item_spans
from .strictness import each_once, flaw


class _Envelope(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    error: None = None
    """An error beside the items makes the answer unfit, whatever its status."""


@dataclass(frozen=True)
class Rejected:
    """An item that cannot be taken as data: its place among all items of the page, its bytes, and why."""

    ordinal: int
    body: bytes
    reason: str


@dataclass(frozen=True)
class Sliced:
    """An answer as `head item seam item … tail`, with one seam fewer than items.

    `breaks` maps an item's ordinal to (offset, byte) of its line ends. What was `rejected` is no item: its bytes are
    part of head, seam or tail.
    """

    head: bytes
    items: tuple[bytes, ...]
    seams: tuple[bytes, ...]
    tail: bytes
    breaks: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class Page:
    """A Graph answer: its items and the link to the next page, None on the last."""

    sliced: Sliced
    next_link: str | None


Span = tuple[int, int]

_LINE_END = re.compile(rb"[\r\n]")
_ERROR_ITEM = re.compile(rb'\{\s*"error"\s*:')
_page_decoder = decoder(_Envelope)


def slice_page(body: bytes) -> Page:
    """The page in a complete JSON object with a `value` list.

    Raises ValueError (msgspec's errors are such) where the body is anything else: cut off, HTML, with an error beside
    or among the items, with a key told twice, since nobody can say which of the two was meant, or with no object
    among its items. An item with a fault of its own does not spoil the page: it is among `rejected`.
    """
    try:
        spans = _spans(body)
        envelope = _envelope(body, spans)
        return Page(_place(body, spans), envelope.next_link)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error


def slice_items(body: bytes, items: Sequence[bytes]) -> Sliced:
    """Place `items`, given in their order, in `body`. Raises ValueError if one of them is not there."""
    return _cut(body, _located(body, items), ())


def join(sliced: Sliced) -> bytes:
    """The body `sliced` was cut from, to the byte."""
    if not sliced.items:
        return sliced.head + sliced.tail
    whole = [_restore(item, sliced.breaks.get(n, ())) for n, item in enumerate(sliced.items)]
    parts = [sliced.head]
    for item, seam in zip(whole, (*sliced.seams, sliced.tail), strict=True):
        parts += (item, seam)
    return b"".join(parts)


def _spans(body: bytes) -> list[Span]:
    """Where the items stand: from the parser where the whole page is plain JSON, else by their brackets alone."""
    try:
        return _located(body, [bytes(item) for item in _page_decoder.decode(body).value])
    except (ValueError, RecursionError):
        return item_spans(body)


def _envelope(body: bytes, spans: Sequence[Span]) -> _Envelope:
    """What stands around the items, read as strictly as it gets."""
    around = body[: spans[0][0]] + body[spans[-1][1] :] if spans else body
    json.loads(around.decode(), object_pairs_hook=each_once)
    return _page_decoder.decode(around)


def _place(body: bytes, spans: Sequence[Span]) -> Sliced:
    good, rejected = list[Span](), list[Rejected]()
    for ordinal, (start, end) in enumerate(spans):
        item = body[start:end]
        if _ERROR_ITEM.match(item):
            raise ValueError("an error among the items")
        reason = flaw(item)
        if reason is None:
            good.append((start, end))
        else:
            rejected.append(Rejected(ordinal, item, reason))
    if spans and not any(body[start : start + 1] == b"{" for start, _ in spans):
        raise ValueError("items that are no objects")
    return _cut(body, good, tuple(rejected))


def _located(body: bytes, items: Sequence[bytes]) -> list[Span]:
    spans, position = list[Span](), 0
    for item in items:
        start = body.find(item, position)
        if start < 0:
            raise ValueError("an item does not stand in the body it came from")
        position = start + len(item)
        spans.append((start, position))
    return spans


def _cut(body: bytes, spans: Sequence[Span], rejected: tuple[Rejected, ...]) -> Sliced:
    if not spans:
        return Sliced(body, (), (), b"", rejected=rejected)
    items = [body[start:end] for start, end in spans]
    seams = tuple(body[end:start] for (_, end), (start, _) in pairwise(spans))
    breaks = {n: found for n, item in enumerate(items) if (found := _line_ends(item))}
    lines = tuple(_on_one_line(item) if n in breaks else item for n, item in enumerate(items))
    return Sliced(body[: spans[0][0]], lines, seams, body[spans[-1][1] :], breaks, rejected)


def _line_ends(item: bytes) -> tuple[tuple[int, int], ...]:
    if b"\n" not in item and b"\r" not in item:
        return ()
    return tuple((end.start(), item[end.start()]) for end in _LINE_END.finditer(item))


def _on_one_line(item: bytes) -> bytes:
    return item.replace(b"\n", b" ").replace(b"\r", b" ")


def _restore(item: bytes, breaks: Sequence[tuple[int, int]]) -> bytes:
    if not breaks:
        return item
    whole = bytearray(item)
    for at, byte in breaks:
        whole[at] = byte
    return bytes(whole)

"""Cut an answer into its items without changing a byte, and put it together again.

One item becomes one line of a segment, so a line end inside an item (white space between tokens, never inside a
string) is written as a blank and its place remembered in `Sliced.breaks`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec


class _Envelope(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    error: None = None
    """An error beside the items makes the answer unfit, whatever its status."""


@dataclass(frozen=True)
class Sliced:
    """An answer as `head item seam item … tail`, with one seam fewer than items.

    `breaks` maps an item's ordinal to (offset, byte) of its line ends.
    """

    head: bytes
    items: tuple[bytes, ...]
    seams: tuple[bytes, ...]
    tail: bytes
    breaks: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A Graph answer: its items and the link to the next page, None on the last."""

    sliced: Sliced
    next_link: str | None


_LINE_END = re.compile(rb"[\r\n]")
_page_decoder = msgspec.json.Decoder(_Envelope)


def slice_page(body: bytes) -> Page:
    """The page in a complete JSON object with a `value` list.

    Raises ValueError (msgspec's errors are such) where the body is anything else: cut off, HTML, too deeply nested,
    with an error beside the items, or with a key told twice, since nobody can say which of the two was meant.
    """
    try:
        envelope = _page_decoder.decode(body)
        sliced = slice_items(body, [bytes(item) for item in envelope.value])
        json.loads(sliced.head + sliced.tail, object_pairs_hook=_each_once)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    return Page(sliced, envelope.next_link)


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object's pairs, as `json` hands them over. Raises ValueError for a key that stands twice."""
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key stands twice")
    return held


def slice_items(body: bytes, items: Sequence[bytes]) -> Sliced:
    """Place `items`, given in their order, in `body`. Raises ValueError if one of them is not there."""
    if not items:
        return Sliced(body, (), (), b"")
    cuts, position = [], 0
    for item in items:
        start = body.find(item, position)
        if start < 0:
            raise ValueError("an item does not stand in the body it came from")
        cuts.append(start)
        position = start + len(item)
    ends = [start + len(item) for start, item in zip(cuts, items, strict=True)]
    seams = tuple(body[end:start] for end, start in zip(ends, cuts[1:], strict=False))
    breaks = {n: found for n, item in enumerate(items) if (found := _line_ends(item))}
    lines = tuple(_on_one_line(item) if n in breaks else item for n, item in enumerate(items))
    return Sliced(body[: cuts[0]], lines, seams, body[ends[-1] :], breaks)


def join(sliced: Sliced) -> bytes:
    """The body `sliced` was cut from, to the byte."""
    if not sliced.items:
        return sliced.head + sliced.tail
    whole = [_restore(item, sliced.breaks.get(n, ())) for n, item in enumerate(sliced.items)]
    parts = [sliced.head]
    for item, seam in zip(whole, (*sliced.seams, sliced.tail), strict=True):
        parts += (item, seam)
    return b"".join(parts)


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

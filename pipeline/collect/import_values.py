"""JSON values that do not keep to lines: several on one, one over many; and the rows of a query's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from ..decoders import decoder

Line = tuple[int, bytes, bytes]
"""Number, blanks before it, text with its end."""

MOST_SPREAD = 32 << 20
"""Bytes over which a value is followed from line to line."""

_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"|["{}\[\]]')
_CLOSES = {b"}": b"{", b"]": b"["}
_BEFORE_OPENING = re.compile(rb"[\[:,]\s*\Z")
_VALUE = re.compile(rb"\s*[{\[]")


class Brackets:
    """Follows the brackets of text that comes in pieces, each ending at the end of a line."""

    def __init__(self) -> None:
        self.ends = list[int]()
        """Offsets, from the beginning of all text, behind each outermost object or array that is complete."""
        self.is_broken = False
        """No JSON goes on like this."""
        self._open, self.size, self._tail = list[bytes](), 0, b""

    @property
    def is_open(self) -> bool:
        """A value is begun and not ended."""
        return bool(self._open)

    def feed(self, text: bytes) -> None:
        """Go on with `text`."""
        if self._open and _VALUE.match(text) and not _BEFORE_OPENING.search(self._tail):
            self.is_broken = True  # Where a line breaks off and the next one begins anew.
        for token in _TOKEN.finditer(text):
            if self.is_broken:
                return
            self._take(token[0], self.size + token.end())
        self.size += len(text)
        self._tail = text[-64:].rstrip() or self._tail

    def _take(self, token: bytes, end: int) -> None:
        if token in (b"{", b"["):
            self._open.append(token)
        elif token == b'"' or not self._open:
            self.is_broken = True  # A string without an end, or something between two values.
        elif token in _CLOSES:
            self.is_broken = self._open.pop() != _CLOSES[token]
            if not self._open:
                self.ends.append(end)


def joined(lines: Iterable[Line]) -> Iterator[tuple[int, bytes, bytes, list[int]]]:
    """(number, blanks before it, text, where the values in it end) of each line, or of lines that together are JSON.

    Ends are given only where a line is not one value by itself. Lines that do not come to a whole value stay single.
    """
    held, brackets, is_whole = list[Line](), Brackets(), True
    for line in lines:
        _, blanks, text = line
        if not held and not (is_whole and _may_be_part(text)):
            yield (*line, [])
        else:
            held, brackets = (held, brackets) if held else ([], Brackets())
            brackets.feed(blanks + text if held else text)
            held.append(line)
            if not text or brackets.is_broken or brackets.size > MOST_SPREAD:
                yield from ((*each, []) for each in held)
                held = []
            elif not brackets.is_open:
                whole = held[0][2] + b"".join(blanks + text for _, blanks, text in held[1:])
                yield held[0][0], held[0][1], whole, brackets.ends
                held = []
        is_whole = text.endswith(b"\n")


def _may_be_part(text: bytes) -> bool:
    if not _VALUE.match(text.removeprefix(_BOM)):
        return False
    try:
        decoder(msgspec.Raw).decode(text)
    except ValueError:
        return True
    except RecursionError:
        return False
    return False


def values(text: bytes, ends: list[int]) -> Iterator[bytes]:
    """`text` cut at `ends`, what is left of it with the last value."""
    start = 0
    for end in ends[:-1]:
        yield text[start:end]
        start = end
    yield text[start:]


class _Column(msgspec.Struct):
    name: str


class _Table(msgspec.Struct):
    columns: list[_Column]
    rows: msgspec.Raw


def tables(raw: bytes) -> list[tuple[list[str], bytes]]:
    """(names of the columns, the array of rows) of each table in a query's answer. Raises ValueError for else."""
    found = decoder(list[_Table]).decode(raw)
    return [([column.name for column in table.columns], bytes(table.rows)) for table in found]


def as_object(names: list[str], row: bytes) -> bytes:
    """A row of a table as an object; its cells keep their bytes. Raises ValueError where they are not one a column."""
    cells = decoder(list[msgspec.Raw]).decode(row)
    if len(cells) != len(names):
        raise ValueError(f"a row of {len(cells)} cells under {len(names)} columns")
    pairs = (msgspec.json.encode(name) + b":" + bytes(cell) for name, cell in zip(names, cells, strict=True))
    return b"{" + b",".join(pairs) + b"}"

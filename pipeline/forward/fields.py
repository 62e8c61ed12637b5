"""Fit a record to what a table takes: a value over 64 KB is cut here with a mark, and not silently there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from ..decoders import decoder

LIMIT = 65_536
"""Bytes of a field's value in UTF-8; a dynamic one counts as JSON."""

WHOLE = 800_000
"""Bytes of a record: it has to go into one request, with room to spare."""

SHORTER = tuple(LIMIT >> step for step in range(6))
"""Limits for the fields of a record that is too large as a whole, tried in turn; the last one suffices for any."""

CUT = "_cut"
"""Key of the mark in a dynamic object."""


def fit(record: str) -> bytes:
    """The record on one line, over-long values cut and marked with the SHA-256 of the whole.

    A record that needs no cut keeps its bytes, so fitting twice changes nothing. Raises ValueError where it is no JSON
    object.
    """
    line = record.encode()
    values = decoder(dict[str, object]).decode(line)
    if len(line) <= LIMIT and b"\n" not in line and b"\r" not in line:
        return line
    for limit in SHORTER:
        line = msgspec.json.encode({name: _fitted(value, limit) for name, value in values.items()})
        if len(line) <= WHOLE:
            break
    return line


def _fitted(value: object, limit: int) -> object:
    whole = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
    if len(whole) <= limit:
        return value
    mark = f"[cut: {len(whole)} bytes, sha256 {hashlib.sha256(whole).hexdigest()}]"
    match value:
        case str():
            return whole[: limit - len(mark) - 1].decode(errors="ignore") + " " + mark
        case list():
            return [*_leading(value, limit - len(mark)), mark]
        case Mapping():
            names = _leading([{name: held} for name, held in value.items()], limit - len(mark) - len(CUT) - 3)
            return {name: held for pair in names for name, held in pair.items()} | {CUT: mark}
    return mark


def _leading(values: list[Any], room: int) -> list[Any]:
    """The first of `values` that fit into `room` bytes of a list with something after them."""
    room, count = room - len('[""]'), 0
    for value in values:
        room -= len(msgspec.json.encode(value)) + 1
        if room < 0:
            break
        count += 1
    return values[:count]

"""Decoders of JSON by type: each is whole before anybody decodes with it.

msgspec notes what a struct looks like when it is first asked, piece by piece and where all threads see it: a thread
that comes upon half a note decodes with it and takes the process down. So they are made here, one at a time.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from .once import once

T = TypeVar("T")


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The process's decoder for a type. It raises ValueError for what is no JSON or has another shape."""
    return cast("msgspec.json.Decoder[T]", _made(kind))


@once(most=256)
def _made(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)

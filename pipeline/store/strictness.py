"""What every reader of JSON reads alike. Where they differ (a key told twice, a lone surrogate, NaN, deep nesting,
numbers without end), an item is no data: nobody can say what it means."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

MAX_DEPTH = 100
"""Brackets within brackets; Graph's deepest objects have about ten."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_decoder = msgspec.json.Decoder()


def flaw(item: bytes) -> str | None:
    """Why `item` cannot be taken as a JSON object that all read alike; None where it can."""
    if not item.startswith(b"{"):
        return "no object"
    if _is_deep(item):
        return "nested too deeply"
    try:
        if msgspec.json.encode(_decoder.decode(item)) == item:
            return None
        read = json.loads(item.decode(), object_pairs_hook=each_once)
        if b"\\u" in item:
            json.dumps(read, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "half a character (a lone surrogate)"
    except UnicodeDecodeError:
        return "no UTF-8"
    except (ValueError, RecursionError) as error:
        return "half a character (a lone surrogate)" if _has_lone_surrogate(item) else str(error)
    return None


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's pairs, as `json` hands them over. Raises ValueError for a key that stands twice."""
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key stands twice")
    return held


def _is_deep(item: bytes) -> bool:
    if item.count(b"{") + item.count(b"[") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in re.finditer(rb"[{}\[\]]", _STRING.sub(b"", item)):
        depth += 1 if bracket[0] in b"{[" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _has_lone_surrogate(item: bytes) -> bool:
    try:
        json.dumps(json.loads(item), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False

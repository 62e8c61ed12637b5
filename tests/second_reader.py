"""A second reader of the raw store, as an assessor would write it: from ADR 0003 and the files, sharing no code.

held = read(folder / "raw")
held.bodies("directory_audits")      # every answer, put together again and proven by its hash
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import zstandard

Entry = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """The entries of the index in their order, by sequence number."""

    raw: Path
    entries: dict[int, Entry]

    @cached_property
    def segments(self) -> dict[int, Entry]:
        return {seq: entry for seq, entry in self.entries.items() if entry["type"] == "segment"}

    @cached_property
    def lines(self) -> dict[tuple[int, int, int], bytes | list[int]]:
        """(segment, page, ordinal) → an item's bytes, or the place where they stand."""
        found: dict[tuple[int, int, int], bytes | list[int]] = {}
        for seq, entry in self.segments.items():
            for line in _lines(self.raw / entry["path"]) if entry.get("path") else ():
                place = json.loads(line)
                found[seq, place["p"], place["n"]] = place.get("r") or line[line.index(b'"e":') + 4 : -1]
        return found

    def pages(self, seq: int) -> Iterator[tuple[Entry, list[bytes]]]:
        """Each page of a segment and its items."""
        entry = self.segments[seq]
        holder = entry["same_as"] if entry.get("same_as") is not None else seq
        for number, page in enumerate(entry.get("pages") or self.segments[holder]["pages"]):
            yield page, [self._item(holder, number, ordinal) for ordinal in range(page["items"])]

    def items(self, seq: int) -> list[bytes]:
        """The items of a segment, in their order."""
        return [item for _, items in self.pages(seq) for item in items]

    def bodies(self, source: str) -> Iterator[bytes]:
        """Every answer to `source`, proven by its hash."""
        for seq, entry in self.segments.items():
            if entry["source"] == source:
                yield from (_body(page, items) for page, items in self.pages(seq))

    def told(self, source: str) -> list[dict[str, Any]]:
        """Every item ever answered to `source`, in order."""
        return [item for body in self.bodies(source) for item in json.loads(body)["value"]]

    def kept(self, source: str) -> list[dict[str, Any]]:
        """The same without repeats: each item where its bytes lie."""
        own = [line for (seq, _, _), line in self.lines.items() if self.segments[seq]["source"] == source]
        return [json.loads(line) for line in own if isinstance(line, bytes)]

    def _item(self, *place: int) -> bytes:
        found = self.lines[place[0], place[1], place[2]]
        return found if isinstance(found, bytes) else self._item(*found)


def read(raw: Path) -> Held:
    """The index, its chain checked, and all that it names."""
    entries, previous = {}, "0" * 64
    index = raw / "index.ndjson"
    for number, line in enumerate(index.read_bytes().splitlines() if index.exists() else (), 1):
        held = json.loads(line)
        assert (held["seq"], held["prev"]) == (number, previous), f"line {number} does not follow"
        entries[number], previous = held["entry"], hashlib.sha256(line).hexdigest()
    for entry in entries.values():
        if entry["type"] == "segment" and entry.get("path"):
            assert hashlib.sha256((raw / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]
    return Held(raw, entries)


def _lines(path: Path) -> list[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())) as stream:
        return stream.read().splitlines()


def _body(page: Entry, items: list[bytes]) -> bytes:
    told = page.get("seams", ",")
    seams = told if isinstance(told, list) else [told] * (len(items) - 1)
    body = page["head"].encode("latin-1")
    for ordinal, item in enumerate(items):
        whole = bytearray(item)
        for at, byte in page.get("breaks", {}).get(str(ordinal), ()):
            whole[at] = byte
        body += whole + (seams[ordinal].encode("latin-1") if ordinal + 1 < len(items) else b"")
    body += page["tail"].encode("latin-1")
    assert hashlib.sha256(body).hexdigest() == page["sha256"], page["url"]
    return body

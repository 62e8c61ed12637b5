"""Whether what is kept is what was kept: every line, every file and every answer against its hash. Reads only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import IntegrityError
from . import TenantFolder
from .chain import GENESIS, BrokenChainError, Chain
from .journal import Change, open_journal
from .ledger import Entry, QuarantineEntry, SegmentEntry
from .segments import check_file, rejoin


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was kept. `line` is a chain's sequence number, `byte` where that line begins."""

    file: str
    what: str
    line: int | None = None
    byte: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line} (byte {self.byte}) " if self.line is not None else ""
        return f"{self.file}: {place}{self.what}"


@dataclass
class Record:
    """What index and journal say, as far as they can be followed; `faults` grow while one looks."""

    folder: TenantFolder
    segments: dict[int, SegmentEntry] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    """Path relative to `raw/` to SHA-256."""
    heads: dict[str, int] = field(default_factory=lambda: {GENESIS: 0})
    """Hash of each line of either chain to its number."""
    anchors: list[tuple[str, str]] = field(default_factory=list)
    """(who noted it, heads of both chains) of every run's end that the journal tells of."""
    ends: dict[str, int] = field(default_factory=dict)
    """Last line of `index` and `journal`; one that does not follow throughout has none."""
    faults: list[Fault] = field(default_factory=list)
    bodies: int = 0

    def fault(self, path: Path, what: str, line: int | None = None, byte: int | None = None) -> None:
        """Note a fault of a file below the tenant's folder."""
        inside = path.is_relative_to(self.folder.root)
        self.faults.append(Fault(str(path.relative_to(self.folder.root) if inside else path), what, line, byte))


def read_record(folder: TenantFolder) -> Record:
    """Follow both chains from their start, then look at every file the index names and at those it does not."""
    record = Record(folder)
    _follow(record, "index", Chain[Entry](folder.index, Entry), _take_entry)
    _follow(record, "journal", open_journal(folder.journal), _take_changes)
    whole = _whole_files(record)
    for seq, entry in record.segments.items():
        needed = {entry.same_as or seq, *record.segments.get(entry.same_as or seq, entry).refers_to}
        if needed <= whole:
            _rejoin(record, seq, entry)
    if "index" in record.ends:
        _strays(record)
    for who, head in [*record.anchors, *_status_head(record)]:
        check_head(record, who, head)
    return record


def check_head(record: Record, who: str, head: str) -> None:
    """Note a fault where a head noted earlier (`index`, or `index:journal`) is in neither chain."""
    if missing := [part for part in head.split(":") if part not in record.heads]:
        record.faults.append(Fault(who, f"names a chain head that is not in the chain any more: {', '.join(missing)}"))


def _follow(record: Record, name: str, chain: Chain[Any], take: Any) -> None:
    seq = 0
    try:
        for entry, mark in chain.read():
            seq = mark.seq
            record.heads[mark.head] = seq
            take(record, seq, entry)
    except BrokenChainError as error:
        record.fault(error.path, error.what, error.seq, error.offset)
        return
    record.ends[name] = seq


def _take_entry(record: Record, seq: int, entry: Entry) -> None:
    if isinstance(entry, SegmentEntry):
        record.segments[seq] = entry
    elif isinstance(entry, QuarantineEntry) and entry.path is not None and entry.sha256 is not None:
        record.quarantined[entry.path] = entry.sha256


def _take_changes(record: Record, seq: int, changes: list[Change]) -> None:
    for change in changes:
        if change.table == "run" and "chain_head" in change.columns:
            place = change.columns.index("chain_head")
            record.anchors += [(f"journal/journal.ndjson: line {seq}", row[place]) for row in change.rows]


def _whole_files(record: Record) -> set[int]:
    """The segments whose files have their hashes."""
    raw, whole = record.folder.raw, set()
    for seq, entry in record.segments.items():
        if entry.path is None:
            continue
        try:
            check_file(raw, entry)
            whole.add(seq)
        except IntegrityError as error:
            record.fault(raw / entry.path, f"{_reason(error)} (line {seq} of the index)")
    for path, digest in record.quarantined.items():
        try:
            held = hashlib.sha256((raw / path).read_bytes()).hexdigest()
        except OSError as error:
            record.fault(raw / path, error.strerror or str(error))
            continue
        if held != digest:
            record.fault(raw / path, "does not match the hash it was kept under")
    return whole


def _rejoin(record: Record, seq: int, entry: SegmentEntry) -> None:
    holder = record.segments[entry.same_as or seq]
    try:
        for _ in rejoin(record.folder.raw, entry, record.segments):
            record.bodies += 1
    except (IntegrityError, KeyError, ValueError) as error:
        record.fault(record.folder.raw / (holder.path or ""), f"{_reason(error)} (line {seq} of the index)")


def _strays(record: Record) -> None:
    """Files the index does not name. Hidden temporary ones are of an unfinished walk; collection removes them."""
    raw = record.folder.raw
    named = {entry.path for entry in record.segments.values()} | record.quarantined.keys() | {"index.ndjson"}
    for path in sorted(raw.rglob("*")):
        hidden = path.name.startswith(".") and path.name.endswith(".tmp")
        if not hidden and not path.is_dir() and path.relative_to(raw).as_posix() not in named:
            record.fault(path, "stands in no line of the index")


def _status_head(record: Record) -> Iterator[tuple[str, str]]:
    path = record.folder.status
    try:
        yield path.name, str(json.loads(path.read_bytes())["chain_head"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        record.fault(path, f"cannot be read: {error}")


def _reason(error: Exception) -> str:
    """An error's words without the path they begin with."""
    return str(error).partition(": ")[2] or str(error)

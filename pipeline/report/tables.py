"""CSV: RFC 4180, UTF-8, times as ISO 8601 with Z, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ..store.files import replacing
from .text import visible

_TRIGGERS = frozenset("=+-@\t\r\n\0")


@dataclass(frozen=True)
class Written:
    """A file of the CSV edition: its name inside the folder, its rows without the header, its SHA-256."""

    name: str
    rows: int
    sha256: str
    columns: tuple[tuple[str, str], ...]
    """(column, type)."""


def cell(value: Any) -> str:
    """One value as a CSV field. Texts that a spreadsheet could run get `'` in front; numbers and times do not."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    return guarded(visible(str(value)))


def guarded(text: str) -> str:
    """`text`, with `'` in front where its first sign after blanks, in any width, starts a formula."""
    folded = unicodedata.normalize("NFKC", text)
    first = folded.lstrip()[:1] if folded[:1] not in _TRIGGERS else folded[:1]
    return f"'{text}" if first in _TRIGGERS and first else text


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A whole CSV file, header first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row[name]) for name in columns] for row in rows)
    return text.getvalue().encode()


def write_csv(
    folder: Path, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]
) -> Written:
    """Write one file below `folder`, wholly or not at all. Raises StorageError."""
    data = csv_bytes([column for column, _ in columns], rows)
    with replacing(folder / name) as handle:
        handle.write(data)
    return Written(name, len(rows), hashlib.sha256(data).hexdigest(), tuple(columns))

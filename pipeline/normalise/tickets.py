"""The register of tickets, a CSV file: `number,state,opened_at,closed_at`, times in ISO 8601 with a zone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import ConfigError

COLUMNS = ("number", "state", "opened_at", "closed_at")
MOST_FAULTS = 20
"""Faults told at once; a register of another shape has one a line."""


@dataclass(frozen=True)
class Ticket:
    """One ticket. `number` is in capitals; `closed_at` is None while it is open."""

    number: str
    state: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    line: int


def read(path: Path) -> tuple[Ticket, ...]:
    """The tickets of the register. Raises ConfigError with its faults, each naming file and line."""
    faults: list[str] = []
    found: dict[str, Ticket] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, row in _rows(path, file):
                _take(row, line, found, faults)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    if faults:
        more = [f"{path}: {len(faults) - MOST_FAULTS} more faults"] if len(faults) > MOST_FAULTS else []
        raise ConfigError([*(f"{path}:{fault}" for fault in faults[:MOST_FAULTS]), *more])
    return tuple(found.values())


def _rows(path: Path, file: Iterator[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by column) of every row; columns beyond those we know are passed over."""
    reader = csv.reader(file)
    head = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in COLUMNS if name not in head]:
        raise ConfigError([f"{path}:1: column {', '.join(missing)} is missing; it wants {','.join(COLUMNS)}"])
    for row in reader:
        if any(value.strip() for value in row):
            yield reader.line_num, dict(zip(head, (value.strip() for value in row), strict=False))


def _take(row: dict[str, str], line: int, found: dict[str, Ticket], faults: list[str]) -> None:
    number = row.get("number", "").upper()
    if not number:
        faults.append(f"{line}: number is missing")
    elif number in found:
        faults.append(f"{line}: {number} stands on line {found[number].line} already")
    times: dict[str, datetime | None] = {}
    for column in ("opened_at", "closed_at"):
        try:
            times[column] = _moment(row.get(column, ""))
        except ValueError as error:
            faults.append(f"{line}: {column}: {error}")
    opened, closed = times.get("opened_at"), times.get("closed_at")
    if opened and closed and closed < opened:
        faults.append(f"{line}: closed_at is before opened_at")
    found.setdefault(number, Ticket(number, row.get("state") or None, opened, closed, line))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2026-10-01T08:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; write 2026-10-01T08:00:00Z")
    return moment

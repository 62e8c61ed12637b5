"""The baseline file: permanent eligible assignments that somebody looked at and accepts.

accepted:
  - {principal: anna@contoso.example, target: Security Reader, reason: reads daily, owner: …, expires: 2027-06-30}
  - {principal: sg-night-batch, target: sg-sap-firefighters, access: member, reason: night batch}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError

_KEYS = ("principal", "target", "access", "reason", "owner", "ticket", "expires")
_NEEDED = ("principal", "target", "reason")


@dataclass(frozen=True)
class Accepted:
    """One entry. `principal` and `target` are names or ids as written; `expires` is the last day it holds."""

    principal: str
    target: str
    access: str | None
    reason: str
    owner: str | None
    ticket: str | None
    expires: date | None


def read(path: Path) -> tuple[Accepted, ...]:
    """The entries of the file. Raises ConfigError with every fault, each naming file and entry."""
    entries = _entries(path)
    faults = [f"{path}: entry {number}: {fault}" for number, entry in enumerate(entries, 1) for fault in _faults(entry)]
    if faults:
        raise ConfigError(faults)
    return tuple(_accepted(entry) for entry in entries)


def _entries(path: Path) -> list[Any]:
    try:
        loaded = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    match loaded:
        case None | {"accepted": None}:
            return []
        case {"accepted": list(entries), **rest} if not rest:
            return entries
    raise ConfigError([f"{path}: wants one list called accepted, and nothing else"])


def _faults(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "is no list of keys and values"
        return
    for key in entry:
        if key not in _KEYS:
            yield f"unknown key {key!r}; it may have {', '.join(_KEYS)}"
    for key in _NEEDED:
        if not str(entry.get(key) or "").strip():
            yield f"{key} is missing"
    for key, value in entry.items():
        if key in _KEYS and key != "expires" and not isinstance(value, str | int | None):
            yield f"{key} is no text"
    if entry.get("access") not in (None, "member", "owner"):
        yield "access is member or owner, or left out for a role"
    if entry.get("expires") is not None and _day(entry["expires"]) is None:
        yield f"expires: {entry['expires']!r} is no date such as 2027-06-30"


def _accepted(entry: dict[str, Any]) -> Accepted:
    text = {key: None if entry.get(key) is None else str(entry[key]) for key in _KEYS}
    return Accepted(
        principal=text["principal"] or "",
        target=text["target"] or "",
        access=text["access"],
        reason=text["reason"] or "",
        owner=text["owner"],
        ticket=text["ticket"],
        expires=_day(entry.get("expires")),
    )


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None

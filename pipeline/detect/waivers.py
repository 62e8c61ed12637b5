"""The waivers file: who accepted which findings, why, and until when.

- match: {rule: drift.permanent_eligible, subject: eva@contoso.example}
  reason: leaves in December
  owner: anna.keller@contoso.example
  expires: 2026-12-31
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..config import Tenant
from ..errors import ConfigError
from .record import SETTABLE

_WORDS = {
    "rule": ("RuleId",),
    "subject": ("TargetObjectId", "TargetUpn", "TargetName"),
    "target": ("RoleDefinitionId", "RoleName", "GroupObjectId", "GroupName"),
    "access": ("GroupAccess",),
    "scope": ("RoleScope",),
}
"""Fields of a waiver besides the record's own columns, and the columns any of which they may match."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    match: dict[str, str | list[str]] = Field(min_length=1)
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: date
    tenant: str | None = None
    ticket: Annotated[str | None, BeforeValidator(lambda value: None if value is None else str(value))] = None


@dataclass(frozen=True)
class Waiver:
    """One entry. `waiver_id` is `file:line`; it holds through the day it expires."""

    waiver_id: str
    entry: _Entry

    def covers(self, record: Mapping[str, Any], today: date) -> bool:
        """Whether every field matches the alert record, letters' case aside, and the entry has not expired."""
        return today <= self.entry.expires and all(
            _matches(record, field, wanted) for field, wanted in self.entry.match.items()
        )

    def row(self, tenant_id: str) -> dict[str, object]:
        """As table `waiver` holds it."""
        entry = self.entry
        matches = json.dumps(entry.match, ensure_ascii=False, sort_keys=True)
        return {"tenant_id": tenant_id, "waiver_id": self.waiver_id, "matches": matches} | {
            name: getattr(entry, name) for name in ("reason", "owner", "ticket", "expires")
        }


def read_waivers(tenant: Tenant) -> tuple[Waiver, ...]:
    """The tenant's waivers, none where it names no file. Raises ConfigError with every fault, its file and line."""
    if tenant.waivers is None:
        return ()
    path, faults, waivers = tenant.waivers, list[str](), list[Waiver]()
    for line, value in _entries(path):
        try:
            waiver = Waiver(f"{path.name}:{line}", _Entry.model_validate(value))
        except ValidationError as error:
            faults += [f"{path}:{line}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        faults += [f"{path}:{line}: match.{name}: no such field" for name in _unknown(waiver.entry.match)]
        if _same(waiver.entry.tenant, tenant):
            waivers.append(waiver)
    if faults:
        raise ConfigError(faults)
    return tuple(waivers)


def _same(named: str | None, tenant: Tenant) -> bool:
    return named is None or named.lower() in (tenant.name.lower(), tenant.tenant_id.lower())


def _entries(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    if node is None:
        return
    if not isinstance(values, list):
        raise ConfigError([f"{path}:1: wants a list of waivers"])
    yield from zip((item.start_mark.line + 1 for item in node.value), values, strict=True)


def _unknown(match: Mapping[str, object]) -> Sequence[str]:
    return sorted(match.keys() - _WORDS.keys() - SETTABLE.keys())


def _matches(record: Mapping[str, Any], field: str, wanted: str | list[str]) -> bool:
    columns = _WORDS.get(field) or (SETTABLE[field],)
    held = {str(record[column]).lower() for column in columns if record.get(column) is not None}
    texts = [wanted] if isinstance(wanted, str) else wanted
    return any(text.lower() in held for text in texts)

"""The waivers file: who accepted which findings, why, and until when.

- match: {rule: drift.permanent_eligible, subject: eva@contoso.example}
  reason: leaves in December
  owner: anna.keller@contoso.example
  expires: 2026-12-31
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
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


Text = Annotated[str, Field(min_length=1)]


def _texts(value: object) -> object:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError("wants a text, or a list of texts")
    return value


class Entry(BaseModel):
    """What an entry of the file says."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    match: dict[str, Annotated[str | list[str], BeforeValidator(_texts)]] = Field(min_length=1)
    reason: Text
    owner: Text
    expires: date
    tenant: str | None = None
    ticket: Annotated[str | None, BeforeValidator(lambda value: None if value is None else str(value))] = None


@dataclass(frozen=True)
class Waiver:
    """One entry. `place` is `file:line`; `waiver_id` comes of what it matches, so that lines above may come and go."""

    waiver_id: str
    place: str
    entry: Entry

    def holds(self, today: date) -> bool:
        """Through the day it expires."""
        return today <= self.entry.expires

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether every field matches the alert record, letters' case aside."""
        return all(_matches(record, field, wanted) for field, wanted in self.entry.match.items())

    def covers(self, record: Mapping[str, Any], today: date) -> bool:
        """Whether it holds and matches."""
        return self.holds(today) and self.matches(record)

    @property
    def said(self) -> str:
        """What it matches, as JSON with its fields in order."""
        return json.dumps(self.entry.match, ensure_ascii=False, sort_keys=True)

    def row(self, tenant_id: str) -> dict[str, object]:
        """As table `waiver` holds it."""
        told = {name: getattr(self.entry, name) for name in ("reason", "owner", "ticket", "expires")}
        place = {"tenant_id": tenant_id, "waiver_id": self.waiver_id, "place": self.place}
        return {**place, "matches": self.said, **told}


def read_waivers(tenant: Tenant) -> tuple[Waiver, ...]:
    """The tenant's waivers, none where it names no file. Raises ConfigError with every fault: file, line and field."""
    if tenant.waivers is None:
        return ()
    mine = [(line, entry) for line, entry in read_file(tenant.waivers) if _same(entry.tenant, tenant)]
    return tuple(_named(tenant.waivers.name, mine))


def read_file(path: Path) -> list[tuple[int, Entry]]:
    """Every entry of the file with its line, whosever it is. Raises ConfigError as `read_waivers` does."""
    faults, entries = list[str](), list[tuple[int, Entry]]()
    for node, value in _entries(path):
        try:
            entry = Entry.model_validate(value)
        except ValidationError as error:
            told = ((tuple(map(str, each["loc"])), each["msg"]) for each in error.errors(include_url=False))
            faults += [
                f"{path}:{_line(node, where)}: {'.'.join(where) or 'entry'}: {message}" for where, message in told
            ]
            continue
        unknown = _unknown(entry.match)
        faults += [f"{path}:{_line(node, ('match', name))}: match.{name}: no such field" for name in unknown]
        entries.append((_line(node), entry))
    if faults:
        raise ConfigError(list(dict.fromkeys(faults)))
    return entries


def _named(file: str, entries: Sequence[tuple[int, Entry]]) -> Iterator[Waiver]:
    """Entries that match alike are told apart by their order."""
    seen: Counter[str] = Counter()
    for line, entry in entries:
        said = json.dumps(entry.match, ensure_ascii=False, sort_keys=True)
        name = hashlib.sha256(said.encode()).hexdigest()[:8]
        seen[name] += 1
        again = f"-{seen[name]}" if seen[name] > 1 else ""
        yield Waiver(f"{file}#{name}{again}", f"{file}:{line}", entry)


def _same(named: str | None, tenant: Tenant) -> bool:
    return named is None or named.lower() in (tenant.name.lower(), tenant.tenant_id.lower())


def _entries(path: Path) -> Iterator[tuple[yaml.Node, Any]]:
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
    yield from zip(node.value, values, strict=True)


def _line(node: yaml.Node, where: Sequence[str] = ()) -> int:
    """The line of a field, of the nearest thing around it where it is missing."""
    if where and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == where[0]:
                return _line(value, where[1:]) if len(where) > 1 else int(key.start_mark.line) + 1
    return int(node.start_mark.line) + 1


def known_field(field: str) -> bool:
    """Whether a waiver may match by it."""
    return field in _WORDS or field in SETTABLE


def _unknown(match: Mapping[str, object]) -> Sequence[str]:
    return sorted(field for field in match if not known_field(field))


def _matches(record: Mapping[str, Any], field: str, wanted: str | list[str]) -> bool:
    columns = _WORDS.get(field) or (SETTABLE[field],)
    held = {str(record[column]).lower() for column in columns if record.get(column) is not None}
    texts = [wanted] if isinstance(wanted, str) else wanted
    return any(text.lower() in held for text in texts)

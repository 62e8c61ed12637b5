"""The checked-in samples, read with nothing but the standard library."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "sample_logs"
DATES = ("2026-10-17", "2026-11-01")
TENANTS = ("contoso", "fabrikam", "tailspin")
LICENSED = ("contoso", "fabrikam")
Row = dict[str, Any]


@dataclass(frozen=True)
class Activation:
    """One completed activation as the rows alone tell it."""

    request_id: str
    person: str
    upn: str
    target: str
    access: str | None
    starts: datetime
    expires: datetime
    justification: str
    details: tuple[tuple[str, str], ...]
    cycle: int


@cache
def load(tenant: str, date: str, endpoint: str) -> Any:
    """The file's `value` or `by_parent`; None when there is no such file."""
    path = ROOT / tenant / date / f"{endpoint}.json"
    if not path.exists():
        return None
    body = json.loads(path.read_text())
    return body.get("value", body.get("by_parent"))


def events(tenant: str) -> Iterator[tuple[int, Row]]:
    """Every audit row with the number of the cycle that first sees it."""
    for cycle, date in enumerate(DATES):
        for row in load(tenant, date, "directory_audits"):
            yield cycle, row


@cache
def expected(tenant: str) -> Any:
    """What was planted."""
    return json.loads((ROOT / tenant / "expected_findings.json").read_text())


@cache
def settings(tenant: str) -> Row:
    """The tenant's part of the configuration."""
    parsed = tomllib.loads((ROOT / "pimtrail.toml").read_text())
    return next(row for row in parsed["tenants"] if row["name"] == tenant)


def instant(text: str) -> datetime:
    """A time of Graph's, of any number of digits."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")


def details(row: Row) -> dict[str, str]:
    """Additional details by key."""
    return {pair["key"]: pair["value"] for pair in row["additionalDetails"] or []}


def entry(row: Row, kind: str, *, other_than: str | None = None) -> Row:
    """The one target of a type."""
    found = [item for item in row["targetResources"] if item["type"] == kind and item["id"] != other_than]
    return found[0] if found else {}


def role_of(row: Row) -> tuple[str, str | None]:
    """Target id and access of a PIM row: a role's template id, or a group's id with member or owner."""
    if row["category"] == "GroupManagement":
        return details(row)["ResourceOriginId"], str(entry(row, "Role")["displayName"]).lower()
    return details(row)["TemplateId"], None


@cache
def activations(tenant: str) -> tuple[Activation, ...]:
    """Completed activations of roles and groups, in order of their start."""
    rows = [
        _activation(cycle, row)
        for cycle, row in events(tenant)
        if row["activityDisplayName"] == "Add member to role completed (PIM activation)"
        and row["category"] in ("RoleManagement", "GroupManagement")
        and row["result"] == "success"
    ]
    return tuple(sorted(rows, key=lambda item: (item.starts, item.request_id)))


def _activation(cycle: int, row: Row) -> Activation:
    said = details(row)
    who = entry(row, "User")
    target, access = role_of(row)
    return Activation(
        said["RequestId"],
        who["id"],
        who["userPrincipalName"],
        target,
        access,
        instant(said["StartTime"]),
        instant(said["ExpirationTime"]),
        said["Justification"],
        tuple(said.items()),
        cycle,
    )

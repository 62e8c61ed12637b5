"""What silver knows of the requests, people and targets that findings name, looked up once a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..store import Store

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """By id: requests, people (and other principals), names of roles and groups; and the emergency accounts."""

    requests: Mapping[str, Row]
    principals: Mapping[str, Row]
    targets: Mapping[str, str]
    break_glass: frozenset[str] | None
    """Ids and lower-case names of the emergency accounts, None where none is configured."""

    def is_break_glass(self, record: Row, sides: Iterable[str]) -> bool | None:
        """Whether one of a record's people is an emergency account; None where nobody says which those are."""
        if self.break_glass is None:
            return None
        names = (record.get(f"{side}{part}") for side in sides for part in ("ObjectId", "Upn"))
        return any(str(name).lower() in self.break_glass for name in names if name is not None)


def look_up(store: Store, rows: Iterable[Row]) -> Facts:
    """What is known of everything the rows name. Times come as ISO texts, as rules hand them out."""
    named: dict[str, set[str]] = {"request_id": set(), "principal_id": set(), "target_id": set()}
    for row in rows:
        for column, ids in named.items():
            if isinstance(value := row.get(column), str):
                ids.add(value)
    requests = store.rows(_REQUESTS, [sorted(named["request_id"])])
    principals = store.rows(_PRINCIPALS, [sorted(named["principal_id"])])
    targets = store.rows(_TARGETS, [sorted(named["target_id"] | {str(row["target_id"]) for row in requests})])
    return Facts(
        {row["request_id"]: row for row in requests},
        {row["principal_id"]: row for row in principals},
        {row["target_id"]: row["name"] for row in targets},
        _break_glass(store),
    )


def _break_glass(store: Store) -> frozenset[str] | None:
    rows = store.rows("SELECT lower(member) AS member, lower(principal_id) AS principal_id FROM break_glass")
    return frozenset(value for row in rows for value in row.values() if value) if rows else None


_ISO = "strftime({0} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS {0}"

_REQUESTS = f"""SELECT request_id, surface, request_kind, requester_id, requester_name, requester_upn, requester_kind,
    subject_id, subject_name, subject_upn, subject_kind, target_id, target_name, access, scope, justification,
    ticket_number, ticket_system, actor_ip, correlation_id, event_ids, {_ISO.format("ended_at")},
    {_ISO.format("expires_at")}
FROM pim_request WHERE request_id IN (SELECT unnest(?::VARCHAR[]))"""

_PRINCIPALS = """SELECT principal_id, kind AS principal_kind, name AS principal_name, upn AS principal_upn FROM holder
WHERE principal_id IN (SELECT unnest(?::VARCHAR[]))"""

_TARGETS = """SELECT target_id, max(name) AS name FROM target
WHERE target_id IN (SELECT unnest(?::VARCHAR[])) AND name IS NOT NULL GROUP BY target_id"""

"""A synthetic November of one tenant, laid straight into the tables a report reads."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config import Report, Settings, Tenant
from pipeline.store import Store, TenantFolder

TENANT = Tenant(name="contoso", tenant_id="00000000-0000-0000-0000-00000000000a", time_zone="Europe/Zurich")
SETTINGS = Settings(tenants=(TENANT,), report=Report(entity="Contoso AG"))
SINCE, UNTIL = date(2026, 11, 1), date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
FIRST = datetime(2026, 11, 5, 6, 0, tzinfo=UTC)
"""When the first snapshot was taken; the log before it came with the first collection, as far back as it went."""

ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": ("Global Administrator", "tier0"),
    "e8611ab8-c189-46e8-94e1-60213ab1f814": ("Privileged Role Administrator", "tier0"),
    "194ae4cb-b126-40b2-bd5b-6091b380977d": ("Security Administrator", "tier0"),
    "29232cdf-9323-42fd-ade2-1d097af3e4de": ("Exchange Administrator", "tier1"),
    "fe930be7-5e62-47db-91af-98c3a49a38b1": ("User Administrator", "tier1"),
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": ("Global Reader", "tier2"),
}
GROUPS = {"g-001": "sg-rdp-prod-servers", "g-002": "sg-pim-helpdesk", "g-003": "sg-azure-owners"}
PEOPLE = (
    *("Ada Brunner", "Beat Keller", "Carla Rossi", "David Meier", "Elena Novak", "Felix Graf", "Gina Huber"),
    *("Hugo Lang", "Iris Baumann", "Jonas Frei", "Karin Suter", "Luca Bianchi", "Maya Singh", "Nils Vogt"),
)
REASONS = (
    "Rotate the signing certificate of the mail connector, CHG-20418",
    "Reset access of a locked-out colleague, INC-88321",
    "Patch window on production servers, CHG-20500",
    "Review of sign-in risk policy with the provider",
    "Add mailbox delegation for the board, REQ-5120",
    "test",
    "Investigate alert 4711 on finance servers",
    "Quarterly review of group owners",
)


Heap = dict[str, list[dict[str, Any]]]
"""Rows by table."""


def put(heap: Heap, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, by column name."""
    heap.setdefault(table, []).extend(dict(row) for row in rows)


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows by column name, what one lacks is null; the tenant is added."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    marks = ", ".join("(" + ", ".join("?" * (len(names) + 1)) + ")" for _ in rows)
    listed = ", ".join(f'"{name}"' for name in ("tenant_id", *names))
    values = [value for row in rows for value in (TENANT.tenant_id, *(row.get(name) for name in names))]
    con.execute(f'INSERT INTO "{table}" ({listed}) VALUES {marks}', values)


def open_month(folder: Path) -> Store:
    """A store that holds the month."""
    store = Store(TenantFolder(folder / TENANT.name), TENANT.tenant_id)
    fill(store.con)
    return store


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """The whole month; the same rows each time."""
    chance = random.Random(20261101)
    heap: Heap = {}
    _directory(heap)
    _collection(heap)
    _policies(heap)
    _assignments(heap)
    _uses(heap, chance)
    _findings(heap)
    for table, rows in heap.items():
        insert(con, table, rows)


def _directory(heap: Heap) -> None:
    seen = {"valid_from": FIRST}
    roles = [{"role_id": id, "name": name, "is_built_in": True, **seen} for id, (name, _) in ROLES.items()]
    put(heap, "role_history", roles)
    tiers = [{"surface": "entra_role", "target_id": id, "tier": t, "basis": "list"} for id, (_, t) in ROLES.items()]
    tiers += [{"surface": "group", "target_id": "g-001", "tier": "tier1", "basis": "high_impact"}]
    put(heap, "tier", tiers)
    groups = [
        {"group_id": id, "name": name, "kind": "security", "is_onboarded": id != "g-003", **seen}
        for id, name in GROUPS.items()
    ]
    put(heap, "entra_group_history", groups)
    users = [
        {"principal_id": f"u-{n:03}", "kind": "user", "name": name, "upn": upn(name), "enabled": n != 11, **seen}
        for n, name in enumerate(PEOPLE)
    ]
    users += [
        {
            "principal_id": "u-bg1",
            "kind": "user",
            "name": "Emergency 1",
            "upn": "bg1@contoso.example",
            "enabled": True,
            **seen,
        },
        {"principal_id": "s-001", "kind": "service_principal", "name": "backup-runner", "enabled": True, **seen},
    ]
    put(heap, "principal_history", users)
    put(heap, "break_glass", [{"member": "bg1@contoso.example", "principal_id": "u-bg1"}])
    put(heap, "setting", [{"name": "tickets.required_tier", "value": "tier0"}])
    work = {
        "calendar_id": 0,
        "calendar_scope": "tenant",
        "zone": "Europe/Zurich",
        "working_hours": "mon-fri 07:00-19:00",
    }
    put(heap, "calendar", [{**work, "weekday": d, "opens_minute": 420, "closes_minute": 1140} for d in range(1, 6)])


def upn(name: str) -> str:
    """`ada.brunner@contoso.example`."""
    return f"{name.lower().replace(' ', '.')}@contoso.example"


def _collection(heap: Heap) -> None:
    """Read back to 2 November at the first run, then every six hours, with one night missing for good."""
    seq, at = 0, FIRST
    reach = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
    lost = (datetime(2026, 11, 18, 1, 0, tzinfo=UTC), datetime(2026, 11, 18, 4, 20, tzinfo=UTC))
    put(
        heap,
        "gap",
        [
            {
                "source": "directory_audits",
                "since": datetime(2026, 10, 31, 23, tzinfo=UTC),
                "until": reach,
                "reason": "older than the log keeps",
                "noted_at": FIRST,
                "run_id": "r-0001",
            },
            {
                "source": "directory_audits",
                "since": lost[0],
                "until": lost[1],
                "reason": "could not be read before the log let it go",
                "noted_at": NOW,
                "run_id": "r-0100",
            },
        ],
    )
    while at <= NOW:
        run, since = f"r-{seq + 1:04}", reach if at == FIRST else at - timedelta(hours=8)
        spans = [(since, at)] if not (since < lost[1] and at > lost[0]) else [(since, min(at, lost[0])), (lost[1], at)]
        for begin, end in spans:
            if begin < end:
                seq += 1
                _walk(heap, seq, run, "directory_audits", "stream", at, begin, end)
        for source in (
            "role_assignment_instances",
            "role_eligibility_instances",
            "group_assignment_instances",
            "group_eligibility_instances",
            "role_policies",
            "users",
            "service_principals",
            "groups",
            "group_members",
        ):
            if at.hour == 6 or source.endswith("_instances"):
                seq += 1
                _walk(heap, seq, run, source, "snapshot", at, None, None)
        put(
            heap,
            "run",
            [
                {
                    "run_id": run,
                    "command": "run",
                    "started_at": at,
                    "finished_at": at + timedelta(seconds=41),
                    "exit_code": 4 if at.day == 18 and at.hour == 6 else 0,
                    "version": "0.1.0",
                    "operator": "svc-pimtrail",
                    "host": "collector-1",
                    "config_sha256": "ab" * 32,
                    "clock_drift_seconds": 0.2 + (at.hour % 5) / 10,
                }
            ],
        )
        at += timedelta(hours=6)
    put(
        heap,
        "skipped",
        [
            {
                "source": "group_policies",
                "reason": "403: RoleManagementPolicy.Read.AzureADGroup is missing",
                "noted_at": FIRST,
                "run_id": "r-0001",
            }
        ],
    )
    put(
        heap,
        "quarantine",
        [
            {
                "source": "directory_audits",
                "reason": "no_id",
                "detail": "an event without an id",
                "noted_at": FIRST,
                "run_id": "r-0001",
            }
        ],
    )


def _walk(
    heap: Heap, seq: int, run: str, source: str, kind: str, at: datetime, since: datetime | None, until: datetime | None
) -> None:
    items = 180 if kind == "stream" else 30
    put(
        heap,
        "segment",
        [
            {
                "seq": seq,
                "source": source,
                "kind": kind,
                "run_id": run,
                "started_at": at,
                "finished_at": at + timedelta(seconds=20),
                "since": since,
                "until": until,
                "items": items,
                "new_items": items // 3,
                "content": "00",
                "answers": 1,
                "answers_sha256": "00",
                "refers_to": [],
                "bytes": 1000,
            }
        ],
    )
    put(
        heap,
        "segment_page",
        [
            {
                "seq": seq,
                "page": 0,
                "url": f"https://graph.microsoft.com/v1.0/{source}?$top=999",
                "status": 200,
                "server_time": at,
                "length": 90_000,
                "sha256": "cd" * 32,
                "items": items,
            }
        ],
    )
    if kind == "stream":
        put(
            heap,
            "window",
            [
                {
                    "source": source,
                    "since": since,
                    "until": until,
                    "finished_at": at + timedelta(seconds=20),
                    "seq": seq,
                    "pages": 1,
                    "items": items,
                    "run_id": run,
                }
            ],
        )


def _policies(heap: Heap) -> None:
    for number, (id, (_, tier)) in enumerate(ROLES.items()):
        row = {
            "policy_id": f"p-{number}",
            "surface": "entra_role",
            "target_id": id,
            "max_activation": 28800,
            "requires_mfa": number != 4,
            "auth_context_id": "c1" if number == 0 else None,
            "requires_justification": True,
            "requires_ticket": tier == "tier0",
            "requires_approval": number < 2,
            "permanent_eligible_allowed": number > 1,
            "permanent_active_allowed": number > 2,
        }
        if number == 0:
            change = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)
            put(
                heap,
                "policy_history",
                [
                    {**row, "valid_from": datetime(2026, 10, 1, tzinfo=UTC), "valid_to": change, "basis": "assumed"},
                    {**row, "max_activation": 14400, "valid_from": change, "basis": "observed"},
                ],
            )
        else:
            put(heap, "policy_history", [{**row, "valid_from": datetime(2026, 10, 1, tzinfo=UTC), "basis": "assumed"}])
    put(
        heap,
        "policy_approver",
        [
            {
                "policy_id": "p-0",
                "target_id": next(iter(ROLES)),
                "approver_kind": "user",
                "approver_id": "u-006",
                "approver_name": "Gina Huber",
                "valid_from": datetime(2026, 10, 1, tzinfo=UTC),
            },
        ],
    )


def _assignments(heap: Heap) -> None:
    ids = list(ROLES)
    far = datetime(2027, 5, 1, tzinfo=UTC)
    rows: list[dict[str, Any]] = []

    def add(kind: str, who: str, target: str, access: str | None = None, **more: Any) -> None:
        rows.append(
            {
                "assignment_id": f"a-{len(rows):03}",
                "surface": "group" if target in GROUPS else "entra_role",
                "kind": kind,
                "assignment_type": None if kind == "eligible" else "assigned",
                "principal_id": who,
                "target_id": target,
                "access": access,
                "scope": None if target in GROUPS else "/",
                "member_type": "direct",
                "starts_at": FIRST - timedelta(days=90),
                "ends_at": far,
                "valid_from": FIRST,
                **more,
            }
        )

    for n in range(13):
        add("eligible", f"u-{n:03}", ids[3 + n % 3], ends_at=None if n in (2, 7) else far)
        add("eligible", f"u-{n:03}", ("g-001", "g-002")[n % 2], "member")
        if n < 7:
            add("eligible", f"u-{n:03}", ids[n % 3])
    for n in (4, 5, 8):
        add("eligible", f"u-{n:03}", ids[1], valid_from=FIRST + timedelta(days=3 * n))
    add("active", "u-bg1", ids[0], ends_at=None)
    add("active", "u-003", ids[3], ends_at=None)
    add("active", "u-004", ids[2], ends_at=None, valid_to=datetime(2026, 11, 21, 6, tzinfo=UTC))
    add("active", "s-001", ids[5], ends_at=None)
    add("active", "u-009", "g-001", "owner", ends_at=None, valid_from=datetime(2026, 11, 13, 6, tzinfo=UTC))
    add("active", "g-002", ids[4], ends_at=None)
    add("active", "u-gone", ids[5], ends_at=None)
    put(heap, "assignment_history", rows)


def _uses(heap: Heap, chance: random.Random) -> None:
    ids = list(ROLES)
    day, number = datetime(2026, 11, 2, tzinfo=UTC), 0
    while day < datetime(2026, 12, 1, tzinfo=UTC):
        for _ in range(chance.choice((3, 5, 6, 8)) if day.weekday() < 5 else chance.choice((0, 0, 1, 2))):
            number += 1
            hour = chance.choice((6, 7, 7, 8, 8, 8, 9, 9, 10, 12, 13, 13, 14, 15, 16, 17, 21))
            start = day + timedelta(hours=hour, minutes=chance.randrange(60), seconds=chance.randrange(60))
            _activation(heap, number, start, chance.randrange(13), chance, ids)
        day += timedelta(days=1)
    put(
        heap,
        "pim_request",
        [
            grant("q-g1", "u-006", "u-002", datetime(2026, 11, 9, 9, tzinfo=UTC)),
            grant("q-g2", "u-001", "u-001", datetime(2026, 11, 20, 22, tzinfo=UTC)),
            grant("q-g3", "u-006", "u-008", datetime(2026, 11, 26, 13, tzinfo=UTC)),
        ],
    )
    for n in range(900):
        at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(minutes=46 * n)
        put(heap, "audit_event", [event(f"e-{n}", at, at + timedelta(minutes=5 + n % 30), n)])


def event(id: str, at: datetime, seen: datetime, n: int) -> dict[str, Any]:
    """An audit event."""
    return {
        "event_id": id,
        "occurred_at": at,
        "ingested_at": seen,
        "source": "directory_audits",
        "activity": "Update user",
        "surface": ("entra_role", "group", None)[n % 3],
        "actor_kind": "user",
        "actor_id": f"u-{n % 14:03}",
        "actor_name": PEOPLE[n % 14],
        "actor_upn": upn(PEOPLE[n % 14]),
        "time_basis": "zoned",
        "segment": 1,
        "page": 0,
        "ordinal": n,
    }


def grant(id: str, giver: str, taker: str, at: datetime) -> dict[str, Any]:
    """A grant of an eligible role."""
    return {
        "request_id": id,
        "surface": "entra_role",
        "request_kind": "eligible",
        "action": "adminAssign",
        "permanent": False,
        "requester_id": giver,
        "requester_name": giver,
        "subject_id": taker,
        "subject_name": taker,
        "subject_kind": "user",
        "target_id": list(ROLES)[3],
        "target_name": "Exchange Administrator",
        "requested_at": at,
        "completed_at": at,
        "outcome": "completed",
        "ticket_state": "unknown",
        "event_ids": [f"{id}-e"],
        "ingested_at": at,
        "segment": 1,
    }


def _activation(heap: Heap, n: int, start: datetime, who: int, chance: random.Random, ids: list[str]) -> None:
    group = chance.random() < 0.4
    target = chance.choice(("g-001", "g-002")) if group else chance.choice(ids[:5])
    reason = chance.choice(REASONS)
    hours = 8 if target != ids[0] or start < datetime(2026, 11, 17, tzinfo=UTC) or n % 9 == 0 else 4
    number = reason.split(", ")[1] if ", " in reason else None
    put(
        heap,
        "pim_request",
        [
            activation(
                f"q-{n:04}",
                start,
                f"u-{who:03}",
                PEOPLE[who],
                target,
                surface="group" if group else "entra_role",
                access="member" if group else None,
                target_name=GROUPS[target] if group else ROLES[target][0],
                expires_at=start + timedelta(hours=hours),
                ended_at=start + timedelta(hours=hours if n % 3 else 2),
                ended_by="expiry" if n % 3 else "self",
                justification=reason,
                ticket_number=number,
                ticket_state="present" if number else ("absent" if group else "unknown"),
                ticket_source="justification" if number else None,
                decision="approved" if target in ids[:2] else None,
                approver_name="Gina Huber" if target in ids[:2] else None,
            )
        ],
    )


def activation(id: str, start: datetime, subject: str, name: str, target: str, **more: Any) -> dict[str, Any]:
    """A completed activation; `more` overrides and adds columns."""
    return {
        "request_id": id,
        "surface": "entra_role",
        "request_kind": "activation",
        "action": "selfActivate",
        "requester_id": subject,
        "requester_name": name,
        "requester_upn": upn(name),
        "requester_kind": "user",
        "subject_id": subject,
        "subject_name": name,
        "subject_upn": upn(name),
        "subject_kind": "user",
        "target_id": target,
        "requested_at": start - timedelta(seconds=20),
        "starts_at": start,
        "completed_at": start,
        "outcome": "completed",
        "actor_ip": "192.0.2.17",
        "ticket_state": "unknown",
        "event_ids": [f"{id}-e"],
        "ingested_at": start + timedelta(minutes=9),
        "segment": 1,
        **more,
    }


def _findings(heap: Heap) -> None:
    kinds = (
        ("activation.off_hours", "medium", "event", 17, ["iso27001:A.8.16", "nis2:21.2.i"]),
        ("activation.missing_ticket", "medium", "event", 9, ["iso27001:A.8.2"]),
        ("activation.unusual_frequency", "low", "event", 4, ["iso27001:A.8.16"]),
        ("grant.permanent_eligible", "medium", "event", 1, ["iso27001:A.5.18"]),
        ("drift.permanent_eligible", "high", "state", 2, ["iso27001:A.5.18", "iso27001:A.8.2"]),
        ("drift.permanent_eligible", "medium", "state", 1, ["iso27001:A.5.18"]),
    )
    number = 0
    for rule, severity, kind, count, controls in kinds:
        for n in range(count):
            number += 1
            at = datetime(2026, 11, 6, 20, 30, tzinfo=UTC) + timedelta(hours=31 * n)
            waived = "waivers.yaml:12" if number == 3 else None
            put(
                heap,
                "finding",
                [
                    {
                        "finding_id": f"{number:064x}",
                        "rule_id": rule,
                        "rule_version": "1.0.0",
                        "kind": kind,
                        "keys": "{}",
                        "status": "open",
                        "revision": 1,
                        "severity": severity,
                        "confidence": 0.7,
                        "occurred_at": at,
                        "first_seen_at": at,
                        "last_seen_at": at,
                        "waived_by": waived,
                        "onboarding": n == 0,
                        "run_id": "r-0001",
                        "surface": "entra_role",
                        "suppressed": "older than 30 days" if number == 5 else None,
                        "title": f"{PEOPLE[n % 13]}: {rule.replace('.', ', ').replace('_', ' ')}",
                        "why": "outside mon-fri 07:00-19:00 in Europe/Zurich",
                        "subject_id": f"u-{n % 13:03}",
                        "subject_name": PEOPLE[n % 13],
                        "target_id": list(ROLES)[3],
                        "target_name": "Exchange Administrator",
                        "record": json.dumps({"ControlIds": controls, "RequestId": f"q-{n:04}"}),
                    }
                ],
            )
            if waived is None and number != 5:
                alert = {"alert_id": f"{number:064x}", "revision": 1}
                put(
                    heap,
                    "alert",
                    [
                        {
                            **alert,
                            "rule_id": rule,
                            "severity": severity,
                            "status": "New",
                            "occurred_at": at,
                            "raised_at": at,
                            "run_id": "r-0001",
                            "record": "{}",
                        }
                    ],
                )
                put(
                    heap,
                    "outbox",
                    [
                        {
                            **alert,
                            "sink": "sentinel",
                            "state": "sent" if number != 8 else "pending",
                            "enqueued_at": at,
                            "attempts": 1,
                        }
                    ],
                )
    put(
        heap,
        "waiver",
        [
            {
                "waiver_id": "waivers.yaml:12",
                "matches": "{}",
                "reason": "night shift agreed with HR",
                "owner": "Karin Suter",
                "ticket": "RISK-31",
                "expires": date(2027, 1, 31),
            }
        ],
    )
    for n in range(30):
        at = FIRST + timedelta(days=n % 25)
        put(
            heap,
            "rule_run",
            [
                {
                    "run_id": f"r-{n:04}",
                    "rule_id": kinds[n % 3][0],
                    "rule_version": "1.0.0",
                    "rule_sha256": "ef" * 32,
                    "as_of": at,
                    "status": "failed" if n == 7 else "finished",
                    "found": 1,
                    "opened": 1,
                    "seconds": 0.1,
                    "error": "the query ran out of time" if n == 7 else None,
                }
            ],
        )

"""Audit events as they come, and segments that hold them byte for byte."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.config import Settings, Tenant
from pipeline.model import NormaliseSummary
from pipeline.normalise import EVENTS, Context, audits, normalise, pending, vocabulary
from pipeline.normalise.portions import Portion, portions
from pipeline.store import Store
from pipeline.store.adopt import adopted, get_mark, set_mark
from pipeline.store.segments import Answer, Ref, SegmentWriter
from pipeline.store.slicing import Sliced

TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
Item = Mapping[str, Any] | bytes
PERSON = {"id": "u-1", "displayName": "Ada", "userPrincipalName": "ada@contoso.example", "ipAddress": "198.51.100.7"}
CHILDREN = ("audit_target", "audit_detail")
PLACE = ("segment", "page", "ordinal", "ingested_at")


def event(ident: str = "Directory_1", **more: Any) -> dict[str, Any]:
    """A row of the audit log in Graph's shape; `more` replaces or adds keys."""
    row = {
        "id": ident,
        "category": "UserManagement",
        "correlationId": "c-1",
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Update user",
        "activityDateTime": "2026-10-05T11:00:00.1234567Z",
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": {"user": PERSON, "app": None},
        "targetResources": [target("User", "u-2", "Bob", upn="bob@contoso.example")],
        "additionalDetails": [],
    }
    return {**row, **more}


def pim(ident: str = "PIM_1", **more: Any) -> dict[str, Any]:
    """A completed activation of a role, as PIM writes it."""
    role = target("Role", "role-object", "Security Reader", TemplateId="role-template")
    who = target("User", "u-1", "Ada", upn="ada@contoso.example")
    row = event(
        ident,
        category="RoleManagement",
        activityDisplayName="Add member to role completed (PIM activation)",
        loggedByService="PIM",
        targetResources=[role, target("Request", "request-1", None), who, target("Directory", TENANT, "Contoso")],
        additionalDetails=details(TemplateId="role-template", AuditType="ActivateRole", ipaddr="192.0.2.9"),
    )
    return {**row, **more}


def target(kind: str, ident: str | None, name: str | None, *, upn: str | None = None, **changes: str) -> dict[str, Any]:
    """An entry of targetResources; `changes` are its changed properties, new value only."""
    changed = [{"displayName": key, "oldValue": '""', "newValue": json.dumps(value)} for key, value in changes.items()]
    return {"id": ident, "displayName": name, "type": kind, "userPrincipalName": upn, "modifiedProperties": changed}


def details(**pairs: str | None) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def land(
    store: Store,
    pages: Sequence[Sequence[Item]],
    *,
    source: str = "directory_audits",
    assume_tenant: bool = False,
    known: Mapping[bytes, Ref] | None = None,
    at: datetime = NOON,
) -> int:
    """One finished walk; each page was answered a minute after the one before it. Returns its sequence."""
    kind = "stream" if source == "directory_audits" else "import"
    with SegmentWriter(store.ledger, source, kind, "run-1", known) as writer:
        for number, page in enumerate(pages):
            items = tuple(item if isinstance(item, bytes) else json.dumps(item).encode() for item in page)
            body = b'{"value":[' + b",".join(items) + b"]}"
            sliced = Sliced(b'{"value":[', items, (b",",) * max(0, len(items) - 1), b"]}")
            writer.add(Answer("https://graph.example/", 200, at + timedelta(minutes=number), body, sliced))
        span = (at - timedelta(days=1), at) if kind == "stream" else (None, None)
        return writer.commit(*span, assume_tenant=assume_tenant)


def waiting(store: Store) -> tuple[Context, list[Portion]]:
    """Adopt what was landed: the context of a run, and the portions of events that wait."""
    store.adopt()
    vocabulary.load(store.con)
    tenant = Tenant(name="contoso", tenant_id=TENANT)
    context = Context(TENANT, store.folder.raw, pending(store), "run-1", NOON, Settings(), tenant)
    return context, list(portions(context, get_mark(store.con, EVENTS)))


def bring(store: Store, large: int = 10**9) -> NormaliseSummary:
    """Adopt what was landed and take its events; the steps after them, which are not asked here, are left out."""
    context, held = waiting(store)
    found = [audits.take_apart(store, context, portion, large=large) for portion in held]
    with store.transaction() as con:
        set_mark(con, EVENTS, adopted(con))
    return NormaliseSummary(
        events=sum(one.events for one in found),
        duplicates=sum(one.duplicates for one in found),
        quarantined=sum(one.quarantined for one in found),
    )


def bring_all(store: Store) -> NormaliseSummary:
    """Adopt what was landed and normalise it, every step."""
    store.adopt()
    tenant = Tenant(name="contoso", tenant_id=TENANT)
    return normalise(store, tenant, Settings(), run_id="run-1", now=NOON + timedelta(days=1))


def events(store: Store) -> list[dict[str, Any]]:
    """`audit_event` in order of id."""
    return store.rows("SELECT * FROM audit_event ORDER BY event_id")


def only(store: Store, item: Item, **how: Any) -> dict[str, Any]:
    """The one event that `item` becomes."""
    land(store, [[item]], **how)
    bring(store)
    (row,) = events(store)
    return row


def refused(store: Store) -> list[tuple[str, int, int, int]]:
    """(reason, segment, page, ordinal) of everything normalising put in quarantine."""
    rows = store.rows("SELECT * FROM quarantine ORDER BY segment, page, ordinal")
    return [(row["reason"], row["segment"], row["page"], row["ordinal"]) for row in rows]

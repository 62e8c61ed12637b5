"""What `pimtrail doctor` says of the way alerts go: whether it is open, and what is stuck on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..config import Settings, Tenant
from ..errors import IntegrityError, PimtrailError
from ..identity import Identity, identity_for
from ..store import TenantFolder
from ..store.runs import read_status
from .access import Line, credential
from .delivery import remarks

PER_RULE_RUN = 49
"""Alerts a run of the analytics rule shows singly; one more tells how many are left."""

TIMEOUTS = (5.0, 15.0)
"""Seconds to wait for a connection, and for an answer."""


def examine_sending(settings: Settings, tenant: Tenant, now: datetime) -> Iterator[Line]:
    """Where a tenant's alerts go, whether each stream would take them, and what waits or was refused."""
    folder = TenantFolder(settings.data_dir / tenant.name)
    if settings.sentinel is None:
        yield Line("info", f"{tenant.name}, alerts", f"go to {folder.alerts}")
    else:
        yield from _to_sentinel(settings, tenant, now)
    try:
        state = read_status(folder) or {}
    except IntegrityError as error:
        yield Line("warn", f"{tenant.name}, outbox", str(error))
        return
    yield from (Line("warn", f"{tenant.name}, outbox", words) for words in remarks(state, settings, now))


def rate(settings: Settings) -> Iterator[Line]:
    """What tenants may send together, where that is more than a run of one rule can tell."""
    most, tenants = settings.alerts.per_5_min, len(settings.tenants)
    if settings.sentinel and most * tenants > PER_RULE_RUN:
        told = f"{tenants} tenants may send {most * tenants} new alerts at a time; a rule's run shows {PER_RULE_RUN}"
        yield Line("info", "alerts", f"{told}: lower [alerts] per_5_min, or give each tenant a rule of its own")


def _to_sentinel(settings: Settings, tenant: Tenant, now: datetime) -> Iterator[Line]:
    from ..forward.ingestion import scope_of

    subject, at = f"{tenant.name}, alerts", settings.sentinel
    assert at is not None
    auth = at.auth or tenant.auth
    try:
        identity = identity_for(auth, tenant.tenant_id, settings.graph)
        if at.auth:
            yield from credential(subject, auth, identity, now)
        identity.token(scope_of(at.endpoint, at.audience))
    except PimtrailError as error:
        yield Line("fail", subject, str(error), error.exit_code)
        return
    yield Line("ok", subject, f"go to {at.endpoint}; a token came, by {auth.method}")
    yield from _streams(tenant.name, settings, identity)


def _streams(tenant: str, settings: Settings, identity: Identity) -> Iterator[Line]:
    """What each stream says to an empty array: that writes nothing, and meets every check but those of records."""
    from ..forward.ingestion import Ingestion

    at = settings.sentinel
    assert at is not None
    connection = Ingestion(at, identity, settings.graph.ca_file, TIMEOUTS)
    try:
        for stream in (at.stream, at.heartbeat_stream):
            reply, subject = connection.post(stream, b"[]"), f"{tenant}, {stream}"
            if reply.taken:
                yield Line("ok", subject, "takes rows")
            else:
                yield Line("fail", subject, reply.told, 4 if reply.passing else 3)
    finally:
        connection.close()

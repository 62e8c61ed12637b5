"""What `pimtrail doctor` examines, one line each."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from ..collect import open_graph
from ..collect.calls import Calls
from ..collect.client import Graph
from ..collect.endpoints import GROUPS, TABLE, Endpoint, Kind, permissions
from ..config import Settings, Tenant
from ..detect import lint, load_rules
from ..errors import BusyError, PimtrailError
from ..identity import identity_for
from ..store import TenantFolder, open_store
from .access import Line, cloud, credential, grants
from .sending import examine_sending, rate

LITTLE_DISK = 1 << 30
CLOCK_WARN, CLOCK_FAIL = timedelta(minutes=1), timedelta(minutes=5)
"""Sign-in refuses a clock that is five minutes off."""


def examine(settings: Settings, tenants: Sequence[Tenant], now: datetime) -> Iterator[Line]:
    """Lines in the order things are needed; a tenant that cannot sign in is not asked further."""
    yield _disk(settings)
    yield _rules(settings)
    yield cloud(settings)
    yield from rate(settings)
    for tenant in tenants:
        yield _store(settings, tenant)
        try:
            yield from _reading(settings, tenant, now)
        except PimtrailError as error:
            yield Line("fail", f"{tenant.name}, sign-in", str(error), error.exit_code)
        yield from examine_sending(settings, tenant, now)


def _reading(settings: Settings, tenant: Tenant, now: datetime) -> Iterator[Line]:
    graph = settings.graph
    identity = identity_for(tenant.auth, tenant.tenant_id, graph, permissions=permissions())
    yield from credential(tenant.name, tenant.auth, identity, now)
    token = identity.token(f"{graph.base_url.rstrip('/')}/.default").text
    yield Line("ok", f"{tenant.name}, sign-in", f"a token came, by {tenant.auth.method}")
    answered: dict[str, bool] = {}
    with open_graph(graph, identity) as opened:
        yield from _endpoints(tenant.name, opened, now, answered)
    yield from grants(tenant.name, token, answered)


def _disk(settings: Settings) -> Line:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_dir).free
    except OSError as error:
        return Line("fail", "data folder", f"{settings.data_dir}: {error.strerror}", 6)
    state: Literal["ok", "warn"] = "ok" if free >= LITTLE_DISK else "warn"
    return Line(state, "data folder", f"{settings.data_dir}, {free / 1e9:.1f} GB free")


def _rules(settings: Settings) -> Line:
    book = load_rules(settings.content.rules)
    faults = [fault for fault in lint(book) if fault.level == "error"]
    if faults:
        return Line("fail", "rules", f"{len(faults)} faults, the first {faults[0].where}: {faults[0].message}", 2)
    return Line("ok", "rules", f"{len(book.rules)} read")


def _store(settings: Settings, tenant: Tenant) -> Line:
    folder = TenantFolder(settings.data_dir / tenant.name)
    subject = f"{tenant.name}, store"
    if not folder.database.exists():
        return Line("info", subject, "nothing is collected yet")
    try:
        with open_store(folder, tenant.tenant_id, wait_seconds=0) as store:
            return Line(
                "ok",
                subject,
                f"{store.ledger.seq} entries in the raw index, {store.journal.end.seq} lines in the journal",
            )
    except BusyError as error:
        return Line("warn", subject, str(error))
    except PimtrailError as error:
        return Line("fail", subject, str(error), error.exit_code)


def _endpoints(tenant: str, graph: Graph, now: datetime, answered: dict[str, bool]) -> Iterator[Line]:
    calls = Calls(graph, time.sleep)
    since, until = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now - timedelta(minutes=5), now))
    first: dict[str, str] = {}
    for endpoint in TABLE:
        parent = first.get("group_resources" if endpoint.parents == GROUPS else endpoint.parents or "")
        if endpoint.kind is Kind.PER_PARENT and parent is None:
            yield Line("info", f"{tenant}, {endpoint.name}", "not asked: there is nothing to ask about one by one")
            continue
        asked = replace(endpoint, top=1 if endpoint.top else None)
        address = asked.of(parent) if parent else asked.address(since=since, until=until)
        line, items = _ask(tenant, calls, asked, graph.url(address))
        yield line
        answered[endpoint.name] = line.state == "ok"
        if items and isinstance(items[0], dict) and items[0].get("id"):
            first[endpoint.name] = f"{parent}/{items[0]['id']}" if parent else str(items[0]["id"])
    if calls.server_time:
        yield _clock(tenant, datetime.now(UTC) - calls.server_time)


def _ask(tenant: str, calls: Calls, endpoint: Endpoint, url: str) -> tuple[Line, list[dict[str, Any]]]:
    subject = f"{tenant}, {endpoint.name}"
    try:
        items = json.loads(calls.get(url).body)["value"]
    except PimtrailError as error:
        return Line("fail", subject, f"{error} (needs {endpoint.wanted})", error.exit_code), []
    except (ValueError, KeyError, TypeError):
        return Line("fail", subject, "the answer is no page of Graph's", 4), []
    return Line("ok", subject, f"answers ({endpoint.permission})"), items


def _clock(tenant: str, ahead: timedelta) -> Line:
    state: Literal["ok", "warn", "fail"] = (
        "fail" if abs(ahead) > CLOCK_FAIL else "warn" if abs(ahead) > CLOCK_WARN else "ok"
    )
    seconds = ahead.total_seconds()
    detail = f"{abs(seconds):.0f} s {'ahead of' if seconds >= 0 else 'behind'} Graph's"
    return Line(state, f"{tenant}, clock", detail, 3 if state == "fail" else 0)

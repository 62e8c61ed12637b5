"""A tenant whose Graph and login host are the fakes: what most tests of a collection begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from pipeline import config
from pipeline.collect import collect, open_graph
from pipeline.collect.endpoint import Endpoint
from pipeline.collect.snapshots import list_fetching
from pipeline.collect.walk import Task
from pipeline.identity import identity_for
from pipeline.model import CollectSummary
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.ledger import SegmentEntry
from pipeline.store.segments import bodies
from pipeline.store.slicing import slice_page
from tests.fakes.graph import AUDITS, FakeGraph
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Certificates, Server, serving

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
CLIENT = "11111111-1111-1111-1111-111111111111"
SECRET = "s3cret-that-must-not-show"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

P2 = {"skuPartNumber": "SPE_E5", "capabilityStatus": "Enabled"} | {
    "servicePlans": [{"servicePlanName": "AAD_PREMIUM_P2", "provisioningStatus": "Success"}]
}


def guid(number: int) -> str:
    """A synthetic object id."""
    return f"00000000-0000-0000-0000-{number:012d}"


def collect_list(task: Task, endpoint: Endpoint) -> None:
    """Fetch one list and put it on record."""
    fetching = list_fetching(task, endpoint)
    if fetching is not None:
        fetching().land()


@dataclass
class Rig:
    """`collect` signs in and collects once, as a run would; `pauses` holds its waits.

    The store is opened at its first use; `close` closes it, so that the next use opens it as the next process would.
    """

    folder: TenantFolder
    secret_file: Path
    graph: FakeGraph
    login: FakeLogin
    graph_server: Server
    login_server: Server
    options: config.Collect = field(default_factory=config.Collect)
    high_impact: tuple[str, ...] = ()
    pauses: list[float] = field(default_factory=list)
    runs: int = 0
    accept: frozenset[str] = frozenset()
    off: timedelta = timedelta(0)
    """How far our own clock is ahead of the server's."""
    _open: ExitStack = field(default_factory=ExitStack)
    _store: Store | None = None

    @property
    def settings(self) -> config.Graph:
        server = self.graph_server
        return config.Graph(base_url=server.url, authority=self.login_server.url, ca_file=server.ca_file)

    @property
    def tenant(self) -> config.Tenant:
        auth = config.Auth(client_id=CLIENT, client_secret=f"file:{self.secret_file}")
        return config.Tenant(name="contoso", tenant_id=TENANT, auth=auth, high_impact=self.high_impact)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = self._open.enter_context(open_store(self.folder, TENANT))
        return self._store

    def close(self) -> None:
        self._open.close()
        self._store = None

    def collect(self, after: timedelta = timedelta(0)) -> CollectSummary:
        """Move the clock on by `after` and collect once."""
        self.graph.now += after
        self.runs += 1
        identity = identity_for(self.tenant.auth, TENANT, self.settings)
        with open_graph(self.settings, identity) as graph:
            return collect(
                self.store,
                self.tenant,
                self.options,
                graph,
                run_id=f"run{self.runs}",
                now=self.graph.now + self.off,
                pause=self.pauses.append,
                accept=self.accept,
            )

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.store.rows(sql)

    def items(self, source: str = "directory_audits") -> list[dict[str, Any]]:
        """Every item ever answered for `source`, in order, put together again from raw and checked by hash."""
        ledger = self.store.ledger
        segments = {n: entry for n, entry in ledger.entries() if isinstance(entry, SegmentEntry)}
        found: list[dict[str, Any]] = []
        for entry in segments.values():
            if entry.source == source:
                for body in bodies(ledger.raw, entry, segments):
                    found += [msgspec.json.decode(item) for item in slice_page(body).sliced.items]
        return found

    def ids(self, source: str = "directory_audits") -> set[str]:
        return {item["id"] for item in self.items(source)}

    def urls(self, path: str = AUDITS) -> list[dict[str, str]]:
        """The queries of every request to `path`."""
        return [request.query for request in self.graph_server.requests if request.path == path]


@contextmanager
def rig(folder: Path, trust: Certificates) -> Iterator[Rig]:
    """A tenant in `folder` with nothing in its world: no licence, so six days are in reach."""
    login = FakeLogin(TENANT, CLIENT, SECRET)
    graph = FakeGraph(NOW, accepts=login.accepts)
    secret_file = folder / "secret"
    secret_file.write_text(SECRET + "\n", encoding="utf-8")
    with serving(trust, graph) as graph_server, serving(trust, login) as login_server:
        ready = Rig(TenantFolder(folder / "contoso"), secret_file, graph, login, graph_server, login_server)
        try:
            yield ready
        finally:
            ready.close()

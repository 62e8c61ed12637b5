"""One tenant whose Graph is a fake in the same process: whole cycles through `pipeline.run.cycle`, no socket, no waits.

    site = Site(tmp_path)
    site.graph.happen("e1", at=site.graph.now - HOUR)
    assert site.run().exit_code == 0
    site.rows("SELECT event_id FROM audit_event")

`site.graph.now` is the server's clock; `site.drift` is how far this machine's clock is ahead of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.collect import open_graph
from pipeline.model import CycleSummary
from pipeline.run import WHOLE, cycle
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select
from tests.fakes.direct import HOME, Direct, Tokens
from tests.fakes.graph import FakeGraph
from tests.fakes.tls import Reply, Request

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
TENANT = "5b2f6d0e-8c0a-4c0b-9a3e-2f1d0c5e7a01"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
COLLECTED = WHOLE[:2]
"""As far as silver."""


def _premium() -> list[dict[str, Any]]:
    plans = [{"servicePlanName": "AAD_PREMIUM_P2", "provisioningStatus": "Success"}]
    return [{"skuPartNumber": "SPE_E5", "capabilityStatus": "Enabled", "servicePlans": plans}]


def _world() -> FakeGraph:
    return FakeGraph(NOW, kept=30 * DAY, lists={"/v1.0/subscribedSkus": _premium()})


@dataclass
class Site:
    """A tenant under `place`, with Entra ID P2 and nothing else in its world."""

    place: Path
    graph: FakeGraph = field(default_factory=_world)
    drift: timedelta = timedelta(0)
    name: str = "contoso"
    runs: int = 0

    @property
    def folder(self) -> TenantFolder:
        return TenantFolder(self.place / self.name)

    @property
    def settings(self) -> config.Settings:
        tenant = config.Tenant(name=self.name, tenant_id=TENANT)
        graph = config.Graph(base_url=HOME)
        alerts = config.Alerts(max_age=timedelta(days=3650))
        return config.Settings(data_dir=self.place, graph=graph, alerts=alerts, tenants=(tenant,))

    def run(
        self,
        stages: Sequence[str] = COLLECTED,
        answer: Callable[[Request], Reply] | None = None,
        pause: Callable[[float], object] = lambda seconds: None,
        **given: Any,
    ) -> CycleSummary:
        """One cycle now; `answer` may stand between it and the world."""
        self.runs += 1
        settings, now = self.settings, self.graph.now + self.drift
        with open_graph(settings.graph, Tokens(), Direct(answer or self.graph)) as graph:
            fixed: dict[str, Any] = {"now": now, "stages": stages, "graph": graph, "pause": pause}
            given = {"run_id": f"run{self.runs:04d}", "wait_seconds": 0.0, **given}
            return cycle(settings, settings.tenants[0], **fixed, **given)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the database says, opened for reading only."""
        with reading(self.folder, 0.0) as con:
            return select(con, sql, *parameters)[1]

    def events(self) -> set[str]:
        """The ids in silver."""
        return {ident for (ident,) in self.rows("SELECT event_id FROM audit_event")}

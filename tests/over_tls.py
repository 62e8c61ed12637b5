"""A sample tenant behind real TLS: fakes of Graph, the login host and, where asked for, the ingestion endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.store.record import ALERT_COLUMNS, HEARTBEAT_COLUMNS
from tests.fakes.graph import FakeGraph
from tests.fakes.ingestion import Ingestion
from tests.fakes.login import FakeLogin
from tests.fakes.sample import sample_graph
from tests.fakes.tls import Certificates, Server, serving

TENANT, CLIENT, SECRET = "a1c4e7f2-3b5d-4f6a-8c9e-0d2b4f6a8c02", "client-1", "s3cret-that-must-not-show"
RULE = "dcr-00000000000000000000000000000000"


@dataclass(frozen=True)
class Place:
    """A configuration whose services are the fakes; its data lies beside it."""

    config: Path
    graph: FakeGraph
    server: Server
    login: FakeLogin
    ingestion: Ingestion

    @property
    def folder(self) -> Path:
        """The tenant's folder."""
        return self.config.parent / "data" / "fabrikam"


@contextmanager
def fabrikam(folder: Path, trust: Certificates, date: str, now: datetime, *, sentinel: bool = False) -> Iterator[Place]:
    """Fabrikam as of `date`, its Graph's clock at `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    login, graph = FakeLogin(TENANT, CLIENT, SECRET), sample_graph("fabrikam", date, now)
    graph.accepts = login.accepts
    streams = {"Custom-PimAlerts_CL": ALERT_COLUMNS, "Custom-PimHeartbeat_CL": HEARTBEAT_COLUMNS}
    ingestion = Ingestion(RULE, streams, (f"token-{number}" for number in range(100)))
    with (
        serving(trust, graph) as graph_server,
        serving(trust, login) as login_server,
        serving(trust, ingestion.answer) as ingestion_server,
    ):
        text = _CONFIG.format(graph=graph_server.url, login=login_server.url, ca=trust.ca_file, folder=folder)
        text += f'[sentinel]\nendpoint = "{ingestion_server.url}"\ndcr_id = "{RULE}"\n' if sentinel else ""
        config = folder / "pimtrail.toml"
        config.write_text(text, encoding="utf-8")
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        yield Place(config, graph, graph_server, login, ingestion)


_CONFIG = f"""
[graph]
base_url = "{{graph}}"
authority = "{{login}}"
ca_file = "{{ca}}"
[alerts]
max_age = "36500d"
[[tenants]]
name = "fabrikam"
tenant_id = "{TENANT}"
time_zone = "America/New_York"
holidays = "US"
working_hours = "mon-fri 08:00-18:00"
high_impact = ["grp-prod-jump-hosts"]
auth = {{{{client_id = "{CLIENT}", client_secret = "file:secret"}}}}
"""

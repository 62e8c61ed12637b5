"""Lists are fetched together, and nobody can tell it from the record."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import config
from pipeline.collect import collect, open_graph
from pipeline.collect.endpoints import TABLE
from pipeline.collect.http import Request, Response
from pipeline.collect.replay import ReplayTransport
from pipeline.collect.together import waves
from pipeline.content import samples_dir
from pipeline.errors import AccessError
from pipeline.store import TenantFolder, open_store
from tests.collect.rig import TENANT

NOW, DATE = datetime(2026, 11, 1, 12, 0, tzinfo=UTC), "2026-11-01"


class Meeting(ReplayTransport):
    """A sample in which some lists are answered only once all of them are asked; most at once is counted."""

    def __init__(self, *paths: str) -> None:
        super().__init__(samples_dir() / "tailspin", DATE, NOW)
        self.paths, self.barrier = paths, threading.Barrier(max(1, len(paths)))
        self.now, self.most, self.guard = 0, 0, threading.Lock()

    def handle_request(self, request: Request) -> Response:
        with self.guard:
            self.now += 1
            self.most = max(self.most, self.now)
        if request.url.path in self.paths:
            self.barrier.wait(10)
        reply = super().handle_request(request)
        with self.guard:
            self.now -= 1
        return reply


def index(folder: Path, transport: ReplayTransport, in_flight: int) -> bytes:
    """The raw index after two collections."""
    tenant = config.Tenant(name="tailspin", tenant_id=TENANT)
    with open_store(TenantFolder(folder), TENANT) as store, open_graph(config.Graph(), None, transport) as graph:
        for run in ("first", "second"):
            done = collect(
                *(store, tenant, config.Collect(), graph),
                run_id=run,
                now=NOW,
                pause=lambda seconds: None,
                in_flight=in_flight,
            )
            assert done.unfinished == ()
        return store.ledger.path.read_bytes()


def test_the_record_is_the_same_to_the_byte_however_many_are_asked_at_once(tmp_path: Path) -> None:
    together = Meeting("/v1.0/users", "/v1.0/servicePrincipals")
    assert index(tmp_path / "many", together, 4) == index(tmp_path / "one", alone := Meeting(), 1)
    assert alone.most == 1
    assert 2 <= together.most <= 4


def test_an_endpoint_waits_for_what_it_needs() -> None:
    place = {endpoint.name: number for number, wave in enumerate(waves(TABLE)) for endpoint in wave}
    assert [endpoint.name for wave in waves(TABLE) for endpoint in wave] == [endpoint.name for endpoint in TABLE]
    licences, members = place["subscribed_skus"], place["group_members"]
    assert all(number > licences for name, number in place.items() if name != "subscribed_skus")
    assert place["groups"] == place["users"] == place["directory_audits"] < members < place["group_owners"]
    assert place["group_policies"] == members
    assert place["access_reviews"] < place["review_instances"] < place["review_decisions"]


def test_a_token_refused_ends_it_and_leaves_no_file_behind(tmp_path: Path) -> None:
    class Denied(Meeting):
        def handle_request(self, request: Request) -> Response:
            if request.url.path == "/v1.0/users":
                raise AccessError("no")
            return super().handle_request(request)

    with pytest.raises(AccessError, match="no"):
        index(tmp_path / "denied", Denied(), 4)
    assert list((tmp_path / "denied").rglob(".walk-*")) == []

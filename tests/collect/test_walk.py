"""A page is believed only when it is one, and what is not is kept with its bytes."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import config
from pipeline.collect import open_graph
from pipeline.collect.calls import Calls
from pipeline.collect.current import Holdings
from pipeline.collect.endpoints import TABLE
from pipeline.collect.http import Request, Response, Transport, response
from pipeline.collect.walk import MAX_WALKS, Task
from pipeline.errors import UnfinishedError
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.ledger import QuarantineEntry
from tests.collect.rig import NOW, TENANT, collect_list

JSON = "application/json;odata.metadata=minimal"
(USERS,) = [endpoint for endpoint in TABLE if endpoint.name == "users"]

NO_PAGES = {
    "empty": b"",
    "no value": b'{"@odata.context":"x"}',
    "value null": b'{"value":null}',
    "value an object": b'{"value":{}}',
    "a list": b"[]",
    "an error": b'{"error":{"code":"UnknownError","message":"no"}}',
    "an error beside the items": b'{"value":[{"id":"a"}],"error":{"code":"BadRequest"}}',
    "an error within the items": b'{"value":[{"id":"a"},{"error":{"code":"BadRequest"}}',
    "items that are no objects": b'{"value":[1,"two"]}',
    "a broken item": b'{"value":[{"id":"a","n":01}]}',
    "not a number": b'{"value":[{"id":NaN}]}',
    "two documents": b'{"value":[]}{"value":[]}',
    "byte order mark": b'\xef\xbb\xbf{"value":[]}',
    "utf-16": '{"value":[]}'.encode("utf-16"),
    "invalid utf-8": b'{"value":[{"id":"\xff"}]}',
    "a lone surrogate": b'{"value":[{"id":"\\ud800"}]}',
    "too deep": b'{"value":[{"id":' + b"[" * 100_000,
    "gzip within": gzip.compress(b'{"value":[]}'),
}


class One(Transport):
    """Answers every request with `body`."""

    def __init__(self, body: bytes = b"", kind: str = JSON) -> None:
        self.body, self.kind, self.asked = body, kind, 0

    def handle_request(self, request: Request) -> Response:
        self.asked += 1
        return response(200, {"Content-Type": self.kind, "Date": "Sun, 01 Nov 2026 12:00:00 GMT"}, self.body)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path_factory.mktemp("contoso")), TENANT) as opened:
        yield opened


def users(store: Store, transport: Transport) -> None:
    tenant = config.Tenant(name="contoso", tenant_id=TENANT)
    with open_graph(config.Graph(), None, transport) as graph:
        calls = Calls(graph, lambda seconds: None)
        collect_list(Task(Holdings(store), tenant, config.Collect(), calls, "run1", NOW), USERS)


@pytest.mark.parametrize("body", NO_PAGES.values(), ids=NO_PAGES.keys())
def test_what_is_no_page_is_kept_once_and_ends_the_walk(store: Store, body: bytes) -> None:
    before, transport = store.ledger.seq, One(body)
    with pytest.raises(UnfinishedError, match=r"an answer .* \(4 walks\)$"):
        users(store, transport)
    assert transport.asked == MAX_WALKS
    ((_, entry),) = store.ledger.entries(after=before)
    assert isinstance(entry, QuarantineEntry)
    assert (store.ledger.raw / str(entry.path)).read_bytes() == body


@pytest.mark.parametrize("kind", ["text/html", "text/plain", ""])
def test_a_page_that_does_not_call_itself_json_is_none(store: Store, kind: str) -> None:
    with pytest.raises(UnfinishedError, match="not JSON"):
        users(store, One(b'{"value":[]}', kind))


def test_a_walk_that_failed_leaves_no_file_behind(store: Store) -> None:
    with pytest.raises(UnfinishedError):
        users(store, One(b"{"))
    folder = store.ledger.raw / "users"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_page_with_unknown_members_and_line_ends_is_kept_to_the_byte(store: Store, tmp_path: Path) -> None:
    body = b'{\r\n "@microsoft.graph.tips": "use",\r\n "value": [ {"id":\n"a", "new": [1, 2.50e3]} ,{"id":"b"}] }\n'
    with open_store(TenantFolder(tmp_path), TENANT) as own:
        users(own, One(body))
        own.adopt()
        assert own.rows("SELECT length, items, status FROM segment_page") == [
            {"length": len(body), "items": 2, "status": 200}
        ]

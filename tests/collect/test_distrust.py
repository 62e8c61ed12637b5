"""Over real TLS: what a page holds, where it links to, and that nothing of it is lost or followed blindly."""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import config
from pipeline.collect import open_graph
from pipeline.collect.calls import Calls
from pipeline.collect.current import Holdings
from pipeline.collect.endpoints import TABLE
from pipeline.collect.http import Http, Limits
from pipeline.collect.walk import MAX_IDLE_PAGES, MAX_WALKS, Task
from pipeline.errors import UnfinishedError
from pipeline.store import Store, TenantFolder, open_store
from tests.collect.rig import HOUR, MINUTE, NOW, TENANT, Rig, collect_list
from tests.fakes.faults import FOREIGN, foreign
from tests.fakes.graph import AUDITS, FakeGraph, Fault, linked
from tests.fakes.tls import Certificates, Reply, Request, Server, serving

USERS = "/v1.0/users"
(ROW,) = [endpoint for endpoint in TABLE if endpoint.name == "users"]
BAD = {
    b'{"id":"\\ud800"}': "lone surrogate",
    b'{"id":"x","id":"y"}': "a key stands twice",
    b'{"id":"\xff"}': "no UTF-8",
    b'{"id":NaN}': "malformed",
    b'{"id":' * 10_000 + b"1" + b"}" * 10_000: "nested too deeply",
    b"null": "no object",
}


def among(*items: bytes) -> Fault:
    """The right page with `items` behind its first one."""

    def fault(request: Request, reply: Reply) -> Reply:
        at = reply.body.index(b"}", reply.body.index(b'"value"')) + 1
        return replace(reply, body=reply.body[:at] + b"," + b" , ".join(items) + reply.body[at:])

    return fault


def test_a_bad_event_is_kept_apart_and_the_rest_of_its_page_and_window_goes_on(contoso: Rig) -> None:
    for number in range(12):
        contoso.graph.happen(f"e{number}", at=NOW - 3 * HOUR - number * MINUTE)
    contoso.graph.page_size = 5
    contoso.graph.fail(AUDITS, among(*BAD), at=7)
    summary = contoso.collect()
    assert (summary.unfinished, summary.watermark, summary.quarantined) == ((), NOW, len(BAD))
    assert contoso.ids() == {f"e{number}" for number in range(12)}
    rows = contoso.rows("SELECT * FROM quarantine ORDER BY detail")
    assert {row["reason"] for row in rows} == {"unreadable_item"}
    for (ordinal, (body, reason)), row in zip(enumerate(BAD.items(), start=1), rows, strict=True):
        assert row["detail"].startswith(f"item {ordinal} of its page: ") and reason in row["detail"]
        assert row["origin"].startswith(contoso.graph_server.url + AUDITS)
        kept = (contoso.folder.raw / row["path"]).read_bytes()
        assert (kept, row["sha256"]) == (body, hashlib.sha256(body).hexdigest())


def test_a_list_with_a_bad_item_is_no_list_and_the_earlier_one_stays(contoso: Rig) -> None:
    contoso.graph.lists[USERS] = [{"id": "u1"}, {"id": "u2"}]
    contoso.collect()
    contoso.graph.fail(USERS, *[among(b'{"id":"\\ud800"}')] * MAX_WALKS)
    (line,) = contoso.collect(after=25 * HOUR).unfinished
    assert line.startswith("users: an answer with item 1 unreadable: half a character")
    assert contoso.rows("SELECT count(*) AS n FROM segment WHERE source = 'users'") == [{"n": 1}]
    assert len(contoso.rows("SELECT path FROM quarantine")) == 1
    assert contoso.collect(after=25 * HOUR).unfinished == ()


class Users:
    """Collects the list of users of a fake over TLS, nothing else; `pauses` instead of waits."""

    def __init__(self, store: Store, server: Server, limits: Limits | None = None) -> None:
        settings = config.Graph(base_url=server.url, authority=server.url, ca_file=server.ca_file)
        graph = open_graph(settings, None)
        if limits:
            graph._http = Http(server.ca_file, limits=limits)
        calls = Calls(graph, lambda seconds: None)
        self.task = Task(
            Holdings(store), config.Tenant(name="contoso", tenant_id=TENANT), config.Collect(), calls, "run1", NOW
        )

    def collect(self) -> None:
        try:
            collect_list(self.task, ROW)
        finally:
            self.task.calls.graph.close()


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    folder = TenantFolder(tmp_path / "contoso")
    folder.root.mkdir()
    folder.database.write_bytes(empty_database.read_bytes())
    with open_store(folder, TENANT) as opened:
        yield opened


@pytest.fixture
def graph() -> FakeGraph:
    graph = FakeGraph(NOW, page_size=2)
    graph.lists[USERS] = [{"id": f"u{number}"} for number in range(5)]
    return graph


@pytest.mark.parametrize("form", FOREIGN)
def test_a_link_to_another_place_is_refused_before_any_connection(
    store: Store, graph: FakeGraph, trust: Certificates, form: str
) -> None:
    with serving(trust, graph) as home, serving(trust, lambda request: Reply(200, b"{}")) as other:
        graph.fail(USERS, foreign(form, home.url.removeprefix("https://"), other.url.removeprefix("https://")))
        with pytest.raises(UnfinishedError, match="link to the next page is refused"):
            Users(store, home).collect()
        assert (other.connections, home.connections, len(home.requests)) == (0, 1, 1)


def test_our_own_host_in_upper_case_is_our_own_host(store: Store, graph: FakeGraph, trust: Certificates) -> None:
    with serving(trust, graph) as home:
        graph.fail(USERS, linked(f"HTTPS://LOCALHOST:{home.port}{USERS}?$top=2&$skiptoken=2"))
        Users(store, home).collect()
        assert (len(home.requests), home.connections) == (2, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(store: Store, graph: FakeGraph, trust: Certificates, status: int) -> None:
    with serving(trust, graph) as home, serving(trust, lambda request: Reply(200, b"{}")) as other:
        graph.fail(USERS, lambda request, reply: Reply(status, b"", {"Location": other.url + USERS}))
        with pytest.raises(UnfinishedError, match=str(status)):
            Users(store, home).collect()
        assert (other.connections, len(home.requests)) == (0, 1)


def circle(length: int) -> Callable[[int], int]:
    return lambda number: number % length


@pytest.mark.parametrize(
    ("onward", "rows", "pages"),
    [
        (circle(1), [{"id": "a"}], 1),
        (circle(7), [{"id": "a"}], 7),
        (lambda number: number, [], MAX_IDLE_PAGES),
        (lambda number: number, [{"id": "a"}], MAX_IDLE_PAGES + 1),
    ],
    ids=["itself", "a circle of seven", "ever new and empty", "ever new and always the same"],
)
def test_links_without_end_come_to_an_end(
    store: Store, trust: Certificates, onward: Callable[[int], int], rows: list[object], pages: int
) -> None:
    numbers = itertools.count(1)

    def answer(request: Request) -> Reply:
        link = f"https://{request.headers['host']}{USERS}?$skiptoken={onward(next(numbers))}"
        return Reply.of({"value": rows, "@odata.nextLink": link})

    with serving(trust, answer) as server:
        with pytest.raises(UnfinishedError, match="do not end"):
            Users(store, server).collect()
        assert pages * MAX_WALKS <= len(server.requests) <= (pages + 2) * MAX_WALKS


def test_empty_pages_on_the_way_are_gone_through(store: Store, graph: FakeGraph, trust: Certificates) -> None:
    def empty(request: Request) -> Reply:
        number = int(request.query.get("$skiptoken", 0))
        link = f"https://{request.headers['host']}{USERS}?$skiptoken={number + 1}"
        page = {"value": []} | ({"@odata.nextLink": link} if number < 20 else {"value": [{"id": "last"}]})
        return Reply.of(page)

    with serving(trust, empty) as server:
        Users(store, server).collect()
    store.adopt()
    assert store.rows("SELECT items, answers FROM segment") == [{"items": 1, "answers": 21}]


def test_an_answer_too_large_is_asked_for_in_smaller_pages(store: Store, trust: Certificates) -> None:
    graph = FakeGraph(NOW, page_size=1000)
    graph.lists[USERS] = [{"id": f"u{number}", "displayName": "x" * 300} for number in range(200)]
    with serving(trust, graph) as server:
        Users(store, server, Limits(size=20_000)).collect()
        tops = [request.query["$top"] for request in server.requests]
    assert tops == ["500", "50", "50", "50", "50"]
    store.adopt()
    assert store.rows("SELECT items, answers FROM segment") == [{"items": 200, "answers": 4}]


def test_an_item_too_large_for_any_page_leaves_the_list_unfinished(store: Store, trust: Certificates) -> None:
    graph = FakeGraph(NOW)
    graph.lists[USERS] = [{"id": "u", "displayName": "x" * 30_000}]
    with serving(trust, graph) as server:
        with pytest.raises(UnfinishedError, match="more than"):
            Users(store, server, Limits(size=20_000)).collect()
        assert [request.query["$top"] for request in server.requests] == ["500", "50", "5", "1"]


def test_the_request_id_of_every_page_is_kept(store: Store, graph: FakeGraph, trust: Certificates) -> None:
    with serving(trust, graph) as server:
        Users(store, server).collect()
    store.adopt()
    ids = [row["request_id"] for row in store.rows("SELECT request_id FROM segment_page ORDER BY page")]
    assert len(set(ids)) == 3 and None not in ids


def test_json_in_all_its_spellings_is_kept_to_the_byte(store: Store, trust: Certificates) -> None:
    body = b'{"value":[{"id":"u1","n":1.50e3,"t":"\\u00e9\\/"}\n,\r{"id" : "u2"}],"@odata.count":2}'
    with serving(trust, lambda request: Reply(200, body, {"Content-Type": "application/json"})) as server:
        Users(store, server).collect()
    store.adopt()
    assert store.rows("SELECT sha256, length FROM segment_page") == [
        {"sha256": hashlib.sha256(body).hexdigest(), "length": len(body)}
    ]
    assert json.loads(body)

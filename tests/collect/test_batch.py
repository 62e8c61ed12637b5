"""Many lists in few requests: in order, to the byte, each with its own status, and without batches all the same."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import config
from pipeline.collect import open_graph
from pipeline.collect.batch import SIZE, pages_of_each
from pipeline.collect.calls import TRIES, Calls
from pipeline.collect.current import Holdings
from pipeline.collect.endpoints import TABLE
from pipeline.collect.faults import BrokenWalkError, OutageError, RefusedError
from pipeline.collect.http import Http, Limits, Request, Response, Transport, response
from pipeline.collect.walk import Task
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.segments import Answer
from tests.collect.rig import NOW, TENANT, Rig, guid
from tests.fakes.graph import MEMBERS, status

(MEMBERS_ROW,) = [endpoint for endpoint in TABLE if endpoint.name == "group_members"]
JSON = {"Content-Type": "application/json", "Date": "Sun, 01 Nov 2026 12:00:00 GMT"}
BODY = b'{ "value" : [ {"id":"%b",  "new": 2.50e3} ] }'
Part = dict[str, Any]


def group_of(url: str) -> str:
    return url.split("/groups/")[1].split("/")[0]


def good(asked: Part) -> Part:
    body = msgspec.Raw(BODY % group_of(asked["url"]).encode())
    return {"id": asked["id"], "status": 200, "headers": {"Content-Type": "application/json"}, "body": body}


def fault(asked: Part, number: int, **headers: str) -> Part:
    return {"id": asked["id"], "status": number, "headers": headers, "body": {"error": {"code": "x", "message": "y"}}}


class Batches(Transport):
    """Answers batches by `answer`, the parts of a batch in backward order, and single requests well."""

    def __init__(self, answer: Callable[[list[Part]], Any] = lambda asked: [good(part) for part in asked]) -> None:
        self.answer, self.batches, self.alone = answer, list[list[str]](), list[str]()

    def handle_request(self, request: Request) -> Response:
        if request.method == "GET":
            self.alone.append(group_of(str(request.url)))
            return response(200, JSON, BODY % self.alone[-1].encode())
        asked = json.loads(request.read())["requests"]
        self.batches.append([group_of(part["url"]) for part in asked])
        found = self.answer(asked)
        if isinstance(found, list):
            found = response(200, JSON, msgspec.json.encode({"responses": found[::-1]}))
        assert isinstance(found, Response)
        return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path_factory.mktemp("contoso")), TENANT) as opened:
        yield opened


class Asker:
    """Asks for the members of groups and keeps what came beside the answers."""

    def __init__(self, store: Store, transport: Transport) -> None:
        self.absent, self.pauses = list[str](), list[float]()
        self.graph = open_graph(config.Graph(), None, transport)
        calls = Calls(self.graph, self.pauses.append, lambda: 0.0, lambda: sum(self.pauses))
        tenant = config.Tenant(name="contoso", tenant_id=TENANT)
        self.task = Task(Holdings(store), tenant, config.Collect(), calls, "run1", NOW)

    def ask(self, *groups: str) -> list[Answer]:
        asked = [(group, MEMBERS_ROW.address(group=group)) for group in groups]
        return list(pages_of_each(self.task, MEMBERS_ROW, asked, self.absent))


def test_answers_come_in_the_order_asked_to_the_byte_with_their_own_addresses(store: Store) -> None:
    transport = Batches()
    groups = [guid(n) for n in range(2 * SIZE + 3)]
    answers = Asker(store, transport).ask(*groups)
    assert [len(batch) for batch in transport.batches] == [SIZE, SIZE, 3]
    assert transport.alone == []
    assert [answer.parent for answer in answers] == groups
    for answer in answers:
        assert answer.body == BODY % str(answer.parent).encode()
        assert answer.url == f"https://graph.microsoft.com{MEMBERS_ROW.address(group=str(answer.parent))}"
        assert (answer.status, answer.server_time) == (200, NOW)


def test_a_single_group_needs_no_batch(store: Store) -> None:
    transport = Batches()
    assert [answer.parent for answer in Asker(store, transport).ask("a")] == ["a"]
    assert (transport.batches, transport.alone) == ([], ["a"])


def test_only_what_failed_is_asked_again_after_the_longest_wait_it_was_told(store: Store) -> None:
    faults = {"b": fault({"id": "1"}, 429, **{"Retry-After": "7"}), "d": fault({"id": "3"}, 503)}
    transport = Batches(lambda asked: [faults.pop(group_of(part["url"]), good(part)) for part in asked])
    asker = Asker(store, transport)
    assert [answer.parent for answer in asker.ask(*"abcd")] == [*"abcd"]
    assert transport.batches == [[*"abcd"], [*"bd"]]
    assert asker.pauses == [7.0]


def test_a_group_that_is_never_answered_is_an_outage_after_a_bounded_number_of_tries(store: Store) -> None:
    transport = Batches(lambda asked: [fault(part, 500) if "/b/" in part["url"] else good(part) for part in asked])
    with pytest.raises(OutageError, match=rf"^500 x: y \(after {TRIES} tries\)$"):
        Asker(store, transport).ask(*"abc")
    assert transport.batches == [[*"abc"]] + [["b"]] * (TRIES - 1)


def test_a_group_that_is_gone_is_left_out_and_named(store: Store) -> None:
    transport = Batches(lambda asked: [fault(part, 404) if "/b/" in part["url"] else good(part) for part in asked])
    asker = Asker(store, transport)
    assert [answer.parent for answer in asker.ask(*"abc")] == ["a", "c"]
    assert asker.absent == ["b"]


def test_a_missing_permission_is_a_refusal(store: Store) -> None:
    with pytest.raises(RefusedError, match="403 x: y"):
        Asker(store, Batches(lambda asked: [fault(part, 403) for part in asked])).ask(*"ab")


def test_a_part_with_a_token_run_out_is_asked_alone(store: Store) -> None:
    transport = Batches(lambda asked: [fault(part, 401) if "/b/" in part["url"] else good(part) for part in asked])
    assert [answer.parent for answer in Asker(store, transport).ask(*"abc")] == [*"abc"]
    assert transport.alone == ["b"]


@pytest.mark.parametrize("number", [400, 403, 404, 405])
def test_a_host_without_batches_is_asked_one_by_one_from_then_on(store: Store, number: int) -> None:
    def answer(asked: list[Part]) -> Any:
        return response(number, JSON, b"{}")

    transport = Batches(answer)
    asker = Asker(store, transport)
    assert [found.parent for found in asker.ask(*"abc")] == [*"abc"]
    asker.ask(*"abc")
    assert (len(transport.batches), transport.alone) == (1, [*"abcabc"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts[1:],
        lambda parts: [*parts, parts[0]],
        lambda parts: [*parts[1:], {**parts[0], "id": "9"}],
        lambda parts: [*parts[1:], parts[1]],
        lambda parts: response(200, JSON, b'{"responses":[{"id":"0","status":200'),
        lambda parts: response(200, JSON, b"<html>"),
        lambda parts: response(200, JSON, b'{"responses":' + b"[" * 100_000),
        lambda parts: response(200, JSON, b'{"value":[]}'),
    ],
    ids=["missing", "twice", "unknown", "one for another", "cut", "html", "deep", "a page"],
)
def test_an_answer_that_is_no_batch_breaks_the_walk_and_the_next_goes_one_by_one(
    store: Store, spoil: Callable[[list[Part]], Any]
) -> None:
    transport = Batches(lambda asked: spoil([good(part) for part in asked]))
    asker = Asker(store, transport)
    with pytest.raises(BrokenWalkError, match="no batch") as caught:
        asker.ask(*"abc")
    assert caught.value.body and caught.value.url.endswith("/v1.0/$batch")
    assert [answer.parent for answer in asker.ask(*"abc")] == [*"abc"]
    assert transport.alone == [*"abc"]


def test_a_batch_too_large_is_asked_one_by_one(store: Store) -> None:
    transport = Batches()
    asker = Asker(store, transport)
    asker.task.calls.graph._http = Http(None, transport, Limits(size=200))
    assert [answer.parent for answer in asker.ask(*"abcdefgh")] == [*"abcdefgh"]
    assert transport.alone == [*"abcdefgh"]


def test_over_tls_pages_are_followed_and_faults_kept_apart(contoso: Rig) -> None:
    groups = [guid(n) for n in range(1, 25)]
    contoso.graph.page_size = 3
    contoso.graph.lists["/v1.0/groups"] = [{"id": group, "isAssignableToRole": True} for group in groups]
    contoso.graph.of_group[MEMBERS] = {group: [{"id": f"{group}-{n}"} for n in range(4)] for group in groups}
    contoso.graph.fail(MEMBERS.format(group=groups[2]), status(429, Retry_After="9"))
    assert contoso.collect().unfinished == ()
    assert [item["id"] for item in contoso.items("group_members")] == [f"{g}-{n}" for g in groups for n in range(4)]
    assert [pause for pause in contoso.pauses if 9 <= pause < 11]
    assert contoso.graph.asked(MEMBERS.format(group=groups[2])) == 3
    assert contoso.graph.asked(MEMBERS.format(group=groups[3])) == 2


def test_the_sample_tenant_answers_batches_as_it_answers_alone(tmp_path: Path) -> None:
    from pipeline.collect.replay import ReplayTransport

    dated = tmp_path / "2026-11-01"
    dated.mkdir()
    (dated / "groups.json").write_text('{"value": [{"id": "g1"}]}', encoding="utf-8")
    (dated / "group_members.json").write_text('{"by_parent": {"g1": [{"id":  "u1"}]}}', encoding="utf-8")
    http = Http(None, ReplayTransport(tmp_path, "2026-11-01", NOW))
    base = "https://graph.microsoft.com/v1.0"
    urls = ["/groups/g1/members", "/groups/g2/members"]
    questions = [{"id": url, "method": "GET", "url": url} for url in urls]
    whole = http.post(f"{base}/$batch", {}, msgspec.json.encode({"requests": questions}))
    for part in json.loads(whole.body)["responses"]:
        alone = http.get(base + part["id"], {})
        assert (part["status"], part["body"]) == (alone.status, json.loads(alone.body))
        assert part["headers"]["request-id"] == alone.headers["request-id"]
    assert b'{"id":  "u1"}' in whole.body
    http.close()

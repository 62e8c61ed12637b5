"""Patience: how long a failed request waits, how often it is tried, and what is told apart."""

from datetime import UTC, datetime

import pytest

from pipeline.collect.calls import LONGEST_TOLD_SECONDS, TRIES, Calls
from pipeline.collect.client import Graph
from pipeline.collect.faults import AbsentError, BrokenWalkError, OutageError, RefusedError
from pipeline.collect.http import Http, Request, Response, Transport, response
from pipeline.collect.pacing import Paces, Patience, Rate
from pipeline.errors import UnfinishedError
from tests.collect.test_pacing import Clock

URL = "https://graph.microsoft.com/v1.0/users"
DATE = "Sun, 01 Nov 2026 12:00:00 GMT"


class Scripted(Transport):
    """Gives (status, headers, body) in order, the last one for ever."""

    def __init__(self, *script: tuple[int, dict[str, str], bytes]) -> None:
        self.script, self.asked = list(script), 0

    def handle_request(self, request: Request) -> Response:
        self.asked += 1
        status, headers, body = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return response(status, {"Date": DATE, **headers}, body)


def calls(transport: Scripted, pauses: list[float], jitter: float = 0.0) -> Calls:
    return Calls(graph(transport), pauses.append, lambda: jitter, clock=lambda: sum(pauses), patience=Patience(1000))


def graph(transport: Transport) -> Graph:
    return Graph(Http(None, transport), "https://graph.microsoft.com", None)


def error(code: str, message: str = "") -> bytes:
    return b'{"error":{"code":"%b","message":"%b"}}' % (code.encode(), message.encode())


GOOD = (200, {}, b"{}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("120", 120),
        ("300", LONGEST_TOLD_SECONDS),
        ("1.5", 1.5),
        ("7, 9", 9),
        ("9, Sun, 01 Nov 2026 12:00:45 GMT, 7", 45),
        ("Sun, 01 Nov 2026 12:00:45 GMT", 45),
        ("Sun, 01 Nov 2026 14:00:45 +0200", 45),
        ("Sunday, 01-Nov-26 12:00:45 GMT", 45),
        ("Sun, 31 Feb 2026 12:00:45 GMT", 0.5),
        ("Sun, 01 Nov 2020 12:00:00 GMT", 0.5),
        ("0", 0.5),
        ("-5", 0.5),
        ("soon", 0.5),
        ("inf", 0.5),
        ("1e9", 0.5),
        ("", 0.5),
    ],
)
def test_retry_after_is_honoured_within_reason(header: str, seconds: float) -> None:
    pauses: list[float] = []
    calls(Scripted((429, {"Retry-After": header}, b""), GOOD), pauses).get(URL)
    assert pauses == [seconds]


@pytest.mark.parametrize("header", ["301", "86400", "9" * 400, "Sun, 01 Nov 2036 12:00:00 GMT"])
def test_a_wait_of_hours_is_not_waited_for(header: str) -> None:
    pauses: list[float] = []
    transport = Scripted((429, {"Retry-After": header}, b""), GOOD)
    with pytest.raises(OutageError, match=r"^429 no reason given \(told to wait \d+ s\)$"):
        calls(transport, pauses).get(URL)
    assert (pauses, transport.asked) == ([], 1)


def test_pauses_grow_and_carry_jitter() -> None:
    for jitter, expected in ((0.0, [0.5, 1, 2, 4]), (1.0, [1, 2, 4, 8])):
        pauses: list[float] = []
        with pytest.raises(OutageError):
            calls(Scripted((503, {}, b"")), pauses, jitter).get(URL)
        assert pauses == expected


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_passing_faults_are_tried_again_a_bounded_number_of_times(status: int) -> None:
    transport = Scripted((status, {}, error("UnknownError", "Too many\\nrequests")))
    with pytest.raises(OutageError, match=rf"^{status} UnknownError: Too many requests \(after 5 tries\)$"):
        calls(transport, []).get(URL)
    assert transport.asked == TRIES


@pytest.mark.parametrize(
    ("status", "body", "onward", "kind"),
    [
        (403, error("Authorization_RequestDenied"), False, RefusedError),
        (403, b"<html>", False, RefusedError),
        (403, error("Authorization_RequestDenied"), True, RefusedError),
        (400, error("AadPremiumLicenseRequired"), False, RefusedError),
        (400, error("BadRequest", "The tenant has no premium licence."), False, RefusedError),
        (404, error("Request_ResourceNotFound"), False, AbsentError),
        (400, error("ResourceNotFound"), False, AbsentError),
        (400, error("BadRequest", "Invalid filter clause"), False, UnfinishedError),
        (400, error("Directory_ExpiredPageToken"), True, BrokenWalkError),
        (404, error("Request_ResourceNotFound"), True, BrokenWalkError),
        (410, error("Gone"), True, BrokenWalkError),
        (302, b"", False, UnfinishedError),
        (204, b"", False, UnfinishedError),
        (400, b'{"error":' * 5000, False, UnfinishedError),
    ],
)
def test_refusals_are_told_apart_and_not_tried_again(
    status: int, body: bytes, onward: bool, kind: type[Exception]
) -> None:
    transport = Scripted((status, {}, body))
    with pytest.raises(kind) as caught:
        calls(transport, []).get(URL, onward=onward)
    assert type(caught.value) is kind
    assert transport.asked == 1
    assert str(caught.value).isprintable()


def test_the_servers_clock_is_the_newest_date_seen() -> None:
    asking = calls(Scripted((503, {"Date": "Sun, 01 Nov 2026 12:00:09 GMT"}, b""), GOOD), [])
    assert asking.server_time is None
    asking.get(URL)
    assert asking.server_time == datetime(2026, 11, 1, 12, 0, 9, tzinfo=UTC)


class Slow(Scripted):
    """Answers after `seconds` on `clock`."""

    def __init__(self, clock: Clock, seconds: float, *script: tuple[int, dict[str, str], bytes]) -> None:
        super().__init__(*script)
        self.clock, self.seconds = clock, seconds

    def handle_request(self, request: Request) -> Response:
        self.clock.now += self.seconds
        return super().handle_request(request)


@pytest.mark.parametrize("status", [200, 503])
def test_a_run_never_loses_more_time_than_its_patience(status: int) -> None:
    clock = Clock()
    asking = Calls(
        graph(Slow(clock, 119.0, (status, {"Retry-After": "100"}, b""))),
        clock.pause,
        lambda: 0.0,
        clock.read,
        patience=Patience(600),
    )
    good = 0
    with pytest.raises(OutageError, match="no more patience"):
        while True:
            asking.get(URL)
            good += 1
    assert 400 < clock.now - 30 * good <= 600 + 119


def test_patience_ends_waits_of_all_endpoints_together() -> None:
    pauses: list[float] = []
    transport = Scripted((429, {"Retry-After": "200"}, b""))
    asking = Calls(graph(transport), pauses.append, lambda: 0.0, lambda: sum(pauses), patience=Patience(500))
    for _ in range(3):
        with pytest.raises(OutageError, match="429 no reason given; no more patience: 400 s of 500 s"):
            asking.get(URL)
    assert [pause for pause in pauses if pause >= 100] == [200.0, 200.0]


def test_after_throttling_requests_of_the_same_part_go_slower_and_of_others_as_before() -> None:
    clock = Clock()
    asking = Calls(graph(Scripted((429, {"Retry-After": "1"}, b""), GOOD)), clock.pause, lambda: 0.0, clock.read)
    asking.get(URL)
    before = clock.now
    asking.get(URL + "?$skiptoken=2")
    assert clock.now - before == pytest.approx(0.5, abs=0.02)
    before = clock.now
    asking.get("https://graph.microsoft.com/v1.0/groups")
    assert clock.now == before


@pytest.mark.parametrize(("told", "waits"), [("0.9", 0.0), ("1.2", 0.5), ("much", 0.0)])
def test_a_nearly_used_limit_slows_before_it_is_passed(told: str, waits: float) -> None:
    clock = Clock()
    asking = Calls(
        graph(Scripted((200, {"x-ms-throttle-limit-percentage": told}, b"{}"))), clock.pause, lambda: 0.0, clock.read
    )
    for _ in range(2):
        asking.get(URL)
    assert clock.now == waits


def test_tenants_of_one_application_share_its_rate_and_others_do_not() -> None:
    clock, across, rate = Clock(), Paces(), Rate(5, 10.0, overall=Rate(7, 10.0))

    def tenant(client: str) -> Calls:
        return Calls(graph(Scripted(GOOD)), clock.pause, lambda: 0.0, clock.read, client=client, across=across)

    first, second, other = tenant("a"), tenant("a"), tenant("b")
    for asking in (first, second):
        for _ in range(4):
            asking.get(URL, rate)
    assert clock.now == 10.0
    for _ in range(5):
        other.get(URL, rate)
    assert clock.now == 10.0

"""Patience: how long a failed request waits, how often it is tried, and what is told apart."""

from datetime import UTC, datetime

import pytest

from pipeline.collect.calls import LONGEST_PAUSE_SECONDS, TRIES, Calls
from pipeline.collect.client import Graph
from pipeline.collect.faults import AbsentError, BrokenWalkError, OutageError, RefusedError
from pipeline.collect.http import Http, Request, Response, Transport, response
from pipeline.errors import UnfinishedError

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
    return Calls(Graph(Http(None, transport), "https://graph.microsoft.com", None), pauses.append, lambda: jitter)


def error(code: str, message: str = "") -> bytes:
    return b'{"error":{"code":"%b","message":"%b"}}' % (code.encode(), message.encode())


GOOD = (200, {}, b"{}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("120", 120),
        ("86400", LONGEST_PAUSE_SECONDS),
        ("9" * 400, LONGEST_PAUSE_SECONDS),
        ("Sun, 01 Nov 2026 12:00:45 GMT", 45),
        ("Sun, 01 Nov 2026 14:00:45 +0200", 45),
        ("Sun, 01 Nov 2036 12:00:00 GMT", LONGEST_PAUSE_SECONDS),
        ("Sun, 01 Nov 2020 12:00:00 GMT", 0.5),
        ("0", 0.5),
        ("-5", 0.5),
        ("soon", 0.5),
        ("1.5", 0.5),
        ("", 0.5),
    ],
)
def test_retry_after_is_honoured_within_reason(header: str, seconds: float) -> None:
    pauses: list[float] = []
    calls(Scripted((429, {"Retry-After": header}, b""), GOOD), pauses).get(URL)
    assert pauses == [seconds]


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

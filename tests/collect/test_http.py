"""One request: bounded in time and size, and deaf to everything it did not ask for."""

import gzip
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.collect.faults import UnreachableError
from pipeline.collect.http import Http, Limits, place
from pipeline.errors import ConfigError
from tests.fakes.tls import Certificates, Reply, Request, Server, certificates, serving

BODY = b'{"value": ["' + b"x" * 400 + b'"]}'
GZIP = {"Content-Encoding": "gzip"}
REPLIES = {
    "/plain": Reply(200, BODY, {"Date": "Sun, 01 Nov 2026 12:00:00 GMT", "X-Thing": "a"}),
    "/undated": Reply(200, BODY, {"Date": "yesterday"}),
    "/gzip": Reply(200, gzip.compress(BODY), GZIP),
    "/gzip-broken": Reply(200, gzip.compress(BODY)[:-9], GZIP),
    "/gzip-not": Reply(200, BODY, GZIP),
    "/deflate": Reply(200, zlib.compress(BODY), {"Content-Encoding": "deflate"}),
    "/bomb": Reply(200, gzip.compress(b"\0" * 3_000_000), GZIP),
    "/large": Reply(200, b"x" * 20_000),
    "/cut": Reply(200, BODY, cut=100),
    "/dropped": Reply(200, BODY, drop=True),
    "/drip": Reply(200, BODY, drip=0.02),
    "/moved": Reply(302, b"", {"Location": "/plain"}),
    "/cookie": Reply(200, BODY, {"Set-Cookie": "session=1"}),
}


@pytest.fixture
def server(trust: Certificates) -> Iterator[Server]:
    def answer(request: Request) -> Reply:
        return REPLIES[request.path]

    with serving(trust, answer) as running:
        yield running


@pytest.fixture
def http(trust: Certificates) -> Iterator[Http]:
    client = Http(trust.ca_file, limits=Limits(seconds=0.5, size=10_000))
    yield client
    client.close()


@pytest.mark.parametrize("path", ["/plain", "/gzip"])
def test_the_body_is_given_as_it_was_meant(http: Http, server: Server, path: str) -> None:
    assert http.get(server.url + path, {}).body == BODY


def test_status_headers_and_server_time(http: Http, server: Server) -> None:
    reply = http.get(server.url + "/plain", {"Authorization": "Bearer x"})
    assert (reply.status, reply.headers["x-thing"]) == (200, "a")
    assert reply.server_time == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert server.requests[0].headers["authorization"] == "Bearer x"
    assert http.get(server.url + "/undated", {}).server_time is None


@pytest.mark.parametrize("path", ["/gzip-broken", "/gzip-not", "/deflate", "/bomb", "/large", "/cut", "/dropped"])
def test_an_answer_that_is_not_whole_or_too_large_is_no_answer(http: Http, server: Server, path: str) -> None:
    with pytest.raises(UnreachableError):
        http.get(server.url + path, {})


def test_a_dripping_server_is_left_at_the_deadline(http: Http, server: Server) -> None:
    started = time.monotonic()
    with pytest.raises(UnreachableError, match=r"within 0\.5 s"):
        http.get(server.url + "/drip", {})
    assert time.monotonic() - started < 4


def test_redirects_are_given_back_as_they_are(http: Http, server: Server) -> None:
    assert http.get(server.url + "/moved", {}).status == 302
    assert len(server.requests) == 1


def test_a_stranger_to_the_configured_authority_gets_no_request(http: Http, tmp_path: Path) -> None:
    with serving(certificates(tmp_path), lambda request: Reply(200, BODY)) as stranger:
        with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
            http.get(stranger.url + "/plain", {})
        assert stranger.requests == []


def test_nobody_there(http: Http) -> None:
    with pytest.raises(UnreachableError, match="ConnectError"):
        http.get("https://localhost:1/", {})


def test_a_ca_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"graph.ca_file: .*absent\.pem"):
        Http(tmp_path / "absent.pem")


@pytest.mark.parametrize("url", ["https://x\x00/", "https://x\n/", "https://x:port/", "https://" + "x" * 70_000])
def test_what_is_no_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match="no valid URL"):
        place(url)

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import __version__
from pipeline.config import Auth, Graph, Sentinel
from pipeline.errors import AccessError, UnfinishedError
from pipeline.forward import SentinelSink
from pipeline.forward.ingestion import scope_of
from pipeline.forward.pacing import LONGEST, TRIES
from pipeline.forward.sentinel import DOUBTFUL, LIMIT, packed
from pipeline.forward.sink import Outcome, Parcel, Refused, Sent, Waits
from pipeline.identity import Identity, Token, identity_for
from pipeline.store.outbox import Key
from pipeline.store.record import ALERT_COLUMNS, HEARTBEAT_COLUMNS
from tests.fakes.ingestion import OK, Fault, Ingestion
from tests.fakes.login import FakeLogin
from tests.fakes.tls import Server, certificates, serving

from .alerts import RULE, TENANT, StandInIdentity, record

CLIENT = "11111111-1111-1111-1111-111111111111"
ALERTS, BEATS = "Custom-PimAlerts_CL", "Custom-PimHeartbeat_CL"


@dataclass
class Bench:
    """A sink before the fake service, and what it did."""

    service: Ingestion
    server: Server
    identity: StandInIdentity | Identity
    pauses: list[float] = field(default_factory=list)

    def sink(self, **settings: str) -> SentinelSink:
        configured = Sentinel(**{"endpoint": self.server.url, "dcr_id": RULE} | settings)
        return SentinelSink(
            configured,
            self.identity,
            self.server.ca_file,
            timeouts=(2, 0.5),
            pause=self.pauses.append,
            jitter=lambda: 0.5,
        )

    def deliver(self, parcels: Sequence[Parcel], **settings: str) -> list[Outcome]:
        sink = self.sink(**settings)
        try:
            return list(sink.deliver(parcels))
        finally:
            sink.close()

    def script(self, *faults: Fault) -> None:
        self.service.faults.extend(faults)

    @property
    def taken(self) -> list[bytes]:
        return self.service.rows[ALERTS]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    service = Ingestion(RULE, {ALERTS: ALERT_COLUMNS, BEATS: HEARTBEAT_COLUMNS}, ["token-1", "token-2"])
    with serving(certificates(tmp_path), service.answer) as server:
        yield Bench(service, server, StandInIdentity())
    service.check()


def parcels(count: int, **more: object) -> list[Parcel]:
    return [Parcel((f"a{n}", 1), record(f"a{n}", **more).encode()) for n in range(count)]


def keys(*numbers: int) -> tuple[Key, ...]:
    return tuple((f"a{n}", 1) for n in numbers)


def test_a_batch_is_one_request_with_our_bytes(bench: Bench) -> None:
    sent = parcels(3)
    assert bench.deliver(sent) == [Sent(keys(0, 1, 2))]
    (request,) = bench.server.requests
    body = b"[" + b",".join(parcel.line for parcel in sent) + b"]"
    assert request.body == gzip.compress(body, mtime=0)
    assert request.headers["user-agent"] == f"pimtrail/{__version__}"
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.target == f"/dataCollectionRules/{RULE}/streams/{ALERTS}?api-version=2023-01-01"


def test_nothing_to_send_asks_nothing(bench: Bench) -> None:
    assert bench.deliver([]) == []
    assert bench.server.connections == 0


def test_requests_stay_under_the_limit_and_keep_the_order(bench: Bench) -> None:
    sent = parcels(30, Justification="x" * 60_000)
    outcomes = bench.deliver(sent)
    assert [len(outcome.keys) for outcome in outcomes] == [14, 14, 2]
    assert all(len(body) <= LIMIT for body in bench.service.bodies)
    assert bench.taken == [parcel.line for parcel in sent]


@pytest.mark.parametrize("spare", [-1, 0, 1])
def test_brackets_and_commas_count(spare: int) -> None:
    lines = [Parcel((str(n), 1), b"x" * 100) for n in range(9)]
    limit = 2 + 9 * 100 + 8 + spare
    assert [len(batch) for batch in packed(lines, limit)] == ([8, 1] if spare < 0 else [9])


def test_a_record_larger_than_a_request_is_refused_alone(bench: Bench) -> None:
    small, large = parcels(2), Parcel(("big", 1), b'{"AlertId":"' + b"x" * LIMIT + b'"}')
    outcomes = bench.deliver([small[0], large, small[1]])
    refused = Refused((("big", 1),), "the record is over the 900000 bytes of a request")
    assert outcomes == [Sent(keys(0)), refused, Sent(keys(1))]
    assert len(bench.server.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429),
        Fault(429, headers={"Retry-After": "0"}),
        Fault(408),
        Fault(500),
        Fault(502),
        Fault(503, body=b"<html>down</html>"),
        Fault(504),
        Fault(None),
        Fault(204, seconds=0.8),
    ],
    ids=lambda fault: f"{fault.status}-{fault.seconds}",
)
def test_passing_faults_are_tried_again(bench: Bench, fault: Fault) -> None:
    bench.script(fault, fault)
    assert bench.deliver(parcels(2)) == [Sent(keys(0, 1))]
    assert len(bench.server.requests) == 3
    assert len(bench.pauses) == 2
    assert bench.taken == [parcel.line for parcel in parcels(2)]


@pytest.mark.parametrize("fault", [Fault(None, committed=True), Fault(500, committed=True), Fault(204, True, {}, 0.8)])
def test_a_lost_answer_doubles_equal_bytes(bench: Bench, fault: Fault) -> None:
    bench.script(fault)
    assert bench.deliver(parcels(2)) == [Sent(keys(0, 1))]
    lines = [parcel.line for parcel in parcels(2)]
    assert bench.taken == lines + lines


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_sent(bench: Bench, status: int) -> None:
    bench.script(Fault(status, committed=True))
    assert bench.deliver(parcels(1)) == [Sent(keys(0))]


def test_retry_after_is_waited_for_but_not_for_ever(bench: Bench) -> None:
    bench.script(Fault(429, headers={"Retry-After": "3"}), Fault(503, headers={"Retry-After": "86400"}))
    bench.deliver(parcels(1))
    assert bench.pauses == [3.5, LONGEST]


def test_an_outage_ends_the_delivery_and_holds_nothing(bench: Bench) -> None:
    bench.script(OK, *[Fault(503)] * TRIES)
    outcomes = bench.deliver(parcels(30, Justification="x" * 60_000))
    assert outcomes == [Sent(keys(*range(14))), Waits(keys(*range(14, 28)), "503 (after 5 tries)", held=False)]
    assert len(bench.pauses) == TRIES - 1


@pytest.mark.parametrize(
    ("status", "word"), [(403, "Monitoring Metrics Publisher"), (404, "dcr_id"), (409, "409"), (307, "307")]
)
def test_what_somebody_has_to_put_right_is_held(bench: Bench, status: int, word: str) -> None:
    bench.script(Fault(status, headers={"Location": bench.server.url + "/elsewhere"}))
    (outcome,) = bench.deliver(parcels(3))
    assert isinstance(outcome, Waits)
    assert outcome.held
    assert outcome.keys == keys(0, 1, 2)
    assert word in outcome.error
    assert len(bench.server.requests) == 1
    assert bench.pauses == []


def test_the_poisoned_record_is_found_and_only_that(bench: Bench) -> None:
    bench.service.poisoned = lambda row: b'"a13"' in row
    outcomes = bench.deliver(parcels(20))
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert refused.keys == keys(13)
    assert refused.error.startswith("400: ")
    assert "InvalidRecord" in refused.error
    assert bench.taken == [parcel.line for n, parcel in enumerate(parcels(20)) if n != 13]


def test_413_halves(bench: Bench) -> None:
    bench.script(Fault(413), OK, OK)
    assert bench.deliver(parcels(5)) == [Sent(keys(0, 1)), Sent(keys(2, 3, 4))]


def test_a_lone_poisoned_record_is_refused_once_the_stream_is_known_to_be_good(bench: Bench) -> None:
    bench.service.poisoned = lambda row: True
    (outcome,) = bench.deliver(parcels(1))
    assert isinstance(outcome, Refused)
    assert bench.service.bodies[-1] == b"[]"


def test_a_wrong_stream_quarantines_nothing(bench: Bench) -> None:
    outcomes = bench.deliver(parcels(4), stream="Custom-Typo_CL")
    (outcome,) = outcomes
    assert isinstance(outcome, Waits)
    assert outcome.held
    assert outcome.keys == keys(0, 1, 2, 3)
    assert "check stream" in outcome.error
    assert len(bench.server.requests) == 2, "halving cannot help"


def test_many_refused_and_none_taken_are_held(bench: Bench) -> None:
    bench.service.poisoned = lambda row: True
    (outcome,) = bench.deliver(parcels(DOUBTFUL))
    assert isinstance(outcome, Waits)
    assert outcome.held
    assert sorted(outcome.keys) == sorted(keys(*range(DOUBTFUL)))
    assert "10 refused and none taken" in outcome.error


def test_many_refused_beside_one_taken_are_quarantined(bench: Bench) -> None:
    bench.service.poisoned = lambda row: b'"a20"' not in row
    outcomes = bench.deliver(parcels(21))
    assert [outcome.keys for outcome in outcomes if isinstance(outcome, Sent)] == [keys(20)]
    assert sorted(key for o in outcomes if isinstance(o, Refused) for key in o.keys) == sorted(keys(*range(20)))


def test_a_refusal_while_the_service_goes_away_decides_nothing(bench: Bench) -> None:
    bench.script(Fault(400), *[Fault(503)] * TRIES)
    (outcome,) = bench.deliver(parcels(1))
    assert outcome == Waits(keys(0), "503 (after 5 tries)", held=False)


chunks = st.lists(st.integers(1, 400), max_size=40)


@given(sizes=chunks, limit=st.integers(2, 500))
def test_packing_keeps_the_cap_the_order_and_every_parcel_whole(sizes: list[int], limit: int) -> None:
    given_ = [Parcel((str(number), 1), b"x" * size) for number, size in enumerate(sizes)]
    batches = list(packed(given_, limit))
    assert [parcel for batch in batches for parcel in batch] == given_
    for number, batch in enumerate(batches):
        body = 2 + sum(len(parcel.line) for parcel in batch) + len(batch) - 1
        assert body <= limit or len(batch) == 1
        if number + 1 < len(batches):
            assert body + 1 + len(batches[number + 1][0].line) > limit, "the next one would have had room"


def test_an_outage_after_a_refusal_keeps_both(bench: Bench) -> None:
    bench.service.poisoned = lambda row: b'"a0"' in row
    bench.script(OK, OK, OK, OK, OK, *[Fault(503)] * TRIES)
    outcomes = bench.deliver(parcels(4))
    assert [type(outcome) for outcome in outcomes] == [Refused, Sent, Waits]
    assert [outcome.keys for outcome in outcomes] == [keys(0), keys(1), keys(2, 3)]


def test_a_stale_token_is_renewed_once(bench: Bench) -> None:
    bench.service.tokens = {"token-2"}
    bench.identity.tokens = ["token-1", "token-2"]
    assert bench.deliver(parcels(2)) == [Sent(keys(0, 1))]
    assert [(claims, fresh) for _, claims, fresh in bench.identity.asked] == [(None, False), (None, True)]
    assert bench.taken == [parcel.line for parcel in parcels(2)]


def test_a_session_ended_by_an_administrator_is_begun_anew(bench: Bench, tmp_path: Path) -> None:
    bench.service.tokens = {"token-2"}
    login, secret = FakeLogin(TENANT, CLIENT, "s3cret"), tmp_path / "secret"
    secret.write_text("s3cret")
    (tmp_path / "login").mkdir()
    trust = certificates(tmp_path / "login")
    with serving(trust, login) as host:
        graph = Graph(authority=host.url, ca_file=trust.ca_file)
        bench.identity = identity_for(Auth(client_id=CLIENT, client_secret=f"file:{secret}"), TENANT, graph)
        assert bench.deliver(parcels(2)) == [Sent(keys(0, 1))]
    assert [form["scope"] for form in login.forms] == ["https://monitor.azure.com/.default"] * 2


def test_a_challenge_is_met_with_its_claims_and_the_whole_body(bench: Bench) -> None:
    bench.service.tokens = {"token-2"}
    bench.identity.tokens = ["token-1", "token-2"]
    challenge = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="'
    bench.script(Fault(401, headers={"WWW-Authenticate": challenge}))
    assert bench.deliver(parcels(2)) == [Sent(keys(0, 1))]
    asked = [(claims, fresh) for _, claims, fresh in bench.identity.asked]
    assert asked == [(None, False), ('{"access_token":{"nbf":{"value":"1"}}}', False)]
    assert bench.taken == [parcel.line for parcel in parcels(2)]


def test_a_token_refused_twice_is_held(bench: Bench) -> None:
    bench.service.tokens = set()
    (outcome,) = bench.deliver(parcels(1))
    assert isinstance(outcome, Waits)
    assert outcome.held
    assert outcome.error.startswith("401: ")
    assert len(bench.server.requests) == 2


def test_a_refused_sign_in_is_held_before_anything_is_sent(bench: Bench) -> None:
    class Locked(StandInIdentity):
        def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
            raise AccessError("the client secret has expired")

    bench.identity = Locked()
    (outcome,) = bench.deliver(parcels(1))
    assert outcome == Waits(keys(0), "no token: the client secret has expired", held=True)
    assert bench.server.requests == []


def test_a_login_host_that_is_away_is_waited_for(bench: Bench) -> None:
    class Away(StandInIdentity):
        def token(self, scope: str, claims: str | None = None, *, fresh: bool = False) -> Token:
            if len(bench.pauses) < 2:
                raise UnfinishedError("the login host does not answer")
            return super().token(scope, claims, fresh=fresh)

    bench.identity = Away()
    assert bench.deliver(parcels(1)) == [Sent(keys(0))]


def test_the_service_is_known_by_our_ca_alone(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    other = certificates(tmp_path / "other").ca_file
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(other))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert bench.deliver(parcels(1)) == [Sent(keys(0))]
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(bench.server.ca_file))
    strange = SentinelSink(
        Sentinel(endpoint=bench.server.url, dcr_id=RULE), bench.identity, other, pause=bench.pauses.append
    )
    (outcome,) = strange.deliver(parcels(1))
    strange.close()
    assert isinstance(outcome, Waits)
    assert "certificate verify failed" in outcome.error.lower()
    assert len(bench.server.requests) == 1


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        ("https://x-abcd.westeurope-1.ingest.monitor.azure.com", "https://monitor.azure.com/.default"),
        ("https://x-abcd.usgovvirginia-1.ingest.monitor.azure.us/", "https://monitor.azure.us/.default"),
        ("https://X.chinaeast2-1.INGEST.monitor.azure.CN", "https://monitor.azure.cn/.default"),
        ("https://azure.us.example:8443", "https://monitor.azure.com/.default"),
    ],
)
def test_the_scope_follows_the_cloud(endpoint: str, scope: str) -> None:
    assert scope_of(endpoint) == scope


def test_another_cloud_has_an_audience_of_its_own(bench: Bench) -> None:
    bench.deliver(parcels(1), audience="https://monitor.example/")
    assert [scope for scope, _, _ in bench.identity.asked] == ["https://monitor.example/.default"]


def test_words_from_the_service_are_one_short_plain_line(bench: Bench) -> None:
    bench.script(Fault(403, body=b"no\x1b[31m\r\n\xe2\x80\xae" + b"x" * 5_000))
    (outcome,) = bench.deliver(parcels(1))
    assert isinstance(outcome, Waits)
    assert outcome.error.startswith("403: no [31m x")
    assert len(outcome.error) < 600
    assert outcome.error.isprintable()

"""Patient requests: paced, tried again with growing pauses, and refusals told apart from failures."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from ..decoders import decoder
from ..errors import UnfinishedError
from .client import Graph
from .faults import (
    AbsentError,
    BrokenWalkError,
    DismissedError,
    OutageError,
    OversizeError,
    RefusedError,
    UnreachableError,
)
from .http import Reply
from .pacing import Pace, Paces, Patience, Rate
from .retry_after import seconds_told

TRIES = 5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 120.0
"""The most that is waited between two tries where the service does not say how long."""

LONGEST_TOLD_SECONDS = 300.0
"""The most of a Retry-After that is waited for; where more is asked, the run goes on without this endpoint."""

PATIENCE_SECONDS = 600.0

SLOW_SECONDS = 30.0
"""What an answer takes beyond this is time lost, even when it comes."""

_NEAR = 1.0
"""Of the throttling limit, as `x-ms-throttle-limit-percentage` tells it: from here on we slow down unasked."""

_BUSY = frozenset({408, 429})
_ABSENT = frozenset({"resourcenotfound", "request_resourcenotfound", "groupnotfound"})
_LICENCE = ("license", "licence", "premium")


class _Fault(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Envelope(msgspec.Struct):
    error: _Fault = msgspec.field(default_factory=_Fault)


class Calls:
    """Requests of one collection, from any number of threads. `pause(seconds)` waits; `jitter()` gives 0 to 1.

    `server_time` is the newest Date header seen, None before the first answer; `batches` is False once this Graph has
    shown that it does not take several requests in one. `across` holds the paces that several collections share, those
    of the application `client`; `patience` ends what waits too long.
    """

    def __init__(
        self,
        graph: Graph,
        pause: Callable[[float], object],
        jitter: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        client: str | None = None,
        across: Paces | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.graph = graph
        self.server_time: datetime | None = None
        self.batches = True
        self._pause, self._jitter, self._clock = pause, jitter or secrets.SystemRandom().random, clock
        self._client, self._across, self._own = client, across or Paces(), Paces()
        self._patience = patience or Patience(PATIENCE_SECONDS)
        self._guard = threading.Lock()

    def get(self, url: str, rate: Rate | None = None, *, onward: bool = False) -> Reply:
        """The answer with status 200. `onward` says that the URL is the link of an earlier page.

        Raises RefusedError or AbsentError, BrokenWalkError where the walk must begin anew, OutageError after the last
        try, OversizeError, UnfinishedError for anything else.
        """
        reply = self._patiently(lambda: self.graph.get(url), self._paces(rate, _service(url)))
        if reply.status != 200:
            raise refusal(reply, url, onward)
        return reply

    def batch(self, version: str, body: bytes, rate: Rate | None = None, requests: int = 1) -> Reply:
        """The answer to a `$batch` that holds so many `requests`, whatever its status. Raises OutageError."""
        paces = self._paces(rate, "$batch") * requests if rate else self._paces(None, "$batch")
        return self._patiently(lambda: self.graph.batch(version, body), paces)

    def throttled(self, rate: Rate | None = None) -> None:
        """Note that requests within a batch were throttled, which the batch's own status does not say."""
        self._paces(rate, "$batch")[0].slower()

    def _patiently(self, send: Callable[[], Reply], paces: Sequence[Pace]) -> Reply:
        """The first answer that is no passing fault."""
        for attempt in range(1, TRIES + 1):
            told = None
            for pace in paces:
                pace.wait()
            begun = self._clock()
            try:
                reply = send()
            except OversizeError:
                raise
            except UnreachableError as error:
                failure = str(error)
            else:
                self._note(reply, paces)
                if not is_busy(reply):
                    self._patience.spend(max(0.0, self._clock() - begun - SLOW_SECONDS))
                    return reply
                failure, told = reason(reply), retry_after(reply)
            self._patience.lose(self._clock() - begun)
            if attempt < TRIES:
                self.rest(attempt, told, failure)
        raise OutageError(f"{failure} (after {TRIES} tries)")

    def rest(self, attempt: int, told: float | None = None, failure: str = "") -> None:
        """Pause after a failed attempt (1, 2, …): as long as told, else growing, always with jitter.

        Raises OutageError, naming the `failure`, where that is longer than we wait.
        """
        if told and told > LONGEST_TOLD_SECONDS:
            raise DismissedError(f"{failure or 'throttled'} (told to wait {told:.0f} s)")
        growing = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
        wanted = told + self._jitter() if told else growing * (0.5 + self._jitter() / 2)
        try:
            self._patience.spend(wanted)
        except OutageError as error:
            raise DismissedError(f"{failure}; {error}" if failure else str(error)) from error
        self._pause(wanted)

    def _paces(self, rate: Rate | None, service: str) -> list[Pace]:
        """What a request waits for: its tenant's pace, then the one all tenants share."""
        made = [self._own.of(rate or service, lambda: Pace(rate, self._pause, self._clock))]
        if rate is not None and rate.overall is not None:
            overall = rate.overall
            made.append(self._across.of((self._client, overall), lambda: Pace(overall, self._pause, self._clock)))
        return made

    def _note(self, reply: Reply, paces: Sequence[Pace]) -> None:
        with self._guard:
            if reply.server_time and (self.server_time is None or reply.server_time > self.server_time):
                self.server_time = reply.server_time
        if reply.status == 429 or _load(reply) >= _NEAR:
            paces[0].slower()
        elif reply.status == 200:
            paces[0].faster()


def _service(url: str) -> str:
    """What of Graph a request is for: the first part of its path, behind the version."""
    return "/".join(url.split("?")[0].split("/")[3:5])


def _load(reply: Reply) -> float:
    """How much of the throttling limit is used, 1.0 being all of it; 0 where it is not said."""
    try:
        return float(reply.headers.get("x-ms-throttle-limit-percentage", 0))
    except ValueError:
        return 0.0


def is_busy(reply: Reply) -> bool:
    """Whether the answer is a fault that passes: it is worth asking again."""
    return reply.status in _BUSY or reply.status >= 500


def reason(reply: Reply) -> str:
    """One printable line for an answer that is not data: `403 Authorization_RequestDenied: Insufficient privileges`."""
    fault = _fault(reply)
    text = " ".join(f"{fault.code}: {fault.message}".split()) if fault.code or fault.message else "no reason given"
    return f"{reply.status} {''.join(sign if sign.isprintable() else '?' for sign in text[:300])}"


def refusal(reply: Reply, url: str, onward: bool) -> Exception:
    """What an answer that is neither data nor a passing fault means: the error to raise."""
    fault, line = _fault(reply), reason(reply)
    words = f"{fault.code} {fault.message}".lower()
    if onward and reply.status in (400, 404, 410):
        return BrokenWalkError(f"the link to the next page no longer works: {line}", url)
    if reply.status == 404 or (reply.status == 400 and fault.code.lower() in _ABSENT):
        return AbsentError(line)
    if reply.status == 403 or (reply.status == 400 and any(word in words for word in _LICENCE)):
        return RefusedError(line)
    return UnfinishedError(line)


def _fault(reply: Reply) -> _Fault:
    try:
        return decoder(_Envelope).decode(reply.body).error
    except (ValueError, RecursionError):
        return _Fault()


def retry_after(reply: Reply) -> float | None:
    """Seconds to wait as the answer tells, None where it tells nothing usable."""
    return seconds_told(reply.headers.get("retry-after", ""), reply.server_time)

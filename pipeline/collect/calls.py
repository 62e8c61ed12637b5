"""Patient requests: paced, tried again with growing pauses, and refusals told apart from failures."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from ..errors import UnfinishedError
from .client import Graph
from .faults import AbsentError, BrokenWalkError, OutageError, OversizeError, RefusedError, UnreachableError
from .http import Reply
from .pacing import Pace, Rate

TRIES = 5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 120.0
"""Also the most of a Retry-After that is believed."""

_BUSY = frozenset({408, 429})
_ABSENT = frozenset({"resourcenotfound", "request_resourcenotfound", "groupnotfound"})
_LICENCE = ("license", "licence", "premium")


class _Fault(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Envelope(msgspec.Struct):
    error: _Fault = msgspec.field(default_factory=_Fault)


class Calls:
    """Requests of one collection. `pause(seconds)` waits; `jitter()` gives a number from 0 to 1.

    `server_time` is the newest Date header seen, None before the first answer; `batches` is False once this Graph has
    shown that it does not take several requests in one.
    """

    def __init__(
        self,
        graph: Graph,
        pause: Callable[[float], object],
        jitter: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.graph = graph
        self.server_time: datetime | None = None
        self.batches = True
        self._pause, self._jitter, self._clock = pause, jitter or secrets.SystemRandom().random, clock
        self._paces: dict[Rate, Pace] = {}

    def get(self, url: str, rate: Rate | None = None, *, onward: bool = False) -> Reply:
        """The answer with status 200. `onward` says that the URL is the link of an earlier page.

        Raises RefusedError or AbsentError, BrokenWalkError where the walk must begin anew, OutageError after the last
        try, OversizeError, UnfinishedError for anything else.
        """
        reply = self._patiently(lambda: self.graph.get(url), rate)
        if reply.status != 200:
            raise refusal(reply, url, onward)
        return reply

    def batch(self, version: str, body: bytes, rate: Rate | None = None, requests: int = 1) -> Reply:
        """The answer to a `$batch` that holds so many `requests`, whatever its status. Raises OutageError."""
        return self._patiently(lambda: self.graph.batch(version, body), rate, requests)

    def _patiently(self, send: Callable[[], Reply], rate: Rate | None, requests: int = 1) -> Reply:
        """The first answer that is no passing fault."""
        for attempt in range(1, TRIES + 1):
            told = None
            try:
                self._wait(rate, requests)
                reply = send()
            except OversizeError:
                raise
            except UnreachableError as error:
                failure = str(error)
            else:
                self._note(reply)
                if not is_busy(reply):
                    return reply
                failure, told = reason(reply), retry_after(reply)
            if attempt < TRIES:
                self.rest(attempt, told)
        raise OutageError(f"{failure} (after {TRIES} tries)")

    def rest(self, attempt: int, told: float | None = None) -> None:
        """Pause after a failed attempt (1, 2, …): as long as told, else growing, always with jitter."""
        if told:
            self._pause(min(told, LONGEST_PAUSE_SECONDS) + self._jitter())
            return
        growing = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
        self._pause(growing * (0.5 + self._jitter() / 2))

    def _wait(self, rate: Rate | None, requests: int) -> None:
        if rate is not None:
            for _ in range(requests):
                self._paces.setdefault(rate, Pace(rate, self._pause, self._clock)).wait()

    def _note(self, reply: Reply) -> None:
        if reply.server_time and (self.server_time is None or reply.server_time > self.server_time):
            self.server_time = reply.server_time


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
        return msgspec.json.decode(reply.body, type=_Envelope).error
    except (ValueError, RecursionError):
        return _Fault()


def retry_after(reply: Reply) -> float | None:
    """Seconds to wait: a number, or a date by the server's own clock; None if the header says nothing usable."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None or reply.server_time is None:
        return None
    return max(0.0, (moment.astimezone(UTC) - reply.server_time).total_seconds())

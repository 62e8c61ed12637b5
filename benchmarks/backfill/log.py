"""An audit log as a transport: so many events a day, evenly spread, small, made as they are asked for."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, urlsplit

from pipeline.collect.http import Request, Response, Transport, response

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HOST = "https://graph.example.com"
PAGE = 999
LICENCE = {"capabilityStatus": "Enabled", "servicePlans": [{"servicePlanName": "AAD_PREMIUM_P2"}]}


class Log(Transport):
    """Events of `days` until NOW. A page takes `latency` seconds of `clock`, slept with `sleep`."""

    def __init__(
        self, a_day: int, days: int, latency: float, clock: Callable[[], float], sleep: Callable[[float], object]
    ) -> None:
        self.requests = 0
        self.most_in_ten_seconds = 0
        self.earliest = NOW
        """The earliest time asked about."""
        self._gap = timedelta(days=1) / a_day
        self._start, self._count = NOW - timedelta(days=days), a_day * days
        self._latency, self._clock, self._sleep = latency, clock, sleep
        self._recent: deque[float] = deque()
        self._guard = threading.Lock()

    def between(self, since: datetime, until: datetime) -> range:
        """The numbers of the events in a span, both ends included."""
        first = max(0, -((self._start - since) // self._gap) if since < self._start else self._ceil(since))
        return range(first, min(self._count, (until - self._start) // self._gap + 1))

    def handle_request(self, request: Request) -> Response:
        parts = urlsplit(str(request.url))
        body = self._audits(parts.query) if parts.path.endswith("/directoryAudits") else _list([LICENCE])
        self._sleep(self._latency)
        date = format_datetime(NOW + timedelta(seconds=int(self._clock())), usegmt=True)
        return response(200, {"Content-Type": "application/json", "Date": date}, body)

    def _audits(self, query: str) -> bytes:
        self._count_request()
        asked = parse_qs(query)
        since, until = (datetime.fromisoformat(text) for text in re.findall(r"[gl]e (\S+)", asked["$filter"][0]))
        found, self.earliest = self.between(since, until), min(since, self.earliest)
        rest = found[int(asked.get("$skiptoken", ["0"])[0]) :]
        link = ""
        if len(rest) > PAGE:
            text = f"{HOST}/v1.0/auditLogs/directoryAudits?$filter={quote(asked['$filter'][0])}&$skiptoken="
            link = f'"@odata.nextLink":"{text}{len(found) - len(rest) + PAGE}",'
        return ("{" + link + '"value":[' + ",".join(self._events(rest[:PAGE])) + "]}").encode()

    def _events(self, numbers: range) -> Iterator[str]:
        for number in numbers:
            yield f'{{"id":"{number}","activityDateTime":"{(self._start + number * self._gap).isoformat()[:-6]}Z"}}'

    def _count_request(self) -> None:
        with self._guard:
            self.requests += 1
            now = self._clock()
            self._recent.append(now)
            while self._recent[0] <= now - 10.0:
                self._recent.popleft()
            self.most_in_ten_seconds = max(self.most_in_ten_seconds, len(self._recent))

    def _ceil(self, moment: datetime) -> int:
        return -((self._start - moment) // self._gap)


def _list(items: list[object]) -> bytes:
    return json.dumps({"value": items}).encode()

"""A Graph that answers from files: a sample tenant as it stood on one of its dates.

The files hold `{"value": […]}`, or `{"by_parent": {key: […]}}` for endpoints asked one by one: a key is the id of a
group or of a review's definition, or `definition/instance`. `errors.json` names endpoints that refuse:
`{"<endpoint>": {"status", "code", "message"}}`. Audit events are those of all dates up to the asked one.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import msgspec

from ..decoders import decoder
from ..errors import UsageError
from .endpoints import TABLE, Endpoint, Kind
from .http import Request, Response, Transport, response

PAGE_ITEMS = 250

_BOUND = re.compile(r"activityDateTime (ge|le) (\S+)")

Items = list[msgspec.Raw]
T = TypeVar("T")


class _File(msgspec.Struct):
    value: Items | None = None
    by_parent: dict[str, Items] | None = None


class _Refusal(msgspec.Struct):
    status: int
    code: str
    message: str


class _Event(msgspec.Struct):
    id: str
    at: datetime = msgspec.field(name="activityDateTime")


class _Object(msgspec.Struct):
    id: str


class _Question(msgspec.Struct):
    id: str
    url: str


class _Questions(msgspec.Struct):
    requests: list[_Question]


class _Part(msgspec.Struct):
    id: str
    status: int
    headers: dict[str, str]
    body: msgspec.Raw


class ReplayTransport(Transport):
    """Serves `folder` (`sample_logs/<tenant>`) as of `date` (`2026-10-15`), with `now` as the server's clock.

    Raises UsageError where the folder has no such date or a file of it cannot be read.
    """

    def __init__(self, folder: Path, date: str, now: datetime) -> None:
        if not (folder / date).is_dir():
            raise UsageError(f"{folder}: no sample of {date}")
        self._folder, self._date, self._now = folder, date, now
        self._refusals = _read(folder / date / "errors.json", dict[str, _Refusal]) or {}
        self._files: dict[str, _File] = {}

    def handle_request(self, request: Request) -> Response:
        """Answer one request as Graph would."""
        if request.url.path.endswith("/$batch"):
            return self._batch(request)
        asked = request.url.params.get("$filter", "")
        endpoint, parent = _match(request.url.path, asked)
        if endpoint is None:
            return self._error(request, 400, "BadRequest", "Resource not found for the segment.")
        if refusal := self._refusals.get(endpoint.name):
            return self._error(request, refusal.status, refusal.code, refusal.message)
        found = self._items(endpoint, parent, asked)
        if found is None:
            return self._error(request, 404, "Request_ResourceNotFound", "Resource does not exist.")
        return self._page(request, found)

    def _batch(self, request: Request) -> Response:
        """The answers to all requests of a batch, each as if it had come alone."""
        start = str(request.url).removesuffix("/$batch")
        parts = []
        for asked in decoder(_Questions).decode(request.read()).requests:
            reply = self.handle_request(Request("GET", start + asked.url))
            headers = {name: reply.headers[name] for name in ("Content-Type", "request-id")}
            parts.append(_Part(asked.id, reply.status_code, headers, msgspec.Raw(reply.read())))
        return self._answer(request, 200, msgspec.json.encode({"responses": parts}))

    def _items(self, endpoint: Endpoint, parent: str | None, asked: str) -> Items | None:
        """What the files hold for a request; None where the object asked about does not exist."""
        if endpoint.kind is Kind.STREAM:
            bounds = dict(_BOUND.findall(asked))
            since, until = _moment(bounds.get("ge")), _moment(bounds.get("le"))
            return [raw for at, raw in self._audits if (not since or at >= since) and (not until or at <= until)]
        file = self._file(endpoint.name)
        if parent is None or file.by_parent is None:
            return file.value
        return file.by_parent.get(parent, [] if parent in self._groups else None)

    def _page(self, request: Request, items: Items) -> Response:
        params, place = request.url.params, request.url.copy_with(query=None)
        size = min(int(params.get("$top", PAGE_ITEMS)), PAGE_ITEMS)
        end = int(params.get("$skiptoken", 0)) + size
        listed = b",".join(bytes(raw) for raw in items[end - size : end])
        parts = [b'{"@odata.context":%b' % msgspec.json.encode(f"{place}#$metadata")]
        if end < len(items):
            options = "&".join(
                f"{name}={quote(text, safe='(),:/$')}" for name, text in params.items() if name != "$skiptoken"
            )
            link = f"{place}?{options}{'&' if options else ''}$skiptoken={end}"
            parts.append(b'"@odata.nextLink":%b' % msgspec.json.encode(link))
        parts.append(b'"value":[%b]}' % listed)
        return self._answer(request, 200, b",".join(parts))

    def _error(self, request: Request, status: int, code: str, message: str) -> Response:
        return self._answer(request, status, msgspec.json.encode({"error": {"code": code, "message": message}}))

    def _answer(self, request: Request, status: int, body: bytes) -> Response:
        headers = {
            "Content-Type": "application/json;odata.metadata=minimal",
            "Date": format_datetime(self._now, usegmt=True),
            "request-id": str(uuid5(NAMESPACE_URL, f"{request.url} {self._date}")),
        }
        return response(status, headers, body)

    @cached_property
    def _audits(self) -> list[tuple[datetime, msgspec.Raw]]:
        """Every event of the dates up to the asked one, once, oldest first."""
        found: dict[str, tuple[datetime, msgspec.Raw]] = {}
        for dated in sorted(path for path in self._folder.iterdir() if path.is_dir() and path.name <= self._date):
            file = _read(dated / "directory_audits.json", _File)
            for raw in (file and file.value) or ():
                event = decoder(_Event).decode(raw)
                found.setdefault(event.id, (event.at, raw))
        return sorted(found.values(), key=lambda event: event[0])

    @cached_property
    def _groups(self) -> frozenset[str]:
        return frozenset(decoder(_Object).decode(raw).id for raw in self._file("groups").value or ())

    def _file(self, name: str) -> _File:
        if name not in self._files:
            self._files[name] = _read(self._folder / self._date / f"{name}.json", _File) or _File()
        return self._files[name]


def _read(path: Path, shape: type[T]) -> T | None:
    if not path.exists():
        return None
    try:
        return decoder(shape).decode(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from error


def _match(path: str, asked: str) -> tuple[Endpoint | None, str | None]:
    """The endpoint a request is for, and the key of the parent it asks about."""
    for endpoint, of_path, of_filter in _patterns():
        found = of_path.fullmatch(path)
        if found and of_filter:
            found = of_filter.fullmatch(asked)
        if found:
            return endpoint, "/".join(found.groupdict().values()) or None
    return None, None


@cache
def _patterns() -> tuple[tuple[Endpoint, re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (
            endpoint,
            _pattern(f"/{endpoint.version}{endpoint.path}"),
            _pattern(endpoint.filter) if endpoint.filter and endpoint.kind is not Kind.STREAM else None,
        )
        for endpoint in TABLE
    )


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/']+)", re.escape(template)))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

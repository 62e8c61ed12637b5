"""A Logs Ingestion endpoint that is as strict as the real one, and stricter where that one is silent.

    service = Ingestion(RULE, {"Custom-PimAlerts_CL": ALERT_COLUMNS})
    with serving(certificates(tmp_path), service.answer) as server:
        …
    service.check()   # nothing undeclared, nothing of a wrong type

It checks path, version, token, encoding and size on the wire and inflated, takes arrays only, keeps every row's bytes
in the order it took them, and plays the faults put into `faults`, one a request.
"""

from __future__ import annotations

import re
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from .tls import Reply, Request

MEBIBYTE = 1 << 20
_PATH = re.compile(r"/dataCollectionRules/([^/]+)/streams/([^/]+)")
_FITS: Mapping[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "long": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "real": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "dynamic": lambda value: isinstance(value, dict | list),
    "datetime": lambda value: isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is not None,
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request: `status` None drops the connection, `committed` keeps the rows before that."""

    status: int | None = None
    committed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    body: bytes = b""


OK = Fault(204, committed=True)
"""No fault: holds a place in the script."""


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        self.reply = Reply.of({"error": {"code": code, "message": message}}, status)


class Ingestion:
    """The service behind one collection rule. `rows` holds the bytes taken by stream, `bodies` every body, inflated."""

    def __init__(self, rule: str, streams: Mapping[str, Iterable[tuple[str, str]]], tokens: Iterable[str] = ()) -> None:
        self.rule, self.streams = rule, {name: dict(columns) for name, columns in streams.items()}
        self.tokens, self.granted = set(tokens), True
        self.faults: deque[Fault] = deque()
        self.rows: dict[str, list[bytes]] = {name: [] for name in self.streams}
        self.bodies: list[bytes] = []
        self.poisoned: Callable[[bytes], bool] = lambda row: False
        self.undeclared: Counter[str] = Counter()
        self.mistyped: Counter[str] = Counter()
        self.statuses: Counter[int | None] = Counter()

    def answer(self, request: Request) -> Reply:
        """What the endpoint says to `request`."""
        fault = self.faults.popleft() if self.faults else OK
        try:
            if fault.committed:
                self._commit(request)
        except _RefusedError as refusal:
            self.statuses[refusal.reply.status] += 1
            return refusal.reply
        time.sleep(fault.seconds)
        self.statuses[fault.status] += 1
        if fault.status is None:
            return Reply(drop=True)
        return Reply(fault.status, fault.body, fault.headers)

    def check(self) -> None:
        """Fail where rows held columns the stream does not declare (such are dropped), or values of other types."""
        assert self.undeclared == Counter()
        assert self.mistyped == Counter()

    def _commit(self, request: Request) -> None:
        stream = self._admit(request)
        rows = self._array(request)
        if bad := next((row for row in rows if self.poisoned(row)), None):
            raise _RefusedError(400, "InvalidRecord", f"a record cannot be read: {bad[:60]!r}")
        for row in rows:
            self._compare(self.streams[stream], msgspec.json.decode(row, type=dict[str, object]))
        self.rows[stream] += rows

    def _admit(self, request: Request) -> str:
        path = _PATH.fullmatch(request.path)
        if request.method != "POST" or path is None or request.query != {"api-version": "2023-01-01"}:
            raise _RefusedError(404, "NotFound", request.target)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            raise _RefusedError(401, "InvalidToken")
        if not self.granted:
            raise _RefusedError(403, "OperationFailed", "The authentication token provided does not have access")
        if path[1] != self.rule:
            raise _RefusedError(404, "NotFound", "Data collection rule with immutable Id not found.")
        if path[2] not in self.streams:
            raise _RefusedError(400, "InvalidStream", "Stream was not configured")
        return path[2]

    def _array(self, request: Request) -> list[bytes]:
        if request.headers.get("content-type") != "application/json":
            raise _RefusedError(415, "UnsupportedMediaType")
        body = request.body
        if request.headers.get("content-encoding") == "gzip":
            body = zlib.decompressobj(wbits=31).decompress(request.body, 2 * MEBIBYTE)
        self.bodies.append(body)
        if len(request.body) > MEBIBYTE or len(body) > MEBIBYTE:
            raise _RefusedError(413, "ContentLengthLimitExceeded", f"Provided content length: {len(body)}")
        try:
            return [bytes(row) for row in msgspec.json.decode(body, type=list[msgspec.Raw])]
        except msgspec.DecodeError as error:
            raise _RefusedError(400, "InvalidRequest", str(error)) from error

    def _compare(self, columns: Mapping[str, str], row: Mapping[str, object]) -> None:
        for name, value in row.items():
            if name not in columns:
                self.undeclared[name] += 1
            elif value is not None and not _FITS[columns[name]](value):
                self.mistyped[f"{name}: {value!r}"] += 1

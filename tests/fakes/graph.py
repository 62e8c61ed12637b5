"""Microsoft Graph over HTTPS, as far as pimtrail asks it: a small world, and faults to order.

    graph = FakeGraph(now, accepts=login.accepts)
    graph.happen("e1", at=now - timedelta(hours=1))                   # an audit event, visible at once
    graph.happen("e2", at=now - timedelta(hours=1), visible=now + timedelta(minutes=5))
    graph.lists["/v1.0/users"] = [{"id": "…"}]                        # a list of the whole tenant
    graph.of_group["/v1.0/groups/{group}/members"] = {GROUP: [{…}]}   # lists by group
    graph.of_group[DECISIONS] = {"<definition>/<instance>": [{…}]}    # or by review, where others are a 404
    with serving(trust, graph) as server:                             # [graph] base_url = server.url
        ...

`graph.now` is the server's clock (its Date header) and may be moved. Pages hold `graph.page_size` items, arranged by
`graph.arrange` (`in_order`, or `untidy(seed)`); `graph.kept` is how long events stay. A list that was never set answers
empty, so a whole collection works with any world; a path no endpoint has is a 404. `$batch` is served from the same
answers and the same faults; `served` and `asked` count its sub-requests, `requests` of the server only the batch.

Faults: `graph.fail("/v1.0/users", status(503), status(429, Retry_After="7"))` spoils the next two answers to that path;
`at=3` begins with the third from now. A fault takes the request and the right answer and gives the one to send:
`status`, `html`, `truncated`, `dropped`, `cut`, `linked` (another nextLink) and `expired` are here; `faults.py` has the
catalogue, and README.md shows the whole in use.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .tls import Reply, Request

AUDITS = "/v1.0/auditLogs/directoryAudits"
POLICIES = "/v1.0/policies/roleManagementPolicyAssignments"
PIM_GROUPS = "/identityGovernance/privilegedAccess/group"
RESOURCES = f"/beta{PIM_GROUPS}/resources"
MEMBERS, OWNERS = "/v1.0/groups/{group}/members", "/v1.0/groups/{group}/owners"
REVIEWS = "/v1.0/identityGovernance/accessReviews/definitions"
INSTANCES = f"{REVIEWS}/{{definition}}/instances"
DECISIONS = f"{INSTANCES}/{{instance}}/decisions"

WHOLE = {
    *("/v1.0/subscribedSkus", "/v1.0/users", "/v1.0/groups", "/v1.0/servicePrincipals", POLICIES, RESOURCES),
    *("/beta/groups", "/beta/identityGovernance/roleManagementAlerts/alerts", REVIEWS),
    *("/v1.0/identity/conditionalAccess/policies", "/v1.0/policies/authenticationStrengthPolicies"),
    "/v1.0/identity/conditionalAccess/authenticationContextClassReferences",
    "/v1.0/roleManagement/directory/roleAssignments",
    "/v1.0/roleManagement/directory/roleDefinitions",
    "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
    "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances",
}
BY_FILTER = {
    f"/v1.0{PIM_GROUPS}/{kind}Schedule{what}"
    for kind in ("assignment", "eligibility")
    for what in ("Instances", "Requests")
}

Row = dict[str, Any]
Fault = Callable[[Request, Reply], Reply]
Arranging = Callable[[list[Row], int], list[list[Row]]]


def in_order(rows: list[Row], size: int) -> list[list[Row]]:
    """Pages as documented: every row once, in its place."""
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [[]]


def untidy(seed: int) -> Arranging:
    """Pages as they may come: rows shuffled, some told twice, now and then an empty page before the last."""

    def arrange(rows: list[Row], size: int) -> list[list[Row]]:
        chance = random.Random(f"{seed} {len(rows)} {size}")
        told = rows + chance.sample(rows, min(len(rows), 3))
        chance.shuffle(told)
        pages = in_order(told, size)
        pages.insert(chance.randrange(len(pages)), [])
        return pages

    return arrange


@dataclass(frozen=True)
class Event:
    """An audit event and the moment from which Graph shows it."""

    at: datetime
    visible: datetime
    row: Row


@dataclass
class FakeGraph:
    """The world behind the answers. Without `accepts` any token will do, also none."""

    now: datetime
    accepts: Callable[[str], bool] | None = None
    page_size: int = 100
    kept: timedelta | None = None
    """How long events stay: older ones vanish, and asking for such a time is refused. None keeps all."""
    arrange: Arranging = in_order
    """How rows come in pages, for one and the same rows always alike."""
    events: list[Event] = field(default_factory=list)
    lists: dict[str, list[Row]] = field(default_factory=dict)
    of_group: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    served: list[str] = field(default_factory=list)
    """Paths in the order asked, faults included."""
    _faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def happen(self, ident: str, at: datetime, visible: datetime | None = None, **more: Any) -> None:
        """Add an audit event."""
        row = {"id": ident, "activityDateTime": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "category": "RoleManagement"}
        self.events.append(Event(at, visible or at, row | more))

    def fail(self, path: str, *faults: Fault, at: int = 1) -> None:
        """Spoil the answers to `path` from the `at`-th on, one fault each."""
        waiting = self._faults.setdefault(path, [])
        waiting.extend([None] * (at - 1 - len(waiting)))
        waiting.extend(faults)

    def forgive(self) -> None:
        """Take back all faults still to come."""
        self._faults.clear()

    def asked(self, path: str) -> int:
        """How often `path` was asked."""
        return self.served.count(path)

    def __call__(self, request: Request) -> Reply:
        reply = self._spoilt(request)
        return replace(reply, headers={"Date": format_datetime(self.now, usegmt=True), **reply.headers})

    def _spoilt(self, request: Request) -> Reply:
        """The right answer with what was ordered done to it."""
        with self._guard:
            self.served.append(request.path)
            waiting = self._faults.get(request.path) or [None]
            fault = waiting.pop(0)
        reply = self._right(request)
        return fault(request, reply) if fault else reply

    def _right(self, request: Request) -> Reply:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.accepts and not self.accepts(token):
            return status(401, code="InvalidAuthenticationToken")(request, Reply())
        if request.path.endswith("/$batch"):
            return self._batch(request)
        if request.path == AUDITS and self._is_too_old(request.query.get("$filter", "")):
            return status(400, code="BadRequest", message="Invalid filter: the start is out of reach.")(
                request, Reply()
            )
        rows = self._rows(request)
        if rows is None:
            return status(404, code="Request_ResourceNotFound")(request, Reply())
        return self._page(request, rows)

    def _batch(self, request: Request) -> Reply:
        """Each sub-request as if it had come alone, ordered faults included; the answers in another order."""
        start, parts = request.path.removesuffix("/$batch"), []
        for asked in json.loads(request.body)["requests"]:
            reply = self._spoilt(Request(asked["method"], start + asked["url"], request.headers))
            broken = reply.drop or reply.cut is not None
            head = json.dumps({"id": asked["id"], "status": 504 if broken else reply.status})
            headers = json.dumps(dict(reply.headers)).encode()
            body = b"null" if broken else reply.body or b"null"
            parts.append(b'%b,"headers":%b,"body":%b}' % (head[:-1].encode(), headers, body))
        body = b'{"responses":[%b]}' % b",".join(reversed(parts))
        return Reply(200, body, {"Content-Type": "application/json"})

    def _rows(self, request: Request) -> list[Row] | None:
        path, asked = request.path, request.query.get("$filter", "")
        if path == AUDITS:
            return self._audits(asked)
        if path in BY_FILTER or "scopeType eq 'Group'" in asked:
            group = re.search(r"(?:groupId|scopeId) eq '([^']+)'", asked)
            return self.of_group.get(path, {}).get(group[1], []) if group else None
        nested = re.fullmatch(r"/v1\.0/groups/([^/]+)/(members|owners)", path)
        if nested:
            exists = any(row["id"] == nested[1] for row in self.lists.get("/v1.0/groups", []))
            found = self.of_group.get(MEMBERS if nested[2] == "members" else OWNERS, {})
            return found.get(nested[1], [] if exists else None)
        review = re.fullmatch(rf"{REVIEWS}/([^/]+)/instances(?:/([^/]+)/decisions)?", path)
        if review:
            key = "/".join(part for part in review.groups() if part)
            return self.of_group.get(DECISIONS if review[2] else INSTANCES, {}).get(key)
        return self.lists.get(path, []) if path in WHOLE else None

    def _is_too_old(self, asked: str) -> bool:
        since = _bounds(asked).get("ge")
        return self.kept is not None and since is not None and since < self.now - self.kept

    def _audits(self, asked: str) -> list[Row]:
        bounds = _bounds(asked)
        oldest = self.now - self.kept if self.kept is not None else datetime.min.replace(tzinfo=self.now.tzinfo)
        found = [
            event
            for event in self.events
            if event.visible <= self.now
            and event.at >= oldest
            and bounds.get("ge", event.at) <= event.at <= bounds.get("le", event.at)
        ]
        return [event.row for event in sorted(found, key=lambda event: event.at)]

    def _page(self, request: Request, rows: list[Row]) -> Reply:
        size = min(self.page_size, int(request.query.get("$top", self.page_size)))
        pages, number = self.arrange(rows, size), int(request.query.get("$skiptoken", 0))
        body: Row = {"@odata.context": f"https://{request.headers['host']}/$metadata"}
        if number + 1 < len(pages):
            target = re.sub(r"[?&]\$skiptoken=\d+", "", request.target)
            mark = "&" if "?" in target else "?"
            body["@odata.nextLink"] = f"https://{request.headers['host']}{target}{mark}$skiptoken={number + 1}"
        body["value"] = pages[number] if number < len(pages) else []
        return Reply.of(body, request_id=f"request-{len(self.served)}")


def _bounds(asked: str) -> dict[str, datetime]:
    return {word: datetime.fromisoformat(text) for word, text in re.findall(r"activityDateTime (ge|le) (\S+)", asked)}


def status(number: int, code: str = "", message: str = "As ordered.", **headers: str) -> Fault:
    """An error with Graph's envelope."""
    return lambda request, reply: Reply.of({"error": {"code": code, "message": message}}, number, **headers)


def html(request: Request, reply: Reply) -> Reply:
    """A 200 from something that is not Graph."""
    return Reply(200, b"<!doctype html><title>Sign in to the guest network</title>", {"Content-Type": "text/html"})


def truncated(request: Request, reply: Reply) -> Reply:
    """A complete HTTP answer whose JSON stops half way."""
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def cut(request: Request, reply: Reply) -> Reply:
    """A connection that ends before the announced length."""
    return replace(reply, cut=len(reply.body) // 2)


def dropped(request: Request, reply: Reply) -> Reply:
    """A connection that ends without an answer."""
    return replace(reply, drop=True)


def expired(request: Request, reply: Reply) -> Reply:
    """The page token is no longer known."""
    return status(400, code="Directory_ExpiredPageToken", message="The specified page token is invalid.")(
        request, reply
    )


def linked(link: str) -> Fault:
    """The right items with another link to the next page."""

    def fault(request: Request, reply: Reply) -> Reply:
        return replace(reply, body=json.dumps(json.loads(reply.body) | {"@odata.nextLink": link}).encode())

    return fault

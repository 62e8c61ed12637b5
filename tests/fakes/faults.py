"""What can go wrong between Graph and its reader, by name, each with what a run must make of it.

    for name, ill in ILLS.items():
        graph.fail("/v1.0/users", *ill.faults)      # the next answers to that path are spoilt

An `Ill` says how a run ends that meets it once: `HEALED` (it shows nowhere but in time lost), `OPEN` (unfinished, exit
code 4, and the next run makes it good), `SKIPPED` (a permission or licence: named in the summary, exit code 0) or
`DENIED` (exit code 3). `kept` says that the bytes must lie in quarantine. What needs a socket of its own (a trickle, a
reset) is `Reply.drip` and `Reply.drop`; what lies inside an event is in `hostile.py`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from .graph import Fault, cut, dropped, expired, html, linked, status, truncated
from .tls import Reply, Request


class Ending(Enum):
    """How a run ends that met a fault once."""

    HEALED = 0
    SKIPPED = "skip"
    DENIED = 3
    OPEN = 4


@dataclass(frozen=True)
class Ill:
    """Faults one after another, and what a run makes of them."""

    faults: tuple[Fault, ...]
    ending: Ending
    kept: bool = False


RETRY_AFTER: Mapping[str, str | None] = {
    "seconds": "7",
    "date": "Sun, 01 Nov 2026 12:00:30 GMT",
    "past": "Sun, 01 Nov 2026 11:00:00 GMT",
    "absent": None,
    "zero": "0",
    "a day": "86400",
    "negative": "-5",
    "fraction": "1.5",
    "text": "soon",
    "digits without end": "9" * 400,
    "other digits": "\u00b2",
    "empty": "",
}
"""Every form the header was seen in, and some that were not."""

ENDLESS = ("a day", "digits without end")
"""Those of them that no run waits for."""

FOREIGN: Mapping[str, str] = {
    "another host": "https://{other}{target}",
    "user": "https://user@{home}{target}",
    "our host as user": "https://{home}@{other}{target}",
    "our host as user and password": "https://{name}:{port}@{other}{target}",
    "backslash": "https://{other}\\@{home}{target}",
    "backslash after our host": "https://{home}\\@{other}{target}",
    "longer name": "https://{name}.evil.example:{port}{target}",
    "escaped dot": "https://{name}%2eevil.example:{port}{target}",
    "final dot": "https://{name}.:{port}{target}",
    "look-alike letter": "https://l\u043ecalhost:{port}{target}",
    "another port": "https://{name}:{other_port}{target}",
    "no port": "https://{name}{target}",
    "plain http": "http://{home}{target}",
    "plain http elsewhere": "http://{other}{target}",
    "another scheme": "ftp://{other}{target}",
    "no scheme": "//{other}{target}",
    "relative": "{target}",
    "another path": "https://{home}/elsewhere{target}",
    "steps up": "https://{home}/v1.0/../elsewhere{target}",
    "escaped steps up": "https://{home}/v1.0/%2e%2e/elsewhere{target}",
    "our address as path": "https://{other}/https://{home}{target}",
    "line break": "https://{other}\r\n{target}",
    "tabulator": "https://{home}\t@{other}{target}",
    "address in digits": "https://2130706433:{other_port}{target}",
    "IPv6": "https://[::ffff:127.0.0.1]:{other_port}{target}",
    "upper case elsewhere": "HTTPS://{other}{target}",
    "zero in front of the port": "https://{name}:0{other_port}{target}",
    "escaped steps down and up": "https://{home}/v1.0/users/..%2f..%2felsewhere",
    "backslash steps": "https://{home}/v1.0/..\\..\\elsewhere",
    "version as prefix": "https://{home}/v1.0evil/users",
    "full-width letters": "https://\uff4cocalhost.evil.example:{port}{target}",
    "nothing": "",
}
"""Links to anywhere but the next page. `home` and `other` are host:port, `target` the path and query asked."""


def foreign(form: str, home: str, other: str) -> Fault:
    """The right items with a link of `FOREIGN` that must not be followed; also inside the answers of a batch."""

    def fault(request: Request, reply: Reply) -> Reply:
        name, port = home.split(":")
        target = request.target.partition("?")[0] + "?$skiptoken=1"
        link = FOREIGN[form].format(
            home=home, other=other, name=name, port=port, other_port=other.split(":")[1], target=target
        )
        return linked(link)(request, reply)

    return fault


def throttled(form: str) -> Fault:
    """429 with one of the `RETRY_AFTER` forms."""
    told = RETRY_AFTER[form]
    return status(429, code="TooManyRequests", **({} if told is None else {"Retry_After": told}))


def body(make: Callable[[bytes], bytes], **headers: str) -> Fault:
    """A 200 whose body is changed by `make`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}

    def fault(request: Request, reply: Reply) -> Reply:
        return replace(reply, body=make(reply.body), headers={**reply.headers, **named})

    return fault


def said(value: object) -> Fault:
    """A 200 that says `value`."""
    return body(lambda right: json.dumps(value).encode())


def spliced(right: bytes) -> bytes:
    """An error in the middle of a page that had begun well, as Graph sends it when a shard fails."""
    return right[: right.index(b"[") + 1] + b'{"error":{"code":"UnknownError","message":""}}'


@cache
def bomb() -> bytes:
    """Some 80 kB that become more than any answer may hold."""
    return gzip.compress(b'{"value":[' + b" " * (80 << 20) + b"]}")


def endless(request: Request, reply: Reply) -> Reply:
    """A link to the page itself."""
    return linked(f"https://{request.headers['host']}{request.target}")(request, reply)


def unframed(request: Request, reply: Reply) -> Reply:
    """Half a body without an announced length: the connection just ends."""
    return replace(reply, body=reply.body[: len(reply.body) // 2], framed=False)


def _healed(*faults: Fault, kept: bool = False) -> Ill:
    return Ill(faults, Ending.HEALED, kept)


ILLS: Mapping[str, Ill] = {
    **{
        f"429, Retry-After {form}": Ill((throttled(form),), Ending.OPEN if form in ENDLESS else Ending.HEALED)
        for form in RETRY_AFTER
    },
    **{f"{number}": _healed(status(number)) for number in (408, 500, 502, 503, 504)},
    "503 with Retry-After": _healed(status(503, Retry_After="3")),
    "four in a row": _healed(status(503), dropped, status(429), cut),
    "no answer": _healed(dropped),
    "cut short": _healed(cut),
    "cut short, no length": _healed(unframed, kept=True),
    "JSON cut": _healed(truncated, kept=True),
    "HTML": _healed(html, kept=True),
    "empty": _healed(body(lambda right: b""), kept=True),
    "text": _healed(body(lambda right: right, Content_Type="text/plain"), kept=True),
    "byte order mark": _healed(body(lambda right: b"\xef\xbb\xbf" + right), kept=True),
    "UTF-16": _healed(body(lambda right: right.decode().encode("utf-16")), kept=True),
    "no UTF-8": _healed(body(lambda right: right.replace(b'"', b'"\xff', 1)), kept=True),
    "an array": _healed(said([]), kept=True),
    "a number": _healed(said(7), kept=True),
    "no value": _healed(said({"@odata.count": 0}), kept=True),
    "value null": _healed(said({"value": None}), kept=True),
    "value an object": _healed(said({"value": {}}), kept=True),
    "items are no objects": _healed(said({"value": [1, "two", None]}), kept=True),
    "error with 200": _healed(said({"error": {"code": "UnknownError", "message": ""}}), kept=True),
    "error inside": _healed(body(spliced), kept=True),
    "two bodies": _healed(body(lambda right: right + right), kept=True),
    "value twice": _healed(body(lambda right: right[:-1] + b', "value": []}'), kept=True),
    "broken gzip": _healed(body(lambda right: right, Content_Encoding="gzip")),
    "unasked encoding": _healed(body(lambda right: right, Content_Encoding="br")),
    "page token expired": _healed(expired),
    "link to itself": _healed(endless),
    "token expired": _healed(status(401)),
    "refused twice": Ill((status(401), status(401)), Ending.DENIED),
    "no permission": Ill((status(403, code="Authorization_RequestDenied"),), Ending.SKIPPED),
    "no licence": Ill((status(403, code="Authentication_RequestFromNonPremiumTenantOrB2CTenant"),), Ending.SKIPPED),
    "no licence, as 400": Ill((status(400, message="The tenant needs an AAD Premium 2 license."),), Ending.SKIPPED),
    "bomb": _healed(body(lambda right: bomb(), Content_Encoding="gzip")),
    "redirect": Ill((status(302, Location="https://elsewhere.example/"),), Ending.OPEN),
    "bad request": Ill((status(400, code="BadRequest"),), Ending.OPEN),
    "outage": Ill((status(503),) * 20, Ending.OPEN),
    "HTML for ever": Ill((html,) * 20, Ending.OPEN, kept=True),
    "link elsewhere": Ill((linked("https://evil.example/v1.0/users?$skiptoken=1"),), Ending.OPEN),
}

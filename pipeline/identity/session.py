"""The HTTP session msal signs in through: what it may reach, how long it waits, what it must not let out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import msal
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from ..errors import AccessError, PimtrailError, UnfinishedError
from .refusals import Seen, words_for

logging.getLogger("msal").setLevel(logging.CRITICAL + 1)
"""msal logs answers it cannot read, and with them the tokens in them."""

TIMEOUT_SECONDS = 30
"""Patience with the login host, each for connecting and for each read."""

METADATA_TIMEOUT_SECONDS = (5, 30)
"""For a managed identity: an address on this very machine connects at once or never."""

BUSY = (429, 500, 502, 503, 504)
"""Where a managed identity's address is asked again, after 0, 0.6 and 1.2 s."""

_ODD = (ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What msal makes of answers of another shape."""

_SENT = ("client_secret", "client_assertion", "refresh_token", "device_code", "code")
_HEADERS = ("X-IDENTITY-HEADER", "Secret", "secret", "Authorization")


class Session(requests.Session):
    """Nothing is taken from the environment: no proxy, no netrc, no other certificates.

    `host` is what is asked, in words; `seen` is the last answer's status and time, and what was sent and must not be
    quoted from it.
    """

    def __init__(self, ca_file: Path | None, host: str = "the login host") -> None:
        super().__init__()
        self.seen, self.host = Seen(), host
        self.trust_env = False
        self.verify = str(ca_file) if ca_file else True
        self.mount("https://", HTTPAdapter(max_retries=2))
        busy = Retry(
            3, connect=0, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
        )
        busy.respect_retry_after_header = False
        self.mount("http://", HTTPAdapter(max_retries=busy))

    def request(self, method: Any, url: Any, *arguments: Any, **named: Any) -> requests.Response:
        plain = str(url).startswith("http://")
        named.setdefault("timeout", METADATA_TIMEOUT_SECONDS if plain else TIMEOUT_SECONDS)
        named["allow_redirects"] = False  # `get` asks for them by itself
        hidden = self.seen.hidden | _secrets_in(named.get("data"), _SENT) | _secrets_in(named.get("headers"), _HEADERS)
        self.seen = Seen(hidden=hidden)
        answer = super().request(method, url, *arguments, **named)
        self.seen = Seen(answer.status_code, _moment(answer.headers.get("Date")), hidden)
        return answer


def reaching(name: str, session: Session, ask: Callable[[], Any]) -> Any:
    """The answer of the login host, its failures told in our own words.

    They are raised outside the handlers, so that the errors they came from, which may hold what was sent or answered,
    do not hang on them. Raises UnfinishedError, AccessError.
    """
    fault: PimtrailError
    try:
        return ask()
    except (requests.RequestException, msal.exceptions.MsalServiceError) as error:
        fault = UnfinishedError(f"{name}: {session.host} does not answer: {type(error).__name__}")
    except _ODD as error:
        fault = _misread(name, session, f"{error} {error.__context__}")
    raise fault


def _misread(name: str, session: Session, told: str) -> PimtrailError:
    if session.seen.passing:
        return UnfinishedError(f"{name}: {session.host} does not answer: {session.seen.status}")
    code = re.search(r"AADSTS\d+", told)
    known = words_for(code[0]) if code else None
    reason = f"{known} ({code[0]})" if code and known else f"what answers is not {session.host} of this tenant"
    return AccessError(f"{name}: {reason}")


def _secrets_in(sent: object, names: tuple[str, ...]) -> frozenset[str]:
    if not isinstance(sent, Mapping):
        return frozenset()
    values = (sent.get(name) for name in names)
    return frozenset(value.decode() if isinstance(value, bytes) else str(value) for value in values if value)


def _moment(text: str | None) -> Any:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None

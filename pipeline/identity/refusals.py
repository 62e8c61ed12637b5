"""Why sign-in was refused, in the words of somebody who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..errors import AccessError, PimtrailError, UnfinishedError

_CLOUD = "the tenant belongs to another national cloud; check [graph] authority and base_url"
_FEDERATED = "the application trusts no federated identity with this token's"
_PERSON = "the person's sign-in needs more than was given (MFA, a managed device); sign in again"

WORDS = {
    "AADSTS7000215": "the client secret is wrong (the value is needed, not the secret's id)",
    "AADSTS7000222": "the client secret has expired; add a new one to the application",
    "AADSTS7000216": "the application needs a client secret or certificate and none was accepted",
    "AADSTS7000218": "the application is no public client; device_code needs 'Allow public client flows' switched on",
    "AADSTS700016": "the application is unknown in this tenant; check client_id and tenant_id",
    "AADSTS700038": "the client id is no application's id; check client_id",
    "AADSTS7000229": "the application has no service principal in this tenant; create one (az ad sp create --id …)",
    "AADSTS7000112": "the application is disabled in this tenant",
    "AADSTS700027": "the certificate is not registered with the application, or has expired",
    "AADSTS7000214": "the certificate has been revoked",
    "AADSTS7000277": "the certificate has been revoked",
    "AADSTS700030": "the certificate's subject name is not one the application accepts",
    "AADSTS700025": "the application is a public client; for a secret or certificate that has to be switched off",
    "AADSTS1000502": "the certificate has expired or is not valid yet",
    "AADSTS7000274": "the certificate has expired or is not valid yet",
    "AADSTS700024": "the signature's time is out of range",
    "AADSTS50012": "the signature's time is out of range",
    "AADSTS50013": "the signed assertion is not accepted: wrong issuer, wrong key or out of its time",
    "AADSTS70021": f"{_FEDERATED} issuer, subject and audience; all three must match to the letter",
    "AADSTS700211": f"{_FEDERATED} issuer; it must match to the letter, final slash included",
    "AADSTS700212": f"{_FEDERATED} audience; that of Entra is api://AzureADTokenExchange",
    "AADSTS700213": f"{_FEDERATED} subject; it must match to the letter",
    "AADSTS7002138": f"{_FEDERATED} subject; it must match to the letter, capitals included",
    "AADSTS90002": "the tenant is unknown; check tenant_id and [graph] authority",
    "AADSTS900021": "the tenant id is not valid; check tenant_id",
    "AADSTS900023": "the tenant id is not valid; check tenant_id",
    "AADSTS90038": _CLOUD,
    "AADSTS90051": _CLOUD,
    "AADSTS900382": _CLOUD,
    "AADSTS900432": _CLOUD,
    "AADSTS65001": "an administrator has not consented to the application's permissions",
    "AADSTS90094": "an administrator has not consented to the application's permissions",
    "AADSTS65004": "the person declined to consent",
    "AADSTS50105": "the person is not assigned to the application",
    "AADSTS50194": "the application serves its own tenant only; register one here, or make it multi-tenant",
    "AADSTS500011": "the tenant does not know the service asked for; check [graph] base_url",
    "AADSTS500014": "the service asked for is disabled in this tenant",
    "AADSTS70011": "the scope asked for is not valid; check [graph] base_url",
    "AADSTS1002012": "the scope asked for is not valid; check [graph] base_url",
    "AADSTS53000": _PERSON,
    "AADSTS53001": _PERSON,
    "AADSTS50076": _PERSON,
    "AADSTS50079": _PERSON,
    "AADSTS53003": "a Conditional Access policy blocks the sign-in",
    "AADSTS50020": "the person has no account in this tenant",
    "AADSTS50034": "the person has no account in this tenant",
    "AADSTS50057": "the person's account is disabled",
    "AADSTS50173": "the person's sign-in was withdrawn; sign in again",
    "AADSTS700082": "the person's sign-in is too old; sign in again",
    "AADSTS70043": "the person's sign-in is too old; sign in again",
    "AADSTS70018": "the code that was entered is wrong",
    "AADSTS70016": "nobody signed in before the code ran out",
    "AADSTS70019": "nobody signed in before the code ran out",
    "AADSTS70020": "nobody signed in before the code ran out",
}
"""By Microsoft's code. Codes and texts are theirs to change: what is not here is quoted."""

_ERRORS = {
    "authorization_declined": "the person declined",
    "access_denied": "the person declined",
    "expired_token": WORDS["AADSTS70019"],
    "code_expired": WORDS["AADSTS70019"],
    "authorization_pending": WORDS["AADSTS70019"],
}
_PASSING = {"AADSTS90033", "AADSTS90024", "AADSTS90006", "AADSTS90012", "AADSTS90055", "AADSTS50087", "AADSTS50196"}
_TIMED = {"AADSTS700024", "AADSTS50012", "AADSTS50013", "AADSTS1000502", "AADSTS7000274"}
_CERTIFICATES = {"AADSTS700027", "AADSTS1000502", "AADSTS7000274"}

AGREES_SECONDS = 30


@dataclass(frozen=True)
class Seen:
    """What came back last: status (0: nothing) and time; `hidden` was sent and is not to be quoted."""

    status: int = 0
    at: datetime | None = None
    hidden: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def passing(self) -> bool:
        """Trying again may help."""
        return self.status == 429 or self.status >= 500


def words_for(code: str) -> str | None:
    """Our words for Microsoft's code."""
    return WORDS.get(code)


def error_for(
    name: str, answer: Mapping[str, Any], seen: Seen, now: datetime, certificate_ends: datetime | None = None
) -> PimtrailError:
    """The error for an answer without a token, `now` being this machine's time."""
    told = str(answer.get("error_description") or answer.get("error") or "no reason given")
    found = re.search(r"AADSTS\d+", told)
    code = found[0] if found else ""
    known = WORDS.get(code) or _ERRORS.get(str(answer.get("error")))
    if seen.passing or code in _PASSING:
        return UnfinishedError(f"{name}: try again later: {_quoted(told, seen.hidden)}")
    if not known:
        return AccessError(f"{name}: sign-in was refused: {_quoted(told, seen.hidden)}")
    more = ""
    if code in _TIMED and seen.at:
        more = f"; {clock_words((now - seen.at).total_seconds())}"
    if code in _CERTIFICATES and certificate_ends:
        more += f"; it {'ended' if certificate_ends <= now else 'ends'} on {certificate_ends:%Y-%m-%d}"
    return AccessError(f"{name}: {known}{more}{f' ({code})' if code else ''}")


def clock_words(ahead: float) -> str:
    """How this machine's clock stands to the other's, `ahead` in seconds."""
    if abs(ahead) <= AGREES_SECONDS:
        return "this machine's clock agrees with the login host's, so look at when the token or certificate ends"
    return f"this machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the login host's"


def _quoted(text: str, hidden: frozenset[str]) -> str:
    """Somebody else's first line, without what we sent and without anything that might be a key or token."""
    for each in sorted(hidden, key=len, reverse=True):
        text = text.replace(each, "***")
    line = " ".join(text.splitlines()[0].split()) if text.strip() else "no reason given"
    line = re.sub(r"[\w.+/=~-]{20,}\.[\w.-]{20,}|[\w+=-]{41,}", "***", line)[:300]
    return "".join(sign if sign.isprintable() else "?" for sign in line)

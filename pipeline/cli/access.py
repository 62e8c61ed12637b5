"""What `pimtrail doctor` says about signing in: cloud, credential, and what a token grants against what is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from ..collect.endpoints import TABLE, permissions
from ..config import Auth, Settings
from ..identity import Identity, expiry_words
from ..identity.claims import claims_of, granted
from ..identity.clouds import cloud_words

State = Literal["ok", "warn", "fail", "info"]
_PERSONS = frozenset({"openid", "profile", "email", "offline_access", "User.Read"})
"""What every sign-in of a person carries."""


@dataclass(frozen=True)
class Line:
    """One thing examined. `subject` is the tenant and what of it; a `fail` has the exit code of what is wrong."""

    state: State
    subject: str
    detail: str
    exit_code: int = 0


def cloud(settings: Settings) -> Line:
    """Whether the configured hosts belong together."""
    together, words = cloud_words(settings.graph, settings.sentinel.endpoint if settings.sentinel else None)
    states: dict[bool | None, State] = {True: "ok", False: "warn", None: "info"}
    return Line(states[together], "cloud", words)


def credential(subject: str, auth: Auth, identity: Identity, now: datetime) -> Iterator[Line]:
    """What there is to say of secrets and certificates before they are used."""
    ends = identity.credential_expires_at
    if ends is not None:
        told = expiry_words(ends, now)
        state: State = "ok" if told is None else "warn" if ends > now else "fail"
        words = told or f"the certificate ends on {ends:%Y-%m-%d}, in {(ends - now).days} days"
        yield Line(state, f"{subject}, certificate", words, 3 if state == "fail" else 0)
    if auth.method == "secret":
        where = Path(str(auth.client_secret).removeprefix("file:"))
        if str(auth.client_secret).startswith("file:") and where.stat().st_mode & 0o044:
            yield Line("warn", f"{subject}, secret", f"{where} can be read by others than its owner")
        told = "when it ends cannot be known with permissions to read; a certificate or managed identity is safer"
        yield Line("info", f"{subject}, secret", told)


def grants(tenant: str, token: str, answered: Mapping[str, bool]) -> Iterator[Line]:
    """What the token grants too much, and what is missing for endpoints that have not `answered`."""
    held, needed, subject = granted(token), frozenset(permissions()), f"{tenant}, permissions"
    if not claims_of(token):
        yield Line("info", subject, "the token does not say what it grants, so what is too much is not known")
        return
    changing = sorted(name for name in held - _PERSONS if not reads_only(name))
    if changing:
        told = f"THIS SIGN-IN CAN CHANGE THINGS: {', '.join(changing)}. Remove it: nothing needs it"
        yield Line("warn", subject, told)
    if spare := sorted(held - needed - _PERSONS - set(changing)):
        yield Line("warn", subject, f"more is granted than is needed: {', '.join(spare)}")
    for name in sorted(needed - held):
        left = [endpoint.name for endpoint in TABLE if endpoint.permission == name and not answered.get(endpoint.name)]
        if left:
            yield Line("warn", subject, f"{name} is not granted: {', '.join(left)} will be skipped")
    if not changing and not spare and needed <= held:
        yield Line("ok", subject, "what is needed is granted, for reading, and nothing more")


def reads_only(permission: str) -> bool:
    """Whether a permission's name says reading and nothing else; names that cannot be understood do not."""
    return re.fullmatch(r"[A-Za-z-]+\.Read(Basic)?(\.[A-Za-z-]+)*", permission) is not None

"""What a token says of itself, for advice only: Graph alone may judge a token, and may make it unreadable."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unchecked; none where it cannot be read."""
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def granted(token: str) -> frozenset[str]:
    """Permissions of the application (`roles`) or, where a person signed in, theirs (`scp`)."""
    claims = claims_of(token)
    roles, scopes = claims.get("roles"), claims.get("scp")
    names = [name for name in roles if isinstance(name, str)] if isinstance(roles, list) else []
    return frozenset([*names, *(scopes.split() if isinstance(scopes, str) else [])])

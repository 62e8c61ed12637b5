"""What a Logs Ingestion endpoint answers, what that means, and what somebody can do about it."""

from __future__ import annotations

from dataclasses import dataclass

NO_ANSWER, NO_TOKEN, NO_LOGIN = 0, -1, -2
"""Statuses without an answer: nothing came back; sign-in was refused; the login host does not answer."""

_WORDS = {NO_ANSWER: "no answer", NO_TOKEN: "no token", NO_LOGIN: "no token"}

HINTS = {
    NO_ANSWER: "check endpoint under [sentinel], and that this machine may reach it",
    400: "check stream under [sentinel] and the columns it declares",
    401: "the token is refused: does the endpoint belong to the cloud that the identity signs in to?"
    " In another cloud set audience under [sentinel]",
    403: "give the identity the role Monitoring Metrics Publisher on the data collection rule"
    " (a new grant takes up to half an hour to count)",
    404: "check endpoint and dcr_id under [sentinel]: this endpoint knows no such data collection rule",
}


@dataclass(frozen=True)
class Reply:
    """What came back. With `status` NO_ANSWER nobody knows whether the request was taken."""

    status: int
    text: str = ""
    retry_after: str | None = None
    date: str | None = None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        """Trying again may help."""
        return self.status in (NO_ANSWER, NO_LOGIN, 408, 429) or self.status >= 500

    def __str__(self) -> str:
        word = _WORDS.get(self.status, str(self.status))
        return f"{word}: {self.text}" if self.text else word

    @property
    def told(self) -> str:
        """In words, with what to do about it."""
        hint = HINTS.get(self.status)
        return f"{self} – {hint}" if hint else str(self)

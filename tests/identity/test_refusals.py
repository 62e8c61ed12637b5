"""Microsoft's codes in our words, and what is quoted of theirs."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import AccessError, UnfinishedError
from pipeline.identity.refusals import WORDS, Seen, error_for

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def told(description: str, seen: Seen | None = None, error: str = "invalid_client") -> str:
    return str(error_for("x", {"error": error, "error_description": description}, seen or Seen(401, NOW), NOW))


@pytest.mark.parametrize("code", sorted(WORDS))
def test_every_known_code_is_told_in_our_words_with_the_code(code: str) -> None:
    text = told(f"{code}: Whatever they say today. Trace ID: 0")
    assert text.startswith(f"x: {WORDS[code]}")
    assert text.endswith(f"({code})")
    assert "Whatever" not in text


@pytest.mark.parametrize(("seconds", "words"), [(431, "431 s ahead of"), (-7200, "7200 s behind"), (3, "agrees with")])
def test_the_clock_is_told_where_times_are_refused(seconds: int, words: str) -> None:
    assert words in told("AADSTS700024: no", Seen(401, NOW - timedelta(seconds=seconds)))
    assert "clock" not in told("AADSTS700024: no", Seen(401, None))
    assert "clock" not in told("AADSTS7000215: no", Seen(401, NOW - timedelta(seconds=seconds)))


@pytest.mark.parametrize(
    ("description", "status"), [("AADSTS90033: transient", 400), ("odd", 503), ("AADSTS7000215: no", 429)]
)
def test_what_may_pass_is_worth_another_try(description: str, status: int) -> None:
    answer = {"error": "temporarily_unavailable", "error_description": description}
    assert isinstance(error_for("x", answer, Seen(status, NOW), NOW), UnfinishedError)


def test_what_is_not_known_is_quoted_without_anything_that_might_be_a_key() -> None:
    sent = "s3cret/with+signs"
    token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2dyYXBoIn0.c2lnbmF0dXJl"
    text = told(
        f"AADSTS999999: no {sent} and {token}, {'A' * 60}\x1b[1m\r\nTrace ID: 1", Seen(401, NOW, frozenset({sent}))
    )
    assert text == "x: sign-in was refused: AADSTS999999: no *** and ***, ***?[1m"
    assert told("") == "x: sign-in was refused: invalid_client"
    assert told("\r\n", error="") == "x: sign-in was refused: no reason given"


def test_an_identity_that_does_not_match_is_still_readable() -> None:
    issuer = "No record for issuer 'https://oidc.prod-aks.example/8790a1b2-aaaa-bbbb-cccc-0123456789ab/'."
    assert told(f"AADSTS700219: {issuer}") == f"x: sign-in was refused: AADSTS700219: {issuer}"


def test_refusals_are_of_the_kind_that_somebody_must_mend() -> None:
    error = error_for("x", {"error": "access_denied"}, Seen(400, NOW), NOW)
    assert isinstance(error, AccessError)
    assert str(error) == "x: the person declined"

"""A whole collection over TLS: real sign-in, real HTTP, fakes of the two services."""

import json
from pathlib import Path

import pytest

from pipeline.errors import AccessError
from tests.collect.rig import DAY, HOUR, MINUTE, NOW, P2, SECRET, Rig, guid
from tests.fakes.graph import (
    AUDITS,
    MEMBERS,
    RESOURCES,
    cut,
    dropped,
    expired,
    html,
    linked,
    status,
    truncated,
)
from tests.fakes.tls import Certificates, Reply, serving

USERS = "/v1.0/users"


def events(contoso: Rig, count: int, prefix: str = "e") -> set[str]:
    """Add events over the last days, none in the last two hours."""
    for number in range(count):
        contoso.graph.happen(f"{prefix}{number}", at=NOW - 3 * HOUR - number * (5 * DAY) / count)
    return {f"{prefix}{number}" for number in range(count)}


def test_everything_visible_is_in_raw_after_one_run(contoso: Rig) -> None:
    expected = events(contoso, 60)
    contoso.graph.page_size = 2
    contoso.graph.lists[USERS] = [{"id": guid(n), "displayName": f"user {n}"} for n in range(5)]
    summary = contoso.collect()
    assert contoso.ids() == expected
    assert contoso.ids("users") == {guid(n) for n in range(5)}
    assert (summary.windows, summary.watermark, summary.server_time) == (6, NOW, NOW)
    assert summary.unfinished == ()
    assert summary.gaps == ()


def test_collecting_twice_adds_no_item(contoso: Rig) -> None:
    events(contoso, 40)
    contoso.graph.lists[USERS] = [{"id": guid(1)}]
    first = contoso.collect()
    contoso.close()
    second = contoso.collect()
    assert (first.new_items, second.new_items) == (41, 0)
    assert second.unfinished == ()


def test_late_events_within_the_overlap_are_found(contoso: Rig) -> None:
    contoso.graph.happen("early", at=NOW - 5 * MINUTE)
    contoso.graph.happen("late", at=NOW - 10 * MINUTE, visible=NOW + 20 * MINUTE)
    contoso.collect()
    assert contoso.ids() == {"early"}
    contoso.collect(after=30 * MINUTE)
    assert contoso.ids() == {"early", "late"}


def test_very_late_events_are_found_by_the_daily_sweep(contoso: Rig) -> None:
    contoso.collect()
    contoso.graph.happen("late", at=NOW - 12 * HOUR, visible=NOW + 20 * HOUR)
    contoso.collect(after=22 * HOUR)
    assert contoso.ids() == set()
    contoso.collect(after=2 * HOUR)
    assert contoso.ids() == {"late"}


@pytest.mark.parametrize(("skus", "days"), [([], 6), ([P2], 29), ([P2 | {"capabilityStatus": "Suspended"}], 6)])
def test_the_licence_says_how_far_back_to_ask(contoso: Rig, skus: list[dict[str, object]], days: int) -> None:
    contoso.graph.lists["/v1.0/subscribedSkus"] = skus
    contoso.collect()
    assert contoso.urls()[0]["$filter"].startswith(f"activityDateTime ge {NOW - days * DAY:%Y-%m-%dT%H:%M:%SZ} and ")
    assert len(contoso.urls()) == days
    assert ("signInActivity" in contoso.urls(USERS)[0]["$select"]) == (days == 29)


def test_an_outage_beyond_reach_leaves_a_gap_row(contoso: Rig) -> None:
    contoso.collect()
    summary = contoso.collect(after=10 * DAY)
    (gap,) = summary.gaps
    assert (gap.since, gap.until) == (NOW - 2 * HOUR, NOW + 4 * DAY)  # the last two hours were read too early
    assert contoso.rows("SELECT source, reason FROM gap") == [
        {"source": "directory_audits", "reason": "older than the audit log reaches back"}
    ]


@pytest.mark.parametrize("fault", [truncated, html], ids=["truncated", "html"])
def test_a_body_that_is_no_page_is_quarantined_and_the_window_stays_open(contoso: Rig, fault: object) -> None:
    contoso.collect()
    contoso.graph.happen("e1", at=NOW + 5 * MINUTE)
    contoso.graph.fail(AUDITS, *[fault] * 4)  # type: ignore[list-item]
    failed = contoso.collect(after=15 * MINUTE)
    assert failed.watermark == NOW
    assert failed.quarantined == 1
    assert len(failed.unfinished) == 1
    assert failed.unfinished[0].startswith(
        "directory_audits: 2026-11-01T10:00Z to 2026-11-01T12:15Z: an answer that is"
    )
    (kept,) = contoso.rows("SELECT path, reason, origin FROM quarantine")
    assert (contoso.folder.raw / kept["path"]).read_bytes()[:9] in (b'{"@odata.', b"<!doctype")
    assert kept["origin"].startswith(contoso.graph_server.url + AUDITS)
    recovered = contoso.collect(after=15 * MINUTE)
    assert contoso.ids() == {"e1"}
    assert recovered.watermark == NOW + 30 * MINUTE


def test_a_broken_walk_begins_anew_and_its_first_pages_count_once(contoso: Rig) -> None:
    contoso.graph.lists[USERS] = [{"id": guid(n)} for n in range(5)]
    contoso.graph.page_size = 2
    contoso.graph.fail(USERS, truncated, at=2)
    summary = contoso.collect()
    assert summary.unfinished == ()
    assert [item["id"] for item in contoso.items("users")] == [guid(n) for n in range(5)]
    assert contoso.graph.asked(USERS) == 2 + 3


def test_an_expired_page_token_restarts_the_walk_not_the_run(contoso: Rig) -> None:
    contoso.graph.lists[USERS] = [{"id": guid(n)} for n in range(5)]
    contoso.graph.page_size = 2
    contoso.graph.fail(USERS, expired, at=3)
    assert contoso.collect().unfinished == ()
    assert [item["id"] for item in contoso.items("users")] == [guid(n) for n in range(5)]
    assert contoso.graph.asked("/v1.0/subscribedSkus") == 1


def test_throttling_is_honoured(contoso: Rig) -> None:
    contoso.graph.fail(USERS, status(429, Retry_After="7"), status(429, Retry_After="Sun, 01 Nov 2026 12:00:30 GMT"))
    assert contoso.collect().unfinished == ()
    first, second = (pause for pause in contoso.pauses if pause >= 7 and not 8 < pause <= 11)
    assert 7 <= first <= 8
    assert 30 <= second <= 31


def test_the_rate_of_audit_queries_stays_below_the_limit(contoso: Rig) -> None:
    contoso.graph.page_size = 5
    events(contoso, 60)
    contoso.collect()
    asked = contoso.graph.asked(AUDITS)
    assert asked > 12
    waits = [pause for pause in contoso.pauses if pause > 2]  # those of Conditional Access are about a second
    assert len(waits) == asked - 5
    assert all(8 < pause <= 11 for pause in waits)


@pytest.mark.parametrize("fault", [status(503), dropped, cut], ids=["503", "dropped", "cut"])
def test_a_failing_endpoint_does_not_stop_the_others(contoso: Rig, fault: object) -> None:
    contoso.graph.lists["/v1.0/servicePrincipals"] = [{"id": guid(9)}]
    contoso.graph.fail(USERS, *[fault] * 5)  # type: ignore[list-item]
    summary = contoso.collect()
    assert len(summary.unfinished) == 1
    assert summary.unfinished[0].startswith("users: ")
    assert summary.unfinished[0].endswith("(after 5 tries)")
    assert contoso.ids("service_principals") == {guid(9)}
    assert contoso.rows("SELECT seq FROM segment WHERE source = 'users'") == []


def test_a_missing_permission_is_a_skip_with_its_reason(contoso: Rig) -> None:
    denied = status(403, code="Authorization_RequestDenied", message="Insufficient\x1b[31m privileges\nto complete.")
    contoso.graph.fail(USERS, denied)
    summary = contoso.collect()
    assert summary.unfinished == ()
    (skip,) = [skip for skip in summary.skipped if skip.endpoint == "users"]
    assert skip.reason == (
        "403 Authorization_RequestDenied: Insufficient?[31m privileges to complete. (needs User.Read.All)"
    )


@pytest.mark.parametrize(
    "link",
    [
        "https://localhost:{port}@localhost:{other}/v1.0/users?$skiptoken=1",
        "https://localhost:{other}/v1.0/users?$skiptoken=1",
    ],
)
def test_a_link_to_another_place_is_never_followed(contoso: Rig, trust: Certificates, link: str) -> None:
    contoso.graph.lists[USERS] = [{"id": guid(1)}]
    with serving(trust, lambda request: Reply.of({"value": []})) as elsewhere:
        where = link.format(port=contoso.graph_server.port, other=elsewhere.port)
        contoso.graph.fail(USERS, linked(where))
        summary = contoso.collect()
        assert elsewhere.connections == 0
    assert len(summary.unfinished) == 1
    assert summary.unfinished[0].startswith("users: the link to the next page is refused")
    assert contoso.graph.asked(USERS) == 1
    assert contoso.rows("SELECT seq FROM segment WHERE source = 'users'") == []


def test_a_redirect_is_not_followed(contoso: Rig, trust: Certificates) -> None:
    with serving(trust, lambda request: Reply.of({"value": []})) as elsewhere:
        contoso.graph.fail(USERS, status(302, Location=f"{elsewhere.url}/v1.0/users"))
        summary = contoso.collect()
        assert elsewhere.connections == 0
    assert summary.unfinished == ("users: 302 As ordered.",) or summary.unfinished[0].startswith("users: 302")


def test_links_in_a_circle_end(contoso: Rig) -> None:
    contoso.graph.lists[USERS] = [{"id": guid(1)}]
    contoso.graph.fail(USERS, *[linked(f"{contoso.graph_server.url}{USERS}?$skiptoken=0")] * 20)
    summary = contoso.collect()
    assert len(summary.unfinished) == 1
    assert "do not end" in summary.unfinished[0]
    assert contoso.rows("SELECT seq FROM segment WHERE source = 'users'") == []


def test_a_filter_that_was_ignored_is_noticed(contoso: Rig) -> None:
    contoso.collect()

    def unfiltered(request: object, reply: Reply) -> Reply:
        return Reply.of({"value": [{"id": "old", "activityDateTime": f"{NOW - 20 * DAY:%Y-%m-%dT%H:%M:%SZ}"}]})

    contoso.graph.fail(AUDITS, unfiltered)
    summary = contoso.collect(after=15 * MINUTE)
    assert summary.watermark == NOW
    assert "the filter was not applied" in summary.unfinished[0]
    assert contoso.ids() == set()


def test_the_token_is_renewed_once_when_the_session_was_ended(contoso: Rig) -> None:
    def revoking(request: object, reply: Reply) -> Reply:
        contoso.login.revoke()
        return reply

    contoso.graph.fail("/v1.0/subscribedSkus", revoking)
    summary = contoso.collect()
    assert summary.unfinished == ()
    assert contoso.login.given == ["token-1", "token-2"]


def test_claims_that_a_challenge_asks_for_reach_the_login_host(contoso: Rig) -> None:
    challenge = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMSJ9fX0="'
    contoso.graph.fail(USERS, status(401, WWW_Authenticate=challenge))
    assert contoso.collect().unfinished == ()
    assert json.loads(contoso.login.forms[-1]["claims"])["access_token"]["nbf"] == {"value": "1"}


def test_a_token_refused_twice_ends_the_run_and_keeps_what_was_finished(contoso: Rig) -> None:
    events(contoso, 5)
    contoso.graph.fail(USERS, status(401), status(401))
    with pytest.raises(AccessError, match="does not accept the token"):
        contoso.collect()
    assert len(contoso.ids()) == 5
    assert contoso.rows('SELECT count(*) AS n FROM "window"') == [{"n": 6}]


def test_what_a_killed_run_left_behind_changes_nothing(contoso: Rig) -> None:
    events(contoso, 5)
    folder = contoso.folder.raw / "directory_audits" / "2026/11/01"
    folder.mkdir(parents=True)
    (folder / "00000002.ndjson.zst").write_bytes(b"a segment whose entry was never written")
    torn = contoso.folder.raw / "users" / ".walk-abc.tmp"
    torn.parent.mkdir()
    torn.write_bytes(b"half a walk")
    contoso.folder.raw.joinpath("index.ndjson").write_bytes(b'{"seq":1,"prev":"000')
    summary = contoso.collect()
    assert summary.unfinished == ()
    assert len(contoso.ids()) == 5
    assert not torn.exists()


def test_settings_of_other_tools_change_nothing(contoso: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    events(contoso, 3)
    assert contoso.collect().unfinished == ()
    assert len(contoso.ids()) == 3


def test_the_secret_goes_to_the_login_host_and_the_token_to_graph_only(contoso: Rig) -> None:
    contoso.collect()
    assert [form["client_secret"] for form in contoso.login.forms] == [SECRET]
    assert not any("authorization" in request.headers for request in contoso.login_server.requests)
    assert {request.headers["authorization"] for request in contoso.graph_server.requests} == {"Bearer token-1"}
    raw = b"".join(path.read_bytes() for path in contoso.folder.raw.rglob("*") if path.is_file())
    assert SECRET.encode() not in raw
    assert b"token-1" not in raw


def test_groups_named_by_a_pim_event_are_asked_about(contoso: Rig) -> None:
    group = guid(77)
    contoso.graph.lists["/v1.0/groups"] = [{"id": group, "displayName": "sg-seen"}]
    targets = [{"type": "Role", "id": guid(1)}, {"type": "Group", "id": group}]
    contoso.graph.happen(
        "e1", at=NOW - HOUR, category="GroupManagement", loggedByService="PIM", targetResources=targets
    )
    contoso.graph.fail(RESOURCES, status(403, code="Authorization_RequestDenied"))
    contoso.collect()
    assert contoso.graph.asked(MEMBERS.format(group=group)) == 1
    assert [
        row["parent"] for row in contoso.rows("SELECT DISTINCT parent FROM segment_page WHERE parent IS NOT NULL")
    ] == [group]

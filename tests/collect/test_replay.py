"""Sample folders answer as Graph would."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import config
from pipeline.collect import collect, open_graph
from pipeline.collect.endpoints import TABLE
from pipeline.collect.http import Http
from pipeline.collect.replay import PAGE_ITEMS, ReplayTransport
from pipeline.content import samples_dir
from pipeline.errors import UsageError
from pipeline.store import Store, TenantFolder, open_store

FIRST, SECOND = datetime(2026, 10, 17, 12, 0, tzinfo=UTC), datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
GROUP, EMPTY, PHANTOM = (f"00000000-0000-0000-0000-00000000000{n}" for n in (1, 2, 3))
BASE = "https://graph.microsoft.com"
ROWS = {endpoint.name: endpoint for endpoint in TABLE}


def event(number: int, at: datetime) -> str:
    return f'{{"id": "e{number}",  "activityDateTime": "{at:%Y-%m-%dT%H:%M:%S}.1234567Z", "name": "Zürich"}}'


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tenant = tmp_path / "sample"
    first, second = tenant / "2026-10-17", tenant / "2026-11-01"
    old = [event(n, FIRST - timedelta(minutes=n)) for n in range(300)]
    write(first, "directory_audits", '{"value": [\n' + ",\n".join(old) + "\n]}")
    write(second, "directory_audits", '{"value": [' + event(1000, SECOND - timedelta(days=1)) + "," + old[0] + "]}")
    write(first, "users", '{"value": [{"id": "u1"}]}')
    write(second, "users", '{"value": [{"id": "u1"}, {"id": "u2"}]}')
    write(second, "groups", json.dumps({"value": [{"id": GROUP}, {"id": EMPTY}]}))
    write(second, "group_members", json.dumps({"by_parent": {GROUP: [{"id": "u1"}]}}))
    write(second, "group_policies", json.dumps({"by_parent": {GROUP: [{"id": "of group"}]}}))
    write(second, "role_policies", '{"value": [{"id": "of roles"}]}')
    refusal = {"status": 400, "code": "AadPremiumLicenseRequired", "message": "No."}
    write(second, "errors", json.dumps({"group_resources": refusal}))
    return tenant


@pytest.fixture
def ask(folder: Path) -> Iterator[Any]:
    http = Http(None, ReplayTransport(folder, "2026-11-01", SECOND))
    yield lambda address: http.get(address if address.startswith("https") else BASE + address, {})
    http.close()


def values(reply: Any) -> list[Any]:
    return [item["id"] for item in json.loads(reply.body)["value"]]


def test_audits_are_those_of_all_dates_once_oldest_first_page_by_page(ask: Any) -> None:
    address = ROWS["directory_audits"].address(since="2026-01-01T00:00:00Z", until="2026-11-01T12:00:00Z")
    reply = ask(address)
    link = json.loads(reply.body)["@odata.nextLink"]
    assert link.startswith(f"{BASE}/v1.0/auditLogs/directoryAudits?")
    last = ask(link)
    assert "@odata.nextLink" not in json.loads(last.body)
    assert [len(values(reply)), len(values(last))] == [PAGE_ITEMS, 51]
    assert values(reply) + values(last) == [f"e{n}" for n in range(299, -1, -1)] + ["e1000"]


def test_the_filter_keeps_both_ends(ask: Any) -> None:
    since, until = FIRST - timedelta(minutes=2), FIRST - timedelta(minutes=1)
    address = ROWS["directory_audits"].address(
        since=f"{since:%Y-%m-%dT%H:%M:%S}.123456Z", until=f"{until:%FT%T}.123457Z"
    )
    assert values(ask(address)) == ["e2", "e1"]


def test_lists_are_those_of_the_date(folder: Path, ask: Any) -> None:
    assert values(ask("/v1.0/users?$top=500")) == ["u1", "u2"]
    earlier = Http(None, ReplayTransport(folder, "2026-10-17", FIRST))
    assert values(earlier.get(f"{BASE}/v1.0/users", {})) == ["u1"]
    earlier.close()


def test_roles_and_groups_share_a_path_and_are_told_apart(ask: Any) -> None:
    assert values(ask(ROWS["role_policies"].address())) == ["of roles"]
    assert values(ask(ROWS["group_policies"].address(group=GROUP))) == ["of group"]
    assert values(ask(ROWS["group_policies"].address(group=EMPTY))) == []


def test_groups_known_unknown_and_empty(ask: Any) -> None:
    answers = [ask(ROWS["group_members"].address(group=group)) for group in (GROUP, EMPTY, PHANTOM)]
    assert [reply.status for reply in answers] == [200, 200, 404]
    assert [values(reply) for reply in answers[:2]] == [["u1"], []]


def test_refusals_and_unknown_paths(ask: Any) -> None:
    reply = ask(ROWS["group_resources"].address())
    assert reply.status == 400
    assert json.loads(reply.body)["error"]["code"] == "AadPremiumLicenseRequired"
    assert ask("/v1.0/me").status == 400
    assert ask("/v1.0/servicePrincipals").status == 404


def test_clock_and_request_ids(ask: Any) -> None:
    first, again = ask("/v1.0/users"), ask("/v1.0/users")
    assert first.server_time == SECOND
    assert first.headers["request-id"] == again.headers["request-id"]
    assert first.body == again.body


def test_what_cannot_be_read_is_named(folder: Path) -> None:
    with pytest.raises(UsageError, match="no sample of 2026-12-01"):
        ReplayTransport(folder, "2026-12-01", SECOND)
    write(folder / "2026-11-01", "errors", "[")
    with pytest.raises(UsageError, match=r"errors\.json"):
        ReplayTransport(folder, "2026-11-01", SECOND)


def collected(store: Store, folder: Path, date: str, now: datetime, run_id: str) -> Any:
    tenant = config.Tenant(name="sample", tenant_id=PHANTOM)
    with open_graph(config.Graph(), None, ReplayTransport(folder, date, now)) as graph:
        return collect(store, tenant, config.Collect(), graph, run_id=run_id, now=now, pause=lambda seconds: None)


def test_a_sample_is_collected_whole_and_again_without_anything_new(folder: Path, tmp_path: Path) -> None:
    write(
        folder / "2026-11-01",
        "subscribed_skus",
        (samples_dir() / "contoso/2026-11-01/subscribed_skus.json").read_text(),
    )
    with open_store(TenantFolder(tmp_path / "data"), PHANTOM) as store:
        first = collected(store, folder, "2026-11-01", SECOND, "run1")
        again = collected(store, folder, "2026-11-01", SECOND, "run2")
        events = store.rows("SELECT sum(new_items)::INT AS n FROM segment WHERE kind = 'stream'")
    assert first.unfinished == again.unfinished == ()
    assert first.watermark == SECOND
    assert events == [{"n": 301}]
    assert again.new_items == 0


@pytest.mark.parametrize("name", ["contoso", "fabrikam", "tailspin"])
def test_the_shipped_samples_leave_nothing_unfinished(name: str, tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "data"), PHANTOM) as store:
        summary = collected(store, samples_dir() / name, "2026-11-01", SECOND, "run1")
    assert summary.unfinished == ()
    assert summary.quarantined == 0
    assert summary.watermark == SECOND
    assert summary.items > 100

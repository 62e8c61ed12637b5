"""A finding's identity is for ever, and its rows are written as they are told."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pipeline.model import Severity
from pipeline.store import TenantFolder, open_store
from pipeline.store.findings import Judged, finding_id, key_text, known, last_judged, seen_again, set_waivers
from pipeline.store.journal import Changes

TENANT = "5B2F6D0E-8c0a-4c0b-9a3e-2f1d0c5e7a01"
AT = datetime(2026, 10, 17, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule_id", "keys", "identity"),
    [
        ("activation.off_hours", ["r1"], "ab22fb3641667a678c57e1c1549a6878744d2999d796e5f5e650dddef0dafe2d"),
        (
            "activation.unusual_frequency",
            ["p1", date(2026, 10, 14)],
            "666cb8e747ab78ad1c989a4d2aa1a941721021ea295f5bc3fa3f6f4d5f4271b5",
        ),
        (
            "drift.permanent_eligible",
            ["group", "p1", "g1", "member", None],
            "cecba74ea5501f5ba4be3bebfeb9580e7a867b6b54a33006335f672fe8427baa",
        ),
        (
            "x.y",
            ['Zürich "🌙"', datetime(2026, 10, 17, 8, 15, 0, 5, timezone(timedelta(hours=2))), True, 7],
            "f95881156fd3fec35486d47f171de4cc57f628810fa8f1ffae0e94f4da2bb307",
        ),
    ],
)
def test_ids_do_not_change(rule_id: str, keys: list[object], identity: str) -> None:
    assert finding_id(rule_id, TENANT, keys) == identity


def test_the_tenants_case_does_not_matter() -> None:
    assert finding_id("x.y", TENANT.lower(), ["r1"]) == finding_id("x.y", TENANT.upper(), ["r1"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (True, "true"),
        (-3, "-3"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T00:00:00.000000Z"),
    ],
)
def test_a_keys_text(value: object, text: str | None) -> None:
    assert key_text(value) == text


@pytest.mark.parametrize("value", [1.5, ["a"], {"a": 1}, b"x", datetime(2026, 3, 1)])  # noqa: DTZ001
def test_what_has_no_one_spelling_is_no_key(value: object) -> None:
    with pytest.raises(ValueError):
        key_text(value)


def finding(identity: str, **columns: object) -> dict[str, object]:
    return {
        "tenant_id": TENANT,
        "finding_id": identity,
        "rule_id": "x.y",
        "rule_version": "1.0.0",
        "kind": "state",
        "keys": "{}",
        "status": "open",
        "revision": 1,
        "severity": "low",
        "occurred_at": AT,
        "first_seen_at": AT,
        "last_seen_at": AT,
        "onboarding": False,
        "run_id": "r",
        "title": "t",
        "why": "w",
        "record": "{}",
    } | columns


def test_what_is_known_of_a_finding(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path / "t"), TENANT) as store:
        Changes(store.con).insert("finding", [finding("a", surface="group"), finding("b", surface=None)])
        Changes(store.con).insert(
            "alert",
            [
                {
                    "tenant_id": TENANT,
                    "alert_id": "a",
                    "revision": revision,
                    "rule_id": "x.y",
                    "severity": "low",
                    "status": status,
                    "occurred_at": AT,
                    "raised_at": AT,
                    "run_id": "r",
                    "record": "{}",
                }
                for revision, status in ((1, "New"), (2, "Resolved"))
            ],
        )
        found = known(store.con, TENANT, [], ["x.y"])["x.y"]
        assert {name: (f.alerted, f.alert_revision, f.severity) for name, f in found.items()} == {
            "a": ("Resolved", 2, Severity.LOW),
            "b": (None, 0, Severity.LOW),
        }
        assert set(known(store.con, TENANT, ["b", "c"])["x.y"]) == {"b"}
        assert set(known(store.con, TENANT, ["b"], ["x.y"])["x.y"]) == {"a", "b"}
        assert known(store.con, TENANT, [], ["x.z"]) == {}
        revised = {"finding_id": "b", "status": "resolved", "severity": "high"}
        Changes(store.con).update("finding", ("finding_id",), [revised])
        assert known(store.con, TENANT, ["b"])["x.y"]["b"].status == "resolved"
        assert known(store.con, TENANT, ["a"])["x.y"]["a"].status == "open"


def test_what_is_open_on_the_surfaces_judged_is_seen_again(tmp_path: Path) -> None:
    later = AT + timedelta(hours=1)
    told = [
        *(
            finding("seen", surface="group"),
            finding("of none", surface=None),
            finding("elsewhere", surface="entra_role"),
        ),
        *(finding("over", surface="group", status="resolved"), finding("another's", surface="group", rule_id="x.z")),
    ]
    with open_store(TenantFolder(tmp_path / "t"), TENANT) as store:
        for row in told:
            Changes(store.con).insert("finding", [row])
        seen_again(Changes(store.con), TENANT, [("x.y", "group"), ("x.y", None)], later)
        rows = store.rows("SELECT finding_id FROM finding WHERE last_seen_at = ? ORDER BY ALL", [later])
    assert [row["finding_id"] for row in rows] == ["of none", "seen"]


def test_waivers_that_stay_are_no_change(tmp_path: Path) -> None:
    row = {"tenant_id": TENANT, "waiver_id": "w:1", "matches": "{}", "reason": "r", "owner": "o"}
    row |= {"ticket": None, "expires": date(2026, 1, 1), "place": "w.yaml:1"}
    with open_store(TenantFolder(tmp_path / "t"), TENANT) as store:
        set_waivers(Changes(store.con), TENANT, [row], AT)
        again = Changes(store.con)
        set_waivers(again, TENANT, [row], AT)
        assert again.made == []
        set_waivers(again, TENANT, [row | {"reason": "another"}], AT)
        assert [change.op for change in again.made] == ["delete", "insert"]


def test_only_finished_runs_count_as_judged(tmp_path: Path) -> None:
    def run(rule_id: str, status: str, judged_to: int, hours: int) -> dict[str, object]:
        until = AT + timedelta(hours=hours)
        return {
            "tenant_id": TENANT,
            "run_id": "r",
            "rule_id": rule_id,
            "rule_version": "1",
            "rule_sha256": "0",
            "as_of": until,
            "until": until,
            "judged_to": judged_to,
            "status": status,
            "found": 0,
            "opened": 0,
            "seconds": 0.0,
        }

    with open_store(TenantFolder(tmp_path / "t"), TENANT) as store:
        rows = [run("a.b", "finished", 5, 1), run("a.b", "failed", 9, 2), run("c.d", "waiting", 3, 1)]
        Changes(store.con).insert("rule_run", rows)
        assert last_judged(store.con, TENANT) == {"a.b": Judged(AT + timedelta(hours=1), 5)}


def test_waivers_that_left_the_file_are_marked(tmp_path: Path) -> None:
    def waiver(name: str) -> dict[str, object]:
        told = {"matches": "{}", "reason": "r", "owner": "o", "ticket": None, "expires": date(2026, 1, 1), "place": "w"}
        return {"tenant_id": TENANT, "waiver_id": name} | told

    with open_store(TenantFolder(tmp_path / "t"), TENANT) as store:
        set_waivers(Changes(store.con), TENANT, [waiver("w:1"), waiver("w:2")], AT)
        set_waivers(Changes(store.con), TENANT, [waiver("w:3")], AT)
        set_waivers(Changes(store.con), TENANT, [waiver("w:2")], AT + timedelta(hours=1))
        held = store.rows("SELECT waiver_id, withdrawn_at FROM waiver ORDER BY ALL")
        assert [tuple(row.values()) for row in held] == [
            ("w:1", AT),
            ("w:2", None),
            ("w:3", AT + timedelta(hours=1)),
        ]

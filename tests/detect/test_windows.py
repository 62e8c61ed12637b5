"""Since when a rule judges: what is new, by the tables and views it reads."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.detect.rulefile import Rule, read_rule
from pipeline.detect.windows import Scope, Windows
from pipeline.store import Store
from pipeline.store.adopt import set_mark
from pipeline.store.findings import Judged
from pipeline.store.workbench import workbench

from .silver import NOON, activation, opened, put, snapshot, write_rule

HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as found:
        yield found


def scope(tmp_path: Path, store: Store, reads: list[str], judged_to: int | None, **head: Any) -> Scope:
    path = write_rule(tmp_path / "rules", "mine.rule", reads=reads, **head)
    rule = read_rule("mine.rule", "mine.rule", path)
    assert isinstance(rule, Rule)
    last = None if judged_to is None else Judged(NOON, judged_to)
    return Windows(store, NOON + HOUR).scope(rule, last)


def event(ident: str, at: datetime, segment: int) -> dict[str, Any]:
    return {"event_id": ident, "occurred_at": at, "segment": segment}


def test_a_late_event_or_activation_is_news_for_what_was_done_in_a_session(tmp_path: Path, store: Store) -> None:
    put(store, "audit_event", event("e1", NOON - 9 * HOUR, 2), event("e2", NOON - 5 * HOUR, 4))
    put(store, "pim_request", activation("r1", NOON - 8 * HOUR, segment=3))
    assert scope(tmp_path, store, ["session_act"], 3).since == NOON - 5 * HOUR
    assert scope(tmp_path, store, ["session_act"], 2).since == NOON - 8 * HOUR
    assert scope(tmp_path, store, ["session_act"], 4).since == NOON


def test_an_event_rule_upon_snapshots_judges_from_the_first_new_one(tmp_path: Path, store: Store) -> None:
    for seq, hours in ((3, 7), (5, 4), (6, 2)):
        snapshot(store, "role_policies" if seq != 6 else "users", seq, NOON - hours * HOUR)
    put(store, "segment", {"seq": 9, "source": "role_policies", "kind": "snapshot", "started_at": NOON, "items": 1})
    store.con.execute("UPDATE segment SET started_at = finished_at WHERE seq < 9")
    first = scope(tmp_path, store, ["policy_change"], None)
    assert (first.judged_to, first.since.year) == (5, 1970), "what normalise has not seen does not count"
    assert scope(tmp_path, store, ["policy_change"], 3).since == NOON - 4 * HOUR
    assert scope(tmp_path, store, ["policy_change"], 5).since == NOON
    set_mark(store.con, "normalised", 9)
    assert scope(tmp_path, store, ["policy_change"], 5).judged_to == 9


def test_a_snapshot_is_no_news_for_a_rule_upon_events(tmp_path: Path, store: Store) -> None:
    snapshot(store, "role_policies", 8, NOON - 4 * HOUR)
    put(store, "pim_request", activation("r1", NOON - 8 * HOUR, segment=3))
    found = scope(tmp_path, store, ["activation", "policy"], 3)
    assert (found.since, found.judged_to) == (NOON, 3)


def test_a_snapshot_that_is_held_counts_for_none_and_takes_nothing_from_the_one_before(
    tmp_path: Path, store: Store
) -> None:
    state = {"kind": "state", "surface": ["entra_role"], "keys": ["principal_id"]}
    snapshot(store, "auth_contexts", 1, NOON)
    store.con.execute("UPDATE segment SET held = 'lacks most'")
    assert scope(tmp_path, store, ["auth_context"], None, **state).waiting == "no complete snapshot of auth_contexts"
    snapshot(store, "auth_contexts", 2, NOON)
    snapshot(store, "auth_contexts", 3, NOON)
    store.con.execute("UPDATE segment SET held = 'lacks most' WHERE seq = 3")
    assert scope(tmp_path, store, ["auth_context"], None, **state).waiting is None


def test_a_state_rule_waits_for_every_snapshot_behind_what_it_reads(tmp_path: Path, store: Store) -> None:
    state = {"kind": "state", "surface": ["entra_role"], "keys": ["principal_id"]}
    snapshot(store, "auth_contexts", 1, datetime(2026, 10, 1, tzinfo=UTC))
    assert scope(tmp_path, store, ["auth_context"], None, **state).waiting is None
    waiting = scope(tmp_path, store, ["privilege_path"], None, **state).waiting
    assert waiting is not None and "role_assignment_instances" in waiting


def test_every_relation_that_snapshots_or_events_feed_is_known() -> None:
    from pipeline.detect import windows

    intervals = {name for name, columns in workbench().columns.items() if "valid_from" in columns}
    own = {"group_object", "group_onboarding", "group_writeback"}
    histories = {f"{name.removesuffix('_history')}" for name in intervals - own}
    assert histories <= {name.removesuffix("_history") for name in windows.SNAPSHOTS}

"""One id, one event: whatever the order, the duplication, the paging and the road it came by."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.store import Store, TenantFolder, open_store

from . import writing as w


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), w.TENANT) as held:
        yield held


def silver(store: Store) -> dict[str, Any]:
    """Events and children without the place they came from."""
    places = ", ".join(w.PLACE)
    return {
        "audit_event": store.rows(f"SELECT * EXCLUDE ({places}) FROM audit_event ORDER BY ALL"),
        "audit_target": store.rows("SELECT * FROM audit_target ORDER BY ALL"),
        "audit_detail": store.rows("SELECT * FROM audit_detail ORDER BY ALL"),
    }


POOL = [w.event(f"Directory_{n}", activityDateTime=f"2026-10-0{n + 1}T11:00:00Z") for n in range(4)] + [
    w.pim(f"PIM_{n}", activityDateTime=f"2026-10-0{n + 1}T23:59:59.9999999Z") for n in range(3)
]
WALKS = st.lists(st.lists(st.lists(st.sampled_from(range(len(POOL))), max_size=5), max_size=3), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the pool becomes, read once in its order."""
    with open_store(TenantFolder(tmp_path_factory.mktemp("straight")), w.TENANT) as held:
        w.land(held, [POOL])
        w.bring(held)
        return silver(held)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(walks=WALKS, together=st.booleans())
def test_order_duplication_and_paging_leave_no_trace(
    straight: dict[str, Any], walks: list[list[list[int]]], together: bool
) -> None:
    """The pool is landed in a drawn disorder, some of it often, and whole at the end."""
    with TemporaryDirectory() as folder, open_store(TenantFolder(Path(folder)), w.TENANT) as held:
        taken = 0
        for pages in [*walks, [[*reversed(range(len(POOL)))]]]:
            w.land(held, [[POOL[n] for n in page] for page in pages] or [[]])
            if not together:
                found = w.bring(held)
                taken += found.events
                assert found.events + found.duplicates == sum(map(len, pages))
        w.bring(held)
        assert silver(held) == straight
        assert w.refused(held) == []
        assert together or taken == len(POOL)


def test_references_are_passed_over(store: Store) -> None:
    items = [json.dumps(w.event(f"Directory_{n}")).encode() for n in range(3)]
    seq = w.land(store, [items])
    known = {hashlib.sha256(item).digest(): (seq, 0, n) for n, item in enumerate(items)}
    w.land(store, [[*items, w.pim()]], known=known)
    found = w.bring(store)
    assert (found.events, found.duplicates, found.quarantined) == (4, 0, 0)
    assert [row["segment"] for row in w.events(store)] == [seq, seq, seq, seq + 1]


@pytest.mark.parametrize("apart", [False, True])
def test_the_first_telling_of_an_id_is_kept(store: Store, apart: bool) -> None:
    first, second = w.land(store, [[], [w.event("a"), w.event("b")]]), 0
    if apart:
        w.bring(store)
    second = w.land(
        store, [[w.event("a", result="failure", correlationId=None), w.event("b")]], at=w.NOON - timedelta(1)
    )
    found = w.bring(store)
    assert (found.duplicates, found.quarantined) == (1, 1)
    assert w.refused(store) == [("id_conflict", second, 0, 0)]
    assert [(row["result"], row["segment"]) for row in w.events(store)] == [("success", first)] * 2
    (row,) = store.rows("SELECT detail FROM quarantine")
    assert row["detail"] == f"result, correlation_id differ from segment {first}, page 1, item 0"


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"activityDateTime": "2026-10-05T11:00:00.1234579Z"}, "occurred_at"),
        ({"additionalDetails": w.details(TemplateId="role-template", AuditType="ActivateRole")}, "details"),
        ({"resultReason": "another"}, "result_reason"),
    ],
)
def test_any_difference_that_silver_would_show_is_a_conflict(
    store: Store, change: dict[str, Any], columns: str
) -> None:
    told = w.pim(initiatedBy={"user": w.PERSON, "app": None})
    w.land(store, [[told, {**told, **change}, told]])
    found = w.bring(store)
    assert (found.events, found.duplicates, found.quarantined) == (1, 1, 1)
    (row,) = store.rows("SELECT detail FROM quarantine")
    assert row["detail"].startswith(f"{columns} differ from")


def test_a_changed_property_of_a_target_is_a_conflict_of_targets(store: Store) -> None:
    who = [w.target("User", "u-1", "Ada", Colour=colour) for colour in ("blue", "red")]
    w.land(store, [[w.pim(targetResources=[one], additionalDetails=[]) for one in (who[0], who[1], who[0])]])
    assert w.bring(store).quarantined == 1
    assert store.rows("SELECT split_part(detail, ' ', 1) AS what FROM quarantine") == [{"what": "targets"}]
    assert store.rows("SELECT new FROM audit_target") == [{"new": "blue"}]


def test_what_silver_does_not_keep_makes_no_conflict(store: Store) -> None:
    w.land(store, [[w.event(), w.event(userAgent="curl"), w.event(additionalDetails=w.details(a="1"))]])
    found = w.bring(store)
    assert (found.events, found.duplicates, found.quarantined) == (1, 2, 0)


def test_refused_lines_take_no_ids(store: Store) -> None:
    w.land(store, [[w.event("a", activityDateTime="soon"), w.event("a")]])
    found = w.bring(store)
    assert (found.events, found.quarantined) == (1, 1)


def test_an_event_from_a_file_is_found_however_old(store: Store) -> None:
    old = w.event("a", activityDateTime="2024-01-01T00:00:00Z")
    w.land(store, [[old, w.event("b")]], source="graph_import")
    w.bring(store)
    w.land(store, [[w.event("a")]], source="graph_import")
    assert w.bring(store).quarantined == 1

"""Many events at once take a shorter way; what comes of them is the same to the row."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import IntegrityError
from pipeline.model import NormaliseSummary
from pipeline.normalise import straight
from pipeline.store import Store, TenantFolder, open_store

from . import writing as w

TABLES = ("audit_event", "audit_target", "audit_detail")
POOL: list[w.Item] = [
    *(w.event(f"Directory_{n}", activityDateTime=f"2026-10-0{n + 1}T11:00:00Z") for n in range(3)),
    *(w.pim(f"PIM_{n}", activityDateTime=f"2026-10-0{n + 1}T23:59:59.9999999Z") for n in range(2)),
    w.event("Directory_0", activityDateTime="2026-10-01T11:00:00Z", resultReason="told otherwise"),
    w.event(" "),
    w.event("Directory_8", activityDateTime="soon"),
    w.event("Directory_9", activityDisplayName=" update USER "),
    b'{"id": "Directory_7", "activityDateTime": "2026-10-05T11:00:00Z", "category": "\xff\xfe"}',
    {"id": {"a": 1}},
    b'"no object"',
    w.event("Directory_6", targetResources="none"),
    w.event("Directory_5", additionalDetails=[5, {"key": ["a"], "value": {"b": None}}]),
]
WALKS = st.lists(st.lists(st.lists(st.sampled_from(range(len(POOL))), max_size=4), max_size=3), min_size=1, max_size=4)


def told(store: Store) -> dict[str, list[dict[str, Any]]]:
    tables = {table: store.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}
    return tables | {"quarantine": store.rows("SELECT * EXCLUDE (noted_at) FROM quarantine ORDER BY ALL")}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(walks=WALKS, held=st.integers(0, 2))
@example(walks=[[[0, 3], [0]], [[1]]], held=0)  # twice in one walk
@example(walks=[[[0, 3]], [[1]], [[0, 4]]], held=1)  # there before
@example(walks=[[[0, 3]], [[5]]], held=0)  # told otherwise
@example(walks=[[[3]], [[6, 0]], [[7]], [[9]], [[10]], [[11, 1]]], held=0)  # faults of every kind
@example(walks=[[[3, 12]], [[1], [13]]], held=1)  # values of another type
def test_both_ways_come_to_the_same_rows_and_counts(walks: list[list[list[int]]], held: int) -> None:
    """`held` walks are in before the others come, so that ids stand there already."""
    outcomes = []
    for large in (1, 10**9):
        with TemporaryDirectory() as folder, open_store(TenantFolder(Path(folder)), w.TENANT) as store:
            counts = []
            for span in (walks[:held], walks[held:]):
                for pages in span:
                    w.land(store, [[POOL[n] for n in page] for page in pages] or [[]])
                counts.append(w.bring(store, large))
            outcomes.append((counts, told(store)))
    assert outcomes[0] == outcomes[1]


def test_the_table_keeps_its_form(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path), w.TENANT) as store:
        form = store.rows("DESCRIBE audit_event")
        w.land(store, [POOL[:5]])
        assert w.bring(store, large=1).events == 5
        assert store.rows("DESCRIBE audit_event") == form
        assert store.rows("SELECT count(DISTINCT event_id) AS n FROM audit_detail") == [{"n": 2}]


def test_a_file_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    with open_store(TenantFolder(tmp_path), w.TENANT) as store:
        form = store.rows("DESCRIBE audit_event")
        w.land(store, [POOL[:5]])
        next(store.ledger.raw.rglob("*.ndjson.zst")).write_bytes(b"no segment")
        with pytest.raises(IntegrityError, match="cannot be read"):
            w.bring(store, large=1)
        assert store.rows("DESCRIBE audit_event") == form
        assert store.rows("SELECT count(*) AS n FROM audit_event") == [{"n": 0}]


def test_what_went_straight_in_survives_a_kill(tmp_path: Path) -> None:
    """The table changes its form inside the transaction: the write-ahead log must bring back both."""
    with open_store(TenantFolder(tmp_path / "before"), w.TENANT) as store:
        w.land(store, [POOL[:5]])
        w.bring(store, large=1)
        before = told(store)
        assert list(store.folder.root.glob("*.wal"))
        shutil.copytree(store.folder.root, tmp_path / "after")
    with open_store(TenantFolder(tmp_path / "after"), w.TENANT) as store:
        assert told(store) == before


def test_a_line_of_another_shape_leaves_the_settings_as_they_were(tmp_path: Path) -> None:
    """It ends the statement and its transaction; line by line it is an event, without what is of no use."""
    with open_store(TenantFolder(tmp_path), w.TENANT) as store:
        usual = _settings(store)
        w.land(store, [[*POOL[:5], POOL[12]]])
        with pytest.raises(straight.OddLineError), straight.sparing(store.con):
            _take_straight(store)
        assert _settings(store) == usual
        assert store.rows("SELECT count(*) AS n FROM audit_event") == [{"n": 0}]
        assert w.bring(store, large=1) == NormaliseSummary(events=6)
        assert _settings(store) == usual


def _settings(store: Store) -> list[dict[str, Any]]:
    names = ("memory_limit", "preserve_insertion_order")
    return store.rows("SELECT name, value FROM duckdb_settings() WHERE list_contains(?, name) ORDER BY name", [names])


def _take_straight(store: Store) -> None:
    context, (portion,) = w.waiting(store)
    with store.transaction() as con:
        straight.take(con, context, portion)

"""The same data late, in another order and in other portions gives the same findings: all rules over contoso.

LATE_SEEDS=20 ./test tests/test_late_events.py plays more ways than the one of every day.
"""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipeline import content
from pipeline.collect import open_graph
from pipeline.collect.replay import ReplayTransport
from pipeline.config import Settings, Tenant
from pipeline.detect import detect, load_rules
from pipeline.normalise import normalise
from pipeline.run import cycle
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.segments import Answer, SegmentWriter
from pipeline.store.slicing import slice_items
from tests.detect.silver import in_process
from tests.samples import FIRST, sample_settings

NOW = datetime.fromisoformat(f"{FIRST}T06:15:00").replace(tzinfo=UTC)
SAMPLE = content.samples_dir() / "contoso"
Finding = tuple[str, str, str, str | None, str]


class Silent(ReplayTransport):
    """Graph before anything has reached its audit log."""

    _audits = ()  # type: ignore[assignment]


@pytest.fixture(scope="module")
def events() -> list[bytes]:
    rows = json.loads((SAMPLE / FIRST / "directory_audits.json").read_bytes())["value"]
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows]


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Contoso's state, every window of its log asked and empty."""
    settings = sample_settings(tmp_path_factory.mktemp("silent"))
    with open_graph(settings.graph, None, Silent(SAMPLE, FIRST, NOW)) as graph:
        given: dict[str, Any] = {"graph": graph, "pause": lambda seconds: None}
        assert cycle(settings, _contoso(settings), now=NOW, stages=("collect", "normalise"), **given).exit_code == 0
    return settings.data_dir


def _contoso(settings: Settings) -> Tenant:
    (tenant,) = (each for each in settings.tenants if each.name == "contoso")
    return tenant


def _land(store: Store, rows: list[bytes]) -> None:
    """A window of the log that was asked once more and now tells these."""
    body = b'{"value": [' + b", ".join(rows) + b"]}"
    with SegmentWriter(store.ledger, "directory_audits", "stream", "late") as writer:
        writer.add(Answer("https://graph.example/", 200, NOW, body, slice_items(body, rows)))
        writer.commit(NOW - timedelta(hours=1), NOW)
    store.adopt()


def judged(silent: Path, place: Path, portions: list[tuple[datetime, list[bytes]]]) -> list[Finding]:
    """What stands after a cycle at each moment, with what has arrived by then."""
    shutil.copytree(silent, place)
    settings = sample_settings(place)
    tenant = _contoso(settings)
    with open_store(TenantFolder(place / "contoso"), tenant.tenant_id) as store:
        for number, (moment, rows) in enumerate(portions):
            _land(store, rows)
            normalise(store, tenant, settings, run_id=f"run-{number}", now=moment)
            given: dict[str, Any] = {"run_id": f"run-{number}", "as_of": moment, "execute": in_process}
            done = detect(store, tenant, settings, load_rules(()), sinks=("jsonl",), **given)
            assert done.failures == ()
        found = store.con.execute("SELECT rule_id, kind, keys, surface, status FROM finding ORDER BY ALL").fetchall()
    return [tuple(row) for row in found]


@pytest.fixture(scope="module")
def at_once(silent: Path, events: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    return judged(silent, tmp_path_factory.mktemp("at-once") / "data", [(NOW, events)])


@pytest.mark.parametrize("seed", range(int(os.environ.get("LATE_SEEDS", "1"))))
def test_findings_do_not_depend_on_when_things_arrive(
    silent: Path, events: list[bytes], at_once: list[Finding], tmp_path: Path, seed: int
) -> None:
    dice = Random(seed)
    mixed = dice.sample(events, len(events))
    cuts = sorted(dice.sample(range(1, len(events)), dice.choice([1, 2, 3])))
    parts = [mixed[start:end] for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    moments = [*sorted(NOW - timedelta(minutes=dice.randrange(1, 600)) for _ in cuts), NOW]
    found = judged(silent, tmp_path / "data", list(zip(moments, parts, strict=True)))
    lacking, more = set(at_once) - set(found), set(found) - set(at_once)
    assert (sorted(lacking, key=str), sorted(more, key=str)) == ([], [])

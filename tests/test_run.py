"""The cycle: what it leaves behind, what a failing stage stops and what not, and that being killed changes nothing."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.forward import JsonlSink
from pipeline.run import WHOLE, run_all
from pipeline.store import TenantFolder
from pipeline.store.lock import hold
from pipeline.store.reading import reading, select
from pipeline.store.runs import read_status
from tests.samples import FIRST, SECOND, holdings, play, sample_settings

NOW = datetime(2026, 10, 17, 6, 30, tzinfo=UTC)
BOTH = (FIRST, SECOND)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Fabrikam after two cycles that nothing disturbed."""
    settings = sample_settings(tmp_path_factory.mktemp("undisturbed"))
    for day in BOTH:
        assert play(settings, "fabrikam", day).exit_code == 0
    return settings


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with reading(TenantFolder(settings.data_dir / "fabrikam")) as con:
        return select(con, sql)[1]


def test_a_cycle_leaves_a_record(undisturbed: Settings) -> None:
    record = rows(
        undisturbed, "SELECT command, exit_code, finished_at >= started_at, summary FROM run ORDER BY started_at"
    )
    assert [row[:3] for row in record] == [("run", 0, True)] * 2
    assert json.loads(str(record[0][3]))["collect"]["items"] > 600
    [(drift,)] = rows(undisturbed, "SELECT max(abs(clock_drift_seconds)) FROM run")
    assert isinstance(drift, float) and drift < 60


def test_the_status_says_how_the_tenant_stands(undisturbed: Settings) -> None:
    status = read_status(TenantFolder(undisturbed.data_dir / "fabrikam"))
    assert status is not None
    assert status["watermark"] == f"{SECOND}T06:15:00.000000Z"
    assert 0 <= status["lag_seconds"] < 60
    assert (status["gaps"], status["alerts"]["pending"], status["last_run"]["exit_code"]) == ([], 0, 0)
    assert status["last_good_run_at"] and len(status["chain_head"]) == 64
    sent = (undisturbed.data_dir / "fabrikam" / "alerts.jsonl").read_text().splitlines()
    assert status["alerts"]["sent"] == len(sent) > 0


def test_a_cycle_again_adds_nothing(tmp_path: Path, undisturbed: Settings) -> None:
    settings = sample_settings(tmp_path)
    sink = JsonlSink(tmp_path / "alerts.jsonl")
    for day in (FIRST, FIRST, SECOND, SECOND):
        assert play(settings, "fabrikam", day, sinks=[sink]).exit_code == 0
    expected = holdings(undisturbed.data_dir / "fabrikam")
    assert holdings(tmp_path / "fabrikam") == expected
    assert len(sink.path.read_text().splitlines()) == len(expected["outbox"])


@pytest.mark.parametrize("done", range(1, len(WHOLE)), ids=lambda done: f"after {WHOLE[done - 1]}")
def test_killed_between_two_stages_nothing_is_lost(tmp_path: Path, undisturbed: Settings, done: int) -> None:
    """Stages run alone, as separate commands do, and then a whole cycle: the same state as without the kill."""
    settings = sample_settings(tmp_path)
    for day in BOTH:
        for stage in WHOLE[:done]:
            assert play(settings, "fabrikam", day, stages=(stage,)).exit_code == 0
        assert play(settings, "fabrikam", day).exit_code == 0
    assert holdings(tmp_path / "fabrikam") == holdings(undisturbed.data_dir / "fabrikam")


def test_a_failing_collect_lets_the_others_work(tmp_path: Path) -> None:
    """No secret is set, so signing in fails; what is there already is judged and sent."""
    settings = sample_settings(tmp_path)
    play(settings, "fabrikam", stages=("collect",))
    [summary] = run_all(settings, settings.tenants[1:2], now=NOW)
    assert (summary.exit_code, summary.normalise.events > 0, summary.detect.rules > 0) == (2, True, True)
    assert summary.forward.sent == summary.detect.alerts > 0
    assert summary.error == "auth.client_secret: env:AZURE_CLIENT_SECRET is not set or empty"
    status = read_status(TenantFolder(tmp_path / "fabrikam"))
    assert status and status["last_run"]["summary"]["error"] == summary.error


def test_damaged_raw_data_is_an_integrity_error_and_detects_nothing(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path)
    play(settings, "fabrikam", stages=("collect",))
    segment = next((tmp_path / "fabrikam" / "raw" / "directory_audits").rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-9])
    summary = play(settings, "fabrikam", stages=WHOLE[1:])
    assert (summary.exit_code, summary.detect.rules) == (7, 0)
    assert segment.name in (summary.error or "")
    index = tmp_path / "fabrikam" / "raw" / "index.ndjson"
    index.write_bytes(index.read_bytes().replace(b'"items":', b'"items": ', 1))
    [summary] = run_all(settings, settings.tenants[1:2], now=NOW)
    assert summary.exit_code == 7


def test_one_bad_rule_fails_alone_and_loudly(tmp_path: Path) -> None:
    own = tmp_path / "rules" / "own"
    own.mkdir(parents=True)
    (own / "broken.sql").write_text("/* ---\ntitle: broken\n--- */\nSELECT 1", encoding="utf-8")
    settings = sample_settings(tmp_path / "data")
    settings = settings.model_copy(update={"content": settings.content.model_copy(update={"rules": (own.parent,)})})
    summary = play(settings, "fabrikam")
    assert summary.exit_code == 2
    assert "own.broken" in (summary.error or "") and f"{own / 'broken.sql'}:" in (summary.error or "")
    assert summary.detect.alerts > 0


def test_waiting_alerts_become_a_backlog_after_an_hour(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path)
    play(settings, "fabrikam", stages=WHOLE[:3])
    now = datetime(2026, 10, 17, 7, 30, tzinfo=UTC)
    [summary] = run_all(settings, settings.tenants[1:2], now=now, stages=("forward",), sinks=[Deaf()])
    assert summary.exit_code == 8
    assert "alerts wait, the oldest for 1.2 hours" in (summary.error or "")


class Deaf(JsonlSink):
    """Takes nothing, says nothing."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"))

    def deliver(self, parcels):  # type: ignore[no-untyped-def]
        return iter(())


def test_a_busy_tenant_is_code_5_and_the_others_run(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path)
    with hold(TenantFolder(tmp_path / "fabrikam").lock):
        done = run_all(settings, settings.tenants[1:], now=NOW, stages=("forward",), wait_seconds=0.1)
    assert [(each.tenant, each.exit_code) for each in done] == [("fabrikam", 5), ("tailspin", 0)]
    assert f"process {os.getpid()}" in (done[0].error or "")


def test_a_bug_in_one_stage_is_code_1_and_stops_no_other(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path)
    summary = play(settings, "fabrikam", stages=WHOLE, sinks=[Broken(tmp_path / "alerts.jsonl")])
    assert (summary.exit_code, summary.error) == (1, "ZeroDivisionError: division by zero")
    [(code, finished)] = rows(settings, "SELECT exit_code, finished_at IS NOT NULL FROM run")
    assert (code, finished) == (1, True)


class Broken(JsonlSink):
    """Has a bug."""

    def deliver(self, parcels):  # type: ignore[no-untyped-def]
        return iter([1 // 0])

"""The cycle: what it leaves behind, what a failing stage stops and what not, and that being killed changes nothing."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings, Tenant
from pipeline.forward import JsonlSink
from pipeline.forward.sink import Parcel, Waits
from pipeline.reporting import report_all
from pipeline.run import WHOLE, run_all
from pipeline.store import TenantFolder
from pipeline.store.lock import hold
from pipeline.store.reading import reading, select
from pipeline.store.runs import read_status
from tests.forward.alerts import at
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
    assert status["last_good_run_at"] and len(status["chain_head"]) == 129
    sent = (undisturbed.data_dir / "fabrikam" / "alerts.jsonl").read_text().splitlines()
    assert status["alerts"]["sent"] == len(sent) > 0


def test_a_cycle_again_adds_nothing(undisturbed: Settings) -> None:
    folder = undisturbed.data_dir / "fabrikam"
    before, sent = holdings(folder), (folder / "alerts.jsonl").read_bytes()
    assert play(undisturbed, "fabrikam", SECOND).exit_code == 0
    assert holdings(folder) == before
    assert (folder / "alerts.jsonl").read_bytes() == sent


def test_killed_between_any_two_stages_nothing_is_lost(tmp_path: Path, undisturbed: Settings) -> None:
    """Runs that end after collect, after normalise and after detect, each followed by a new one."""
    settings = sample_settings(tmp_path)
    for day, done in ((FIRST, 1), (FIRST, 2), (FIRST, 3), (SECOND, 4)):
        assert play(settings, "fabrikam", day, stages=WHOLE[:done]).exit_code == 0
    assert holdings(tmp_path / "fabrikam") == holdings(undisturbed.data_dir / "fabrikam")
    sent = [json.loads(line) for line in (tmp_path / "fabrikam" / "alerts.jsonl").read_text().splitlines()]
    assert len(sent) == len({(alert["AlertId"], alert["Revision"]) for alert in sent}) > 0


def copied(data_dir: Path, place: Path) -> tuple[Settings, tuple[Tenant, ...]]:
    """Settings over a copy of `data_dir`, and Fabrikam."""
    shutil.copytree(data_dir, place, dirs_exist_ok=True)
    settings = sample_settings(place)
    return settings, settings.tenants[1:2]


def test_a_failing_collect_lets_the_others_work(tmp_path: Path, judged: Path) -> None:
    """No secret is set, so signing in fails; what is there already is judged and sent."""
    settings, fabrikam = copied(judged, tmp_path)
    [summary] = run_all(settings, fabrikam, now=NOW)
    assert (summary.exit_code, summary.detect.rules > 0, summary.forward.sent > 0) == (2, True, True)
    assert summary.error == "auth.client_secret: env:AZURE_CLIENT_SECRET is not set or empty"
    status = read_status(TenantFolder(tmp_path / "fabrikam"))
    assert status and status["last_run"]["summary"]["error"] == summary.error


def test_damaged_raw_data_is_an_integrity_error_and_nothing_is_judged(tmp_path: Path, judged: Path) -> None:
    settings, fabrikam = copied(judged, tmp_path)
    segment = next((tmp_path / "fabrikam" / "raw" / "directory_audits").rglob("*.zst"))
    segment.write_bytes(segment.read_bytes()[:-9])
    [summary] = run_all(settings, fabrikam, now=NOW, stages=("rebuild", "detect"))
    assert summary.exit_code == 7 and segment.name in (summary.error or "")
    index = tmp_path / "fabrikam" / "raw" / "index.ndjson"
    index.write_bytes(index.read_bytes().replace(b'"items":', b'"items": ', 1))
    [summary] = run_all(settings, fabrikam, now=NOW, stages=("normalise",))
    assert summary.exit_code == 7 and "index.ndjson" in (summary.error or "")


def test_a_stage_is_not_run_on_what_the_one_before_it_left_undone(tmp_path: Path, judged: Path) -> None:
    settings, fabrikam = copied(judged, tmp_path)
    (baseline,) = {each.baseline for each in fabrikam}
    assert baseline is not None
    broken = fabrikam[0].model_copy(update={"baseline": tmp_path / "gone.yaml"})
    [summary] = run_all(settings, [broken], now=NOW, stages=WHOLE[1:])
    assert summary.exit_code == 2 and "gone.yaml" in (summary.error or "")
    assert summary.detect.rules == 0 and summary.forward.sent > 0


def test_one_bad_rule_fails_alone_and_loudly(tmp_path: Path, judged: Path) -> None:
    file = tmp_path / "rules" / "own" / "broken.sql"
    file.parent.mkdir(parents=True)
    file.write_text("/* ---\ntitle: broken\n--- */\nSELECT 1", encoding="utf-8")
    settings, fabrikam = copied(judged, tmp_path / "data")
    own = settings.content.model_copy(update={"rules": (file.parent.parent,)})
    settings = settings.model_copy(update={"content": own})
    [summary] = run_all(settings, fabrikam, now=NOW, stages=("detect",))
    assert summary.exit_code == 2
    assert "own.broken" in (summary.error or "") and f"{file}:" in (summary.error or "")
    assert summary.detect.rules >= 5


def test_waiting_alerts_become_a_backlog_after_an_hour(tmp_path: Path, judged: Path) -> None:
    settings, fabrikam = copied(judged, tmp_path)
    for hour, code in ((6, 0), (7, 8)):
        now = NOW.replace(hour=hour)
        [summary] = run_all(settings, fabrikam, now=now, stages=("forward",), sinks=[Deaf(tmp_path)], clock=at(now))
        assert summary.exit_code == code
    assert "alerts wait, the oldest for 1.2 hours: jsonl: no answer" in (summary.error or "")


class Deaf(JsonlSink):
    """Answers nothing."""

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Any]:
        yield Waits(tuple(parcel.key for parcel in parcels), "no answer", held=False)


def test_held_delivery_is_code_3_at_once(tmp_path: Path, judged: Path) -> None:
    settings, fabrikam = copied(judged, tmp_path)
    [summary] = run_all(settings, fabrikam, now=NOW, stages=("forward",), sinks=[Locked(tmp_path)])
    assert (summary.exit_code, summary.error) == (3, "delivery is held: jsonl: no role")


class Locked(JsonlSink):
    """Refuses everybody."""

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Any]:
        yield Waits(tuple(parcel.key for parcel in parcels), "no role", held=True)


def test_a_bug_in_one_stage_is_code_1_and_recorded(tmp_path: Path, judged: Path) -> None:
    settings, fabrikam = copied(judged, tmp_path)
    [summary] = run_all(settings, fabrikam, now=NOW, stages=("forward",), sinks=[Broken(tmp_path)])
    assert (summary.exit_code, summary.error) == (1, "ZeroDivisionError: integer division or modulo by zero")
    assert rows(settings, "SELECT exit_code, finished_at IS NOT NULL FROM run WHERE command = 'forward'") == [(1, True)]


class Broken(JsonlSink):
    """Has a bug."""

    def deliver(self, parcels: Sequence[Parcel]) -> Iterator[Any]:
        yield 1 // 0


def test_a_busy_tenant_is_code_5_and_the_others_run(tmp_path: Path) -> None:
    settings = sample_settings(tmp_path)
    with hold(TenantFolder(tmp_path / "fabrikam").lock):
        done = run_all(settings, settings.tenants[1:], now=NOW, stages=("forward",), wait_seconds=0.1)
    assert [(each.tenant, each.exit_code) for each in done] == [("fabrikam", 5), ("tailspin", 0)]
    assert f"process {os.getpid()}" in (done[0].error or "")


def test_reports_of_one_tenant_do_not_wait_for_another(tmp_path: Path, judged: Path) -> None:
    settings, _ = copied(judged, tmp_path)
    (tmp_path / "contoso").mkdir()
    (tmp_path / "contoso" / "pimtrail.duckdb").write_bytes(b"no database")
    period = (date(2026, 10, 1), date(2026, 10, 17))
    contoso, fabrikam = report_all(settings, settings.tenants[:2], ["nis2-directive"], now=NOW, period=period)
    assert (contoso.exit_code, contoso.paths) == (6, ())
    [path] = fabrikam.paths
    assert path == tmp_path / "fabrikam" / "reports" / "fabrikam-nis2-directive-2026-10-01_2026-10-17.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")

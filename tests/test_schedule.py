"""The scheduler: when its jobs fire, that they never overlap, that it stops when told."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from pipeline.config import Schedule, Settings
from pipeline.schedule import scheduler

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def fires(expression: str, count: int) -> list[datetime]:
    """The job's next moments from Monday on."""
    (job,) = [job for job in scheduler(Settings(schedule=Schedule(run=expression)), ()).get_jobs() if job.id == "run"]
    found: list[datetime] = []
    now = MONDAY - timedelta(seconds=1)
    for _ in range(count):
        now = job.trigger.get_next_fire_time(None, now + timedelta(seconds=1))
        found.append(now)
    return found


def test_weekdays_by_name_mean_those_days() -> None:
    assert [moment.strftime("%a %H:%M") for moment in fires("0 6 * * mon-fri", 6)] == [
        *("Mon 06:00", "Tue 06:00", "Wed 06:00", "Thu 06:00", "Fri 06:00", "Mon 06:00")
    ]
    assert [moment.strftime("%a") for moment in fires("0 6 * * sun", 2)] == ["Sun", "Sun"]


def test_times_are_utc_also_where_clocks_change() -> None:
    """02:30 is there exactly once on every day, also on those on which much of the world changes its clocks."""
    found = fires("30 2 * * *", 200)
    assert {(moment.hour, moment.minute, moment.utcoffset()) for moment in found} == {(2, 30, timedelta(0))}
    assert {after - before for before, after in pairwise(found)} == {timedelta(days=1)}


def test_jobs_wait_for_one_another_and_catch_up_once() -> None:
    jobs = scheduler(Settings(), ()).get_jobs()
    assert {job.id: job.misfire_grace_time for job in jobs} == {"run": 3600, "report": 86400}
    assert {(job.coalesce, job.max_instances) for job in jobs} == {(True, 1)}


def test_it_runs_at_once_and_stops_when_told(tmp_path: Path) -> None:
    config = tmp_path / "pimtrail.toml"
    config.write_text(
        '[[tenants]]\nname = "contoso"\ntenant_id = "00000000-0000-0000-0000-000000000001"\n'
        'auth = {client_id = "a", client_secret = "env:PIMTRAIL_TEST_SECRET_THAT_IS_NOT_SET"}\n'
    )
    command = [sys.executable, "-m", "pipeline", "serve", "--config", str(config)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE, text=True, env={"PATH": ""}
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "run ended" in line:
                process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "env:PIMTRAIL_TEST_SECRET_THAT_IS_NOT_SET is not set" in "".join(lines)
    assert "SIGTERM" in "".join(lines)

"""The scheduler: `run` and monthly reports by the clock, one job at a time. What they do stands in `run.py`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from .config import Settings, Tenant
from .errors import worst_exit
from .reporting import report_all
from .run import run_all

RUN_GRACE_SECONDS = 3600
REPORT_GRACE_SECONDS = 24 * 3600
"""A job that could not start on time, as when another one takes long, still starts within its grace."""

log = structlog.get_logger()


def scheduler(settings: Settings, tenants: Sequence[Tenant]) -> BlockingScheduler:
    """The scheduler with its two jobs, not yet started; the first cycle begins at once."""
    planned = BlockingScheduler(timezone=UTC, executors={"default": {"type": "threadpool", "max_workers": 1}})

    def plan(job: Callable[..., None], name: str, cron: str, grace: int, **more: Any) -> None:
        trigger, alone = CronTrigger.from_crontab(cron, timezone=UTC), {"coalesce": True, "max_instances": 1}
        planned.add_job(job, trigger, [settings, tenants], id=name, misfire_grace_time=grace, **alone, **more)

    plan(_run, "run", settings.schedule.run, RUN_GRACE_SECONDS, next_run_time=datetime.now(UTC))
    plan(_report, "report", settings.schedule.report, REPORT_GRACE_SECONDS)
    return planned


def serve(settings: Settings, tenants: Sequence[Tenant]) -> None:
    """Work on schedule until SIGTERM or SIGINT; a job under way is finished first."""
    planned = scheduler(settings, tenants)

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        threading.Thread(target=planned.shutdown, name="stop").start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    planned.start()


def _run(settings: Settings, tenants: Sequence[Tenant]) -> None:
    done = run_all(settings, tenants, now=datetime.now(UTC))
    _note("run", done)


def _report(settings: Settings, tenants: Sequence[Tenant]) -> None:
    _note("report", report_all(settings, tenants, settings.report.frameworks, now=datetime.now(UTC)))


def _note(job: str, done: Sequence[Any]) -> None:
    code = worst_exit(each.exit_code for each in done)
    errors = {each.tenant: each.error for each in done if each.error}
    (log.error if code else log.info)(f"{job} ended", exit_code=code, **({"errors": errors} if errors else {}))

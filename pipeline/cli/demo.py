"""`pimtrail demo`: the real pipeline over the bundled synthetic tenants, at each of their dates."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import content
from ..errors import StorageError, UsageError, worst_exit
from .invocation import Invocation, command
from .terminal import visible

if TYPE_CHECKING:
    from ..config import Settings, Tenant
    from ..model import CycleSummary
    from ..reporting import Written

MARK = ".pimtrail-demo"
PERIOD = (date(2026, 10, 1), date(2026, 11, 1))
AT = time(6, 15, tzinfo=UTC)
"""The moment of each sample date at which the cycle runs."""

_Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to leave databases, alerts and reports.")]


@dataclass(frozen=True)
class Shown:
    """What a demo did, for the page that tells of it."""

    out: Path
    settings: Settings
    moments: tuple[datetime, ...]
    cycles: tuple[CycleSummary, ...]
    reports: tuple[Path, ...]


def add_to(app: typer.Typer) -> None:
    """Make this module's function a command of `app`."""
    command(app)(demo)


def demo(here: Invocation, out: _Out = Path("demo-out")) -> int:
    """Show it all on bundled synthetic tenants, without a network."""
    from .demo_page import page
    from .logs import start_logging
    from .terminal import print_json

    if here.config or here.tenant:
        raise UsageError("the demo has a configuration and tenants of its own")
    start_logging(quiet=True, color=here.color)
    shown, code = play(out.absolute())
    if here.json:
        print_json(shown.cycles)
    elif not here.quiet:
        page(shown, here.color)
    return code


def play(out: Path) -> tuple[Shown, int]:
    """Run the demo into `out`, tenants side by side; returns what it did and the exit code.

    Raises UsageError where `out` holds something that is not a demo's.
    """
    from ..settings_file import load

    clear(out)
    settings = load(_furnish(out), environment={})
    moments = tuple(datetime.combine(day, AT) for day in _dates(settings.tenants[0].name))
    with ThreadPoolExecutor(len(settings.tenants)) as pool:
        parts = list(pool.map(lambda tenant: _tenant(settings, tenant, moments, out), settings.tenants))
    _gather(settings, out)
    cycles = tuple(cycle for part, _ in parts for cycle in part)
    written = [each for _, each in parts]
    ended = [(each.tenant, each.exit_code, each.error) for ends in (cycles, written) for each in ends]
    for tenant, _, error in ended:
        if error:
            sys.stderr.write(f"pimtrail: {tenant}: {visible(error)}\n")
    reports = tuple(path for each in written for path in each.paths)
    return Shown(out, settings, moments, cycles, reports), worst_exit(code for _, code, _ in ended)


def _tenant(
    settings: Settings, tenant: Tenant, moments: Sequence[datetime], out: Path
) -> tuple[list[CycleSummary], Written]:
    """One tenant's cycles, one after the other, and its reports."""
    from ..reporting import report_all

    cycles = [_cycle(settings, tenant, moment) for moment in moments]
    frameworks = settings.report.frameworks
    [written] = report_all(settings, [tenant], frameworks, now=moments[-1], period=PERIOD, out=out)
    return cycles, written


def _cycle(settings: Settings, tenant: Tenant, moment: datetime) -> CycleSummary:
    from ..collect import open_graph
    from ..collect.replay import ReplayTransport
    from ..run import run_all

    day = f"{moment:%Y-%m-%d}"
    transport = ReplayTransport(content.samples_dir() / tenant.name, day, moment)
    given = {"run_id": f"demo-{day}", "pause": lambda seconds: None, "clock": lambda: moment}
    with open_graph(settings.graph, None, transport) as graph:
        return run_all(settings, [tenant], now=moment, graph=graph, **given)[0]


def _gather(settings: Settings, out: Path) -> None:
    """One file of everybody's alerts, in the order they were raised."""
    from ..store import TenantFolder

    files = [TenantFolder(settings.data_dir / tenant.name).alerts for tenant in settings.tenants]
    lines = [line for file in files if file.exists() for line in file.read_bytes().split(b"\n") if line]
    lines.sort(key=lambda line: str(json.loads(line)["TimeGenerated"]))
    (out / "alerts.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


def clear(out: Path) -> None:
    """An empty folder with our mark; what a demo left before is replaced, and nothing else ever is."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"{out} is no folder")
    try:
        if out.exists() and any(out.iterdir()):
            if not (out / MARK).is_file():
                raise UsageError(f"{out} holds something that is not a demo's; name another folder with --out")
            shutil.rmtree(out)
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text("pimtrail demo may replace this folder\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{out}: {error.strerror or error}") from error


def _furnish(out: Path) -> Path:
    """The samples' configuration and what it names, so that every other command works on the demo's data too."""
    samples = content.samples_dir()
    for file in (samples / "tickets.csv", *samples.glob("*/*.yaml")):
        target = out / file.relative_to(samples)
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target)
    return Path(shutil.copyfile(samples / "pimtrail.toml", out / "pimtrail.toml"))


def _dates(tenant: str) -> Iterator[date]:
    for folder in sorted((content.samples_dir() / tenant).iterdir()):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", folder.name):
            yield date.fromisoformat(folder.name)

"""The commands that do the work: the whole cycle, its stages one by one, reports, and the scheduler."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError, worst_exit
from ..model import Severity
from .invocation import Invocation, command
from .terminal import print_json, visible

if TYPE_CHECKING:
    from ..model import CycleSummary

FAILED_ON = 10
"""Exit code of `run --fail-on` where an alert is grave enough and nothing else went wrong."""

_DATE = ["%Y-%m-%d"]
_From = Annotated[datetime | None, typer.Option("--from", formats=_DATE, help="First day; else the last whole month.")]
_To = Annotated[datetime | None, typer.Option("--to", formats=_DATE, help="The day after the last one.")]
_Format = Annotated[str | None, typer.Option("--format", help="Comma list: html, csv; else as configured.")]
_Out = Annotated[Path | None, typer.Option("--out", help="Folder; else data/<tenant>/reports.")]
_Imports = Annotated[
    list[Path] | None,
    typer.Option("--import", metavar="PATH", help="Take events from files, folders or - (standard input)."),
]
_More = Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="More of them.", show_default=False)]
_Assume = Annotated[bool, typer.Option("--assume-tenant", help="Take rows that name another tenant, too.")]
_Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Fill the audit log from this day or time (UTC) on.")
]
_Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Fill it up to then; else up to now.")]
_Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="LIST", help="Believe this list though it lost most of what it held."),
]
_Again = Annotated[bool, typer.Option("--retry-quarantined", help="Also what was refused before.")]
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="Judge as of then, not of now.")]
_FailOn = Annotated[Severity | None, typer.Option("--fail-on", help="End with 10 on a new alert at least this grave.")]


def add_to(app: typer.Typer) -> None:
    """Make this module's functions commands of `app`."""
    for function in (run, collect, normalise, rebuild, detect, forward, report, serve):
        command(app)(function)


def run(here: Invocation, fail_on: _FailOn = None) -> int:
    """One cycle, collect to forward: what cron or a container calls."""
    from ..run import WHOLE

    done = _cycles(here, WHOLE)
    code = _told(here, done)
    raised = max((each.worst.weight for each in done if each.worst), default=-1)
    return FAILED_ON if code == 0 and fail_on is not None and raised >= fail_on.weight else code


def collect(
    here: Invocation,
    imports: _Imports = None,
    more: _More = None,
    assume_tenant: _Assume = False,
    since: _Since = None,
    until: _Until = None,
    accept: _Accept = None,
) -> int:
    """Read Microsoft Graph, or files, into the raw store."""
    if accept and (imports or since is not None or until is not None):
        raise UsageError("--accept goes with neither --import nor --since")
    if since is not None or until is not None:
        from .backfilling import told_backfill

        if imports or more or assume_tenant:
            raise UsageError("--since and --until are of Graph, not of --import")
        return told_backfill(here, since, until)
    if not imports:
        if more or assume_tenant:
            raise UsageError("paths and --assume-tenant go with --import")
        return _told(here, _cycles(here, ("collect",), accept=_lists(accept or ())))
    from .importing import told_import

    here.one_tenant(here.settings())
    return told_import(here, (*imports, *(more or ())), assume_tenant)


def normalise(here: Invocation) -> int:
    """Bring the tables up to what is collected."""
    return _told(here, _cycles(here, ("normalise",)))


def rebuild(here: Invocation) -> int:
    """Make the database again from raw data and journal."""
    return _told(here, _cycles(here, ("rebuild",)))


def detect(here: Invocation, as_of: _AsOf = None) -> int:
    """Run the rules."""
    return _told(here, _cycles(here, ("detect",), as_of=_moment(as_of)))


def forward(here: Invocation, retry_quarantined: _Again = False) -> int:
    """Send the alerts that wait."""
    return _told(here, _cycles(here, ("forward",), retry_quarantined=retry_quarantined))


def report(
    here: Invocation,
    framework: Annotated[str, typer.Argument(help="iso27001-2022, nis2-directive, …")],
    since: _From = None,
    until: _To = None,
    form: _Format = None,
    out: _Out = None,
) -> int:
    """Write the evidence of a period for assessors."""
    from ..reporting import report_all

    settings, forms = here.settings(), form and tuple(form.split(","))
    period, place = _period(since, until), out and out.absolute()
    written = report_all(
        settings, here.tenants(settings), [framework], now=datetime.now(UTC), period=period, out=place, formats=forms
    )
    if here.json:
        print_json(written)
    elif not here.quiet:
        _lines(sys.stdout, (str(path) for each in written for path in each.paths))
    _lines(sys.stderr, (f"pimtrail: {each.tenant}: {each.error}" for each in written if each.error))
    return worst_exit(each.exit_code for each in written)


def serve(here: Invocation) -> int:
    """Run cycles and monthly reports on schedule until told to stop."""
    from ..schedule import serve

    settings = here.settings()
    serve(settings, here.tenants(settings))
    return 0


def _cycles(here: Invocation, stages: Sequence[str], **given: Any) -> list[CycleSummary]:
    from ..run import run_all

    settings = here.settings()
    return run_all(settings, here.tenants(settings), now=datetime.now(UTC), stages=stages, **given)


def _told(here: Invocation, done: Sequence[CycleSummary]) -> int:
    """Print what the cycles came to; returns their exit code."""
    if here.json:
        print_json(done)
    elif not here.quiet:
        _lines(sys.stdout, map(sentence, done))
    _lines(sys.stderr, (f"pimtrail: {each.tenant}: {each.error}" for each in done if each.error))
    return worst_exit(each.exit_code for each in done)


def sentence(done: CycleSummary) -> str:
    """A cycle in one line, of what there is something to say about."""
    collected, normalised, detected, forwarded = done.collect, done.normalise, done.detect, done.forward
    parts = [
        (collected.items, f"{collected.items:,} items read, {collected.new_items:,} of them new"),
        (len(collected.skipped), f"{len(collected.skipped)} skipped"),
        (collected.quarantined + normalised.quarantined, "some in quarantine"),
        (normalised.events, f"{normalised.events:,} new events"),
        (detected.rules, f"{detected.rules} rules: {detected.opened} findings opened, {detected.resolved} resolved"),
        (detected.alerts, f"{detected.alerts} alerts raised"),
        (forwarded.sent, f"{forwarded.sent} sent"),
        (forwarded.pending, f"{forwarded.pending} wait" + (f" ({forwarded.delayed})" if forwarded.delayed else "")),
        (forwarded.quarantined, f"{forwarded.quarantined} refused"),
    ]
    return f"{done.tenant}: " + (
        "; ".join(text for count, text in parts if count) or ("failed" if done.error else "nothing new")
    )


def _lists(names: Sequence[str]) -> frozenset[str]:
    from ..collect.endpoints import TABLE, Kind

    known = [endpoint.name for endpoint in TABLE if endpoint.kind is not Kind.STREAM]
    for name in names:
        if name not in known:
            raise UsageError(f"--accept {name!r}: there is no such list; there are {', '.join(known)}")
    return frozenset(names)


def _period(since: datetime | None, until: datetime | None) -> tuple[date, date] | None:
    if (since is None) != (until is None):
        raise UsageError("--from and --to go together")
    return (since.date(), until.date()) if since and until else None


def _moment(said: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said) if said else None
    except ValueError:
        raise UsageError(f"--as-of {said!r} is no ISO 8601 time") from None
    if moment and moment.tzinfo is None:
        raise UsageError(f"--as-of {said!r} has no zone; write 2026-10-17T06:15:00Z")
    return moment and moment.astimezone(UTC)


def _lines(stream: Any, lines: Any) -> None:
    for line in lines:
        stream.write(visible(line) + "\n")

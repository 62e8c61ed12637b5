"""`collect --import`: how far it is while it runs, and what came of it at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import worst_exit
from .invocation import Invocation
from .terminal import console, print_json, table, visible

if TYPE_CHECKING:
    from ..model import CycleSummary, Imported, ImportProgress

ON_TERMINAL, ELSEWHERE = 0.2, 10.0
"""Seconds from one word about progress to the next."""

KINDS = {
    "graph_import": "Graph items",
    "monitor": "Azure Monitor records",
    "log_analytics": "Log Analytics rows",
    "import": "nothing known",
}
_COLUMNS = ("kind", "rows", "events", "duplicates", "quarantined")
_WHERE = 'Where and why: pimtrail query "SELECT origin, line, reason, detail FROM quarantined"; see docs/import.md.'
_FOREIGN = "foreign_tenant rows name another tenant than {}'s; --assume-tenant takes them all the same."


class Progress:
    """Says how far an import is: on a terminal one line that changes, elsewhere a line now and then."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock, self._is_live = stream, clock, stream.isatty()
        self._begun = self._told = clock()

    def __call__(self, at: ImportProgress) -> None:
        now, is_done = self._clock(), at.files == at.of
        if is_done and self._is_live:
            self._stream.write("\r\x1b[K")
        elif not is_done and now - self._told >= (ON_TERMINAL if self._is_live else ELSEWHERE):
            self._told = now
            rate = at.rows / max(now - self._begun, 0.001)
            text = f"{at.files:,} of {at.of:,} files, {at.rows:,} rows, {rate:,.0f} rows/s"
            self._stream.write(f"\r\x1b[K{text}" if self._is_live else f"pimtrail: importing: {text}\n")
        self._stream.flush()


def told_import(here: Invocation, paths: Sequence[Path], assume_tenant: bool) -> int:
    """Import and normalise, print what came of it; returns the exit code."""
    from ..run import run_all

    settings, quietly = here.settings(), here.quiet or here.json
    given: dict[str, Any] = {} if quietly else {"progress": Progress(sys.stderr)}
    done = run_all(
        *(settings, here.tenants(settings)),
        now=datetime.now(UTC),
        stages=("import", "normalise"),
        imports=paths,
        assume_tenant=assume_tenant,
        **given,
    )
    if here.json:
        print_json(done)
    for each in done:
        if not quietly:
            _print(here, each)
        if each.error:
            sys.stderr.write(f"pimtrail: {each.tenant}: {visible(each.error)}\n")
    return worst_exit(each.exit_code for each in done)


def _print(here: Invocation, done: CycleSummary) -> None:
    for line in _head(done):
        sys.stdout.write(visible(line) + "\n")
    if not done.imported:
        return
    table(console(here.color), _COLUMNS, [_row(each) for each in done.imported])
    if any(each.quarantined for each in done.imported):
        sys.stdout.write(_WHERE + "\n")
    if any("foreign_tenant" in each.quarantined for each in done.imported):
        sys.stdout.write(_FOREIGN.format(done.tenant) + "\n")


def _head(done: CycleSummary) -> Iterator[str]:
    read = done.collect
    if not done.error or read.files or read.files_before:
        before = f"; {_files(read.files_before)} in already" if read.files_before else ""
        yield f"{done.tenant}: {_files(read.files) if read.files else 'no new file'} imported{before}"
    yield from (f"passed over {each.reason}" for each in read.skipped)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _row(each: Imported) -> tuple[str, ...]:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in each.quarantined.items())
    figures = (f"{number:,}" for number in (each.rows, each.events, each.duplicates))
    return (KINDS.get(each.source, each.source), *figures, reasons or "0")

"""The command that examines what is kept."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import worst_exit
from .invocation import Invocation, command
from .terminal import print_json, visible

if TYPE_CHECKING:
    from ..verifying import Verdict

_Heads = Annotated[
    list[str] | None, typer.Option("--head", metavar="HASH", help="A chain head noted elsewhere; may be repeated.")
]


def add_to(app: typer.Typer) -> None:
    """Make this module's function a command of `app`."""
    command(app)(verify)


def verify(here: Invocation, head: _Heads = None) -> int:
    """Examine raw data, journal and database against their hashes."""
    from ..verifying import verify_all

    settings = here.settings()
    done = verify_all(settings, here.tenants(settings), head or (), now=datetime.now(UTC))
    if here.json:
        print_json(done)
    else:
        for each in done:
            _tell(each, quiet=here.quiet)
    return worst_exit(each.exit_code for each in done)


def _tell(found: Verdict, *, quiet: bool) -> None:
    for said in [*map(str, found.faults), *([found.error] if found.error else [])]:
        sys.stderr.write(f"pimtrail: {found.tenant}: {visible(said)}\n")
    if not quiet and found.error is None:
        lines = [f"note: {note}" for note in found.notes] + [sentence(found)]
        sys.stdout.write("".join(f"{found.tenant}: {visible(line)}\n" for line in lines))


def sentence(found: Verdict) -> str:
    """A verdict in one line."""
    looked = (
        f"{found.entries:,} entries of the raw index, {found.segments:,} segments, {found.answers:,} answers, "
        f"{found.lines:,} lines of the journal, {found.tables} tables"
    )
    return f"{looked}: {f'{len(found.faults)} faults' if found.faults else 'as they were kept'}"

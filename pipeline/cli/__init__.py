"""The command line: every command reads its options, makes Settings of them, calls one function and ends with a code.

Results go to standard output, logs to standard error. Heavy imports live inside commands, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from .. import __version__
from ..errors import ConfigError, PimtrailError
from . import demo, looking, rules, sentinel, setup, stages, timeline, verifying, waivers
from .terminal import visible

app = typer.Typer(
    name="pimtrail",
    help="Every privileged activation in Microsoft Entra, accounted for.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 100},
)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True)) -> None:
    if version:
        sys.stdout.write(f"pimtrail {__version__}\n")
        raise typer.Exit()


for part in (demo, setup, stages, verifying, looking, timeline, sentinel):
    part.add_to(app)
app.add_typer(rules.app, name="rules")
app.add_typer(waivers.app, name="waivers")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. What is not of our own tree of errors is a bug and keeps its traceback."""
    try:
        app(arguments, prog_name="pimtrail")
    except PimtrailError as error:
        for line in error.faults if isinstance(error, ConfigError) else [str(error)]:
            sys.stderr.write(f"pimtrail: {visible(line)}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)

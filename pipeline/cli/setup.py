"""The commands for the first hour with a tenant: write a configuration, examine that it works."""

from __future__ import annotations

import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StorageError, UsageError, worst_exit
from .invocation import Invocation, command
from .terminal import console, print_json, text

_NOBODY = "00000000-0000-0000-0000-000000000000"
_TenantId = Annotated[str, typer.Option("--tenant-id", help="Directory (tenant) ID.")]
_ClientId = Annotated[str, typer.Option("--client-id", help="Application (client) ID.")]

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red", "info": ""}


def add_to(app: typer.Typer) -> None:
    """Make this module's functions commands of `app`."""
    for function in (init, doctor):
        command(app)(function)


def init(here: Invocation, tenant_id: _TenantId = _NOBODY, client_id: _ClientId = _NOBODY) -> int:
    """Write a configuration to fill in; say which permissions it needs."""
    from ..settings_check import Layer, check
    from ..settings_file import DEFAULT_FILE

    path = here.config or DEFAULT_FILE
    said = {"@NAME@": here.tenant or "contoso", "@TENANT_ID@": tenant_id, "@CLIENT_ID@": client_id}
    starter = (Path(__file__).parent / "starter.toml").read_text(encoding="utf-8")
    for mark, value in said.items():
        if not re.fullmatch(r"[\w.-]+", value, re.ASCII):
            raise UsageError(f"{value!r} is no name or id")
        starter = starter.replace(mark, value)
    check(tomllib.loads(starter), [Layer("init", tomllib.loads(starter))])
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter)
    except FileExistsError:
        raise UsageError(f"{path} exists; it is left as it is") from None
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    if not here.quiet:
        sys.stdout.write(_advice(path))
    return 0


def doctor(here: Invocation) -> int:
    """Examine sign-in, clock and every endpoint; say what is missing."""
    from .doctor import examine

    settings = here.settings()
    found = []
    out = console(here.color)
    for each in examine(settings, here.tenants(settings), datetime.now(UTC)):
        found.append(each)
        if not here.json:
            out.print(text(f"{each.state.upper():<5}", _COLORS[each.state]), text(f"{each.subject}: {each.detail}"))
    if here.json:
        print_json(found)
    return worst_exit(each.exit_code for each in found)


def _advice(path: Path) -> str:
    from ..collect.endpoints import permissions

    names = "\n".join(f"       {name}" for name in permissions())
    return f"""{path} is written. Next:
  1. Register an application in Microsoft Entra and give it these application permissions of Microsoft Graph,
     all of them read-only, with an administrator's consent:
{names}
  2. Fill in {path}, and put the application's secret into AZURE_CLIENT_SECRET.
  3. pimtrail doctor --config {path}
  4. pimtrail run --config {path}
"""

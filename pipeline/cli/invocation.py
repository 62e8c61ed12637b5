"""The options every command has, and what a command is given instead of them."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError

if TYPE_CHECKING:
    from ..config import Settings, Tenant

_Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration; pimtrail.toml where not given.")
]
_Tenant = Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="This tenant only.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
_Quiet = Annotated[bool, typer.Option("--quiet", help="No progress; warnings and errors only.")]
_Plain = Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR in the environment says the same.")]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "config": (_Config, None),
    "tenant": (_Tenant, None),
    "json": (_Json, False),
    "quiet": (_Quiet, False),
    "no_color": (_Plain, False),
}


@dataclass(frozen=True)
class Invocation:
    """How the command was called."""

    config: Path | None = None
    tenant: str | None = None
    json: bool = False
    quiet: bool = False
    color: bool = True

    def settings(self) -> Settings:
        """The configuration. Raises ConfigError with all its faults."""
        from ..settings_file import DEFAULT_FILE, load

        return load(self.config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None))

    def tenants(self, settings: Settings) -> tuple[Tenant, ...]:
        """The tenant named, else all. Raises UsageError where there is none."""
        if not settings.tenants:
            raise UsageError("no tenant is configured: `pimtrail init` writes a pimtrail.toml to fill in")
        chosen = tuple(tenant for tenant in settings.tenants if self.tenant in (None, tenant.name))
        if not chosen:
            names = ", ".join(tenant.name for tenant in settings.tenants)
            raise UsageError(f"no tenant {self.tenant!r} is configured; there are {names}")
        return chosen

    def one_tenant(self, settings: Settings) -> Tenant:
        """The only tenant meant. Raises UsageError where there are several."""
        chosen = self.tenants(settings)
        if len(chosen) > 1:
            raise UsageError(f"--tenant is needed, one of {', '.join(tenant.name for tenant in chosen)}")
        return chosen[0]


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., int]], Callable[..., None]]:
    """Make a function a command of `app`: its first parameter becomes the common options, its result the exit code."""

    def register(function: Callable[..., int]) -> Callable[..., None]:
        @wraps(function)
        def run(**values: Any) -> None:
            from .logs import start_logging

            common = {key: values.pop(key) for key in _OPTIONS}
            color = not (common.pop("no_color") or os.environ.get("NO_COLOR"))
            start_logging(quiet=common["quiet"], color=color)
            raise typer.Exit(function(Invocation(**common, color=color), **values))

        own = [*inspect.signature(function, eval_str=True).parameters.values()][1:]
        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
            for key, (kind, default) in _OPTIONS.items()
        ]
        named = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = inspect.Signature([*named, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*named, *shared]}
        app.command(name)(run)
        return run

    return register

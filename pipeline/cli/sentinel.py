"""`pimtrail sentinel`: what to deploy to Microsoft Sentinel, with what the configuration knows filled in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import StorageError, UsageError
from .invocation import Invocation, command
from .terminal import print_json, visible

TEMPLATE, PARAMETERS = "azuredeploy.json", "azuredeploy.parameters.json"

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
_TO_FILL = {"workspaceName": "YOUR-WORKSPACE", "principalId": "OBJECT-ID-OF-THE-SENDER"}

_Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the template and its parameters.")]


def add_to(app: typer.Typer) -> None:
    """Make this module's function a command of `app`."""
    command(app)(sentinel)


def sentinel(here: Invocation, out: _Out = Path("sentinel")) -> int:
    """Write what to deploy to Microsoft Sentinel: template and parameters."""
    from ..content import sentinel_template
    from ..forward.watchlists import watchlists

    settings = here.settings()
    chosen = settings.model_copy(update={"tenants": here.tenants(settings)})
    parameters = _held(out / PARAMETERS) | {name: {"value": text} for name, text in watchlists(chosen).items()}
    _write(out / TEMPLATE, sentinel_template().read_text(encoding="utf-8"))
    document = {"$schema": _SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters}
    _write(out / PARAMETERS, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    if here.json:
        print_json([{"file": str(out / name)} for name in (TEMPLATE, PARAMETERS)])
    elif not here.quiet:
        sys.stdout.write(_advice(out))
    return 0


def _held(path: Path) -> dict[str, Any]:
    """The parameters already filled in, else those to fill in."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))["parameters"]
    except FileNotFoundError:
        return {name: {"value": text} for name, text in _TO_FILL.items()}
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no file of parameters; move it away") from error
    if not isinstance(held, dict):
        raise UsageError(f"{path} is no file of parameters; move it away")
    return held


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


def _advice(out: Path) -> str:
    folder = visible(str(out))
    return f"""{folder}/{TEMPLATE} and {folder}/{PARAMETERS} are written. Next:
  1. Fill in workspaceName and principalId in {folder}/{PARAMETERS}.
  2. az deployment group create --name pimtrail --resource-group GROUP-OF-THE-WORKSPACE \\
         --template-file {folder}/{TEMPLATE} --parameters @{folder}/{PARAMETERS}
  3. Put the outputs endpoint and dcr_id under [sentinel] in the configuration; the right to send takes up to
     half an hour to count. Then: pimtrail doctor, pimtrail run.
"""

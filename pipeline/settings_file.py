"""Read the configuration: flags before `PIMTRAIL_…` environment before file before defaults, every fault at once.

Nested keys are joined by two underscores (`PIMTRAIL_GRAPH__BASE_URL`); lists and tables are JSON. Azure's own names
fill only what is said nowhere else, and only where there is at most one tenant.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from .config import AUTH_KEYS, Settings
from .errors import ConfigError
from .settings_check import PATHS, Layer, Values, check

PREFIX = "PIMTRAIL_"
DEFAULT_FILE = Path("pimtrail.toml")

_AZURE = {
    "client_id": ("AZURE_CLIENT_ID", ""),
    "client_secret": ("AZURE_CLIENT_SECRET", "env:"),
    "certificate": ("AZURE_CLIENT_CERTIFICATE_PATH", "file:"),
    "certificate_password": ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "env:"),
    "token_file": ("AZURE_FEDERATED_TOKEN_FILE", ""),
}
"""Key of `auth` → Azure's variable, and what kind of reference its value or name becomes."""

_PROOFS = {"client_secret": "secret", "certificate": "certificate", "token_file": "workload_identity"}
"""What tells a method that is not said, in this order."""
_KUBERNETES = re.compile(r"PIMTRAIL_(PORT|SERVICE)(_.*)?")
"""Set in every container beside a service called pimtrail; not meant for us."""


def load(
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in `path`, environment and `overrides` (nested like the file). Paths in them are absolute.

    Relative paths count from the file's folder, those of environment and flags from the working directory. Raises
    ConfigError listing every fault, each with where it stands and its key.
    """
    environment = os.environ if environment is None else environment
    folder = Path.cwd() if path is None else path.absolute().parent
    faults: list[str] = []
    layers = [Layer("default", {"data_dir": str(folder / "data")})]
    layers += [Layer(str(path), _absolute(_read(path), folder))] if path else []
    layers += _variables(environment, faults)
    layers += [Layer("flag", _absolute(dict(overrides), Path.cwd()))] if overrides else []
    values: Values = reduce(_merged, (layer.values for layer in layers), {})
    values = _with_azure(values, environment)
    return check(values, [Layer("AZURE_… environment", values), *layers], faults)


def _read(path: Path) -> Values:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", str(error), re.DOTALL)
        raise ConfigError([f"{path}:{found[2]}: {found[1]}" if found else f"{path}: {error}"]) from error


def _variables(environment: Mapping[str, str], faults: list[str]) -> list[Layer]:
    """One layer a variable, so that a fault can name it."""
    names = [name for name in sorted(environment) if name.startswith(PREFIX) and not _KUBERNETES.fullmatch(name)]
    if not names:
        return []
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

    class Readable(BaseSettings, Settings):  # type: ignore[misc]
        pass

    source = EnvSettingsSource(Readable, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__")
    layers = []
    for name in names:
        source.env_vars = {name.lower(): environment[name]}
        try:
            values = source()
        except SettingsError:
            faults.append(f"{name}: is no JSON")
            continue
        if not values:
            faults.append(f"{name}: unknown key")
        layers.append(Layer(name, _absolute(values, Path.cwd())))
    return layers


def _with_azure(values: Values, environment: Mapping[str, str]) -> Values:
    """`values` with what Azure's own variables say of the only tenant; secrets stay references to their variables."""
    tenants = values.get("tenants", [])
    if not isinstance(tenants, list) or len(tenants) > 1 or not all(isinstance(tenant, dict) for tenant in tenants):
        return values
    tenant_id, host = environment.get("AZURE_TENANT_ID"), environment.get("AZURE_AUTHORITY_HOST")
    if tenants or tenant_id:
        tenant = tenants[0] if tenants else {"name": "default"}
        auth = tenant.get("auth", {})
        under: Values = {"auth": _azure_auth(auth, environment)} if isinstance(auth, dict) else {}
        if tenant_id:
            under["tenant_id"] = tenant_id
        values = values | {"tenants": [_merged(under, tenant)]}
    if host:
        values = _merged({"graph": {"authority": host if "://" in host else f"https://{host}"}}, values)
    return values


def _azure_auth(said: Values, environment: Mapping[str, str]) -> Values:
    """What the variables add to an `auth` table: keys of its method, or of one they suffice for where it names none."""
    held = {
        key: kind + (name if kind == "env:" else environment[name])
        for key, (name, kind) in _AZURE.items()
        if environment.get(name)
    }
    able = "client_id" in held | said and not said.keys() & _PROOFS.keys()
    told = next((method for proof, method in _PROOFS.items() if able and proof in held), "secret")
    method = said.get("method", told)
    needed, allowed = AUTH_KEYS.get(str(method), ((), ()))
    under = {key: value for key, value in held.items() if key in (*needed, *allowed)}
    return under | ({"method": method} if method != "secret" and "method" not in said else {})


def _absolute(value: Any, folder: Path, at: tuple[str, ...] = ()) -> Any:
    """`value` with its relative paths, also those in references, counted from `folder`."""
    if isinstance(value, dict):
        return {key: _absolute(each, folder, (*at, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_absolute(each, folder, (*at, "*")) for each in value]
    if isinstance(value, str | Path) and at in PATHS:
        return str(folder / value)
    if isinstance(value, str) and at[-2:-1] == ("auth",) and value.startswith("file:"):
        return f"file:{folder / value[5:]}"
    return value


def _merged(under: Values, over: Mapping[str, Any]) -> Values:
    """`over` on top of `under`, table by table; lists are replaced whole."""
    both = dict(under)
    for key, value in over.items():
        held = both.get(key)
        both[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return both

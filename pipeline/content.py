"""Where the shipped content lies: rules, reports, sample tenants and what is deployed to Sentinel.

A wheel carries it under `pipeline/_shipped`; a checkout, also one installed as editable, has it beside the package.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .errors import StorageError


@cache
def _root() -> Path:
    package = Path(__file__).resolve().parent
    for candidate in (package / "_shipped", package.parent):
        if (candidate / "rules").is_dir() and (candidate / "reports").is_dir():
            return candidate
    raise StorageError(f"this installation lacks its rules and reports (looked beside and inside {package})")


def rules_dir() -> Path:
    """The folder of shipped rules; `lists/` inside it holds the reference data."""
    return _root() / "rules"


def reports_dir() -> Path:
    """The folder of templates, frameworks and metrics."""
    return _root() / "reports"


def samples_dir() -> Path:
    """The folder of synthetic tenants that `pimtrail demo` replays."""
    return _root() / "sample_logs"


def sentinel_template() -> Path:
    """The ARM template that `pimtrail sentinel` writes."""
    return _root() / "deploy" / "sentinel" / "azuredeploy.json"

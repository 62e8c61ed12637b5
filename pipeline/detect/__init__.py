"""Detect: run the rules over silver in a sandbox, and turn what they say into findings and alerts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine import detect as detect
    from .inline import TestResult as TestResult
    from .inline import run_tests as run_tests
    from .laws import lint as lint
    from .rulefile import Fault as Fault
    from .rulefile import Rule as Rule
    from .rulefile import Rulebook as Rulebook
    from .rulefile import load_rules as load_rules

_HOME = {
    "detect": ".engine",
    "lint": ".laws",
    "run_tests": ".inline",
    "TestResult": ".inline",
    "Fault": ".rulefile",
    "Rule": ".rulefile",
    "Rulebook": ".rulefile",
    "load_rules": ".rulefile",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `--help` stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)

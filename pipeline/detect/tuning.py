"""What the configuration says about a rule: on or off, its severity, its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..config import Settings
from ..errors import ConfigError
from ..model import Severity
from .rulefile import Rule, Rulebook


@dataclass(frozen=True)
class Tuning:
    """A rule as it runs here. `severity` stands above what the rule says of itself and of any one finding."""

    enabled: bool = True
    severity: Severity | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


def tune(rulebook: Rulebook, settings: Settings) -> dict[str, Tuning]:
    """Every rule's tuning, by id. Raises ConfigError naming each setting that fits no rule or no declaration."""
    faults = [*_unknown(rulebook, settings)]
    tuned: dict[str, Tuning] = {}
    for rule in rulebook.rules:
        said = settings.rules.get(rule.id)
        given = {} if said is None else said.params
        faults += [f'rules."{rule.id}".params.{name}: {fault}' for name, fault in _faults(rule, given)]
        enabled = rule.head.status != "deprecated" if said is None else said.enabled
        tuned[rule.id] = Tuning(enabled, None if said is None else said.severity, given)
    if faults:
        raise ConfigError(faults)
    return tuned


def _unknown(rulebook: Rulebook, settings: Settings) -> list[str]:
    known = {rule.id for rule in rulebook.rules} | {fault.rule_id for fault in rulebook.faults}
    return [f'rules."{name}": no such rule' for name in sorted(settings.rules.keys() - known)]


def _faults(rule: Rule, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for name, value in given.items():
        param = rule.head.params.get(name)
        try:
            if param is None:
                raise ValueError("no such parameter")
            param.checked(value)
        except ValueError as error:
            found.append((name, str(error)))
    return found

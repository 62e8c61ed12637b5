"""The same rules as templates in the form of Azure-Sentinel's repository."""

from __future__ import annotations

from typing import Any

import yaml

from .rules import AnalyticsRule
from .template import entities, incidents, override

VERSION = "1.0.0"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def document(rule: AnalyticsRule) -> str:
    """The YAML of a rule."""
    body: dict[str, Any] = {
        "id": rule.id,
        "name": rule.name,
        "version": VERSION,
        "kind": "Scheduled",
        "description": rule.description,
        "severity": rule.severity,
        "status": "Available",
        "requiredDataConnectors": [],
        "queryFrequency": rule.frequency,
        "queryPeriod": rule.period,
        "triggerOperator": "gt",
        "triggerThreshold": 0,
        "tactics": list(rule.tactics),
        "relevantTechniques": list(rule.techniques),
        "query": rule.query + "\n",
        **({"entityMappings": entities(rule)} if rule.entities else {}),
        "customDetails": rule.details,
        "alertDetailsOverride": override(rule),
        "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
        "incidentConfiguration": incidents(rule),
        "suppressionEnabled": False,
        "suppressionDuration": "5h",
    }
    return yaml.dump(body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)

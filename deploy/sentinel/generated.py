"""The generated files of this folder."""

from __future__ import annotations

import json
from pathlib import Path

from .rules import RULES
from .template import TABLES, template
from .templates import document
from .workbook import WORKBOOK

FOLDER = Path(__file__).parent

_TYPES = {"boolean": "Bool", "datetime": "DateTime"}


def files() -> dict[str, str]:
    """Name below the folder → text."""
    made = {"azuredeploy.json": _json(template()), "workbook.json": _json(WORKBOOK)}
    made |= {f"analytic_rules/{rule.file}": document(rule) for rule in RULES}
    for name, columns in TABLES.items():
        listed = [{"Name": column, "Type": _TYPES.get(kind, kind.capitalize())} for column, kind in columns]
        made[f"tables/{name}.json"] = _json({"Name": name, "Properties": listed})
    return made


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

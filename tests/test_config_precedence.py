"""Flag before environment before file before default, key by key."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Settings
from pipeline.settings_file import load

KEYS = {
    "alerts.cap_per_rule": [st.integers(1, 10_000), str],
    "alerts.min_severity": [st.sampled_from(["informational", "low", "medium", "high"]), str],
    "report.entity": [st.sampled_from(["", "Contoso AG", "=1+1", "ü 'x' \\ \"y\""]), str],
    "report.formats": [st.lists(st.sampled_from(["html", "csv"]), min_size=1), json.dumps],
    "tickets.in_justification": [st.booleans(), json.dumps],
    "tickets.required_tiers": [st.lists(st.sampled_from(["tier0", "tier1", "tier2"])), json.dumps],
}
said = st.fixed_dictionaries({}, optional={key: values for key, (values, _) in KEYS.items()})


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for key, value in flat.items():
        table, name = key.split(".")
        tables.setdefault(table, {})[name] = value
    return tables


def toml(flat: dict[str, Any]) -> str:
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in flat.items())


def variables(flat: dict[str, Any]) -> dict[str, str]:
    return {"PIMTRAIL_" + key.upper().replace(".", "__"): KEYS[key][1](value) for key, value in flat.items()}


@settings(max_examples=60, deadline=None)
@given(said, said, said)
def test_the_nearest_one_wins(flags: dict[str, Any], environment: dict[str, Any], file: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pimtrail.toml"
        path.write_text(toml(file), encoding="utf-8")
        found = load(path, nested(flags), variables(environment)).model_dump(mode="json")
    expected = nested(file | environment | flags)
    default = Settings().model_dump(mode="json")
    for key in KEYS:
        table, name = key.split(".")
        assert found[table][name] == expected.get(table, {}).get(name, default[table][name]), key

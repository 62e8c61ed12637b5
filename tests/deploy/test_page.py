"""The page on Sentinel names what is deployed, and says what it is."""

import json
import re
import tomllib
from pathlib import Path

from deploy.sentinel.generated import FOLDER
from deploy.sentinel.rules import RULES, kql
from deploy.sentinel.template import TABLES, WATCHLISTS
from pipeline.cli.sending import PER_RULE_RUN
from pipeline.config import Alerts, Sentinel

PAGE = (Path(__file__).parents[2] / "docs" / "sentinel.md").read_text(encoding="utf-8")


def test_every_parameter_is_told() -> None:
    template = json.loads((FOLDER / "azuredeploy.json").read_text(encoding="utf-8"))
    rows = PAGE.split("| parameter |")[1].split("\n\n")[0]
    told = {name for row in re.findall(r"^\| (.+?) \|", rows, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == template["parameters"].keys()
    settings = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])["sentinel"]
    assert Sentinel.model_validate(settings)
    assert settings.keys() == template["outputs"].keys()


def test_every_thing_deployed_is_told() -> None:
    for name in (*TABLES, *WATCHLISTS, "PimAlerts"):
        assert f"`{name}`" in PAGE
    for rule in RULES:
        assert f"*{rule.name}*" in PAGE
        line = next(line for line in PAGE.splitlines() if f"*{rule.name}*" in line)
        assert {"5m": "every 5 minutes", "30m": "every 30 minutes", "1h": "hourly"}[rule.frequency] in line


def test_reasons_and_limits_are_those_of_the_queries() -> None:
    reasons = set(re.findall(r"^\| `(\w+)` \| [a-z]", PAGE.split("## When it falls silent")[1], re.MULTILINE))
    assert reasons == set(re.findall(r", '(\w+)',\n", kql("silence"))) - {""}
    shown = re.search(r"take (\d+);", kql("incident"))
    assert shown and f"More than {shown[1]} alerts" in PAGE
    assert Alerts().per_5_min < int(shown[1]) == PER_RULE_RUN

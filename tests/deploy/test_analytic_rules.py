"""The YAML templates, and the workbook, hold to the rules of Azure-Sentinel's validators."""

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.sentinel.generated import FOLDER
from deploy.sentinel.rules import KQL, RULES
from deploy.sentinel.workbook import WORKBOOK
from pipeline.content import rules_dir

TEMPLATES: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (FOLDER / "analytic_rules").glob("*.yaml")
}
REQUIRED = {
    *("id", "name", "version", "kind", "description", "severity", "requiredDataConnectors", "queryFrequency"),
    *("queryPeriod", "triggerOperator", "triggerThreshold", "tactics", "relevantTechniques", "query"),
}
OPTIONAL = {
    *("status", "entityMappings", "customDetails", "alertDetailsOverride", "eventGroupingSettings"),
    *("incidentConfiguration", "suppressionEnabled", "suppressionDuration", "tags"),
}
TECHNIQUES = {
    "T1078": {"InitialAccess", "Persistence", "PrivilegeEscalation", "DefenseEvasion"},
    "T1098": {"Persistence", "PrivilegeEscalation"},
    "T1562": {"DefenseEvasion"},
}
IDENTIFIERS = {
    "Account": (
        {"Name", "FullName", "NTDomain", "DnsDomain", "UPNSuffix", "Sid", "AadTenantId", "AadUserId", "PUID"}
        | {"IsDomainJoined", "DisplayName", "ObjectGuid"},
        {"FullName", "Sid", "Name", "AadUserId", "PUID", "ObjectGuid"},
    ),
    "IP": ({"Address"}, {"Address"}),
    "SecurityGroup": ({"DistinguishedName", "SID", "ObjectGuid"}, {"DistinguishedName", "SID", "ObjectGuid"}),
    "CloudApplication": ({"AppId", "Name", "InstanceName"}, {"AppId", "Name"}),
    "AzureResource": ({"ResourceId"}, {"ResourceId"}),
}
"""Entity → (identifiers it may have, those of which it needs one)."""


def minutes(span: str) -> int:
    match = re.fullmatch(r"(\d+)([mhd])", span)
    assert match
    return int(match[1]) * {"m": 1, "h": 60, "d": 1440}[match[2]]


@pytest.fixture(params=sorted(TEMPLATES))
def template(request: pytest.FixtureRequest) -> dict[str, Any]:
    return TEMPLATES[request.param]


def test_there_is_one_for_each_rule() -> None:
    assert TEMPLATES.keys() == {rule.file for rule in RULES}
    assert len({held["id"] for held in TEMPLATES.values()}) == len({held["name"] for held in TEMPLATES.values()}) == 3


def test_fields_are_known_and_there(template: dict[str, Any]) -> None:
    assert REQUIRED <= template.keys() <= REQUIRED | OPTIONAL
    assert str(uuid.UUID(template["id"])) == template["id"]
    assert template["kind"] == "Scheduled"
    assert template["severity"] in ("Informational", "Low", "Medium", "High")
    assert re.fullmatch(r"\d+\.\d+\.\d+", template["version"])
    assert template["requiredDataConnectors"] == []
    assert template["triggerOperator"] in ("gt", "lt", "eq", "ne")
    assert 0 <= template["triggerThreshold"] <= 10_000


def test_words_are_short_and_plain(template: dict[str, Any]) -> None:
    assert len(template["name"]) <= 50
    assert not template["name"].endswith(".")
    assert len(template["description"]) <= 255
    assert re.match(r"Identifies |This query searches for ", template["description"])


def test_times_are_allowed(template: dict[str, Any]) -> None:
    frequency, period = minutes(template["queryFrequency"]), minutes(template["queryPeriod"])
    assert 5 <= frequency <= period <= 14 * 1440
    assert frequency >= 60 or period < 2 * 1440


def test_the_query_is_one_that_a_rule_may_have(template: dict[str, Any]) -> None:
    query = template["query"]
    assert 1 <= len(query) <= 10_000
    assert query.isascii()
    assert not re.search(r"\b(search|union)\s+\*|Utc\b", query)
    assert set(re.findall(r"ago\((\d+[hd])\)", query)) & {template["queryPeriod"]}


def test_techniques_belong_to_tactics(template: dict[str, Any]) -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", tactic) for tactic in template["tactics"])
    for technique in template["relevantTechniques"]:
        assert TECHNIQUES[technique] & set(template["tactics"])


def test_entities_can_be_told_apart(template: dict[str, Any]) -> None:
    mappings = template.get("entityMappings", [])
    assert len(mappings) <= 10
    for mapping in mappings:
        names = [field["identifier"] for field in mapping["fieldMappings"]]
        allowed, needed = IDENTIFIERS[mapping["entityType"]]
        assert 1 <= len(names) == len(set(names)) <= 3
        assert set(names) <= allowed
        assert set(names) & needed


def test_details_fit(template: dict[str, Any]) -> None:
    details = template["customDetails"]
    assert 1 <= len(details) <= 20
    for key, column in details.items():
        assert re.fullmatch(r"[a-zA-Z]+\w*", key) and len(key) <= 20
        assert re.fullmatch(r"[a-zA-Z_]+\w*", column)
    told = template["alertDetailsOverride"]
    for shown, longest in (("alertDisplayNameFormat", 256), ("alertDescriptionFormat", 5000)):
        assert 1 <= len(told[shown]) <= longest
        assert len(re.findall(r"{{\w+}}", told[shown])) <= 3


def test_incidents_are_grouped_by_details_the_alert_has(template: dict[str, Any]) -> None:
    grouping = template["incidentConfiguration"]["groupingConfiguration"]
    assert grouping["matchingMethod"] == "Selected"
    assert grouping["groupByCustomDetails"]
    assert set(grouping["groupByCustomDetails"]) <= template["customDetails"].keys()


def test_the_workbook_is_one_for_the_gallery() -> None:
    assert WORKBOOK["version"] == "Notebook/1.0"
    assert re.fullmatch(r"sentinel-[A-Za-z]+", WORKBOOK["fromTemplateId"])
    assert WORKBOOK["fromTemplateId"] != "sentinel-UserWorkbook"
    text = str(WORKBOOK)
    assert "/subscriptions/" not in text and "/resourceGroups/" not in text
    names = [item["name"] for item in WORKBOOK["items"]]
    assert len(names) == len(set(names))
    shown = {item["content"]["query"] for item in WORKBOOK["items"] if item["type"] == 3}
    assert shown == {path.read_text(encoding="utf-8").rstrip("\n") for path in KQL.glob("workbook_*.kql")}


def test_queries_name_rules_that_there_are() -> None:
    named = {
        rule
        for path in KQL.glob("*.kql")
        for rule in re.findall(r"'([a-z]+\.[a-z_]+)'", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [rule for rule in named if not Path(rules_dir(), *rule.split(".")).with_suffix(".sql").exists()] == []

"""The ARM template: as it is generated, of the documented shapes, with the record's columns, and nothing dangling."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy.sentinel.__main__ import main
from deploy.sentinel.generated import FOLDER, files
from deploy.sentinel.template import TABLES, WATCHLISTS, iso
from pipeline.config import Sentinel
from pipeline.forward.watchlists import watchlists
from pipeline.settings_file import load
from pipeline.store.record import ALERT_COLUMNS, HEARTBEAT_COLUMNS

from .arm import GROUP, Deployment

SCHEMAS = json.loads((Path(__file__).parent / "arm_schemas.json").read_text(encoding="utf-8"))
TEMPLATE: dict[str, Any] = json.loads((FOLDER / "azuredeploy.json").read_text(encoding="utf-8"))
RESOURCES: list[dict[str, Any]] = TEMPLATE["resources"]
COMMON = {
    "type": {"type": "string"},
    "apiVersion": {"type": "string"},
    "name": {"type": "string"},
    "dependsOn": {"type": "array", "items": {"type": "string", "pattern": r"^\[.*\]$"}, "uniqueItems": True},
    "condition": {"type": "string"},
}


def of_type(kind: str) -> list[dict[str, Any]]:
    return [resource for resource in RESOURCES if resource["type"].endswith(f"/{kind}")]


def strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, held in value.items():
                yield from (*strings(key), *strings(held))
        case list():
            for held in value:
                yield from strings(held)


EXPRESSIONS = sorted({text for text in strings(TEMPLATE) if text.startswith("[")})


def test_the_files_are_what_the_generator_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(["--check"]), capsys.readouterr().err) == (0, "")
    made = {*files(), "azuredeploy.parameters.json"}
    kept = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.suffix in (".json", ".yaml")}
    assert kept == made


def test_the_template_has_the_shape_of_one() -> None:
    jsonschema.validate(TEMPLATE, SCHEMAS["template"])
    assert len(json.dumps(TEMPLATE)) < 4_000_000


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda held: f"{held['type'].split('/')[-1]} {held['name'][:36]}")
def test_a_resource_has_its_documented_shape(resource: dict[str, Any]) -> None:
    shape = SCHEMAS["resources"][resource["type"]]
    schema = {
        "$defs": SCHEMAS["$defs"],
        "type": "object",
        "additionalProperties": False,
        "required": ["type", "apiVersion", "name", *shape["required"]],
        "properties": COMMON | shape["properties"] | {"apiVersion": {"enum": shape["apiVersion"]}},
    }
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(resource)


def test_a_shape_refuses_what_is_misspelt() -> None:
    wrong = json.loads(json.dumps(of_type("dataCollectionRules")[0]))
    wrong["properties"]["dataFlow"] = wrong["properties"].pop("dataFlows")
    with pytest.raises(jsonschema.ValidationError):
        test_a_resource_has_its_documented_shape(wrong)


def test_tables_and_streams_have_the_columns_of_the_record() -> None:
    declared = {"PimAlerts_CL": ALERT_COLUMNS, "PimHeartbeat_CL": HEARTBEAT_COLUMNS}
    assert declared == TABLES
    for resource in of_type("tables"):
        schema = resource["properties"]["schema"]
        columns = [(each["name"], each["type"].replace("dateTime", "datetime")) for each in schema["columns"]]
        assert tuple(columns) == declared.pop(schema["name"])
        assert resource["name"] == f"[format('{{0}}/{schema['name']}', parameters('workspaceName'))]"
    assert declared == {}


def test_the_collection_rule_passes_each_stream_to_its_table() -> None:
    (rule,) = of_type("dataCollectionRules")
    streams = rule["properties"]["streamDeclarations"]
    for name, columns in TABLES.items():
        held = streams[f"Custom-{name}"]["columns"]
        assert tuple((each["name"], each["type"]) for each in held) == columns
    flows = {flow["streams"][0]: flow for flow in rule["properties"]["dataFlows"]}
    assert flows.keys() == streams.keys()
    assert all(flow["outputStream"] == stream for stream, flow in flows.items())
    assert all(flow["transformKql"] == "source" for flow in flows.values())
    assert {flow["destinations"][0] for flow in flows.values()} == {
        each["name"] for each in rule["properties"]["destinations"]["logAnalytics"]
    }


def test_the_streams_are_those_the_sender_uses_by_default() -> None:
    (rule,) = of_type("dataCollectionRules")
    names = {Sentinel.model_fields[key].default for key in ("stream", "heartbeat_stream")}
    assert names == rule["properties"]["streamDeclarations"].keys()
    assert TEMPLATE["outputs"].keys() <= Sentinel.model_fields.keys()


def test_the_sender_gets_a_right_on_the_collection_rule_alone() -> None:
    (granted,) = of_type("roleAssignments")
    assert "dataCollectionRules" in granted["scope"]
    assert granted["scope"] == of_type("diagnosticSettings")[0]["scope"]


def test_every_parameter_and_variable_is_used() -> None:
    """A text that begins with a bracket is an expression, also inside a query: none may be one by accident."""
    assert all(text.endswith("]") for text in EXPRESSIONS)
    whole = "\n".join(EXPRESSIONS)
    used = {kind: set(re.findall(rf"{kind}\('(\w+)'\)", whole)) for kind in ("parameters", "variables")}
    assert used == {"parameters": TEMPLATE["parameters"].keys(), "variables": TEMPLATE["variables"].keys()}


@pytest.fixture(scope="module")
def deployment() -> Deployment:
    example = json.loads((FOLDER / "azuredeploy.parameters.json").read_text(encoding="utf-8"))["parameters"]
    return Deployment(TEMPLATE, {name: held["value"] for name, held in example.items()})


def test_what_is_depended_on_is_deployed_once(deployment: Deployment) -> None:
    ids = [deployment.identity(resource) for resource in RESOURCES]
    assert len(set(ids)) == len(ids)
    needed = [deployment.value(text) for resource in RESOURCES for text in resource.get("dependsOn", [])]
    assert set(needed) <= set(ids)


def test_everything_lies_in_the_workspace_or_at_the_collection_rule(deployment: Deployment) -> None:
    workspace = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/law-soc"
    rule = f"{GROUP}/providers/Microsoft.Insights/dataCollectionRules/pimtrail"
    for resource in RESOURCES:
        place = deployment.identity(resource)
        assert place.startswith((workspace, rule)) or resource["type"].endswith("/workbooks"), place
    assert [deployment.value(each["value"]) for each in TEMPLATE["outputs"].values()] == [f"of {rule}"] * 2
    (granted,) = of_type("roleAssignments")
    assert deployment.identity(granted).startswith(f"{rule}/providers/Microsoft.Authorization/roleAssignments/")
    (destination,) = of_type("dataCollectionRules")[0]["properties"]["destinations"]["logAnalytics"]
    assert deployment.value(destination["workspaceResourceId"]) == workspace


def test_every_expression_can_be_read(deployment: Deployment) -> None:
    assert [text for text in EXPRESSIONS if deployment.value(text) is None] == []
    with pytest.raises(ValueError, match="wants 2 names"):
        deployment.value("[resourceId('Microsoft.OperationalInsights/workspaces/tables', 'law-soc')]")


def test_an_empty_list_is_no_watchlist(deployment: Deployment) -> None:
    bare = Deployment(TEMPLATE, {**deployment.given, "breakGlass": ""})
    made = [each["name"] for each in of_type("watchlists") if bare.value(each["condition"])]
    assert made == ["PimTenants", "PimCalendars", "PimRoleTiers"]


def test_rules_wait_for_the_tables_and_watchlists_they_read() -> None:
    for rule in of_type("alertRules"):
        read = set(re.findall(r"Pim\w+_CL|(?<=_GetWatchlist\(')\w+", rule["properties"]["query"]))
        assert read
        assert read == {re.search(r"'(\w+)'\)\]$", needed)[1] for needed in rule["dependsOn"]}  # type: ignore[index]


@pytest.mark.parametrize(
    ("span", "spelled"),
    [("5m", "PT5M"), ("30m", "PT30M"), ("1h", "PT1H"), ("47h", "P1DT23H"), ("48h", "P2D"), ("14d", "P14D")],
)
def test_spans_are_spelled_as_arm_wants_them(span: str, spelled: str) -> None:
    assert iso(span) == spelled


def test_no_span_is_guessed() -> None:
    with pytest.raises(ValueError, match="no span"):
        iso("1w")


def test_the_example_gives_every_parameter_without_a_default() -> None:
    example = json.loads((FOLDER / "azuredeploy.parameters.json").read_text(encoding="utf-8"))["parameters"]
    wanted = {name for name, held in TEMPLATE["parameters"].items() if "defaultValue" not in held}
    assert wanted <= example.keys() <= TEMPLATE["parameters"].keys()


def test_watchlists_are_filled_by_what_the_configuration_makes(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        '[[tenants]]\nname = "contoso"\ntenant_id = "00000000-0000-0000-0000-000000000001"\n', encoding="utf-8"
    )
    made = watchlists(load(tmp_path / "p.toml", environment={}))
    assert made.keys() == {parameter for parameter, _, _ in WATCHLISTS.values()}
    for parameter, key, _ in WATCHLISTS.values():
        assert key == made[parameter].split(",")[0] or made[parameter] == ""

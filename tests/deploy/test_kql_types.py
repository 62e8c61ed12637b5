"""Every query is type-checked over the declared columns, and gives the columns its rule maps."""

import os
import re

import pytest

from deploy.sentinel.rules import KQL, RULES, AnalyticsRule, kql
from deploy.sentinel.template import TABLES, override
from pipeline.store.record import ALERT_COLUMNS

from .kusto import analyse, missing, schema

LISTS = "SearchKey:string, EntraTenantId:string, TenantName:string, Tier:string, _DTItemId:string"
ELSEWHERE = {
    "WatchlistItems": f"({LISTS})",
    "SecurityAlert": "(TimeGenerated:datetime, AlertName:string, ProductName:string, ExtendedProperties:string)",
    "DCRLogErrors": "(TimeGenerated:datetime, InputStreamId:string, OperationName:string, Message:string)",
}
"""Tables of Microsoft's, with the columns we read."""

WORKBOOK = sorted(path.stem for path in KQL.glob("workbook_*.kql"))
Checked = dict[str, tuple[list[str], dict[str, str]]]


@pytest.fixture(scope="module")
def checked() -> Checked:
    why = missing()
    if why and os.environ.get("KQL_CHECK") == "required":
        pytest.fail(why)
    if why:
        pytest.skip(why)
    queries = {rule.file: rule.query for rule in RULES} | {name: kql(name) for name in (*WORKBOOK, "PimAlerts")}
    wrong = {
        "column": "PimAlerts_CL | where Severty == 'High'",
        "table": "PimAlert_CL | take 1",
        "type": "PimAlerts_CL | where Revision startswith 'x'",
    }
    tables = {name: schema(columns) for name, columns in TABLES.items()} | ELSEWHERE
    calls = {"_GetWatchlist": ("(alias:string)", "WatchlistItems"), "PimAlerts": ("()", kql("PimAlerts"))}
    return analyse(queries | wrong, tables, calls)


@pytest.mark.parametrize("name", [*(rule.file for rule in RULES), "PimAlerts", *WORKBOOK])
def test_a_query_has_no_fault(checked: Checked, name: str) -> None:
    assert checked[name][0] == []
    assert checked[name][1]


def test_faults_are_found(checked: Checked) -> None:
    codes = [[fault.split(":")[0] for fault in checked[name][0]] for name in ("column", "table", "type")]
    assert codes == [["KS142"], ["KS204"], ["KS106"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.file)
def test_a_rule_maps_columns_its_query_gives(checked: Checked, rule: AnalyticsRule) -> None:
    given = checked[rule.file][1]
    told = override(rule)
    mapped = {
        *(column for _, *fields in rule.entities for _, column in fields),
        *rule.details.values(),
        *re.findall(r"{{(\w+)}}", told["alertDisplayNameFormat"] + told["alertDescriptionFormat"]),
        told["alertSeverityColumnName"],
        *(column for _, column in rule.properties),
        *([rule.tactic] if rule.tactic else []),
    }
    assert mapped <= given.keys()
    assert {given[name] for name in mapped} <= {"string", "int"}
    assert {given[name] for name in ("TimeGenerated", "StartTime", "EndTime")} == {"datetime"}


def test_the_parser_gives_the_record(checked: Checked) -> None:
    declared = {name: "bool" if kind == "boolean" else kind for name, kind in ALERT_COLUMNS}
    assert checked["PimAlerts"][1] == declared

"""The ARM template: tables, collection rule with its rights and error log, parser, watchlists, rules, workbook."""

from __future__ import annotations

import re
from typing import Any

from pipeline.store.record import ALERT, HEARTBEAT, Column

from .rules import RULES, AnalyticsRule, kql
from .workbook import WORKBOOK

Json = dict[str, Any]

COLUMNS = {"PimAlerts_CL": ALERT, "PimHeartbeat_CL": HEARTBEAT}

TABLES = {table: tuple((column.name, str(column.kind)) for column in columns) for table, columns in COLUMNS.items()}
"""Table → (column, type), …"""

WATCHLISTS = {
    "PimTenants": (
        "tenants",
        "EntraTenantId",
        "The tenants that are watched: silence of one raises an alert",
    ),
    "PimCalendars": ("calendars", "Member", "Whose working hours are which; * is everybody else"),
    "PimRoleTiers": ("roleTiers", "RoleDefinitionId", "How far Entra's roles reach"),
    "PimBreakGlass": ("breakGlass", "Account", "Emergency accounts"),
}
"""Alias → (parameter with its CSV, column to look up by, description)."""

_WORKSPACE = "resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))"
_DCR = "resourceId('Microsoft.Insights/dataCollectionRules', parameters('dataCollectionRuleName'))"
_IN_WORKSPACE = "[format('Microsoft.OperationalInsights/workspaces/{0}', parameters('workspaceName'))]"
_ON_DCR = "[format('Microsoft.Insights/dataCollectionRules/{0}', parameters('dataCollectionRuleName'))]"
_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
"""The built-in role Monitoring Metrics Publisher."""

_OPERATORS = {"gt": "GreaterThan"}


def _table_id(table: str) -> str:
    kind = "Microsoft.OperationalInsights/workspaces/tables"
    return f"[resourceId('{kind}', parameters('workspaceName'), '{table}')]"


def _watchlist_id(alias: str) -> str:
    return f"[extensionResourceId({_WORKSPACE}, 'Microsoft.SecurityInsights/watchlists', '{alias}')]"


def template() -> Json:
    """The deployment template, for a resource group that holds a workspace with Microsoft Sentinel."""
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "metadata": {"description": "pimtrail in Microsoft Sentinel. Made by python -m deploy.sentinel; change that."},
        "parameters": _parameters(),
        "variables": {"workbook": WORKBOOK},
        "resources": [
            *(_table(name, columns) for name, columns in COLUMNS.items()),
            _collection_rule(),
            _role_assignment(),
            _error_log(),
            _parser(),
            *(_watchlist(alias) for alias in WATCHLISTS),
            *(_rule(rule) for rule in RULES),
            _workbook(),
        ],
        "outputs": {
            "endpoint": {"type": "string", "value": f"[reference({_DCR}, '2023-03-11').endpoints.logsIngestion]"},
            "dcr_id": {"type": "string", "value": f"[reference({_DCR}, '2023-03-11').immutableId]"},
        },
    }


def iso(span: str) -> str:
    """`5m`, `47h`, `14d` as ARM writes it: `PT5M`, `P1DT23H`, `P14D`. Raises ValueError for anything else."""
    match = re.fullmatch(r"(\d+)([mhd])", span)
    if not match:
        raise ValueError(f"{span!r} is no span")
    number, unit = int(match[1]), match[2]
    if unit == "m":
        return f"PT{number}M"
    days, hours = divmod(number, 24) if unit == "h" else (number, 0)
    return "P" + (f"{days}D" if days else "") + (f"T{hours}H" if hours else "")


def incidents(rule: AnalyticsRule) -> Json:
    """How alerts become incidents: the same in ARM and in a template."""
    return {
        "createIncident": True,
        "groupingConfiguration": {
            "enabled": True,
            "reopenClosedIncident": False,
            "lookbackDuration": "P1D",
            "matchingMethod": "Selected",
            "groupByEntities": [],
            "groupByAlertDetails": [],
            "groupByCustomDetails": list(rule.grouping),
        },
    }


def entities(rule: AnalyticsRule) -> list[Json]:
    """Entity mappings: the same in ARM and in a template."""
    return [
        {
            "entityType": kind,
            "fieldMappings": [{"identifier": identifier, "columnName": column} for identifier, column in fields],
        }
        for kind, *fields in rule.entities
    ]


def override(rule: AnalyticsRule) -> Json:
    """What of an alert comes from the row: the same in ARM and in a template."""
    told: Json = {
        "alertDisplayNameFormat": "{{Title}}",
        "alertDescriptionFormat": "{{Description}}",
        "alertSeverityColumnName": "Severity",
    }
    if rule.tactic:
        told["alertTacticsColumnName"] = rule.tactic
    if rule.properties:
        told["alertDynamicProperties"] = [{"alertProperty": name, "value": column} for name, column in rule.properties]
    return told


def _parameters() -> Json:
    def text(description: str, **more: str) -> Json:
        return {"type": "string", **more, "metadata": {"description": description}}

    lists = {
        name: text(f"{about}: CSV with the columns pimtrail sentinel writes, first {key}.")
        for name, key, about in WATCHLISTS.values()
    }
    lists["breakGlass"]["defaultValue"] = ""
    return {
        "workspaceName": text("The Log Analytics workspace with Microsoft Sentinel, in this resource group."),
        "location": text("The workspace's region.", defaultValue="[resourceGroup().location]"),
        "principalId": text("Object id (not client id) of the service principal or managed identity that sends."),
        "dataCollectionRuleName": text("A name for the collection rule.", defaultValue="pimtrail"),
        **lists,
    }


def _table(name: str, columns: tuple[Column, ...]) -> Json:
    spelled = [
        {"name": each.name, "type": "dateTime" if each.kind == "datetime" else each.kind, "description": each.meaning}
        for each in columns
    ]
    return {
        "type": "Microsoft.OperationalInsights/workspaces/tables",
        "apiVersion": "2022-10-01",
        "name": f"[format('{{0}}/{name}', parameters('workspaceName'))]",
        "properties": {"plan": "Analytics", "schema": {"name": name, "columns": spelled}},
    }


def _collection_rule() -> Json:
    declared = {
        f"Custom-{table}": {"columns": [{"name": name, "type": kind} for name, kind in columns]}
        for table, columns in TABLES.items()
    }
    return {
        "type": "Microsoft.Insights/dataCollectionRules",
        "apiVersion": "2023-03-11",
        "name": "[parameters('dataCollectionRuleName')]",
        "location": "[parameters('location')]",
        "kind": "Direct",
        "dependsOn": [_table_id(table) for table in TABLES],
        "properties": {
            "description": "Alerts and heartbeats of pimtrail.",
            "streamDeclarations": declared,
            "destinations": {"logAnalytics": [{"name": "sentinel", "workspaceResourceId": f"[{_WORKSPACE}]"}]},
            "dataFlows": [
                {"streams": [stream], "destinations": ["sentinel"], "transformKql": "source", "outputStream": stream}
                for stream in declared
            ],
        },
    }


def _role_assignment() -> Json:
    return {
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": f"[guid({_DCR}, parameters('principalId'), '{_PUBLISHER}')]",
        "scope": _ON_DCR,
        "dependsOn": [f"[{_DCR}]"],
        "properties": {
            "roleDefinitionId": f"[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{_PUBLISHER}')]",
            "principalId": "[parameters('principalId')]",
            "principalType": "ServicePrincipal",
        },
    }


def _error_log() -> Json:
    return {
        "type": "Microsoft.Insights/diagnosticSettings",
        "apiVersion": "2021-05-01-preview",
        "name": "pimtrail-errors",
        "scope": _ON_DCR,
        "dependsOn": [f"[{_DCR}]"],
        "properties": {
            "workspaceId": f"[{_WORKSPACE}]",
            "logs": [{"category": "LogErrors", "enabled": True}],
        },
    }


def _parser() -> Json:
    return {
        "type": "Microsoft.OperationalInsights/workspaces/savedSearches",
        "apiVersion": "2020-08-01",
        "name": "[format('{0}/PimAlerts', parameters('workspaceName'))]",
        "dependsOn": [_table_id("PimAlerts_CL")],
        "etag": "*",
        "properties": {
            "category": "pimtrail",
            "displayName": "PimAlerts",
            "functionAlias": "PimAlerts",
            "query": kql("PimAlerts"),
            "version": 2,
        },
    }


def _watchlist(alias: str) -> Json:
    parameter, key, about = WATCHLISTS[alias]
    return {
        "type": "Microsoft.SecurityInsights/watchlists",
        "apiVersion": "2024-09-01",
        "name": alias,
        "scope": _IN_WORKSPACE,
        "condition": f"[not(empty(parameters('{parameter}')))]",
        "properties": {
            "displayName": alias,
            "description": about,
            "provider": "pimtrail",
            "source": f"{alias}.csv",
            "sourceType": "Local",
            "contentType": "text/csv",
            "numberOfLinesToSkip": 0,
            "itemsSearchKey": key,
            "rawContent": f"[parameters('{parameter}')]",
        },
    }


def _rule(rule: AnalyticsRule) -> Json:
    tables = [table for table in TABLES if table in rule.query]
    lists = [alias for alias in WATCHLISTS if alias in rule.query]
    return {
        "type": "Microsoft.SecurityInsights/alertRules",
        "apiVersion": "2024-09-01",
        "name": rule.id,
        "scope": _IN_WORKSPACE,
        "kind": "Scheduled",
        "dependsOn": [*map(_table_id, tables), *map(_watchlist_id, lists)],
        "properties": {
            "displayName": rule.name,
            "description": rule.description,
            "enabled": True,
            "severity": rule.severity,
            "query": rule.query,
            "queryFrequency": iso(rule.frequency),
            "queryPeriod": iso(rule.period),
            "triggerOperator": _OPERATORS["gt"],
            "triggerThreshold": 0,
            "suppressionEnabled": False,
            "suppressionDuration": "PT5H",
            "tactics": list(rule.tactics),
            "techniques": list(rule.techniques),
            **({"entityMappings": entities(rule)} if rule.entities else {}),
            "customDetails": rule.details,
            "alertDetailsOverride": override(rule),
            "eventGroupingSettings": {"aggregationKind": "AlertPerResult"},
            "incidentConfiguration": incidents(rule),
        },
    }


def _workbook() -> Json:
    return {
        "type": "Microsoft.Insights/workbooks",
        "apiVersion": "2022-04-01",
        "name": f"[guid({_WORKSPACE}, 'pimtrail')]",
        "location": "[parameters('location')]",
        "kind": "shared",
        "properties": {
            "displayName": "pimtrail: privileged access",
            "category": "sentinel",
            "version": "1.0",
            "sourceId": f"[{_WORKSPACE}]",
            "serializedData": "[string(variables('workbook'))]",
        },
    }

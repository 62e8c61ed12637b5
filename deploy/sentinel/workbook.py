"""The workbook: alerts over time, standing privilege, whether delivery works."""

from __future__ import annotations

from typing import Any

from .rules import kql

_WORKSPACE = "microsoft.operationalinsights/workspaces"

_TILES: tuple[tuple[str, str, str, str, str], ...] = (
    ("alerts", "Alerts a day, by severity", "workbook_alerts", "barchart", "100"),
    ("rules", "By rule", "workbook_rules", "table", "100"),
    ("open", "What stands: new and not resolved", "workbook_open", "table", "100"),
    ("standing", "Privilege nobody has to ask for", "workbook_standing", "table", "60"),
    ("opened", "Opened and ended, by week", "workbook_opened", "barchart", "40"),
    ("tenants", "Each tenant's newest heartbeat", "workbook_tenants", "table", "100"),
    ("lag", "Minutes behind the audit log; alerts that wait", "workbook_lag", "timechart", "50"),
    ("delivery", "Minutes under way; revisions sent again", "workbook_delivery", "table", "50"),
    ("unraised", "Arrived, but raised by no rule", "workbook_unraised", "table", "50"),
    ("errors", "What the collection rule could not deliver", "workbook_errors", "table", "50"),
)
"""(name, title, query file, picture, width in percent)"""

_HEADINGS = {
    "alerts": "## Alerts\nTimes are those of the first time an alert was sent; `PimAlerts` has each alert once.",
    "standing": "## Standing privilege\nState findings that are not resolved, as complete snapshots showed them.",
    "tenants": "## Delivery\nA heartbeat comes with each run. Copies are counted, and change nothing.",
}


def _text(name: str, markdown: str) -> dict[str, Any]:
    return {"type": 1, "content": {"json": markdown}, "name": name}


def _time_range() -> dict[str, Any]:
    spans = [86_400_000, 604_800_000, 2_592_000_000, 7_776_000_000]
    return {
        "type": 9,
        "content": {
            "version": "KqlParameterItem/1.0",
            "parameters": [
                {
                    "id": "7d0c6a2e-4b35-4f0b-9e57-0c6a4e1d2b01",
                    "version": "KqlParameterItem/1.0",
                    "name": "TimeRange",
                    "type": 4,
                    "isRequired": True,
                    "value": {"durationMs": 2_592_000_000},
                    "typeSettings": {"selectableValues": [{"durationMs": span} for span in spans], "allowCustom": True},
                }
            ],
            "style": "pills",
            "queryType": 0,
            "resourceType": _WORKSPACE,
        },
        "name": "time",
    }


def _tile(name: str, title: str, query: str, picture: str, width: str) -> dict[str, Any]:
    return {
        "type": 3,
        "content": {
            "version": "KqlItem/1.0",
            "query": kql(query),
            "size": 0,
            "title": title,
            "timeContextFromParameter": "TimeRange",
            "queryType": 0,
            "resourceType": _WORKSPACE,
            "visualization": picture,
            "noDataMessage": "Nothing here.",
        },
        "customWidth": width,
        "name": name,
    }


def _items() -> list[dict[str, Any]]:
    items = [_time_range()]
    for tile in _TILES:
        if tile[0] in _HEADINGS:
            items.append(_text(f"{tile[0]}-heading", _HEADINGS[tile[0]]))
        items.append(_tile(*tile))
    return items


WORKBOOK: dict[str, Any] = {
    "version": "Notebook/1.0",
    "items": _items(),
    "fromTemplateId": "sentinel-Pimtrail",
    "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
}
"""The gallery's form, also the `serializedData` of the resource."""

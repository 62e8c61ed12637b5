"""A sample tenant as the world of a fake Graph, to be served over TLS.

    graph = sample_graph("fabrikam", "2026-10-17", now)

Events become visible when they occur, so moving `graph.now` on from an early moment lets the day unfold.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pipeline.collect.endpoints import TABLE, Kind
from pipeline.content import samples_dir

from .graph import FakeGraph


def sample_graph(tenant: str, date: str, now: datetime) -> FakeGraph:
    """`sample_logs/<tenant>` with the lists of `date` and the events of all dates up to it; the clock says `now`."""
    graph = FakeGraph(now)
    folder = samples_dir() / tenant
    for endpoint in TABLE:
        path = f"/{endpoint.version}{endpoint.path}"
        if endpoint.kind is Kind.STREAM:
            _events(graph, [each / f"{endpoint.name}.json" for each in sorted(folder.glob("2*")) if each.name <= date])
        elif (file := folder / date / f"{endpoint.name}.json").exists():
            held: dict[str, Any] = json.loads(file.read_bytes())
            if endpoint.kind is Kind.PER_PARENT:
                graph.of_group[path] = held["by_parent"]
            else:
                graph.lists[path] = held["value"]
    return graph


def _events(graph: FakeGraph, files: list[Any]) -> None:
    known: set[str] = set()
    for file in files:
        for row in json.loads(file.read_bytes())["value"]:
            if row["id"] not in known:
                known.add(row["id"])
                graph.happen(row["id"], at=datetime.fromisoformat(row["activityDateTime"]), **_rest(row))


def _rest(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "id"}

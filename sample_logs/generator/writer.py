"""Writes a told tenant as files: one item a line, the same bytes every time."""

import json
from pathlib import Path
from typing import Any

from .clock import CYCLES
from .planting import resolved
from .snapshots import Listed, snapshot
from .world import Row, World


def write(world: World, root: Path) -> None:
    """`<root>/<tenant>/<date>/<endpoint>.json` for both dates, the baseline and the expected findings."""
    folder = root / world.name
    for now in CYCLES:
        plain, by_group = snapshot(world, now)
        write_date(folder / f"{now:%Y-%m-%d}", plain, by_group, world.refused)
    if world.baseline:
        _save(folder / "baseline.yaml", _baseline(world.baseline))
    if world.waivers:
        _save(folder / "waivers.yaml", _waivers(world.waivers))
    _save(folder / "expected_findings.json", json.dumps(_expected(world), indent=1, ensure_ascii=False) + "\n")


def write_date(folder: Path, plain: dict[str, list[Row]], by_group: dict[str, Listed], refused: dict[str, Row]) -> None:
    """One date's answers: `<folder>/<endpoint>.json`; refused endpoints stand in `errors.json` instead."""
    folder.mkdir(parents=True, exist_ok=True)
    for endpoint, rows in plain.items():
        if endpoint not in refused:
            _save(folder / f"{endpoint}.json", _whole(rows))
    for endpoint, listed in by_group.items():
        if endpoint not in refused:
            _save(folder / f"{endpoint}.json", _grouped(listed))
    if refused:
        _save(folder / "errors.json", json.dumps(refused, indent=2) + "\n")


def _save(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _whole(rows: list[Row]) -> str:
    return '{"value": [' + _lines(rows) + "]}\n"


def _grouped(listed: Listed) -> str:
    parts = [f"{json.dumps(group)}: [{_lines(rows)}]" for group, rows in listed.items()]
    return '{"by_parent": {\n' + ",\n".join(parts) + "\n}}\n"


def _lines(rows: list[Row]) -> str:
    return "\n" + ",\n".join(_line(row) for row in rows) + "\n" if rows else ""


def _baseline(entries: list[Row]) -> str:
    head = "# Permanent eligible assignments somebody looked at and accepted. Written by the generator.\naccepted:\n"
    lines = []
    for entry in entries:
        pairs = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entry.items()]
        lines.append("  - " + "\n    ".join(pairs))
    return head + "\n".join(lines) + "\n"


def _waivers(entries: list[Row]) -> str:
    head = "# Findings somebody looked at and accepted until a day. Written by the generator.\n"
    return head + "".join(f"\n{_waiver(entry)}" for entry in entries)


def _waiver(entry: Row) -> str:
    match = ", ".join(f"{field}: {json.dumps(value, ensure_ascii=False)}" for field, value in entry["match"].items())
    rest = [f"  {field}: {json.dumps(value, ensure_ascii=False)}" for field, value in entry.items() if field != "match"]
    return "\n".join([f"- match: {{{match}}}", *rest]) + "\n"


def _expected(world: World) -> Row:
    cycles = [
        {
            "date": f"{now:%Y-%m-%d}",
            "now": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "opened": _of(world.opened, number),
            "resolved": _of(resolved(world), number),
        }
        for number, now in enumerate(CYCLES)
    ]
    return {"tenant": world.name, "tenant_id": world.tenant_id, "cycles": cycles, "silent": world.silent}


def _of(planted: list[tuple[int, Row]], number: int) -> list[Row]:
    rows = [row for cycle, row in planted if cycle == number]
    return sorted(rows, key=lambda row: (row["rule_id"], json.dumps(row["keys"], sort_keys=True)))

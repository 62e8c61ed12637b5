"""Precision and recall of every stable rule on the labelled tenants: what is planted is found, and nothing else."""

import json
from pathlib import Path

import pytest

from pipeline import content
from pipeline.detect import load_rules
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select
from tests.samples import FIRST, SECOND, play, sample_settings

STABLE = {rule.id for rule in load_rules().rules if rule.head.status == "stable"}
Told = set[tuple[str, str, str]]


def told(rows: list[dict[str, object]]) -> Told:
    return {(str(row["rule_id"]), json.dumps(row["keys"], sort_keys=True), str(row.get("severity"))) for row in rows}


@pytest.mark.parametrize("name", ["contoso", "fabrikam", "tailspin"])
def test_found_is_what_was_planted(tmp_path: Path, name: str) -> None:
    settings = sample_settings(tmp_path)
    planted = json.loads((content.samples_dir() / name / "expected_findings.json").read_text())["cycles"]
    for day, cycle in zip((FIRST, SECOND), planted, strict=True):
        run = play(settings, name, day)
        assert run.detect.failures == ()
        with reading(TenantFolder(tmp_path / name)) as con:
            columns = "rule_id, keys, severity, status"
            rows = select(con, f"SELECT {columns} FROM finding WHERE run_id = ?", run.run_id)[1]
        rows = [row for row in rows if row[0] in STABLE]
        found = [{"rule_id": rule, "keys": json.loads(keys), "severity": grade} for rule, keys, grade, _ in rows]
        status = [row[3] for row in rows]
        assert told([row for row, now in zip(found, status, strict=True) if now == "open"]) == told(cycle["opened"])
        ended = {row[:2] for row in told([row for row, now in zip(found, status, strict=True) if now == "resolved"])}
        assert ended == {row[:2] for row in told(cycle.get("resolved", []))}

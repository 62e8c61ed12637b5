"""`pimtrail demo`, once, as a newcomer runs it, and what it leaves behind."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.cells import cell_len

from pipeline.cli.demo import MARK, clear
from pipeline.content import samples_dir
from pipeline.detect import load_rules
from tests.readme import block, environment

from .calling import Shell


@dataclass(frozen=True)
class Played:
    out: Path
    code: int
    page: str
    err: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A demo from some folder, with an environment that would lead a real run elsewhere."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "pimtrail.toml").write_text("this is no TOML")
    more = {"PIMTRAIL_DATA_DIR": str(folder / "lost"), "AZURE_TENANT_ID": "x"}
    command = [sys.executable, "-m", "pipeline", "demo"]
    ended = subprocess.run(command, cwd=folder, env=environment() | more, capture_output=True, check=False)
    return Played(folder / "demo-out", ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def alerts(played: Played) -> list[dict[str, str]]:
    return [json.loads(line) for line in (played.out / "alerts.jsonl").read_bytes().split(b"\n") if line]


def test_it_ends_well_and_quietly(played: Played) -> None:
    assert (played.code, played.err) == (0, "")


def test_the_page_fits_and_says_what_matters(played: Played) -> None:
    lines = played.page.splitlines()
    assert 20 <= len(lines) <= 40
    assert max(map(cell_len, lines)) <= 100
    assert not any(line != line.rstrip() for line in lines)
    assert all(
        name in played.page for name in ("contoso", "fabrikam", "tailspin", "a gap from", "demo-out/alerts.jsonl")
    )
    assert len([rule.id for rule in load_rules().rules if rule.id in played.page]) >= 5
    assert "pimtrail init" in lines[-1]


def expected() -> list[dict[str, str]]:
    """Every finding that was planted in the sample tenants."""
    files = sorted(samples_dir().glob("*/expected_findings.json"))
    return [found for file in files for cycle in json.loads(file.read_bytes())["cycles"] for found in cycle["opened"]]


def rule_of(found: dict[str, str]) -> str:
    return found["rule_id"]


def test_the_readme_shows_this_page(played: Played) -> None:
    """After a change of rules or samples: `python -m tests.readme`."""
    assert block("demo") == played.page


def test_the_alerts_are_those_that_were_planted(played: Played) -> None:
    planted = Counter(rule_of(found) for found in expected() if found.get("waived_until", "") < "2026-11-01")
    raised = Counter(alert["RuleId"] for alert in alerts(played) if alert["Revision"] == 1)
    assert {rule: raised[rule] for rule in planted} == planted


def test_it_leaves_alerts_reports_and_databases(played: Played) -> None:
    names = {path.name for path in played.out.iterdir()}
    for tenant in ("contoso", "fabrikam", "tailspin"):
        for framework in ("iso27001-2022", "nis2-directive"):
            assert f"{tenant}-{framework}-2026-10-01_2026-11-01.html" in names
        assert (played.out / "data" / tenant / "pimtrail.duckdb").stat().st_size > 100_000
    assert not (played.out.parent / "lost").exists()
    keys = [(alert["EntraTenantId"], alert["AlertId"], alert["Revision"]) for alert in alerts(played)]
    assert len(keys) == len(set(keys))


def test_the_next_commands_work_on_it(played: Played, shell: Shell) -> None:
    config = ("--config", played.out / "pimtrail.toml")
    told = json.loads(shell("query", *config, "--tenant", "contoso", "--json", "FROM activation").out)
    assert len(told) > 50
    assert [state["alerts"]["pending"] for state in json.loads(shell("status", *config, "--json").out)] == [0, 0, 0]
    assert shell("show", *config, "--tenant", "contoso", alerts(played)[0]["AlertId"]).code == 0


def test_it_replaces_its_own_folder_and_no_other(shell: Shell) -> None:
    shell.write(f"old/{MARK}", "")
    shell.write("old/data/contoso/pimtrail.duckdb", "old")
    clear(shell.folder / "old")
    assert [path.name for path in (shell.folder / "old").iterdir()] == [MARK]
    shell.write("mine/notes.txt", "keep")
    result = shell("demo", "--out", "mine")
    assert result.code == 2 and "holds something that is not a demo's" in result.err
    assert (shell.folder / "mine" / "notes.txt").read_text() == "keep"
    (shell.folder / "link").symlink_to(shell.folder / "mine")
    assert shell("demo", "--out", "link").code == 2
    shell.write("file", "x")
    assert shell("demo", "--out", "file").code == 2

"""`query`, `status`, `show`, `rules` and the stages by name, on the data of a sample tenant."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.content import samples_dir

from .calling import Shell

CONFIG = """
[[tenants]]
name = "fabrikam"
tenant_id = "a1c4e7f2-3b5d-4f6a-8c9e-0d2b4f6a8c02"
time_zone = "America/New_York"
holidays = "US"
working_hours = "mon-fri 08:00-18:00"
high_impact = ["grp-prod-jump-hosts"]
baseline = "{baseline}"
"""


@pytest.fixture
def office(shell: Shell, judged: Path) -> Shell:
    """A shell beside a configuration and Fabrikam's data."""
    shutil.copytree(judged, shell.folder / "data")
    shell.write("pimtrail.toml", CONFIG.format(baseline=samples_dir() / "fabrikam" / "baseline.yaml"))
    return shell


def test_query_prints_rows(office: Shell) -> None:
    sql = "SELECT count(*) AS events, min(occurred_at) AS first FROM audit_event"
    [row] = json.loads(office("query", sql, "--json").out)
    assert row["events"] > 500 and row["first"].endswith("Z")
    lines = office("query", sql).out.splitlines()
    assert lines[0].split() == ["events", "first"] and lines[1].split()[0] == str(row["events"])
    assert office("query", "FROM pim_request WHERE false", "--json").out == "[]\n"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit_event",
        "SELECT 1; DROP TABLE finding",
        "COPY audit_event TO 'out.csv'",
        "SELECT * FROM read_text('pimtrail.toml')",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT * FROM none",
        "SELEC",
    ],
)
def test_query_only_reads_and_only_the_tables(office: Shell, sql: str) -> None:
    before = sorted(path.name for path in office.folder.rglob("*"))
    result = office("query", sql)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("pimtrail: ") and len(result.err.splitlines()) == 1
    assert sorted(path.name for path in office.folder.rglob("*")) == before


def test_hostile_names_do_not_reach_the_terminal(office: Shell) -> None:
    result = office("query", "SELECT 'a' || chr(27) || '[2J' || chr(8238) || '[bold]b' AS n")
    assert result.out.splitlines()[1] == "a\\x1b[2J\\u202e[bold]b"


def test_query_before_anything_is_collected(shell: Shell) -> None:
    shell.config()
    result = shell("query", "SELECT 1")
    assert (result.code, result.err) == (2, "pimtrail: contoso: nothing is collected yet; `pimtrail run` does\n")
    assert not (shell.folder / "data").exists()


def test_status_in_words_and_in_json(office: Shell) -> None:
    told = office("status").out
    assert "fabrikam" in told and "2026-10-17 06:15Z" in told
    [state] = json.loads(office("status", "--json").out)
    assert state["tenant"] == "fabrikam" and state["alerts"]["pending"] > 0


def test_status_names_what_is_held_and_what_stays_without_news(office: Shell) -> None:
    place = office.folder / "data" / "fabrikam" / "status.json"
    state = json.loads(place.read_text())
    state["held"] = [{"source": "users", "reason": "r", "times": 2, "since": "2026-10-17T06:15:00.000000Z"}]
    state["skipped"] = [{"source": name, "reason": "403"} for name in ("ca_policies", "auth_contexts")]
    place.write_text(json.dumps(state))
    told = " ".join(office("status").out.split())
    assert "held users: r, told 2 times since 2026-10-17 06:15Z" in told and "--accept users" in told
    assert "skipped ca_policies, auth_contexts (no news in ca_policy, auth_context): 403" in told


def test_only_lists_are_accepted(office: Shell) -> None:
    assert "there is no such list" in office("collect", "--accept", "directory_audits").err
    assert office("collect", "--accept", "users", "--since", "2026-10-01").code == 2


def test_forward_sends_and_show_shows(office: Shell) -> None:
    result = office("forward", "--json")
    [summary] = json.loads(result.out)
    assert summary["forward"]["sent"] > 0
    alert = json.loads((office.folder / "data" / "fabrikam" / "alerts.jsonl").read_text().splitlines()[0])
    told = office("show", alert["AlertId"][:10])
    assert told.code == 0 and alert["AlertName"] in told.out and "jsonl" in told.out
    assert json.loads(office("show", alert["AlertId"], "--json").out)["record"] == alert
    assert office("show", "ffffffffff").err == "pimtrail: no alert begins with 'ffffffffff'\n"
    assert office("show", "ff").code == 2


def test_stages_by_name(office: Shell) -> None:
    before = office(
        "query", "SELECT * EXCLUDE (segment, page, ordinal) FROM audit_event ORDER BY event_id", "--json"
    ).out
    assert "fabrikam: " in office("rebuild").out
    after = office(
        "query", "SELECT * EXCLUDE (segment, page, ordinal) FROM audit_event ORDER BY event_id", "--json"
    ).out
    assert after == before
    assert office("normalise").out == "fabrikam: nothing new\n"
    again = ("detect", "--as-of", "2026-10-17T06:15:00Z")
    assert " findings opened" in office(*again).out  # by what this configuration does not say, such as break_glass
    assert "rules: 0 findings opened" in office(*again).out
    assert office("detect", "--quiet").out == ""
    assert office("detect", "--as-of", "2026-10-17T06:15:00").err.endswith("write 2026-10-17T06:15:00Z\n")
    assert office("detect", "--as-of", "today").code == 2


def test_a_failure_goes_before_fail_on(office: Shell) -> None:
    assert office("run", "--fail-on", "low").code == 2


def test_report_writes_files_and_names_them(office: Shell) -> None:
    period = ("--from", "2026-10-01", "--to", "2026-10-17")
    result = office("report", "nis2-directive", *period, "--out", "out", "--format", "html,csv")
    assert result.code == 0, result.err
    paths = [Path(line) for line in result.out.splitlines()]
    assert office.folder / "out" / "fabrikam-nis2-directive-2026-10-01_2026-10-17.html" in paths
    assert all(path.stat().st_size for path in paths)
    assert office("report", "iso9001", *period).code == 2
    assert office("report", "nis2-directive", *period, "--format", "docx").code == 2
    assert office("report", "nis2-directive", "--from", "2026-10-01").err == "pimtrail: --from and --to go together\n"
    assert office("report", "nis2-directive", "--from", "2026-10-02", "--to", "2026-10-01").code == 2


def test_import_lands_files(office: Shell) -> None:
    events = [{"id": "x1", "activityDateTime": "2026-10-16T10:00:00Z", "activityDisplayName": "Add user"}]
    office.write("in/page.json", json.dumps({"value": events}))
    result = office("collect", "--import", "in", "--json")
    [summary] = json.loads(result.out)
    assert (result.code, summary["collect"]["items"]) == (0, 1)
    assert summary["imported"] == [
        {"source": "graph_import", "rows": 1, "events": 1, "duplicates": 0, "quarantined": {}}
    ]
    assert office("normalise").out == "fabrikam: nothing new\n"
    assert office("collect", "in/page.json").err == "pimtrail: paths and --assume-tenant go with --import\n"
    assert office("collect", "--import", "nowhere").code == 2


def test_rules_list_show_test_lint(shell: Shell) -> None:
    listed = json.loads(shell("rules", "list", "--json").out)
    assert {"activation.off_hours", "drift.permanent_eligible"} <= {rule["rule"] for rule in listed}
    assert "working hours" in shell("rules", "show", "activation.off_hours").out
    assert shell("rules", "show", "none.such").code == 2
    tested = shell("rules", "test", "activation.off_hours")
    assert tested.code == 0 and "tests of 1 rules pass" in tested.out
    assert shell("rules", "lint").code == 0


def test_rules_configured_otherwise_are_listed_so(shell: Shell) -> None:
    shell.config('[rules."activation.off_hours"]\nenabled = false\nseverity = "high"\n')
    rules = {rule["rule"]: rule for rule in json.loads(shell("rules", "list", "--json").out)}
    assert (rules["activation.off_hours"]["enabled"], rules["activation.off_hours"]["severity"]) == ("no", "high")


def test_a_faulty_rule_is_told_with_file_and_line(shell: Shell) -> None:
    shell.config('[content]\nrules = ["own"]\n')
    shell.write("own/mine/bad.sql", "/* ---\ntitle: bad\nseverity: grave\n--- */\nSELECT 1\n")
    for call in (("list",), ("lint",)):
        result = shell("rules", *call)
        assert result.code == 2
        assert "own/mine/bad.sql:3: " in result.out + result.err

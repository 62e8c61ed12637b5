"""`timeline`, `rules explain`, `rules backtest` and the events behind an alert, on a sample tenant."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from .calling import Shell
from .test_looking import office as office

RULE = "drift.permanent_eligible"
SPAN = ("--from", "2026-01-01", "--to", "2026-10-18")


def only(office: Shell, sql: str) -> Any:
    return json.loads(office("query", sql, "--json").out)


@pytest.fixture
def used(office: Shell) -> dict[str, Any]:
    """An activation that ended, of somebody whose user principal name is known."""
    sql = """SELECT * FROM activation WHERE ended_at IS NOT NULL AND subject_upn IS NOT NULL AND justification <> ''
        ORDER BY starts_at DESC LIMIT 1"""
    row: dict[str, Any] = only(office, sql)[0]
    return row


def test_a_timeline_goes_from_asking_to_the_end(office: Shell, used: dict[str, Any]) -> None:
    around = ("--around", used["starts_at"])
    told = json.loads(office("timeline", used["subject_upn"].upper(), *around, "--json").out)
    steps = [row["act"] for row in told if row["id"] == used["request_id"]]
    assert sorted(steps) == ["activation asked for", "activation begins", "activation ends"]
    moments = [row["moment"] for row in told]
    middle = datetime.fromisoformat(used["starts_at"])
    assert moments == sorted(moments)
    assert all(abs(datetime.fromisoformat(each) - middle) <= timedelta(hours=12) for each in moments)
    ids = [row["id"] for row in told]
    assert not set(ids) & set(used["event_ids"]), "what the request says is not said again as events"
    by_id = office("timeline", used["subject_id"], *around)
    assert used["justification"] in by_id.out and "activation ends" in by_id.out


def test_a_timeline_of_nobody_or_nothing(office: Shell, used: dict[str, Any]) -> None:
    assert office("timeline", "nobody", "--around", "2026-10-10").err == "pimtrail: nobody is called 'nobody'\n"
    assert office("timeline", used["subject_upn"], "--around", "soon").code == 2
    assert office("timeline", used["subject_upn"], "--around", "2026-10-10T08:00").err.endswith("06:15:00Z\n")
    quiet = office("timeline", used["subject_upn"], "--around", "2001-01-01", "--hours", "1")
    assert quiet.code == 0 and "nothing on record" in quiet.out
    assert office("timeline", used["subject_upn"], "--around", "2001-01-01", "--json").out == "[]\n"


@pytest.fixture
def fired(office: Shell) -> str:
    """A rule that found something."""
    rule: str = only(office, "SELECT rule_id FROM finding WHERE kind = 'event' ORDER BY 1 LIMIT 1")[0]["rule_id"]
    return rule


def test_a_backtest_finds_what_was_found_and_keeps_nothing(office: Shell, fired: str) -> None:
    counts = "SELECT (SELECT count(*) FROM finding) AS findings, (SELECT count(*) FROM rule_run) AS runs"
    before = only(office, counts)
    held = {row["finding_id"] for row in only(office, f"SELECT finding_id FROM finding WHERE rule_id = '{fired}'")}
    told = json.loads(office("rules", "backtest", fired, *SPAN, "--json").out)
    assert {row["finding_id"] for row in told["found"]} == held and held
    assert all(row["known"] for row in told["found"])
    assert f"{len(held)} findings of {fired} on " in office("rules", "backtest", fired, *SPAN).out
    assert only(office, counts) == before


def test_a_backtest_judges_its_span_alone_with_the_configured_parameters(office: Shell) -> None:
    rows = only(office, "SELECT starts_at FROM activation ORDER BY starts_at")
    whole = ("2026-01-01", "2026-12-31")
    span = (rows[len(rows) // 2]["starts_at"], "2026-12-31T00:00:00Z")
    path = office.folder / "pimtrail.toml"
    path.write_text(path.read_text().replace("mon-fri 08:00-18:00", "never"))
    office("normalise")
    found = {}
    for since, until in (whole, span):
        out = office("rules", "backtest", "activation.off_hours", "--from", since, "--to", until, "--json").out
        found[since] = [row["occurred_at"] for row in json.loads(out)["found"]]
    assert found[span[0]] == [each for each in found[whole[0]] if each >= span[0]]
    assert 0 < len(found[span[0]]) < len(found[whole[0]])
    assert office("rules", "backtest", RULE, "--from", "2026-10-02", "--to", "2026-10-01").code == 2
    assert office("rules", "backtest", "none.such", "--from", "2026-10-02").code == 2


def test_explain_says_what_a_rule_reads_and_why_it_found_something(office: Shell, fired: str) -> None:
    told = json.loads(office("rules", "explain", RULE, "--json").out)
    inputs = {each["name"]: each for each in told["reads"]}
    assert inputs["assignment"]["rows"] > 0 and "role_eligibility_instances" in inputs["assignment"]["snapshots"]
    assert (told["last_status"], told["enabled"], told["finding"]) == ("finished", True, None)
    [row] = only(office, f"SELECT finding_id, why FROM finding WHERE rule_id = '{fired}' ORDER BY 1 LIMIT 1")
    words = office("rules", "explain", fired, "--finding", row["finding_id"][:12]).out
    assert row["why"] in words and "blind spot" in words
    assert office("rules", "explain", RULE, "--finding", "ffffffff").code == 2
    assert office("rules", "explain", RULE, "--finding", "ff").code == 2


def test_show_tells_the_events_behind_an_alert(office: Shell) -> None:
    [alert] = only(
        office,
        """SELECT a.alert_id, e.event_id, e.activity FROM alert a JOIN audit_event e
        ON list_contains((a.record::JSON->'$.EvidenceIds')::VARCHAR[], e.event_id) ORDER BY ALL LIMIT 1""",
    )
    told = json.loads(office("show", alert["alert_id"], "--json").out)
    assert alert["event_id"] in [each["event"] for each in told["evidence"]]
    words = office("show", alert["alert_id"]).out
    assert alert["activity"] in words and "pimtrail timeline " in words

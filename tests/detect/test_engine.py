"""A run of detect over a store: what is judged, what is opened and ended, and what a bad rule costs."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.detect import sandbox
from pipeline.errors import ConfigError, UnfinishedError
from pipeline.store import Store
from pipeline.store.adopt import INDEX, set_chain_mark, set_mark
from pipeline.store.chain import Mark
from tests.detect.silver import (
    NOON,
    SQL,
    STATE,
    STATE_SQL,
    TENANT,
    TENANT_ID,
    Runner,
    activation,
    book,
    opened,
    put,
    snapshot,
    write_rule,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as held:
        yield held


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules"


def every_activation(store: Store, rules: Path, head: dict[str, Any] | None = None, **settings: Any) -> Runner:
    write_rule(rules, "mine.rule", **head or {})
    return Runner(store, book(rules), **settings)


def every_assignment(store: Store, rules: Path, **settings: Any) -> Runner:
    write_rule(rules, "mine.rule", STATE_SQL, **STATE)
    snapshot(store, "role_eligibility_instances", 1)
    snapshot(store, "group_eligibility_instances", 2)
    return Runner(store, book(rules), **settings)


def assign(store: Store, principal_id: str, surface: str = "entra_role", **columns: Any) -> None:
    row = {"principal_id": principal_id, "surface": surface, "target_id": "t1", "kind": "eligible"} | columns
    put(store, "assignment_history", row)


def end(store: Store, principal_id: str) -> None:
    store.con.execute("UPDATE assignment_history SET valid_to = ? WHERE principal_id = ?", [NOON, principal_id])


def test_a_finding_its_alert_and_its_place_in_the_outbox(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    runner = every_activation(store, rules)
    runner.execute = sandbox.run
    summary = runner.run()
    assert (summary.rules, summary.opened, summary.alerts, summary.failures) == (1, 1, 1, ())
    [finding] = runner.findings()
    [alert] = store.rows("SELECT * FROM alert")
    [waiting] = store.rows("SELECT * FROM outbox")
    assert finding["finding_id"] == alert["alert_id"] == waiting["alert_id"]
    assert finding["record"] == alert["record"]
    assert (alert["revision"], alert["status"], alert["raised_at"]) == (1, "New", NOON + HOUR)
    assert (waiting["sink"], waiting["state"]) == ("jsonl", "pending")
    assert json.loads(finding["keys"]) == {"request_id": "r1"}
    record = json.loads(alert["record"])
    assert record["AlertId"] == alert["alert_id"]
    assert record["Context"] == {"onboarding": True}
    assert record["EvidenceIds"] == ["event of r1"]


def test_a_run_again_adds_nothing(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    runner = every_activation(store, rules, {"lookback": "30d"})
    runner.run()
    before = runner.findings(), runner.alerts(), store.rows("SELECT * FROM outbox")
    assert runner.run().opened == 0
    assert (runner.findings(), runner.alerts(), store.rows("SELECT * FROM outbox")) == before
    assert [found for _, _, found in runner.runs_of_rules()] == [1, 1]


def test_tables_that_lag_behind_what_was_collected_are_not_judged(store: Store, rules: Path) -> None:
    """A rebuild killed half way leaves empty tables; a state that is not in them has not ended."""
    runner = every_assignment(store, rules)
    assign(store, "p1")
    assert runner.run().opened == 1
    set_chain_mark(store.con, INDEX, Mark(7))
    end(store, "p1")
    with pytest.raises(UnfinishedError, match="pimtrail normalise"):
        runner.run()
    set_mark(store.con, "normalised", 7)
    assert runner.run().resolved == 1


def test_only_what_is_new_or_late_is_judged(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("old", NOON - 9 * DAY, segment=1), activation("r1", segment=2))
    runner = every_activation(store, rules)
    assert runner.run().opened == 2
    put(store, "pim_request", activation("r2", NOON + 90 * timedelta(minutes=1), segment=3))
    assert runner.run().opened == 1
    assert runner.runs_of_rules()[-1] == ("run-2", "finished", 1)
    put(store, "pim_request", activation("late", NOON - 3 * DAY, segment=4))
    assert runner.run().opened == 1
    since = store.con.execute("""SELECT max("since") FROM rule_run""").fetchone()
    assert since == (NOON + HOUR,)
    assert runner.runs_of_rules()[-1] == ("run-3", "finished", 3)
    onboarding = {row["title"]: row["onboarding"] for row in runner.findings()}
    assert len(runner.findings()) == 4 and sum(row["onboarding"] for row in runner.findings()) == 2, onboarding


def test_what_begins_later_is_judged_once_it_has_begun(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1", NOON + 90 * timedelta(minutes=1), segment=1))
    runner = every_activation(store, rules)
    assert [runner.run().opened for _ in range(3)] == [0, 1, 0]


def test_the_lookback_is_read_again(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1", NOON - 2 * HOUR), activation("r2", NOON + HOUR / 2))
    runner = every_activation(store, rules, {"lookback": "2h"})
    runner.run()
    runner.run()
    assert runner.runs_of_rules()[-1] == ("run-2", "finished", 1)


def test_an_older_moment_may_be_asked_for(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1", NOON - DAY), activation("r2"))
    runner = every_activation(store, rules)
    assert runner.run(NOON - HOUR).opened == 1
    assert runner.run(NOON + HOUR).opened == 1


@pytest.mark.parametrize(
    ("days", "suppressed", "alerts"), [(29.9, None, 1), (30.0, None, 1), (30.1, "older than 30 days", 0)]
)
def test_old_facts_are_findings_and_no_alerts(
    store: Store, rules: Path, days: float, suppressed: str | None, alerts: int
) -> None:
    put(store, "pim_request", activation("r1", NOON + HOUR - days * DAY))
    runner = every_activation(store, rules)
    assert runner.run().alerts == alerts
    assert [row["suppressed"] for row in runner.findings()] == [suppressed]


def test_a_low_finding_raises_no_alert_where_medium_is_asked(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    runner = every_activation(store, rules, {"severity": "low"}, alerts={"min_severity": "medium"})
    assert runner.run().alerts == 0
    assert [row["suppressed"] for row in runner.findings()] == ["below medium"]


def test_severity_comes_from_the_row_and_before_that_from_the_configuration(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    write_rule(rules, "mine.plain")
    write_rule(rules, "mine.own", SQL.replace("surface,", "surface, 'high' AS severity, 0.25 AS confidence,"))
    write_rule(rules, "mine.null", SQL.replace("surface,", "surface, NULL AS severity, NULL AS confidence,"))
    write_rule(rules, "mine.told", SQL.replace("surface,", "surface, 'high' AS severity,"))
    runner = Runner(store, book(rules), rules={"mine.told": {"severity": "informational"}})
    runner.run()
    graded = {row["rule_id"]: (row["severity"], row["confidence"]) for row in runner.findings()}
    assert graded == {
        "mine.plain": ("medium", 0.5),
        "mine.own": ("high", 0.25),
        "mine.null": ("medium", 0.5),
        "mine.told": ("informational", 0.5),
    }


def test_an_event_that_has_become_graver_is_told_again(store: Store, rules: Path) -> None:
    sql = SQL.replace("surface,", "surface, CASE WHEN duration_seconds > 3600 THEN 'high' ELSE 'low' END AS severity,")
    put(store, "pim_request", activation("r1", expires_at=NOON + HOUR))
    write_rule(rules, "mine.rule", sql, lookback="1d")
    runner = Runner(store, book(rules))
    runner.run()
    store.con.execute("UPDATE pim_request SET expires_at = expires_at + INTERVAL 1 HOUR")
    assert runner.run().alerts == 1
    store.con.execute("UPDATE pim_request SET expires_at = expires_at - INTERVAL 1 HOUR")
    assert runner.run().alerts == 0
    title = "Eva Schmid activated Teams Administrator"
    assert runner.alerts() == [(title, 1, "New", "low"), (title, 2, "New", "high")]
    [row] = runner.findings()
    assert (row["revision"], row["severity"]) == (2, "high")


def test_parameters_come_from_the_configuration(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"), activation("r2", subject_name="Max"))
    params = {"name": {"type": "string", "default": "Eva Schmid", "doc": "d"}}
    write_rule(rules, "mine.rule", SQL + " AND subject_name = $name", params=params)
    runner = Runner(store, book(rules), rules={"mine.rule": {"params": {"name": "Max"}}})
    runner.run()
    assert [row["title"] for row in runner.findings()] == ["Max activated Teams Administrator"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"mine.other": {}}, 'rules."mine.other": no such rule'),
        ({"mine.rule": {"params": {"x": 1}}}, 'rules."mine.rule".params.x: no such parameter'),
        ({"mine.rule": {"params": {"n": 11}}}, 'rules."mine.rule".params.n: 11 is outside 0.0 to 10.0'),
    ],
)
def test_settings_that_fit_nothing_are_refused(store: Store, rules: Path, settings: Any, told: str) -> None:
    params = {"n": {"type": "integer", "default": 1, "min": 0, "max": 10, "doc": "d"}}
    write_rule(rules, "mine.rule", SQL + " AND segment >= $n", params=params)
    with pytest.raises(ConfigError) as error:
        Runner(store, book(rules), rules=settings).run()
    assert error.value.faults == (told,)


def test_a_disabled_rule_says_nothing_more(store: Store, rules: Path) -> None:
    assign(store, "p1")
    runner = every_assignment(store, rules)
    runner.run()
    end(store, "p1")
    silent = Runner(store, runner.rulebook, rules={"mine.rule": {"enabled": False}})
    silent.runs = 1
    summary = silent.run()
    assert (summary.rules, summary.resolved) == (0, 0)
    assert runner.runs_of_rules()[-1] == ("run-2", "disabled", 0)
    runner.runs = 2
    assert runner.run().resolved == 1


def test_a_deprecated_rule_rests(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    assert every_activation(store, rules, {"status": "deprecated"}).run().rules == 0


def test_a_state_opens_ends_and_comes_back(store: Store, rules: Path) -> None:
    assign(store, "p1")
    assign(store, "g1", "group")
    runner = every_assignment(store, rules)
    assert (runner.run().opened, runner.run().opened) == (2, 0)
    end(store, "p1")
    summary = runner.run()
    assert (summary.opened, summary.resolved, summary.alerts) == (0, 1, 1)
    assert runner.run().resolved == 0
    store.con.execute("UPDATE assignment_history SET valid_to = NULL")
    assert runner.run().alerts == 1
    raised = [row for row in runner.alerts() if row[0].startswith("p1")]
    assert raised == [
        ("p1 holds t1", 1, "New", "medium"),
        ("p1 holds t1", 2, "Resolved", "medium"),
        ("p1 holds t1", 3, "New", "medium"),
    ]
    row = next(row for row in runner.findings() if "p1" in row["keys"])
    assert (row["status"], row["revision"], row["resolved_at"], row["resolved_reason"]) == ("open", 3, None, None)
    assert (row["first_seen_at"], row["last_seen_at"]) == (NOON + HOUR, NOON + 5 * HOUR)


def test_the_record_of_an_end_says_so(store: Store, rules: Path) -> None:
    assign(store, "p1")
    runner = every_assignment(store, rules)
    runner.run()
    end(store, "p1")
    runner.run()
    first, last = (json.loads(row["record"]) for row in store.rows("SELECT record FROM alert ORDER BY revision"))
    changed = {name for name in first if first[name] != last[name]}
    assert changed == {"TimeGenerated", "Revision", "RunId", "Status", "Context"}
    assert last["Context"]["resolved_reason"] == "gone"
    [row] = runner.findings()
    assert (row["status"], row["resolved_reason"], row["resolved_at"]) == ("resolved", "gone", NOON + 2 * HOUR)


def test_a_state_that_changes_severity_is_told_again(store: Store, rules: Path) -> None:
    assign(store, "p1")
    runner = every_assignment(store, rules)
    runner.run()
    store.con.execute("UPDATE assignment_history SET member_type = 'grave'")
    runner.run()
    store.con.execute("UPDATE assignment_history SET member_type = NULL")
    runner.run()
    assert [row[1:] for row in runner.alerts()] == [(1, "New", "medium"), (2, "New", "high"), (3, "New", "medium")]


def test_without_a_snapshot_a_state_rule_waits(store: Store, rules: Path) -> None:
    write_rule(rules, "mine.rule", STATE_SQL, **STATE)
    assign(store, "p1")
    runner = Runner(store, book(rules))
    assert runner.run().opened == 0
    assert runner.runs_of_rules() == [("run-1", "waiting", 0)]
    snapshot(store, "role_eligibility_instances", 1)
    runner.run()
    assert [row["onboarding"] for row in runner.findings()] == [True]


def test_a_snapshot_that_was_not_normalised_does_not_count(store: Store, rules: Path) -> None:
    runner = every_assignment(store, rules)
    store.con.execute("UPDATE meta SET value = '0' WHERE name = 'normalised'")
    runner.run()
    assert runner.runs_of_rules() == [("run-1", "waiting", 0)]


def test_each_surface_waits_for_its_own_snapshot(store: Store, rules: Path) -> None:
    write_rule(rules, "mine.rule", STATE_SQL, **STATE)
    assign(store, "p1")
    assign(store, "g1", "group")
    snapshot(store, "role_eligibility_instances", 1)
    runner = Runner(store, book(rules))
    runner.run()
    assert [json.loads(row["keys"])["principal_id"] for row in runner.findings()] == ["p1"]
    snapshot(store, "group_eligibility_instances", 2)
    runner.run()
    assert len(runner.findings()) == 2
    store.con.execute("DELETE FROM segment WHERE source = 'group_eligibility_instances'")
    store.con.execute("DELETE FROM assignment_history")
    assert runner.run().resolved == 1, "what cannot be seen is not gone"


def test_an_old_state_still_raises_an_alert(store: Store, rules: Path) -> None:
    assign(store, "p1", valid_from=NOON - 900 * DAY)
    assert every_assignment(store, rules).run().alerts == 1


def test_the_cap_lets_the_gravest_through_and_sums_up_the_rest(store: Store, rules: Path) -> None:
    for number in range(7):
        assign(store, f"p{number}", member_type="grave" if number in (3, 5) else None)
    runner = every_assignment(store, rules, alerts={"cap_per_rule": 3})
    summary = runner.run()
    assert (summary.opened, summary.alerts) == (7, 4)
    assert sorted(row[0] for row in runner.alerts() if row[3] == "high") == ["p3 holds t1", "p5 holds t1"]
    [over] = [row for row in store.rows("SELECT * FROM alert") if "4 more of" in row["record"]]
    record = json.loads(over["record"])
    assert (record["AlertName"], record["Severity"]) == ("4 more of: Every assignment", "Medium")
    assert (record["Context"]["findings"], record["Context"]["run"]) == (4, "run-1")
    capped = [row["finding_id"] for row in runner.findings() if row["suppressed"]]
    assert sorted(record["EvidenceIds"]) == sorted(capped) and len(capped) == 4
    assert store.con.execute("SELECT count(*) FROM outbox").fetchall() == [(4,)]
    assert runner.run().alerts == 0, "what the summary listed is not told one by one afterwards"
    store.con.execute("DELETE FROM assignment_history")
    assert runner.run().alerts == 3, "only what was told is told to be over"


def test_rows_with_the_same_keys_are_one_finding(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"), activation("r2"))
    runner = every_activation(store, rules, {"keys": ["surface"]})
    assert runner.run().opened == 1


def test_a_bad_rule_fails_alone_and_loudly(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    write_rule(rules, "mine.good")
    write_rule(rules, "mine.binds", SQL.replace("subject_name", "nonsense"))
    write_rule(rules, "mine.harm", "WITH x AS (DELETE FROM pim_request RETURNING *) SELECT * FROM x")
    write_rule(rules, "mine.keys", keys=["nothing"])
    write_rule(rules, "mine.null", SQL.replace("starts_at AS", "NULL::TIMESTAMPTZ AS"))
    write_rule(rules, "mine.list", SQL.replace("request_id,", "event_ids AS request_id,"))
    write_rule(rules, "mine.word", SQL.replace("surface,", "surface, 'dire' AS severity,"))
    write_rule(rules, "mine.flag", SQL.replace("surface,", "surface, 'yes' AS out_of_hours,"))
    write_rule(rules, "mine.says", message="{{ nobody }}")
    write_rule(rules, "mine.head", severity="grave")
    runner = Runner(store, book(rules))
    runner.execute = sandbox.run
    summary = runner.run()
    names = {"binds", "harm", "keys", "null", "list", "word", "flag", "says", "head"}
    assert {failure.rule_id for failure in summary.failures} == {f"mine.{name}" for name in names}
    assert all(failure.where.startswith(str(rules)) and failure.error for failure in summary.failures)
    assert [row["rule_id"] for row in runner.findings()] == ["mine.good"]
    failed = store.rows("SELECT rule_id, error FROM rule_run WHERE status = 'failed'")
    assert len(failed) == len(names) and all(row["error"] for row in failed)
    assert len(store.rows("SELECT * FROM pim_request")) == 1


def test_a_rule_that_failed_makes_good_for_it(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    path = write_rule(rules, "mine.rule", SQL.replace("subject_name", "nonsense"))
    assert len(Runner(store, book(rules)).run().failures) == 1
    path.unlink()
    runner = every_activation(store, rules)
    runner.runs = 1
    assert runner.run().opened == 1


def test_an_error_names_the_line(store: Store, rules: Path) -> None:
    path = write_rule(rules, "mine.rule", SQL.replace("FROM activation", "\n\nFROM activation WHERE nonsense AND"))
    [failure] = Runner(store, book(rules)).run().failures
    name, line = failure.where.rsplit(":", 1)
    assert name == str(path)
    assert "nonsense" in path.read_text().splitlines()[int(line) - 1]


def test_rules_with_a_history_wait_for_thirty_days(store: Store, rules: Path) -> None:
    start = NOON - 40 * DAY
    put(store, "pim_request", activation("early", start + 5 * DAY), activation("r1"))
    runner = every_activation(store, rules, {"history": "90d"})
    runner.run()
    put(store, "window", {"source": "directory_audits", "since": start, "until": NOON})
    runner.run(start + 29 * DAY)
    assert [status for _, status, _ in runner.runs_of_rules()] == ["waiting", "waiting"]
    assert runner.run(NOON + HOUR).opened == 1
    assert json.loads(runner.findings()[0]["keys"]) == {"request_id": "r1"}


def test_a_hole_in_collection_begins_the_history_anew(store: Store, rules: Path) -> None:
    put(store, "pim_request", activation("r1"))
    for since, until in ((90, 20), (19, 0)):
        put(store, "window", {"source": "directory_audits", "since": NOON - since * DAY, "until": NOON - until * DAY})
    runner = every_activation(store, rules, {"history": "90d"})
    runner.run()
    assert [status for _, status, _ in runner.runs_of_rules()] == ["waiting"]


WAIVER = """
- match: {rule: mine.rule, subject: EVA@contoso.example}
  reason: leaves in December
  owner: anna@contoso.example
  expires: 2026-10-20
"""


def only_waiver(store: Store) -> str:
    [row] = store.rows("SELECT waiver_id FROM waiver")
    return str(row["waiver_id"])


def test_a_waived_event_raises_no_alert(store: Store, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "waivers.yaml").write_text(WAIVER)
    put(store, "pim_request", activation("r1"), activation("r2", subject_upn="max@contoso.example"))
    tenant = TENANT.model_copy(update={"waivers": tmp_path / "waivers.yaml"})
    write_rule(rules, "mine.rule", SQL.replace("surface,", "surface, subject_upn,"))
    runner = Runner(store, book(rules), tenant)
    summary = runner.run()
    assert (summary.opened, summary.waived, summary.alerts) == (2, 1, 1)
    [row] = store.rows("SELECT * FROM waiver")
    assert (row["place"], row["reason"], row["tenant_id"]) == ("waivers.yaml:2", "leaves in December", TENANT_ID)
    assert {row["waived_by"] for row in runner.findings()} == {None, row["waiver_id"]}


def test_a_waiver_that_left_the_file_stays_as_the_reason_of_what_it_covered(
    store: Store, rules: Path, tmp_path: Path
) -> None:
    path = tmp_path / "waivers.yaml"
    runner = every_assignment(store, rules)
    runner.tenant = TENANT.model_copy(update={"waivers": path})
    told = []
    for text in (WAIVER, "", "", WAIVER, WAIVER.replace("leaves in December", "stays")):
        path.write_text(text)
        runner.run()
        told += [(row["reason"], row["withdrawn_at"] is None) for row in store.rows("SELECT * FROM waiver")]
    left = ("leaves in December", False)
    assert told == [("leaves in December", True), left, left, ("leaves in December", True), ("stays", True)]


def test_a_state_waived_after_sending_ends_and_comes_back(store: Store, rules: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text("")
    assign(store, "eva")
    runner = every_assignment(store, rules)
    runner.tenant = TENANT.model_copy(update={"waivers": path})
    runner.run()
    path.write_text(WAIVER.replace("EVA@contoso.example", "Eva"))
    runner.run()
    runner.run()
    [row] = runner.findings()
    assert (row["status"], row["resolved_reason"], row["waived_by"]) == ("resolved", "waived", only_waiver(store))
    last = json.loads(row["record"])
    assert last["Context"]["resolved_reason"] == "waived by anna@contoso.example: leaves in December"
    runner.run(NOON + 4 * DAY)
    [row] = runner.findings()
    assert (row["status"], row["resolved_reason"], row["waived_by"]) == ("open", None, None)
    assert [row[1:3] for row in runner.alerts()] == [(1, "New"), (2, "Resolved"), (3, "New")]


def test_a_state_waived_from_the_start_is_told_when_the_waiver_ends(store: Store, rules: Path, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(WAIVER.replace("EVA@contoso.example", "eva"))
    assign(store, "eva")
    runner = every_assignment(store, rules)
    runner.tenant = TENANT.model_copy(update={"waivers": path})
    assert [runner.run().alerts for _ in range(2)] == [0, 0]
    assert runner.run(NOON + 4 * DAY).alerts == 1
    assert [row[1:3] for row in runner.alerts()] == [(1, "New")]


def test_nothing_is_half_done(store: Store, rules: Path) -> None:
    """A rule's findings and its run are one transaction: the outbox missing, nothing of the run stays."""
    put(store, "pim_request", activation("r1"))
    runner = every_activation(store, rules)
    store.con.execute("ALTER TABLE outbox RENAME TO elsewhere")
    with pytest.raises(Exception, match="outbox"):
        runner.run()
    assert [len(store.rows(f"SELECT * FROM {table}")) for table in ("finding", "alert", "rule_run")] == [0, 0, 0]

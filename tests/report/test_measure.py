"""What results say: five words, never a share of nothing, never silence about a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.report.measure import Measurement, Outcome, conclude, measure
from pipeline.report.metric import load_metrics
from pipeline.report.sources import Sources
from pipeline.report.text import share
from pipeline.store.workbench import Workbench

METRICS = load_metrics()
BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
MOMENTS = {"since": BEGIN, "until": END, "as_of": END}
WHOLE = Sources(uncovered_minutes=0, period_minutes=43200)
SNAPSHOTS = dict.fromkeys(METRICS["PRV-01"].header.needs, BEGIN)


@pytest.mark.parametrize(
    ("passing", "failing", "unjudged", "gap", "text"),
    [
        (5, 2, 1, False, "exceptions noted (2 of 7)"),
        (5, 2, 1, True, "exceptions noted (2 of 7)"),
        (5, 0, 0, False, "no exceptions noted"),
        (5, 0, 0, True, "data gap"),
        (0, 0, 0, True, "data gap"),
        (0, 0, 0, False, "no population"),
        (0, 0, 3, False, "not tested (none of 3 could be judged)"),
    ],
)
def test_the_words(passing: int, failing: int, unjudged: int, gap: bool, text: str) -> None:
    assert conclude(passing, failing, unjudged, gap=gap).text == text


def run(bench: Workbench, name: str, sources: Sources, **tables: list[dict[str, Any]]) -> Measurement:
    for table, rows in tables.items():
        bench.fill(table, rows)
    return measure(bench.con, METRICS[name], MOMENTS, sources)


def grants(*pairs: tuple[str | None, str]) -> list[dict[str, Any]]:
    return [
        {
            "request_id": f"q{n}",
            "request_kind": "eligible",
            "outcome": "completed",
            "requester_id": giver,
            "subject_id": taker,
            "completed_at": "2026-11-05T00:00:00Z",
        }
        for n, (giver, taker) in enumerate(pairs)
    ]


def test_n_and_the_rows_are_one_thing(bench: Workbench) -> None:
    found = run(bench, "SOD-02", WHOLE, pim_request=grants(("a", "b"), ("c", "c"), (None, "d")))
    assert (found.counted, found.tested, found.unjudged) == (1, 2, 1)
    assert [row["row_id"] for row in found.exceptions] == ["q1"]
    assert found.left_out == {"giver or receiver unknown": 1}
    assert found.result.text == "exceptions noted (1 of 2)"


def test_nothing_granted_is_no_population_not_a_pass(bench: Workbench) -> None:
    assert run(bench, "SOD-02", WHOLE).result.text == "no population"


def test_a_hole_in_the_log_leaves_the_absence_of_exceptions_open(bench: Workbench) -> None:
    found = run(bench, "SOD-02", Sources(uncovered_minutes=7, period_minutes=43200), pim_request=grants(("a", "b")))
    assert found.result.outcome is Outcome.GAP
    assert found.limits == ("7 of 43200 minutes of the audit log were not read",)


def test_without_any_log_nothing_is_tested(bench: Workbench) -> None:
    found = run(bench, "SOD-02", Sources(uncovered_minutes=43200, period_minutes=43200))
    assert found.result.text == "not tested (no audit log was collected for the period)"


def test_state_before_the_first_snapshot_is_not_tested(bench: Workbench) -> None:
    found = run(bench, "PRV-01", WHOLE)
    assert found.result.text == "not tested (no snapshot was taken up to the end of the period)"


def test_a_refused_source_is_named(bench: Workbench) -> None:
    assert run(
        bench, "PRV-01", Sources(skipped={"group_assignment_instances": "403 Forbidden: no permission"})
    ).result.text == ("not tested (403 Forbidden)")


def test_state_known_in_part_cannot_be_free_of_exceptions(bench: Workbench) -> None:
    some = {name: at for name, at in SNAPSHOTS.items() if name.startswith("role")}
    held = [
        {
            "assignment_id": "a",
            "surface": "entra_role",
            "kind": "eligible",
            "principal_id": "u",
            "target_id": "r",
            "valid_from": BEGIN,
        }
    ]
    found = run(
        bench, "PRV-01", Sources(snapshots=some, skipped={"group_assignment_instances": "403"}), assignment=held
    )
    assert found.result.outcome is Outcome.GAP
    assert "no snapshot of group assignment instances (403)" in found.limits
    assert found.seen_at == BEGIN


def test_a_metric_that_fails_fails_alone(bench: Workbench) -> None:
    text = METRICS["DET-01"].file.sql.replace("min(as_of)", "error('damaged')")
    broken = replace(METRICS["DET-01"], file=replace(METRICS["DET-01"].file, sql=text))
    bench.con.execute(
        "INSERT INTO rule_run (rule_id, status, as_of) VALUES ('a.b', 'finished', '2026-11-05T00:00:00Z')"
    )
    bench.con.execute("COMMIT; BEGIN")
    found = measure(bench.con, broken, MOMENTS, WHOLE)
    assert found.result.text == "not tested (the metric failed: Invalid Input Error: damaged)"
    assert measure(bench.con, METRICS["DET-01"], MOMENTS, WHOLE).result.outcome is not Outcome.NOT_TESTED


def test_weights_are_summed(bench: Workbench) -> None:
    asked = [{"source": "directory_audits", "since": BEGIN, "until": datetime(2026, 11, 30, tzinfo=UTC)}]
    found = run(bench, "DQ-01", Sources(), window=asked)
    assert (found.passing, found.failing, len(found.rows)) == (29 * 1440, 1440, 2)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (19, 19, ""),
        (20, 20, "100.0\u202f%"),
        (19999, 20000, "99.9\u202f%"),
        (1, 20000, "0.1\u202f%"),
        (0, 40, "0.0\u202f%"),
    ],
)
def test_shares_need_twenty_and_never_round_to_all_or_none(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize("lacking", ["users", "service_principals", "groups"])
def test_without_the_directory_nobody_is_an_orphan(bench: Workbench, lacking: str) -> None:
    header = METRICS["PRV-10"].header
    seen = {source: BEGIN for source in (*header.needs, *header.requires) if source != lacking}
    held = [{"assignment_id": "a", "principal_id": "u", "valid_from": BEGIN}]
    refused = Sources(snapshots=seen, skipped={lacking: "403 Forbidden: User.Read.All is missing"})
    assert run(bench, "PRV-10", refused, assignment=held).result.text == "not tested (403 Forbidden)"


def test_state_seen_long_before_the_moment_judged_is_a_limit(bench: Workbench) -> None:
    held = [
        {
            "assignment_id": "a",
            "surface": "entra_role",
            "kind": "eligible",
            "principal_id": "u",
            "target_id": "r",
            "valid_from": BEGIN,
        }
    ]
    fresh = Sources(snapshots=dict.fromkeys(SNAPSHOTS, datetime(2026, 11, 29, 1, tzinfo=UTC)), as_of=END)
    stale = Sources(snapshots=dict.fromkeys(SNAPSHOTS, datetime(2026, 11, 28, 1, tzinfo=UTC)), as_of=END)
    assert run(bench, "PRV-01", fresh, assignment=held).result.outcome is Outcome.NONE
    found = measure(bench.con, METRICS["PRV-01"], MOMENTS, stale)
    assert (found.result.outcome, found.limits) == (
        Outcome.GAP,
        ("state was last seen 2 d 23 h before the end of the period",),
    )

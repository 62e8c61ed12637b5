"""The benchmark's labels come from the teller alone, and its arithmetic counts what it says."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.detection_quality.cast import founded
from benchmarks.detection_quality.labels import Labels
from benchmarks.detection_quality.methods import methods
from benchmarks.detection_quality.play import Plan, configured, tell_day
from benchmarks.detection_quality.protocol import Protocol, outcome, tell
from benchmarks.detection_quality.rule_trial import NEVER, cold, warm
from benchmarks.detection_quality.score import Found, score
from benchmarks.detection_quality.stories import plan_stories
from benchmarks.detection_quality.table import grave, lines
from benchmarks.detection_quality.tenant import Tenant
from benchmarks.detection_quality.upkeep import Desk, plan_year
from pipeline.detect.rulefile import load_rules

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
SMALL = Plan(people=30, days=72, seed=7)
TINY = Plan(people=12, days=60, seed=7)


def told(plan: Plan, stories: bool = True) -> tuple[Tenant, list[dict[str, object]]]:
    """A tenant whose days have all been told, and every audit row."""
    tenant, desk, rows = founded(plan.people, plan.begins, plan.ends, plan.seed), Desk(), []
    plan_year(tenant, desk, plan.begins, plan.ends)
    if stories:
        plan_stories(tenant, desk, plan.begins, plan.ends)
    day = plan.begins
    while day < plan.ends:
        tell_day(tenant, desk, day)
        rows += [event.row for event in tenant.events]
        tenant.events.clear()
        day += timedelta(days=1)
    return tenant, rows


@pytest.fixture(scope="module")
def small() -> tuple[Tenant, list[dict[str, object]]]:
    return told(SMALL)


def found(rule_id: str, *evidence: str, severity: str = "medium", at: datetime = AT, **keys: object) -> Found:
    return Found(rule_id, severity, keys, (at,), evidence, "title")


def test_the_same_seed_tells_the_same_and_another_does_not() -> None:
    (one, rows), (again, same) = told(TINY), told(TINY)
    assert again.labels == one.labels
    assert json.dumps(rows) == json.dumps(same)
    assert told(replace(TINY, seed=8))[1] != rows


def test_what_is_planted_names_rules_that_exist_and_keys_they_have(
    small: tuple[Tenant, list[dict[str, object]]],
) -> None:
    rules = load_rules()
    assert len(small[0].labels.planted) > 60
    for planted in small[0].labels.planted:
        assert planted.keys.keys() <= set(rules.get(planted.rule_id).head.keys), planted


def test_a_story_owns_what_it_tells_and_nothing_else(small: tuple[Tenant, list[dict[str, object]]]) -> None:
    tenant, rows = small
    ids = {str(row["id"]) for row in rows}
    assert len(ids) == len(rows)
    assert tenant.labels.events.keys() <= ids
    assert 100 < len(tenant.labels.events) < len(ids) / 5
    stories = {planted.story for planted in tenant.labels.planted}
    assert stories <= {*tenant.labels.events.values(), *(story for _, _, story in tenant.labels.marks)}


def test_without_stories_nothing_is_planted() -> None:
    tenant, rows = told(TINY, stories=False)
    assert tenant.labels == Labels()
    assert len(rows) > 500


def test_people_work_when_their_calendar_says() -> None:
    """Nobody activates on leave, and the configuration knows everybody's hours."""
    tenant, _ = told(replace(TINY, seed=3), stories=False)
    assert {member for each in configured(tenant, Path()).tenants[0].calendars for member in each.members} <= {
        str(person.who.upn) for person in tenant.crew.values()
    }
    for person in tenant.crew.values():
        away = {act.date() for act in tenant.acts[person.who.id]} & person.away
        assert not away or person.on_call


def test_a_rule_that_says_nothing_shows_as_missed() -> None:
    labels = Labels()
    labels.plant("s", "grant.self", AT, "high", request_id="r1")
    labels.plant("s", "grant.self", AT, "high", request_id="r2")
    scores = score(labels, [found("grant.self", request_id="r1", surface="group")])
    assert (scores["grant.self"].planted, scores["grant.self"].hits) == (2, 1)
    assert [missed.keys for missed in scores["grant.self"].missed] == [{"request_id": "r2"}]
    assert scores["grant.self"].recall == 0.5
    assert score(labels, [])["grant.self"].recall == 0


def test_an_alert_is_a_hit_belongs_to_a_story_or_is_false() -> None:
    labels = Labels()
    labels.plant("s", "activation.off_hours", AT, "medium", request_id="r1")
    labels.told_by("s", ["e1", "e2"])
    labels.mark("s", AT, "p1", "t1")
    scores = score(
        labels,
        [
            found("activation.off_hours", "e1", request_id="r1"),
            found("activation.off_hours", "e1", "e9", request_id="r2"),
            found("activation.off_hours", "e1", "e8", "e9", request_id="r3"),
            found("posture.standing_role", severity="high", principal_id="p1", target_id="t1"),
            found("posture.standing_role", severity="high", principal_id="p1", target_id="t2"),
            found("posture.standing_role", at=AT - timedelta(days=9), principal_id="p1", target_id="t1"),
        ],
    )
    hours, standing = scores["activation.off_hours"], scores["posture.standing_role"]
    assert (hours.hits, hours.beside, hours.false) == (1, 1, Counter(medium=1))
    assert (standing.hits, standing.beside, standing.false) == (0, 1, Counter(high=1, medium=1))
    assert hours.precision == pytest.approx(2 / 3)
    assert grave(scores) == 3
    assert any(line.endswith("all rules together: 0.300") for line in lines(scores, 10))


def test_what_comes_too_late_or_names_another_is_no_hit() -> None:
    labels = Labels()
    labels.plant("s", "drift.policy_weakened", AT, "high", target_id="t1", access=None)
    late = found("drift.policy_weakened", at=AT + timedelta(days=30), target_id="t1", access=None)
    other = found("drift.policy_weakened", target_id="t1", access="member")
    assert len(score(labels, [late, other])["drift.policy_weakened"].missed) == 1


def test_a_finding_that_opens_again_is_an_alert_each_time() -> None:
    again = Found("posture.standing_role", "high", {"principal_id": "p"}, (AT, AT + timedelta(days=40)))
    assert score(Labels(), [again])["posture.standing_role"].false == Counter(high=2)


def test_cycles_begin_once_graph_keeps_no_more_and_end_with_the_plan() -> None:
    cycles = Plan(days=365).cycles()
    assert (cycles[0].date() - Plan(days=365).begins).days == 29
    assert cycles[-1].date() == date(2026, 10, 19)
    assert max((after - before).days for before, after in pairwise(cycles)) == 7


TRIAL = tell(Protocol(people=60, test_days=21))


def test_each_person_has_one_burst_and_no_way_is_judged_before_the_test_days() -> None:
    assert TRIAL.bursts.sum(1).tolist() == [1] * 60
    assert not TRIAL.bursts[:, :60].any()
    everything = outcome(TRIAL, TRIAL.counts >= 0)
    assert everything.recall == 1
    assert everything.false_a_day == ((TRIAL.counts >= 2) & ~TRIAL.bursts)[:, 60:].sum() / 21
    assert outcome(TRIAL, TRIAL.bursts).false_a_day == 0
    assert outcome(TRIAL, TRIAL.counts > 10**6).recall == 0


def test_the_rule_is_run_as_it_ships_and_beats_fixed_counts() -> None:
    shipped = outcome(TRIAL, warm(TRIAL))
    fixed = outcome(TRIAL, methods()["5 or more a day"](TRIAL, 56))
    assert shipped.recall > 0.7
    assert shipped.false_a_day < fixed.false_a_day / 3
    deaf = outcome(TRIAL, warm(TRIAL, ceiling=NEVER, low_chance=1e-9, medium_chance=1e-9))
    assert deaf.recall < shipped.recall / 2


def test_newcomers_are_judged_on_their_own_days_only() -> None:
    """Each day is judged with ten days behind it, though the person has been there for long: so not as it is warm."""
    trial = tell(Protocol(people=10))
    alerts = cold(trial)
    assert not alerts[:, : trial.protocol.peer_days].any()
    assert outcome(trial, alerts).recall >= 0.5
    assert (alerts != warm(trial)).any()

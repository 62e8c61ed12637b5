"""What the generator says it planted is what the files hold, judged a second time without it."""

from datetime import date, timedelta

import pytest

from . import judging
from .files import DATES, LICENSED, TENANTS, events, expected

COVERED_FROM = date(2026, 9, 18)


def opened(tenant: str, rule_id: str) -> judging.Found:
    return {
        (cycle, judging.key(**row["keys"]))
        for cycle, block in enumerate(expected(tenant)["cycles"])
        for row in block["opened"]
        if row["rule_id"] == rule_id
    }


@pytest.mark.parametrize("tenant", LICENSED)
@pytest.mark.parametrize(
    ("rule_id", "judge"),
    [
        ("activation.off_hours", judging.off_hours),
        ("activation.missing_ticket", judging.missing_ticket),
        ("grant.permanent_eligible", judging.permanent_grants),
    ],
)
def test_events_hold_what_was_planted_and_nothing_else(tenant: str, rule_id: str, judge: object) -> None:
    assert callable(judge)
    assert judge(tenant) == opened(tenant, rule_id)


@pytest.mark.parametrize("tenant", LICENSED)
def test_snapshots_hold_what_was_planted_and_nothing_else(tenant: str) -> None:
    cycles = expected(tenant)["cycles"]
    held: dict[judging.Keys, str] = {}
    for cycle, when in enumerate(DATES):
        drift = {
            kind: {
                judging.key(**row["keys"]): str(row.get("severity"))
                for row in cycles[cycle][kind]
                if row["rule_id"] == "drift.permanent_eligible"
            }
            for kind in ("opened", "resolved")
        }
        now = judging.permanent_state(tenant, when)
        assert drift["opened"] == {keys: severity for keys, severity in now.items() if keys not in held}
        assert set(drift["resolved"]) == set(held) - set(now)
        held = now


@pytest.mark.parametrize("tenant", LICENSED)
def test_bursts_stand_far_out_and_everything_else_far_from_it(tenant: str) -> None:
    planted = {
        (dict(keys)["subject_id"], dict(keys)["local_day"])
        for _, keys in opened(tenant, "activation.unusual_frequency")
    }
    counts = judging.daily_counts(tenant)
    days = [COVERED_FROM + timedelta(days=n) for n in range(45)]
    everybody = sum(sum(counter.values()) for counter in counts.values()) / (len(counts) * 31)
    for person, counter in counts.items():
        for day in days:
            made = counter[day]
            before = [d for d in days if d < day and (d.weekday() < 5) == (day.weekday() < 5)]
            past = sum(counter[d] for d in before)
            if (person, str(day)) in planted:
                rate = (14 * everybody + past) / (14 + len(before))
                assert made >= 8 or judging.chance_of(made, rate) < 1e-5
                assert day >= COVERED_FROM + timedelta(days=16)
            elif made >= 3 and day >= COVERED_FROM + timedelta(days=13):
                assert made < 8
                assert judging.chance_of(made, past / (14 + len(before))) > 2e-3
            else:
                assert made < 8


@pytest.mark.parametrize("tenant", LICENSED)
def test_planted_bursts_exist(tenant: str) -> None:
    counts = judging.daily_counts(tenant)
    for _, keys in opened(tenant, "activation.unusual_frequency"):
        found = dict(keys)
        assert counts[str(found["subject_id"])][date.fromisoformat(str(found["local_day"]))] >= 6


@pytest.mark.parametrize("tenant", TENANTS)
def test_every_named_request_is_in_the_log(tenant: str) -> None:
    seen = {pair.get("value") for _, row in events(tenant) for pair in row["additionalDetails"] or []}
    planted = expected(tenant)
    named = {row["keys"].get("request_id") for block in planted["cycles"] for row in block["opened"]}
    named |= {row.get("request_id") for row in planted["silent"]}
    assert named - {None} <= seen


@pytest.mark.parametrize("tenant", TENANTS)
def test_nothing_is_both_found_and_left_alone(tenant: str) -> None:
    planted = expected(tenant)
    found = {(row["rule_id"], str(row["keys"].get("request_id"))) for c in planted["cycles"] for row in c["opened"]}
    quiet = {(row["rule_id"], str(row["request_id"])) for row in planted["silent"] if "request_id" in row}
    assert not found & quiet

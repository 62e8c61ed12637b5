"""The frequency rule beside a second opinion in plain Python and scipy's negative binomial."""

import math
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from scipy import stats

from pipeline.detect.execute import execute
from pipeline.detect.inline import parameters
from pipeline.detect.rulefile import load_rules
from pipeline.store.workbench import Workbench, workbench

RULE = load_rules().get("activation.unusual_frequency")
FIRST = date(2026, 6, 1)
DAYS = 90
NOW = "2026-09-01T00:00:00Z"
Row = dict[str, Any]


def window() -> Row:
    return {
        "source": "directory_audits",
        "since": f"{FIRST}T00:00:00Z",
        "until": f"{FIRST + timedelta(days=DAYS)}T00:00:00Z",
    }


def eligible(person: str, target: str = "t1", since: str = "2025-01-01", until: str | None = None) -> Row:
    row = {"surface": "entra_role", "kind": "eligible", "principal_id": person, "target_id": target}
    ends = f"{until}T00:00:00Z" if until else None
    return row | {"starts_at": f"{since}T00:00:00Z", "ends_at": ends, "valid_from": "2026-08-20T00:00:00Z"}


def made(person: str, day: date, count: int, target: str = "t1", first: int = 8) -> Iterator[Row]:
    """Activations a few minutes apart, all of them on that day."""
    begin, apart = datetime(day.year, day.month, day.day, first, tzinfo=UTC), min(10, 900 // max(count, 1))
    for number in range(count):
        yield {
            "request_id": f"{person} {day} {target} {number}",
            "surface": "entra_role",
            "subject_id": person,
            "target_id": target,
            "starts_at": (begin + timedelta(minutes=apart * number)).isoformat(),
            "event_ids": [f"e {person} {day} {number}"],
        }


def judge(
    activations: list[Row], assignments: list[Row], since: str = "1970-01-01T00:00:00Z", **params: Any
) -> list[Row]:
    bench = workbench()
    given = {"activation": activations, "assignment": assignments, "window": [window()]}
    with bench.filled(given):
        answer = execute(bench.con, RULE.sql, parameters(RULE, params, NOW, since))
    return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]


def weekdays(until: date, since: date = FIRST) -> list[date]:
    span = (since + timedelta(days=n) for n in range((until - since).days))
    return [day for day in span if day.weekday() < 5]


def tail(count: int, rate: float, spread: float = 4.0) -> float:
    """P(X >= count) by summing from the far side, so that no digits cancel."""
    p = spread / (spread + rate)

    def mass(k: int) -> float:
        return math.exp(
            math.lgamma(k + spread)
            - math.lgamma(k + 1)
            - math.lgamma(spread)
            + spread * math.log(p)
            + k * math.log1p(-p)
        )

    return sum(mass(k) for k in range(count, count + 400))


BURST = date(2026, 8, 26)
PEERS = [f"q{n}" for n in range(6)]


def crew(*own: Row) -> list[Row]:
    return [eligible(person) for person in ("eva", *PEERS)] + list(own)


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("habit", [5, 2, 1])
def test_the_chance_is_that_of_the_negative_binomial(count: int, habit: int) -> None:
    """Eva makes one every `habit`-th weekday, each peer one every tenth; her burst is judged against both."""
    past = weekdays(BURST)
    acts = [act for day in past[::habit] for act in made("eva", day, 1)]
    acts += [act for peer in PEERS for day in past[::10] for act in made(peer, day, 1)]
    found = judge([*acts, *made("eva", BURST, count)], crew(), low_chance=0.1, minimum=2)
    window_days = [day for day in past if day >= BURST - timedelta(days=56)]
    own = sum(day in past[::habit] for day in window_days)
    peer_rate = sum(day in past[::10] for day in window_days) / len(window_days)
    rate = (10 * peer_rate + own) / (10 + len(window_days))
    chance = float(stats.nbinom.sf(count - 1, 4, 4 / (4 + rate)))
    assert tail(count, rate) == pytest.approx(chance, rel=1e-9)
    if chance >= 0.1 or count - rate < 2:
        assert found == []
        return
    [row] = found
    assert row["chance"] == pytest.approx(chance, rel=1e-6)
    assert (row["own_days"], row["peers"], row["peer_kind"]) == (40, 6, "peers")
    assert row["usual"] == round(rate, 1)
    assert row["severity"] == (None if chance < 1e-4 else "low")


@pytest.mark.parametrize(
    ("rate", "count", "chance"),
    [
        (0.1, 3, 2.745710e-04),
        (0.3, 3, 5.784045e-03),
        (0.5, 6, 1.171466e-04),
        (0.8, 6, 1.135775e-03),
        (2.0, 7, 1.966164e-02),
        (0.05, 8, 8.614479e-14),
    ],
)
def test_the_tail_against_a_pinned_table(rate: float, count: int, chance: float) -> None:
    assert tail(count, rate) == pytest.approx(chance, rel=1e-6)


def test_the_sentence_gives_the_chance_in_round_numbers() -> None:
    past = weekdays(BURST)
    acts = [act for day in past[::3] for act in made("eva", day, 1)]
    [row] = judge([*acts, *made("eva", BURST, 5)], crew())
    assert row["chance_in"] == pytest.approx(1 / row["chance"], rel=0.5)
    digits = str(row["chance_in"]).rstrip("0")
    assert len(digits) == 1


def test_a_habit_is_not_unusual() -> None:
    """Three or four a weekday is this person's way of working."""
    dice = random.Random(7)
    acts = [
        act for day in weekdays(FIRST + timedelta(days=DAYS)) for act in made("eva", day, dice.choice((3, 3, 3, 4)))
    ]
    found = judge(acts, crew())
    assert {row["local_day"] for row in found} <= {str(day) for day in weekdays(FIRST + timedelta(days=35))}
    late = [row for row in found if row["local_day"] >= str(FIRST + timedelta(days=24))]
    assert late == []


def test_weekdays_and_weekends_are_apart() -> None:
    """Three on a weekday are usual here, three on a Sunday are not."""
    acts = [act for day in weekdays(BURST) for act in made("eva", day, 3)]
    sunday = date(2026, 8, 23)
    found = [row for row in judge([*acts, *made("eva", sunday, 3)], crew()) if row["local_day"] >= "2026-08-01"]
    assert [(row["local_day"], row["day_kind"], row["own_days"]) for row in found] == [
        ("2026-08-23", "weekend days", 16)
    ]


def test_a_newcomer_is_capped_at_low_and_the_ceiling_is_not() -> None:
    new = [eligible("new", since="2026-08-20"), *(eligible(peer) for peer in PEERS)]
    [row] = judge(list(made("new", BURST, 7)), new)
    assert (row["severity"], row["newcomer"], row["own_days"]) == ("low", True, 4)
    [row] = judge(list(made("new", BURST, 8)), new)
    assert (row["severity"], row["ceiling_reached"]) == (None, True)


def test_days_count_only_while_the_person_was_eligible() -> None:
    held = [eligible("eva", since="2026-01-01", until="2026-07-01"), eligible("eva", since="2026-08-10")]
    [row] = judge(list(made("eva", BURST, 6)), [*held, *(eligible(peer) for peer in PEERS)])
    assert row["own_days"] == 12
    assert row["newcomer"] is False


def test_days_count_only_while_collection_covers_them() -> None:
    """Before collection began nobody was seen to do anything."""
    [row] = judge(list(made("eva", date(2026, 6, 19), 6)), crew())
    assert (row["own_days"], row["covered_days"]) == (14, 18)
    assert judge(list(made("eva", date(2026, 6, 14), 6)), crew()) == []
    assert len(judge(list(made("eva", date(2026, 6, 15), 6)), crew())) == 1


def test_fewer_than_five_peers_give_way_to_the_tenant() -> None:
    few = [eligible("eva"), *(eligible(f"q{n}") for n in range(4)), *(eligible(f"z{n}", "t2") for n in range(20))]
    [row] = judge(list(made("eva", BURST, 6)), few)
    assert (row["peers"], row["peer_kind"]) == (24, "others in the tenant")
    [row] = judge(list(made("eva", BURST, 6)), [*few, eligible("q4")])
    assert (row["peers"], row["peer_kind"]) == (5, "peers")


def test_of_several_targets_the_narrowest_circle_counts() -> None:
    wide = [eligible(f"z{n}", "wide") for n in range(30)]
    narrow = [eligible(f"q{n}", "narrow") for n in range(7)]
    acts = [*made("eva", BURST, 3, "wide"), *made("eva", BURST, 3, "narrow", first=14)]
    [row] = judge(acts, [eligible("eva", "wide"), eligible("eva", "narrow"), *wide, *narrow])
    assert row["peers"] == 7


def test_alone_and_without_a_history_only_the_ceiling_speaks() -> None:
    assert judge(list(made("eva", BURST, 7)), []) == []
    [row] = judge(list(made("eva", BURST, 8)), [])
    assert (row["ceiling_reached"], row["chance"], row["chance_in"], row["severity"]) == (True, None, None, None)


def test_alone_with_a_history_the_own_days_speak() -> None:
    acts = [act for day in weekdays(BURST)[::4] for act in made("eva", day, 1)]
    [row] = judge([*acts, *made("eva", BURST, 6)], [eligible("eva")])
    assert (row["prior_days"], row["own_days"]) == (0, 40)


def test_eligibility_that_nobody_saw_is_proved_by_its_use() -> None:
    acts = [act for day in weekdays(BURST)[::4] for act in made("eva", day, 1)]
    [row] = judge([*acts, *made("eva", BURST, 6)], [eligible(peer) for peer in PEERS])
    assert (row["own_days"], row["newcomer"], row["peers"]) == (40, False, 6)


@pytest.mark.parametrize("count", [4, 60])
def test_one_burst_does_not_make_the_next_one_usual(count: int) -> None:
    """The day of the first one is left out, be it far above the ceiling or below it."""
    habit = [act for day in weekdays(BURST)[::10] for act in made("eva", day, 1)]
    first = [*made("eva", date(2026, 8, 5), count), *made("eva", date(2026, 8, 12), count)]
    found = {row["local_day"]: row for row in judge([*habit, *first, *made("eva", BURST, 6)], crew())}
    alone = {row["local_day"]: row for row in judge([*habit, *made("eva", BURST, 6)], crew())}
    assert list(found) == ["2026-08-05", "2026-08-12", "2026-08-26"]
    assert (found["2026-08-26"]["left_out"], found["2026-08-26"]["own_days"]) == (2, 38)
    assert alone["2026-08-26"]["left_out"] == 0
    assert found["2026-08-26"]["chance"] == pytest.approx(alone["2026-08-26"]["chance"], rel=0.35)


def test_what_stands_out_for_days_on_end_is_a_new_habit() -> None:
    """Four a day from one Monday on: found for a while, and then no longer."""
    new = [day for day in weekdays(FIRST + timedelta(days=DAYS)) if day >= date(2026, 7, 27)]
    found = [row["local_day"] for row in judge([act for day in new for act in made("eva", day, 4)], crew())]
    assert found[0] == "2026-07-27"
    assert max(found) < "2026-08-20"


def test_the_ceiling_excuses_whoever_is_known_to_make_as_many() -> None:
    """One to thirteen a day are this person's work; sixteen are nobody's."""
    dice = random.Random(5)
    acts = [act for day in weekdays(BURST) for act in made("eva", day, dice.choice((1, 3, 8, 13)))]
    since = "2026-08-26T00:00:00Z"
    assert judge([*acts, *made("eva", BURST, 8)], crew(), since=since) == []
    [row] = judge([*acts, *made("eva", BURST, 17)], crew(), since=since)
    assert (row["ceiling_reached"], row["beyond_habit"], row["ceiling"]) == (True, True, 16)
    [row] = judge(list(made("eva", BURST, 8)), crew(), since=since)
    assert (row["ceiling_reached"], row["beyond_habit"], row["ceiling"]) == (True, False, 8)


def moments(counts: list[list[int]]) -> float:
    """The dispersion of people's counts over the same days, in plain Python."""
    squared = beyond = 0.0
    for days in counts:
        mean, size = sum(days) / len(days), len(days)
        variance = sum((count - mean) ** 2 for count in days) / (size - 1)
        squared += size * (mean * mean - variance / size)
        beyond += size * (variance - mean)
    return 20.0 if beyond <= 0 else min(20.0, max(1.0, squared / beyond))


@pytest.mark.parametrize("spread", [1.5, 4.0, 1000.0])
def test_the_dispersion_is_estimated_from_the_days_before_the_month(spread: float) -> None:
    """Forty people whose days go more or less evenly; nothing so high that it would stand out or be cut off."""
    dice = random.Random(int(spread))
    past = [day for day in weekdays(date(2026, 8, 1)) if day >= date(2026, 8, 1) - timedelta(days=56)]
    counts = [[_count(dice, spread) for _ in past] for _ in range(40)]
    acts = [
        act
        for person, days in enumerate(counts)
        for day, count in zip(past, days, strict=True)
        for act in made(f"p{person}", day, count)
    ]
    held = [eligible(f"p{person}") for person in range(40)]
    rows = judge([*acts, *made("p0", BURST, 12), *made("p1", date(2026, 8, 3), 12)], held, since="2026-08-03T00:00:00Z")
    kept = [[min(count, 4) for count in days] for days in counts]
    assert [row["spread"] for row in rows] == [pytest.approx(moments(kept), abs=0.006)] * 2


def _count(dice: random.Random, spread: float) -> int:
    """At most four: mean one, as uneven as the dispersion says."""
    mean, left, count = dice.gammavariate(spread, 1 / spread), 1.0, 0
    while (left := left * dice.random()) > math.exp(-mean):
        count += 1
    return min(count, 4)


def test_a_few_days_estimate_nothing() -> None:
    [row] = judge(list(made("eva", BURST, 6)), crew(), dispersion=7)
    assert row["spread"] == 7


def test_judged_is_only_what_is_new() -> None:
    acts = [*made("eva", date(2026, 8, 12), 6), *made("eva", BURST, 6)]
    assert len(judge(acts, crew())) == 2
    assert [row["local_day"] for row in judge(acts, crew(), since="2026-08-26T08:30:00Z")] == [str(BURST)]
    assert judge(acts, crew(), since="2026-08-26T08:50:01Z") == []


def test_each_day_is_judged_alike_alone_and_among_others() -> None:
    dice = random.Random(3)
    people = [f"p{n}" for n in range(12)]
    acts = [
        act
        for person in people
        for day in weekdays(FIRST + timedelta(days=DAYS))
        for act in made(person, day, dice.choices((0, 1, 2, 4, 6), (60, 30, 6, 3, 1))[0])
    ]
    held = [eligible(person) for person in people]
    whole = judge(acts, held)
    assert len(whole) > 5
    for row in whole[-3:]:
        since = f"{row['local_day']}T00:00:00Z"
        alone = [each for each in judge(acts, held, since=since) if each["local_day"] == row["local_day"]]
        assert row in alone


def test_order_and_lateness_change_no_finding() -> None:
    """Rows in any order say the same; after one that comes late its day and all later ones are judged as a whole."""
    dice = random.Random(11)
    people = [f"p{n}" for n in range(10)]
    acts = [
        act
        for person in people
        for day in weekdays(FIRST + timedelta(days=DAYS))
        for act in made(person, day, dice.choices((0, 1, 2, 3, 5, 7), (60, 25, 8, 4, 2, 1))[0])
    ]
    held = [eligible(person) for person in people]
    whole = judge(acts, held)
    assert len({row["spread"] for row in whole}) > 1
    assert judge(dice.sample(acts, len(acts)), dice.sample(held, len(held))) == whole
    late = next(act for act in acts if act["starts_at"] >= "2026-08-03")
    before = judge([act for act in acts if act is not late], held)
    again = judge(acts, held, since=str(late["starts_at"]))
    day = str(late["starts_at"])[:10]
    assert [row for row in before if row["local_day"] < day] == [row for row in whole if row["local_day"] < day]
    assert [row for row in again if row["local_day"] > day] == [row for row in whole if row["local_day"] > day]


def test_a_hundred_thousand_activations_take_well_under_a_second() -> None:
    """Processor time, half a year, two thousand people; the machine may be busy with other things."""
    bench = workbench()
    bench.con.execute("BEGIN")
    try:
        _many(bench)
        spent = []
        for since in ("1970-01-01T00:00:00Z", "2026-08-31T12:00:00Z"):
            begun = time.process_time()
            execute(bench.con, RULE.sql, parameters(RULE, {}, NOW, since))
            spent.append(time.process_time() - begun)
    finally:
        bench.con.execute("ROLLBACK")
    assert spent[1] < 1.0, spent
    assert spent[0] < 12.0, spent


def _many(bench: Workbench) -> None:
    bench.con.execute(
        """INSERT INTO pim_request BY NAME
        SELECT 't' AS tenant_id, 'r' || i AS request_id, 'entra_role' AS surface, 'activation' AS request_kind,
            'completed' AS outcome, 'p' || hash(i * 7) % 2000 AS subject_id, 't' || hash(i * 13) % 60 AS target_id,
            TIMESTAMPTZ '2026-03-01 08:00:00Z' + to_days((i * 180 // 100000)::INTEGER)
                + to_minutes((hash(i) % 500)::INTEGER) AS starts_at, ['e' || i] AS event_ids
        FROM range(100000) r(i)"""
    )
    bench.con.execute(
        """INSERT INTO assignment_history BY NAME
        SELECT 't' AS tenant_id, 'a' || i AS assignment_id, 'entra_role' AS surface, 'eligible' AS kind,
            'p' || hash(i) % 2000 AS principal_id, 't' || hash(i * 13) % 60 AS target_id,
            TIMESTAMPTZ '2025-01-01 00:00:00Z' AS starts_at, TIMESTAMPTZ '2026-01-01 00:00:00Z' AS valid_from
        FROM range(8000) r(i)"""
    )
    bench.con.execute(
        """INSERT INTO "window" BY NAME
        SELECT 't' AS tenant_id, 'directory_audits' AS source,
            TIMESTAMPTZ '2026-03-01 00:00:00Z' + to_minutes((15 * i)::INTEGER) - INTERVAL 2 HOUR AS since,
            TIMESTAMPTZ '2026-03-01 00:00:00Z' + to_minutes((15 * i + 15)::INTEGER) AS until
        FROM range(17600) r(i)"""
    )

"""Windows that are too long, break or cannot be answered: divided until only what is bad stays open."""

import re
from datetime import datetime, timedelta

import pytest

from pipeline.store.coverage import still_open
from tests.collect.rig import DAY, HOUR, MINUTE, NOW, Rig
from tests.fakes.graph import AUDITS, Fault, dropped, status, truncated
from tests.fakes.tls import Reply, Request

SECOND = timedelta(seconds=1)


def happen(contoso: Rig, count: int, since: datetime, every: timedelta, prefix: str = "e") -> set[str]:
    for number in range(count):
        contoso.graph.happen(f"{prefix}{number}", at=since + number * every)
    return {f"{prefix}{number}" for number in range(count)}


def always(contoso: Rig, fault: Fault, times: int = 2000) -> None:
    contoso.graph.fail(AUDITS, *[fault] * times)


def asked(request: Request) -> tuple[datetime, datetime]:
    since, until = re.findall(r"activityDateTime [gl]e (\S+)", request.query["$filter"])
    return datetime.fromisoformat(since), datetime.fromisoformat(until)


def poisoned(request: Request, reply: Reply) -> Reply:
    return truncated(request, reply) if b'"bad"' in reply.body else reply


def unanswerable(moment: datetime) -> Fault:
    def fault(request: Request, reply: Reply) -> Reply:
        since, until = asked(request)
        return status(504)(request, reply) if since <= moment <= until else reply

    return fault


def test_one_bad_event_leaves_only_its_second_open(contoso: Rig) -> None:
    contoso.graph.page_size = 4
    expected = happen(contoso, 60, NOW - 5 * DAY, 100 * MINUTE)
    bad = NOW - 3 * DAY + timedelta(seconds=61.5)
    contoso.graph.happen("bad", at=bad)
    contoso.graph.happen("beside", at=bad + 2 * SECOND)
    always(contoso, poisoned)
    summary = contoso.collect()
    assert contoso.ids() == expected | {"beside"}
    assert len(summary.unfinished) == 1
    (left,) = still_open(contoso.store)
    assert left.since <= bad <= left.until and left.until - left.since == SECOND
    assert "no page" in left.reason
    assert summary.watermark == left.since
    assert contoso.rows("SELECT count(*) AS n FROM quarantine") == [{"n": summary.quarantined}]


def test_a_bad_second_is_asked_once_a_run_and_is_a_gap_at_last(contoso: Rig) -> None:
    contoso.graph.happen("bad", at=NOW - HOUR + SECOND / 2)
    contoso.graph.happen("good", at=NOW - HOUR - SECOND / 2)
    always(contoso, poisoned)
    contoso.collect()
    before = contoso.graph.asked(AUDITS)
    assert contoso.collect(after=15 * MINUTE).unfinished != ()
    assert contoso.graph.asked(AUDITS) - before == 3  # before it, it, behind it
    contoso.collect(after=DAY)
    again = contoso.collect(after=15 * MINUTE)
    assert again.windows == 1  # the overlap alone: the day's sweep counts as done
    for _ in range(6):
        summary = contoso.collect(after=DAY)
    (gap,) = contoso.rows("SELECT since, until, reason FROM gap")
    assert gap["until"] - gap["since"] <= 2 * SECOND
    assert gap["reason"].startswith("older than the audit log reaches back; when it was last asked: an answer that is")
    assert summary.unfinished == ()
    assert summary.watermark == contoso.graph.now
    assert still_open(contoso.store) == []


def test_a_bad_second_that_heals_is_read(contoso: Rig) -> None:
    contoso.graph.happen("bad", at=NOW - HOUR)
    always(contoso, poisoned)
    contoso.collect()
    contoso.graph._faults.clear()
    summary = contoso.collect(after=15 * MINUTE)
    assert (summary.unfinished, summary.watermark) == ((), contoso.graph.now)
    assert contoso.ids() == {"bad"}
    assert still_open(contoso.store) == []


def test_a_span_the_service_cannot_answer_is_cornered_to_a_minute(contoso: Rig) -> None:
    expected = happen(contoso, 30, NOW - 5 * DAY, 3 * HOUR)
    moment = NOW - 2 * DAY + timedelta(seconds=100)
    always(contoso, unanswerable(moment))
    summary = contoso.collect()
    (left,) = still_open(contoso.store)
    assert left.since <= moment <= left.until <= left.since + MINUTE
    assert contoso.ids() == expected
    assert summary.watermark == left.since


@pytest.mark.parametrize("fault", [status(503), truncated], ids=["silent", "broken"])
def test_a_service_that_is_down_is_not_asked_over_and_over(contoso: Rig, fault: Fault) -> None:
    contoso.collect()
    contoso.graph.happen("e1", at=NOW + MINUTE)
    before = contoso.graph.asked(AUDITS)
    always(contoso, fault)
    summary = contoso.collect(after=3 * DAY)
    assert contoso.graph.asked(AUDITS) - before <= 10
    assert summary.watermark == NOW
    assert len(summary.unfinished) == 1


def test_long_walks_are_given_up_early_for_shorter_windows(contoso: Rig) -> None:
    contoso.graph.page_size = 2
    expected = happen(contoso, 600, NOW - 20 * HOUR, 2 * MINUTE)
    summary = contoso.collect()
    assert contoso.ids() == expected
    assert summary.unfinished == ()
    pages = [row["pages"] for row in contoso.rows('SELECT pages FROM "window" ORDER BY since')]
    assert max(pages) <= 60
    wasted = contoso.graph.asked(AUDITS) - sum(pages)
    assert 1 <= wasted <= 3


def test_a_burst_is_read_in_windows_that_follow_it(contoso: Rig) -> None:
    contoso.graph.page_size = 2
    expected = happen(contoso, 10, NOW - 5 * DAY, 12 * HOUR) | happen(contoso, 400, NOW - HOUR, 5 * SECOND, "burst")
    contoso.collect()
    assert contoso.ids() == expected
    assert max(row["pages"] for row in contoso.rows('SELECT pages FROM "window"')) <= 120


def kept_since(moment: datetime, text: str) -> Fault:
    def fault(request: Request, reply: Reply) -> Reply:
        refusal = status(400, "BadRequest", f"Minimum allowed time for activityDateTime is {text}.")
        return refusal(request, reply) if asked(request)[0] < moment else reply

    return fault


@pytest.mark.parametrize(
    "spelling", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.0000000Z", "%m/%d/%Y %I:%M:%S %p", "'%Y-%m-%d %H:%M:%S'"]
)
def test_what_the_service_says_it_no_longer_keeps_is_a_gap_and_the_rest_is_read(contoso: Rig, spelling: str) -> None:
    kept = NOW - 2 * DAY - 90 * MINUTE
    expected = happen(contoso, 20, kept + MINUTE, HOUR)
    always(contoso, kept_since(kept, kept.strftime(spelling)))
    summary = contoso.collect()
    assert contoso.ids() == expected
    assert [(gap.since, gap.until) for gap in summary.gaps] == [(NOW - 6 * DAY, kept)]
    assert "keeps nothing before 2026-10-30T10:30:00Z" in summary.gaps[0].reason
    assert (summary.unfinished, summary.watermark) == ((), NOW)
    again = contoso.collect(after=15 * MINUTE)
    assert (again.gaps, again.unfinished, again.watermark) == ((), (), NOW + 15 * MINUTE)


def test_a_refusal_that_cannot_be_understood_leaves_its_windows_open(contoso: Rig) -> None:
    always(contoso, kept_since(NOW - 2 * DAY, "the day before yesterday"))
    summary = contoso.collect()
    assert "the day before yesterday" in summary.unfinished[0]
    assert summary.gaps == ()


def test_late_events_are_counted_and_how_late_they_were(contoso: Rig) -> None:
    contoso.graph.happen("in time", at=NOW - 30 * MINUTE)
    contoso.graph.happen("late", at=NOW - 10 * MINUTE, visible=NOW + 20 * MINUTE)
    contoso.graph.happen("very late", at=NOW - 12 * HOUR, visible=NOW + 20 * HOUR)
    assert contoso.collect().late == 0
    contoso.graph.happen("new", at=NOW + 5 * MINUTE)
    second = contoso.collect(after=30 * MINUTE)
    assert (second.new_items, second.late, second.late_seconds) == (2, 1, 600.0)
    assert contoso.collect(after=15 * MINUTE).late == 0
    swept = contoso.collect(after=DAY)
    assert (swept.late, swept.late_seconds) == (1, 12 * 3600.0)


def test_an_event_that_changed_did_not_come_late(contoso: Rig) -> None:
    contoso.graph.happen("e1", at=NOW - 30 * MINUTE)
    contoso.collect()
    contoso.graph.events[0].row["result"] = "success"
    again = contoso.collect(after=15 * MINUTE)
    assert (again.new_items, again.late) == (1, 0)


@pytest.mark.parametrize("off", [-40 * DAY, -3 * HOUR, 3 * HOUR, 40 * DAY])
def test_a_local_clock_that_is_wrong_changes_nothing(contoso: Rig, off: timedelta) -> None:
    contoso.graph.happen("e1", at=NOW - 30 * MINUTE)
    contoso.collect()
    contoso.graph.happen("e2", at=NOW + 5 * MINUTE)
    contoso.off = off
    summary = contoso.collect(after=15 * MINUTE)
    assert (summary.gaps, summary.unfinished, summary.watermark) == ((), (), NOW + 15 * MINUTE)
    assert contoso.ids() == {"e1", "e2"}


def test_without_the_server_s_clock_nothing_is_called_lost(contoso: Rig) -> None:
    contoso.collect()
    contoso.off = 40 * DAY
    contoso.graph.fail("/v1.0/subscribedSkus", *[dropped] * 5)
    always(contoso, dropped)
    summary = contoso.collect(after=15 * MINUTE)
    assert (summary.gaps, summary.watermark) == ((), NOW)
    assert any(line.startswith("directory_audits: ") for line in summary.unfinished)

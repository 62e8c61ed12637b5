"""Back-fill: newest first, resumable, beside the runs, and no beginning of the watermark."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from pipeline.collect import backfill, open_graph
from pipeline.identity import identity_for
from pipeline.model import BackfillProgress, CollectSummary
from pipeline.store import open_store
from pipeline.store.coverage import reached, watermark
from pipeline.store.lock import hold, is_held
from tests.collect.rig import DAY, HOUR, MINUTE, NOW, P2, TENANT, Rig
from tests.collect.test_chains import always, asked, kept_since, poisoned
from tests.fakes.graph import AUDITS, status
from tests.fakes.tls import Reply, Request


def fill(contoso: Rig, since: datetime | None = None, until: datetime | None = None, **more: Any) -> CollectSummary:
    """One back-fill, in a store that nobody else has open."""
    contoso.close()
    contoso.runs += 1
    identity = identity_for(contoso.tenant.auth, TENANT, contoso.settings)
    with open_graph(contoso.settings, identity) as graph:
        return backfill(
            partial(open_store, contoso.folder, TENANT),
            *(contoso.tenant, contoso.options, graph),
            since=since,
            until=until,
            run_id=f"run{contoso.runs}",
            now=contoso.graph.now,
            **{"pause": contoso.pauses.append, "is_taken": partial(is_held, contoso.folder.lock)} | more,
        )


def happen(contoso: Rig, days: int = 28, each: int = 10) -> dict[str, datetime]:
    told = {f"e{n}": NOW - 3 * HOUR - n * DAY / each for n in range(days * each)}
    for ident, at in told.items():
        contoso.graph.happen(ident, at=at)
    return told


def spans(contoso: Rig) -> list[tuple[datetime, datetime]]:
    """What was asked, in order."""
    return [asked(each) for each in contoso.graph_server.requests if each.path == AUDITS and "$skip" not in each.target]


def test_a_tenant_never_collected_is_filled_newest_first(contoso: Rig) -> None:
    told = happen(contoso)
    contoso.graph.lists["/v1.0/subscribedSkus"] = [P2]
    heard: list[BackfillProgress] = []
    summary = fill(contoso, NOW - 20 * DAY, NOW - 5 * DAY, tell=heard.append)
    assert contoso.ids() == {ident for ident, at in told.items() if NOW - 20 * DAY <= at <= NOW - 5 * DAY}
    assert (summary.unfinished, summary.gaps, summary.watermark) == ((), (), None)
    windows = [span for span in spans(contoso) if span[1] - span[0] > MINUTE]
    assert windows == sorted(windows, reverse=True)
    assert (windows[0][1], windows[-1][0]) == (NOW - 5 * DAY, NOW - 20 * DAY)
    assert [each.read for each in heard] == sorted(each.read for each in heard)
    assert heard[-1].read == heard[-1].asked == 15 * DAY
    assert heard[-1].events == summary.items - 1  # the licence


def test_finished_spans_are_not_asked_again(contoso: Rig) -> None:
    happen(contoso)
    fill(contoso, NOW - 3 * DAY, NOW - 2 * DAY)
    before = len(spans(contoso))
    fill(contoso, NOW - 4 * DAY, NOW - DAY)
    later = sorted(span for span in spans(contoso)[before:] if span[1] - span[0] > MINUTE)
    assert later == [(NOW - 4 * DAY, NOW - 3 * DAY), (NOW - 2 * DAY, NOW - DAY)]


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [1, 2, 4])
def test_killed_and_begun_again_it_goes_on(contoso: Rig, after: int) -> None:
    told = happen(contoso, days=5)

    def kill(progress: BackfillProgress) -> None:
        if progress.read >= after * DAY:
            raise KilledError

    with pytest.raises(KilledError):
        fill(contoso, NOW - 5 * DAY, tell=kill)
    before = len(spans(contoso))
    assert fill(contoso, NOW - 5 * DAY).unfinished == ()
    assert contoso.ids() == {ident for ident, at in told.items() if at >= NOW - 5 * DAY}
    # the last two hours are not settled: they are asked again
    again = sum((until - since for since, until in spans(contoso)[before:] if until - since > MINUTE), timedelta(0))
    assert again == (5 - after) * DAY + 2 * HOUR


def test_the_watermark_neither_goes_back_nor_over_a_hole(contoso: Rig) -> None:
    happen(contoso)
    contoso.collect()
    contoso.graph.lists["/v1.0/subscribedSkus"] = [P2]
    assert fill(contoso, NOW - 20 * DAY, NOW - 10 * DAY).watermark == NOW
    contoso.graph.now += 3 * HOUR
    always(contoso, status(503), 60)
    assert contoso.collect().watermark == NOW
    contoso.graph._faults.clear()
    assert fill(contoso, NOW + 2 * HOUR, NOW + 3 * HOUR).watermark == NOW
    assert fill(contoso, NOW - HOUR, NOW + 2 * HOUR).watermark == NOW + 3 * HOUR
    assert contoso.collect(after=15 * MINUTE).watermark == contoso.graph.now


def test_a_first_run_after_a_back_fill_reads_what_is_left_and_begins_the_watermark(contoso: Rig) -> None:
    told = happen(contoso, days=5)
    fill(contoso, NOW - 4 * DAY, NOW - 2 * DAY)
    assert watermark(contoso.store) is None
    before = len(spans(contoso))
    assert contoso.collect(after=15 * MINUTE).watermark == contoso.graph.now
    assert contoso.ids() == set(told)
    swept = contoso.graph.now - 2 * DAY
    assert all(until <= NOW - 4 * DAY or since >= min(NOW - 2 * DAY, swept) for since, until in spans(contoso)[before:])


def test_what_lies_beyond_retention_is_a_gap_and_said_once(contoso: Rig) -> None:
    happen(contoso)
    summary = fill(contoso, NOW - 60 * DAY, NOW - 5 * DAY)
    assert [(gap.since, gap.until) for gap in summary.gaps] == [(NOW - 60 * DAY, NOW - 6 * DAY)]
    assert summary.unfinished == ()
    assert fill(contoso, NOW - 60 * DAY, NOW - 5 * DAY).gaps == ()


def test_what_the_service_no_longer_keeps_is_a_gap(contoso: Rig) -> None:
    happen(contoso)
    always(contoso, kept_since(NOW - 3 * DAY, f"{NOW - 3 * DAY:%Y-%m-%dT%H:%M:%SZ}"))
    summary = fill(contoso)
    assert [(gap.since, gap.until) for gap in summary.gaps] == [(NOW - 6 * DAY, NOW - 3 * DAY)]
    assert (summary.unfinished, len(spans(contoso))) == ((), 4)  # three days and the refusal


def test_an_event_it_cannot_read_stays_open_and_the_rest_is_read(contoso: Rig) -> None:
    told = happen(contoso, days=5)
    contoso.graph.happen("bad", at=NOW - 2 * DAY + timedelta(seconds=0.5))
    always(contoso, poisoned)
    summary = fill(contoso)
    assert contoso.ids() == set(told)
    assert len(summary.unfinished) == 1


def test_another_run_takes_the_lock_between_pages_and_has_the_rate_to_itself(contoso: Rig) -> None:
    contoso.graph.page_size = 5
    happen(contoso, days=5, each=100)
    taken: list[int] = []

    def a_run_comes(request: Request, reply: Reply) -> Reply:
        lock = hold(contoso.folder.lock, 5.0)
        lock.__enter__()
        taken.append(contoso.graph.asked(AUDITS))
        waiting.append(lambda: lock.__exit__(None, None, None))
        return reply

    waiting: list[Callable[[], object]] = []
    rests: list[int] = []

    def pause(seconds: float) -> None:
        if waiting and seconds == 1.0:
            rests.append(contoso.graph.asked(AUDITS))
            if len(rests) >= 3:
                waiting.pop()()

    contoso.graph.fail(AUDITS, a_run_comes, at=8)
    summary = fill(contoso, pause=pause)
    assert summary.unfinished == ()
    assert len(rests) >= 3
    assert set(rests[:3]) == {taken[0]}


@pytest.mark.parametrize("filled", [[], [(5, 9)], [(0, 3)], [(9, 12)]])
def test_reached_begins_with_what_is_collected_from_run_to_run(filled: list[tuple[int, int]]) -> None:
    from tests.collect.test_windows import hours

    live = [hours(6, 7), hours(7, 8)]
    expected = 9 if filled == [(5, 9)] else 8
    assert reached(live, [], [hours(*each) for each in filled]) == hours(0, expected).until

"""An alert is raised once, whenever and however often it arrives: the rules run here as Sentinel would run them.

It is not told in public what a scheduled rule's clock says when it runs five minutes late; both readings are played,
and one without any delay.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from deploy.sentinel.rules import RULES, kql

from .kusto import Row, Workspace

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
M, H = timedelta(minutes=1), timedelta(hours=1)
READING = "\nfresh | project AlertId, Revision"
PROMPT, LATE = (kql(name) + READING for name in ("prompt", "late"))


@dataclass(frozen=True)
class Copy:
    """A row on its way: frozen when it was enqueued, and when it arrives."""

    enqueued: datetime
    arrives: datetime
    alert: str = "a"
    revision: int = 1
    status: str = "New"

    def row(self) -> Row:
        """As stored: the service replaces a TimeGenerated of more than two days."""
        stored = self.arrives if self.arrives - self.enqueued > 48 * H else self.enqueued
        identity = {"AlertId": self.alert, "Revision": self.revision, "Status": self.status}
        return identity | {"TimeGenerated": stored, "DetectedTime": self.enqueued}


Clock = tuple[str, timedelta, timedelta]
CLOCKS: list[Clock] = [("real", 0 * M, 5 * M), ("late", 5 * M, 5 * M), ("undelayed", 0 * M, 0 * M)]
"""(name, how far the query's clock is behind, how long before the run the data it sees ends)"""


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace("AlertId Revision Status TimeGenerated DetectedTime")


@pytest.fixture(params=CLOCKS, ids=lambda clock: clock[0])
def raised(request: pytest.FixtureRequest, workspace: Workspace) -> Callable[..., list[tuple[str, int]]]:
    """What the two rules raise at the given moments, in order."""
    _, behind, ends = request.param

    def run(copies: list[Copy], moments: list[datetime], query: str = PROMPT) -> list[tuple[str, int]]:
        workspace.empty()
        for copy in copies:
            workspace.arrive("PimAlerts_CL", copy.row(), copy.arrives)
        workspace.con.execute("CREATE OR REPLACE TABLE whole AS FROM PimAlerts_CL")
        found = []
        for moment in moments:
            workspace.empty()
            seen = "INSERT INTO PimAlerts_CL FROM whole WHERE _arrived <= ? AND TimeGenerated <= ?"
            workspace.con.execute(seen, [moment, moment - ends])
            rows = workspace.query(query, moment - behind)
            found += sorted((row["AlertId"], row["Revision"]) for row in rows)
        return found

    return run


def every(step: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    """Runs begin at an odd minute: nothing may depend on a round clock."""
    moment = since + 2 * M + timedelta(seconds=13)
    while moment < until:
        yield moment
        moment += step


def five_minutes(since: datetime, until: datetime) -> list[datetime]:
    return list(every(5 * M, since, until))


def test_a_copy_in_a_later_run_raises_nothing(raised: Callable[..., object]) -> None:
    copies = [Copy(NOON, NOON + late * M) for late in (1, 4, 9, 17)]
    assert raised(copies, five_minutes(NOON - 5 * M, NOON + 30 * M)) == [("a", 1)]


def test_whenever_it_arrives_it_is_raised_once(raised: Callable[..., object]) -> None:
    """At every minute around two runs, enqueued just then, a while before, and by a clock that is ahead."""
    copies = [
        Copy(NOON + minute * M - age, NOON + minute * M, alert=f"{minute:02}-{age}")
        for minute in range(8)
        for age in (0 * M, 7 * M, 45 * H, -12 * M)
    ]
    assert raised(copies, five_minutes(NOON - 5 * M, NOON + 45 * M)) == unordered(copies)


def unordered(copies: list[Copy]) -> object:
    """Equal to a list with each of the copies once, in any order."""

    class Once:
        def __eq__(self, other: object) -> bool:
            return isinstance(other, list) and sorted(other) == sorted((c.alert, c.revision) for c in copies)

        def __repr__(self) -> str:
            return f"each once of {len(copies)}"

    return Once()


def test_a_new_revision_is_raised_and_a_resolved_one_is_not(raised: Callable[..., object]) -> None:
    copies = [
        Copy(NOON, NOON + 1 * M),
        Copy(NOON + 10 * M, NOON + 11 * M, revision=2, status="Resolved"),
        Copy(NOON + 20 * M, NOON + 21 * M, revision=3),
        Copy(NOON, NOON + 25 * M),
    ]
    assert raised(copies, five_minutes(NOON, NOON + 40 * M)) == [("a", 1), ("a", 3)]


def held(hours: float, *later: timedelta) -> list[Copy]:
    """An alert that was so long under way that it, or a copy, comes at noon; and copies that come later still."""
    return [Copy(NOON - hours * H, NOON + after, alert=f"{hours}") for after in (0 * M, *later)]


AROUND_NOON = five_minutes(NOON - 10 * M, NOON + 25 * M)
HOURLY = list(every(H, NOON - H, NOON + 2.5 * H))


def test_a_copy_after_the_window_raises_nothing(raised: Callable[..., object]) -> None:
    copies = [
        copy
        for hours in (46.5, 47.5, 49, 24 * 13)
        for copy in (Copy(NOON - hours * H, NOON - hours * H + 1 * M, alert=f"{hours}"), *held(hours))
    ]
    assert (raised(copies, AROUND_NOON), raised(copies, HOURLY, LATE)) == ([], [])


def test_an_alert_held_up_is_raised_once_by_one_of_the_two(raised: Callable[..., object]) -> None:
    prompt, late = (45.9,), (46.1, 46.9, 47.1, 47.9, 48.1, 24 * 20)
    copies = [copy for hours in (*prompt, *late) for copy in held(hours, 8 * M)]
    assert raised(copies, AROUND_NOON) == unordered(held(45.9))
    assert raised(copies, HOURLY, LATE) == unordered([each for hours in late for each in held(hours)])


def test_the_rules_run_as_often_as_their_queries_say() -> None:
    prompt, late, _ = RULES
    assert (prompt.frequency, prompt.period, late.frequency, late.period) == ("5m", "47h", "1h", "14d")
    assert f"ago({prompt.frequency})" in prompt.query and f"ago({late.frequency})" in late.query

"""Frozen values that flow between the stages. Times are aware `datetime`s in UTC unless a name says local."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Severity(StrEnum):
    """Sentinel's four words, in lower case as rule files write them; the order is the order of weight."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def weight(self) -> int:
        """0 for informational to 3 for high."""
        return list(Severity).index(self)

    @property
    def sentinel(self) -> str:
        """The word as the alert record spells it: `Medium`."""
        return self.value.capitalize()


@dataclass(frozen=True)
class Window:
    """A span of time asked of a stream, both ends included, since Graph documents only `ge` and `le`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Skipped:
    """An endpoint that could not be asked, and why: a missing permission, licence or group. Not a failure."""

    endpoint: str
    reason: str


@dataclass(frozen=True)
class Gap:
    """A span of a stream that can no longer be collected."""

    source: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True)
class CollectSummary:
    """What one collection brought home. Counts are items, not bytes."""

    windows: int = 0
    pages: int = 0
    items: int = 0
    new_items: int = 0
    snapshots: int = 0
    quarantined: int = 0
    watermark: datetime | None = None
    server_time: datetime | None = None
    clock_drift_seconds: float | None = None
    """This machine's clock less Graph's when collection ended: positive where it is ahead."""
    skipped: tuple[Skipped, ...] = ()
    gaps: tuple[Gap, ...] = ()
    late: int = 0
    """Events that an earlier window over their time did not have: the overlap or the daily sweep found them."""
    late_seconds: float = 0.0
    """How long after it happened the latest of them was still missing."""
    unfinished: tuple[str, ...] = ()
    """One line an endpoint whose walk did not end: `directory_audits: 503 after 5 tries`."""
    files: int = 0
    files_before: int = 0
    """Of an import: files read, and files whose content was in already."""


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is: files done of those found, and rows read."""

    files: int
    of: int
    rows: int


@dataclass(frozen=True)
class Imported:
    """What came of the rows of one kind that a run imported: `rows` = events + duplicates + quarantined."""

    source: str
    rows: int
    events: int
    duplicates: int
    quarantined: dict[str, int]
    """Reason to rows."""


@dataclass(frozen=True)
class BackfillProgress:
    """How far a back-fill is: the time `read` of the time `asked`, events, pages, and the seconds it took."""

    read: timedelta
    asked: timedelta
    events: int
    pages: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one."""
        return self.seconds * ((self.asked - self.read) / self.read) if self.read and self.seconds else None


@dataclass(frozen=True)
class NormaliseSummary:
    """What reached silver."""

    events: int = 0
    duplicates: int = 0
    requests: int = 0
    snapshots: int = 0
    quarantined: int = 0
    unknown_activities: int = 0

    def __add__(self, other: NormaliseSummary) -> NormaliseSummary:
        return NormaliseSummary(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class RuleFailure:
    """A rule that failed alone; `where` is `file:line`."""

    rule_id: str
    where: str
    error: str


@dataclass(frozen=True)
class DetectSummary:
    """What the rules said. `opened` counts new findings; `alerts` those that went on to the outbox."""

    rules: int = 0
    opened: int = 0
    resolved: int = 0
    waived: int = 0
    alerts: int = 0
    failures: tuple[RuleFailure, ...] = ()


@dataclass(frozen=True)
class ForwardSummary:
    """What left the outbox. `oldest_pending_seconds` is the age of the oldest waiting alert, 0 when none waits."""

    sent: int = 0
    pending: int = 0
    quarantined: int = 0
    oldest_pending_seconds: float = 0.0
    held: str | None = None
    """Why delivery is held, for example a missing role on the collection rule; None when it is not."""
    delayed: str | None = None
    """Why alerts wait though nothing has to be put right: the service is down, or the rate is used up."""


@dataclass(frozen=True)
class CycleSummary:
    """One tenant's cycle, collect to forward."""

    tenant: str
    run_id: str
    started_at: datetime
    collect: CollectSummary = field(default_factory=CollectSummary)
    normalise: NormaliseSummary = field(default_factory=NormaliseSummary)
    detect: DetectSummary = field(default_factory=DetectSummary)
    forward: ForwardSummary = field(default_factory=ForwardSummary)
    imported: tuple[Imported, ...] = ()
    worst: Severity | None = None
    """The gravest new alert this run raised."""
    exit_code: int = 0
    error: str | None = None


def iso(moment: datetime) -> str:
    """ISO 8601 UTC with six digits and `Z`, the one spelling of a time in ids, records and reports.

    Raises ValueError for a naive time: nothing here guesses a zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

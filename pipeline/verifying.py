"""Verify: raw data and journal against their hashes, the database against what they say. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import __version__
from .config import Settings, Tenant
from .errors import IntegrityError, StorageError
from .normalise import normalise
from .normalise.configured import TABLES as CONFIGURED
from .run import fault_of
from .store import TenantFolder, journal
from .store.adopt import DERIVED, INDEX, JOURNAL
from .store.compare import Kept, remade
from .store.lock import hold_unchanged
from .store.verify import Fault, Record, check_head, read_record

DATABASE = "pimtrail.duckdb"


@dataclass(frozen=True)
class Verdict:
    """What was found of a tenant: how much was looked at, and each thing that is not as it was kept."""

    tenant: str
    entries: int = 0
    """Lines of the raw index."""
    lines: int = 0
    """Lines of the journal."""
    segments: int = 0
    answers: int = 0
    """Bodies put together again."""
    tables: int = 0
    """Tables that hold what raw data and journal say, row by row."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    exit_code: int = 0
    error: str | None = None


def verify_all(settings: Settings, tenants: Sequence[Tenant], heads: Sequence[str], *, now: datetime) -> list[Verdict]:
    """A verdict on each tenant; `heads` are chain heads noted elsewhere, which must be in one tenant's chains."""

    def one(tenant: Tenant) -> Verdict:
        try:
            return verify(settings, tenant, heads, now=now)
        except Exception as error:  # noqa: BLE001 - a tenant's verification is a job
            code, text = fault_of(error)
            return Verdict(tenant.name, exit_code=code, error=text)

    return [one(tenant) for tenant in tenants]


def verify(settings: Settings, tenant: Tenant, heads: Sequence[str] = (), *, now: datetime) -> Verdict:
    """Look at all that is kept of a tenant while no run is under way. Raises BusyError."""
    folder, notes = TenantFolder(settings.data_dir / tenant.name), list[str]()
    with hold_unchanged(folder.lock):
        record = read_record(folder)
        for head in heads:
            check_head(record, "--head", head)
        compared = _database(settings, tenant, record, notes, now)
    return Verdict(
        tenant.name,
        entries=record.ends.get(INDEX, 0),
        lines=record.ends.get(JOURNAL, 0),
        segments=sum(entry.path is not None for entry in record.segments.values()),
        answers=record.bodies,
        tables=compared,
        faults=tuple(record.faults),
        notes=tuple(notes),
        exit_code=IntegrityError.exit_code if record.faults else 0,
    )


def _database(settings: Settings, tenant: Tenant, record: Record, notes: list[str], now: datetime) -> int:
    """Add the database's faults to the record's; returns how many tables are right."""
    folder = record.folder
    if not folder.database.exists():
        notes.append("there is no database; the next run makes it from raw data and journal")
        return 0
    if record.faults:
        notes.append("the database is not compared: what it is made from has faults")
        return 0
    with remade(folder, tenant.tenant_id) as store:
        normalise(store, tenant, settings, run_id="verify", now=now)
        store.close()
        try:
            kept = Kept(folder, store.folder.database)
        except StorageError as error:
            record.faults.append(Fault(DATABASE, str(error)))
            return 0
        try:
            return _compare(kept, record, notes)
        finally:
            kept.close()


def _compare(kept: Kept, record: Record, notes: list[str]) -> int:
    behind = list(_behind(kept, record))
    tables = kept.tables()
    comparable = [name for name in _comparable(kept, notes) if name in tables]
    found = [*kept.unreadable(tables), *([] if behind else kept.faults(comparable))]
    record.faults += [*behind, *(Fault(DATABASE, f"table {name}: {what}") for name, what in dict(found).items())]
    return 0 if behind else len(set(comparable) - dict(found).keys())


def _behind(kept: Kept, record: Record) -> Iterator[Fault]:
    """A database that lacks what was committed, or follows something else."""
    for name, words in ((INDEX, "raw index"), (JOURNAL, "journal")):
        mark, end = kept.mark(name), record.ends[name]
        if record.heads.get(mark.head) != mark.seq:
            yield Fault(DATABASE, f"follows a {words} that is not this one; `pimtrail rebuild` makes it again")
        elif mark.seq < end:
            yield Fault(DATABASE, f"has the {words} up to line {mark.seq} of {end}; the next run brings the rest")


def _comparable(kept: Kept, notes: list[str]) -> list[str]:
    """The tables that must be equal to those made from raw data and journal today."""
    recorded = [*journal.TABLES, *(name.strip('"') for name in DERIVED if name != "quarantine")]
    silver = [name for name in kept.tables() if name not in {*recorded, *CONFIGURED, "meta", "migration"}]
    mine, other = kept.marks(), kept.marks("remade")
    if mine.get("normalised", "0") != other.get("normalised"):
        notes.append("some of what is collected is not in the tables yet; those are not compared")
        return recorded
    if kept.made_by() not in {__version__, None}:
        notes.append(f"the tables were made by version {kept.made_by()}: `pimtrail rebuild`, then they can be compared")
        return recorded
    if mine.get("tickets") != other.get("tickets"):
        notes.append("[tickets] changed since the last run; pim_request is not compared")
        silver.remove("pim_request")
    return [*recorded, *silver]

"""A small tenant with something of everything that is kept, and ways to damage it."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import Settings
from pipeline.model import CycleSummary
from pipeline.store import Store, TenantFolder, open_store, outbox, runs
from pipeline.store.ledger import GapEntry, QuarantineEntry
from tests.normalise.landing import NOW, TENANT, Landing
from tests.normalise.telling import ANNA, BEAT, activation
from tests.normalise.test_state import user

ODD = b"<html>no page</html>"


def keep(root: Path) -> TenantFolder:
    """Two runs of a tenant, all of it closed."""
    folder = TenantFolder(root / "contoso")
    for number in (1, 2):
        with open_store(folder, TENANT) as store:
            one_run(store, number)
    return folder


def one_run(store: Store, number: int) -> None:
    """Collect, normalise, a finding's alert, its delivery, and the run's row and status."""
    run_id = f"run-{number}"
    runs.begin(store, run_id, "run", NOW, Settings())
    land = Landing(store, at=datetime(2026, 10, number, 6, tzinfo=UTC), refers=True)
    land.events(activation("r0"))
    land.events([*activation("r0"), *activation(f"r{number}", number)], page=2)
    seq = land.snapshot("users", [user(ANNA, f"Anna {number}"), user(BEAT, "Beat")])
    land.same("users", seq)
    _quarantine(store, number)
    land.normalise()
    with store.journalled() as changes:
        changes.insert("alert", [alert(run_id)])
        outbox.enqueue(changes, TENANT, [(run_id, 1)], ["jsonl"], NOW)
    with store.journalled() as changes:
        outbox.mark_sent(changes, "jsonl", [(run_id, 1)], NOW)
    runs.end(store, CycleSummary("contoso", run_id, NOW), NOW)
    runs.write_status(store, NOW)


def alert(name: str) -> dict[str, object]:
    named = {"tenant_id": TENANT, "alert_id": name, "revision": 1, "rule_id": "a.b", "severity": "low", "status": "New"}
    return named | {"occurred_at": NOW, "raised_at": NOW, "run_id": name, "record": f'{{"AlertId":"{name}"}}'}


def _quarantine(store: Store, number: int) -> None:
    body, relative = ODD + b"%d" % number, f"quarantine/users/{number}.body"
    path = store.ledger.raw / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    digest = hashlib.sha256(body).hexdigest()
    store.ledger.append(
        QuarantineEntry("users", f"run-{number}", "malformed", "no page", NOW, relative, digest),
        GapEntry("directory_audits", f"run-{number}", NOW, NOW, "retention", NOW),
    )


def copied(folder: TenantFolder, root: Path) -> TenantFolder:
    """The same somewhere else, to damage it."""
    shutil.copytree(folder.root, root / "contoso")
    return TenantFolder(root / "contoso")


def evidence(folder: TenantFolder) -> list[Path]:
    """The files of raw data and journal, relative to the tenant's folder."""
    return sorted(path.relative_to(folder.root) for path in _files(folder, "raw", "journal"))


def tree(folder: TenantFolder) -> dict[str, tuple[str, int]]:
    """Hash and time of change of every file, and every folder."""
    return {
        str(path): ("" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in [folder.root, *folder.root.rglob("*")]
    }


def _files(folder: TenantFolder, *names: str) -> Iterator[Path]:
    for name in names:
        yield from (path for path in (folder.root / name).rglob("*") if path.is_file())

"""The database is lost: raw data and journal make it again, row by row, and nothing is sent twice."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Settings
from pipeline.errors import UsageError
from pipeline.run import cycle, run_all
from pipeline.settings_file import load
from pipeline.store import TenantFolder
from pipeline.store.reading import reading, select
from tests.fakes.tls import certificates
from tests.over_tls import fabrikam
from tests.samples import FIRST, SECOND, play, sample_settings

LATER = datetime(2026, 11, 1, 7, 15, tzinfo=UTC)


def everything(folder: Path) -> dict[str, list[Any]]:
    """All rows of all tables but `meta`, which holds how far the database has followed."""
    with reading(TenantFolder(folder)) as con:
        _, names = select(con, "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL")
        return {
            name: sorted(map(str, select(con, f'SELECT * FROM "{name}"')[1])) for (name,) in names if name != "meta"
        }


def differing(before: dict[str, list[Any]], after: dict[str, list[Any]], *but: str) -> list[str]:
    return [name for name in before if name not in but and before[name] != after[name]]


@contextmanager
def lost(folder: Path) -> Iterator[None]:
    (folder / "pimtrail.duckdb").unlink()
    yield
    assert (folder / "pimtrail.duckdb").exists()


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fabrikam's data after two cycles, everything sent."""
    settings = sample_settings(tmp_path_factory.mktemp("twice"))
    for day in (FIRST, SECOND):
        assert play(settings, "fabrikam", day).forward.pending == 0
    return settings.data_dir


@pytest.fixture
def settings(tmp_path: Path, twice: Path) -> Settings:
    shutil.copytree(twice, tmp_path / "data")
    return sample_settings(tmp_path / "data")


def test_whoever_asks_a_lost_database_is_told_what_to_do(settings: Settings) -> None:
    folder = settings.data_dir / "fabrikam"
    (folder / "pimtrail.duckdb").unlink()
    with pytest.raises(UsageError, match="pimtrail rebuild"):
        everything(folder)


def test_rebuild_makes_every_row_again(settings: Settings) -> None:
    folder = settings.data_dir / "fabrikam"
    before = everything(folder)
    assert all(before[name] for name in ("finding", "alert", "outbox", "run", "rule_run", "audit_event", "pim_request"))
    with lost(folder):
        assert play(settings, "fabrikam", SECOND, ["rebuild"]).exit_code == 0
    after = everything(folder)
    assert differing(before, after, "run") == []
    assert set(before["run"]) < set(after["run"]) and len(after["run"]) == len(before["run"]) + 1


def test_the_next_cycle_goes_on_as_if_nothing_had_happened(settings: Settings, tmp_path: Path) -> None:
    folder, calm = settings.data_dir / "fabrikam", sample_settings(tmp_path / "calm")
    shutil.copytree(settings.data_dir, calm.data_dir)
    with lost(folder):
        (tenant,) = (each for each in settings.tenants if each.name == "fabrikam")
        for each in (settings, calm):
            done = cycle(each, tenant, now=LATER, stages=("normalise", "detect", "forward"), run_id="later")
            assert (done.exit_code, done.forward.sent) == (0, 0)
    after, expected = everything(folder), everything(calm.data_dir / "fabrikam")
    assert differing(expected, after, "run", "rule_run") == []
    sent = [(place / "fabrikam" / "alerts.jsonl").read_bytes() for place in (settings.data_dir, calm.data_dir)]
    assert sent[0] == sent[1]


def test_sentinel_is_sent_nothing_twice(tmp_path: Path) -> None:
    with fabrikam(tmp_path / "place", certificates(tmp_path), SECOND, LATER, sentinel=True) as place:
        settings = load(place.config, environment={})

        def run() -> int:
            (done,) = run_all(settings, settings.tenants, now=LATER, pause=lambda seconds: None)
            assert done.error is None
            return done.forward.sent

        assert run() > 0
        with lost(place.folder):
            assert run() == 0


def test_an_idle_cycle_adds_three_lines(settings: Settings) -> None:
    """Begun, judged, ended: what a quiet quarter of an hour costs for ever."""
    journal = settings.data_dir / "fabrikam" / "journal" / "journal.ndjson"
    before = journal.read_bytes()
    judged = play(settings, "fabrikam", SECOND).detect
    assert judged.opened == 0
    added = journal.read_bytes()[len(before) :]
    assert added.count(b"\n") == 3
    assert len(added) < 2000 + 200 * judged.rules  # a row a rule says that it was run

"""Every fault of the catalogue, met by a list and by the audit log: how the run ends, and that nothing is lost."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipeline.model import CycleSummary
from tests.fakes.faults import ILLS, RETRY_AFTER, Ending, Ill
from tests.fakes.graph import AUDITS
from tests.second_reader import read
from tests.site import DAY, HOUR, MINUTE, NOW, Site

USERS = "/v1.0/users"
IDS = {f"e{number}": 1 for number in range(12)}
PEOPLE = {f"u{number}": 1 for number in range(7)}


@pytest.fixture
def site(tmp_path: Path, empty_database: Path) -> Site:
    """Twelve events and seven users, in pages of three; a free tenant, so that there are few windows."""
    site = Site(tmp_path)
    site.folder.root.mkdir()
    shutil.copy(empty_database, site.folder.database)
    site.graph.page_size, site.graph.lists["/v1.0/subscribedSkus"] = 3, []
    for number in range(12):
        site.graph.happen(f"e{number}", at=NOW - 3 * HOUR - number * MINUTE)
    site.graph.lists[USERS] = [{"id": ident, "displayName": f"user {ident}"} for ident in PEOPLE]
    return site


def ending(summary: CycleSummary) -> Ending:
    """How a run ended, by its exit code and skips; a skip for want of groups is part of this world."""
    skipped = [skip for skip in summary.collect.skipped if skip.endpoint in ("users", "directory_audits")]
    return Ending.SKIPPED if skipped and summary.exit_code == 0 else Ending(summary.exit_code)


def is_plain(ill: Ill) -> bool:
    """Nothing but to ask again."""
    return ill.ending is Ending.HEALED and not ill.kept


def held(site: Site) -> dict[str, dict[str, int]]:
    """How often each event and each user is kept in raw; that all answers can be put together again."""
    raw, sources = read(site.folder.raw), ("directory_audits", "users")
    for source in sources:
        assert {item["id"] for item in raw.told(source)} == {item["id"] for item in raw.kept(source)}
    return {source: Counter(item["id"] for item in raw.kept(source)) for source in sources}


def test_the_catalogue_has_every_retry_after_form() -> None:
    assert sum(name.startswith("429") for name in ILLS) == len(RETRY_AFTER)


@pytest.mark.parametrize(
    ("path", "first", "ill"),
    [pytest.param(USERS, 2, ill, id=f"list: {name}") for name, ill in ILLS.items()]
    + [pytest.param(AUDITS, 7, ill, id=f"audits: {name}") for name, ill in ILLS.items() if not is_plain(ill)],
)
def test_a_fault_ends_as_said_and_the_next_run_makes_it_good(site: Site, ill: Ill, path: str, first: int) -> None:
    first = first if ill.ending is Ending.HEALED else 1
    site.graph.fail(path, *ill.faults, at=first)
    summary = site.run(("collect",))
    divided = path == AUDITS and ill is ILLS["bomb"]  # half the window is asked instead
    assert ending(summary) is (Ending.HEALED if divided else ill.ending), summary.error
    assert site.graph.asked(path) >= first
    kept = site.rows("SELECT path FROM quarantine")
    assert bool(kept) is ill.kept
    assert all((site.folder.raw / where).exists() for (where,) in kept)
    if ending(summary) is not Ending.HEALED:
        assert summary.collect.watermark is None or path == USERS or summary.collect.watermark < NOW
        site.graph.forgive()
        site.graph.now += DAY
        assert site.run(("collect",)).exit_code == 0
    assert held(site) == {"directory_audits": IDS, "users": PEOPLE}

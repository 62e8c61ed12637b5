import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import open_store

from .landing import TENANT, Landing, folder


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema with nothing in it: copying it is quicker than making one a test."""
    where = folder(tmp_path_factory.mktemp("empty"))
    with open_store(where, TENANT):
        return where.database


@pytest.fixture
def land(tmp_path: Path, empty_database: Path) -> Iterator[Landing]:
    where = folder(tmp_path)
    where.root.mkdir()
    shutil.copy(empty_database, where.database)
    with open_store(where, TENANT) as store:
        yield Landing(store)

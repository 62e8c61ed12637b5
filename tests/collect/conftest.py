import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.store import TenantFolder, open_store
from tests.collect.rig import TENANT, Rig, rig
from tests.fakes.tls import Certificates, certificates

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema with nothing in it: copying it is quicker than making one a test."""
    folder = TenantFolder(tmp_path_factory.mktemp("empty"))
    with open_store(folder, TENANT):
        return folder.database


@pytest.fixture
def contoso(tmp_path: Path, trust: Certificates, empty_database: Path) -> Iterator[Rig]:
    with rig(tmp_path, trust) as ready:
        ready.folder.root.mkdir()
        shutil.copy(empty_database, ready.folder.database)
        yield ready

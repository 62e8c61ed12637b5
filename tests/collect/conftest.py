from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.collect.rig import Rig, rig
from tests.fakes.tls import Certificates, certificates

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def contoso(tmp_path: Path, trust: Certificates) -> Iterator[Rig]:
    with rig(tmp_path, trust) as ready:
        yield ready

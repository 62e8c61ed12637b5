from collections.abc import Iterator

import pytest

from tests.fakes.login import FakeLogin
from tests.fakes.tls import Certificates, Server, certificates, serving

from .places import CLIENT, SECRET, TENANT


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("trust"))


@pytest.fixture
def login() -> FakeLogin:
    return FakeLogin(TENANT, CLIENT, SECRET)


@pytest.fixture
def server(trust: Certificates, login: FakeLogin) -> Iterator[Server]:
    with serving(trust, login) as running:
        yield running

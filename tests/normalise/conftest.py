from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store import open_store

from .landing import TENANT, Landing, folder


@pytest.fixture
def land(tmp_path: Path) -> Iterator[Landing]:
    with open_store(folder(tmp_path), TENANT) as store:
        yield Landing(store)

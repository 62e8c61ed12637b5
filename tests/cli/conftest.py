from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from .calling import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Shell]:
    with chdir(tmp_path):
        yield Shell(capsys, tmp_path)

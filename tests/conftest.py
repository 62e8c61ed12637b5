"""What tests share: logs that end with the test that set them up, and a store to copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pipeline.run import WHOLE
from tests.samples import play, sample_settings


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A command run inside a test sets up logging for its process, onto a stream that is closed when the test ends."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fabrikam's data after a first cycle that was killed before anything was sent."""
    settings = sample_settings(tmp_path_factory.mktemp("judged"))
    assert play(settings, "fabrikam", stages=WHOLE[:3]).detect.alerts > 0
    return settings.data_dir

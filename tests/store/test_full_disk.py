"""A disk that is full, at every size a file may have: code 6, nothing that cannot be opened again, nothing lost."""

from pathlib import Path

import pytest

from pipeline.run import WHOLE
from tests.machine.killing import starved
from tests.machine.world import activation, founded
from tests.site import HOUR, MINUTE


@pytest.mark.parametrize("size", [0, 300, 30_000, 300_000, 2 << 20])
@pytest.mark.parametrize("is_first", [True, False], ids=["first run", "later run"])
def test_a_full_disk_is_code_6_and_the_next_run_goes_on(tmp_path: Path, size: int, is_first: bool) -> None:
    world = founded(tmp_path)
    world.happen(HOUR, 0 * MINUTE, activation(1, world.now - HOUR))
    if not is_first:
        assert world.site.run(WHOLE).exit_code == 0
        world.graph.now += HOUR
        world.happen(MINUTE, 0 * MINUTE, activation(2, world.now - MINUTE))
    death = starved(lambda: world.site.run(WHOLE), size)
    assert death.code == 6, death
    assert world.site.run(WHOLE).exit_code == 0
    assert world.site.events() == world.events.keys()

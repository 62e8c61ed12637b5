"""The state machine for about half a minute, always the same plays; `python -m tests.machine` plays new ones."""

from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from tests.machine import oracle
from tests.machine.killing import KILLED, killed
from tests.machine.rules import Collector
from tests.machine.world import activation, founded
from tests.site import DAY, MINUTE

Collector.TestCase.settings = settings(
    max_examples=4,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestCollector = Collector.TestCase


def test_an_event_that_showed_after_the_last_run_and_fell_out_of_reach_lies_in_a_gap(tmp_path: Path) -> None:
    """Found by the machine: the last window's end counted as read, though it was read too early for what came late."""
    world = founded(tmp_path)
    world.graph.lists["/v1.0/subscribedSkus"], world.graph.kept = [], 7 * DAY
    world.happen(10 * MINUTE, 20 * MINUTE, activation(1, world.now - 10 * MINUTE))
    assert world.site.run().exit_code == 0
    world.graph.now += 7 * DAY
    world.forget()
    assert world.site.run().exit_code == 0
    assert world.site.events() == set()
    oracle.check_complete(world)


def test_a_kill_while_the_database_is_made_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    """Found by the machine: half a database, left under its name, could not be opened by any later run."""
    for at in range(20, 130, 22):
        world = founded(tmp_path / str(at))
        death = killed(lambda world=world: world.site.run(("collect",)), at, in_files=False)
        assert death.code == KILLED, death
        assert world.site.run(("collect",)).exit_code == 0

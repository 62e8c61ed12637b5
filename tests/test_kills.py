"""I5: SIGKILL at random times. `python -m tests.kills --times 200` does the same for long."""

from pathlib import Path

from tests.kills import kill_again_and_again


def test_killed_at_random_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    told = kill_again_and_again(tmp_path, times=3, seed=7)
    assert told["events"] > 600 and told["alerts"] > 5
    assert told["kills"] == 3

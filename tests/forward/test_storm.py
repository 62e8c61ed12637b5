"""I7 in a storm; `python -m tests.storm` and `python -m tests.storm_kills` do the same with more of everything."""

from pathlib import Path

from tests.storm import ILLS, ride_out
from tests.storm_kills import kill_again_and_again


def test_a_storm_loses_nothing_and_quarantines_only_what_is_poisoned(tmp_path: Path) -> None:
    told = ride_out(tmp_path, count=100, seed=4, waves=12)
    assert told["met: 400, the poisoned record"] and told["met: 403"]
    assert told["met: requests"] > 1.5 * told["met: nothing"], "it was no storm"
    assert len([name for name in told if name.removeprefix("met: ") in ILLS]) > 8


def test_killed_in_a_storm_nothing_is_lost_and_no_alert_has_two_rows(tmp_path: Path) -> None:
    told = kill_again_and_again(tmp_path, count=30, times=2, seed=7)
    assert told["kills"] == 2

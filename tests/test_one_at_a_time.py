"""I14: one run a tenant at a time. Twenty starts at once: one works, the others wait or leave with code 5."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pipeline.errors import BusyError
from tests.fakes.tls import Reply, Request
from tests.site import HOUR, Site

STARTS = 20


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A tenant that has been collected once."""
    site = Site(tmp_path)
    assert site.run().exit_code == 0
    site.graph.happen("new", at=site.graph.now)
    site.graph.now += HOUR
    return site


def in_children(work: Callable[[int], int]) -> list[int]:
    """The exit codes of twenty processes that begin together, in their order."""
    gate, open_gate = os.pipe()
    children = []
    for number in range(STARTS):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(open_gate)
                os.read(gate, 1)  # ends when the parent closes its side: all start at once
                code = work(number)
            except BusyError as busy:
                code = busy.exit_code
            finally:
                os._exit(code)
        children.append(child)
    os.close(gate)
    os.close(open_gate)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


class Alone:
    """Graph, for one reader at a time: who comes while another is there ends with code 99."""

    def __init__(self, site: Site, until: Callable[[], bool]) -> None:
        self.site, self.until, self.mark = site, until, site.place / "inside"
        self.is_inside = False

    def __call__(self, request: Request) -> Reply:
        if not self.is_inside:
            try:
                self.mark.touch(exist_ok=False)
            except FileExistsError:
                os._exit(99)
            self.is_inside = True
            while not self.until():
                time.sleep(0.01)
        return self.site.graph(request)


def test_of_twenty_starts_one_runs_and_the_others_are_told_who(site: Site) -> None:
    """The one that runs does not go on before the nineteen others have given up."""
    left = site.place / "left"
    left.mkdir()
    alone = Alone(site, lambda: len(list(left.iterdir())) == STARTS - 1)

    def start(number: int) -> int:
        try:
            return site.run(answer=alone).exit_code
        except BusyError as busy:
            assert "another run (process " in str(busy)
            (left / str(number)).touch()
            raise

    codes = in_children(start)
    assert sorted(codes) == [0] + [5] * (STARTS - 1)
    assert site.events() == {"new"}
    assert site.rows("SELECT count(*) FROM run") == [(2,)]


def test_of_twenty_that_wait_every_one_has_its_turn(site: Site) -> None:
    alone = Alone(site, lambda: True)

    def leave() -> datetime:
        """The clock, which a run reads when it has collected and still holds the tenant."""
        alone.mark.unlink(missing_ok=True)
        return site.graph.now

    def start(number: int) -> int:
        site.runs = number + 1
        return site.run(("collect",), alone, wait_seconds=120.0, clock=leave).exit_code

    assert in_children(start) == [0] * STARTS
    assert site.rows("SELECT count(*), count(finished_at) FROM run") == [(STARTS + 1, STARTS + 1)]

"""The state machine: what may happen, in any order, and what holds all the same."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.errors import BusyError
from pipeline.model import CycleSummary
from pipeline.run import WHOLE
from pipeline.store.lock import hold
from tests.fakes.faults import ILLS, Ending
from tests.fakes.graph import AUDITS, MEMBERS, in_order, untidy
from tests.machine import oracle
from tests.machine.killing import KILLED, Death, killed, starved
from tests.machine.world import (
    ELIGIBLE,
    GROUPS,
    HOSTILE,
    LISTS,
    ODD,
    ROLES,
    UNFIT,
    USERS,
    World,
    activation,
    eligibility,
    founded,
    group,
    guid,
    member,
    person,
)
from tests.samples import SILVER, holdings
from tests.site import COLLECTED, DAY, HOUR, MINUTE, Site, _premium

PATHS = (AUDITS, USERS, GROUPS, ROLES, ELIGIBLE, MEMBERS.format(group=guid("group", 0)))
BENIGN = {name: ill for name, ill in ILLS.items() if name != "bomb"}
minutes = st.integers(0, 119)
figures: Counter[str] = Counter()
"""What was played in this process, for the record."""


class Collector(RuleBasedStateMachine):
    """One tenant, its Graph, and everything that may come between."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="machine-"))
        self.world = founded(self.place)
        self.watermark: datetime | None = None
        self.has_changed = False
        self.is_spoilt = False
        """Whether faults were ordered that the next run will meet."""
        self.is_whole = False
        """Whether the last run came to its end."""
        figures["plays"] += 1

    @property
    def site(self) -> Site:
        return self.world.site

    # ---- what happens at Graph

    @initialize(premium=st.booleans())
    def begin(self, premium: bool) -> None:
        """Reach is 29 days with a licence, 6 without."""
        self.site.graph.lists["/v1.0/subscribedSkus"] = _premium() if premium else []
        self.site.graph.kept = (30 if premium else 7) * DAY

    @rule(ago=minutes, hidden=minutes, odd=st.sampled_from([None, *ODD]))
    def event_occurs(self, ago: int, hidden: int, odd: str | None) -> None:
        """It shows at once or later, but within the overlap."""
        self.world.tick()
        delay = min(hidden, 119 - ago)
        row = {"category": "UserManagement", "activityDisplayName": "Update user", **(ODD[odd] if odd else {})}
        self.world.happen(ago * MINUTE, delay * MINUTE, row, is_event=odd not in UNFIT)

    @rule(ago=minutes, hidden=minutes)
    def role_is_activated(self, ago: int, hidden: int) -> None:
        self.world.tick()
        at = self.world.now - ago * MINUTE
        row = activation(self.world.counter, at)
        self.world.happen(ago * MINUTE, min(hidden, 119 - ago) * MINUTE, row)

    @rule(ago=minutes, kind=st.sampled_from(sorted(HOSTILE)))
    def item_is_no_event(self, ago: int, kind: str) -> None:
        self.world.tick()
        self.world.happen(ago * MINUTE, timedelta(0), HOSTILE[kind], is_event=False)

    @precondition(lambda self: any(event.is_event for event in self.world.events.values()))
    @rule(number=st.integers(0, 99))
    def event_is_told_anew(self, number: int) -> None:
        events = sorted(ident for ident, event in self.world.events.items() if event.is_event)
        self.world.enrich(events[number % len(events)])

    @rule(number=st.integers(0, 4), name=st.sampled_from(["Ada", "Bea", "a\u0301", "<b>"]))
    def person_changes(self, number: int, name: str) -> None:
        self.world.change(USERS, person(number, name))

    @rule(number=st.integers(0, 4), ends=st.sampled_from([None, "2027-05-31T20:00:00Z"]))
    def eligibility_changes(self, number: int, ends: str | None) -> None:
        self.world.change(ELIGIBLE, eligibility(number, ends))

    @rule(number=st.integers(0, 2), members=st.sets(st.integers(0, 4), min_size=1, max_size=4))
    def group_changes(self, number: int, members: set[int]) -> None:
        self.world.change(GROUPS, group(number, f"sg {len(members)}"))
        self.world.graph.of_group[MEMBERS][guid("group", number)] = [member(each) for each in sorted(members)]

    @rule(path=st.sampled_from(LISTS), number=st.integers(0, 9))
    def object_goes(self, path: str, number: int) -> None:
        self.world.remove(path, number)

    @rule(size=st.integers(1, 7), seed=st.none() | st.integers(0, 99))
    def pages_change(self, size: int, seed: int | None) -> None:
        """Their size; and whether rows come shuffled, twice, and with empty pages between."""
        self.site.graph.page_size = size
        self.site.graph.arrange = in_order if seed is None else untidy(seed)

    # ---- time

    @rule(step=st.integers(1, 200))
    def time_passes(self, step: int) -> None:
        self.site.graph.now += step * MINUTE

    @rule(days=st.sampled_from([1, 2, 5, 9, 33]))
    def nobody_runs_it_for_days(self, days: int) -> None:
        self.site.graph.now += days * DAY
        self.world.forget()

    @rule(drift=st.sampled_from([0, 0, 1, -1, 90, -90, 60 * 24 * 3, -60 * 24 * 3]))
    def local_clock_jumps(self, drift: int) -> None:
        self.site.drift = drift * MINUTE

    # ---- runs, and what comes between

    @rule(path=st.sampled_from(PATHS), name=st.sampled_from(sorted(BENIGN)), at=st.integers(1, 4))
    def answers_will_be_spoilt(self, path: str, name: str, at: int) -> None:
        self.site.graph.fail(path, *BENIGN[name].faults, at=at)
        self.is_spoilt = True
        figures[f"fault: {name}"] += 1

    @rule(stages=st.sampled_from([COLLECTED, COLLECTED, ("collect",), WHOLE]), contested=st.booleans())
    def run(self, stages: tuple[str, ...], contested: bool = False) -> None:
        """I14: who comes while another is at work leaves with code 5 and changes nothing."""
        if contested:
            figures["second instances"] += 1
            with hold(self.site.folder.lock, 0.0), pytest.raises(BusyError):
                self.site.run()
        figures["runs"] += 1
        self._judge(self.site.run(stages))

    @rule(times=st.integers(1, 3), stages=st.sampled_from([COLLECTED, WHOLE]))
    def run_every_quarter_of_an_hour(self, times: int, stages: tuple[str, ...]) -> None:
        for _ in range(times):
            self.site.graph.now += 15 * MINUTE
            self.run(stages)

    @rule(at=st.integers(1, 320), stages=st.sampled_from([COLLECTED, WHOLE]))
    def run_and_die_at_a_file(self, at: int, stages: tuple[str, ...]) -> None:
        self._note(killed(lambda: self.site.run(stages), at, in_files=True))

    @rule(at=st.integers(1, 4000), stages=st.sampled_from([COLLECTED, WHOLE]))
    def run_and_die_at_a_call(self, at: int, stages: tuple[str, ...]) -> None:
        self._note(killed(lambda: self.site.run(stages), at, in_files=False))

    @rule(size=st.sampled_from([0, 300, 3_000, 30_000, 300_000, 1 << 20, 2 << 20, 3 << 20]))
    def run_on_a_full_disk(self, size: int) -> None:
        death = starved(lambda: self.site.run(COLLECTED), size)
        figures["full disks"] += 1
        self.has_changed, self.is_whole = True, False
        self._forgive()
        assert death.code in (0, 6), f"a full disk is code 6, not {death}"

    @precondition(lambda self: self.site.folder.database.exists())
    @rule()
    def database_is_lost(self) -> None:
        """I9: raw gives it back."""
        figures["lost databases"] += 1
        self._forgive()
        assert self.site.run(("normalise",)).exit_code == 0
        before = holdings(self.site.folder.root, SILVER)
        self.site.folder.database.unlink()
        assert self.site.run(("rebuild",)).exit_code == 0
        assert holdings(self.site.folder.root, SILVER) == before, "I9: rebuilt silver differs"

    @precondition(lambda self: self.is_whole)
    @rule(number=st.integers(0, 1 << 20))
    def one_bit_changes(self, number: int) -> None:
        """I10: in a copy, which `verify` sees."""
        figures["bits changed"] += 1
        oracle.check_flipped(self.world, self.place / f"copy{figures['bits changed']}", number)

    def _judge(self, done: CycleSummary) -> None:
        """The exit code tells the truth; a run that met no fault is good."""
        self.has_changed = self.is_whole = True
        if not self.is_spoilt:
            assert done.exit_code == 0, f"nothing was wrong, and yet {done.exit_code}: {done.error}"
        if done.collect.pages:
            oracle.check_watermark(self.world, done.collect.watermark, self.watermark)
            self.watermark = done.collect.watermark
        if done.exit_code == 0 and done.collect.pages and not self._is_skipped(done):
            assert done.collect.watermark == self.world.now, "code 0, and yet not read up to now"
        assert done.exit_code in {ending.value for ending in Ending}, done.error
        self._forgive()

    def _is_skipped(self, done: CycleSummary) -> bool:
        return any(skip.endpoint in ("directory_audits", "subscribed_skus") for skip in done.collect.skipped)

    def _note(self, death: Death) -> None:
        self.has_changed, self.is_whole = True, False
        figures["kills" if death.code == KILLED else "runs to the end before their kill"] += 1
        if death.code == KILLED:
            figures[f"kill: {death.told}"] += 1
        else:
            assert death.code in {ending.value for ending in Ending}, death
        self._forgive()

    def _forgive(self) -> None:
        self.site.graph.forgive()
        self.is_spoilt = False

    # ---- what holds

    @invariant()
    def the_store_tells_the_truth(self) -> None:
        figures["steps"] += 1
        if self.has_changed:
            oracle.check(self.world)
            self.has_changed = False

    def teardown(self) -> None:
        try:
            if self.site.runs:
                self._drain()
        finally:
            shutil.rmtree(self.place, ignore_errors=True)

    def _drain(self) -> None:
        """Faults stop. After one overlap and one good run all is there; one more run changes nothing."""
        self._forgive()
        self.site.drift = timedelta(0)
        self.site.graph.now += 26 * HOUR
        self.world.forget()
        first = self.site.run(WHOLE)
        assert first.exit_code == 0, f"R14: faults have stopped, and yet {first.error}"
        oracle.check(self.world)
        oracle.check_complete(self.world)
        oracle.check_watermark(self.world, first.collect.watermark, self.watermark)
        oracle.check_verified(self.world)
        self._again()
        oracle.check_verified(self.world)
        self._afresh()

    def _again(self) -> None:
        """R15 and I9: a run more, and a rebuild, leave everything as it is."""
        before, facts = holdings(self.site.folder.root, SILVER), oracle.facts(self.world)
        again = self.site.run(WHOLE)
        assert (again.exit_code, again.collect.new_items, again.normalise.events) == (0, 0, 0), "R15: something new"
        assert (again.detect.opened, again.forward.sent) == (0, 0), "R15: something to tell"
        assert oracle.facts(self.world) == facts, "R15: facts changed"
        assert self.site.run(("rebuild",)).exit_code == 0
        assert holdings(self.site.folder.root, SILVER) == before, "I9: rebuilt silver differs"

    def _afresh(self) -> None:
        """I5, I6: a calm collector that sees this world for the first time holds nothing else."""
        other = World(Site(self.place / "calm", graph=self.site.graph), self.world.events)
        self.site.graph.arrange = in_order
        assert other.site.run().exit_code == 0
        ours, calm = oracle.facts(self.world), oracle.facts(other)
        assert calm.pop("audit_event") <= ours.pop("audit_event"), "I5: events differ from a calm run's"
        assert calm == ours, "I5: state differs from a calm run's"

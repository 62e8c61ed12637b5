"""The state machine for half a minute, always the same plays; `python -m tests.machine` plays new ones."""

from hypothesis import HealthCheck, Phase, settings

from tests.machine.rules import Collector

Collector.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=16,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
TestCollector = Collector.TestCase

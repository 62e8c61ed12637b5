"""The outbox emptied once, unpaced, in a process of its own, so that a test may kill it.

`python -m tests.one_forward CONFIG`; waits for an answer are short, between requests there are none.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import Settings
from pipeline.forward import SentinelSink
from pipeline.identity import identity_for
from pipeline.run import run_all
from pipeline.settings_file import load

PATIENCE = (5, 0.4)
"""Seconds to connect, and to wait for an answer."""


def nowait(seconds: float) -> None:
    """Time is not waited for."""


def sink(settings: Settings) -> SentinelSink:
    """The configured one, impatient."""
    [tenant], at = settings.tenants, settings.sentinel
    assert at is not None
    identity = identity_for(tenant.auth, tenant.tenant_id, settings.graph)
    return SentinelSink(at, identity, settings.graph.ca_file, per_5_min=None, timeouts=PATIENCE, pause=nowait)


if __name__ == "__main__":
    settings = load(Path(sys.argv[1]), environment={})
    [done] = run_all(
        settings, settings.tenants, now=datetime.now(UTC), stages=("forward",), pause=nowait, sinks=[sink(settings)]
    )
    sys.stdout.write(f"{done.forward.sent} {done.forward.pending} {done.error or ''}\n")
    sys.exit(done.exit_code)

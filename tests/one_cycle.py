"""One unpaced cycle in a process of its own, so that a test may kill it: `python -m tests.one_cycle CONFIG`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pipeline.run import run_all
from pipeline.settings_file import load

if __name__ == "__main__":
    settings = load(Path(sys.argv[1]), environment={})
    done = run_all(settings, settings.tenants, now=datetime.now(UTC), pause=lambda seconds: None)
    sys.exit(max(each.exit_code for each in done))

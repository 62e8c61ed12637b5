"""One unpaced cycle in a process of its own, so that a test may kill it: `python -m tests.one_cycle CONFIG [POINT]`.

POINT is `file.py:function:n`: the process kills itself when that function of the pipeline returns for the n-th time.
The interpreter's profiling hook watches for it, so that the code under test is as it ships.
"""

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from pipeline.run import run_all
from pipeline.settings_file import load


def die_after(point: str) -> None:
    """Be killed when the function returns for the n-th time."""
    file, function, left = point.split(":")
    remaining = [int(left)]

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code.co_name == function and frame.f_code.co_filename.endswith(f"/{file}"):
            remaining[0] -= 1
            if remaining[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(watch)
    sys.setprofile(watch)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        die_after(sys.argv[2])
    settings = load(Path(sys.argv[1]), environment={})
    done = run_all(settings, settings.tenants, now=datetime.now(UTC), pause=lambda seconds: None)
    sys.exit(max(each.exit_code for each in done))

"""One run a tenant at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import BusyError
from pipeline.store.lock import hold

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.store.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_told_who_holds_the_tenant(tmp_path: Path) -> None:
    path = tmp_path / "contoso" / "lock"
    with hold(path), pytest.raises(BusyError, match=f"contoso: another run \\(process {os.getpid()}\\)"), hold(path, 0):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with hold(path, 0):
            pass


def test_a_killed_holder_leaves_no_stale_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), hold(path, 0):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with hold(path, 0):
        pass

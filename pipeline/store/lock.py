"""One run a tenant at a time: an advisory lock on a file of our own.

DuckDB's own lock is a POSIX record lock, lost as soon as the same process opens and closes the file once more;
`flock` is not.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BusyError

_POLL_SECONDS = 0.2


@contextmanager
def hold(path: Path, wait_seconds: float = 30.0) -> Iterator[None]:
    """Hold the lock file at `path` for the block; it names the holder's process id.

    Raises BusyError when another process still holds it after `wait_seconds`. The kernel frees it when the holder dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(handle, path, wait_seconds)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def hold_unchanged(path: Path, wait_seconds: float = 30.0) -> Iterator[None]:
    """Keep runs away for the block without writing anything; where there is no lock file nothing runs.

    Raises BusyError.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        _acquire(handle, path, wait_seconds)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise BusyError(f"{path.parent.name}: another run (process {holder}) holds {path}") from None
        time.sleep(_POLL_SECONDS)


def is_held(path: Path) -> bool:
    """Whether some process, or another handle of this one, holds the lock file at `path` now."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False

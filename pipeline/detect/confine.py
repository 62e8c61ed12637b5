"""Take from this process what a rule never needs. Linux; elsewhere what the system offers.

DuckDB's own locks leave the database file itself writable for COPY, so the kernel has to say no as well.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE = 1 << 2
_MACHINE = ("/proc/self/cgroup", "/proc/stat", "/sys/fs/cgroup", "/sys/devices/system/cpu")
"""What DuckDB asks for the size of the machine, and does not survive being refused."""

_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version of Landlock knows; it refuses those it does not."""


@dataclass(frozen=True)
class Limits:
    """What the rule process may take: seconds a rule, DuckDB's memory in MB, threads, seconds of processor in all."""

    seconds: float = 60.0
    memory_mb: int = 1024
    threads: int = 2
    cpu_seconds: int = 3600


def confine(limits: Limits, database: str) -> None:
    """Apply the limits to this process; only `database` stays readable. What the kernel does not know is left out."""
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_CPU, limits.cpu_seconds)
    if sys.platform != "linux":
        return
    _cap(resource.RLIMIT_AS, (limits.memory_mb + 3072) << 20)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _landlock(libc, database)


def _cap(which: int, value: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (value, value))


def _landlock(libc: ctypes.CDLL, database: str) -> None:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return
    rights = (1 << _FS_RIGHTS.get(version, 16)) - 1
    network = 0b11 if version >= 4 else 0
    attributes = struct.pack("QQ", rights, network) if network else struct.pack("Q", rights)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    for path in (database, *_MACHINE):
        _let_read(libc, ruleset, path)
    libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


def _let_read(libc: ctypes.CDLL, ruleset: int, path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        allowed = struct.pack("=Qi", _READ_FILE, handle)
        libc.syscall(_ADD_RULE, ruleset, ctypes.c_int(1), allowed, ctypes.c_uint32(0))
        os.close(handle)

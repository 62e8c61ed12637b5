"""The error tree. Each class says which exit code it is and whether trying again later can help.

PimtrailError                 1   a bug, unless a subclass says otherwise
├── UsageError                2   wrong flag, file or argument
│   ├── ConfigError           2   the configuration has faults (all of them are listed)
│   └── ContentError          2   a rule, list, metric or framework file has a fault, with file and line
├── AccessError               3   sign-in refused, permission or licence missing
├── UnfinishedError           4   a window or snapshot did not finish; transient
├── BusyError                 5   another run holds the tenant; transient
├── StorageError              6   disk full, database damaged or from a newer version
├── IntegrityError            7   raw data, ledger or database do not match their hashes
└── BacklogError              8   the oldest waiting alert is over an hour old, or one was refused; transient
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EXIT_ORDER = (1, 7, 6, 3, 4, 8, 5)
"""With several tenants the process ends with the first of these that occurred."""


class PimtrailError(Exception):
    """Something pimtrail itself could not do. The message is one line a person can act on."""

    exit_code = 1
    transient = False


class UsageError(PimtrailError):
    """The command line or a file named on it is wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration has faults; `faults` lists every one of them, each with its file and key."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


class ContentError(UsageError):
    """A shipped or own content file has a fault. `path` and `line` say where."""

    def __init__(self, message: str, path: object = None, line: int | None = None) -> None:
        self.path, self.line = path, line
        where = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(where + message)


class AccessError(PimtrailError):
    """Sign-in was refused, or a permission or licence is missing."""

    exit_code = 3


class UnfinishedError(PimtrailError):
    """A window or snapshot could not be read to its end; what was finished before it stays."""

    exit_code = 4
    transient = True


class BusyError(PimtrailError):
    """Another run holds the tenant's lock."""

    exit_code = 5
    transient = True


class StorageError(PimtrailError):
    """The disk or the database refuses to keep data."""

    exit_code = 6


class IntegrityError(PimtrailError):
    """Kept data no longer matches the hashes taken when it arrived."""

    exit_code = 7


class BacklogError(PimtrailError):
    """Alerts wait for delivery for more than an hour, or a sink has just refused one for good."""

    exit_code = 8
    transient = True


def worst_exit(codes: Iterable[int]) -> int:
    """The process's exit code for several tenants: the first of EXIT_ORDER that occurred, else the largest, else 0."""
    seen = set(codes) - {0}
    for code in EXIT_ORDER:
        if code in seen:
            return code
    return max(seen, default=0)

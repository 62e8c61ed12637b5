"""What Graph can answer instead of data. The first two are handled by the walk itself, the others end it.

PimtrailError
├── UnreachableError         no usable answer came: connection, deadline; tried again
│   └── OversizeError        the answer is larger than we take; asking the same again is idle
├── BrokenWalkError          the walk must begin anew: an expired page token, a loop, a body that is no page
├── AccessError
│   └── RefusedError         a permission or licence is missing: becomes a skip, not a failure
│       ├── AbsentError      what was asked about does not exist
│       └── NoParentsError   there is nothing to ask about one by one
└── UnfinishedError
    └── OutageError          the service does not answer at all, so asking for more now is idle
        └── DismissedError   it asks for more time than we have
"""

from __future__ import annotations

from datetime import datetime

from ..errors import AccessError, PimtrailError, UnfinishedError


class UnreachableError(PimtrailError):
    """No usable answer came."""

    exit_code = 4
    transient = True


class OversizeError(UnreachableError):
    """The answer is larger than we take."""

    transient = False


class BrokenWalkError(PimtrailError):
    """The walk cannot go on but may begin anew. `body` is what came instead of a page, None where nothing did."""

    exit_code = 4
    transient = True

    def __init__(self, message: str, url: str, body: bytes | None = None, at: datetime | None = None) -> None:
        self.url, self.body, self.at = url, body, at
        super().__init__(message)


class RefusedError(AccessError):
    """Graph will not answer this: a permission or licence is missing."""


class AbsentError(RefusedError):
    """What was asked about does not exist."""


class NoParentsError(RefusedError):
    """There is no group, or other thing, to ask about one by one."""


class OutageError(UnfinishedError):
    """The service failed as often as we are willing to try."""


class DismissedError(OutageError):
    """We were told to stay away for longer than we wait, or have waited enough: asking anything else is idle, too."""

"""Runs that die: in a child made by fork, at a counted point, without a chance to clean up.

The points are the interpreter's own: every call that touches files, and every call and return of a function of ours.
Nothing is patched; the database is left as a killed process leaves it.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

from pipeline.model import CycleSummary
from pipeline.run import fault_of

KILLED = 137
FILES = frozenset(
    {"open", "fsync", "replace", "rename", "write", "flush", "truncate", "ftruncate", "unlink", "mkdir", "close"}
)
"""Calls that change what lies on disk."""


@dataclass(frozen=True)
class Death:
    """How a child ended: its exit code, 137 where it was killed; the point at which, else the error it told."""

    code: int
    told: str = ""


def killed(work: Callable[[], CycleSummary], at: int, *, in_files: bool) -> Death:
    """Do `work` in a child that dies at the `at`-th file call, or at the `at`-th call or return of our own."""
    return _in_child(work, lambda report: _Reaper(at, in_files, report).start())


def starved(work: Callable[[], CycleSummary], size: int) -> Death:
    """Do `work` in a child that cannot make any file longer than `size` bytes: a full disk."""
    return _in_child(work, lambda report: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))


def _in_child(work: Callable[[], CycleSummary], prepare: Callable[[int], object]) -> Death:
    back, report = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(back)
        _live_and_die(work, prepare, report)
    os.close(report)
    with os.fdopen(back, "rb") as told:
        words = told.read().decode()
    _, status = os.waitpid(child, 0)
    return Death(os.waitstatus_to_exitcode(status), words)


def _live_and_die(work: Callable[[], CycleSummary], prepare: Callable[[int], object], report: int) -> NoReturn:
    """The child: nothing of it may reach the test around it."""
    code = 1
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        prepare(report)
        done = work()
        code = done.exit_code
        os.write(report, (done.error or "").encode()[:4000])
    except Exception as error:  # noqa: BLE001 - the parent asks for the code alone
        code, text = fault_of(error)
        os.write(report, text.encode()[:4000])
    finally:
        sys.setprofile(None)
        os._exit(code)


class _Reaper:
    def __init__(self, at: int, in_files: bool, report: int) -> None:
        self.left, self.in_files, self.report = at, in_files, report

    def start(self) -> None:
        threading.setprofile(self)
        sys.setprofile(self)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if not (self._is_file_call(event, argument) if self.in_files else _is_ours(frame, event)):
            return
        self.left -= 1
        if self.left == 0:
            name = getattr(argument, "__name__", "") if self.in_files else frame.f_code.co_name
            os.write(self.report, f"{event} {name} in {_where(frame)}".encode())
            os._exit(KILLED)

    def _is_file_call(self, event: str, argument: Any) -> bool:
        if event not in ("c_call", "c_return") or argument.__name__ not in FILES:
            return False
        kind = type(getattr(argument, "__self__", None)).__name__
        return kind == "module" or kind.startswith("Buffered") or kind == "FileIO"


def _is_ours(frame: FrameType, event: str) -> bool:
    return event in ("call", "return") and "/pipeline/" in frame.f_code.co_filename


def _where(frame: FrameType) -> str:
    """The innermost function of ours."""
    at: FrameType | None = frame
    while at is not None and "/pipeline/" not in at.f_code.co_filename:
        at = at.f_back
    return f"{at.f_code.co_filename.rpartition('/pipeline/')[2]}:{at.f_code.co_name}" if at else "?"

"""The rules' statements in one child process that cannot do harm: start it, read its answers, kill it at the deadline.

A child that dies or overstays fails only the statement it was on; a fresh one takes up the rest.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import StorageError
from .confine import Limits

_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from pipeline.detect.child import main; main()"
LIMITS = Limits()
_START_SECONDS = 30.0
_LINE_LIMIT = 256 << 20


@dataclass(frozen=True)
class Task:
    """A checked statement and the parameters it binds, JSON values all."""

    rule_id: str
    sql: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What came of a task: its rows, or the error that ended it."""

    rule_id: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    error: str | None = None
    seconds: float = 0.0

    def dicts(self) -> Iterator[dict[str, Any]]:
        """The rows by column name."""
        for row in self.rows:
            yield dict(zip(self.columns, row, strict=True))


@dataclass
class _Progress:
    """Where a child stands: how many tasks are behind it, and when it began the one it is on."""

    outcomes: list[Outcome] = field(default_factory=list)
    begun: float | None = None

    @property
    def seconds(self) -> float:
        return 0.0 if self.begun is None else time.monotonic() - self.begun


def run(database: Path, tasks: Sequence[Task], limits: Limits = LIMITS) -> list[Outcome]:
    """Every task's outcome, in order. Nobody else may hold the database open for writing meanwhile.

    Raises StorageError where the process cannot even open the database.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) < len(tasks):
        outcomes += _one_child(database, tasks[len(outcomes) :], limits)
    return outcomes


def _one_child(database: Path, tasks: Sequence[Task], limits: Limits) -> list[Outcome]:
    """Outcomes up to the end or to the task that the child did not survive."""
    progress = _Progress()
    with _start() as child:
        try:
            _hand_over(child, database, tasks, limits)
            ended = _listen(child, tasks, limits, progress)
        finally:
            child.kill()
    if len(progress.outcomes) == len(tasks):
        return progress.outcomes
    if progress.begun is None and not progress.outcomes:
        raise StorageError(f"{database}: no rule could be run: {ended}")
    task = tasks[len(progress.outcomes)]
    return [*progress.outcomes, Outcome(task.rule_id, error=ended, seconds=progress.seconds)]


def _start() -> subprocess.Popen[bytes]:
    path = [str(Path(entry).absolute()) for entry in sys.path if entry]
    root = str(Path(__file__).resolve().parents[2])
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-IS", "-c", _BOOT, *([] if root in path else [root]), *path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"LANG": "C.UTF-8", **kept},
        cwd="/",
        start_new_session=True,
    )


def _hand_over(child: subprocess.Popen[bytes], database: Path, tasks: Sequence[Task], limits: Limits) -> None:
    job = {
        "database": str(database.absolute()),
        "limits": asdict(limits),
        "tasks": [{"sql": task.sql, "parameters": dict(task.parameters)} for task in tasks],
    }
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
    except BrokenPipeError:
        return


def _listen(child: subprocess.Popen[bytes], tasks: Sequence[Task], limits: Limits, progress: _Progress) -> str:
    """Take answers until the child is done or dead; why it ended early."""
    assert child.stdout is not None
    handle, buffer = child.stdout.fileno(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        deadline = time.monotonic() + _START_SECONDS
        while len(progress.outcomes) < len(tasks):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return f"took longer than {limits.seconds:g} s and was stopped"
            chunk = os.read(handle, 1 << 20)
            if not chunk:
                return _epitaph(child)
            buffer += chunk
            if len(buffer) > _LINE_LIMIT:
                return f"answered with more than {_LINE_LIMIT >> 20} MiB and was stopped"
            if _take_lines(buffer, tasks, progress):
                deadline = time.monotonic() + limits.seconds
    return ""


def _take_lines(buffer: bytearray, tasks: Sequence[Task], progress: _Progress) -> bool:
    """Take every complete line out of the buffer; whether there was one."""
    end = buffer.rfind(b"\n") + 1
    for line in bytes(buffer[:end]).split(b"\n")[:-1]:
        message = json.loads(line)
        if "begin" in message:
            progress.begun = time.monotonic()
            continue
        rule_id, seconds = tasks[len(progress.outcomes)].rule_id, progress.seconds
        rows = tuple(map(tuple, message.get("rows", ())))
        columns = tuple(message.get("columns", ()))
        progress.outcomes.append(Outcome(rule_id, columns, rows, message.get("error"), seconds))
        progress.begun = None
    del buffer[:end]
    return end > 0


def _epitaph(child: subprocess.Popen[bytes]) -> str:
    """How a child that closed its pipe ended, with the last line it wrote to standard error."""
    assert child.stderr is not None
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "the rule process fell silent and was stopped"
    words = child.stderr.read(65536).decode(errors="replace").strip().splitlines()
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return f"the rule process ended ({how}{': ' + words[-1][:200] if words else ''})"

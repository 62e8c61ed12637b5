"""The rule process: one database read-only, every rule's statement, rows out through a pipe, nothing else.

It reads one JSON job from standard input and writes JSON lines: `begin` before each task, then `done` or `failed`.
Everything it may not do is taken from it before the database is opened: it is killed with its parent, writes no file,
and where the kernel knows Landlock opens none but the database.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import duckdb
import pytz  # type: ignore[import-untyped]  # noqa: F401  DuckDB hands out times with it, and it cannot be loaded any more once the doors are shut

from .confine import Limits, confine
from .execute import execute

Config = dict[str, str | bool | int | float | list[str]]

_LOCKS: Config = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


def main() -> None:
    """Do the job on standard input."""
    job = json.load(sys.stdin.buffer)
    limits = Limits(**job["limits"])
    confine(limits, job["database"])
    con = open_locked(job["database"], limits)
    for number, task in enumerate(job["tasks"]):
        _say({"begin": number})
        _say(_run(con, number, task))


def open_locked(database: str, limits: Limits) -> duckdb.DuckDBPyConnection:
    """The database read-only, sessions in UTC, every door shut and the settings locked."""
    size: Config = {"memory_limit": f"{limits.memory_mb}MB", "threads": limits.threads}
    con = duckdb.connect(database, read_only=True, config=_LOCKS | size)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")  # it goes to standard output, where the answers go
    con.execute("SET lock_configuration = true")
    return con


def _run(con: duckdb.DuckDBPyConnection, number: int, task: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = execute(con, task["sql"], task["parameters"])
    except (duckdb.Error, ValueError, MemoryError, RecursionError) as error:
        return {"failed": number, "error": f"{type(error).__name__}: {error}"}
    return {"done": number, **answer}


def _say(message: dict[str, Any]) -> None:
    line = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

"""Journalled changes made by the thousand: what may be put together is one statement instead of many.

Between two flushes a table has rows to insert and one sort of update, and these commute: rows go in first, and a row
that an update waiting here would hit is not put before it. Of two updates of the same rows and columns the later
remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ..errors import IntegrityError
from .adopt import JOURNAL, chain_mark, set_chain_mark
from .journal import Change, Journal, apply

MOST = 20_000
"""Rows a table may have waiting."""

Values = tuple[Any, ...]


@dataclass
class _Table:
    """What waits for one table: rows of one shape to insert, updates of one shape by what they match."""

    columns: tuple[str, ...] = ()
    rows: list[Values] = field(default_factory=list)
    match: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    updates: dict[Values, Values] = field(default_factory=dict)


def replay(con: duckdb.DuckDBPyConnection, journal: Journal) -> int:
    """Make the changes the database has not seen, in one transaction; returns how many lines there were.

    Raises IntegrityError for a line that does not follow or cannot be made.
    """
    mark = before = chain_mark(con, JOURNAL)
    if before == journal.end:
        return 0
    waiting = Replaying(con)
    con.execute("BEGIN")
    try:
        for changes, behind in journal.read(before):
            mark = behind
            waiting.take(changes)
        waiting.flush()
        set_chain_mark(con, JOURNAL, mark)
    except duckdb.Error as error:
        con.execute("ROLLBACK")
        raise IntegrityError(f"{journal.path}: up to line {mark.seq} cannot be made: {error}") from error
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
    return mark.seq - before.seq


class Replaying:
    """Takes changes in their order; all of them are made once `flush` has been called."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._tables: dict[str, _Table] = {}

    def take(self, changes: Iterable[Change]) -> None:
        """Make these changes, or keep them waiting. Raises IntegrityError for what no journal may touch."""
        for change in changes:
            match change.op:
                case "insert":
                    self._insert(change)
                case "update":
                    self._update(change)
                case "delete":
                    self._flush(change.table)
                    apply(self._con, change)

    def flush(self) -> None:
        """Make all that waits."""
        for table in list(self._tables):
            self._flush(table)

    def _insert(self, change: Change) -> None:
        columns = tuple(sorted([*change.same, *change.columns]))
        rows = list(_picked(change, columns))
        waiting = self._tables.get(change.table)
        if waiting and (waiting.columns not in ((), columns) or _hit(waiting, columns, rows)):
            self._flush(change.table)
        waiting = self._tables.setdefault(change.table, _Table())
        waiting.columns = columns
        waiting.rows += rows
        self._limit(change.table, len(waiting.rows))

    def _update(self, change: Change) -> None:
        match = tuple(change.match)
        changed = tuple(sorted({*change.same, *change.columns} - set(match)))
        waiting = self._tables.setdefault(change.table, _Table())
        if waiting.updates and (waiting.match, waiting.changed) != (match, changed):
            self._flush(change.table)
            waiting = self._tables.setdefault(change.table, _Table())
        waiting.match, waiting.changed = match, changed
        waiting.updates.update(zip(_picked(change, match), _picked(change, changed), strict=True))
        self._limit(change.table, len(waiting.updates))

    def _limit(self, table: str, size: int) -> None:
        if size >= MOST:
            self._flush(table)

    def _flush(self, table: str) -> None:
        waiting = self._tables.pop(table, _Table())
        if waiting.rows:
            apply(self._con, Change("insert", table, list(waiting.columns), [list(row) for row in waiting.rows]))
        if waiting.updates:
            columns = [*waiting.match, *waiting.changed]
            rows = [[*matched, *values] for matched, values in waiting.updates.items()]
            apply(self._con, Change("update", table, columns, rows, match=list(waiting.match)))


def _picked(change: Change, columns: tuple[str, ...]) -> Iterable[Values]:
    """The rows' values of these columns."""
    places = {name: place for place, name in enumerate(change.columns)}
    for row in change.rows:
        yield tuple(row[places[name]] if name in places else change.same[name] for name in columns)


def _hit(waiting: _Table, columns: tuple[str, ...], rows: list[Values]) -> bool:
    """Whether an update that waits would change one of these rows."""
    if not waiting.updates:
        return False
    if not set(waiting.match) <= set(columns):
        return True
    places = [columns.index(name) for name in waiting.match]
    return any(tuple(row[place] for place in places) in waiting.updates for row in rows)

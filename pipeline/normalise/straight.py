"""The short way of audit events, for many at once: from their files into `audit_event` in one statement.

It holds for segments whose every line is an event nobody has seen. Those in which that turns out otherwise are taken
out again and left to be judged line by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from ..model import NormaliseSummary
from .context import Context
from .portions import Portion
from .reading import prepare, reading
from .repeats import SLACK
from .shapes import DETAILS, TARGETS, filled, sql_type
from .statements import execute, run, statements

LEAST_ITEMS = 100_000
"""Fewer are judged as fast, and the table need not change its form for them."""

MEMORY = "600MB"
"""Of DuckDB while it loads, most of it for blocks already written. Less makes it give them back and ask again."""

CACHE = "150MB"
"""What it keeps of those, so that the steps that follow have the memory."""


class OddLineError(Exception):
    """A line is not of its source's shape: the statement ended, and with it the transaction."""


@contextmanager
def sparing(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Around a large load and its transaction: little memory, which it hands back at the end, however that comes."""
    con.execute(f"SET memory_limit = '{MEMORY}'")
    con.execute("SET preserve_insertion_order = FALSE")  # with little memory the threads else wait for each other
    try:
        yield
    finally:
        for setting in ("RESET preserve_insertion_order", f"SET memory_limit = '{CACHE}'", "RESET memory_limit"):
            with suppress(duckdb.Error):  # what cannot be freed is in use
                con.execute(setting)


def take(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> tuple[NormaliseSummary, list[int]]:
    """Load the portion, within the transaction that is open; returns what came and the segments left to be judged.

    Raises OddLineError where the portion must be taken line by line, IntegrityError where a file cannot be read.
    """
    left = _load(con, context, portion)
    taken = sum(segment.new_items for seq, segment in portion.segments if seq not in left)
    return NormaliseSummary(events=taken), left


def _load(con: duckdb.DuckDBPyConnection, context: Context, portion: Portion) -> list[int]:
    flat = prepare(con, context, portion, lenient=False)
    told = {"tenant": context.tenant_id, "source": portion.source, "slack": SLACK}
    told |= {"files": portion.patterns(context.raw), "own": None if portion.assume_tenant else context.tenant_id}
    con.execute(f"ALTER TABLE audit_event ADD COLUMN targets {sql_type(TARGETS)}")
    con.execute(f"ALTER TABLE audit_event ADD COLUMN details {sql_type(DETAILS)}")
    with reading():
        try:
            execute(con, filled(statements("12_straight")[0], flat=flat), **told)
        except duckdb.InvalidInputException as error:
            raise OddLineError from error
    for statement in statements("12_straight")[1:]:
        execute(con, statement, **told)
    run(con, "13_children", **told)
    run(con, "13_straight_children", **told)
    con.execute("ALTER TABLE audit_event DROP COLUMN targets")
    con.execute("ALTER TABLE audit_event DROP COLUMN details")
    return [seq for (seq,) in con.execute("SELECT segment FROM doubtful ORDER BY segment").fetchall()]
